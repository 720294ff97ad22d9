"""PAN-OS: reads a configuration in `set` form or XML into rows, each with the line of its rule.

Written from the PAN-OS 9.1 to 11.0 Administrator's Guide, "Security Policy" (rule types, intrazone and
interzone defaults) and the configuration hierarchy. No device has checked the reading.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from ringfence.firewalls.common.behind import Behind, Named, behind, learned_routes, lost_chain
from ringfence.firewalls.common.reading import Objects, Reading, Reference, Rows, place
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.panos.items import (
    Item,
    Items,
    address_objects,
    gather,
    icmp_application,
    literal,
    service_objects,
)
from ringfence.firewalls.panos.lines import lines
from ringfence.firewalls.panos.names import APPLICATIONS, DYNAMIC, OF_PROTOCOL
from ringfence.firewalls.panos.routes import zone_routes, zones_down, zones_of
from ringfence.firewalls.panos.words import IDLE_ACTIONS, STATEMENTS
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
    is_any_any,
    match,
    of_protocol,
    touching,
    union,
    within,
)

_BOTH = frozenset({4, 6})
_UDP: Services = (of_protocol(17),)
_DEPTH = 16  # application groups within each other
_ACTIONS = {
    "allow": Action.PERMIT,
    **dict.fromkeys(("deny", "drop", "reset-client", "reset-server", "reset-both"), Action.DENY),
}
_HARMLESS = frozenset(
    (
        *("from", "to", "source", "destination", "application", "service", "action", "description", "tag"),
        *("log-start", "log-end", "log-setting", "uuid", "rule-type", "group-tag", "icmp-unreachable"),
        *("disabled", "option", "qos", "profile-setting", "disable-inspect", "negate-source"),
        *("negate-destination", "audit-comment"),
    )
)
_ANY_ONLY = (
    *("source-user", "category", "hip-profiles", "source-hip", "destination-hip"),
    *("saas-user-list", "saas-tenant-list"),
)
_ONE_VALUE = ("action", "disabled", "rule-type", "negate-source", "negate-destination")


@dataclass(slots=True)
class _Config:
    items: Items
    addresses: Objects[Addresses]
    services: Objects[Services]
    where: Behind
    reading: Reading


def read(text: str, zones: Named | None = None) -> Listing:
    """The security rules as one chain of rows.

    `zones` names the networks behind zones; without it interface addresses and static routes say so.
    InputError when the text is not PAN-OS's, is damaged, or has rules of several virtual systems.
    """
    reading = Reading()
    items = gather(lines(text, reading), reading)
    rules = [item for base in ("pre-rulebase ", "", "post-rulebase ") for item in _of(items, base)]
    if not rules:
        raise InputError("no security rules", where="PAN-OS configuration")
    routes = zone_routes(items, zones or {}, reading)
    if items.learned:
        learned_routes(reading, zones, routes, items.learned.number, " ".join(items.learned.words))
    where = behind(zones, routes, reading, zones_down(items))
    config = _Config(items, address_objects(items), service_objects(items, reading), where, reading)
    rows = Rows()
    for rule in rules:
        _rule(config, rule, rows)
    default = _defaults(config, rows)
    _note_beside(config)
    _note_routers(config)
    for item in items.kind("nat").values():
        _note_nat(config, item)
    chain = rows.chain("security rules", default, _BOTH, stateful=True)
    return reading.listing([chain, *lost_chain(where, reading, _BOTH, stateful=True)])


def _note_beside(config: _Config) -> None:
    """Rules of other kinds that can drop, and the protection of zones, with the packets they can concern."""
    for key, (base, kind) in config.items.rules.items():
        known = look_up(STATEMENTS, (base, kind))
        if known is not None and known.effect is Effect.NONE:
            continue
        why = known.why if known else "rules of a kind that is not known here"
        for rule in config.items.kind(key).values():
            if rule.get("disabled") != "yes" and not _idle(rule):
                config.reading.stray(
                    rule.line, f"{kind} rule {rule.name}", why, both_ways(_region(config, rule))
                )
    for zone in config.items.kind("zone").values():
        profile = zone.get("network/zone-protection-profile") or zone.get("zone-protection-profile")
        if profile:
            around = config.where.addresses.get(zone.name)
            text = f"zone {zone.name}: zone-protection-profile {profile}"
            boxes = None if around is None else touching(around)
            config.reading.stray(zone.line, text, "zone protection drops what it considers an attack", boxes)


def _note_routers(config: _Config) -> None:
    """Packets between zones of different virtual routers; an interface in none is by itself."""
    reach: dict[str, Addresses] = {}
    first: dict[str, str] = {}
    for interface, zone in zones_of(config.items).items() if config.items.routers else ():
        router = config.items.routers.get(interface, "")
        first.setdefault(router, zone)
        reach[router] = union((reach.get(router, {}), config.where.addresses.get(zone, {})))
    for router, zone in list(first.items())[1:]:
        others = union(there for other, there in reach.items() if other != router)
        boxes = both_ways(match(reach[router], others, EVERY_SERVICE)) if reach[router] and others else ()
        text = f"zone {zone}: virtual-router {router or '(none)'}"
        why = "no route leads from one virtual router to another that is read here"
        config.reading.stray(config.items.kind("zone")[zone].line, text, why, boxes)


def _idle(rule: Item) -> bool:
    """Whether its action does nothing: `action no-decrypt`, `action forward ...` is another."""
    return any(
        word in IDLE_ACTIONS
        for key, values in rule.attributes.items()
        if key.split("/")[0] == "action"
        for word in (*key.split("/"), *values)
    )


def _region(config: _Config, rule: Item) -> tuple[Box, ...]:
    """The packets between the rule's zones and addresses, as far as those are understood."""
    boxes = everything()
    for key, end in (("source", SOURCE), ("destination", DESTINATION)):
        with suppress(NotUnderstood):
            boxes = within(boxes, end, _ends(config, rule, key))
    for key, end in (("from", SOURCE), ("to", DESTINATION)):
        if rule.all(key) and "any" not in rule.all(key):
            with suppress(NotUnderstood):
                boxes = within(boxes, end, config.where.zone(rule.all(key)))
    return boxes


