"""Capture files, or frames in memory, to a judgement and what was read for it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from ringfence.capture.dissect import ArpClaim, Datagram, dissect_frame
from ringfence.capture.frame import LinkType, TappedFrame
from ringfence.capture.interest import HELD
from ringfence.capture.media import MOST_STREAMS, MediaCounter
from ringfence.capture.reader import Capture
from ringfence.capture.summary import Summary
from ringfence.diagnosis.calls.handsets import with_audio
from ringfence.diagnosis.calls.media import MediaIndex, audio_findings
from ringfence.diagnosis.calls.media_legs import audio_legs
from ringfence.diagnosis.clock_steps import CaptureClock, counted_on
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.judge import Judgement, judge, judge_pair
from ringfence.diagnosis.legs import LegPacket, LostLeg, lost_packets
from ringfence.diagnosis.long.recording import AT_ONCE, Wanted, judge_long, recorded
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.pairs.match import AlignedCaptures, OtherTraffic, Sightings
from ringfence.diagnosis.pairs.pairing import Key, content_key
from ringfence.diagnosis.port_learning import MOST_H245, PortLearner, learned_ports
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.recording import CAPTURE_NOT_COUNTED
from ringfence.model.ports import Ports

# Which capture (0 or 1), and how many octets of its file have been read.
ReadProgress: TypeAlias = Callable[[int, int], object]
_FIELD = JudgeOptions()
_EVERY_PORT = Ports(ras=frozenset(range(1 << 16)), signalling=frozenset(range(1 << 16)))
_FRAMES_FOR_CLOCKS = 200_000  # that are looked at to settle the clocks of two captures, about 1 s


def _everything(_handset: HandsetTimeline) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Explained:
    """The judgement, what was read, the ports that were looked at, and for two captures how they fit.

    `claims` are the addresses that answer ARP. `media`: what was counted in each capture; empty where media
    is not captured, as by a live one. `lost`: of each handset, in the order of the judgement; `audio_lost`:
    of calls. `clocks`: of each capture, where they are not the judge's.
    """

    judgement: Judgement
    summaries: tuple[Summary, ...]
    ports: Ports
    aligned: AlignedCaptures | None = None
    claims: frozenset[IPv4Address] = frozenset()
    media: tuple[MediaIndex, ...] = ()
    lost: tuple[tuple[LegPacket, ...], ...] = ()
    clocks: tuple[CaptureClock, ...] = ()
    audio_lost: tuple[LostLeg, ...] = ()


@gc_paused()
def explain(
    paths: Sequence[Path],
    options: JudgeOptions = _FIELD,
    *,
    clock_offset: float | None = None,
    progress: ReadProgress | None = None,
    is_wanted_whole: Wanted = _everything,
    at_once: int = AT_ONCE,
) -> Explained:
    """Judge one capture, or two from both sides of a firewall.

    Ports that the captures name are judged beside those of `options` (`port_learning`). `clock_offset` as
    for `judge_pair`, `is_wanted_whole` and `at_once` as for `judge_long`. InputError for unreadable files,
    and for two that do not belong together.
    """
    if not 1 <= len(paths) <= 2:
        raise InputError(f"{len(paths)} captures given", remedy="give one, or one from each side")
    if len(paths) == 1:
        return _explained_alone(paths[0], options, progress, is_wanted_whole, at_once)
    captured, summaries, learned, counters = _read(paths, options.ports, progress)
    # What is no regular file, as a pipe, is read once.
    others = partial(_all_traffic, paths) if all(path.is_file() for path in paths) else None
    explained = _explained(captured, summaries, replace(options, ports=learned), clock_offset, others)
    return _with_media(explained, counters)


def _with_media(explained: Explained, counters: Sequence[MediaCounter]) -> Explained:
    """Media bears the time of its own capture's clock, calls that of the judge's."""
    clocks = explained.clocks or (CaptureClock(),) * len(counters)
    indexes = tuple(MediaIndex(counter, clock) for counter, clock in zip(counters, clocks, strict=True))
    judgement = explained.judgement
    audio = audio_findings(judgement.calls, indexes)
    handsets = with_audio(judgement.handsets, judgement.calls, indexes, audio)
    limits = tuple(_limits(explained.ports, counters))
    judgement = replace(judgement, handsets=handsets, findings=(*judgement.findings, *audio, *limits))
    swapped = explained.aligned is not None and explained.aligned.swapped
    legs = audio_legs(judgement.calls, indexes, handsets, swapped=swapped)
    return replace(explained, judgement=judgement, media=indexes, audio_lost=legs)


def _limits(ports: Ports, counters: Sequence[MediaCounter]) -> Iterator[Finding]:
    for counter in counters:
        if counter.missed:
            words = f"{counter.missed} packets of media are not counted: more than {MOST_STREAMS} streams"
            yield Finding(CAPTURE_NOT_COUNTED, words)
    if len(ports.h245) >= MOST_H245:
        words = f"H.245 was looked for on the first {MOST_H245} ports that call signalling names"
        yield Finding(CAPTURE_NOT_COUNTED, words)


@gc_paused()
def explain_frames(frames: Sequence[TappedFrame], summary: Summary, options: JudgeOptions) -> Explained:
    """Judge what one interface has shown until `summary.last`.

    The ports of the result have those that the frames name: for what comes later.
    """
    captured = CapturedPackets.of(frames)
    captured.end = max(captured.end, summary.last)
    summary.selected = len(frames)
    summary.clipped = captured.clipped
    summary.link_types = [LinkType.ETHERNET]
    learned = learned_ports(captured.packets, options.ports)
    return _explained([captured], (summary,), replace(options, ports=learned))


def _explained(
    captured: Sequence[CapturedPackets],
    summaries: tuple[Summary, ...],
    options: JudgeOptions,
    clock_offset: float | None = None,
    others: OtherTraffic | None = None,
) -> Explained:
    aligned = None
    clocks: tuple[CaptureClock, ...] = ()
    if len(captured) == 1:
        steady, steps = counted_on(captured[0])
        judgement = judge(steady, options)
        if steps:
            judgement = replace(judgement, findings=(*judgement.findings, *steps))
            clocks = (CaptureClock.of(steady.packets, captured[0].packets),)
    else:
        judgement, aligned = judge_pair(
            captured[0], captured[1], options, clock_offset=clock_offset, others=others
        )
        clocks = aligned.clocks(captured)
    lost = tuple(
        lost_packets(
            each,
            both_sides=aligned is not None,
            state_timeout=options.state_timeout,
            many_to_one=aligned.many_to_one if aligned is not None else frozenset(),
        )
        for each in judgement.handsets
    )
    claims = frozenset(address for each in captured for address in each.claims)
    explained = Explained(judgement, summaries, options.ports, aligned, claims, lost=lost, clocks=clocks)
    return _with_damage(explained)


def _with_damage(explained: Explained) -> Explained:
    judgement = explained.judgement
    damage = tuple(finding for summary in explained.summaries for finding in summary.findings())
    return replace(explained, judgement=replace(judgement, findings=(*judgement.findings, *damage)))


def _explained_alone(
    path: Path, options: JudgeOptions, progress: ReadProgress | None, is_wanted_whole: Wanted, at_once: int
) -> Explained:
    """One capture, read once and judged a few handsets at a time if it is long."""
    learner = PortLearner(options.ports)
    capture = Capture(path, ports=options.ports, progress=_progress_of(progress, 0), hold=HELD)

    def learn(packet: Datagram) -> None:
        if learner.take(packet):
            capture.look_at(learner.ports)

    def frames() -> Iterator[TappedFrame]:
        yield from capture
        yield from capture.released()

    recording = recorded(frames(), watch=learn, at_once=at_once)
    options = replace(options, ports=learner.ports)
    found = recording if isinstance(recording, CapturedPackets) else recording.taker.found
    _ran_as_long_as(found, capture.summary)
    if isinstance(recording, CapturedPackets):
        explained = _explained([recording], (capture.summary,), options)
    else:
        judgement, lost, clock = judge_long(recording, options, is_wanted_whole, at_once=at_once)
        claims = frozenset(found.claims)
        explained = _with_damage(
            Explained(judgement, (capture.summary,), options.ports, None, claims, lost=lost, clocks=(clock,))
        )
    return _with_media(explained, [capture.media])


def _progress_of(progress: ReadProgress | None, number: int) -> Callable[[int], object] | None:
    return partial(progress, number) if progress else None


def _ran_as_long_as(recording: CapturedPackets, summary: Summary) -> None:
    """Silence lasts to the end of the capture, not to the last frame that concerns us."""
    if not recording.untimed and summary.first is not None:
        recording.ran_at(summary.first)
        recording.ran_at(summary.last)


def _read(
    paths: Sequence[Path], known: Ports, progress: ReadProgress | None
) -> tuple[list[CapturedPackets], tuple[Summary, ...], Ports, list[MediaCounter]]:
    """What the files hold, each read once: a pipe will do. And the ports, with those that they name, and the
    media."""
    learner = PortLearner(known)
    captures = [
        Capture(path, ports=known, progress=_progress_of(progress, number), hold=HELD)
        for number, path in enumerate(paths)
    ]
    found: dict[int, CapturedPackets] = {}

    def learn(packet: Datagram) -> None:
        if learner.take(packet):
            for capture in captures:
                capture.look_at(learner.ports)

    def take(number: int) -> None:
        found[number] = CapturedPackets.of(frames(number), watch=learn)

    def frames(number: int) -> Iterator[TappedFrame]:
        yield from captures[number]
        if number + 1 < len(captures):
            take(number + 1)  # it may name ports of frames that this one holds back
        yield from captures[number].released()

    for number, capture in enumerate(captures):
        if number not in found:
            take(number)
        _ran_as_long_as(found[number], capture.summary)
    summaries = tuple(capture.summary for capture in captures)
    media = [capture.media for capture in captures]
    return [found[number] for number in range(len(captures))], summaries, learner.ports, media


def _all_traffic(paths: Sequence[Path]) -> tuple[Sightings, Sightings]:
    """When each kind of packet was seen in either capture, whatever it is; of a long one the beginning."""
    first, second = (_sightings(Capture(path, ports=_EVERY_PORT)) for path in paths)
    return first, second


def _sightings(capture: Capture) -> Sightings:
    found: dict[Hashable, list[float]] = {}
    for frame in islice(capture, _FRAMES_FOR_CLOCKS):
        seen = dissect_frame(frame)
        if isinstance(seen, Datagram):
            key: Key | None = content_key(seen)
        elif isinstance(seen, ArpClaim):
            key = seen.hardware, seen.address
        else:
            continue
        if key is not None:
            found.setdefault(hash(key), []).append(frame.time)
    return found
