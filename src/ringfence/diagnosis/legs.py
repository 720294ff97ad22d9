"""Legs of the dialogue that entered the firewall and did not leave it, and what would let them pass.

A rule is proposed only where a rule is what is missing. A packet that belongs to a connection the firewall
has already let through, or of a kind that passed at another time, was stopped by something else, and a new
rule would not help it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from ringfence.capture.frame import Tap
from ringfence.diagnosis.connection_ends import ConnectionEnds
from ringfence.diagnosis.exchange import about, is_no_route
from ringfence.diagnosis.observation import (
    DhcpSeen,
    EchoSeen,
    IcmpErrorSeen,
    Observation,
    RasSeen,
    StreamKind,
    StreamSeen,
)
from ringfence.diagnosis.opened_flow import opened_flow, rule_for
from ringfence.diagnosis.timeline import HandsetTimeline, StageOutcome
from ringfence.diagnosis.udp_state import UdpStates, timers_by_stream
from ringfence.model.address import Address, Network
from ringfence.model.defaults import (
    SIGNALLING_PORT,
)
from ringfence.model.policy import Rule


class LegRemedy(StrEnum):
    """What would let a leg pass."""

    RULE = "rule"  # nothing that opens it is permitted
    RULE_IF_STATIC = "rule, if translated one to one"  # its destination is translated, it is not shown how
    TRANSLATION = "translation"  # its destination is behind port translation: nothing leads back
    MISDIRECTED = "misdirected"  # its sender's fault: nothing listens where it goes, or another should get it
    ROUTE = "route"  # a router says that it has no way to there: the route or the host is missing
    ASYMMETRIC = "asymmetric"  # the other direction of its connection takes another path
    IDLE = "idle"  # its connection had worked, and was forgotten while it was idle
    STATE = "state"  # it answers what was let through: connection state should have passed it
    INSPECTION = "inspection"  # its like passes on the same ports; this message does not
    LOSS = "loss"  # the same message passed at another time
    CONSEQUENCE = "consequence"  # a stage before it failed; the handset would not have come here
    PERHAPS_RULE = "perhaps rule"  # not answered; one capture cannot show where it ended


_SENTENCES = {
    LegRemedy.RULE: "no rule and no connection state of the firewall lets it pass",
    LegRemedy.RULE_IF_STATIC: "no rule and no connection state of the firewall lets it pass; its "
    "destination is translated, and a rule helps only where connections from outside are translated "
    "too (static NAT, one to one)",
    LegRemedy.TRANSLATION: "handsets share that address by port translation, so it is translated to none "
    "of them, and no rule helps: translate 1:1 towards the gatekeeper, or not at all",
    LegRemedy.MISDIRECTED: "no relay agent listens where it goes, so no rule helps: a server answers giaddr,"
    " udp 67 (RFC 2131 section 4.1)",
    LegRemedy.ROUTE: "ICMP says that there is no way to its destination, or no host: look for the route, and "
    "for the host on its network (ARP), not for a rule",
    LegRemedy.ASYMMETRIC: "only one direction of its connection passes here, the other takes another path "
    "(asymmetric routing), and a stateful firewall drops packets of a connection that it sees in one "
    "direction only: route both through the same firewall",
    LegRemedy.IDLE: "its connection had worked, and nothing of it passes after an idle time, so the "
    "firewall has lost its state: raise the TCP idle timeout above the time between two messages, or "
    "let the gatekeeper send TCP keep-alives more often",
    LegRemedy.STATE: "it answers a packet that was let through, so state should pass it: look for a rule "
    "that drops it before state is checked, asymmetric routing, a state timer that is too short, or an "
    "inspection that drops it",
    LegRemedy.INSPECTION: "other packets pass between the same ports, so no rule is missing: look for an"
    " H.323 inspection, a size limit or lost fragments",
    LegRemedy.LOSS: "the same message passed at another time, so this is packet loss, not policy",
    LegRemedy.CONSEQUENCE: "a stage before it failed, and without that the handset would not have come here",
    LegRemedy.PERHAPS_RULE: "it was not answered; only a capture from the other side of the firewall can show"
    " whether it got through",
}


@dataclass(frozen=True, slots=True)
class LostLeg:
    """Packets of one kind between the same parties. `rule` is None where a rule is not the remedy.

    `entered` is the tap where they were seen, `frames` their numbers there (none of media, which is counted),
    `handsets` whose they are.
    `outward`: from the handset side to the server side.
    """

    remedy: LegRemedy
    what: str
    count: int
    entered: str
    frames: tuple[int, ...]
    handsets: tuple[str, ...]
    outward: bool
    rule: Rule | None = None

    @property
    def sentence(self) -> str:
        many = f"{self.count} packets" if self.count > 1 else "one packet"
        numbers = f"frame {', '.join(map(str, self.frames[:3]))} " if self.frames else ""
        where = f"{numbers}at {self.entered}"
        gone = "" if self.remedy is LegRemedy.PERHAPS_RULE else ", entered the firewall and did not leave it"
        return f"{self.what} ({many}, {where}){gone}: {_SENTENCES[self.remedy]}"


@dataclass(frozen=True, slots=True)
class LegPacket:
    """A packet of a leg: all of them have the same `key`; `leg` is what it would be of this one alone."""

    key: tuple[object, ...]
    leg: LostLeg


def lost_packets(
    timeline: HandsetTimeline,
    *,
    both_sides: bool,
    state_timeout: float,
    many_to_one: frozenset[Address] = frozenset(),
) -> tuple[LegPacket, ...]:
    """What was lost of one handset's.

    With one capture, or while only one of two was running: the questions that were not answered, which a
    rule may or may not be missing for. `many_to_one`: handsets behind port translation.
    """
    found = _unanswered(timeline)
    if both_sides:
        found = [asked for asked in found if asked[1].unsure]
        until = max((n for n, seen in enumerate(timeline.observations, 1) if _may_be_lost(seen)), default=0)
        if until:  # most handsets lose nothing
            found += _lost(timeline, until, state_timeout, many_to_one)
    return tuple(
        _lost_packet(_in_order(remedy, seen, timeline), seen, timeline.name) for remedy, seen in found
    )


def gathered_legs(handsets: Iterable[Iterable[LegPacket]]) -> tuple[LostLeg, ...]:
    """One leg of each kind; rules first, in the order of the procedure."""
    found: dict[object, _Gathering] = {}
    for packets in handsets:
        for packet in packets:
            if packet.key not in found:
                found[packet.key] = _Gathering(packet.leg, [], {}, {}, {})
            found[packet.key].add(packet)
    order = list(LegRemedy)
    legs = (each.whole() for each in found.values())
    return tuple(sorted(legs, key=lambda leg: order.index(leg.remedy)))


def missing_rules(found: Iterable[LostLeg]) -> tuple[Rule, ...]:
    """The rules of these legs, each id once."""
    rules: list[Rule] = []
    names: dict[str, int] = {}
    for leg in found:
        if leg.rule is not None:
            number = names[leg.rule.id] = names.get(leg.rule.id, 0) + 1
            rules.append(leg.rule if number == 1 else replace(leg.rule, id=f"{leg.rule.id}-{number}"))
    return tuple(rules)


def _lost(
    timeline: HandsetTimeline, until: int, state_timeout: float, many_to_one: frozenset[Address]
) -> list[tuple[LegRemedy, Observation]]:
    """Follow what a stateful firewall would remember, packet by packet, of as many as `until`."""
    ends = ConnectionEnds(timeline.observations)
    last_passed = {_opening(seen): seen.time for seen in timeline.observations if seen.crossing.passed}
    passed_kinds = {_kind(seen) for seen in timeline.observations if seen.crossing.passed}
    states = UdpStates(timers_by_stream(state_timeout))
    alive: dict[object, float] = {}  # conversation: when a packet of it last passed
    by_rule: set[object] = set()  # openings that passed without state
    led_back: set[Address] = set()  # handsets to whose translated address something opened from outside
    errors = [each for each in timeline.observations if isinstance(each, IcmpErrorSeen)]
    nowhere = {about(each) for each in errors if is_no_route(each) and not each.dropped}
    found: list[tuple[LegRemedy, Observation]] = []
    for seen in timeline.observations[:until]:
        pair = frozenset((seen.source, seen.destination))
        known = pair in alive and (_is_tcp(seen) or states.is_known(seen))
        if seen.crossing.passed:
            if not known:
                by_rule.add(_opening(seen))
                if _is_translated(seen):
                    led_back.add(seen.destination.ip)
            alive[pair] = seen.time
            states.passed(seen)
        if not _may_be_lost(seen):
            continue
        if isinstance(seen, StreamSeen) and ends.is_over(seen):
            continue
        if isinstance(seen, StreamSeen) and ends.is_one_way(seen):
            found.append((LegRemedy.ASYMMETRIC, seen))
        elif isinstance(seen, StreamSeen) and ends.is_forgotten(seen):
            found.append((LegRemedy.IDLE, seen))
        elif _kind(seen) in passed_kinds and (
            # What opens it comes through afterwards: then the first time was loss.
            known or _opening(seen) in by_rule or last_passed.get(_opening(seen), -inf) > seen.time
        ):
            found.append((LegRemedy.LOSS, seen))
        elif about(seen) in nowhere:
            found.append((LegRemedy.ROUTE, seen))
        elif known:
            answers = _opening(seen) not in by_rule
            found.append((LegRemedy.STATE if answers else LegRemedy.INSPECTION, seen))
        elif _opening(seen) in by_rule:
            found.append((LegRemedy.INSPECTION, seen))
        elif seen.destination.ip in many_to_one:
            found.append((LegRemedy.TRANSLATION, seen))
        elif _is_translated(seen) and seen.destination.ip not in led_back:
            found.append((LegRemedy.RULE_IF_STATIC, seen))
        elif isinstance(seen, DhcpSeen) and not seen.from_handset and rule_for(seen) is None:
            found.append((LegRemedy.MISDIRECTED, seen))
        else:
            found.append((LegRemedy.RULE, seen))
    return found


def _may_be_lost(seen: Observation) -> bool:
    # Few firewalls forward errors, and the stage they are about says so.
    return seen.dropped and not isinstance(seen, IcmpErrorSeen)


def _in_order(remedy: LegRemedy, seen: Observation, timeline: HandsetTimeline) -> LegRemedy:
    """A handset without a voice VLAN asks for its files on the wrong one: that needs no rule."""
    opened, failed = opened_flow(seen), timeline.failed
    if remedy in {LegRemedy.RULE, LegRemedy.RULE_IF_STATIC} and opened is not None and failed is not None:
        after = opened.stage.after
        if failed.stage in after or any(failed.stage in before.after for before in after):
            return LegRemedy.CONSEQUENCE
    return remedy


def _is_translated(seen: Observation) -> bool:
    """Whether it goes to an address that the firewall stands in for."""
    packet = seen.crossing.packet
    return packet.captured is not None and packet.captured.destination != packet.destination


def _asks_the_same(seen: Observation, asked: Observation) -> bool:
    return type(seen) is type(asked) and _opening(seen) == _opening(asked) and rule_for(seen) is not None


def _is_tcp(seen: Observation) -> bool:
    return isinstance(seen, StreamSeen) and seen.kind is not StreamKind.SYN


def _opening(seen: Observation) -> tuple[object, ...]:
    """The parties and the port that a rule names; an ephemeral port is the opener's own choice."""
    source, destination = seen.source, seen.destination
    if isinstance(seen, StreamSeen):
        return "tcp", seen.opener.ip, seen.responder, seen.from_opener
    return seen.crossing.packet.protocol, source, destination


