"""A line for each handset and the verdict over all of them, alike for one capture and for many."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ringfence.apps.cli.screen import table

_WIDE = 120  # columns; a narrower terminal has no room for the cause beside the rest
_TABLE = 200  # rows; laying out thousands takes longer than judging them
_SHOWN = 200  # rows on a terminal, where the worst would otherwise scroll away

Row = tuple[Text | str, ...]


def print_rows(out: Console, third: str, rows: Sequence[Row]) -> None:
    """Rows are verdict, handset, what `third` is the heading of, where it stops, and the cause."""
    shown = rows[:_SHOWN] if out.is_terminal else rows
    headings = ("verdict", "handset", third, "stops at", "cause")
    if out.is_terminal and out.width < _WIDE:
        for verdict, name, value, stops_at, cause in shown:
            words = f"  {third} {value}" + (f", stops at {stops_at}" if stops_at else "")
            out.print(Text.assemble(verdict, "  ", name, words, "\n  ", cause))
    elif len(shown) <= _TABLE:
        out.print(table(headings, shown, wrap="cause"))
    else:
        lines = [headings, *(tuple(map(str, row)) for row in shown)]
        room = [max(len(line[column]) for line in lines) for column in range(len(headings))]
        for line in lines:
            words = "  ".join(word.ljust(wide) for word, wide in zip(line, room, strict=True))
            out.out(words.rstrip(), highlight=False)
    if len(rows) > len(shown):
        out.print(f"and {len(rows) - len(shown)} more, none worse (--csv or --json has them)")


def verdict_text(verdict: str, *, healthy: bool) -> Text:
    """Yellow is what need not be a fault: undecided, or registered with something failing beside it."""
    passing = verdict in {"undecided", "registered"}
    return Text(verdict, style="green" if healthy else "yellow" if passing else "bold red")


def print_verdict(
    out: Console, verdicts: Sequence[str], *, healthy: bool, undecided: bool, but: str = ""
) -> None:
    """`undecided`: nothing failed, and not every registration was seen. `but` is what is not well."""
    if not verdicts:
        word, style, words = "NO HANDSET", "bold red", "is in the capture"
    else:
        registered = verdicts.count("registered")
        words = f"{registered} of {len(verdicts)} handsets registered"
        if healthy:
            word, style = "REGISTERED", "bold green"
        elif undecided:
            word, style = "UNDECIDED", "bold yellow"
            whose = "of the others " if registered else ""
            words += f"; {whose}nothing failed in what the capture shows"
        else:
            word, style, words = "NOT ALL WELL", "bold red", words + (f"; {but}" if but else "")
    out.print(Text(word, style=style).append(f"  {words}", style="not bold default"), soft_wrap=True)
