"""FortiOS: what decides about packets beside the policies, by tables and settings of its own.

Written from the FortiOS CLI Reference 6.0 to 7.4. Nothing here is modelled: each entry is named with its line
and the packets that it can concern.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from ringfence.firewalls.common.behind import Named, Route, learned_routes
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.fortios.tree import Node, Setting
from ringfence.firewalls.fortios.words import CONFIG_TABLES, ON_INTERFACE
from ringfence.policy.listing import everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box
from ringfence.policy.terms import (
    EVERY_SERVICE,
    Addresses,
    both_ways,
    match,
    prefix,
    touching,
    union,
    within,
)

# The addresses that the interfaces, or the named objects, of a setting have. Raises NotUnderstood.
Find: TypeAlias = Callable[[tuple[str, ...]], Addresses | None]

_NONE = Node("", 0)
_MULTICAST = "224.0.0.0/4"
_BLOCKS = frozenset({"block"})


def note_tables(tables: Mapping[str, Node], interfaces: Find, objects: Find, reading: Reading) -> None:
    """Tables that can drop, entry by entry, and tables that are not known."""
    for name, table in tables.items():
        known = look_up(CONFIG_TABLES, name.split())
        if known is not None and known.effect is Effect.NONE:
            continue
        if known is None:
            if table.entries or table.sets or table.tables:
                reading.stray(table.line, f"config {name}", "a table that is not known here")
            continue
        for entry in table.entries:
            if _off(entry) or (name.startswith("firewall DoS") and not _blocks(entry)):
                continue
            boxes = region_of(entry, interfaces, objects)
            if "multicast" in name:
                boxes = within(boxes, DESTINATION, prefix(_MULTICAST))
            reading.stray(entry.line, f"config {name}: edit {entry.name}", known.why, both_ways(boxes))
        inner = any(one.entries for one in table.tables)
        if inner or (
            table.sets and not table.entries and any(s.values == ("enable",) for s in table.sets.values())
        ):
            reading.stray(table.line, f"config {name}", known.why)


def session_limit(tables: Mapping[str, Node], shaper: str) -> Setting | None:
    """The sessions that a per-IP shaper lets one address have; None where it limits rates alone."""
    for entry in tables.get("firewall shaper per-ip-shaper", _NONE).entries:
        for key, setting in entry.sets.items():
            if (
                entry.name == shaper
                and key.startswith("max-concurrent")
                and setting.values not in {(), ("0",)}
            ):
                return setting
    return None


def note_shaping(tables: Mapping[str, Node], interfaces: Find, objects: Find, reading: Reading) -> None:
    """Shaping policies and SD-WAN rules, of which most send packets later, or as the routes do."""
    for entry in tables.get("firewall shaping-policy", _NONE).entries:
        limit = session_limit(tables, entry.get("per-ip-shaper"))
        if entry.get("status") == "disable":
            continue
        if limit is None:
            reading.assumed.append(
                f"no flow exceeds the rate of shaping policy {entry.name} ({place(entry.line)})"
            )
            continue
        boxes = both_ways(region_of(entry, interfaces, objects))
        why = f"its shaper limits the sessions of an address ({place(limit.line)})"
        reading.stray(entry.line, f"config firewall shaping-policy: edit {entry.name}", why, boxes)
    for name in ("system sdwan", "system virtual-wan-link"):
        services = [table for table in tables.get(name, _NONE).tables if table.name == "service"]
        for entry in (entry for table in services for entry in table.entries):
            # Without these two a rule chooses among members to which a route leads (Administration Guide).
            if entry.on("gateway") and entry.on("default") and entry.get("status") != "disable":
                boxes = region_of(entry, interfaces, objects)
                why = "sends packets out where no route does"
                reading.stray(entry.line, f"config {name}: service {entry.name}", why, boxes)


def _off(entry: Node) -> bool:
    explicit = entry.name and entry.get("proxy") in {"explicit-web", "ftp", "ssh", "wanopt"}
    return entry.get("status") == "disable" or bool(explicit)


def _blocks(entry: Node) -> bool:
    """Whether an anomaly of a DoS policy is on and blocks or shuts out; the others are logged."""
    anomalies = [one for table in entry.tables for one in table.entries]
    return any(
        one.on("status") and (one.get("action") in _BLOCKS or one.get("quarantine", "none") != "none")
        for one in anomalies
    )


def region_of(entry: Node, interfaces: Find, objects: Find) -> tuple[Box, ...]:
    """The packets between the entry's interfaces and addresses, as far as those are understood."""
    boxes = everything()
    for keys, find, end in (
        (("srcintf", "interface", "input-device"), interfaces, SOURCE),
        (("dstintf",), interfaces, DESTINATION),
        (("srcaddr",), objects, SOURCE),
        (("dstaddr",), objects, DESTINATION),
        (("src",), _prefixes, SOURCE),
        (("dst",), _prefixes, DESTINATION),
    ):
        names = tuple(chain.from_iterable(entry.all(key) for key in keys if not entry.on(f"{key}-negate")))
        if names:
            try:
                found = find(names)
            except NotUnderstood:
                continue
            boxes = boxes if found is None else within(boxes, end, found)
    return boxes