def _kind(seen: Observation) -> tuple[object, ...]:
    """What is the same when a message is sent again."""
    if isinstance(seen, DhcpSeen):
        return "dhcp", seen.kind, seen.source, seen.destination
    if isinstance(seen, RasSeen):
        return "ras", seen.message, seen.keep_alive, seen.source, seen.destination
    if isinstance(seen, StreamSeen):
        return (*_opening(seen), seen.kind)
    return _what(seen), seen.source, seen.destination


def _what(seen: Observation) -> object:
    """The kind of message, whoever sends it to whom."""
    if isinstance(seen, RasSeen):
        return seen.message
    if isinstance(seen, StreamSeen):
        first = next(((each.kind, each.method) for each in seen.messages), None)
        return first or seen.kind
    return type(seen)


def _unanswered(timeline: HandsetTimeline) -> list[tuple[LegRemedy, Observation]]:
    """The questions of stages that failed in silence, or because ICMP said that it is prohibited."""
    found: list[tuple[LegRemedy, Observation]] = []
    for line in timeline.stages:
        if line.outcome not in {StageOutcome.SILENT, StageOutcome.PROHIBITED}:
            continue
        shown = {id(each.seen) for each in line.evidence}
        asked = [seen for seen in timeline.observations if id(seen) in shown]
        if asked and rule_for(asked[0]) is not None:
            remedy = LegRemedy.RULE if line.outcome is StageOutcome.PROHIBITED else LegRemedy.PERHAPS_RULE
            # Evidence is a choice; what is counted is every packet.
            first, last = line.began or asked[0].time, line.ended or asked[-1].time
            found += [
                (remedy, seen)
                for seen in timeline.observations
                if first <= seen.time <= last and _asks_the_same(seen, asked[0])
            ]
    return found


