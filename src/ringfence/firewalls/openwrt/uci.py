"""UCI: sections with options and lists, as files have them, as `uci export` and as `uci show` print them.

From the OpenWrt user guide, "The UCI system" (file syntax, command-line utility).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import lines_of, place
from ringfence.model.errors import InputError

UCI = "UCI configuration"
_PLAIN = re.compile(r"[^\s'\"\\]+")
_SINGLE = re.compile(r"'[^']*'")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"')
_SHOWN = re.compile(r"([\w-]+)\.(@?[\w-]+(?:\[-?\d{1,6}\])?)(?:\.([\w-]+))?=(.*)")
_PROMPT = re.compile(r"^\S+@\S+:\S*[#$] |^[#$] ")


@dataclass(slots=True)
class UciSection:
    """`package` is "" where the text does not say; `values` are those of an option, or of a list."""

    line: int
    package: str
    kind: str
    name: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)

    def get(self, option: str, default: str = "") -> str:
        """The last value of an option, as a later line takes the place of an earlier one."""
        found = self.values.get(option)
        return found[-1] if found else default

    def all(self, option: str) -> list[str]:
        """The words of a list, or of an option that holds several."""
        return [word for value in self.values.get(option, ()) for word in value.split()]

    def on(self, option: str, default: bool = False) -> bool:
        """A truth as UCI has it."""
        word = self.get(option).lower()
        return default if not word else word in {"1", "yes", "on", "true", "enabled"}

    @property
    def text(self) -> str:
        said = (f"{key} {' '.join(values)}" for key, values in self.values.items())
        return f"config {self.kind} {self.name}: {', '.join(said)}".replace(" :", ":")


def parse_uci(text: str) -> list[UciSection]:
    """InputError for a line of neither form, an option without a section, and a quote that does not close."""
    lines = lines_of(text, UCI)
    if any(_SHOWN.fullmatch(line.strip()) for line in lines[:50] if not line.startswith((" ", "\t"))):
        return list(_shown(lines))
    return list(_written(lines))


def _written(lines: Sequence[str]) -> Iterator[UciSection]:
    package, section = "", None
    for number, words in _worded(lines):
        match words:
            case ["package", name]:
                package = name
            case ["config", kind, *rest] if len(rest) < 2:
                if section is not None:
                    yield section
                section = UciSection(number, package, kind, rest[0] if rest else "")
            case ["option", key, value] if section is not None:
                section.values[key] = [value]
            case ["list", key, value] if section is not None:
                section.values.setdefault(key, []).append(value)
            case _:
                raise InputError(f"{' '.join(words)[:60]!r} is not of UCI", where=f"{UCI} {place(number)}")
    if section is not None:
        yield section


def _worded(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped[0] == "#" or _PROMPT.match(stripped):
            continue
        words = list(_words(stripped, number))
        if words:
            yield number, words


def _words(text: str, line: int) -> Iterator[str]:
    """Words with what quotes hold; a comment begins at a word of its own."""
    at = 0
    while at < len(text):
        start, parts = at, list[str]()
        if text[at] == "#":
            return
        while at < len(text) and not text[at].isspace():
            if text[at] == "\\":
                parts.append(text[at + 1 : at + 2])
                at += 2
                continue
            pattern = {"'": _SINGLE, '"': _DOUBLE}.get(text[at], _PLAIN)
            found = pattern.match(text, at)
            if found is None:
                raise InputError("a quote is never closed", where=f"{UCI} {place(line)}")
            parts.append(found[0] if pattern is _PLAIN else found[0][1:-1])
            at = found.end()
        if at > start:
            yield "".join(parts)
        at += 1


def _shown(lines: Sequence[str]) -> Iterator[UciSection]:
    known: dict[tuple[str, str], UciSection] = {}
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped[0] == "#" or _PROMPT.match(stripped):
            continue
        found = _SHOWN.fullmatch(stripped)
        if found is None:
            raise InputError(f"{stripped[:60]!r} is not of uci show", where=f"{UCI} {place(number)}")
        package, name, option, value = found.groups()
        if option is None:
            kind = value.strip("'\"")
            known[package, name] = UciSection(number, package, kind, "" if name[0] == "@" else name)
        elif (package, name) in known:
            known[package, name].values[option] = list(_words(value, number))
        else:
            raise InputError(f"section {name[:40]} is not there", where=f"{UCI} {place(number)}")
    yield from known.values()
