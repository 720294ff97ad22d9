"""Two captures, one from each side of a firewall, brought to one clock and one set of addresses."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import NamedTuple, TypeAlias

import msgspec

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.clock_steps import CaptureClock
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.pairs.clocks import steadied
from ringfence.diagnosis.pairs.pairing import (
    ENOUGH,
    Key,
    Pair,
    agreeing,
    clock_offset_of,
    handset_side_votes,
    is_request,
    largest_group,
    packet_pairs,
    relay_key,
    transport_ends,
    without_copies,
)
from ringfence.diagnosis.pairs.relays import relay_findings
from ringfence.diagnosis.pairs.translation import (
    ObservedTranslation,
    not_translated_inside,
    same_segments,
    same_sequences,
    undone_rewriting,
)
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.model.address import Address
from ringfence.model.defaults import GATEKEEPER_SOURCE_PORTS
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.recording import CAPTURES_OVERLAP_IN_PART, CLOCK_UNSTEADY, CLOCKS_ASSUMED
from ringfence.model.packet import Protocol, TcpFlags

# A packet may be on its way for so long, so what entered just before one capture ended says nothing.
_ON_ITS_WAY = 0.2
# With fewer packets in common than `ENOUGH`, chance has to be told from a clock that is wrong: real pairs
# were half an hour apart.
_LIKELY_ERROR = 3600.0
_LEAST_COMMON = 1.0  # seconds; less is no time in which to miss something
_SURE = 8  # packets, so that it is no chance
_SAME_CLOCK = 5e-7  # seconds that the times of one capture may differ from its own, by rounding
_GIVEN_JITTER = 1.0  # seconds by which pairs may be off a clock offset that somebody read from two clocks
_REMEDY = (
    "take both at the same time, from both sides of the firewall, with the same handset; if they are,"
    " say how far the second clock is ahead: --clock-offset SECONDS (0: both clocks agree)"
)

# The times at which packets of any kind were seen, by what is the same on both sides.
Sightings: TypeAlias = Mapping[Hashable, Sequence[float]]


OtherTraffic: TypeAlias = Callable[[], tuple[Sightings, Sightings]]


class ClockBasis(StrEnum):
    """What the clock offset rests on."""

    GIVEN = "given"
    PACKETS = "packets in common"
    FEW_PACKETS = "few packets in common"
    OTHER_TRAFFIC = "other traffic in common"
    ASSUMED = "assumed"


class _Clock(NamedTuple):
    offset: float
    basis: ClockBasis
    pairs: list[Pair]
    counted: int  # sightings that agree


@dataclass(frozen=True, slots=True)
class AlignedCaptures:
    """Packets of both captures as if one recorder had made them, taps HANDSETS and SERVERS.

    `offset`: seconds by which the second capture's clock is ahead. `swapped`: the second one is the
    handset side. `pairs`: packets found in both. `running`: from when to when each side's capture was; `last`
    is when the later one ended. `many_to_one`: handset addresses behind port translation.
    """

    packets: tuple[Datagram, ...]
    offset: float
    basis: ClockBasis
    swapped: bool
    pairs: int
    running: Mapping[str, tuple[float, float]]
    last: float
    many_to_one: frozenset[Address]
    findings: tuple[Finding, ...]

    def clocks(self, captured: Sequence[CapturedPackets]) -> tuple[CaptureClock, ...]:
        """Of the first and the second capture, as they were before they were aligned."""
        if all(each.code is not CLOCK_UNSTEADY for each in self.findings):
            return CaptureClock(), CaptureClock(((-inf, self.offset),))
        taps = (Tap.SERVERS, Tap.HANDSETS) if self.swapped else (Tap.HANDSETS, Tap.SERVERS)
        return tuple(
            CaptureClock.of([packet for packet in self.packets if packet.tap == tap], each.packets)
            for tap, each in zip(taps, captured, strict=True)
        )


def align_captures(
    first: CapturedPackets,
    second: CapturedPackets,
    *,
    offset: float | None = None,
    others: OtherTraffic | None = None,
) -> AlignedCaptures:
    """Match, align, translate. `offset` in seconds, when it is known, is taken instead of measured.

    `others` gives all traffic of both captures; it is asked when too little that concerns handsets is in
    both. InputError when the captures do not belong together, or have no time in common.
    """
    for untimed in (each for each in (first, second) if each.untimed):
        raise InputError(
            f"{untimed.untimed} frames of one capture have no time",
            remedy="explain each capture separately, or capture again with tcpdump or dumpcap",
        )
    pairs = packet_pairs(without_copies(first.packets), without_copies(second.packets))
    first, second, unsteady = steadied(first, second, pairs) if offset is None else (first, second, ())
    if unsteady:
        pairs = packet_pairs(without_copies(first.packets), without_copies(second.packets))
    clock = _settled(first, second, pairs, offset, others)
    spans = _spans(first, second, clock.offset)
    start, end = _common_time(first, second, clock.offset)
    votes = handset_side_votes(clock.pairs) or _votes_by_place(first, second)
    swapped = votes < 0
    moved = [msgspec.structs.replace(packet, time=packet.time - clock.offset) for packet in second.packets]
    near, far = (moved, first.packets) if swapped else (first.packets, moved)
    pairs = [(b, a) for a, b in clock.pairs] if swapped else [*clock.pairs]
    translation = ObservedTranslation(pairs)
    translated = translation.undone(far)
    restored, rewritten, findings = undone_rewriting(near, translated)
    as_captured = {packet.number: packet for packet in far}
    findings += not_translated_inside(
        [*pairs, *((here, as_captured[there.number]) for here, there in rewritten)]
    )
    findings += translation.findings()
    both = [[each for each in side if start <= each.time <= end] for side in (near, far)]
    findings += relay_findings(*both)
    findings += (*unsteady, *_clock_findings(first, second, clock, settled_sides=votes != 0))
    restored = same_sequences(near, restored)
    if rewritten:  # who rewrites RAS may rewrite call signalling too
        restored = same_segments(near, restored)
    packets = (
        *(msgspec.structs.replace(packet, tap=Tap.HANDSETS) for packet in near),
        *(msgspec.structs.replace(packet, tap=Tap.SERVERS) for packet in restored),
    )
    return AlignedCaptures(
        packets,
        clock.offset,
        clock.basis,
        swapped,
        clock.counted,
        dict(zip((Tap.HANDSETS, Tap.SERVERS), reversed(spans) if swapped else spans, strict=True)),
        max(end for _, end in spans),
        translation.many_to_one,
        tuple(findings),
    )


def _settled(
    first: CapturedPackets,
    second: CapturedPackets,
    pairs: Sequence[Pair],
    offset: float | None,
    others: OtherTraffic | None,
) -> _Clock:
    """By what both captures can agree on; else taken to agree, where their own times allow that."""
    if offset is not None:
        near = [pair for pair in pairs if abs(pair[1].time - pair[0].time - offset) <= _GIVEN_JITTER]
        return _Clock(offset, ClockBasis.GIVEN, near, len(near))
    agreed = agreeing(pairs)
    if len(agreed) >= ENOUGH:
        _refuse_one_side(agreed)
        return _Clock(clock_offset_of(agreed), ClockBasis.PACKETS, agreed, len(agreed))
    seen = _offset_by(*others()) if others is not None else None
    if seen is not None:
        near = [pair for pair in pairs if abs(pair[1].time - pair[0].time - seen[0]) <= _GIVEN_JITTER]
        return _Clock(seen[0], ClockBasis.OTHER_TRAFFIC, near, seen[1])
    if agreed and abs(clock_offset_of(agreed)) <= _LIKELY_ERROR:
        return _Clock(clock_offset_of(agreed), ClockBasis.FEW_PACKETS, agreed, len(agreed))
    _refuse_contradiction(first, second)
    return _Clock(0.0, ClockBasis.ASSUMED, [], 0)


def _refuse_one_side(pairs: Sequence[Pair]) -> None:
    """Packets that all took the same time to pass, to the microsecond, passed nothing."""
    differences = [there.time - here.time for here, there in pairs]
    routed = any(here.ttl != there.ttl for here, there in pairs)
    if len(pairs) >= _SURE and not routed and max(differences) - min(differences) < _SAME_CLOCK:
        raise InputError(
            f"the two captures hold the same {len(pairs)} packets at the same times: they are of the same "
            "side",
            remedy="give one capture from each side of the firewall, or one alone",
        )


def _offset_by(here: Sightings, there: Sightings) -> tuple[float, int] | None:
    """The offset on which most of what each capture shows once agrees, and how much that is."""
    common = [key for key in here.keys() & there.keys() if len(here[key]) == len(there[key]) == 1]
    differences = sorted(there[key][0] - here[key][0] for key in common)
    low, high = largest_group(differences)
    if high - low < ENOUGH:
        return None
    return differences[(low + high) // 2], high - low


def _refuse_contradiction(first: CapturedPackets, second: CapturedPackets) -> None:
    """Nothing is in both: then a dialogue may not be in both either, in the time that both were recorded."""
    start, end = _common_time(first, second, 0.0)
    if end - start < _LEAST_COMMON and first.start is not None and second.start is not None:
        raise InputError(
            f"the two captures have no packet in common, and only {end - start:.1f} s", remedy=_REMEDY
        )
    known: dict[Key, Datagram] = {}
    for packet in first.packets:
        if start <= packet.time <= end and packet.protocol == Protocol.UDP:
            known.setdefault(_dialogue(packet), packet)
    for packet in second.packets:
        if start <= packet.time <= end and packet.protocol == Protocol.UDP:
            same = known.get(_dialogue(packet))
            if same is not None:
                raise InputError(
                    f"both captures show {same.ends()} (frames {same.number} and {packet.number}), and no"
                    " packet is in common: they are not of the same time, or their clocks differ",
                    remedy=_REMEDY,
                )


def _dialogue(packet: Datagram) -> Key:
    """Who speaks to whom; of DHCP, which a relay agent asks for all, for which client."""
    relayed = relay_key(packet)
    return relayed[:1] + relayed[2:3] if relayed is not None else transport_ends(packet)


def _spans(
    first: CapturedPackets, second: CapturedPackets, offset: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """From when to when each was running, on the first one's clock.

    A capture without a frame is taken to have run as long as the other.
    """
    one = None if first.start is None else (first.start, first.end)
    other = None if second.start is None else (second.start - offset, second.end - offset)
    shown = one or other
    if shown is None:
        raise InputError("neither capture has a frame", remedy="capture again; tcpdump needs -U to flush")
    as_long = shown[0], shown[1] + _ON_ITS_WAY
    return one or as_long, other or as_long


def _common_time(first: CapturedPackets, second: CapturedPackets, offset: float) -> tuple[float, float]:
    """From when to when both were running."""
    starts, ends = zip(*_spans(first, second, offset), strict=True)
    start, end = max(starts), min(ends)
    if start > end:
        raise InputError(
            f"the two captures have no time in common: the second {_before_or_after(first, second, offset)}",
            remedy=_REMEDY,
        )
    return start, end


def _would_be_seen(crossing: Crossing, aligned: AlignedCaptures) -> bool:
    """Whether the other side's capture was running when the packet should have come out there."""
    other = Tap.HANDSETS if Tap.SERVERS in crossing.frames else Tap.SERVERS
    start, end = aligned.running[other]
    return start <= crossing.time <= end - _ON_ITS_WAY