@dataclass(slots=True)
class _Gathering:
    """A leg that is being put together: a site's may have as many packets as it has handsets."""

    leg: LostLeg
    frames: list[int]
    handsets: dict[str, None]
    sources: dict[Network, None]
    destinations: dict[Network, None]

    def add(self, packet: LegPacket) -> None:
        self.frames += packet.leg.frames
        self.handsets.update(dict.fromkeys(packet.leg.handsets))
        if packet.leg.rule is not None:
            self.sources.update(dict.fromkeys(packet.leg.rule.source))
            self.destinations.update(dict.fromkeys(packet.leg.rule.destination))

    def whole(self) -> LostLeg:
        """Its rule names the hosts that were seen, each once."""
        rule = self.leg.rule
        if rule is not None:
            rule = replace(rule, source=tuple(self.sources), destination=tuple(self.destinations))
        frames = tuple(self.frames)
        return replace(self.leg, count=len(frames), frames=frames, handsets=tuple(self.handsets), rule=rule)


_WITH_RULE = frozenset({LegRemedy.RULE, LegRemedy.RULE_IF_STATIC, LegRemedy.PERHAPS_RULE})


def _lost_packet(remedy: LegRemedy, seen: Observation, handset: str) -> LegPacket:
    rule = rule_for(seen) if remedy in _WITH_RULE else None
    taps = seen.crossing.frames
    tap = next((each for each in (Tap.HANDSETS, Tap.SERVERS) if each in taps), next(iter(taps)))
    key: tuple[object, ...] = (remedy, _what(seen), _server_end(seen), tap)
    if rule is not None:
        key = (remedy, rule.id, rule.source_ports, rule.destination_ports, _server_end(seen), tap)
    outward = _server_end(seen) == seen.destination.ip
    return LegPacket(key, LostLeg(remedy, seen.line, 1, tap, (taps[tap],), (handset,), outward, rule))


def _server_end(seen: Observation) -> Address:
    """The address that all handsets share in this leg."""
    if isinstance(seen, DhcpSeen | RasSeen):
        return seen.destination.ip if seen.from_handset else seen.source.ip
    if isinstance(seen, EchoSeen):
        return seen.destination.ip if seen.request else seen.source.ip
    if isinstance(seen, StreamSeen):
        return seen.opener.ip if seen.responder.port == SIGNALLING_PORT else seen.responder.ip
    return seen.source.ip
