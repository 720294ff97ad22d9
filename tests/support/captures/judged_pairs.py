"""Two captures of a test brought to a judgement and its legs."""

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import Judgement, judge_pair
from ringfence.diagnosis.legs import LostLeg
from ringfence.diagnosis.pairs.match import AlignedCaptures
from ringfence.diagnosis.recording import CapturedPackets
from support.captures.lost_legs import lost_legs
from support.captures.recorded_site import Run


def sides(run: Run, seconds: float = 60.0) -> tuple[list[TappedFrame], list[TappedFrame]]:
    """As two files that went on `seconds` longer."""
    both = []
    for tap in (Tap.HANDSETS, Tap.SERVERS):
        frames = [TappedFrame(each.time, Tap.ONLY, each.data) for each in run.frames if each.tap == tap]
        both.append([*frames, TappedFrame(run.now + seconds, Tap.ONLY, bytes(14))])
    return both[0], both[1]


def judged(
    near: list[TappedFrame], far: list[TappedFrame]
) -> tuple[Judgement, AlignedCaptures, tuple[LostLeg, ...]]:
    judgement, aligned = judge_pair(CapturedPackets.of(near), CapturedPackets.of(far))
    legs = lost_legs(
        judgement.handsets, both_sides=True, state_timeout=120.0, many_to_one=aligned.many_to_one
    )
    return judgement, aligned, legs


def codes(judgement: Judgement) -> set[str]:
    return {each.code for each in (*judgement.findings, *(f for h in judgement.handsets for f in h.findings))}
