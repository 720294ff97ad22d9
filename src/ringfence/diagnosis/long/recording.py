"""A recording that is too long to be judged at once: a few handsets at a time, all of them in the end.

Memory grows with handsets, and by 16 octets for each frame of interest; the frames themselves are on disk.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import NamedTuple

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import TappedFrame
from ringfence.capture.spool import FrameSpool
from ringfence.diagnosis.calls.call import Call
from ringfence.diagnosis.calls.handsets import name_parties
from ringfence.diagnosis.calls.tracking import MOST_CALLS
from ringfence.diagnosis.clock_steps import CaptureClock, counted_on
from ringfence.diagnosis.judge import ANOTHER_RECORDING, Judgement, judge, judge_some
from ringfence.diagnosis.legs import LegPacket, lost_packets
from ringfence.diagnosis.long.handset_groups import HandsetGroups
from ringfence.diagnosis.options import JudgeOptions, WholeRecording
from ringfence.diagnosis.recording import (
    MOST_FRAMES,
    CapturedPackets,
    FrameTaker,
    PacketCount,
    recording_findings,
)
from ringfence.diagnosis.timeline import HandsetTimeline, Shortener
from ringfence.model.findings import Finding

# Frames that are judged at once, as putting them aside costs a third again; of more it is done in parts.
AT_ONCE = 100_000
_PART = 20_000
_MOST_PIECES = 1024  # packets that are being put together
_MOST_SPANS = 256

PacketWatch = Callable[[Datagram], object]
Wanted = Callable[[HandsetTimeline], bool]


class TimeSpans:
    """The times of packets, in any order, as spans without a pause that parts two recordings."""

    def __init__(self) -> None:
        self._first, self._last = inf, -inf
        self._others: list[tuple[float, float]] = []

    def take(self, time: float) -> None:
        if self._first <= time <= self._last:
            return
        if 0 < time - self._last < ANOTHER_RECORDING:
            self._last = time
        elif 0 < self._first - time < ANOTHER_RECORDING:
            self._first = time
        else:
            self._others = self._merged() if len(self._others) > _MOST_SPANS else self._others
            self._others.append((self._first, self._last))
            self._first = self._last = time

    def _merged(self) -> list[tuple[float, float]]:
        merged: list[tuple[float, float]] = []
        for first, last in sorted((*self._others, (self._first, self._last))):
            if first > last:  # before the first packet
                continue
            if merged and first - merged[-1][1] < ANOTHER_RECORDING:
                merged[-1] = merged[-1][0], max(merged[-1][1], last)
            else:
                merged.append((first, last))
        return merged

    @property
    def pauses(self) -> tuple[float, ...]:
        """When the last packet came before each pause."""
        return tuple(last for _, last in self._merged()[:-1])


@dataclass(slots=True)
class LongRecording:
    """`taker` has the counts; the packets are those of `spool`, sorted by `groups`."""

    taker: FrameTaker
    spool: FrameSpool
    groups: HandsetGroups = field(default_factory=HandsetGroups)
    spans: TimeSpans = field(default_factory=TimeSpans)
    _pieces: dict[tuple[object, ...], list[int]] = field(default_factory=dict)

    def keep(self, frame: TappedFrame, seen: Datagram, packet: Datagram | None) -> None:
        """A frame, what it holds, and the packet that is whole by it."""
        self.groups.take(packet or seen)
        if seen.fragment is not None:
            self._piece(seen, packet)
        self.spool.add(frame)
        self.spans.take(frame.time)

    def _piece(self, seen: Datagram, packet: Datagram | None) -> None:
        """Fragments concern whom the whole concerns."""
        key = seen.source, seen.destination, seen.protocol, seen.identification
        pieces = self._pieces.setdefault(key, [])
        pieces.append(len(self.spool))
        if packet is not None:
            self.groups.bring_to_last(self._pieces.pop(key))
        elif len(self._pieces) > _MOST_PIECES:
            del self._pieces[next(iter(self._pieces))]


def recorded(
    frames: Iterable[TappedFrame], *, watch: PacketWatch, at_once: int = AT_ONCE
) -> CapturedPackets | LongRecording:
    """Take the frames of one tap in; `watch` is given each packet at once. Of more than `at_once` all but the
    counts is put aside, until `judge_long`."""
    taker = FrameTaker()
    held: list[tuple[TappedFrame, Datagram, Datagram | None]] = []
    long: LongRecording | None = None
    with ExitStack() as after_failure:
        for frame in frames:
            packet = taker.take(frame)
            if packet is not None:
                watch(packet)
            if taker.seen is None:
                continue
            if long is not None:
                long.keep(frame, taker.seen, packet)
                continue
            held.append((frame, taker.seen, packet))
            if len(held) > at_once:
                long = LongRecording(taker, FrameSpool(frame.tap))
                after_failure.callback(long.spool.close)
                for each in held:
                    long.keep(*each)
                held.clear()
        after_failure.pop_all()
    if long is None:
        taker.found.packets += [packet for _, _, packet in held if packet is not None]
    taker.done()
    return taker.found if long is None else long


class LongJudgement(NamedTuple):
    """As `judge` says it, what each handset lost, and the capture's clock."""

    judgement: Judgement
    lost: tuple[tuple[LegPacket, ...], ...]
    clock: CaptureClock = CaptureClock()


