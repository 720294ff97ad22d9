"""What a policy decides, in the order in which firewalld loads it, before its zones are looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.firewalld.elements import helpers_of, rule_end, services_of
from ringfence.firewalls.firewalld.files import FirewalldFiles, XmlElement
from ringfence.model.policy import Action
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, Addresses, boxes_in_both, match

_ACTIONS = {"accept": Action.PERMIT, "drop": Action.DENY, "reject": Action.DENY}
_TARGETS = {"ACCEPT": Action.PERMIT, "DROP": Action.DENY, "REJECT": Action.DENY}
_MATCHING = frozenset({"service", "port", "protocol", "icmp-block", "icmp-type", "source-port"})
_ELSEWHERE = frozenset({"masquerade", "forward-port"})  # told as translations
_SILENT = frozenset({"short", "description", "ingress-zone", "egress-zone", *_ELSEWHERE})
_NOTED = frozenset({"log", "nflog", "audit"})
_FAMILIES = {"ipv4": frozenset({4}), "ipv6": frozenset({6}), "": frozenset({4, 6})}


@dataclass(frozen=True, slots=True)
class Decision:
    """One rule of a policy. `rank` is the priority of a rich rule; `boxes` what it matches of all packets."""

    place: str
    text: str
    action: Action | None
    boxes: tuple[Box, ...]
    rank: int = 0
    doubt: str = ""

    def doubted(self, why: str) -> "Decision":
        return self if self.doubt else replace(self, doubt=why)

    def between(self, source: Addresses, destination: Addresses) -> tuple[Box, ...]:
        """What of it goes from one to the other."""
        if not any(source.get(version) and destination.get(version) for version in (4, 6)):
            return ()
        return boxes_in_both(self.boxes, match(source, destination, EVERY_SERVICE))


def decisions(name: str, policy: XmlElement, files: FirewalldFiles, reading: Reading) -> Iterator[Decision]:
    """In order: rich rules below 0, what denies, what allows, rich rules above 0, the target."""
    found = [*_rich(name, policy, files, reading), *_plain(name, policy, files, reading)]
    found.sort(key=lambda one: (one.rank, one.action is Action.PERMIT))
    yield from found
    target = policy.get("target") or "CONTINUE"
    if target != "CONTINUE":
        doubt = "" if target in _TARGETS else f"target {target[:40]}"
        at = place(policy.line, f"policy {name}")
        yield Decision(at, f"target {target}", _TARGETS.get(target), _everything(), 1 << 20, doubt)


def _everything() -> tuple[Box, ...]:
    return match(EVERYWHERE, EVERYWHERE, EVERY_SERVICE)


def _plain(name: str, policy: XmlElement, files: FirewalldFiles, reading: Reading) -> Iterator[Decision]:
    """Services, ports and protocols are let through, blocked types of ICMP are not."""
    for one in policy.children:
        if one.tag in _SILENT or one.tag == "rule":
            continue
        at, action = place(one.line, f"policy {name}"), Action.PERMIT
        if one.tag == "icmp-block":
            action = Action.DENY
        try:
            boxes = tuple(_boxes(one, EVERYWHERE, EVERYWHERE, files))
        except NotUnderstood as error:
            known = action if one.tag in _MATCHING else None
            yield Decision(at, str(one), known, _everything(), doubt=str(error))
            continue
        for helper in helpers_of(one, files):
            reading.inspection(one.line, helper, on=True)
        yield Decision(at, str(one), action, boxes)


def _boxes(
    element: XmlElement,
    source: Addresses,
    destination: Addresses,
    files: FirewalldFiles,
    ends: Sequence[XmlElement] = (),
) -> Iterator[Box]:
    """`ends` are the destinations of the rule around the element."""
    for services, bound in services_of(element, files):
        if bound is not EVERYWHERE and ends:
            raise NotUnderstood("a destination beside that of its service, which firewalld refuses")
        inner = match(source, bound, services)
        yield from boxes_in_both(inner, match(source, destination, EVERY_SERVICE))


def _rich(name: str, policy: XmlElement, files: FirewalldFiles, reading: Reading) -> Iterator[Decision]:
    for rule in policy.all("rule"):
        acts = [one for one in rule.children if one.tag in {*_ACTIONS, "mark"}]
        what = [one for one in rule.children if one.tag in _MATCHING]
        if (not acts and not any(one.tag == "icmp-block" for one in what)) or _only_translates(rule):
            continue
        at = place(rule.line, f"policy {name}")
        action = _ACTIONS.get(acts[0].tag) if len(acts) == 1 else None if acts else Action.DENY
        rank = 0
        try:
            rank = int(rule.get("priority") or 0)
            yield Decision(at, str(rule), _sure(action), _rule_boxes(rule, what, files), rank)
        except (NotUnderstood, ValueError) as error:
            yield Decision(at, str(rule), action, _everything(), rank, str(error) or "its priority")
        for helper in (helper for one in what for helper in helpers_of(one, files)):
            reading.inspection(rule.line, helper, on=True)


def _only_translates(rule: XmlElement) -> bool:
    return any(one.tag in _ELSEWHERE for one in rule.children)


def _sure(action: Action | None) -> Action:
    if action is None:
        raise NotUnderstood("what it does is not known")
    return action


def _rule_boxes(rule: XmlElement, what: list[XmlElement], files: FirewalldFiles) -> tuple[Box, ...]:
    """What a rich rule matches. NotUnderstood for a rate, and for what firewalld refuses or does not know."""
    known = {*_ACTIONS, *_MATCHING, *_NOTED, "source", "destination"}
    odd = next((one.tag for one in rule.children if one.tag not in known), "")
    limited = any(one.all("limit") for one in rule.children if one.tag in _ACTIONS)
    family = rule.get("family")
    if odd or limited or family not in _FAMILIES or rule.attributes.keys() - {"family", "priority"}:
        raise NotUnderstood(f"element {odd[:40]}" if odd else "a rate, or a family that is not known")
    ends = [rule_end(rule.all(tag), files) for tag in ("source", "destination")]
    if not family and any(end is not EVERYWHERE for end in ends):
        raise NotUnderstood("addresses without a family, which firewalld refuses")
    if not what and ends == [EVERYWHERE, EVERYWHERE] and not int(rule.get("priority") or 0):
        raise NotUnderstood("it matches every packet, which firewalld refuses")
    if len(what) > 1:
        raise NotUnderstood("two elements of one rule")
    source, destination = (
        {version: spans for version, spans in end.items() if version in _FAMILIES[family]} for end in ends
    )
    if not what:
        return match(source, destination, EVERY_SERVICE)
    return tuple(_boxes(what[0], source, destination, files, rule.all("destination")))
