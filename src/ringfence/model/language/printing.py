"""A site in the words of the second edition."""

import textwrap
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec

from ringfence.model.address import PortRange
from ringfence.model.language.document import Path
from ringfence.model.language.reading import Part
from ringfence.model.language.second import SiteText
from ringfence.model.language.upgrade import Upgraded

_WIDE = 100  # characters of a line before a mapping is written over several


def as_text(new: Upgraded) -> str:
    """The site file; what it amends stands at its head, for the owner to correct."""
    lines = [f"# AMENDED, please check: {fault.what}: {fault.remedy}" for fault in new.amended]
    return "\n".join([*lines, *_mapping(_plain(new.text), (), {})]) + "\n"


def commented(site: SiteText, notes: Mapping[Path, str]) -> str:
    """The site file with what there is to say of a key above it; the notes of () stand at its head."""
    return "\n".join([*_note(notes.get((), ""), ""), *_mapping(_plain(site), (), notes)]) + "\n"


def _note(note: str, indent: str) -> list[str]:
    width = _WIDE - len(indent)
    return [
        f"{indent}# {line}"
        for line in textwrap.wrap(note, width, break_long_words=False, break_on_hyphens=False)
    ]


def _plain(value: Any) -> Any:
    """The value as it is written: without what goes without saying, a short form where there is one."""
    if isinstance(value, Part):
        fields = {
            field.encode_name: getattr(value, field.name)
            for field in msgspec.structs.fields(value)
            if getattr(value, field.name) != _default(field)
        }
        if value.SHORT and set(fields) == {value.SHORT}:
            return _plain(fields[value.SHORT])
        return {key: _plain(each) for key, each in fields.items()}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        items = [_plain(each) for each in value]
        return items[0] if len(items) == 1 else items
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _mapping(data: dict[str, Any], at: Path, notes: Mapping[Path, str]) -> list[str]:
    lines: list[str] = []
    depth = len(at)
    for key, value in data.items():
        indent = "  " * depth
        lines += _note(notes.get((*at, key), ""), indent)
        flow = f"{indent}{_word(key)}: {_flow(value)}"
        # The outer levels are easier to read, and to extend, a line each.
        if (
            isinstance(value, dict)
            and value
            and (depth < 2 or len(flow) > _WIDE)
            and not _small(value, depth)
        ):
            lines += [f"{indent}{_word(key)}:", *_mapping(value, (*at, key), notes)]
        elif isinstance(value, list) and len(flow) > _WIDE:
            lines += [f"{indent}{_word(key)}:", *(f"{indent}  - {_flow(item)}" for item in value)]
        else:
            lines.append(flow)
        if depth == 0 and len(data) > 1 and isinstance(value, dict):
            lines.append("")
    return lines


def _small(value: dict[str, Any], depth: int) -> bool:
    return depth > 0 and not any(isinstance(each, dict) for each in value.values()) and len(value) < 4


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_word(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | PortRange | IPv4Address | IPv4Network):
        return str(value)
    return _word(str(value))


def _word(text: str) -> str:
    """Text as YAML reads it back: quoted unless it is plainly a word."""
    plain = text and text.isascii() and text[0].isalpha() and all(c.isalnum() or c in "._/-" for c in text)
    if plain and text.lower() not in {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}:
        return text
    if text and all(c.isdecimal() or c == "." for c in text) and "." in text:
        return text
    return msgspec.json.encode(text).decode()
