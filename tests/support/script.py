"""Timed scripts: rows of (at, event, commands expected, deadline expected), and the laws every machine obeys.

    run(machine, [
        Row(0.0, Started(), ["DISCOVER"], (3, 5)),
        Row(DUE, TimeUp(), ["DISCOVER"], (10, 14)),
        Row(12.0, lambda sent: offer(sent[-1]), ["REQUEST"], ...),
    ], show=in_words)

A script that does not come true fails with all its rows, expected beside actual. Laws 2 and 3 of
`ringfence.actors.io` are checked at every row without being asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from types import EllipsisType
from typing import Final, TypeAlias

from ringfence.actors.io import NOTHING, Command, Event, Machine, TimeUp


class _Due:
    def __repr__(self) -> str:
        return "DUE"


DUE: Final = _Due()
"""As `Row.at`: whatever the machine's deadline is by then."""

When: TypeAlias = float | _Due
Deadline: TypeAlias = float | tuple[float, float] | EllipsisType | None
"""An instant (to a microsecond), a range (both ends in), None: never, `...`: not looked at."""


@dataclass(frozen=True)
class Row:
    """One line of a script.

    `event` may be a function of every command given so far, since an answer repeats what was asked.
    `commands` are compared in order with what `show` makes of the actual ones; `...` does not look at them.
    An expected value that is callable is a predicate instead.
    """

    at: When
    event: Event | Callable[[Sequence[Command]], Event]
    commands: Sequence[object] | EllipsisType = ()
    deadline: Deadline = ...


class Middling(Random):
    """Draws the middle of every interval, so that jittered timers can be written down exactly."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def run(
    machine: Machine, rows: Iterable[Row], *, show: Callable[[Command], object] = lambda command: command
) -> list[Command]:
    """Play the rows; return all commands given. AssertionError shows the script up to the failing row."""
    __tracebackhide__ = True
    sent: list[Command] = []
    story: list[str] = []
    for number, row in enumerate(rows, 1):
        at = _instant(machine, row.at, number)
        _spurious(machine, at)
        event = row.event(sent) if callable(row.event) else row.event
        commands = step(machine, event, at)
        sent += commands
        shown = [show(command) for command in commands]
        wanted = None if isinstance(row.commands, EllipsisType) else list(row.commands)
        good = wanted is None or _same(wanted, shown)
        timely = _meets(machine.deadline, row.deadline)
        story += _table(number, at, event, wanted, shown)
        story.append(
            f"      deadline {_clock(machine.deadline)}" + ("" if timely else f"  not {row.deadline}")
        )
        if not (good and timely):
            raise AssertionError(f"row {number} did not come true (expected | actual)\n" + "\n".join(story))
    return sent


def step(machine: Machine, event: Event, now: float) -> tuple[Command, ...]:
    """`machine.handle`, with laws 2 and 3 asserted."""
    before = machine.deadline
    commands = machine.handle(event, now)
    if isinstance(event, TimeUp):
        if before is None or now < before:
            assert commands == NOTHING, f"law 2: TimeUp at {now} before {before} gave {commands}"
            assert machine.deadline == before, f"law 2: it moved the deadline to {machine.deadline}"
        else:
            after = machine.deadline
            assert after is None or after > now, f"law 3: deadline {after} after TimeUp at {now}"
    return commands


def obey(machine: Machine, events: Iterable[tuple[float, Event]]) -> list[tuple[float, Command]]:
    """Law-checked run of (seconds to wait, event): due deadlines are served on the way, as a driver does.

    Bounded: a machine that wants more than 1000 deadlines between two events fails.
    """
    now = 0.0
    sent: list[tuple[float, Command]] = []
    for wait, event in events:
        until = now + wait
        for turns in range(1001):
            assert turns < 1000, f"1000 deadlines between {now} and {until}"
            due = machine.deadline
            if due is None or due > until:
                break
            now = max(now, due)
            sent += [(now, command) for command in step(machine, TimeUp(), now)]
        now = until
        sent += [(now, command) for command in step(machine, event, now)]
    return sent


def _instant(machine: Machine, at: When, number: int) -> float:
    if isinstance(at, _Due):
        assert machine.deadline is not None, f"row {number} is DUE, but the machine has no deadline"
        return machine.deadline
    due = machine.deadline
    assert due is None or at <= due, f"row {number} at {at} is after the deadline {due}: a TimeUp is missing"
    return at


def _spurious(machine: Machine, at: float) -> None:
    """A driver may wake a machine too early: that must mean nothing (law 2)."""
    if machine.deadline is None or at < machine.deadline:
        step(machine, TimeUp(), at)


def _same(wanted: list[object], shown: list[object]) -> bool:
    return len(wanted) == len(shown) and all(map(_matches, wanted, shown))


def _matches(wanted: object, actual: object) -> bool:
    return bool(wanted(actual)) if callable(wanted) else wanted == actual


def _meets(actual: float | None, wanted: Deadline) -> bool:
    match wanted:
        case EllipsisType():
            return True
        case None:
            return actual is None
        case (first, last):
            return actual is not None and first <= actual <= last
        case instant:
            return actual is not None and abs(actual - instant) < 1e-6


def _clock(instant: float | None) -> str:
    return "never" if instant is None else f"{instant:.6f}".rstrip("0").rstrip(".")


def _table(
    number: int, at: float, event: Event, wanted: list[object] | None, shown: list[object]
) -> list[str]:
    lines = [f"{number:4}  at {_clock(at)}: {_short(repr(event), 150)}"]
    left = ["(anything)"] * len(shown) if wanted is None else [_short(str(each), 70) for each in wanted]
    right = [_short(str(each), 70) for each in shown]
    width = max(map(len, left), default=0)
    for index in range(max(len(left), len(right))):
        want = left[index] if index < len(left) else "-"
        got = right[index] if index < len(right) else "-"
        same = wanted is None or (
            index < len(wanted) and index < len(shown) and _matches(wanted[index], shown[index])
        )
        lines.append(f"    {' ' if same else '!'} {want:{width}} | {got}")
    return lines


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
