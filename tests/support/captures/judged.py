"""Frames of a test to what the judge says of them."""

from collections.abc import Iterable, Sequence

from ringfence.capture.frame import TappedFrame
from ringfence.diagnosis.judge import Judgement, judge
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetTimeline

FIELD = JudgeOptions()  # one capture from the field
LAB = JudgeOptions(both_sides=True, phones_only=False)  # both sides recorded, by one clock; every host


def judged(frames: Iterable[TappedFrame], options: JudgeOptions = FIELD) -> Judgement:
    return judge(CapturedPackets.of(frames), options)


def timelines_of(frames: Iterable[TappedFrame], options: JudgeOptions = LAB) -> Sequence[HandsetTimeline]:
    return judged(frames, options).handsets