def judge_long(
    recording: LongRecording,
    options: JudgeOptions,
    is_wanted_whole: Wanted,
    *,
    at_once: int = AT_ONCE,
    longest: int = MOST_FRAMES,
) -> LongJudgement:
    """A handset that is not wanted whole is left without its packets and what each stage showed.

    Of handsets that cannot be judged apart the first `longest` frames are judged, and of a recording that
    cannot be sorted by handsets, as it shows none, its frames have no time, or its clock was set back.
    """
    with closing(recording.spool):
        return _judged(recording, options, is_wanted_whole, at_once, longest)


def _judged(
    recording: LongRecording, options: JudgeOptions, is_wanted_whole: Wanted, at_once: int, longest: int
) -> LongJudgement:
    found, groups = recording.taker.found, recording.groups
    lost = partial(lost_packets, both_sides=False, state_timeout=options.state_timeout)
    steps: tuple[Finding, ...] = ()
    if found.untimed or not groups.days or found.went_back:
        part = _beginning(recording, longest)
        steady, steps = counted_on(part)
        if found.untimed or not groups.days or steady is not part:
            judgement = judge(steady, options)
            judgement = replace(judgement, findings=(*judgement.findings, *steps))
            clock = CaptureClock.of(steady.packets, part.packets)
            return LongJudgement(judgement, tuple(map(lost, judgement.handsets)), clock)
    options = replace(options, end=max(options.end, found.end))
    whole = WholeRecording(groups.gatekeepers, recording.spans.pauses, frozenset(groups.days), found.claims)
    count, shortened = PacketCount(), Shortener()
    judged: list[tuple[float, HandsetTimeline, tuple[LegPacket, ...]]] = []
    calls: list[Call] = []
    for indexes in groups.parts(min(at_once // 2, _PART)):
        found.unjudged += max(0, len(indexes) - longest)
        part = CapturedPackets.of(recording.spool.frames(indexes[:longest]))
        histories, listed = judge_some(part, options, whole, count)
        calls += listed
        for each in histories:
            kept = each if is_wanted_whole(each) else shortened.short(each)
            judged.append((each.observations[0].time, kept, lost(each)))
    judged.sort(key=lambda each: each[0])
    calls.sort(key=lambda each: each.began)
    handsets = tuple(handset for _, handset, _ in judged)
    name_parties(calls, handsets)
    count.missed_calls += max(0, len(calls) - MOST_CALLS)
    shown = tuple(calls[:MOST_CALLS])
    about = (*recording_findings(found, count, handsets, shown), *steps)
    return LongJudgement(Judgement(handsets, about, shown), tuple(packets for _, _, packets in judged))


def _beginning(recording: LongRecording, longest: int) -> CapturedPackets:
    found, spool = recording.taker.found, recording.spool
    part = CapturedPackets.of(spool.frames(range(len(spool))), longest=longest)
    part.claims, part.unread = found.claims, found.unread
    if not part.cut:
        part.frames, part.clipped, part.untimed = found.frames, found.clipped, found.untimed
    if not part.untimed:
        part.ran_at(found.end)
    return part
