"""SEQUENCE (X.691 clause 19)."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire.cursor import OctetReader, OctetWriter
from ringfence.wire.per.codec import MAX_SMALL, Codec, read_open, read_small, write_open
from ringfence.wire.per.notation import Sequence, UnknownAdditions
from ringfence.wire.per.primitives import Decode, Encode, EncodeError

# The deepest useful message nests about 25 deep; what is deeper could not be printed or compared either.
MAX_NESTING = 60


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
    # More than a byte-aligned look at three octets can give.
    wide = width > 17
    names = [part.name for part in parts[sequence.root_ :]]
    additions = list(zip(names, codecs[sequence.root_ :], strict=True))

    def decode(reader: OctetReader) -> Any:
        position = reader.position
        after = position + width
        if wide or after > reader.end:
            present = reader.bits(width)
        else:
            reader.position = after
            data = reader.data
            at = position >> 3
            three = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
            present = three >> (24 - (position & 7) - width)
        values: dict[str, Any] = {}
        name = ""
        depth = reader.depth
        if depth > MAX_NESTING:
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
            reader.unfinished.append((sequence, values))
            raise
        reader.depth = depth
        return sequence(**values)

    return decode


def _read_additions(reader: OctetReader, additions: list[tuple[str, Codec]], values: dict[str, Any]) -> None:
    length = read_small(reader) + 1
    bitmap = left = reader.bits(length)
    unknown = {}
    while left:
        index = length - left.bit_length()
        left ^= 1 << (length - 1 - index)
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
    optional = [(index, flag) for index, flag in enumerate(flags) if flag]
    additions = list(zip(names, codecs, strict=True))[sequence.root_ :]
    # Two names give a tuple even where a SEQUENCE has no components.
    get = attrgetter(*names, "unknown_", "unknown_")
    first_addition = len(root)
    no_additions = (None,) * (len(additions) + 2)
    extended = 1 << width - 1 if sequence.extensible_ else 0

    def encode(writer: OctetWriter, value: Any) -> None:
        if type(value) is not sequence:
            raise EncodeError(f"{value!r} is no {sequence.__name__}")
        values = get(value)
        present = 0
        for index, flag in optional:
            if values[index] is not None:
                present |= flag
        has_additions = values[first_addition:] != no_additions
        if has_additions:
            present |= extended
        writer.pending = writer.pending << width | present
        name = ""
        try:
            for (name, flag, each), item in zip(root, values, strict=False):
                if item is not None:
                    each.encode(writer, item)
                elif not flag:
                    raise EncodeError(f"{name} is missing")
            if has_additions:
                name = "(additions)"
                _write_additions(writer, additions, values[first_addition:-2], value.unknown_)
        except EncodeError as error:
            raise EncodeError(f"{sequence.__name__}.{name}: {error}") from None

    return encode


def _write_additions(
    writer: OctetWriter,
    additions: list[tuple[str, Codec]],
    values: tuple[Any, ...],
    unknown: UnknownAdditions | None,
) -> None:
    present = [index for index, item in enumerate(values) if item is not None]
    kept = [] if unknown is None else sorted(unknown.data)
    length = len(additions) if unknown is None else max(unknown.length, 1 + max((*present, *kept), default=0))
    if length > MAX_SMALL or (kept and kept[0] < len(additions)):
        raise EncodeError("unknown additions out of place")
    bitmap = 0
    for index in (*present, *kept):
        bitmap |= 1 << (length - 1 - index)
    writer.bits(length - 1, 7)
    writer.bits(bitmap, length)
    for index in present:
        name, each = additions[index]
        try:
            write_open(writer, each.encode, values[index])
        except EncodeError as error:
            raise EncodeError(f"{name}: {error}") from None
    if unknown is not None:
        for index in kept:
            writer.string(unknown.data[index])
