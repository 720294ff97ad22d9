"""Markdown as the manual writes it."""

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell with several lines has breaks in it."""
    lines = [_row(headings), _row(["---"] * len(headings)), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"


def code(said: str) -> str:
    return f"`{said}`" if said else ""


def plain(said: str) -> str:
    """Text of the program, shown and not read as Markdown: `<address>`, `[SITE]`, `*`."""
    for each in "\\`*_[]<>#":
        said = said.replace(each, f"\\{each}")
    return said.replace("\\<", "&lt;").replace("\\>", "&gt;")


def spans(said: str) -> str:
    """Text that marks code with `backticks`, as helps and comments do: those stay code."""
    parts = said.split("`")
    if len(parts) % 2 == 0:
        return plain(said)
    return "".join(code(part) if number % 2 else plain(part) for number, part in enumerate(parts))
