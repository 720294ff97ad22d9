"""The 15-minute echo, by timed script."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.handset.pinger import Pinger, PingerConfig
from ringfence.actors.io import (
    Command,
    EchoReplied,
    Event,
    Noted,
    SendEcho,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.model.address import transport
from support.script import DUE, Row, obey, run

HANDSET = transport("10.2.0.21", 0).ip
GATEKEEPER = transport("10.1.0.30", 0).ip
CONFIG = PingerConfig(HANDSET, GATEKEEPER)


def words(command: Command) -> object:
    match command:
        case SendEcho(sequence=sequence):
            return f"echo {sequence}"
        case StageReached() | StageFailed():
            return type(command).__name__
        case Noted(finding=finding):
            return finding.code
        case other:
            return other


def reply(sequence: int) -> EchoReplied:
    return EchoReplied(GATEKEEPER, 1, sequence)


def test_an_echo_every_900_seconds_reaches_the_stage_once() -> None:
    pinger = Pinger(CONFIG)
    run(
        pinger,
        [
            Row(10.0, Started(), ["echo 1"], 15.0),
            Row(10.02, reply(1), ["StageReached"], 910.0),
            Row(DUE, TimeUp(), ["echo 2"], 915.0),
            Row(910.1, reply(2), [], 1810.0),
            Row(DUE, TimeUp(), ["echo 3"], 1815.0),
            Row(DUE, TimeUp(), ["ECHO_UNANSWERED"], 2710.0),
        ],
        show=words,
    )
    assert (pinger.answered, pinger.missed) == (2, 1)


def test_never_answered_fails_the_stage_once_and_later_reaches_it() -> None:
    run(
        Pinger(CONFIG),
        [
            Row(0.0, Started(), ["echo 1"]),
            Row(DUE, TimeUp(), ["ECHO_UNANSWERED", "StageFailed"]),
            Row(DUE, TimeUp(), ["echo 2"]),
            Row(DUE, TimeUp(), ["ECHO_UNANSWERED"]),
            Row(DUE, TimeUp(), ["echo 3"]),
            Row(1800.5, reply(3), ["StageReached"]),
        ],
        show=words,
    )


def test_strangers_and_late_replies_are_not_answers() -> None:
    pinger = Pinger(CONFIG)
    run(
        pinger,
        [
            Row(0.0, Started(), ["echo 1"]),
            Row(0.1, EchoReplied(HANDSET, 1, 1), []),
            Row(0.2, EchoReplied(GATEKEEPER, 2, 1), []),
            Row(0.3, reply(7), []),
            Row(DUE, TimeUp(), ["ECHO_UNANSWERED", "StageFailed"]),
            Row(6.0, reply(1), []),
        ],
        show=words,
    )
    assert pinger.answered == 0


def test_a_host_that_slept_does_not_catch_up() -> None:
    pinger = Pinger(CONFIG)
    pinger.handle(Started(), 0.0)
    pinger.handle(TimeUp(), 5000.0)
    assert pinger.deadline == 5900.0


def test_a_timeout_longer_than_the_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout"):
        PingerConfig(HANDSET, GATEKEEPER, interval=5, timeout=5)


events: st.SearchStrategy[Event] = st.one_of(
    st.just(Started()),
    st.just(TimeUp()),
    st.builds(EchoReplied, st.sampled_from([HANDSET, GATEKEEPER]), st.integers(0, 3), st.integers(0, 9)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 2000), events), max_size=30))
def test_laws_hold_for_any_events(story: list[tuple[float, Event]]) -> None:
    pinger = Pinger(CONFIG)
    sent = obey(pinger, story)
    echoes = [at for at, command in sent if isinstance(command, SendEcho)]
    assert all(late - early >= 900 - 1e-6 for early, late in pairwise(echoes))
