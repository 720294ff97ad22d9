"""How output looks: colour on a terminal, plain text elsewhere, one way to draw a table."""

import errno
import os
import sys
from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ringfence.model.printable import printable
from ringfence.model.provenance import Provenance

# Wide enough that a line of a rule table is one line of a log.
_PLAIN_WIDTH = 180


class _Screen(Console):
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


def console() -> Console:
    """Standard output. Not a terminal: no colour, no wrapping at 80 columns."""
    if sys.stdout.isatty():
        return _Screen(highlight=False)
    return _Screen(highlight=False, width=_PLAIN_WIDTH, color_system=None)


def progress_console() -> Console:
    """Standard error, for what is only of interest while waiting."""
    return _Screen(stderr=True, highlight=False)


def progress_bar() -> Progress:
    """Octets read, gone when all are; nothing unless standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=progress_console(), transient=True, disable=not sys.stderr.isatty())


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]], *, wrap: str = "") -> Table:
    """A table without lines; only the column `wrap` may break."""
    result = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        breaks = heading == wrap
        result.add_column(heading, no_wrap=not breaks, overflow="fold", ratio=1 if breaks else None)
    for row in rows:
        result.add_row(*row)
    return result


def print_json(value: object, made: Provenance | None = None) -> None:
    """`value` as JSON, indented, on standard output; `made` is added to it, which is an object then."""
    if made is not None:
        value = {"made": made, **msgspec.to_builtins(value, enc_hook=str)}
    document = msgspec.json.encode(value, enc_hook=str)
    sys.stdout.buffer.write(msgspec.json.format(document, indent=2) + b"\n")
    sys.stdout.buffer.flush()
