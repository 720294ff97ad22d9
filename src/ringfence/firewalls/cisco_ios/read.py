"""Cisco IOS and IOS-XE: reads `show running-config` into rows, each with its line number.

Grammar and the implicit deny from the Cisco IOS Security Command Reference (ip access-list, permit, deny,
ip access-group, object-group). The lists keep no state. No device has checked the reading.
"""

from collections.abc import Iterator

from ringfence.firewalls.cisco_ios.classes import encrypted, service_policies
from ringfence.firewalls.cisco_ios.config import AccessList, Binding, Config, static_routes, take
from ringfence.firewalls.cisco_ios.ports import settle_interfaces
from ringfence.firewalls.cisco_ios.zones import zone_chain
from ringfence.firewalls.common.ace.objects import Line, blocks
from ringfence.firewalls.common.ace.read import Entry, parse, parse_standard
from ringfence.firewalls.common.behind import Behind, Named, behind, learned_routes, lost_chain
from ringfence.firewalls.common.binding import fitting_binding, meant_interface
from ringfence.firewalls.common.reading import Reading, Rows, lines_of, place, shown
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Misbound, Unbound, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Place, Row
from ringfence.policy.terms import Addresses, boxes_in_both, is_any_any, touching, union, within

_FOUR = frozenset({4})


def read(text: str, zones: Named | None = None) -> Listing:
    """The access lists and zone pairs in force as chains of rows.

    `zones` names the networks behind interfaces or zones; without it interface addresses and static routes
    say so. InputError when the text has neither lists nor interfaces.
    """
    lines = lines_of(text, "IOS configuration")
    reading = Reading()
    config = Config()
    for block in blocks(lines, banners=True):
        take(config, block, reading)
    if not config.lists and not config.interfaces and not config.policy_maps:
        raise InputError(
            "neither access lists nor interfaces",
            where="IOS configuration",
            remedy="take it with show running-config",
        )
    whole = any(line.startswith(("Building configuration", "Current configuration")) for line in lines[:20])
    if whole and not any(line.strip() == "end" for line in lines[-20:]):
        reading.stray(len(lines), lines[-1] or "(end of text)", "the configuration ends before its end mark")
    settle_interfaces(config, reading)
    found = static_routes(config, reading)
    if config.learned:
        learned_routes(reading, zones, found, config.learned.number, config.learned.text)
    where = behind(zones, found, reading, config.off)
    chains = [
        _chain(config, "in", where, reading),
        _chain(config, "out", where, reading),
        *service_policies(config, where, reading),
        *zone_chain(config, where, reading),
        *lost_chain(where, reading, _FOUR, stateful=False),
    ]
    _note_strays(config, where, reading)
    _note_unbound(config, where, reading)
    reading.assumed.append("these lists filter IPv4 only")
    return reading.listing([chain for chain in chains if chain.rows or chain.gaps])


def _chain(config: Config, way: str, where: Behind, reading: Reading) -> Chain:
    """The lists on the interfaces that packets come in by, or go out by; without a list they pass."""
    rows = Rows()
    end = SOURCE if way == "in" else DESTINATION
    for interface in config.interfaces.values():
        binding = interface.lists.get(way)
        if binding is None:
            continue
        found = config.lists.get(binding.list)
        at = (binding.line.number, binding.line.text)
        empty = found is None or not found.entries
        off = config.off.get(interface.name)
        if off is not None and (empty or binding.interface not in where.addresses):
            reading.off(*at, f"the interface is down: {off.why}")
            continue
        try:
            around = where.of(binding.interface)
        except NotUnderstood as error:
            reading.gap(rows, at, str(error))
            continue
        if found is None or not found.entries:
            # An empty list is no list to IOS, and a list to others: whichever, it is a mistake.
            why = f"access list {binding.list} is not there or empty"
            reading.gap(rows, at, why, within(everything(), end, around))
            continue
        meant = fitting_binding(_entries(config, found), (binding.interface, way), where)
        if meant is not None:
            reading.misbound.append(Misbound(binding.list, place(at[0]), binding.interface, way, meant))
        for line in found.ordered():
            _row_of(config, line, (binding, found, end, around), reading, rows)
        id_ = place(binding.line.number, f"{binding.list} {way} {binding.interface} (implicit deny)")
        rest = within(everything(), end, around)
        last = Place(binding.line.number, binding.list, way)
        rows.add(Row(id_, Action.DENY, rest, binding.line.text, last, implicit=True))
    return rows.chain(f"access lists {way}", Action.PERMIT, _FOUR, stateful=False)


def _entry(config: Config, found: AccessList, line: Line) -> Entry:
    return (parse_standard if found.standard else parse)(line.words, config.names)


def _entries(config: Config, found: AccessList) -> Iterator[Entry]:
    return (_entry(config, found, line) for line in found.ordered())


def _row_of(
    config: Config,
    line: Line,
    bound: tuple[Binding, AccessList, int, Addresses],
    reading: Reading,
    rows: Rows,
) -> None:
    binding, found, end, around = bound
    entry = _entry(config, found, line)
    try:
        boxes = within(entry.boxes(), end, around)
    except NotUnderstood as error:
        region = within(entry.region(), end, around)
        reading.gap(rows, (line.number, line.text), str(error), region, entry.action)
        return
    row = Row(
        place(line.number, f"{binding.list} {binding.way} {binding.interface}"),
        entry.action,
        boxes,
        shown(line.text),
        Place(line.number, binding.list, binding.way),
    )
    if entry.established:
        rows.answers.append(row)  # it takes no segment that opens a connection
        return
    rows.add(row)
    if entry.action is Action.PERMIT and is_any_any(entry.source, entry.destination, entry.services):
        reading.any_any.append(row.id)


def _note_strays(config: Config, where: Behind, reading: Reading) -> None:
    """Commands on interfaces that can drop, or are not known: they concern what comes and goes there."""
    for interface in config.interfaces.values():
        if interface.name in config.off:
            continue  # nothing comes or goes there
        names = {interface.name, *interface.vlans} & where.addresses.keys()
        region = touching(union(where.addresses[name] for name in sorted(names))) if names else None
        for name, line in interface.crypto:
            why = "packets in clear that its crypto map encrypts are dropped"
            for own in encrypted(config, name):
                reading.stray(line.number, line.text, why, boxes_in_both(own, region or everything()))
        for line, why in interface.strays:
            boxes = region
            if line.words[0] == "ipv6":
                boxes = tuple(box for box in boxes or everything() if box.version == 6)
            reading.stray(line.number, line.text, why, boxes)


def _note_unbound(config: Config, where: Behind, reading: Reading) -> None:
    """Lists that no interface, class or other command refers to."""
    bound = {one.list for interface in config.interfaces.values() for one in interface.lists.values()}
    for name, found in config.lists.items():
        if name not in bound and name not in config.words and found.entries:
            interface = meant_interface(_entries(config, found), where) or "INTERFACE"
            bind = (f"interface {interface}", f" ip access-group {name} in")
            reading.unbound.append(Unbound(name, place(found.line.number), bind))