def _of(items: Items, base: str) -> list[Item]:
    return list(items.kind(f"{base}security").values())


def _rule(config: _Config, rule: Item, rows: Rows) -> None:
    reading = config.reading
    text = _text(rule)
    if rule.all("disabled") == ["yes"]:
        reading.off(rule.line, text, "disabled")
        return
    action = _ACTIONS.get(rule.get("action"))
    region = _region(config, rule)
    try:
        source = _ends(config, rule, "source")
        destination = _ends(config, rule, "destination")
        services, others = _services(config, rule)
        boxes = _between(config, rule, match(source, destination, services)) if services else ()
        beyond = _between(config, rule, match(source, destination, others)) if others else ()
        _refuse_narrowing(rule)
        if action is None:
            raise NotUnderstood(f"action {rule.get('action') or 'missing'}")
    except NotUnderstood as error:
        reading.gap(rows, (rule.line, text), str(error), region, action)
        return
    id_ = place(rule.line, rule.name)
    if boxes:
        rows.add(
            Row(
                id_,
                action,
                boxes,
                text,
                Place(rule.line, name=rule.name),
                services=tuple(rule.all("service")),
            )
        )
    if beyond:
        why = "its applications on other ports than their standard ports"
        reading.gap(rows, (rule.line, text), why, beyond, action)
    if action is Action.PERMIT and is_any_any(source, destination, services):
        reading.any_any.append(id_)
    if action is Action.PERMIT and rule.has("profile-setting"):
        reading.assumed.append(f"the security profiles of rule {rule.name} ({place(rule.line)}) stop nothing")


def _text(rule: Item) -> str:
    keys = ("from", "to", "source", "destination", "application", "service", "action")
    return f"rule {rule.name}: " + ", ".join(
        f"{key} {' '.join(rule.all(key))}" for key in keys if rule.all(key)
    )


def _ends(config: _Config, rule: Item, key: str) -> Addresses:
    if rule.get(f"negate-{key}") == "yes":
        raise NotUnderstood(f"{key} is negated")
    names = rule.all(key)
    if not names:
        raise NotUnderstood(f"{key} is empty")
    if "any" in names:
        return EVERYWHERE
    parts = []
    for name in names:
        found = literal(config.addresses, name)
        parts.append(config.addresses.find(found.name) if isinstance(found, Reference) else found)
    return union(parts)


