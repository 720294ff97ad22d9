"""Cisco ASA: one access list for each interface on which flows are opened.

Written from the Cisco ASA Series Command Reference (access-list extended, access-group) and the ASA Firewall
CLI Configuration Guide 9.x, "Access Rules" and "Inspection for Voice and Video Protocols".
"""

from ringfence.model.policy import Policy
from ringfence.policy.dialects.capability import FULL, Capability
from ringfence.policy.dialects.cisco_ace import asa_address, entries
from ringfence.policy.dialects.document import Crossing, Device, Rendered, crossings
from ringfence.policy.dialects.naming import checked_id, checked_stem
from ringfence.policy.dialects.screening import screen
from ringfence.policy.dialects.shape import UNVERIFIED, is_icmp, versioned

CAPABILITY = Capability("cisco-asa", FULL, zones=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The lists as text; zones are the `nameif` of interfaces. InputError for what cannot be written."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = versioned(checked_stem(device.name), policy)
    by_zone: dict[str, list[Crossing]] = {}
    for rule in policy.rules:
        for crossing in crossings(rule, device):
            by_zone.setdefault(crossing.source_zone, []).append(crossing)
    lines: list[str] = []
    for zone, found in by_zone.items():
        name = f"{stem}-{zone}"
        for crossing in found:
            lines.append(f"access-list {name} remark {checked_id(crossing.id)}")
            lines += [f"access-list {name} extended {entry}" for entry in entries(crossing.rule, asa_address)]
        if device.log:
            lines += [f"access-list {name} extended deny ip any any log"]
    inspect_icmp = any(is_icmp(rule) for rule in policy.rules)
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "show running-config access-group",
            "configure terminal",
            f"! paste the lists {stem}-*; their names are new, so nothing in force changes yet",
            "policy-map global_policy",
            " class inspection_default",
            "  no inspect h323 h225",
            "  no inspect h323 ras",
            *(("  inspect icmp",) if inspect_icmp else ()),
            *(f"access-group {stem}-{zone} in interface {zone}" for zone in by_zone),
            "end",
        ),
        verify=(
            *(f"show access-list {stem}-{zone}" for zone in by_zone),
            "show service-policy | include h323|icmp",
        ),
        rollback=(
            "configure terminal",
            *(f"access-group PREVIOUS-LIST in interface {zone}" for zone in by_zone),
            *(f"clear configure access-list {stem}-{zone}" for zone in by_zone),
            "end",
        ),
        notes=(
            UNVERIFIED,
            "an interface has one list: if show running-config access-group names one already, carry its "
            "other "
            "entries over before the swap",
            "an interface that opens no flow keeps the list it has; give it one that ends in a deny",
            "an entry that is already in the list is not added twice",
            "inspection of H.225 and RAS is on by default and may drop handsets' own messages: it is taken "
            "off",
            "without inspect icmp an echo reply needs a rule of its own",
            "connections outlive a removed rule: clear conn address ADDRESS",
        ),
        widenings=widenings,
    )
