"""A clock that was set back while it recorded, against files that were put together in another order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.capture.frame import Tap
from ringfence.diagnosis.calls.call import Side
from ringfence.diagnosis.calls.media import packets_of
from ringfence.diagnosis.clock_steps import CaptureClock
from ringfence.diagnosis.explain import Explained, explain
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.findings.recording import CLOCK_UNSTEADY
from support.captures.audio import ANN, BEGINS, BOB, speech
from support.captures.calls import simulated_call
from support.captures.capture_files import pcap
from support.captures.recorded_site import boot

START = 1_700_000_000.0
RUN = boot(now=START).frames
SITE = [(each.time, each.data) for each in RUN if each.tap == Tap.SERVERS]
PHONES = [(each.time, each.data) for each in RUN if each.tap == Tap.HANDSETS]
# Behind a DISCOVER, an OFFER, a REQUEST, an ACK whose address is not used yet, a GRQ, a GCF, an RRQ, an RCF.
UNDER_WAY = [1, 2, 3, 9, 15, 16, 17, 18]
Frames = list[tuple[float, bytes]]


def explained(path: Path, frames: Frames) -> Explained:
    path.write_bytes(pcap(frames))
    return explain([path])


def plainly(handset: HandsetTimeline) -> tuple[object, ...]:
    stages = [(each.state, each.because, [shown.text for shown in each.evidence]) for each in handset.stages]
    return handset.verdict, handset.sentence, [each.code for each in handset.findings], stages


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    (handset,) = explained(tmp_path_factory.mktemp("steady") / "steady.pcap", SITE).judgement.handsets
    return plainly(handset)


def said(found: Explained) -> list[str]:
    return [each.sentence for each in found.judgement.findings if each.code is CLOCK_UNSTEADY]


@pytest.mark.parametrize("back", [0.5, 7200.0])
@pytest.mark.parametrize("at", UNDER_WAY)
def test_a_clock_that_was_set_back_changes_no_verdict(
    tmp_path: Path, at: int, back: float, steady: tuple[object, ...]
) -> None:
    frames = [(time if place < at else time - back, data) for place, (time, data) in enumerate(SITE)]
    found = explained(tmp_path / "set.pcap", frames)
    (handset,) = found.judgement.handsets
    assert plainly(handset) == steady
    (sentence,) = said(found)
    assert f"before frame {at + 1}:" in sentence
    assert "set back" in sentence


def test_it_may_be_set_back_twice(tmp_path: Path, steady: tuple[object, ...]) -> None:
    backs = [0.0, *([5.0] * 15), *([65.0] * 30)]
    frames = [(time - back, data) for (time, data), back in zip(SITE, backs, strict=False)]
    found = explained(tmp_path / "twice.pcap", frames)
    (handset,) = found.judgement.handsets
    assert plainly(handset) == steady
    assert len(said(found)) == 2


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([SITE, [(time - 7200, data) for time, data in SITE]], id="the older boot behind"),
        pytest.param([PHONES, SITE], id="both sides, one behind the other"),
        pytest.param([SITE[15:], SITE[:15]], id="in the wrong order"),
    ],
)
def test_files_that_were_put_together_are_put_in_order(tmp_path: Path, files: list[Frames]) -> None:
    frames = [each for file in files for each in file]
    found = explained(tmp_path / "joined.pcap", frames)
    ordered = explained(tmp_path / "ordered.pcap", sorted(frames, key=lambda each: each[0]))
    assert [plainly(each)[:3] for each in found.judgement.handsets] == [
        plainly(each)[:3] for each in ordered.judgement.handsets
    ]
    assert all("put together" in each for each in said(found))


def test_a_small_disorder_of_several_interfaces_is_nothing(tmp_path: Path) -> None:
    frames = [(time - 0.1 * (place % 3 == 1), data) for place, (time, data) in enumerate(SITE)]
    assert said(explained(tmp_path / "disorder.pcap", frames)) == []


@pytest.mark.parametrize("at", [3.6, 4.0, 5.0])
def test_audio_is_found_by_the_clock_that_it_was_recorded_with(tmp_path: Path, at: float) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0, fast_start=True)
    signalling = simulated_call(plan, Tap.SERVERS)
    whole = sorted([*signalling, *speech(BOB, ANN, 100), *speech(ANN, BOB, 100)])
    set_back = [(time if time < BEGINS - 3.5 + at else time - 400.0, data) for time, data in whole]
    found = explained(tmp_path / "call.pcap", set_back)
    (call,) = {each.identifier: each for each in found.judgement.calls}.values()
    assert [packets_of(call, found.media[0], side) for side in Side] == [100, 100]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e5, 1e5)), max_size=6),
    st.floats(-1e6, 2e6),
    st.floats(0, 1e6),
    st.floats(0, 1),
)
def test_a_span_holds_what_the_clock_shows_in_it(
    changes: list[tuple[float, float]], start: float, length: float, part: float
) -> None:
    clock = CaptureClock(((float("-inf"), 7.0), *sorted(changes)))
    time = start + length * part
    ahead = [ahead for since, ahead in clock.changes if since <= time][-1]
    earliest, latest = clock.span(start, start + length)
    assert earliest <= time + ahead <= latest
