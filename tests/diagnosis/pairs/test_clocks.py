"""Two recorders whose clocks do not keep time with each other: another rate, a clock that was set."""

from collections.abc import Callable

import pytest

from ringfence.capture.frame import TappedFrame
from ringfence.diagnosis.timeline import HandsetVerdict, StageStatus
from ringfence.model.findings.recording import CLOCK_UNSTEADY
from support.captures.judged_pairs import codes, judged, sides
from support.captures.recorded_site import (
    Run,
    ask,
    boot,
    rcf,
    rrq,
    to_gatekeeper,
)

Clock = Callable[[float], float]
START = 1_700_000_000.0
HALF = START + 3000.0


def working_day(hours: float = 2.0, *, lost: bool = False) -> Run:
    """A boot, and a registration that is renewed every five minutes. `lost`: the last one does not pass."""
    run = boot(now=START)
    for number in range(int(hours * 12)):
        run.wait(300 - number % 7)
        ask(run, rrq(20 + number, keep_alive=True), rcf(20 + number))
    if lost:
        run.lost = lambda packet: True
        for _ in range(3):
            run.send(to_gatekeeper(rrq(500, keep_alive=True)))
            run.wait(5)
    return run


def shown_by(clock: Clock, frames: list[TappedFrame]) -> list[TappedFrame]:
    return [TappedFrame(clock(each.time), each.tap, each.data) for each in frames]


def drift(rate: float, ahead: float = 0.0) -> Clock:
    return lambda time: time + ahead + (time - START) * rate


def step(seconds: float, ahead: float = 0.0) -> Clock:
    return lambda time: time + ahead + (seconds if time > HALF else 0.0)


CLOCKS = {
    "fast": (drift(3e-4), "ppm fast"),
    "slow, and half an hour behind": (drift(-3e-4, -1800.0), "ppm slow"),
    "set forward": (step(2.0), "set 2.000 s forward"),
    "set back": (step(-2.0), "set 2.000 s back"),
    "set by an hour": (step(-3600.0, 10.0), "set 3600.000 s back"),
    "slow and set forward": (lambda time: drift(-2e-4)(time) + (1.5 if time > HALF else 0.0), "forward"),
}


OPPOSITE = {"fast": "slow", "slow": "fast", "forward": "back", "back": "forward"}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", CLOCKS)
def test_nothing_is_lost_by_a_clock(name: str, first: bool) -> None:
    clock, says = CLOCKS[name]
    near, far = sides(working_day())
    near, far = (shown_by(clock, near), far) if first else (near, shown_by(clock, far))
    judgement, _, legs = judged(near, far)
    (handset,) = judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert not [line for line in handset.stages if line.state is StageStatus.FAILED]
    assert legs == ()
    assert codes(judgement) == {CLOCK_UNSTEADY}
    (finding,) = judgement.findings
    # Nobody knows which of two clocks is wrong, unless the times of one file go back.
    if first and "the second capture's" in finding.sentence:
        *words, way = says.split()
        says = " ".join((*words, OPPOSITE[way]))
    assert says in finding.sentence


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", CLOCKS)
def test_what_is_lost_is_lost_by_any_clock(name: str, first: bool) -> None:
    clock, _ = CLOCKS[name]
    near, far = sides(working_day(lost=True))
    near, far = (shown_by(clock, near), far) if first else (near, shown_by(clock, far))
    judgement, _, legs = judged(near, far)
    assert [(leg.count, "RRQ 500" in leg.what) for leg in legs] == [(3, True)]
    (handset,) = judgement.handsets
    assert handset.verdict is not HandsetVerdict.REGISTERED


def test_clocks_that_keep_time_are_left_alone() -> None:
    near, far = sides(working_day())
    judgement, aligned, _ = judged(near, shown_by(drift(0.0, 5.0), far))
    assert codes(judgement) == set()
    assert aligned.offset == pytest.approx(5.0, abs=1e-3)
