"""Security policies of the distributed firewall as JSON: a policy, several, or the tree under `infra`.

Written from the NSX-T Data Center REST API 3.2 (SecurityPolicy, Rule, the hierarchical API) and the pages on
the distributed firewall: categories in their order, policies and rules by sequence number, the first rule
that matches decides at the interface of a virtual machine, and the rule of the default policy last. Nothing
here has been checked on a manager.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.firewalls.common.behind import Named, attached
from ringfence.firewalls.common.json_text import Json, JsonObject, decoded, objects, strings
from ringfence.firewalls.common.reading import Reading, Rows
from ringfence.firewalls.nsx.objects import NsxObjects
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, Box, Place, Row, complement
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, Addresses, is_any_any, match

_WHAT = "security policies"
_BOTH = frozenset({4, 6})
_CATEGORIES = ("Ethernet", "Emergency", "Infrastructure", "Environment", "Application")
_ACTIONS = {"ALLOW": Action.PERMIT, "DROP": Action.DENY, "REJECT": Action.DENY}
_FAMILIES = {
    "IPV4": frozenset({4}),
    "IPV6": frozenset({6}),
    "IPV4_IPV6": _BOTH,
    "": _BOTH,
}
_DEFAULT = "default-layer3-section"
_DEPTH = 16
# Of a rule: what it matches and does, and what says nothing of packets.
_OF_RULE = frozenset(
    {
        *("source_groups", "destination_groups", "sources_excluded", "destinations_excluded", "services"),
        *("service_entries", "scope", "profiles", "direction", "ip_protocol", "action", "disabled"),
        *("id", "display_name", "description", "sequence_number", "logged", "tag", "tags", "notes", "path"),
        *("relative_path", "parent_path", "unique_id", "rule_id", "resource_type", "marked_for_delete"),
        *("overridden", "is_default", "realization_id", "owner_id", "remote_path", "origin_site_id"),
    }
)
_ANY = ("ANY",)


@dataclass(frozen=True, slots=True)
class _Policy:
    item: JsonObject
    rules: tuple[JsonObject, ...]

    @property
    def name(self) -> str:
        return str(self.item.get("id") or self.item.get("display_name") or "?")

    @property
    def rank(self) -> tuple[int, int, int]:
        """Category, and its place in it."""
        category = str(self.item.get("category", "Application"))
        at = _CATEGORIES.index(category) if category in _CATEGORIES else -1
        return at, _sequence(self.item), _sequence(self.item, "internal_sequence_number")


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of every policy of the text; `zones` names the networks of groups.

    InputError when the text has no security policy.
    """
    found = decoded(text, _WHAT)
    reading = Reading()
    held = NsxObjects(attached(zones, reading))
    policies = list(_policies(found, held, reading, 0))
    if not policies:
        raise InputError("no security policy", where=_WHAT)
    reading.assumed.append("one end of each flow is a virtual machine that the distributed firewall protects")
    rows = Rows()
    ranks = Counter(policy.rank for policy in policies)
    for policy in sorted(policies, key=lambda one: (one.rank, one.name)):
        doubt = "another policy has its place in the category" if ranks[policy.rank] > 1 else ""
        numbers = Counter(map(_sequence, policy.rules))
        for rule in sorted(policy.rules, key=_sequence):
            twice = "another rule has its sequence number" if numbers[_sequence(rule)] > 1 else ""
            _rule(rule, (policy, doubt or twice), held, reading, rows)
    if not any(policy.name == _DEFAULT for policy in policies):
        reading.assumed.append("no policy that is not in the text decides before these")
        rest = rows.left(everything())
        reading.gap(rows, (_DEFAULT, "the default policy"), "the default rule is not in the text", rest)
    return reading.listing([rows.chain("distributed firewall", Action.PERMIT, _BOTH, stateful=True)])


def _sequence(item: JsonObject, key: str = "sequence_number") -> int:
    """Before all others where none is said."""
    found = item.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else -1


def _policies(found: Json, held: NsxObjects, reading: Reading, depth: int) -> Iterator[_Policy]:
    """Policies of a tree, of a list of results, or one; groups and services beside them are kept."""
    if depth > _DEPTH:
        raise InputError("nested too deeply", where=_WHAT)
    if isinstance(found, list):
        for one in found:
            yield from _policies(one, held, reading, depth + 1)
        return
    if not isinstance(found, dict):
        return
    name = str(found.get("id") or "?")
    match found.get("resource_type"):
        case "SecurityPolicy":
            children = (one.get("Rule") for one in objects(found, "children"))
            rules = [*objects(found, "rules"), *(one for one in children if isinstance(one, dict))]
            yield _Policy(found, tuple(rules))
            return
        case "Group":
            held.groups[name] = found
            return
        case "Service":
            held.services[name] = found
            return
        case "GatewayPolicy":
            reading.stray(name, f"gateway policy {name}", "a gateway on the way has rules of its own")
            return
    for key, value in found.items():
        if key in {"results", "children"} or isinstance(value, dict):
            yield from _policies(value, held, reading, depth + 1)


