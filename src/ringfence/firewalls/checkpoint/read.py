"""Access rule bases as `show access-rulebase` prints them in JSON, with inline layers of the same text.

Written from the Management API Reference 1.8 and the administration guide on layers: the first rule that
matches decides, a rule with a layer hands its packets to that layer, and what none takes is dropped. Nothing
here has been checked on a management server.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ringfence.firewalls.checkpoint.objects import RuleObjects
from ringfence.firewalls.common.behind import Named, attached
from ringfence.firewalls.common.json_text import JsonObject, objects
from ringfence.firewalls.common.reading import Reading, Rows, lines_of
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Inspected, Inspection, Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, Box, Place, Row, complement
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, Addresses, boxes_in_both, is_any_any, match

_WHAT = "access rule base"
_BOTH = frozenset({4, 6})
_ACTIONS = {"Accept": Action.PERMIT, "Drop": Action.DENY, "Reject": Action.DENY}
_DEPTH = 8
_TARGETS = "Policy Targets"
_OF_RULE = frozenset(
    {
        *("uid", "name", "type", "domain", "rule-number", "track", "comments", "enabled", "meta-info"),
        *("source", "source-negate", "destination", "destination-negate", "service", "service-negate"),
        *("vpn", "content", "content-negate", "content-direction", "time", "install-on", "action"),
        *("action-settings", "inline-layer", "custom-fields", "service-resource", "hits", "user-check"),
        *("tags", "icon", "color", "read-only", "available-actions"),
    }
)
_LIMITS = ("limit", "enable-identity-captive-portal")
_H323 = "h323"


@dataclass(slots=True)
class _Layer:
    """A rule base, its pages put together."""

    name: str
    uid: str
    rules: list[JsonObject] = field(default_factory=list)
    total: int = 0


def read(text: str, zones: Named | None = None) -> Listing:
    """The first rule base of the text, with those others that its rules hand packets to.

    `zones` names the networks of zones and other objects without addresses. InputError when the text has no
    rule base, or not all pages of one.
    """
    reading = Reading()
    held = RuleObjects(attached(zones, reading))
    layers: dict[str, _Layer] = {}
    for document in _documents(text):
        _take(document, layers, held)
    if not layers:
        raise InputError("no rule base", where=_WHAT, remedy="show access-rulebase ... --format json")
    for layer in layers.values():
        if layer.total and len(layer.rules) < layer.total:
            remedy = "take every page: limit 500 offset 0, 500 and so on"
            raise InputError(f"{len(layer.rules)} of {layer.total} rules", where=layer.name, remedy=remedy)
    first = next(iter(layers.values()))
    reading.assumed.append("no other ordered layer, and no implied rule, decides about these packets")
    rows = Rows()
    inner = {str(rule.get("inline-layer")) for layer in layers.values() for rule in layer.rules}
    for layer in layers.values():
        if layer is not first and layer.uid not in inner and layer.name not in inner:
            why = "a layer that no rule hands packets to: an ordered layer, perhaps"
            reading.stray(layer.name, f"layer {layer.name}", why)
    _layer((first, layers, _everything()), (held, reading), rows, 0)
    return reading.listing([rows.chain(first.name, Action.DENY, _BOTH, stateful=True)])


def _documents(text: str) -> Iterator[JsonObject]:
    """The documents of a text that holds one behind the other, or a list of them."""
    lines_of(text, _WHAT)
    decoder = json.JSONDecoder()
    at = 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip("\ufeff \t\r\n"))
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise InputError(f"damaged JSON: {error}", where=_WHAT, remedy="take the output again") from error
        for one in found if isinstance(found, list) else [found]:
            if not isinstance(one, dict):
                raise InputError("not an object", where=_WHAT)
            yield one


def _take(document: JsonObject, layers: dict[str, _Layer], held: RuleObjects) -> None:
    for item in objects(document, "objects-dictionary"):
        held.held[str(item.get("uid"))] = item
    if "rulebase" not in document:
        return
    name, uid = str(document.get("name", "?")), str(document.get("uid", ""))
    layer = layers.setdefault(uid or name, _Layer(name, uid))
    total = document.get("total")
    layer.total = max(layer.total, total if isinstance(total, int) else 0)
    layer.rules += _rules(document, 0)


def _rules(item: JsonObject, depth: int) -> Iterator[JsonObject]:
    """The rules, those of sections too."""
    if depth > _DEPTH:
        raise InputError("nested too deeply", where=_WHAT)
    for one in objects(item, "rulebase"):
        if "rulebase" in one:
            yield from _rules(one, depth + 1)
        else:
            yield one


def _everything() -> tuple[Box, ...]:
    return match(EVERYWHERE, EVERYWHERE, EVERY_SERVICE)


_At: TypeAlias = tuple[_Layer, dict[str, _Layer], tuple[Box, ...]]


def _layer(at: _At, of: tuple[RuleObjects, Reading], rows: Rows, depth: int) -> None:
    """The rules of a layer for the packets that come to it, and the drop of what none takes."""
    layer, _, around = at
    for rule in layer.rules:
        _rule(rule, at, of, rows, depth)
    rows.add(Row(f"{layer.name} (implicit cleanup)", Action.DENY, around, implicit=True))


def _rule(rule: JsonObject, at: _At, of: tuple[RuleObjects, Reading], rows: Rows, depth: int) -> None:
    layer, layers, around = at
    held, reading = of
    number = rule.get("rule-number")
    name = str(rule.get("name") or "")
    where = f"{layer.name} rule {number}{f' {name}' if name else ''}"
    text = _told(rule, held)
    if rule.get("enabled") is False:
        reading.off(where, text, "disabled")
        return
    inner = _inner(rule, layers)
    action = None if rule.get("inline-layer") else _ACTIONS.get(held.name(rule.get("action")))
    try:
        _check(rule, held)
        if action is None and inner is None:
            raise NotUnderstood(_why(rule, held))
        source, destination = (_end(rule, end, held) for end in ("source", "destination"))
        services = held.services(rule.get("service"))
        parts = boxes_in_both(match(source, destination, services), around)
        if inner is not None and depth >= _DEPTH:
            raise NotUnderstood("layers within layers")
    except NotUnderstood as error:
        reading.gap(rows, (where, text), str(error), _at_most(rule, held, around), action)
        return
    for service, protocol in held.protocols(rule.get("service")).items():
        seen = Inspected.H323 if _H323 in protocol.lower().replace(".", "") else Inspected.OTHER
        reading.inspections.append(Inspection(f"{service} ({protocol})", True, where, seen))
    if inner is not None:
        reading.effort(len(inner.rules))
        _layer((inner, layers, parts), of, rows, depth + 1)
        return
    assert action is not None
    place = Place(number if isinstance(number, int) else 0, list=layer.name)
    rows.add(Row(where, action, parts, text, place))
    if action is Action.PERMIT and is_any_any(source, destination, services):
        reading.any_any.append(where)


def _inner(rule: JsonObject, layers: dict[str, _Layer]) -> _Layer | None:
    """The layer that the rule hands its packets to, where the text has it."""
    named = rule.get("inline-layer")
    if named is None:
        return None
    key = str(named.get("uid") if isinstance(named, dict) else named)
    return next((one for uid, one in layers.items() if key in {uid, one.name}), None)


def _why(rule: JsonObject, held: RuleObjects) -> str:
    if rule.get("inline-layer"):
        return "the inline layer is not in the text"
    return f"action {held.name(rule.get('action'))}"


def _check(rule: JsonObject, held: RuleObjects) -> None:
    """NotUnderstood for a cell that chooses among packets otherwise than by ends and services."""
    unknown = sorted(rule.keys() - _OF_RULE)
    if unknown:
        raise NotUnderstood(f"{unknown[0]} is not known")
    for cell in ("vpn", "content", "time"):
        if not held.is_any(rule.get(cell)):
            raise NotUnderstood(f"{cell} is not Any")
    if rule.get("service-negate") is True or rule.get("service-resource"):
        raise NotUnderstood("services that are negated, or have a resource")
    targets = rule.get("install-on")
    if isinstance(targets, list) and any(held.name(one) not in {_TARGETS, "Any"} for one in targets):
        raise NotUnderstood("it is installed on some gateways only")
    settings = rule.get("action-settings")
    if isinstance(settings, dict) and (
        settings.get("limit") or settings.get("enable-identity-captive-portal")
    ):
        raise NotUnderstood("a limit, or a captive portal")


def _end(rule: JsonObject, end: str, held: RuleObjects) -> Addresses:
    found = held.addresses(rule.get(end))
    if rule.get(f"{end}-negate") is not True:
        return found
    return {v: complement(found.get(v, ()), TOP[v][SOURCE]) for v in _BOTH}


def _at_most(rule: JsonObject, held: RuleObjects, around: tuple[Box, ...]) -> tuple[Box, ...]:
    """The only packets that a rule can concern of which a part was not understood."""
    if rule.keys() - _OF_RULE:
        return around
    ends: list[Addresses] = []
    for end in ("source", "destination"):
        try:
            ends.append(_end(rule, end, held))
        except NotUnderstood:
            ends.append(EVERYWHERE)
    try:
        services = (
            held.services(rule.get("service")) if rule.get("service-negate") is not True else EVERY_SERVICE
        )
    except NotUnderstood:
        services = EVERY_SERVICE
    try:
        return boxes_in_both(match(ends[0], ends[1], services), around)
    except NotUnderstood:
        return around


def _told(rule: JsonObject, held: RuleObjects) -> str:
    cells = [
        ", ".join(map(held.name, cell)) if isinstance(cell := rule.get(key), list) else "?"
        for key in ("source", "destination", "service")
    ]
    return f"{held.name(rule.get('action'))} {cells[0]} to {cells[1]} {cells[2]}"
