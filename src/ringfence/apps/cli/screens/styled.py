"""What a verb prints: words with a style, and tables, before they are lines of any device."""

from typing import NamedTuple


class StyledText(NamedTuple):
    """Words in a style of a terminal ("bold red"), and what follows them in styles of its own.

    `right`: as a cell of a table it stands at the right of its column.
    """

    words: str
    style: str = ""
    right: bool = False
    after: tuple["StyledText", ...] = ()

    def append(self, words: str) -> "StyledText":
        """With unstyled words behind it."""
        return self._replace(after=(*self.after, StyledText(words)))

    def __str__(self) -> str:
        return self.words + "".join(map(str, self.after))


class Table(NamedTuple):
    """Cells beneath headings; only the column whose heading is `wrap` may break its lines."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str | StyledText, ...], ...]
    wrap: str = ""


def assemble(*parts: str | StyledText) -> StyledText:
    """One after the other."""
    return StyledText(
        "", after=tuple(part if isinstance(part, StyledText) else StyledText(part) for part in parts)
    )
