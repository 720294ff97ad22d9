"""RouterOS: the commands of an export, each with its menu, its line and its values.

From the RouterOS manual, "Configuration Management" (export) and "Command Line Interface": a menu begins a
line with a slash, alone or before a command; a line that ends with a backslash goes on in the next one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import place, shown
from ringfence.model.errors import InputError

EXPORT = "RouterOS export"
_VERBS = frozenset(
    ("add", "set", "remove", "disable", "enable", "move", "unset", "edit", "print", "export", "comment")
)
_PLAIN = re.compile(r'[^\s"\[]+')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r'\\([\\"$?_nrtab]|[0-9A-F]{2})')
_LONGEST = 100_000  # characters of one command
# What an export says of a rule that the device does not carry out, in a comment before it.
_COMPLAINT = re.compile(r"not possible|not ready|no interface|inactive|invalid|unsupported", re.IGNORECASE)
_LISTED = re.compile(r"^(Flags: X|\s*\d+ +([XIDHB]+ +)?(;;;|chain=))")


@dataclass(frozen=True, slots=True)
class ExportCommand:
    """`menu` is without slashes; `of` names the entry that `set` changes; `words` stand without a value.

    `complaint` is what the export says of it in a comment: the device does not carry it out as it stands.
    """

    line: int
    menu: str
    verb: str
    values: dict[str, str]
    words: tuple[str, ...] = ()
    of: str = ""
    text: str = ""
    complaint: str = ""
    twice: tuple[str, ...] = ()

    @property
    def disabled(self) -> bool:
        return self.values.get("disabled", "no") in {"yes", "true"}


@dataclass(slots=True)
class Export:
    """The commands in their order; `strays` are lines that are none, with why."""

    commands: list[ExportCommand] = field(default_factory=list)
    strays: list[tuple[int, str, str]] = field(default_factory=list)

    def of(self, menu: str, verb: str = "add") -> Iterator[ExportCommand]:
        return (one for one in self.commands if one.menu == menu and one.verb == verb)

    def menus(self) -> dict[str, ExportCommand]:
        """The first command of each menu."""
        found: dict[str, ExportCommand] = {}
        for one in self.commands:
            found.setdefault(one.menu, one)
        return found


def parse_export(lines: Sequence[str]) -> Export:
    """InputError for what `print` lists, and for a text that breaks off within a command."""
    if any(_LISTED.match(line) for line in lines[:100]):
        raise InputError(
            "a listing of print, which leaves interfaces and lists out",
            where=EXPORT,
            remedy="take /export (RouterOS 7: /export show-sensitive is not needed)",
        )
    found = Export()
    menu, complaint = "", ""
    for number, line in _joined(lines):
        text = line.strip()
        if text.startswith("#"):
            complaint = text.lstrip("# ") if _COMPLAINT.search(text) else ""
            continue
        if not text or _prompt(text):
            continue
        if text.startswith("/"):
            menu, text = _menu(text)
            if not text:
                continue
        if not menu or text[0] in ":{}(":
            found.strays.append((number, line, "a script's line, not a command of an export"))
            continue
        text = text.removesuffix(";")
        if ";" in text and any(word.endswith(";") for word in _words(text, number)):
            found.strays.append((number, line, "several commands on one line, not an export"))
            continue
        found.commands.append(_command(number, menu, text, complaint))
        complaint = ""
    return found


def _joined(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The logical lines, each with the number of its first."""
    begin, parts, length = 0, list[str](), 0
    last = max((n for n, line in enumerate(lines, start=1) if line.strip()), default=0)
    for number, line in enumerate(lines[:last], start=1):
        part = line.lstrip() if parts else line
        begin = begin if parts else number
        goes_on = part.endswith("\\")
        parts.append(part[:-1] if goes_on else part)
        length += len(part)
        if length > _LONGEST:
            raise InputError("a command without an end", where=f"{EXPORT} {place(begin)}")
        if not goes_on:
            yield begin, "".join(parts)
            parts, length = [], 0
    if parts:
        raise InputError("it ends within a command", where=f"{EXPORT} {place(begin)}", remedy="take it whole")


def _prompt(text: str) -> bool:
    """`[admin@router] > /export`, pasted with what it printed."""
    return text[0] == "[" and "] >" in text[:80]


def _menu(text: str) -> tuple[str, str]:
    """The menu of a line that begins with one, and the command behind it."""
    path: list[str] = []
    rest = text
    while rest:
        word, _, after = rest.partition(" ")
        parts = [part for part in word.split("/") if part]
        if not parts or "=" in word or '"' in word or "[" in word or parts[0] in _VERBS:
            break
        if parts[-1] in _VERBS:
            return " ".join((*path, *parts[:-1])), f"{parts[-1]} {after}".strip()
        path += parts
        rest = after.lstrip()
    return " ".join(path), rest.strip()


def _command(number: int, menu: str, text: str, complaint: str) -> ExportCommand:
    verb, _, rest = text.partition(" ")
    values: dict[str, str] = {}
    words: list[str] = []
    twice: list[str] = []
    for word in _words(rest, number):
        key, equals, value = word.partition("=")
        if not equals or not key or key[0] in '"[':
            words.append(_unquoted(word))
        elif key in values:
            twice.append(key)
        else:
            values[key] = _unquoted(value)
    of = words.pop(0) if verb == "set" and words else ""
    shown_ = shown(f"/{menu} {text}")
    return ExportCommand(number, menu, verb, values, tuple(words), of, shown_, complaint, tuple(twice))


def _words(text: str, line: int) -> Iterator[str]:
    """Words as they stand: quotes and brackets hold blanks. InputError for one that is never closed."""
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and not text[at].isspace():
            found = _STRING.match(text, at) if text[at] == '"' else _PLAIN.match(text, at)
            end = found.end() if found else text.find("]", at) + 1 if text[at] == "[" else 0
            if not end:
                raise InputError("a quote or bracket is never closed", where=f"{EXPORT} {place(line)}")
            at = end
        if at > start:
            yield text[start:at]
        at += 1


def _unquoted(value: str) -> str:
    if value[:1] != '"':
        return value
    return _ESCAPE.sub(lambda found: _CHARACTERS.get(found[1], found[1]), value[1:-1])


_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "_": " ", "a": "", "b": ""}


def asked_of(question: str, key: str) -> str:
    """The value that `[ find KEY=VALUE ]` asks for; "" where it asks for something else."""
    inner = question.strip("[] ")
    for word in _words(inner, 0):
        name, equals, value = word.partition("=")
        if equals and name == key:
            return _unquoted(value)
    return ""
