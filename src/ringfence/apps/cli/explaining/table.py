"""A line for each handset and the verdict over all of them, alike for one capture and for many."""

from collections.abc import Sequence
from typing import NamedTuple

from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText, assemble
from ringfence.apps.report.explanation import nothing_failed, where_they_stop

_WIDE = 120  # columns; a narrower terminal has no room for the cause beside the rest
_TABLE = 200  # rows; laying out thousands takes longer than judging them
_SHOWN = 200  # rows on a terminal, where the worst would otherwise scroll away


class HandsetRow(NamedTuple):
    """What is shown of a handset. `value` is what the third heading says; `failures` are codes."""

    verdict: str
    name: str
    value: str
    stops_at: str
    cause: str
    healthy: bool
    failures: tuple[str, ...]

    @property
    def cells(self) -> tuple[StyledText | str, ...]:
        verdict = verdict_text(self.verdict, healthy=self.healthy)
        return verdict, StyledText(self.name), self.value, self.stops_at, StyledText(self.cause)


def verdict_text(verdict: str, *, healthy: bool) -> StyledText:
    """Yellow is what need not be a fault: undecided, or registered with something failing beside it."""
    passing = verdict in {"undecided", "registered"}
    return StyledText(verdict, style="green" if healthy else "yellow" if passing else "bold red")


def print_handset_rows(out: Screen, third: str, lines: Sequence[HandsetRow]) -> None:
    """Worst first; `third` is the heading of the third column."""
    shown = lines[:_SHOWN] if out.is_terminal else lines
    headings = ("verdict", "handset", third, "stops at", "cause")
    if out.is_terminal and out.width < _WIDE:
        for line in shown:
            verdict, name, *_ = line.cells
            words = f"  {third} {line.value}" + (f", stops at {line.stops_at}" if line.stops_at else "")
            out.print(assemble(verdict, "  ", name, words))
            out.print(line.cause, indent=2)
    elif len(shown) <= _TABLE:
        out.print(table(headings, (line.cells for line in shown), wrap="cause"))
    else:
        rows = [headings, *(tuple(map(str, line.cells)) for line in shown)]
        room = [max(len(row[column]) for row in rows) for column in range(len(headings))]
        for row in rows:
            words = "  ".join(word.ljust(wide) for word, wide in zip(row, room, strict=True))
            out.print(words.rstrip(), soft_wrap=True)
    if len(lines) > len(shown):
        out.print(f"and {len(lines) - len(shown)} more, none worse (--csv or --json has them)")


def print_verdict(out: Screen, lines: Sequence[HandsetRow], *, qualification: str = "") -> None:
    """The last line. `qualification`: what is wrong apart from the handsets."""
    registered = sum(line.verdict == "registered" for line in lines)
    words = f"{registered} of {len(lines)} handsets registered"
    if not lines:
        word, style, words = "NO HANDSET", "bold red", "is in the capture"
    elif not qualification and all(line.healthy for line in lines):
        word, style = "REGISTERED", "bold green"
    elif not qualification and all(
        nothing_failed(line.verdict, line.failures, healthy=line.healthy) for line in lines
    ):
        word, style = "UNDECIDED", "bold yellow"
        whose = "of the others " if registered else ""
        words += f"; {whose}nothing failed in what the capture shows (capture again, from power-up on)"
    else:
        word, style = "PROBLEMS FOUND", "bold red"
        words = "; ".join((words, *filter(None, (_failing(lines), qualification))))
    out.print(StyledText(word, style=style).append(f"  {words}"), soft_wrap=True)


def _failing(lines: Sequence[HandsetRow]) -> str:
    """Where handsets stop, or else what fails beside their registrations."""
    codes = dict.fromkeys(code for line in lines if not line.healthy for code in line.failures)
    return where_they_stop((line.name, line.stops_at) for line in lines) or ", ".join(codes)
