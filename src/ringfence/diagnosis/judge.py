"""The one judge: frames in, each handset's timeline out."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from ringfence.diagnosis.boots.judging import timeline
from ringfence.diagnosis.calls.call import Call
from ringfence.diagnosis.calls.handsets import name_parties
from ringfence.diagnosis.calls.tracking import call_list
from ringfence.diagnosis.crossing import Crossing, crossings
from ringfence.diagnosis.dialogue import Dialogues
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.history import handset_histories
from ringfence.diagnosis.options import JudgeOptions, WholeRecording
from ringfence.diagnosis.pairs.match import (
    AlignedCaptures,
    OtherTraffic,
    align_captures,
    clear_false_drops,
    overlap_findings,
)
from ringfence.diagnosis.pinhole import ended_pinholes
from ringfence.diagnosis.recording import CapturedPackets, PacketCount, recording_findings
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.findings import Finding
from ringfence.model.findings.address import PHONE_OPTION_MISSING, RELAY_STRIPS_OPTIONS

# No recording pauses for so many seconds: files were put together, years apart in public ones. Assumed.
ANOTHER_RECORDING = 7 * 86400.0

_FIELD = JudgeOptions()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the frames show: each handset in order of first sight, what concerns the capture itself, and the
    calls in order of their Setup."""

    handsets: tuple[HandsetTimeline, ...]
    findings: tuple[Finding, ...]
    calls: tuple[Call, ...] = ()


@gc_paused()
def judge(captured: CapturedPackets, options: JudgeOptions = _FIELD) -> Judgement:
    """Judge what was captured. Never raises for what the frames hold."""
    until = replace(options, end=max(options.end, captured.end), timed=not captured.untimed)
    crossed = crossings(captured.packets, both_sides=options.both_sides, timed=until.timed)
    return _judgement(captured, crossed, until)


@gc_paused()
def judge_pair(
    here: CapturedPackets,
    there: CapturedPackets,
    options: JudgeOptions = _FIELD,
    *,
    clock_offset: float | None = None,
    others: OtherTraffic | None = None,
) -> tuple[Judgement, AlignedCaptures]:
    """Judge two captures, one from each side of a firewall, in either order.

    `clock_offset`: seconds by which the second clock is ahead; measured when None, by `others` where too
    little is in both that concerns handsets. InputError when the captures do not belong together.
    """
    aligned = align_captures(here, there, offset=clock_offset, others=others)
    crossed = crossings(aligned.packets, both_sides=True)
    clear_false_drops(crossed, aligned)
    both = replace(options, both_sides=True, end=aligned.last)
    found = _judgement(here.joined(there), crossed, both)
    handsets = tuple(_with_findings_between(each, aligned) for each in found.handsets)
    everybodys = [each for each in aligned.findings if not each.handset]
    general = (*found.findings, *everybodys, *overlap_findings(crossed, aligned))
    return replace(found, handsets=handsets, findings=general), aligned


def _with_findings_between(handset: HandsetTimeline, aligned: AlignedCaptures) -> HandsetTimeline:
    """A handset with what the comparison found of it. Where a relay agent dropped options, the scope does not
    lack them."""
    names = {handset.mac, *map(str, handset.addresses)} - {""}
    own = [replace(each, handset=handset.name) for each in aligned.findings if each.handset in names]
    kept = handset.findings
    if any(each.code is RELAY_STRIPS_OPTIONS for each in own):
        kept = tuple(each for each in kept if each.code is not PHONE_OPTION_MISSING)
    own += ended_pinholes(handset, aligned.findings)
    return replace(handset, findings=(*own, *kept)) if own else handset


def _judgement(captured: CapturedPackets, crossed: list[Crossing], options: JudgeOptions) -> Judgement:
    handsets = tuple(
        timeline(history, until)
        for part, until in _recordings(crossed, options)
        for history in handset_histories(
            Dialogues(options.ports).observe(part), phones_only=options.phones_only, claims=captured.claims
        )
    )
    calls, missed = call_list(crossed, options.ports)
    name_parties(calls, handsets)
    count = PacketCount(missed_calls=missed)
    count.add(crossed)
    return Judgement(handsets, recording_findings(captured, count, handsets, calls), calls)


def judge_some(
    captured: CapturedPackets, options: JudgeOptions, whole: WholeRecording, count: PacketCount
) -> tuple[Iterator[HandsetTimeline], tuple[Call, ...]]:
    """Some handsets of a recording, of which every packet was captured here, judged one by one, and their
    calls; `count` the packets. Findings about the recording are for who has all of it."""
    crossed = crossings(captured.packets, both_sides=False)
    count.add(crossed)
    handsets = (
        timeline(history, until)
        for part, until, others in _parts(crossed, options, whole)
        for history in handset_histories(
            Dialogues(options.ports, whole.gatekeepers).observe(part),
            phones_only=options.phones_only,
            claims=whole.claims,
            others=others,
        )
    )
    calls, missed = call_list(crossed, options.ports)
    count.missed_calls += missed
    return handsets, calls


def _parts(
    crossed: list[Crossing], options: JudgeOptions, whole: WholeRecording
) -> Iterator[tuple[list[Crossing], JudgeOptions, bool]]:
    """As `_recordings`, the pauses being known; and whether there were handsets in each."""
    start, before = 0, -inf
    for last in (*whole.pauses, inf):
        index = bisect_right(crossed, last, lo=start, key=_time)
        if index > start:
            until = options if last == inf else replace(options, end=last)
            yield crossed[start:index], until, whole.has_handsets(before, last)
        start, before = index, last


def _time(crossing: Crossing) -> float:
    return crossing.time


def _recordings(
    crossed: list[Crossing], options: JudgeOptions
) -> Iterator[tuple[list[Crossing], JudgeOptions]]:
    """The recordings that one file was put together from, or between which its clock jumped, each judged
    for itself: years of silence between them are nobody's."""
    start = 0
    if crossed and crossed[-1].time - crossed[0].time >= ANOTHER_RECORDING:
        for index, (one, other) in enumerate(pairwise(crossed), 1):
            if other.time - one.time >= ANOTHER_RECORDING:
                yield crossed[start:index], replace(options, end=one.time)
                start = index
    yield crossed[start:] if start else crossed, options
