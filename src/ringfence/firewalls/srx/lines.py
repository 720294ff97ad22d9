"""Junos configuration in `set` form, less what is deactivated or deleted again."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ringfence.firewalls.common.reading import Reading, lines_of

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


_VERDICTS = {"permit", "deny", "reject"}


class Line(NamedTuple):
    number: int
    text: str
    words: list[str]


class SetCommands(NamedTuple):
    """The set commands in force, those of groups that are applied to all first, and those deactivated."""

    found: list[Line]
    deactivated: list[Line]


def lines(text: str, reading: Reading) -> SetCommands:
    """InputError for no text."""
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
            if gone.get(tuple(path), (0, False))[1]:
                del gone[tuple(path)]
        else:
            reading.stray(number, raw, "not a set command")
    longest = max(map(len, gone), default=0)
    kept, deactivated = [], []
    for line in sets:
        away = _taken_away(line, gone, longest)
        if away is None:
            kept.append(line)
            continue
        if away:
            deactivated.append(line)
        if away and line.words[:2] == ["security", "policies"] and _VERDICTS & set(line.words[-2:]):
            reading.off(line.number, line.text, "deactivated")
    return SetCommands([*_inherited(kept, reading), *kept], deactivated)


def _inherited(found: list[Line], reading: Reading) -> Iterator[Line]:
    """What groups give to the whole configuration; with wildcards, or for policies, they are not followed."""
    applied = {name for line in found if line.words[0] == "apply-groups" for name in values(line.words[1:])}
    if (
        "${node}" in applied
    ):  # of two redundant units, whose groups differ in names and addresses of their own
        applied.add("node0")
    for line in found:
        if line.words[0] != "groups" or len(line.words) < 3:
            continue
        name, path = line.words[1], line.words[2:]
        if name not in applied:
            continue  # where it is applied further down, that line says so
        if path[0] in _MATTERING and (path[0] in _POLICIES or any(word.startswith("<") for word in path)):
            why = "a group that others inherit: take the configuration with | display inheritance"
            reading.stray(line.number, line.text, why)
        else:
            yield Line(line.number, line.text, path)


# What groups can give that decides about packets; the rest is management.
_POLICIES = frozenset({"security", "applications"})
_MATTERING = _POLICIES | {"interfaces", "routing-options", "forwarding-options", "firewall", "services"}


def _taken_away(line: Line, gone: dict[tuple[str, ...], tuple[int, bool]], longest: int) -> bool | None:
    """Whether a deactivation (True) or a later deletion (False) covers the line; None when neither does.

    `longest` words are those of the longest path that is gone: a line may have many more.
    """
    for length in range(1, min(longest, len(line.words)) + 1):
        found = gone.get(tuple(line.words[:length]))
        if found is not None and (found[1] or found[0] > line.number):
            return found[1]
    return None


def values(words: list[str]) -> list[str]:
    """The one value, or those between brackets."""
    if words[:1] == ["["]:
        return words[1 : words.index("]")] if "]" in words else words[1:]
    return words[:1]