def _prefixes(words: tuple[str, ...]) -> Addresses:
    """`10.1.0.30/255.255.255.255`, of a policy route; of several the reader takes none for understood."""
    if len(words) != 1:
        raise NotUnderstood("several prefixes")
    return prefix(words[0])


def note_settings_of_interfaces(tables: Mapping[str, Node], interfaces: Find, reading: Reading) -> None:
    for entry in tables.get("system interface", _NONE).entries:
        if entry.get("type") == "vlan" and not entry.get("vlanid"):
            reading.stray(entry.line, f"edit {entry.name}", "a VLAN interface before it has its VLAN")
        for key, why in ON_INTERFACE.items():
            setting = entry.sets.get(key)
            if setting is None or setting.values[:1] in {(), ("disable",), ("0",), ("none",)}:
                continue
            try:
                around = interfaces((entry.name,))
            except NotUnderstood:
                continue  # no packet comes from there
            boxes = None if around is None else touching(around)
            reading.stray(setting.line, f"{entry.name}: set {key} {' '.join(setting.values)}", why, boxes)


def note_domains(tables: Mapping[str, Node], behind: Mapping[str, Addresses], reading: Reading) -> None:
    """Packets between interfaces of different virtual domains, which pass only by a link between those."""
    domains: dict[str, list[tuple[Node, Addresses]]] = {}
    for entry in tables.get("system interface", _NONE).entries:
        if entry.name in behind:
            domains.setdefault(entry.get("vdom", "root"), []).append((entry, behind[entry.name]))
    reach = {name: union(around for _, around in members) for name, members in domains.items()}
    for name, members in list(domains.items())[1:]:
        others = union(there for other, there in reach.items() if other != name)
        boxes = both_ways(match(reach[name], others, EVERY_SERVICE))
        why = "interfaces of several virtual domains: take the configuration of one"
        reading.stray(members[0][0].line, f"{members[0][0].name}: set vdom {name}", why, boxes)


def note_modes(
    tables: Mapping[str, Node], zones: Named | None, routes: list[Route], reading: Reading
) -> None:
    """Settings of the whole device, and routing protocols."""
    settings = tables.get("system settings", _NONE)
    for key, value, why in (
        ("opmode", "transparent", "bridged interfaces: policies filter packets that are not routed"),
        ("ngfw-mode", "policy-based", "policies by application"),
        ("status", "disable", "the virtual domain is switched off"),
        ("vdom-type", "admin", "a virtual domain for management alone"),
        ("consolidated-firewall-mode", "enable", "policies of a table that is not read"),
        ("asymroute", "enable", "packets pass without connection state"),
    ):
        if settings.get(key) == value:
            reading.stray(settings.sets[key].line, f"set {key} {value}", why)
    for name in ("router ospf", "router ospf6", "router bgp", "router rip", "router isis"):
        if any(True for _ in _learning(tables.get(name, _NONE))):
            learned_routes(reading, zones, routes, tables[name].line, f"config {name}")


def _learning(table: Node) -> Iterator[Node]:
    return (
        one
        for one in table.tables
        if one.name in {"network", "neighbor", "neighbor-group", "isis-interface", "ospf6-interface"}
        and one.entries
    )
