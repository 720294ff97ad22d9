"""The playbook itself must be able to fail."""

import pytest

from ringfence.actors.io import (
    NOTHING,
    Commands,
    Event,
    Started,
    StreamClosed,
    StreamId,
    TimeUp,
)
from ringfence.actors.io import CloseStream as Close
from support.script import DUE, Row, obey, run, step


class Ticker:
    """Closes stream n at every tick; `period` 0 breaks law 3, `eager` law 2."""

    def __init__(self, period: float, *, eager: bool = False) -> None:
        self.deadline: float | None = None
        self._period = period
        self._eager = eager
        self._count: StreamId = 0

    def handle(self, event: Event, now: float) -> Commands:
        if isinstance(event, Started):
            self.deadline = now + self._period
            return NOTHING
        if isinstance(event, TimeUp) and self.deadline is not None and (now >= self.deadline or self._eager):
            self._count += 1
            self.deadline = now + self._period
            return (Close(self._count),)
        return NOTHING


def test_a_script_that_comes_true_returns_what_was_commanded() -> None:
    sent = run(
        Ticker(2),
        [
            Row(0, Started(), [], 2),
            Row(DUE, TimeUp(), [Close(1)], (3.9, 4.1)),
            Row(3, lambda sent: StreamClosed(len(sent)), [], 4),
            Row(4, TimeUp(), [lambda command: command.stream == 2], ...),
        ],
    )
    assert sent == [Close(1), Close(2)]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (Row(2, TimeUp(), [Close(7)]), "! CloseStream"),
        (Row(2, TimeUp(), []), "! - | CloseStream"),
        (Row(2, TimeUp(), [Close(1), Close(2)]), "| -"),
        (Row(2, TimeUp(), ..., 9), "deadline 4  not 9"),
        (Row(2, TimeUp(), ..., None), "deadline 4  not None"),
        (Row(2.5, Started(), ...), "a TimeUp is missing"),
    ],
)
def test_a_script_that_does_not_says_where(row: Row, complaint: str) -> None:
    with pytest.raises(AssertionError) as caught:
        run(Ticker(2), [Row(0, Started()), row])
    assert complaint in str(caught.value)


def test_laws_are_checked_without_being_asked_for() -> None:
    with pytest.raises(AssertionError, match="law 2"):
        run(Ticker(2, eager=True), [Row(0, Started()), Row(1, StreamClosed(1))])
    spinning = Ticker(0)
    step(spinning, Started(), 0)
    with pytest.raises(AssertionError, match="law 3"):
        step(spinning, TimeUp(), 0)


def test_obey_serves_the_deadlines_on_the_way() -> None:
    sent = obey(Ticker(2), [(1, Started()), (5, TimeUp())])
    assert sent == [(3, Close(1)), (5, Close(2))]
    with pytest.raises(AssertionError, match="1000 deadlines"):
        obey(Ticker(0.001), [(0, Started()), (5, TimeUp())])
