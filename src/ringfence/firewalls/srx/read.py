"""Juniper SRX: reads `show configuration | display set` into rows, each with the line of its policy.

Written from the Junos OS documentation, "Security Policies Overview" (policies of a zone pair, then global
ones, then the default policy) and the security hierarchy. No device has checked the reading.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Behind, Named, behind, learned_routes, lost_chain
from ringfence.firewalls.common.reading import Objects, Reading, Rows, place
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.srx.items import ANY_NAMES, Books, add_address, applications
from ringfence.firewalls.srx.lines import Line, lines, values
from ringfence.firewalls.srx.routes import InterfaceUnits, interfaces_of, is_own, zone_routes
from ringfence.firewalls.srx.words import IN_SCREEN, IN_ZONE, STATEMENTS
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
    both,
    both_ways,
    boxes_in_both,
    is_any_any,
    match,
    prefix,
    touching,
    union,
    within,
)

_VERDICTS = {"permit": Action.PERMIT, "deny": Action.DENY, "reject": Action.DENY}


@dataclass(slots=True)
class _Policy:
    name: str
    sources: tuple[str, ...]  # zones; empty: any
    destinations: tuple[str, ...]
    line: int
    match: dict[str, list[str]] = field(default_factory=dict)
    action: Action | None = None
    why: str = ""
    excluded: str = ""
    everywhere: bool = False  # a global policy, whose addresses are in the global book
    services: bool = False  # security services look into what is permitted


@dataclass(slots=True)
class _Nat:
    line: int
    text: str
    match: dict[str, list[str]] = field(default_factory=dict)
    off: bool = False


@dataclass(slots=True)
class _Config:
    reading: Reading
    books: Books = field(default_factory=Books)
    pairs: dict[tuple[str, str, str], _Policy] = field(default_factory=dict)
    everywhere: dict[str, _Policy] = field(default_factory=dict)
    nat: dict[tuple[str, ...], _Nat] = field(default_factory=dict)
    nat_zones: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    default: Action = Action.DENY
    learned: Line | None = None
    in_zone: list[tuple[str, Line, str]] = field(default_factory=list)  # zone, line, why it can drop
    screened: dict[str, str] = field(default_factory=dict)  # zone -> screen
    screens: dict[str, list[Line]] = field(default_factory=dict)  # its options


def read(text: str, zones: Named | None = None) -> Listing:
    """The security policies as one chain of rows.

    `zones` names the networks behind zones; without it interface addresses and static routes say so.
    InputError when the text is not Junos in set form or has no security policies.
    """
    reading = Reading()
    commands = lines(text, reading)
    found = commands.found
    config = _Config(reading)
    for line in found:
        _take(config, line)
    if not config.pairs and not config.everywhere:
        raise InputError("no security policies", where="Junos configuration")
    services = applications(found, reading)
    known = interfaces_of(commands)
    routes = zone_routes(known, zones or {}, reading)
    if config.learned:
        learned_routes(reading, zones, routes, config.learned.number, config.learned.text)
    where = behind(zones, routes, reading, known.zones_down())
    rows = Rows()
    for policy in (*config.pairs.values(), *config.everywhere.values()):
        _add(config, policy, (services, where), rows)
    _note_nat(config, where)
    _note_beside(config, known, where)
    both_families = frozenset({4, 6})
    chain = rows.chain("security policies", config.default, both_families, stateful=True)
    return reading.listing([chain, *lost_chain(where, reading, both_families, stateful=True)])


def _note_beside(config: _Config, known: InterfaceUnits, where: Behind) -> None:
    """Screens, filters and the like, with the packets of their zone."""
    zones = [*config.in_zone, *_screens(config)]
    for unit, line in known.filters:
        if not is_own(unit):
            zones.append(
                (known.zone_of.get(unit, ""), line, "a filter on the interface that is not modelled")
            )
    zones += [
        (known.zone_of.get(unit, ""), line, why) for unit, line, why in known.strays if not is_own(unit)
    ]
    for zone, line, why in zones:
        around = where.addresses.get(zone)
        config.reading.stray(line.number, line.text, why, None if around is None else touching(around))
    for line in known.ranges:
        if {"disable", "filter", "address", "vlan-id"} & set(line.words[3:]):
            why = "a setting of several interfaces: take the configuration with | display inheritance"
            config.reading.stray(line.number, line.text, why)
    for line in known.policers:
        config.reading.assumed.append(f"no flow exceeds the rate of the policer ({place(line.number)})")


def _screens(config: _Config) -> Iterator[tuple[str, Line, str]]:
    """The screens in force, at the option that may drop a packet of the procedure: by rate, or by length."""
    for zone, name in config.screened.items():
        options = config.screens.get(name, [])
        if any(line.words[4:] == ["alarm-without-drop"] for line in options):
            continue
        for line in options:
            found = look_up(IN_SCREEN, line.words[4:])
            if found is None or found.effect is Effect.DROPS:
                yield (
                    zone,
                    line,
                    f"screen of zone {zone}: {found.why if found else 'an option that is not known here'}",
                )


def _take(config: _Config, line: Line) -> None:
    match line.words:
        case ["security", "address-book", book, *rest]:
            add_address(config.books, book, rest)
        case ["security", "zones", "security-zone", zone, "address-book", *rest]:
            config.books.attached[zone] = f"zone {zone}"
            add_address(config.books, f"zone {zone}", rest)
        case ["security", "policies", "from-zone", a, "to-zone", b, *_] if "junos-host" in {a, b}:
            pass  # packets from or to the firewall itself
        case ["security", "policies", "from-zone", a, "to-zone", b, "policy", name, *rest]:
            policy = config.pairs.setdefault((a, b, name), _Policy(name, (a,), (b,), line.number))
            _policy_line(policy, rest)
        case ["security", "policies", "global", "policy", name, *rest]:
            policy = config.everywhere.setdefault(name, _Policy(name, (), (), line.number, everywhere=True))
            _policy_line(policy, rest)
        case ["security", "policies", "default-policy", word]:
            config.default = Action.PERMIT if word == "permit-all" else Action.DENY
        case ["security", "nat", *rest]:
            _nat_line(config, rest, line)
        case ["security", "alg", name, *rest] if name not in {"traceoptions", "alg-manager"}:
            config.reading.inspection(line.number, f"alg {name}", on=rest[:1] != ["disable"], of=name)
        case ["protocols", "ospf" | "ospf3" | "bgp" | "rip" | "isis", *_]:
            config.learned = config.learned or line
        case _:
            _take_other(config, line)


def _take_other(config: _Config, line: Line) -> None:
    reading = config.reading
    match line.words:
        case ["groups", *_]:
            pass  # what is applied has been put in its place
        case ["routing-instances", "mgmt_junos", *_]:
            pass  # management of the firewall itself
        case ["security", "forwarding-options", "family", "inet6", "mode", "drop"]:
            six = within(everything(), SOURCE, ANY_NAMES["any-ipv6"])
            reading.stray(line.number, line.text, "IPv6 is dropped", six)
        case ["security", "forwarding-options", "family", _, "mode", mode] if mode != "flow-based":
            reading.stray(line.number, line.text, "packets pass without policies")
        case ["security", "zones", "security-zone", zone, "screen", name]:
            config.screened[zone] = name
        case ["security", "screen", "ids-option", name, *_]:
            config.screens.setdefault(name, []).append(line)
        case ["security", "zones", "security-zone", zone, *rest] if rest:
            inner = look_up(IN_ZONE, rest)
            if inner is None or inner.effect is Effect.DROPS:
                config.in_zone.append((zone, line, inner.why if inner else "not known in a zone"))
        case words if "apply-groups" in words[1:]:
            why = "a group that others inherit: take the configuration with | display inheritance"
            reading.stray(line.number, line.text, why)
        case words:
            found = look_up(STATEMENTS, words)
            if found is None or found.effect is Effect.DROPS:
                reading.stray(
                    line.number, line.text, found.why if found else "not a statement that is known here"
                )


def _policy_line(policy: _Policy, rest: list[str]) -> None:
    match rest:
        case ["match", "from-zone" | "to-zone" as key, *words]:
            zones = tuple(word for word in values(words) if word != "any")
            if key == "from-zone":
                policy.sources += zones
            else:
                policy.destinations += zones
        case ["match", "source-address" | "destination-address" | "application" as key, *words]:
            policy.match.setdefault(key, []).extend(values(words))
        case ["match", "source-address-excluded" | "destination-address-excluded" as key, *_]:
            policy.excluded = key
        case ["match", "dynamic-application" | "source-identity" | "url-category", "any" | "none"]:
            pass
        case ["then", "permit" | "deny" | "reject" as verb, *more]:
            if policy.action not in {None, _VERDICTS[verb]}:
                policy.why = "two verdicts"
            policy.action = _VERDICTS[verb]
            if more[:1] == ["application-services"] and "application-firewall" not in more:
                policy.services = True
            elif more and more[0] not in {"profile", "tcp-options"}:
                policy.why = " ".join(more)[:60]
        case ["then", "log" | "count", *_] | ["description", *_] | []:
            pass
        case _:
            policy.why = " ".join(rest)[:60]


def _add(config: _Config, policy: _Policy, known: tuple[Objects[Services], Behind], rows: Rows) -> None:
    services, where = known
    reading = config.reading
    text = f"policy {policy.name}: " + ", ".join(f"{k} {' '.join(v)}" for k, v in policy.match.items())
    region = everything()
    for zones, end in ((policy.sources, SOURCE), (policy.destinations, DESTINATION)):
        with suppress(NotUnderstood):
            region = within(region, end, where.zone(zones)) if zones else region
    try:
        if policy.excluded:
            raise NotUnderstood(f"{policy.excluded} turns the addresses round")
        own = ("", "") if policy.everywhere else (policy.sources[0], policy.destinations[0])
        source = _ends(config.books, policy.match.get("source-address", []), own[0])
        destination = _ends(config.books, policy.match.get("destination-address", []), own[1])
        region = boxes_in_both(region, match(source, destination, EVERY_SERVICE))
        if policy.why:
            raise NotUnderstood(f"{policy.why} is not modelled")
        names = policy.match.get("application", [])
        if not names:
            raise NotUnderstood("no application")
        chosen = both(services.find(name) for name in names)
        boxes = _clip(policy, where, match(source, destination, chosen))
        if policy.action is None:
            raise NotUnderstood("no verdict")
    except NotUnderstood as error:
        reading.gap(rows, (policy.line, text), str(error), region, policy.action)
        return
    id_ = place(policy.line, policy.name)
    here = Place(policy.line, list=" ".join(own).strip(), name=policy.name)
    rows.add(Row(id_, policy.action, boxes, text, here, services=tuple(names)))
    if policy.action is Action.PERMIT and is_any_any(source, destination, chosen):
        reading.any_any.append(id_)
    if policy.services:
        at = place(policy.line)
        reading.assumed.append(f"the security services of policy {policy.name} ({at}) stop nothing")


def _ends(books: Books, names: Iterable[str], zone: str) -> Addresses:
    parts = [ANY_NAMES[name] if name in ANY_NAMES else books.find(name, zone) for name in names]
    if not parts:
        raise NotUnderstood("no addresses")
    return union(parts)


def _clip(policy: _Policy, where: Behind, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    for zones, end in ((policy.sources, SOURCE), (policy.destinations, DESTINATION)):
        if zones:
            boxes = within(boxes, end, where.zone(zones))
    return boxes


def _nat_line(config: _Config, rest: list[str], line: Line) -> None:
    match rest:
        case [kind, "rule-set", name, "from" | "to" as way, "zone", *zones]:
            config.nat_zones.setdefault((kind, name), {}).setdefault(way, []).extend(values(zones))
        case [kind, "rule-set", name, "rule", rule, *more]:
            nat = config.nat.setdefault((kind, name, rule), _Nat(line.number, f"{kind} rule {rule}"))
            match more:
                case ["match", key, *words]:
                    nat.match.setdefault(key, []).extend(values(words))
                case ["then", _, "off"]:
                    nat.off = True


def _note_nat(config: _Config, where: Behind) -> None:
    for (kind, name, _), nat in config.nat.items():
        if nat.off:
            config.reading.off(nat.line, nat.text, "translates nothing")
            continue
        zones = config.nat_zones.get((kind, name), {})
        try:
            source = _prefixes(nat.match.get("source-address", []))
            destination = _prefixes(nat.match.get("destination-address", []))
            boxes = match(source, destination, EVERY_SERVICE)
            # Static translation works in both directions, and the other kinds from the side they name.
            if kind == "source" and zones.get("from"):
                boxes = within(boxes, SOURCE, where.zone(zones["from"]))
                if zones.get("to"):
                    boxes = within(boxes, DESTINATION, where.zone(zones["to"]))
        except NotUnderstood:
            boxes = everything()
        config.reading.nat(nat.line, nat.text, both_ways(boxes))


def _prefixes(words: list[str]) -> Addresses:
    return union(prefix(word) for word in words) if words else EVERYWHERE
