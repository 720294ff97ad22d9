"""Which addresses of a translated packet a firewall's rules meet, and flows and rules told in those.

Every firewall here judges what a phone opens by its inside address, since sources are translated last. What
is opened towards a phone is judged before or after its destination is translated.
"""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from ringfence.firewalls.common.document import Zone
from ringfence.firewalls.common.target import Matching, Target
from ringfence.model.errors import InputError
from ringfence.model.flow import Flow
from ringfence.model.policy import Policy, Rule
from ringfence.model.site import Site
from ringfence.model.translated import outside_flow, translated_flows


def flows_as_matched(target: Target, site: Site, found: Sequence[Flow]) -> tuple[Flow, ...]:
    """The flows with the addresses that the target's rules meet; InputError where that is not known."""
    if not translated_flows(site, found):
        return tuple(found)
    order = target.translation
    if order is None:
        raise InputError(
            f"which addresses {target.name} matches where others are translated is not known here",
            where="nat",
            remedy="leave nat: out of the site and translate the rules by hand, or choose another target",
        )
    if order.destination is Matching.INSIDE:
        return tuple(found)
    return tuple(outside_flow(site, flow) for flow in found)


def policy_as_matched(target: Target, site: Site, policy: Policy) -> Policy:
    """The rules with the addresses that the target meets, and what they are needed for likewise."""

    def told(rule: Rule) -> Rule:
        because = flows_as_matched(target, site, rule.because)
        if because == rule.because:
            return rule
        return replace(rule, destination=because[0].responder.networks, because=because)

    return replace(policy, rules=tuple(map(told, policy.rules)))


def matching_notes(target: Target, site: Site, policy: Policy) -> tuple[str, ...]:
    """What a reader of the text has to know of its addresses; empty where none are translated."""
    found = [flow for rule in policy.rules for flow in rule.because]
    if target.translation is None or not translated_flows(site, found):
        return ()
    order = target.translation
    seen = "inside (translated)" if order.destination is Matching.INSIDE else "outside (as they arrive)"
    return (f"destinations of phones are {seen} addresses here: {order.basis}",)


def outside_behind(target: Target, site: Site, zone: str) -> tuple[IPv4Network, ...]:
    """The outside networks that are behind a zone of the site to the target's rules: where it meets them."""
    if target.translation is None or target.translation.destination is Matching.INSIDE:
        return ()
    entries = (entry for firewall in site.firewalls for entry in firewall.nat)
    return tuple(network for each in entries if each.source == zone for network in each.outside)


def zones_as_matched(target: Target, site: Site, zones: Sequence[Zone]) -> tuple[Zone, ...]:
    """The device's zones, in the order of the site's."""
    return tuple(
        replace(
            zone, networks=tuple(dict.fromkeys((*zone.networks, *outside_behind(target, site, own.name))))
        )
        for zone, own in zip(zones, site.zones, strict=True)
    )