def _services(config: _Config, rule: Item) -> tuple[Services, Services]:
    """The services of a rule, and those among which its applications may be without any header saying so."""
    applications, names = rule.all("application"), rule.all("service")
    if not applications or not names:
        raise NotUnderstood("application or service is empty")
    own = names == ["application-default"]
    chosen = () if own else EVERY_SERVICE if "any" in names else both(map(config.services.find, names))
    if "application-default" in names and not own:
        raise NotUnderstood("the default ports of its applications and other services")
    if "any" in applications:
        if own:
            raise NotUnderstood("the default ports of every application")
        return chosen, ()
    told: list[Services] = []
    hidden: list[Services] = []
    for name in _each(config, applications):
        found = icmp_application(config.items, name)
        own_kind = name in config.items.kind("application")
        if found is None and not own_kind:
            found = APPLICATIONS.get(name)
        if found is not None:
            told.append(found)
        elif not own_kind and (name in OF_PROTOCOL or name in DYNAMIC):
            hidden.append(OF_PROTOCOL.get(name, _UDP if own else EVERY_SERVICE))
        else:
            raise NotUnderstood(f"application {name[:60]}, which no packet header shows")
    config.reading.assumed.append(
        f"application {', '.join(applications)} is what uses its standard ports, no more"
    )
    every = (service for found in (*told, *hidden) for service in found)
    icmp_only = all(service.protocol in {((1, 1),), ((58, 58),)} for service in every)
    if own or ("any" in names and icmp_only):
        return both(told), both(hidden)
    return (both(told), EVERY_SERVICE) if "any" in names else ((), chosen)


def _each(config: _Config, names: Iterable[str], depth: int = 0) -> Iterator[str]:
    """The applications, and those of application groups."""
    for name in names:
        group = config.items.kind("application-group").get(name)
        if group is None:
            yield name
        elif depth > _DEPTH:
            raise NotUnderstood(f"application group {name[:60]} contains itself")
        else:
            yield from _each(config, group.all("members"), depth + 1)


def _between(config: _Config, rule: Item, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """Cut to the packets between the rule's zones."""
    kind = rule.get("rule-type", "universal")
    if kind not in {"universal", "interzone"}:
        raise NotUnderstood(f"rule type {kind}")
    if kind == "interzone" and len(rule.all("from")) + len(rule.all("to")) != 2:
        raise NotUnderstood("an interzone rule of more than one pair of zones")
    for key, end in (("from", SOURCE), ("to", DESTINATION)):
        names = rule.all(key)
        if not names:
            raise NotUnderstood(f"{key} is empty")
        if "any" not in names:
            boxes = within(boxes, end, config.where.zone(names))
    return boxes


def _refuse_narrowing(rule: Item) -> None:
    """Whatever makes the rule match less than its addresses and services, or is not known."""
    for key in _ANY_ONLY:
        if rule.all(key) not in ([], ["any"]):
            raise NotUnderstood(f"{key} {' '.join(rule.all(key))[:60]}")
    for key in _ONE_VALUE:
        if len(rule.all(key)) > 1:
            raise NotUnderstood(f"{key} is given twice: {' '.join(rule.all(key))[:60]}")
    for key, values in rule.attributes.items():
        everywhere = (key, values) == ("target/negate", ["no"])
        if key.split("/")[0] not in _HARMLESS and key not in _ANY_ONLY and not everywhere:
            raise NotUnderstood(f"{key} {' '.join(rule.all(key))[:60]}")


def _defaults(config: _Config, rows: Rows) -> Action:
    """Within a zone packets pass and between zones they do not, unless the defaults are overridden."""
    items: dict[str, Item] = {}
    for base in ("post-rulebase ", ""):
        items |= config.items.kind(f"{base}default-security-rules")
    inner, outer = items.get("intrazone-default"), items.get("interzone-default")
    inside = _ACTIONS.get(inner.get("action", "allow")) if inner else Action.PERMIT
    across = _ACTIONS.get(outer.get("action", "deny")) if outer else Action.DENY
    for name, addresses in config.where.addresses.items():
        text = f"intrazone-default of {name} (implicit)"
        line = inner.line if inner else 0
        boxes = match(addresses, addresses, EVERY_SERVICE)
        id_ = place(line, text) if line else text
        rows.add(Row(id_, inside or Action.PERMIT, boxes, text, Place(line), implicit=True))
    return across or Action.PERMIT


def _note_nat(config: _Config, rule: Item) -> None:
    text = f"nat rule {rule.name}"
    if rule.get("disabled") == "yes":
        config.reading.off(rule.line, text, "disabled")
        return
    if not rule.has("source-translation") and not rule.has("destination-translation"):
        config.reading.off(rule.line, text, "translates nothing")
        return
    try:
        source, destination = _ends(config, rule, "source"), _ends(config, rule, "destination")
        if rule.has("source-translation") and "any" not in rule.all("from"):
            boxes = _zones(config, rule, match(source, destination, EVERY_SERVICE))
        else:
            boxes = match(source, destination, EVERY_SERVICE)
    except NotUnderstood:
        boxes = everything()
    config.reading.nat(rule.line, text, both_ways(boxes))


def _zones(config: _Config, rule: Item, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    boxes = within(boxes, SOURCE, config.where.zone(rule.all("from")))
    if "any" in rule.all("to"):
        return boxes
    return within(boxes, DESTINATION, config.where.zone(rule.all("to")))
