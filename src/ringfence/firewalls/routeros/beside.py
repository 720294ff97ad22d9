"""RouterOS: what stands beside the firewall's rules and can concern forwarded packets, or their state."""

import re
from collections.abc import Callable, Mapping

from ringfence.firewalls.common.address_types import ROUTED
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, flow_kind
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.routeros.text import Export, ExportCommand
from ringfence.firewalls.routeros.words import MENUS
from ringfence.policy.listing import FlowKind
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, both_ways, match, prefix, touching

_TIME = re.compile(r"(?:(\d{1,4})w)?(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s?)?")
_CLOCK = re.compile(r"(\d{1,3}):(\d\d):(\d\d)")
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_TIMERS: Mapping[str, FlowKind | None] = {
    "udp-timeout": flow_kind("udp"),
    "tcp-established-timeout": flow_kind("tcp"),
    "icmp-timeout": flow_kind("icmp"),
    # Of a UDP flow that was answered; the shorter time counts, as it holds for the first packets.
    "udp-stream-timeout": None,
}


def note_beside(export: Export, where: Behind, reading: Reading) -> None:
    """Name every line that is none, every menu that is not known, and what takes packets from the rules."""
    for line, text, why in export.strays:
        reading.stray(line, text, why)
    for menu, first in export.menus().items():
        known = look_up(MENUS, menu.split())
        if known is None:
            reading.stray(first.line, first.text, f"menu /{menu[:60]} is not known")
        elif known.effect is Effect.DROPS and any(not one.disabled for one in export.of(menu)):
            reading.stray(first.line, first.text, known.why)
    for one in export.commands:
        note = _NOTES.get(one.menu)
        if note is not None and not one.disabled:
            note(one, where, reading)


def _bridge_rule(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    """What a bridge forwards is not routed; what is routed passes its chains input and output."""
    if one.verb == "add" and one.values.get("chain") != "forward" and one.values.get("action") != "accept":
        reading.stray(one.line, one.text, "a rule of a bridge, which sees what is routed by it too")


def _settings(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    if one.values.get("ip-forward") == "no" or one.values.get("forward") == "no":
        reading.stray(one.line, one.text, "nothing is forwarded")
    if one.values.get("rp-filter") in {"strict", "loose"}:
        reading.assumed.append(ROUTED)


def _ipsec(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    if one.verb != "add" or one.values.get("template") == "yes":
        return
    reading.stray(one.line, one.text, "an IPsec policy takes these packets", _ends(one))


def _routing_rule(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    """Those by a mark stand with the rules that mark; the main table is where packets go anyway."""
    if one.verb == "add" and "routing-mark" not in one.values and one.values.get("table") != "main":
        reading.stray(
            one.line, one.text, "packets of these addresses are routed by a table of their own", _ends(one)
        )


def _ends(one: ExportCommand) -> tuple[Box, ...] | None:
    """The packets between the addresses of a command, both ways; None where they are not understood."""
    try:
        source, destination = (
            prefix(one.values[key]) if one.values.get(key) else EVERYWHERE
            for key in ("src-address", "dst-address")
        )
        return both_ways(match(source, destination, EVERY_SERVICE))
    except NotUnderstood:
        return None


def _table(one: ExportCommand, where: Behind, reading: Reading) -> None:
    """Placed of a routing table of their own."""
    if one.verb != "add":
        return
    names = one.values.get("interfaces", "").split(",")
    boxes = None
    if all(name in where.addresses for name in names):
        boxes = touching(where.zone(names))
    reading.stray(one.line, one.text, "its interfaces have a routing table of their own", boxes)


def _hotspot(one: ExportCommand, where: Behind, reading: Reading) -> None:
    if one.verb == "add":
        name = one.values.get("interface", "")
        boxes = touching(where.addresses[name]) if name in where.addresses else None
        reading.stray(one.line, one.text, "who has not logged in is held back", boxes)


def _queue(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    if one.verb == "add":
        reading.assumed.append("no flow exceeds the rate of a queue")


def _upnp(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    if one.values.get("enabled") == "yes":
        reading.assumed.append("no host asks by UPnP for a port to be forwarded")


def _tracking(one: ExportCommand, _where: Behind, reading: Reading) -> None:
    if one.values.get("enabled") == "no":
        reading.stray(one.line, one.text, "connections are not tracked: no state is known of any packet")
    for key, kind in _TIMERS.items():
        if key in one.values:
            reading.timer(one.line, key, seconds(one.values[key]), kind)


def seconds(value: str) -> int | None:
    """`1d`, `3m20s`, `00:10:00`; None for another form."""
    clock = _CLOCK.fullmatch(value)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    found = _TIME.fullmatch(value)
    if not value or found is None:
        return None
    return sum(int(part or 0) * each for part, each in zip(found.groups(), _SECONDS, strict=True))


_Note = Callable[[ExportCommand, Behind, Reading], None]
_NOTES: Mapping[str, _Note] = {
    "interface bridge filter": _bridge_rule,
    "interface bridge nat": _bridge_rule,
    "ip settings": _settings,
    "ipv6 settings": _settings,
    "ip ipsec policy": _ipsec,
    "ip route rule": _routing_rule,
    "routing rule": _routing_rule,
    "ip vrf": _table,
    "ip route vrf": _table,
    "ip hotspot": _hotspot,
    "queue simple": _queue,
    "queue tree": _queue,
    "ip upnp": _upnp,
    "ip firewall connection tracking": _tracking,
}
