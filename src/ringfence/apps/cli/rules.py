"""`ringfence rules SITE --for TARGET`: the rules in a firewall's own syntax."""

import sys
from collections.abc import Sequence

import click

from ringfence.apps.cli.files.config_input import read_configuration
from ringfence.apps.cli.files.site_input import read_seen
from ringfence.apps.cli.flows import print_own_traffic
from ringfence.apps.cli.merging.into import LineOptions, print_into
from ringfence.apps.cli.needs import needs_given
from ringfence.apps.cli.screen import print_json, progress_console
from ringfence.apps.provenance import provenance_of
from ringfence.firewalls.choose import target_named, writable
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Rendered, Zone
from ringfence.firewalls.common.local import with_local, with_own
from ringfence.firewalls.common.site_zones import device_zones, joined_zones, servers_zone
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.kernel import KERNEL
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.firewalls.translation import matching_notes, policy_as_matched, zones_as_matched
from ringfence.model.errors import InputError
from ringfence.model.flow import Evidence
from ringfence.model.own_traffic import own_traffic
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.translated import closed_flows
from ringfence.policy.compile import policy_for
from ringfence.policy.together import together


@click.command()
@click.argument(
    "sites",
    nargs=-1,
    help=(
        "Site files; several must share one firewall; - for standard input; default: the built-in branch "
        "office."
    ),
    metavar="[SITE]...",
)
@click.option(
    "--for",
    "target",
    default="",
    help=f"One of: {', '.join(writable())}; default: {KERNEL.name}, or what --into is recognised as.",
)
@click.option(
    "--into",
    default="",
    help="A running configuration: print only what it lacks, with the place of each line, once the "
    "configuration with these lines is read back and judged; - for standard input.",
)
@click.option(
    "--name",
    default="ringfence",
    show_default=True,
    help="Prefix of every name that is created on the firewall.",
)
@click.option("--zone", multiple=True, help="ZONE=NAME: the firewall's own name for a zone of the site.")
@click.option(
    "--widen",
    multiple=True,
    help="A capability to do without if the target lacks it; the rules become wider (repeatable).",
)
@click.option(
    "--without", multiple=True, help="A rule to leave out if the target cannot express it (repeatable)."
)
@click.option(
    "--inside",
    default="",
    help="The zone at whose hosts a cloud or cluster filters; default: that of the gatekeepers.",
)
@click.option("--firewall", default="", help="The firewall of the site, if it has several.")
@click.option("--log", is_flag=True, help="Log what the final deny drops, at a bounded rate.")
@click.option(
    "--exclusive",
    is_flag=True,
    help="Control all forwarded traffic: drop everything that no rule here permits.",
)
@click.option("--json", is_flag=True, help="Text, commands and notes as JSON.")
def command(
    sites: tuple[str, ...],
    target: str,
    into: str,
    name: str,
    zone: tuple[str, ...],
    widen: tuple[str, ...],
    without: tuple[str, ...],
    inside: str,
    firewall: str,
    log: bool,
    exclusive: bool,
    json: bool,
) -> None:
    """Print the rules for one kind of firewall, with the commands to apply, verify and take them back."""
    described = [read_seen(site, firewall) for site in sites or (None,)]
    if into:
        _nothing_else(without, inside, log=log, exclusive=exclusive)
        given = LineOptions(zone, name, needs_given(widen))
        sys.exit(print_into(_only(described), read_configuration(into), target, given, json=json))
    chosen = target_named(target or KERNEL.name)
    zones = joined_zones(
        each for site in described for each in zones_as_matched(chosen, site, _zones(site, described, zone))
    )
    device = Device(
        name=name,
        zones=zones,
        inside=inside or servers_zone(described[0], zones),
        log=log,
        widen=needs_given(widen),
        exclusive=exclusive,
        made=provenance_of(*described),
    )
    _able(chosen, device, zone)
    _zone_inside(chosen, device, inside)
    policies = [
        with_own(policy_as_matched(chosen, site, policy_for(site)), own_traffic(site), chosen.local)
        for site in described
    ]
    policy = _less(together(policies), without)
    rendered = render_rules(chosen, policy, device)
    rendered = with_local(rendered, chosen.local, described, device)
    if json:
        print_json(rendered)
        return
    # To the octet: a console would expand tabs, and some firewalls read white space.
    sys.stdout.write(rendered.text)
    # Everything but the rules goes to standard error, so that the rules can be piped into a file.
    _print_notes(rendered, policy, without)
    _print_translation(chosen, described)
    own = dict.fromkeys(each for site in described for each in own_traffic(site))
    print_own_traffic(progress_console(), tuple(own))
    for line in rendered.local:
        progress_console().print(f"for its own packets: {line}", soft_wrap=True)


