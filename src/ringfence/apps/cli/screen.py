"""How output looks: colour on a terminal, plain lines elsewhere, one way to draw a table.

Nothing of what draws on terminals is imported where none looks: it takes longer than many a verb.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import msgspec

from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.apps.cli.screens.styled import StyledText, Table
from ringfence.model.provenance import Provenance

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.status import Status

_TERMINAL = "ringfence.apps.cli.screens.terminal"


class Screen(Protocol):
    """Where a verb prints. `width` is in columns of a character."""

    @property
    def is_terminal(self) -> bool: ...

    @property
    def width(self) -> int: ...

    def print(
        self,
        what: str | StyledText | Table = "",
        *,
        style: str = "",
        end: str = "\n",
        soft_wrap: bool = False,
        indent: int = 0,
    ) -> None:
        """At once, control characters shown and not obeyed. `soft_wrap`: no line is broken at the width."""


def console() -> Screen:
    """Standard output. Not a terminal: no colour, no wrapping at 80 columns."""
    return _terminal(stderr=False) if sys.stdout.isatty() else PlainScreen(sys.stdout)


def progress_console() -> Screen:
    """Standard error, for what is only of interest while waiting."""
    return _terminal(stderr=True) if sys.stderr.isatty() else PlainScreen(sys.stderr)


def progress_bar() -> "Progress":
    """On standard error: octets read, gone when all are; nothing unless that is a terminal."""
    bar: Progress = import_module(_TERMINAL).rich_progress(shown=sys.stderr.isatty())
    return bar


def waiting(what: str) -> "Status":
    """On standard error, a terminal, as long as it is entered: that something is being done."""
    status: Status = import_module(_TERMINAL).rich_status(what)
    return status


def _terminal(*, stderr: bool) -> Screen:
    screen: Screen = import_module(_TERMINAL).terminal_screen(stderr=stderr)
    return screen


def table(headings: Sequence[str], rows: Iterable[Sequence[str | StyledText]], *, wrap: str = "") -> Table:
    """A table without lines; only the column `wrap` may break."""
    return Table(tuple(headings), tuple(map(tuple, rows)), wrap)


def print_json(value: object, made: Provenance | None = None) -> None:
    """`value` as JSON, indented, on standard output; `made` is added to it, which is an object then."""
    if made is not None:
        value = {"made": made, **msgspec.to_builtins(value, enc_hook=str)}
    sys.stdout.buffer.write(json_octets(value))
    sys.stdout.buffer.flush()


def json_octets(value: object) -> bytes:
    """Indented, with a line end."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2) + b"\n"
