"""Junos configuration in `set` form, less what is deactivated or deleted again."""

import re
from typing import NamedTuple

from ringfence.firewalls.common.reading import Reading, lines_of

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


_VERDICTS = {"permit", "deny", "reject"}


class Line(NamedTuple):
    number: int
    text: str
    words: list[str]


def lines(text: str, reading: Reading) -> list[Line]:
    """The set commands in force. InputError for other texts."""
    found = lines_of(text, "Junos configuration")
    sets: list[Line] = []
    # The last line that takes a path away, and whether by deactivating it.
    gone: dict[tuple[str, ...], tuple[int, bool]] = {}
    for number, raw in enumerate(found, start=1):
        words = [quoted or bare for quoted, bare in _WORD.findall(raw)]
        if not words or words[0].startswith(("#", "/*")):
            continue
        verb, path = words[0], words[1:]
        if verb == "set" and path:
            sets.append(Line(number, raw.strip(), path))
        elif verb in {"delete", "deactivate"} and path:
            gone[tuple(path)] = (number, verb == "deactivate")
        elif verb == "activate" and path:
            gone.pop(tuple(path), None)
        else:
            reading.stray(number, raw, "not a set command")
    kept = []
    for line in sets:
        away = _taken_away(line, gone) if gone else None
        if away is None:
            kept.append(line)
        elif away and line.words[:2] == ["security", "policies"] and _VERDICTS & set(line.words[-2:]):
            reading.off(line.number, line.text, "deactivated")
    return kept


def _taken_away(line: Line, gone: dict[tuple[str, ...], tuple[int, bool]]) -> bool | None:
    """Whether a deactivation (True) or a later deletion (False) covers the line; None when neither does."""
    for length in range(1, len(line.words) + 1):
        found = gone.get(tuple(line.words[:length]))
        if found is not None and (found[1] or found[0] > line.number):
            return found[1]
    return None


def values(words: list[str]) -> list[str]:
    """The one value, or those between brackets."""
    if words[:1] == ["["]:
        return words[1 : words.index("]")] if "]" in words else words[1:]
    return words[:1]
