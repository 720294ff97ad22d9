"""Cisco ASA: one access list for each interface on which flows are opened.

Written from the Cisco ASA Series Command Reference (access-list extended, access-group) and the ASA Firewall
CLI Configuration Guide 9.x, "Access Rules" and "Inspection for Voice and Video Protocols".
"""

from ringfence.firewalls.common.ace.entry import bind_commands, entries, final_denies, with_mask
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered, by_interface
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.parties import parties
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, is_host, is_icmp, versioned
from ringfence.model.address import Network
from ringfence.model.policy import Policy

CAPABILITY = Capability("cisco-asa", FULL, zones=True, zone_names=True, exclusive=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The lists as text; zones are the `nameif` of interfaces. InputError for what cannot be written."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = versioned(checked_stem(device.name), policy)
    by_zone = by_interface(policy, device)
    # The version in a group's name keeps it apart from a group of the site's own, which we would add to.
    groups = {ends: f"{stem}-{name}" for ends, name in parties(policy.rules).items()}
    pairs = () if device.exclusive else zone_pairs(policy, device)
    zones = list(dict.fromkeys((*by_zone, *(pair.source_zone for pair in pairs))))
    lines = header(policy, device, "!", "Cisco ASA", zones=True)
    for ends, name in groups.items():
        lines += [f"object-group network {name}", *(f" {_member(network)}" for network in ends)]
    for zone in zones:
        name = f"{stem}-{zone}"
        for crossing in by_zone.get(zone, ()):
            rule = crossing.rule
            lines.append(f"access-list {name} remark {remark(checked_id(crossing.id), rule)}")
            lines += [f"access-list {name} extended {entry}" for entry in entries(rule, with_mask, groups)]
        last = final_denies(pairs, zone, with_mask, (4, 6), log=device.log)
        if device.log and device.exclusive:
            last = ["deny ip any any log"]
        lines += [f"access-list {name} extended {entry}" for entry in last]
    icmp = any(is_icmp(rule) for rule in policy.rules)
    bind = tuple(f"access-group {stem}-{zone} in interface {zone}" for zone in zones)
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=_apply(stem, zones, bind_commands(bind, device, _REST), icmp=icmp),
        verify=(
            *(f"show access-list {stem}-{zone}" for zone in zones),
            "show service-policy | include h323|icmp",
        ),
        rollback=(
            "configure terminal",
            *_unbound(stem, zones),
            "! if an interface had a list before, instead of the line for it: access-group <PREVIOUS-LIST> "
            "in interface <NAME>",
            *(f"clear configure access-list {stem}-{zone}" for zone in zones),
            *(f"no object-group network {name}" for name in groups.values()),
            *_INSPECTION,
            "! of these only what show running-config policy-map showed before, without the ! in front:",
            "!  inspect h323 h225",
            "!  inspect h323 ras",
            *(("! and this where it showed no inspect icmp:", "!  no inspect icmp") if icmp else ()),
            "end",
        ),
        notes=(UNVERIFIED, _OWNING if device.exclusive else _SHARED, *_NOTES),
        widenings=widenings,
        bind=bind,
    )


# ASA General Operations CLI Configuration Guide, "Embedded Event Manager": from 9.2(1) on, in single context
# mode; its actions run in global configuration mode.
_MINUTES = 10
_INSPECTION = ("policy-map global_policy", " class inspection_default")
# Without a list the security levels decide (ASA Firewall CLI Configuration Guide, "Access Rules").
_REST = (
    "what its security level lets through: deny ip any <NETWORKS OF HIGHER LEVELS>, then permit ip any any"
)
_OWNING = "each list is the only one of its interface: all other traffic that enters there is dropped"
_SHARED = (
    "what no entry permits is denied between these zones; an interface has one list, so put two sites of one "
    "firewall into one text: ringfence rules SITE SITE"
)
_NOTES = (
    "an entry that is already in the list is not added twice",
    "inspection of H.225 and RAS is on by default and may drop handsets' own messages: it is switched off "
    "for all traffic of this firewall",
    "--log: message 106100, the first packet of a flow and then one count every 300 s; the device drops log "
    "messages beyond access-list deny-flow-max",
    "without inspect icmp an echo reply needs a rule of its own",
    "connections stay open after a rule is removed: clear conn address <ADDRESS>",
    "once it works: write memory",
)


def _apply(stem: str, zones: list[str], bind: tuple[str, ...], *, icmp: bool) -> tuple[str, ...]:
    return (
        "show running-config access-group",
        "show running-config policy-map",
        "configure terminal",
        f"! paste the text; the names {stem}-* are new, so nothing in force changes yet",
        f"event manager applet {stem}",
        f" event timer countdown time {_MINUTES * 60}",
        "! where an interface has a list now, put into its action: "
        "access-group <PREVIOUS-LIST> in interface <NAME>",
        *(f' action {n} cli command "{line}"' for n, line in enumerate(_unbound(stem, zones), 1)),
        " output none",
        "exit",
        *_INSPECTION,
        "  no inspect h323 h225",
        "  no inspect h323 ras",
        *(("  inspect icmp",) if icmp else ()),
        *bind,
        "end",
        f"! within {_MINUTES} minutes, once all works; otherwise the lists are unbound again:",
        "configure terminal",
        f"no event manager applet {stem}",
        "end",
    )


def _unbound(stem: str, zones: list[str]) -> list[str]:
    """What takes our lists from the interfaces."""
    return [f"no access-group {stem}-{zone} in interface {zone}" for zone in zones]


def _member(network: Network) -> str:
    if is_host(network):
        return f"network-object host {network.network_address}"
    if network.version == 6:
        return f"network-object {network}"
    return f"network-object {network.network_address} {network.netmask}"