def _rule(rule: JsonObject, of: tuple[_Policy, str], held: NsxObjects, reading: Reading, rows: Rows) -> None:
    policy, doubt = of
    name = str(rule.get("id") or rule.get("display_name") or "?")
    at, text = f"{policy.name} {name}", _told(rule)
    if rule.get("disabled") is True:
        reading.off(at, text, "disabled")
        return
    action = _ACTIONS.get(str(rule.get("action")))
    try:
        _check(rule, policy)
        if doubt or action is None:
            raise NotUnderstood(doubt or f"action {str(rule.get('action'))[:40]!r}")
        source, destination = (_end(rule, end, held) for end in ("source", "destination"))
        services = held.rule_services(rule)
        boxes = _of_family(rule, match(source, destination, services))
    except NotUnderstood as error:
        reading.gap(rows, (at, text), str(error), _at_most(rule, held), action)
        return
    rows.add(Row(at, action, boxes, text, Place(max(0, _sequence(rule)), list=policy.name)))
    if action is Action.PERMIT and is_any_any(source, destination, services):
        reading.any_any.append(at)


def _at_most(rule: JsonObject, held: NsxObjects) -> tuple[Box, ...] | None:
    """The only packets that a rule can concern of which a part was not understood; None: any."""
    if any(key[0] != "_" for key in rule.keys() - _OF_RULE):
        return None
    ends: list[Addresses] = []
    for end in ("source", "destination"):
        try:
            ends.append(_end(rule, end, held))
        except NotUnderstood:
            ends.append(EVERYWHERE)
    try:
        return match(ends[0], ends[1], held.rule_services(rule))
    except NotUnderstood:
        return match(ends[0], ends[1], EVERY_SERVICE) if ends[0].keys() & ends[1].keys() else None


def _check(rule: JsonObject, policy: _Policy) -> None:
    """NotUnderstood for what makes a rule match elsewhere, or other packets, than its ends say."""
    unknown = sorted(key for key in rule.keys() - _OF_RULE if key[0] != "_")
    if unknown:
        raise NotUnderstood(f"{unknown[0]} is not known")
    if policy.rank[0] <= 0:
        raise NotUnderstood("a rule of Ethernet, or of a category that is not known")
    if policy.item.get("stateful") is False:
        raise NotUnderstood("a policy without state")
    if str(rule.get("direction") or "IN_OUT") != "IN_OUT":
        raise NotUnderstood("a rule of one direction at the interface of a virtual machine")
    if _sequence(rule) < 0:
        raise NotUnderstood("no sequence number is said")
    scopes = (tuple(strings(one, "scope")) or _ANY for one in (rule, policy.item))
    if any(scope != _ANY for scope in scopes):
        raise NotUnderstood("it is applied to groups of virtual machines")
    if (tuple(strings(rule, "profiles")) or _ANY) != _ANY:
        raise NotUnderstood("a context profile")


def _end(rule: JsonObject, end: str, held: NsxObjects) -> Addresses:
    found = held.addresses(list(strings(rule, f"{end}_groups")))
    if rule.get(f"{end}s_excluded") is not True:
        return found
    if found is EVERYWHERE:
        raise NotUnderstood("everything is excluded")
    return {v: complement(found.get(v, ()), TOP[v][SOURCE]) for v in _BOTH}


def _of_family(rule: JsonObject, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    family = str(rule.get("ip_protocol") or "")
    if family not in _FAMILIES:
        raise NotUnderstood(f"family {family[:40]!r}")
    return tuple(box for box in boxes if box.version in _FAMILIES[family])


def _told(rule: JsonObject) -> str:
    ends: Mapping[str, str] = {
        key: ", ".join(strings(rule, key)) or "ANY" for key in ("source_groups", "destination_groups")
    }
    entries = ", ".join(str(one.get("id", "?")) for one in objects(rule, "service_entries"))
    services = ", ".join(word for word in strings(rule, "services") if word != "ANY")
    what = ", ".join(filter(None, (entries, services))) or "ANY"
    return f"{rule.get('action')} {' to '.join(ends.values())} {what}"
