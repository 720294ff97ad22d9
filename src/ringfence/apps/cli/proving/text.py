"""A target's own text, read back as the device would have it in force and proved: `prove --for TARGET`."""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.apps.cli.checking.screen import print_check
from ringfence.apps.cli.files.config_input import ConfigurationFile, read_listing, sides_of
from ringfence.apps.cli.screen import Screen
from ringfence.apps.provenance import provenance_of
from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.choose import target_named
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.site_zones import device_zones, servers_zone
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.recognise import recognise
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.translation import policy_as_matched, zones_as_matched
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.view import seen_from
from ringfence.policy.compile import policy_for

_EXPOSURES = 5


@dataclass(frozen=True, slots=True)
class TextProof:
    """One firewall's text and what was read of it. `proved`: every flow passes and nothing else does, but for
    what a person accepted because the target has no words for less.
    """

    firewall: str
    proved: bool
    rules: Rendered
    check: CheckReport


def of_target(site: Site, target: str, widen: frozenset[Need]) -> list[TextProof]:
    """By the name that --for has of it; InputError for any other."""
    return list(prove_texts(site, target_named(target), widen))


def prove_texts(site: Site, target: Target, widen: frozenset[Need]) -> Iterator[TextProof]:
    """The text of each of the site's firewalls. InputError for a target without a reader or words."""
    for firewall in site.firewalls:
        seen = seen_from(site, firewall)
        zones = zones_as_matched(target, seen, device_zones(seen))
        inside = servers_zone(seen, zones)
        device = Device(zones=zones, inside=inside, widen=widen, made=provenance_of(site))
        policy = policy_as_matched(target, site, policy_for(site, firewall.name))
        rendered = render_rules(target, policy, device)
        text = in_force(rendered)
        if not _readable(text):
            raise InputError(
                f"what is written for {target.name} cannot be read back here",
                where="--for",
                remedy="leave --for out: the rules themselves are proved on the kernel's firewall",
            )
        source = ConfigurationFile(f"the text for {target.name}", text, text.encode())
        chosen, listing = read_listing(source, "", {}, sides_of(seen))
        report = check(seen, listing, chosen, device=device, text=text.splitlines())
        yield TextProof(firewall.name, _proved(report, rendered), rendered, report)


def _readable(text: str) -> bool:
    found = recognise(text)
    form = found.configuration if found is not None else None
    return form is not None and (form.read is not None or bool(form.listed_as))


def in_force(rendered: Rendered) -> str:
    """What the device has once the text is in force."""
    return rendered.running or rendered.text + "".join(f"{line}\n" for line in rendered.bind)


def _proved(report: CheckReport, rendered: Rendered) -> bool:
    if report.answer is not Answer.PERMITS or report.unread or report.unfiltered:
        return False
    if not rendered.widenings:
        return not report.exposure
    # What no group is attached to meets no line of the text.
    return all(one.useful or not one.line.text for one in report.exposure)


def print_text_proof(out: Screen, proof: TextProof) -> None:
    """The verdict, and the whole reading where it is not that of a proof."""
    lines = len(in_force(proof.rules).splitlines())
    what = f"the text for {proof.rules.target}, {lines} lines, read back"
    if proof.proved and not proof.rules.widenings:
        out.print(f"TEXT PROVED  {what}: every flow passes, nothing else does")
        return
    if proof.proved:
        out.print(f"TEXT PROVED  {what}: every flow passes, and what was accepted:")
        for wider in proof.rules.widenings:
            out.print(f"  {wider.rule}: {wider.extra}", soft_wrap=True)
        if any(not one.line.text for one in proof.check.exposure):
            out.print("  hosts that the text is not attached to are not filtered by it")
        return
    out.print(f"TEXT NOT PROVED  {what}:")
    print_check(out, proof.check, f"the text for {proof.rules.target}", rows=_EXPOSURES)
