"""The commands that the manual's pages show, with what they are said to print."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShownCommand:
    """`line` is what a shell is given; `prints` the lines below it, where `...` stands for anything."""

    line: str
    prints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The files that a page names by a title, and its commands in order."""

    files: dict[str, str]
    commands: tuple[ShownCommand, ...]


def shown_by(page: Path) -> ShownPage:
    """What a page wants a reader to write and to type."""
    files: dict[str, str] = {}
    commands: list[ShownCommand] = []
    for kind, title, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        if title:
            files[title] = body
        if kind == "console":
            commands += _commands(body)
    return ShownPage(files, tuple(commands))


def _commands(body: str) -> list[ShownCommand]:
    found: list[ShownCommand] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append(ShownCommand(line.removeprefix("$ "), ()))
        else:
            last = found[-1]
            found[-1] = ShownCommand(last.line, (*last.prints, line))
    return found


def matches(printed: str, expected: tuple[str, ...]) -> bool:
    """Whether the output is what stands there; a line of `...` is any lines, `...` in a line any text."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            pieces = line.split("...")
            parts.append(".*".join(re.escape(piece) for piece in pieces).rstrip() + r"[ \t]*\n")
    return re.fullmatch("".join(parts), printed + "\n" * (not printed.endswith("\n"))) is not None