def _before_or_after(first: CapturedPackets, second: CapturedPackets, offset: float) -> str:
    if second.start is not None and second.start - offset >= first.end:
        return f"begins {second.start - offset - first.end:.0f} s after the first ends"
    return f"ends {(first.start or 0.0) - second.end + offset:.0f} s before the first begins"


def _votes_by_place(first: CapturedPackets, second: CapturedPackets) -> int:
    """Above 0: the first capture is at the handsets, by who asks there and whom ARP shows there."""
    votes = 0
    asking: set[Address] = set()
    asked: set[Address] = set()
    for sign, side in ((1, first), (-1, second)):
        told = [_from_handset(packet) for packet in side.packets]
        # Questions enter on the handset side; where answers are, they have passed.
        if True in told and False not in told:
            votes += sign
        elif False in told and True not in told:
            votes -= sign
        for packet, outward in zip(side.packets, told, strict=True):
            if outward is not None:
                here, there = (packet.source, packet.destination)
                asking.add(here if outward else there)
                asked.add(there if outward else here)
    for sign, side in ((1, first), (-1, second)):
        votes += sign * (bool(asking & side.claims.keys()) - bool(asked & side.claims.keys()))
    return votes


def _from_handset(packet: Datagram) -> bool | None:
    if packet.protocol == Protocol.TCP and packet.flags & TcpFlags.SYN:
        opens = not packet.flags & TcpFlags.ACK
        return opens != (packet.source_port in GATEKEEPER_SOURCE_PORTS)
    return is_request(packet)


