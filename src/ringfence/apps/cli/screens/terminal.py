"""Output on a terminal, drawn by Rich."""

import errno
import os
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.segment import Segment
from rich.status import Status
from rich.table import Table as RichTable
from rich.text import Text as RichText

from ringfence.apps.cli.screens.styled import StyledText, Table
from ringfence.model.printable import printable

_NARROWEST = 24  # columns in which words can still be read
_GAP = 2  # columns between those of a table
_STEP = 4  # columns by which what belongs to a row is indented


class TerminalConsole(Console):
    """One that shows control characters, of whatever file they are, and sends none of them to a terminal.

    It leaves it to `main` what becomes of output that nobody reads.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                shown = "\n".join(printable(line) for line in segment.text.split("\n"))
                yield Segment(shown, segment.style)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class TerminalScreen:
    """See `ringfence.apps.cli.screen.Screen`."""

    is_terminal = True

    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def width(self) -> int:
        return self._console.width

    def print(
        self,
        what: str | StyledText | Table = "",
        *,
        style: str = "",
        end: str = "\n",
        soft_wrap: bool = False,
        indent: int = 0,
    ) -> None:
        drawn: RenderableType
        if isinstance(what, Table):
            room = self.width - indent
            drawn = _table(what) if _fits(what, room) else _stacked(what)
        else:
            drawn = _text(what)
        if indent:
            drawn = Padding.indent(drawn, indent)
        self._console.print(drawn, style=style or None, end=end, soft_wrap=soft_wrap)


def terminal_screen(*, stderr: bool) -> TerminalScreen:
    """The terminal behind standard output, or behind standard error."""
    return TerminalScreen(_console(stderr=stderr))


def rich_status(what: str) -> Status:
    """On standard error, as long as it is entered: that something is being done."""
    return _console(stderr=True).status(what)


def rich_progress(*, shown: bool) -> Progress:
    """On standard error: octets read, gone when all are."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=_console(stderr=True), transient=True, disable=not shown)


def _console(*, stderr: bool) -> Console:
    # What is printed comes from files and packets: a MAC address with `:ab:` in it is no picture.
    return TerminalConsole(stderr=stderr, highlight=False, markup=False, emoji=False)


def _text(what: str | StyledText) -> RichText:
    if isinstance(what, str):
        return RichText(what)
    drawn = RichText.assemble((what.words, what.style), *map(_text, what.after))
    drawn.justify = "right" if what.right else None
    return drawn


def _fits(table: Table, room: int) -> bool:
    """Whether every column has its room, and the one that may break enough to be read."""
    widths = [
        max(_widest(cell) for cell in column) for column in zip(table.headings, *table.rows, strict=True)
    ]
    if table.wrap in table.headings:
        at = table.headings.index(table.wrap)
        widths[at] = min(widths[at], _NARROWEST)
    return sum(widths) + _GAP * len(widths) <= room + _GAP


def _widest(cell: str | StyledText) -> int:
    return max(cell_len(line) for line in str(cell).expandtabs().split("\n"))


def _stacked(table: Table) -> RenderableType:
    """Where the columns have no room side by side: a row is a line with the rest of it beneath."""
    lines: list[RenderableType] = []
    for row in table.rows:
        said = [(name, cell) for name, cell in zip(table.headings, row, strict=True) if str(cell)]
        # What has no heading is a mark of the row, and stands before what it marks.
        marks = [cell for name, cell in said if not name]
        named = [(name, cell) for name, cell in said if name]
        first = [*marks, *(cell for _, cell in named[:1])]
        lines.append(RichText(" ").join(_text(cell) for cell in first))
        for name, cell in named[1:]:
            lines.append(Padding.indent(RichText.assemble((f"{name}: ", "dim"), _text(cell)), _STEP))
    return Group(*lines)


def _table(table: Table) -> RichTable:
    drawn = RichTable(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in table.headings:
        breaks = heading == table.wrap
        drawn.add_column(heading, no_wrap=not breaks, overflow="fold", ratio=1 if breaks else None)
    for row in table.rows:
        drawn.add_row(*map(_text, row))
    return drawn
