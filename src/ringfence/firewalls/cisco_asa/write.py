"""Cisco ASA: one access list for each interface on which flows are opened.

Written from the Cisco ASA Series Command Reference (access-list extended, access-group) and the ASA Firewall
CLI Configuration Guide 9.x, "Access Rules" and "Inspection for Voice and Video Protocols".
"""

from ringfence.firewalls.common.ace import entries, with_mask
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered, by_interface
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.parties import parties
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, is_host, is_icmp, versioned
from ringfence.model.address import Network
from ringfence.model.policy import Policy

CAPABILITY = Capability("cisco-asa", FULL, zones=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The lists as text; zones are the `nameif` of interfaces. InputError for what cannot be written."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = versioned(checked_stem(device.name), policy)
    by_zone = by_interface(policy, device)
    # The version in a group's name keeps it apart from a group of the site's own, which we would add to.
    groups = {ends: f"{stem}-{name}" for ends, name in parties(policy.rules).items()}
    lines = header(policy, device, "!", "Cisco ASA", zones=True)
    for ends, name in groups.items():
        lines += [f"object-group network {name}", *(f" {_member(network)}" for network in ends)]
    for zone, found in by_zone.items():
        name = f"{stem}-{zone}"
        for crossing in found:
            rule = crossing.rule
            lines.append(f"access-list {name} remark {remark(checked_id(crossing.id), rule)}")
            lines += [f"access-list {name} extended {entry}" for entry in entries(rule, with_mask, groups)]
        if device.log:
            lines += [f"access-list {name} extended deny ip any any log"]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=_apply(policy, stem, list(by_zone)),
        verify=(
            *(f"show access-list {stem}-{zone}" for zone in by_zone),
            "show service-policy | include h323|icmp",
        ),
        rollback=(
            "configure terminal",
            "! where an interface had a list, only: access-group PREVIOUS-LIST in interface ZONE",
            *(f"no access-group {stem}-{zone} in interface {zone}" for zone in by_zone),
            *(f"clear configure access-list {stem}-{zone}" for zone in by_zone),
            *(f"no object-group network {name}" for name in groups.values()),
            *_INSPECTION,
            "  inspect h323 h225",
            "  inspect h323 ras",
            "end",
        ),
        notes=_NOTES,
        widenings=widenings,
    )


_INSPECTION = ("policy-map global_policy", " class inspection_default")
_NOTES = (
    UNVERIFIED,
    "an interface has one list: if show running-config access-group names one already, carry its other "
    "entries over before the swap; the access-group command then takes its place in one step",
    "an interface that opens no flow keeps the list it has; give it one that ends in a deny",
    "an entry that is already in the list is not added twice",
    "inspection of H.225 and RAS is on by default and may drop handsets' own messages: it is taken off; "
    "where show running-config policy-map showed it off before, leave it out of the way back",
    "without inspect icmp an echo reply needs a rule of its own",
    "connections outlive a removed rule: clear conn address ADDRESS",
    "once it works: write memory",
)


def _apply(policy: Policy, stem: str, zones: list[str]) -> tuple[str, ...]:
    icmp = any(is_icmp(rule) for rule in policy.rules)
    return (
        "show running-config access-group",
        "show running-config policy-map",
        "configure terminal",
        f"! paste the text; the names {stem}-* are new, so nothing in force changes yet",
        *_INSPECTION,
        "  no inspect h323 h225",
        "  no inspect h323 ras",
        *(("  inspect icmp",) if icmp else ()),
        *(f"access-group {stem}-{zone} in interface {zone}" for zone in zones),
        "end",
    )


def _member(network: Network) -> str:
    if is_host(network):
        return f"network-object host {network.network_address}"
    if network.version == 6:
        return f"network-object {network}"
    return f"network-object {network.network_address} {network.netmask}"