def _clock_findings(
    first: CapturedPackets, second: CapturedPackets, clock: _Clock, *, settled_sides: bool
) -> Iterable[Finding]:
    if clock.basis not in {ClockBasis.ASSUMED, ClockBasis.FEW_PACKETS}:
        return
    if clock.basis is ClockBasis.FEW_PACKETS:
        number = "one packet is" if clock.counted == 1 else f"{clock.counted} packets are"
        sentence = f"only {number} in both captures: the clock offset of {clock.offset:.3f} s rests on that"
    else:
        sentence = "no packet is in both captures: their clocks are assumed to agree"
    empty = [name for name, side in (("first", first), ("second", second)) if side.start is None]
    for name in empty:
        sentence += f"; the {name} capture has no frame and is assumed to have run as long as the other"
    if not settled_sides:
        sentence += "; the first is assumed to be the handset side"
    yield Finding(CLOCKS_ASSUMED, sentence)


def overlap_findings(crossed: Iterable[Crossing], aligned: AlignedCaptures) -> tuple[Finding, ...]:
    """What is in one capture only because the other was not running; the end of a connection is nothing."""
    closing = TcpFlags.RST | TcpFlags.FIN
    unsure = [each for each in crossed if each.unsure and not each.packet.flags & closing]
    if not unsure:
        return ()
    many = f"{len(unsure)} packets are" if len(unsure) > 1 else "one packet is"
    starts, ends = zip(*aligned.running.values(), strict=True)
    together = max(0.0, min(ends) - max(starts))
    sentence = (
        f"both captures were running for {together:.1f} s only; {many} from before or after that and cannot "
        "be in both, so their fate is not judged"
    )
    frames = tuple(each.packet.number for each in unsure[:3])
    return (Finding(CAPTURES_OVERLAP_IN_PART, sentence, None, frames),)


def clear_false_drops(crossed: Sequence[Crossing], aligned: AlignedCaptures) -> None:
    """Take back drops that are none: outside the common time, and at a relay agent.

    A relay sends a message of its own, from and to other addresses, so one capture shows the one and the
    other capture the other. A message that both captures show went by no relay between them, and says
    nothing about another one of its transaction that was lost.
    """
    sides: dict[Key, set[str]] = {}
    relayed: list[tuple[Key, Crossing]] = []
    for crossing in crossed:
        if crossing.dropped and not _would_be_seen(crossing, aligned):
            crossing.dropped, crossing.unsure = False, True
        key = relay_key(crossing.packet) if len(crossing.frames) == 1 else None
        if key is not None:
            sides.setdefault(key, set()).update(crossing.frames)
            relayed.append((key, crossing))
    for key, crossing in relayed:
        if len(sides[key]) > 1:
            crossing.dropped = crossing.unsure = False
