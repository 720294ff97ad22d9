"""SEQUENCE (X.691 clause 19)."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire.cursor import Reader, Writer
from ringfence.wire.per.codec import MAX_SMALL, Codec, read_open, read_small, write_open
from ringfence.wire.per.notation import Sequence, UnknownAdditions
from ringfence.wire.per.primitives import Decode, Encode, EncodeError

# The deepest useful message nests about 25 deep; what is deeper could not be printed or compared either.
MAX_DEPTH = 60


class Component(NamedTuple):
    """One component of a SEQUENCE."""

    name: str
    annotation: Any
    optional: bool


def preamble(sequence: type[Sequence], parts: list[Component]) -> tuple[int, list[int]]:
    """The bits in front of a SEQUENCE: how many, and which one announces each root component (0: none)."""
    width = sum(part.optional for part in parts[: sequence.root_]) + sequence.extensible_
    bit = 1 << width >> (1 + sequence.extensible_)
    flags = []
    for part in parts[: sequence.root_]:
        flags.append(bit if part.optional else 0)
        bit >>= part.optional
    return width, flags


def sequence_decoder(sequence: type[Sequence], parts: list[Component], codecs: list[Codec]) -> Decode:
    width, flags = preamble(sequence, parts)
    root = [(part.name, flag, each) for part, flag, each in zip(parts, flags, codecs, strict=False)]
    extended = 1 << width - 1 if sequence.extensible_ else 0
    names = [part.name for part in parts[sequence.root_ :]]
    additions = list(zip(names, codecs[sequence.root_ :], strict=True))

    def decode(reader: Reader) -> Any:
        present = reader.bits(width)
        values = {}
        name = ""
        depth = reader.depth
        if depth > MAX_DEPTH:
            raise reader.error("nested too deep")
        reader.depth = depth + 1
        try:
            for name, flag, each in root:
                if not flag or present & flag:
                    values[name] = each.decode(reader)
            if present & extended:
                name = ""
                _read_additions(reader, additions, values)
        except (DecodeError, UnicodeError):
            if name:
                reader.path.append(name)
            raise
        reader.depth = depth
        return sequence(**values)

    return decode


def _read_additions(reader: Reader, additions: list[tuple[str, Codec]], values: dict[str, Any]) -> None:
    length = read_small(reader) + 1
    bitmap = reader.bits(length)
    unknown = {}
    for index in range(length):
        if bitmap >> (length - 1 - index) & 1:
            if index < len(additions):
                name, each = additions[index]
                try:
                    values[name] = read_open(reader, each.decode)
                except (DecodeError, UnicodeError):
                    reader.path.append(name)
                    raise
            else:
                unknown[index] = reader.string()
    if unknown or length != len(additions) or not bitmap:
        values["unknown_"] = UnknownAdditions(length, unknown)


def sequence_encoder(sequence: type[Sequence], parts: list[Component], codecs: list[Codec]) -> Encode:
    width, flags = preamble(sequence, parts)
    names = [part.name for part in parts]
    root = list(zip(names, flags, codecs, strict=False))
    additions = list(zip(names, codecs, strict=True))[sequence.root_ :]
    # One name alone would give the bare value instead of a tuple.
    get = attrgetter(*names, "unknown_", "unknown_")
    first_addition = len(root)
    extended = 1 << width - 1 if sequence.extensible_ else 0

    def encode(writer: Writer, value: Any) -> None:
        if type(value) is not sequence:
            raise EncodeError(f"{value!r} is no {sequence.__name__}")
        values = get(value)
        present = 0
        for (name, flag, _), item in zip(root, values, strict=False):
            if item is not None:
                present |= flag
            elif not flag:
                raise EncodeError(f"{sequence.__name__}: {name} is missing")
        has_additions = any(item is not None for item in values[first_addition:])
        if has_additions:
            present |= extended
        writer.bits(present, width)
        name = ""
        try:
            for (component, _, each), item in zip(root, values, strict=False):
                name = component
                if item is not None:
                    each.encode(writer, item)
            if has_additions:
                name = "(additions)"
                _write_additions(writer, additions, values[first_addition:-2], value.unknown_)
        except EncodeError as error:
            raise EncodeError(f"{sequence.__name__}.{name}: {error}") from None

    return encode


def _write_additions(
    writer: Writer,
    additions: list[tuple[str, Codec]],
    values: tuple[Any, ...],
    unknown: UnknownAdditions | None,
) -> None:
    present = {index: item for index, item in enumerate(values) if item is not None}
    kept = {} if unknown is None else unknown.data
    length = len(additions) if unknown is None else max(unknown.length, 1 + max((*present, *kept), default=0))
    if length > MAX_SMALL or any(index < len(additions) for index in kept):
        raise EncodeError("unknown additions out of place")
    bitmap = sum(1 << (length - 1 - index) for index in (*present, *kept))
    writer.bits(length - 1, 7)
    writer.bits(bitmap, length)
    for index, item in present.items():
        name, each = additions[index]
        try:
            write_open(writer, each.encode, item)
        except EncodeError as error:
            raise EncodeError(f"{name}: {error}") from None
    for index in sorted(kept):
        writer.string(kept[index])
