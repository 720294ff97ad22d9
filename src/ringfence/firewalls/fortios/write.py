"""Fortinet FortiOS CLI.

Written from the FortiOS CLI Reference 6.0, 6.2, 6.4 and 7.4: firewall address, firewall service custom
(udp-portrange is DESTINATION:SOURCE, helper takes disable), firewall policy (edit 0 takes the next free id),
system session-helper (h323 is TCP 1720, ras UDP 1719).
"""

from dataclasses import replace

from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered, ZoneCrossing, zone_crossings
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion, standing_for
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.parties import Groups, address_groups
from ringfence.firewalls.common.scope import ZonePair, zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    address_name,
    is_icmp,
    networks_of,
    one_service_each,
    service_name,
    shape_word,
)
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.defaults import RAS_PORT, SIGNALLING_PORT
from ringfence.model.policy import Policy, Rule

# IPv6 has objects and policies of its own there, which are not written.
CAPABILITY = Capability("fortios", FULL - {Need.IPV6}, zones=True, zone_names=True)
_NAME = 35
_GROUP_NAME = 63


def write(policy: Policy, device: Device) -> Rendered:
    """CLI blocks as text; zones are interfaces or zones. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(_blocks(stem, policy, device)) + "\n",
        apply=(
            "execute backup config flash before",
            "# unless show system global says so already: take back what is not saved within ten minutes",
            "config system global",
            "    set cfg-save revert",
            "    set cfg-revert-timeout 600",
            "end",
            f"show firewall policy | grep -f {stem}-",
            "# delete the policies it shows by their numbers, or they would be there twice; paste the blocks",
            "show system session-helper",
            "# delete the entries for h323 (protocol 6, port 1720) and ras (protocol 17, port 1719) by the "
            "numbers shown, by default 2 and 3:",
            "config system session-helper",
            "    delete <NUMBER>",
            "end",
            "# within ten minutes, once all works; and put cfg-save back to what it was (automatic):",
            "execute cfg save",
        ),
        verify=(
            f"show firewall policy | grep -f {stem}-",
            "diagnose firewall iprope lookup <SOURCE> <SPORT> <DESTINATION> <DPORT> <PROTOCOL> <INTERFACE>",
        ),
        rollback=(
            f"show firewall policy | grep -f {stem}-",
            "config firewall policy",
            "    delete <NUMBER>",
            "end",
            "# these only where the apply deleted them:",
            "config system session-helper",
            *_helper("h323", 6, SIGNALLING_PORT),
            *_helper("ras", 17, RAS_PORT),
            "end",
        ),
        notes=_NOTES,
        widenings=widenings,
    )


def _helper(name: str, protocol: int, port: int) -> tuple[str, ...]:
    return (
        "    edit 0",
        f"        set name {name}",
        f"        set protocol {protocol}",
        f"        set port {port}",
        "    next",
    )


def _blocks(stem: str, policy: Policy, device: Device) -> list[str]:
    pairs = zone_pairs(policy, device) if device.log else ()
    ends = (net for pair in pairs for net in (*pair.sources, *pair.destinations) if net.version == 4)
    lines = [*header(policy, device, "#", "FortiOS", zones=True), "config firewall address"]
    for network in dict.fromkeys((*networks_of(policy.rules), *ends)):
        subnet = f"{network.network_address} {network.netmask}"
        lines += [f'    edit "{address_name(stem, network)}"', f"        set subnet {subnet}", "    next"]
    crossings = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    groups = address_groups((crossing.rule for crossing in crossings), stem, _GROUP_NAME)
    lines += ["end", *_address_groups(stem, groups), "config firewall service custom"]
    for rule in one_service_each(policy.rules):
        lines += _service(stem, rule)
    lines += ["end", "config firewall policy"]
    for crossing in crossings:
        lines += _policy(stem, crossing, groups)
    for pair in pairs:
        lines += _final(stem, pair)
    return [*lines, "end"]


_NOTES = (
    UNVERIFIED,
    "edit 0 takes a free policy number: no policy of the site is touched",
    "new policies come last: move them above any deny that meets them (move <NUMBER> before <NUMBER>)",
    "the services switch their helper off; a session helper bound to the same port is the second one to go",
    "the implicit deny drops the rest; --log writes a last policy between these interfaces that logs what "
    "it denies: keep it below all others",
    "with cfg-save revert the unit goes back to what was saved unless execute cfg save follows within "
    "cfg-revert-timeout; older releases reboot to do so",
    "sessions stay open after a policy is removed: diagnose sys session filter src <ADDRESS>, then "
    "diagnose sys session clear",
)


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion:
    """The same blocks: edit 0 adds at the end, and nothing of them is about the rest.

    A number is given by the unit: each policy is then moved before the one that stops the packets.
    """
    lines = _blocks(checked_stem(device.name), policy, replace(device, comments=False))
    if at is not None:
        stops = at.row.place.name if at.row is not None and not at.row.implicit else ""
        if not stops:
            return insertion(at.where, lines)
        moved = (f"    move <NUMBER> before {stops}" for _ in range(lines.count("    edit 0")))
        shown = f"show firewall policy | grep -f {device.name}-"
        where = f"{at.where}; the numbers are those that {shown} prints, in order"
        return insertion(where, [*lines, "config firewall policy", *moved, "end"])
    where = (
        f"edit 0 puts them last: show firewall policy | grep -f {device.name} shows their numbers, then in"
        f" config firewall policy: move NUMBER before the NUMBER of the first; {standing_for(device)}"
    )
    return insertion(where, lines)


def _service(stem: str, rule: Rule) -> list[str]:
    lines = [f'    edit "{service_name(stem, rule)}"']
    if is_icmp(rule):
        lines.append("        set protocol ICMP")
        if rule.icmp_type is not None:
            lines.append(f"        set icmptype {rule.icmp_type}")
    else:
        span = _ports(rule.destination_ports)
        if rule.source_ports != ANY_PORT:
            span += f":{_ports(rule.source_ports)}"
        lines += [
            "        set protocol TCP/UDP/SCTP",
            f"        set {rule.protocol.word}-portrange {span}",
            "        set helper disable",
        ]
    return [*lines, "    next"]


def _ports(ports: PortRange) -> str:
    return "0-65535" if ports == ANY_PORT else str(ports)


def _final(stem: str, pair: ZonePair) -> list[str]:
    """What denies the rest between the zones and logs it."""
    sources, destinations = pair.of(4)
    return [
        "    edit 0",
        f'        set name "{fit(f"{stem}-final-{pair.source_zone}-{pair.destination_zone}", _NAME)}"',
        f'        set srcintf "{pair.source_zone}"',
        f'        set dstintf "{pair.destination_zone}"',
        f"        set srcaddr {_list(stem, sources, {})}",
        f"        set dstaddr {_list(stem, destinations, {})}",
        '        set service "ALL"',
        '        set schedule "always"',
        "        set action deny",
        "        set logtraffic all",
        "    next",
    ]


def _address_groups(stem: str, groups: Groups) -> list[str]:
    if not groups:
        return []
    lines = ["config firewall addrgrp"]
    for group in (each for parts in groups.values() for each in parts):
        lines += [
            f'    edit "{group.name}"',
            f"        set member {_list(stem, group.members, {})}",
            "    next",
        ]
    return [*lines, "end"]


def _policy(stem: str, crossing: ZoneCrossing, groups: Groups) -> list[str]:
    rule = crossing.rule
    return [
        "    edit 0",
        f'        set name "{fit(f"{stem}-{checked_id(crossing.id)}", _NAME)}"',
        f'        set srcintf "{crossing.source_zone}"',
        f'        set dstintf "{crossing.destination_zone}"',
        f"        set srcaddr {_list(stem, rule.source, groups)}",
        f"        set dstaddr {_list(stem, rule.destination, groups)}",
        f'        set service "{service_name(stem, rule)}"',
        '        set schedule "always"',
        f"        set action {shape_word(rule, 'accept', 'deny')}",
        "        set logtraffic disable",
        f'        set comments "{remark(checked_id(crossing.id), rule)}"',
        "    next",
    ]


def _list(stem: str, networks: tuple[Network, ...], groups: Groups) -> str:
    parts = groups.get(networks)
    names = [each.name for each in parts] if parts else [address_name(stem, each) for each in networks]
    return " ".join(f'"{name}"' for name in names)
