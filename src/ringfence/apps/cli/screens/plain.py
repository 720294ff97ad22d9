"""Lines for a file, a pipe or a log: no colour, wide, and nothing cut off."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import TextIO

from ringfence.apps.cli.screens.styled import StyledText, Table
from ringfence.model.printable import printable

# Wide enough that a line of a rule table is one line of a log.
_WIDTH = 180
_GAP = 2  # columns between those of a table
_NARROWEST = 40  # columns that are left to what may break, where the rest takes all: the line is longer then
_WORD = re.compile(r"\s*\S+\s*")


class PlainScreen:
    """See `ringfence.apps.cli.screen.Screen`."""

    is_terminal = False
    width = _WIDTH

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def print(
        self,
        what: str | StyledText | Table = "",
        *,
        style: str = "",
        end: str = "\n",
        soft_wrap: bool = False,
        indent: int = 0,
    ) -> None:
        if isinstance(what, Table):
            lines = table_lines(what)
        else:
            lines = str(what).expandtabs().split("\n")
            if not soft_wrap:
                lines = [part for line in lines for part in wrapped(line, _WIDTH - indent)]
        margin = " " * indent
        self._stream.write("\n".join(margin + printable(line) for line in lines) + end)
        self._stream.flush()


def table_lines(table: Table) -> list[str]:
    """The rows beneath their headings, a line or more each, every line as wide as the table."""
    rows = [table.headings, *table.rows]
    cells = [[str(cell).expandtabs().split("\n") for cell in row] for row in rows]
    widths = [max(columns(line) for row in cells for line in row[at]) for at in range(len(table.headings))]
    widths[-1] = max(widths[-1], 1)
    over = sum(widths) + _GAP * (len(widths) - 1) - _WIDTH
    if over > 0 and table.wrap in table.headings:
        at = table.headings.index(table.wrap)
        widths[at] = max(widths[at] - over, min(widths[at], _NARROWEST))
        for row in cells:
            row[at] = [part for line in row[at] for part in wrapped(line, widths[at])]
    return [line for row, lines in zip(rows, cells, strict=True) for line in _row_lines(row, lines, widths)]


def _row_lines(row: tuple[str | StyledText, ...], cells: list[list[str]], widths: list[int]) -> Iterator[str]:
    for number in range(max(map(len, cells))):
        parts = []
        for cell, lines, width in zip(row, cells, widths, strict=True):
            line = lines[number] if number < len(lines) else ""
            room = " " * (width - columns(line))
            parts.append(room + line if isinstance(cell, StyledText) and cell.right else line + room)
        yield (" " * _GAP).join(parts)


def wrapped(line: str, width: int) -> list[str]:
    """`line` broken between words, and within a word that is longer than `width`."""
    if columns(line) <= width:
        return [line]
    parts, part = [], ""
    for word in _WORD.findall(line):
        room = width - columns(part)
        if columns(word.rstrip()) <= room:
            part += word
            continue
        if part:
            parts.append(part)
        *full, part = _folded(word, width)
        parts += full
    return [_without_end(each, width) for each in (*parts, part)]


def _folded(word: str, width: int) -> list[str]:
    if columns(word.rstrip()) <= width:
        return [word]
    if word.isascii():
        return [word[at : at + width] for at in range(0, len(word), width)]
    parts: list[str] = import_module("rich.cells").chop_cells(word, width)
    return parts


def _without_end(line: str, width: int) -> str:
    """Spaces that stand beyond the width are no part of a line."""
    over = columns(line) - width
    return line[: max(len(line) - over, len(line.rstrip()))] if over > 0 else line


def columns(text: str) -> int:
    """How many columns of a screen the text takes: some characters take two, some none."""
    if text.isascii():
        return len(text)
    width: int = import_module("rich.cells").cell_len(text)
    return width
