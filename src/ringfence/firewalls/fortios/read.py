"""FortiOS: reads a configuration backup or `show` output into rows, each with the line of its policy.

Written from the FortiOS CLI Reference 6.0 to 7.4 (firewall policy, system zone) and the Administration Guide,
"Firewall policy": policies in their order in the text, then the implicit deny. No device has checked the
reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from ringfence.firewalls.common.behind import Behind, Named, behind, lost_chain
from ringfence.firewalls.common.reading import Objects, Reading, Rows, place
from ringfence.firewalls.fortios.beside import (
    note_domains,
    note_modes,
    note_settings_of_interfaces,
    note_shaping,
    note_tables,
    region_of,
    session_limit,
)
from ringfence.firewalls.fortios.interfaces import interfaces_down, routes
from ringfence.firewalls.fortios.objects import address_objects, service_objects
from ringfence.firewalls.fortios.settings import note_settings
from ringfence.firewalls.fortios.tree import Node, parse, tables
from ringfence.firewalls.fortios.words import HARMLESS_KEYS, PROFILE_KEYS
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Place, Row
from ringfence.policy.terms import (
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    is_any_any,
    match,
    prefix,
    span,
    touching,
    union,
    within,
)

_NONE = Node("", 0)
_BOTH = frozenset({4, 6})
_WEEK = 7  # days


@dataclass(slots=True)
class _Config:
    tables: Mapping[str, Node]
    addresses: Objects[Addresses]
    addresses6: Objects[Addresses]
    services: Objects[Services]
    zones: dict[str, Node]
    where: Behind
    reading: Reading


def read(text: str, zones: Named | None = None) -> Listing:
    """The policies as one chain of rows.

    `zones` names the networks behind interfaces or zones; without it interface addresses and static routes
    say so. InputError when the text is not FortiOS's, ends inside a block, or has several VDOMs.
    """
    reading = Reading()
    root = parse(text, reading)
    found = tables(root)
    if not any(name in found for name in ("firewall policy", "firewall policy6")):
        raise InputError("no firewall policies", where="FortiOS configuration")
    down = interfaces_down(found)
    known = routes(found, down, reading)
    members = {entry.name: entry for entry in found.get("system zone", _NONE).entries}
    config = _Config(
        found,
        address_objects(found, 4),
        address_objects(found, 6),
        service_objects(found),
        members,
        behind(zones, known, reading, down),
        reading,
    )
    reading.placed = _placed(config)
    note_tables(found, partial(_behind, config), partial(_objects, config), reading)
    note_shaping(found, partial(_behind, config), partial(_objects, config), reading)
    note_settings_of_interfaces(found, partial(_behind, config), reading)
    note_domains(found, config.where.addresses, reading)
    note_modes(found, zones, known, reading)
    note_settings(found, reading)
    rows = Rows()
    for zone in config.zones.values():
        if zone.get("intrazone", "deny") == "allow":
            _intrazone(config, zone, rows)
    for name in ("firewall policy", "firewall policy6"):
        seen: set[str] = set()
        for entry in found.get(name, _NONE).entries:
            if entry.name != "0" and entry.name in seen:  # 0 takes a free number each time
                reading.stray(entry.line, f"edit {entry.name}", "a policy of this number stands above")
            seen.add(entry.name)
            _policy(config, entry, rows, six=name == "firewall policy6")
    _note_nat(config)
    chain = rows.chain("firewall policy", Action.DENY, _BOTH, stateful=True)
    listing = reading.listing([chain, *lost_chain(config.where, reading, _BOTH, stateful=True)])
    if any(found.get(name, _NONE).entries for name in _LOCAL_IN):
        return listing
    # FortiOS Administration Guide, "Local-in policy": without one the unit accepts what its services are for.
    return replace(listing, own=lambda _sends: Listing((), ()))


_LOCAL_IN = ("firewall local-in-policy", "firewall local-in-policy6")


def _placed(config: _Config) -> dict[str, Addresses]:
    """What policies can name: an interface that is a member of a zone only by that zone."""
    members = {name for zone in config.zones.values() for name in zone.all("interface")}
    found = {name: behind for name, behind in config.where.addresses.items() if name not in members}
    for name, zone in config.zones.items():
        known = [each for each in zone.all("interface") if each in config.where.addresses]
        if name not in found and known:
            found[name] = config.where.zone(known)
    return found


def _objects(config: _Config, names: tuple[str, ...]) -> Addresses | None:
    return None if "all" in names else union(config.addresses.find(name) for name in names)


def _behind(config: _Config, names: tuple[str, ...]) -> Addresses | None:
    """The addresses behind interfaces and zones; None for "any". NotUnderstood for one with none."""
    if not names:
        raise NotUnderstood("no interface")
    if "any" in names:
        return None
    parts = []
    for name in names:
        zone = config.zones.get(name)
        if zone is not None and name not in config.where.addresses:
            parts.append(config.where.zone(zone.all("interface")))
        else:
            parts.append(config.where.of(name))
    return union(parts)


def _intrazone(config: _Config, zone: Node, rows: Rows) -> None:
    text = f"intrazone allow of {zone.name}"
    try:
        inside = _behind(config, (zone.name,)) or EVERYWHERE
        boxes = match(inside, inside, EVERY_SERVICE)
    except NotUnderstood as error:
        config.reading.gap(rows, (zone.line, text), str(error), None, Action.PERMIT)
        return
    id_ = place(zone.line, f"{text} (implicit)")
    rows.add(Row(id_, Action.PERMIT, boxes, text, Place(zone.line), implicit=True))


def _policy(config: _Config, entry: Node, rows: Rows, *, six: bool) -> None:
    reading = config.reading
    name = f"policy {entry.name} {entry.get('name')}".strip()
    text = _text(entry, name)
    if entry.get("status") == "disable":
        reading.off(entry.line, text, "disabled")
        return
    action = {"accept": Action.PERMIT, "deny": Action.DENY}.get(entry.get("action", "deny"))
    region = region_of(entry, partial(_behind, config), partial(_objects, config))
    try:
        _refuse_other_ends(entry)
        source = _ends(config, entry, "srcaddr", six=six)
        destination = _ends(config, entry, "dstaddr", six=six)
        services = _services(config, entry)
        boxes = _through(config, entry, match(source, destination, services))
        _refuse_narrowing(entry, config.tables)
        if action is None:
            raise NotUnderstood(f"action {entry.get('action')}")
    except NotUnderstood as error:
        reading.gap(rows, (entry.line, text), str(error), region, action)
        return
    id_ = place(entry.line, name)
    rows.add(Row(id_, action, boxes, text, Place(entry.line, name=entry.name), services=entry.all("service")))
    if action is Action.DENY:
        return
    if is_any_any(source, destination, services):
        reading.any_any.append(id_)
    if entry.get("per-ip-shaper") or entry.get("traffic-shaper"):
        reading.assumed.append(f"no flow exceeds the rate of the shaper of {name} ({place(entry.line)})")
    if entry.on("nat"):
        reading.nat(entry.line, f"{name}: set nat enable", boxes)
    if entry.get("voip-profile"):
        reading.inspection(entry.sets["voip-profile"].line, f"voip-profile of {name}", on=True)
    if entry.on("utm-status") and PROFILE_KEYS & entry.sets.keys():
        reading.assumed.append(f"the security profiles of {name} ({place(entry.line)}) stop nothing")


def _text(entry: Node, name: str) -> str:
    keys = ("srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service", "action")
    parts = (f"{key} {' '.join(entry.all(key))}" for key in keys if key in entry.sets)
    return f"{name}: {', '.join(parts)}"


def _ends(config: _Config, entry: Node, key: str, *, six: bool) -> Addresses:
    """The addresses of one end, of both families where the policy has both."""
    if entry.on(f"{key}-negate") or entry.on(f"{key}6-negate"):
        raise NotUnderstood(f"{key} is negated")
    own, other = (config.addresses6, f"{key}6") if six else (config.addresses, f"{key}6")
    parts = [own.find(name) for name in entry.all(key)]
    parts += [config.addresses6.find(name) for name in entry.all(other)]
    if not parts:
        raise NotUnderstood(f"{key} is empty")
    return union(parts)


def _services(config: _Config, entry: Node) -> Services:
    if entry.on("service-negate"):
        raise NotUnderstood("service is negated")
    names = entry.all("service")
    if not names:
        raise NotUnderstood("service is empty")
    return tuple(dict.fromkeys(found for name in names for found in config.services.find(name)))


def _through(config: _Config, entry: Node, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    for key, end in (("srcintf", SOURCE), ("dstintf", DESTINATION)):
        around = _behind(config, entry.all(key))
        boxes = boxes if around is None else within(boxes, end, around)
    return boxes


def _refuse_other_ends(entry: Node) -> None:
    """An internet service stands in place of the addresses."""
    for key, setting in entry.sets.items():
        if key.startswith("internet-service") and setting.values not in {(), ("disable",)}:
            raise NotUnderstood(f"{key} {' '.join(setting.values)[:60]}")


def _refuse_narrowing(entry: Node, tables: Mapping[str, Node]) -> None:
    """Whatever makes the policy match less than its addresses and services, or is not known."""
    if entry.get("schedule", "always") != "always":
        raise NotUnderstood(f"schedule {entry.get('schedule')}")
    for schedule in tables.get("firewall schedule recurring", _NONE).entries:
        if schedule.name == "always" and not _is_always(schedule):
            raise NotUnderstood(f"schedule always is less than that ({place(schedule.line)})")
    if limit := session_limit(tables, entry.get("per-ip-shaper")):
        raise NotUnderstood(f"its shaper limits the sessions of an address ({place(limit.line)})")
    for key, setting in entry.sets.items():
        off = setting.values in {(), ("disable",)}
        if key not in HARMLESS_KEYS and key not in PROFILE_KEYS and not off:
            raise NotUnderstood(f"{key} {' '.join(setting.values)[:60]}")


def _is_always(schedule: Node) -> bool:
    """The factory's schedule may be edited; 00:00 to 00:00 is the whole day (CLI Reference)."""
    hours = {schedule.get(key, "00:00") for key in ("start", "end")}
    return hours == {"00:00"} and (not schedule.all("day") or len(set(schedule.all("day"))) == _WEEK)


def _note_nat(config: _Config) -> None:
    for entry in config.tables.get("firewall vip", _NONE).entries:
        words = (*entry.all("extip"), *entry.all("mappedip"))
        text = f"vip {entry.name}: {' '.join(words)}"
        try:
            boxes = touching(union(_range(word) for word in words)) if words else everything()
        except NotUnderstood:
            boxes = everything()
        config.reading.nat(entry.line, text, boxes)
    for entry in config.tables.get("firewall central-snat-map", _NONE).entries:
        if entry.get("status") != "disable":
            config.reading.nat(entry.line, f"central-snat-map {entry.name}", everything())


def _range(word: str) -> Addresses:
    first, dash, last = word.partition("-")
    return span(first, last) if dash else prefix(word)
