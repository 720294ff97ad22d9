"""Cisco ASA: reads `show running-config` into rows, each with its line number.

Order of interface lists, the global list and the implicit deny, and what security levels permit without a
list, from the Cisco ASA Series Firewall CLI Configuration Guide 9.x, "Access Rules". No device has checked
the reading.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.classes import maps_of, note_drops, note_encrypted
from ringfence.firewalls.cisco_asa.config import Binding, Config, Interface, take
from ringfence.firewalls.cisco_asa.interfaces import settle
from ringfence.firewalls.cisco_asa.settings import note_settings
from ringfence.firewalls.common.ace.objects import Line, blocks
from ringfence.firewalls.common.ace.read import Entry, parse
from ringfence.firewalls.common.behind import Behind, Named, behind, learned_routes, lost_chain
from ringfence.firewalls.common.binding import fitting_binding, meant_interface
from ringfence.firewalls.common.reading import Reading, Rows, lines_of, place, shown
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Misbound, Unbound, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Place, Row
from ringfence.policy.terms import (
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    is_any_any,
    match,
    touching,
    union,
    within,
)

_BOTH = frozenset({4, 6})
# No access list: the command that opens the way between interfaces of one level, and its last word the way.
SAME_SECURITY = "same-security-traffic permit"
_WHAT = "ASA configuration"


def read(text: str, zones: Named | None = None) -> Listing:
    """The access rules as chains of rows.

    `zones` names the networks behind a `nameif`; without it interface addresses and static routes say so.
    InputError when the text has neither lists nor interfaces, or is `show access-list` alone.
    """
    lines = lines_of(text, _WHAT)
    reading = Reading()
    config = Config()
    found = list(blocks(lines))
    for block in found:
        take(config, block, reading)
    settle(config, reading)
    _refuse(config)
    maps = maps_of(found)
    note_settings(found, maps, reading)
    if lines[0].startswith(": Saved") and not any(line.startswith(": end") for line in lines[-20:]):
        reading.stray(len(lines), lines[-1] or "(end of text)", "the configuration ends before its end mark")
    if config.learned:
        learned_routes(reading, zones, config.routes, config.learned.number, config.learned.text)
    off = {name: one.down for name, one in config.interfaces.items() if one.down}
    where = behind(zones, config.routes, reading, off)
    _note_unbound(config, where, reading)
    chains: list[Chain] = []
    if config.bindings or config.interfaces:
        for name in zones or ():
            config.interfaces.setdefault(name, Interface(name, 0, 0))
        chains = [_inbound(config, where, reading), *_outbound(config, where, reading)]
        chains += _same_security(config, where, reading)
    chains += lost_chain(where, reading, _BOTH, stateful=True)
    for name, line, why in config.strays:
        around = where.addresses.get(name)
        reading.stray(line.number, line.text, why, None if around is None else touching(around))
    for name, hardware, line in config.closed:
        there = _names_of(config, hardware)
        boxes = within(everything(), SOURCE, where.addresses.get(name, {}))
        boxes = within(boxes, DESTINATION, union(where.addresses.get(one, {}) for one in there))
        reading.stray(line.number, line.text, "no connection is opened to that interface", boxes)
    if config.logged is not None and not config.log_or_pass:
        at = place(config.logged.number)
        reading.assumed.append(f"the syslog server over TCP answers ({at}): no connection passes otherwise")
    note_drops(config, maps, where, reading)
    note_encrypted(config, where, reading)
    for line, object_ in config.nat:
        _note_nat(config, line, object_, where, reading)
    reading.assumed.append("no flow comes out of a VPN tunnel, which interface lists do not see")
    return reading.listing(chains)


def _names_of(config: Config, hardware: str) -> list[str]:
    """The interfaces that these lines name: all that are known where there is no such hardware."""
    lines = config.hardware.get(hardware, ())
    found = [line.words[1] for line in lines if line.words[0] == "nameif" and len(line.words) > 1]
    return found[-1:] or list(config.interfaces)


def _refuse(config: Config) -> None:
    if not config.lists and not config.hardware and not config.bindings:
        raise InputError(
            "neither access lists nor interfaces", where=_WHAT, remedy="take it with show running-config"
        )
    if config.shown is not None and not config.bindings:
        raise InputError(
            "show access-list does not say where its lists are bound",
            where=f"{_WHAT} {place(config.shown.number)}",
            remedy="take it with show running-config",
        )


def _inbound(config: Config, where: Behind, reading: Reading) -> Chain:
    """What enters an interface: its list, then the global one, then the implicit deny.

    The lists of different interfaces concern packets from different places, so that they can stand one after
    the other. An interface without a list and without a global one goes by security levels.
    """
    rows = Rows()
    bound = config.bound("in")
    everyone = config.bound("global")
    for binding in bound:
        _rows_of(config, binding, _Clip(SOURCE, binding.interface), where, (reading, rows))
        if not everyone:
            _last(binding, SOURCE, where, rows)
    for binding in everyone:
        _rows_of(config, binding, None, where, (reading, rows))
    if not everyone:
        listed = {binding.interface for binding in bound}
        at = _by_level(config, where)
        lower = {level: union(at[other] for other in at if other <= level) for level in at}
        for interface in config.interfaces.values():
            if interface.name not in listed:
                _levels(interface, lower, where, (reading, rows))
    return rows.chain("inbound", Action.DENY, _BOTH, stateful=True)


class _Clip(NamedTuple):
    end: int
    interface: str


def _rows_of(
    config: Config, binding: Binding, clip: _Clip | None, where: Behind, into: tuple[Reading, Rows]
) -> None:
    """The entries of a bound list, cut to the packets that enter or leave by its interface."""
    reading, rows = into
    at = (binding.line.number, binding.line.text)
    interface = config.interfaces.get(binding.interface)
    if (
        clip is not None
        and interface is not None
        and interface.down
        and clip.interface not in where.addresses
    ):
        reading.off(*at, f"the interface is {interface.down.why}")
        return
    try:
        around = EVERYWHERE if clip is None else where.of(clip.interface)
    except NotUnderstood as error:
        reading.gap(rows, at, str(error))
        return
    end = clip.end if clip else SOURCE
    entries = [line for line in config.lists.get(binding.list, []) if line.words[2:3] != ["remark"]]
    if not entries:
        why = f"access list {binding.list} has no entries"
        reading.gap(rows, at, why, within(everything(), end, around))
        return
    if clip is not None:
        read_ = (_entry(config, line) for line in entries)
        meant = fitting_binding(read_, (binding.interface, binding.way), where)
        if meant is not None:
            misbound = Misbound(binding.list, place(at[0]), binding.interface, binding.way, meant)
            reading.misbound.append(misbound)
    for line in entries:
        _row_of(config, line, (binding, around, end), reading, rows)


def _last(binding: Binding, end: int, where: Behind, rows: Rows) -> None:
    """The implicit deny behind a list, of the packets that its interface sees."""
    if binding.interface in where.addresses:
        rest = within(everything(), end, where.addresses[binding.interface])
        id_ = place(binding.line.number, f"{binding.list} {binding.way} {binding.interface} (implicit deny)")
        at = Place(binding.line.number, binding.list, binding.way)
        rows.add(Row(id_, Action.DENY, rest, binding.line.text, at, implicit=True))


def _entry(config: Config, line: Line) -> Entry:
    """The entry behind `access-list NAME [extended]`."""
    rest = line.words[2:]
    return parse(rest[1:] if rest[:1] == ["extended"] else rest, config.names)


def _row_of(
    config: Config,
    line: Line,
    bound: tuple[Binding, Addresses, int],
    reading: Reading,
    rows: Rows,
) -> None:
    binding, around, end = bound
    entry = _entry(config, line)
    if entry.inactive:
        reading.off(line.number, line.text, entry.inactive)
        return
    try:
        if entry.established:
            raise NotUnderstood("established, which an ASA list does not take")
        boxes = within(entry.boxes(), end, around)
    except NotUnderstood as error:
        region = within(entry.region(), end, around)
        reading.gap(rows, (line.number, line.text), str(error), region, entry.action)
        return
    id_ = place(line.number, f"{binding.list} {binding.way} {binding.interface}".strip())
    at = Place(line.number, binding.list, binding.way)
    rows.add(Row(id_, entry.action, boxes, shown(line.text), at))
    if entry.action is Action.PERMIT and is_any_any(entry.source, entry.destination, entry.services):
        reading.any_any.append(id_)


def _levels(
    interface: Interface, lower: Mapping[int, Addresses], where: Behind, into: tuple[Reading, Rows]
) -> None:
    """Without a list: to what is at its level or `lower`; of equal levels the list after this one decides."""
    reading, rows = into
    text = f"security-level {interface.level} of {interface.name}"
    if not interface.line:
        why = f"interface {interface.name} has no access list, and its security level is not in the text"
        reading.gap(rows, (0, interface.name), why)
        return
    if interface.down and interface.name not in where.addresses:
        return
    try:
        source = where.of(interface.name)
    except NotUnderstood as error:
        reading.gap(rows, (interface.line, text), str(error))
        return
    try:
        boxes = match(source, lower[interface.level], EVERY_SERVICE)
    except NotUnderstood:
        return  # no address of the same family there
    id_ = place(interface.line, f"{text} to lower levels (implicit)")
    rows.add(Row(id_, Action.PERMIT, boxes, text, Place(interface.line), implicit=True))


def _by_level(config: Config, where: Behind) -> dict[int, Addresses]:
    """The addresses behind the interfaces of each security level."""
    found: dict[int, list[Addresses]] = {}
    for interface in config.interfaces.values():
        if interface.line:
            found.setdefault(interface.level, []).append(where.addresses.get(interface.name, {}))
    return {level: union(parts) for level, parts in found.items()}


def _outbound(config: Config, where: Behind, reading: Reading) -> list[Chain]:
    bindings = config.bound("out")
    if not bindings:
        return []
    rows = Rows()
    for binding in bindings:
        _rows_of(config, binding, _Clip(DESTINATION, binding.interface), where, (reading, rows))
        _last(binding, DESTINATION, where, rows)
    return [rows.chain("outbound", Action.PERMIT, _BOTH, stateful=True)]


def _note_unbound(config: Config, where: Behind, reading: Reading) -> None:
    """Lists that no interface, translation, class or other command refers to."""
    bound = {binding.list for binding in config.bindings.values()} | config.words
    bound |= {word for line, _ in config.nat for word in line.words}
    for name, entries in config.lists.items():
        if name not in bound and entries:
            interface = meant_interface((_entry(config, line) for line in entries), where) or "INTERFACE"
            bind = (f"access-group {name} in interface {interface}",)
            reading.unbound.append(Unbound(name, place(entries[0].number), bind))


def _same_security(config: Config, where: Behind, reading: Reading) -> list[Chain]:
    """No list opens the way between interfaces of one level, or back out of the same one."""
    rows = Rows()
    levels = _by_level(config, where)
    for interface in config.interfaces.values():
        own = where.addresses.get(interface.name)
        if interface.line == 0 or own is None:
            continue  # named by a person, of unknown level, or nothing is behind it
        text = f"no same-security-traffic permit for {interface.name}"
        action = Action.PERMIT if config.same_intra else Action.DENY
        ways = [("back out", "intra-interface", own, action)]
        if not config.same_inter:
            ways.append(
                ("to others of the same level", "inter-interface", levels[interface.level], Action.DENY)
            )
        for what, way, there, verdict in ways:
            id_ = place(interface.line, f"{interface.name} {what} (implicit)")
            boxes = match(own, there, EVERY_SERVICE)
            at = Place(interface.line, SAME_SECURITY, way)
            rows.add(Row(id_, verdict, boxes, text, at, implicit=True))
    denies = any(row.action is Action.DENY for row in rows.rows)
    return [rows.chain("same-security", Action.PERMIT, _BOTH, stateful=True)] if denies else []


def _note_nat(config: Config, line: Line, object_: str, where: Behind, reading: Reading) -> None:
    words = line.words
    if object_:
        real, mapped, other = object_, "", ""
    else:
        after = words[words.index("source") + 2 :] if "source" in words else []
        if len(after) < 2:
            reading.nat(line.number, line.text, everything())
            return
        real, mapped = after[0], after[1]
        there = after[after.index("destination") :] if "destination" in after else []
        other = there[2] if len(there) > 3 else ""
        if real == mapped and (not there or there[2:4] == [other, other]):
            reading.off(line.number, line.text, "translates to itself")
            return
    ways = words[1].strip("()").split(",") if len(words) > 1 and "," in words[1] else ["any", "any"]
    inside = _narrowed(config, real, ways[0], where)
    outside = _narrowed(config, other, ways[1], where)
    try:
        boxes: tuple[Box, ...] = match(inside, outside, EVERY_SERVICE) + match(outside, inside, EVERY_SERVICE)
    except NotUnderstood:
        boxes = everything()
    reading.nat(line.number, line.text, boxes)


def _narrowed(config: Config, name: str, interface: str, where: Behind) -> Addresses:
    """The addresses that a NAT end can have: its object's, else those behind its interface, else any."""
    try:
        return config.names.networks.find(name)
    except NotUnderstood:
        return where.addresses.get(interface, EVERYWHERE)