def _only(sites: Sequence[Site]) -> Site:
    if len(sites) > 1:
        raise InputError("several sites", where="--into", remedy="add the rules of one site after the other")
    return sites[0]


def _nothing_else(without: Sequence[str], inside: str, *, log: bool, exclusive: bool) -> None:
    """InputError for a flag that has no meaning for single lines of a policy that is in place."""
    for given, flag in (
        (without, "--without"),
        (inside, "--inside"),
        (log, "--log"),
        (exclusive, "--exclusive"),
    ):
        if given:
            raise InputError("not together with --into", where=flag, remedy="leave one of them out")


def _able(target: Target, device: Device, zones: Sequence[str]) -> None:
    """InputError for a flag that would change nothing in the text: nobody should believe that it did."""
    able = capability_of(target)
    for given, can, flag, why in (
        (bool(zones), able.zone_names, "--zone", "its rules match addresses, and name no zone or interface"),
        (device.log, Need.LOG in able.can, "--log", "its rules cannot log"),
        (device.exclusive, able.exclusive, "--exclusive", "its text concerns only the hosts that it names"),
    ):
        if given and not can:
            raise InputError(
                f"{target.name} does not support {flag}: {why}", where=flag, remedy="leave it out"
            )


def _zone_inside(target: Target, device: Device, inside: str) -> None:
    """InputError for a zone that the device does not have, or that the target has no use for."""
    known = [zone.name for zone in device.zones]
    if inside and not capability_of(target).one_zone:
        raise InputError(f"{target.name} filters between zones", where="--inside", remedy="leave it out")
    if inside and inside not in known:
        raise InputError(f"no zone {inside!r}", where="--inside", remedy=f"one of: {', '.join(known)}")


def _less(policy: Policy, without: Sequence[str]) -> Policy:
    try:
        return policy.without(*without)
    except KeyError:
        known = ", ".join(rule.id for rule in policy.rules)
        raise InputError(
            f"no such rule among {', '.join(without)}", where="--without", remedy=known
        ) from None


def _print_notes(rendered: Rendered, policy: Policy, without: Sequence[str]) -> None:
    out = progress_console()
    out.print(f"made by {rendered.made}")
    for rule_id in without:
        out.print(f"left out: {rule_id}; `ringfence prove` says what stops without it")
    for title, commands in (
        ("apply", rendered.apply),
        ("verify", rendered.verify),
        ("roll back", rendered.rollback),
        ("note", rendered.notes),
        ("wider than asked", tuple(f"{w.rule}: {w.extra}" for w in rendered.widenings)),
    ):
        for line in commands:
            out.print(f"{title}: {line}", soft_wrap=True)
    for rule in policy.rules:
        for flow in rule.because:
            for basis in flow.basis:
                if basis.kind in {Evidence.FIELD_REPORT, Evidence.ASSUMED}:
                    out.print(f"unconfirmed: {flow.id}: {basis.citation}", soft_wrap=True)


def _print_translation(target: Target, sites: Sequence[Site]) -> None:
    """Which addresses the text names, and the flows that no text lets through."""
    out = progress_console()
    for site in sites:
        for note in matching_notes(target, site, policy_for(site)):
            out.print(f"note: {note}", soft_wrap=True)
        for closed in closed_flows(site, flows(site)):
            out.print(f"no rule: {closed}", soft_wrap=True)


def _zones(site: Site, sites: Sequence[Site], given: Sequence[str]) -> tuple[Zone, ...]:
    """The site's zones by the firewall's names; every side that is given is one of some site."""
    sides = list(dict.fromkeys(zone.name for each in sites for zone in each.zones))
    names: dict[str, str] = {}
    for pair in given:
        side, _, zone_name = pair.partition("=")
        if side not in sides or not zone_name:
            raise InputError(
                f"{pair!r} is not SIDE=NAME",
                where="--zone",
                remedy=f"write {' or '.join(f'{each}=NAME' for each in sides)}",
            )
        names[side] = zone_name
    return device_zones(site, names)
