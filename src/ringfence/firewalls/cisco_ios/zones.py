"""Cisco IOS-XE zone-based firewall: zone pairs and their policy maps as one list with state.

From the Cisco IOS Security Configuration Guide, "Zone-Based Policy Firewall": packets between two zones pass
only by the policy of the pair, between a zone and an interface of none not at all, within a zone freely. No
device has checked the reading.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.firewalls.cisco_ios.classes import Class, class_boxes, classes_of
from ringfence.firewalls.cisco_ios.config import Config
from ringfence.firewalls.common.ace.objects import Block, Line
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, Rows, place, shown
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Unbound, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, NOWHERE, SOURCE, Box, Place, Row
from ringfence.policy.terms import EVERYWHERE, Addresses, boxes_in_both, outside, union, within

_CLASS = "class"  # the way in which a list is bound that a class goes by
_SELF = "self"  # the device, which is no end of what it forwards


def zone_chain(config: Config, where: Behind, reading: Reading) -> list[Chain]:
    """One list with state for all zone pairs; none where no interface and no pair knows a zone."""
    pairs = [pair for pair in config.zone_pairs if _ends(pair) is not None]
    bound = {_policy_of(pair) for pair in pairs}
    for name, policy in config.policy_maps.items():
        if policy.head.words[1:3] == ["type", "inspect"] and name not in bound:
            _unbound(name, policy.head, reading)
    zoned = [interface for interface in config.interfaces.values() if interface.zone]
    if not zoned and not pairs:
        return []
    for line in _limits(config, "global"):
        reading.stray(line.number, line.text, "limits the sessions of all zones")
    rows = Rows()
    members: dict[str, list[str]] = {}
    for interface in zoned:
        members.setdefault(interface.zone, []).append(interface.name)
    zones = _Zones(members, where)
    for pair in pairs:
        _pair(config, pair, zones, (reading, rows))
    _between(config, zones, reading, rows)
    return [rows.chain("zone pairs", Action.PERMIT, frozenset({4}), stateful=True)]


def _unbound(name: str, line: Line, reading: Reading) -> None:
    bind = ("zone-pair security NAME source ZONE destination ZONE", f" service-policy type inspect {name}")
    reading.unbound.append(Unbound(f"policy map {name}", place(line.number), bind))


def _ends(pair: Block) -> tuple[str, str] | None:
    """Source and destination zone; None for a pair with the device itself."""
    words = pair.head.words
    found = dict(zip(words[3::2], words[4::2], strict=False))
    ends = found.get("source", ""), found.get("destination", "")
    return None if _SELF in ends else ends


def _policy_of(pair: Block) -> str:
    named = [line for line in pair.body if line.words[:3] == ["service-policy", "type", "inspect"]]
    return named[-1].words[-1] if named else ""


@dataclass(frozen=True, slots=True)
class _Zones:
    """The interfaces of each zone, and what lives behind them."""

    members: Mapping[str, list[str]]
    where: Behind

    def behind(self, zone: str) -> Addresses:
        """What lives behind the interfaces of a zone, or is named to live behind the zone."""
        members = self.members.get(zone, ())
        if zone in self.where.addresses or not members:
            return self.where.of(zone)
        placed = [self.where.addresses[name] for name in members if name in self.where.addresses]
        if not placed:
            raise NotUnderstood(f"interfaces {', '.join(members)} have no networks named for them")
        return union(placed)


def _pair(config: Config, pair: Block, zones: _Zones, into: tuple[Reading, Rows]) -> None:
    reading, rows = into
    source, destination = _ends(pair) or ("", "")
    name = _policy_of(pair)
    policy = config.policy_maps.get(name)
    try:
        crossing = within(
            within(everything(), SOURCE, zones.behind(source)),
            DESTINATION,
            zones.behind(destination),
        )
    except NotUnderstood as error:
        reading.gap(rows, (pair.head.number, pair.head.text), str(error))
        return
    at = NOWHERE
    if policy is not None:
        for one in classes_of(policy):
            at = _own_list(config, one) or at
            _class(config, one, crossing, into, at)
    # Without a policy, and for what no class takes, the pair drops.
    id_ = place(pair.head.number, f"{source} to {destination} (implicit deny)")
    rows.add(Row(id_, Action.DENY, crossing, shown(pair.head.text), at, implicit=True))


def _own_list(config: Config, one: Class) -> Place | None:
    """The access list that an inspected class goes by, to which a rule for the pair can be added."""
    block = config.class_maps.get(one.name)
    named = (
        [line.words[-1] for line in block.body if line.words[:2] == ["match", "access-group"]]
        if block
        else []
    )
    inspected = any(line.words[0] == "inspect" for line in one.actions)
    if not inspected or len(named) != 1 or named[0] not in config.lists:
        return None
    return Place(config.lists[named[0]].line.number, named[0], _CLASS)


def _class(
    config: Config, one: Class, crossing: tuple[Box, ...], into: tuple[Reading, Rows], at: Place
) -> None:
    reading, rows = into
    verbs = [line for line in one.actions if line.words[0] in {"inspect", "pass", "drop"}]
    verb = verbs[0] if verbs else one.line
    action = Action.PERMIT if verb.words[0] in {"inspect", "pass"} else Action.DENY
    region = crossing
    try:
        region = boxes_in_both(crossing, class_boxes(config, one.name))
        if len(verbs) > 1:
            raise NotUnderstood("two verdicts for one class")
        _refuse_more(config, one)
        if verb.words[0] == "pass":
            raise NotUnderstood("pass keeps no state: what answers it has to pass by itself")
    except NotUnderstood as error:
        reading.gap(rows, (verb.number, f"class {one.name}: {verb.text}"), str(error), region, action)
        return
    implicit = one.name == "class-default"
    id_ = place(verb.number, f"class {one.name}")
    rows.add(Row(id_, action, region, shown(verb.text), at if implicit else NOWHERE, implicit=implicit))


def _refuse_more(config: Config, one: Class) -> None:
    """What drops packets of a class that is inspected: deeper inspection, and limits on its sessions."""
    for line in one.actions:
        match line.words:
            case ["inspect", name] if limit := next(_limits(config, name), None):
                raise NotUnderstood(f"{name}: {limit.text.strip()} limits sessions ({place(limit.number)})")
            case ["inspect" | "pass" | "drop" | "police" | "no" | "description" | "exit", *_]:
                pass
            case words:
                raise NotUnderstood(f"{' '.join(words)[:60]} may drop what is inspected")


def _limits(config: Config, name: str) -> Iterator[Line]:
    """Of a parameter map; the thresholds of half-open sessions are no limit before they are given."""
    for line in config.parameter_maps.get(name, ()):
        if {"sessions", "max-incomplete", "one-minute", "max-destination"} & set(line.words[:2]):
            yield line


def _between(config: Config, zones: _Zones, reading: Reading, rows: Rows) -> None:
    """Zones without a pair, and interfaces without a zone: nothing passes between them."""
    found: dict[str, Addresses] = {}
    for zone, members in zones.members.items():
        try:
            found[zone] = zones.behind(zone)
        except NotUnderstood as error:
            line = config.interfaces[members[0]].line
            reading.gap(rows, (line.number, line.text), str(error), None, Action.DENY)
    for zone in (zone for pair in config.zone_pairs for zone in _ends(pair) or ()):
        if zone not in found and zone in zones.where.addresses:
            found[zone] = zones.where.addresses[zone]
    for zone, inside in found.items():
        others = {version: outside({version: inside.get(version, ())})[version] for version in EVERYWHERE}
        for one, other in ((inside, others), (others, inside)):
            boxes = within(within(everything(), SOURCE, one), DESTINATION, other)
            id_ = f"zone {zone} (implicit deny)"
            rows.add(Row(id_, Action.DENY, boxes, f"no zone pair of {zone}", implicit=True))
