"""PAN-OS: reads a configuration in `set` form or XML into rows, each with the line of its rule.

Written from the PAN-OS 9.1 to 11.0 Administrator's Guide, "Security Policy" (rule types, intrazone and
interzone defaults) and the configuration hierarchy. No device has checked the reading.
"""

from dataclasses import dataclass

from ringfence.firewalls.common.behind import Behind, Named, behind
from ringfence.firewalls.common.reading import Objects, Reading, Reference, Rows, place
from ringfence.firewalls.panos.items import (
    Item,
    Items,
    address_objects,
    gather,
    icmp_application,
    literal,
    service_objects,
    zone_routes,
)
from ringfence.firewalls.panos.lines import lines
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
    union,
    within,
)

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
    where = behind(zones, zone_routes(items, zones or {}, reading), reading)
    if items.learned and not zones:
        why = "routes learned at run time: name the networks behind the zones"
        reading.stray(items.learned.number, " ".join(items.learned.words), why)
    config = _Config(items, address_objects(items), service_objects(items, reading), where, reading)
    rows = Rows()
    for rule in rules:
        _rule(config, rule, rows)
    default = _defaults(config, rows)
    for kind, why in (("pbf", "forwarding by rule"), ("authentication", "packets pass only after a login")):
        for item in items.kind(kind).values():
            if item.get("disabled") != "yes":
                reading.stray(item.line, f"{kind} rule {item.name}", why)
    for item in items.kind("nat").values():
        _note_nat(config, item)
    return reading.listing([rows.chain("security rules", default, frozenset({4, 6}), stateful=True)])


def _of(items: Items, base: str) -> list[Item]:
    return list(items.kind(f"{base}security").values())


def _rule(config: _Config, rule: Item, rows: Rows) -> None:
    reading = config.reading
    text = _text(rule)
    if rule.all("disabled") == ["yes"]:
        reading.off(rule.line, text, "disabled")
        return
    action = _ACTIONS.get(rule.get("action"))
    region = everything()
    try:
        region = _between(config, rule, region)
        source = _ends(config, rule, "source")
        region = _between(config, rule, match(source, EVERYWHERE, EVERY_SERVICE))
        destination = _ends(config, rule, "destination")
        region = _between(config, rule, match(source, destination, EVERY_SERVICE))
        services = _services(config, rule)
        boxes = _between(config, rule, match(source, destination, services))
        _refuse_narrowing(rule)
        if action is None:
            raise NotUnderstood(f"action {rule.get('action') or 'missing'}")
    except NotUnderstood as error:
        reading.gap(rows, (rule.line, text), str(error), region, action)
        return
    id_ = place(rule.line, rule.name)
    rows.add(Row(id_, action, boxes, text, Place(rule.line), services=tuple(rule.all("service"))))
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


def _services(config: _Config, rule: Item) -> Services:
    applications, services = rule.all("application"), rule.all("service")
    if not applications or not services:
        raise NotUnderstood("application or service is empty")
    if applications != ["any"]:
        known = [icmp_application(config.items, name) for name in applications]
        if services in (["application-default"], ["any"]) and all(known):
            names = ", ".join(applications)
            config.reading.assumed.append(f"application {names} is all of its ICMP type and nothing else")
            return both(found for found in known if found)
        raise NotUnderstood(f"application {' '.join(applications)[:60]}, which no header tells")
    if "any" in services:
        return EVERY_SERVICE
    if "application-default" in services:
        raise NotUnderstood("the default ports of every application")
    return both(config.services.find(name) for name in services)


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
