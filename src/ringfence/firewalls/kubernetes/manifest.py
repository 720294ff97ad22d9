"""Manifests as values that know their lines: YAML of one or many documents, and JSON, which is YAML too."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from ringfence.firewalls.common.json_text import Json, JsonObject
from ringfence.firewalls.common.reading import lines_of
from ringfence.model.errors import InputError

_WHAT = "Kubernetes manifest"
_REMEDY = "a chart or template has to be rendered first: helm template, kustomize build"
_DEPTH = 64
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_WORDS: dict[str, str | bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


class YamlMap(dict[str, Any]):
    """A mapping; `line` is where it begins."""

    line = 0


class YamlList(list[Any]):
    """A sequence; `line` is where it begins."""

    line = 0


def begin_of(value: object) -> int:
    return value.line if isinstance(value, YamlMap | YamlList) else 0


def manifests(text: str) -> list[YamlMap]:
    """Every object of the text, those of lists too. InputError for what is no YAML, or no objects.

    Time and memory grow with the text: aliases, which multiply it, are refused.
    """
    lines_of(text, _WHAT)
    try:
        found = list(_documents(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{_WHAT} line {mark.line + 1}" if mark else _WHAT
        raise InputError(f"not YAML: {error.problem or error.context}", where=where, remedy=_REMEDY) from None
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0][:80]}", where=_WHAT) from None
    return [item for one in found for item in _items(one, 0)]


def _items(value: Json, depth: int) -> Iterator[YamlMap]:
    if value is None:
        return
    if not isinstance(value, YamlMap):
        raise InputError("not an object", where=f"{_WHAT} line {begin_of(value) or 1}")
    kind = value.get("kind")
    inner = value.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(inner, list) and depth < 4:
        for one in inner:
            yield from _items(one, depth + 1)
    else:
        yield value


def _documents(text: str) -> Iterator[Json]:
    """A value for each document, made of the parser's events without recursion."""
    stack: list[YamlMap | YamlList] = []
    keys: list[str | None] = []
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        value: Json = None
        if isinstance(event, yaml.AliasEvent):
            raise InputError("aliases (*name) are not followed", where=f"{_WHAT} line {line}")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            value = YamlMap() if isinstance(event, yaml.MappingStartEvent) else YamlList()
            value.line = line
        elif isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = stack.pop()
            keys.pop()
            if not stack:
                yield done
            continue
        else:
            continue
        if not stack:
            if not isinstance(value, YamlMap | YamlList):
                yield value
                continue
        else:
            keys[-1] = _put(stack[-1], keys[-1], value, line)
        if isinstance(value, YamlMap | YamlList):
            stack.append(value)
            keys.append(None)
            if len(stack) > _DEPTH:
                raise InputError("nested too deeply", where=f"{_WHAT} line {line}")


def _put(holder: YamlMap | YamlList, key: str | None, value: Json, line: int) -> str | None:
    """Into a list, or under its key into a mapping; the key that is open afterwards."""
    if isinstance(holder, YamlList):
        holder.append(value)
        return None
    if key is None:
        if isinstance(value, YamlMap | YamlList):
            raise InputError("a key that is no word", where=f"{_WHAT} line {line}", remedy=_REMEDY)
        word = str(value)
        if word in holder or word == "<<":
            raise InputError(f"{word[:40]!r} is given twice, or merged", where=f"{_WHAT} line {line}")
        return word
    holder[key] = value
    return None


def _scalar(event: yaml.ScalarEvent) -> str | int | bool | None:
    """As the API reads it: what is not in quotes may be a number, true, false or nothing."""
    word = str(event.value)
    if not event.implicit[0]:
        return word
    if _NUMBER.fullmatch(word):
        return int(word)
    return _WORDS.get(word, word)


def labels(item: JsonObject) -> dict[str, str]:
    """The labels of an object's metadata."""
    metadata = item.get("metadata")
    found = metadata.get("labels") if isinstance(metadata, dict) else None
    return {key: str(value) for key, value in found.items()} if isinstance(found, dict) else {}
