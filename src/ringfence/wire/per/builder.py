"""Turns the annotations of a schema class into the closures that read and write it.

A class is built when its first value is read or written: importing a schema costs only its classes.
"""

from __future__ import annotations

import sys
import types
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from ringfence.model.errors import DecodeError
from ringfence.wire.cursor import FRAGMENT, Reader, Writer
from ringfence.wire.per import primitives
from ringfence.wire.per.notation import (
    BITS,
    EXTENSIBLE,
    OID,
    OPEN,
    Mark,
    Range,
    Sequence,
    Size,
    Text,
    UnknownAdditions,
    UnknownAlternative,
)
from ringfence.wire.per.primitives import Decode, Encode, EncodeError

# The deepest useful message nests about 25 deep; what is deeper could not be printed or compared either.
MAX_DEPTH = 60
# An index or bitmap length from 64 on has another form, which these protocols never need (clause 11.6).
MAX_SMALL = 64


class Codec:
    """What reads and what writes one type; a class's is filled in at first use."""

    __slots__ = ("decode", "encode")

    def __init__(self, decode: Decode, encode: Encode) -> None:
        self.decode = decode
        self.encode = encode


class Component(NamedTuple):
    """One component of a SEQUENCE."""

    name: str
    annotation: Any
    optional: bool


_classes: dict[type[Sequence], Codec] = {}


def codec(annotation: Any) -> Codec:
    """The codec of a type as `notation` writes it."""
    if isinstance(annotation, type) and issubclass(annotation, Sequence):
        return _class_codec(annotation)
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *marks = get_args(annotation)
        return _annotated(base, marks)
    if origin in (Union, types.UnionType) or (
        origin is tuple and get_origin(get_args(annotation)[0]) is Literal
    ):
        return _choice(get_args(annotation) if origin is not tuple else (annotation,))
    if origin is list:
        return _list(get_args(annotation)[0], None)
    if origin is Literal:
        names = get_args(annotation)
        return Codec(*primitives.null()) if names == (True,) else _enumerated(names, extensible=False)
    if annotation is bool:
        return Codec(*primitives.boolean())
    if annotation is int:
        return Codec(*primitives.integer(None))
    if annotation is bytes:
        return Codec(*primitives.octet_string(None))
    raise TypeError(f"{annotation!r} is not in the notation of ringfence.wire.per")


def components(sequence: type[Sequence]) -> list[Component]:
    """The components of a SEQUENCE in order; those behind the "..." start at `sequence.root_`."""
    result = []
    names = vars(sys.modules[sequence.__module__])
    for name, expression in sequence.__annotations__.items():
        annotation = eval(expression, names)
        optional = False
        if get_origin(annotation) in (Union, types.UnionType):
            members = [member for member in get_args(annotation) if member is not types.NoneType]
            optional = len(members) < len(get_args(annotation))
            annotation = Union[tuple(members)] if len(members) > 1 else members[0]  # noqa: UP007
        result.append(Component(name, annotation, optional))
    return result


def _annotated(base: Any, marks: list[Any]) -> Codec:
    bounds = next((mark for mark in marks if isinstance(mark, Range)), None)
    size = next((mark for mark in marks if isinstance(mark, Size)), None)
    text = next((mark for mark in marks if isinstance(mark, Text)), None)
    kinds = {mark for mark in marks if isinstance(mark, Mark)}
    if bounds is not None:
        return Codec(*primitives.integer(bounds))
    if text is not None:
        return Codec(*primitives.character_string(text, size))
    if OID in kinds:
        return Codec(*primitives.object_identifier())
    if BITS in kinds:
        return Codec(*primitives.bit_string(size))
    if OPEN in kinds:
        return Codec(Reader.string, _encode_open)
    if EXTENSIBLE in kinds:
        return _enumerated(get_args(base), extensible=True)
    if base is bytes:
        return Codec(*primitives.octet_string(size))
    return _list(get_args(base)[0], size)


def _encode_open(writer: Writer, value: bytes) -> None:
    # An open type has at least one octet (clause 11.1).
    writer.string(value or b"\0")


def _list(element: Any, size: Size | None) -> Codec:
    item = codec(element)
    decode_count, encode_count = primitives.count(size)

    def decode(reader: Reader) -> list[Any]:
        count = decode_count(reader)
        if count > reader.end - reader.position:
            raise reader.error(f"{count} elements announced, truncated")
        read = item.decode
        return [read(reader) for _ in range(count)]

    def encode(writer: Writer, value: list[Any]) -> None:
        encode_count(writer, len(value))
        for each in value:
            item.encode(writer, each)

    return Codec(decode, encode)


def _enumerated(names: tuple[str, ...], *, extensible: bool) -> Codec:
    width = (len(names) - 1).bit_length()
    indexes = {name: index for index, name in enumerate(names)}

    def decode(reader: Reader) -> str:
        if extensible and reader.bits(1):
            raise reader.error("unknown enumeration value")
        index = reader.bits(width)
        if index >= len(names):
            raise reader.error(f"enumeration has no value {index}")
        return names[index]

    def encode(writer: Writer, value: str) -> None:
        if value not in indexes:
            raise EncodeError(f"{value!r} is none of {', '.join(names)}")
        writer.bits(indexes[value], width + extensible)

    return Codec(decode, encode)


def read_open(reader: Reader, decode: Decode) -> Any:
    """An open type of a known content; it ends where announced, whatever the content used."""
    size = reader.length()
    end = reader.position + 8 * size
    outer = reader.end
    if end > outer:
        raise reader.error("truncated")
    reader.end = end
    value = decode(reader)
    reader.end = outer
    reader.position = end
    return value


def write_open(writer: Writer, encode: Encode, value: Any) -> None:
    """The content is written in place behind one octet of length, which grows afterwards when it must."""
    writer.align()
    octets = writer.octets
    start = len(octets)
    octets.append(0)
    encode(writer, value)
    writer.align()
    size = len(octets) - start - 1
    if size == 0:
        octets.append(0)
        size = 1
    if size < 0x80:
        octets[start] = size
    elif size < FRAGMENT:
        octets[start : start + 1] = (size | 0x8000).to_bytes(2, "big")
    else:
        content = bytes(octets[start + 1 :])
        del octets[start:]
        writer.string(content)


def _small(reader: Reader) -> int:
    if reader.bits(1):
        raise reader.error("more than 64 extensions")
    return reader.bits(6)


def _choice(alternatives: tuple[Any, ...]) -> Codec:
    """A CHOICE of pairs; an alternative that is a bare SEQUENCE class is its own tag."""
    extensible = UnknownAlternative in alternatives
    root = alternatives.index(UnknownAlternative) if extensible else len(alternatives)
    keys: list[Any] = []
    codecs: list[Codec] = []
    for alternative in alternatives:
        if get_origin(alternative) is tuple:
            tag, content = get_args(alternative)
            keys.append(get_args(tag)[0])
            codecs.append(codec(content))
        elif alternative is not UnknownAlternative:
            keys.append(alternative)
            codecs.append(codec(alternative))
    return Codec(
        _choice_decoder(keys, codecs, root, extensible=extensible),
        _choice_encoder(keys, codecs, root, extensible=extensible),
    )


def _choice_decoder(keys: list[Any], codecs: list[Codec], root: int, *, extensible: bool) -> Decode:
    width = (root - 1).bit_length() + extensible
    outside = 1 << width - 1 if extensible else 1 << width
    known = [(key if isinstance(key, str) else None, each) for key, each in zip(keys, codecs, strict=True)]

    def decode(reader: Reader) -> Any:
        index = reader.bits(width)
        if index >= outside:
            # The index of an addition is a number of its own, right behind the extension bit.
            reader.position -= width - 1
            index = root + _small(reader)
            if index >= len(known):
                return UnknownAlternative(index - root, reader.string())
            key, each = known[index]
            value = read_open(reader, each.decode)
        elif index < root:
            key, each = known[index]
            value = each.decode(reader)
        else:
            raise reader.error(f"choice has no alternative {index}")
        return value if key is None else (key, value)

    return decode


def _choice_encoder(keys: list[Any], codecs: list[Codec], root: int, *, extensible: bool) -> Encode:
    width = (root - 1).bit_length() + extensible
    places = {key: (index, each) for index, (key, each) in enumerate(zip(keys, codecs, strict=True))}

    def encode(writer: Writer, value: Any) -> None:
        if type(value) is tuple:
            key, content = value
        else:
            key, content = type(value), value
        place = places.get(key)
        if place is None:
            if not extensible or key is not UnknownAlternative:
                raise EncodeError(f"{value!r} is no alternative of the choice")
            writer.bits(1 << 6 | value.index, 8)
            writer.string(value.data)
            return
        index, each = place
        if index < root:
            writer.bits(index, width)
            each.encode(writer, content)
        else:
            writer.bits(1 << 7 | index - root, 8)
            write_open(writer, each.encode, content)

    return encode


def _class_codec(sequence: type[Sequence]) -> Codec:
    existing = _classes.get(sequence)
    if existing is not None:
        return existing

    def build() -> None:
        parts = components(sequence)
        codecs = [codec(part.annotation) for part in parts]
        result.decode = _sequence_decoder(sequence, parts, codecs)
        result.encode = _sequence_encoder(sequence, parts, codecs)

    def first_decode(reader: Reader) -> Any:
        build()
        return result.decode(reader)

    def first_encode(writer: Writer, value: Any) -> None:
        build()
        result.encode(writer, value)

    result = _classes[sequence] = Codec(first_decode, first_encode)
    return result


def preamble_width(sequence: type[Sequence]) -> int:
    """How many bits stand in front of the first component of a SEQUENCE (clause 19)."""
    return sum(part.optional for part in components(sequence)[: sequence.root_]) + sequence.extensible_


def _preamble(sequence: type[Sequence], parts: list[Component]) -> tuple[int, list[int]]:
    """The width of the preamble, and the bit in it that announces each root component (or 0)."""
    flags = []
    width = preamble_width(sequence)
    bit = 1 << width >> (1 + sequence.extensible_)
    for part in parts[: sequence.root_]:
        flags.append(bit if part.optional else 0)
        bit >>= part.optional
    return width, flags


def _sequence_decoder(sequence: type[Sequence], parts: list[Component], codecs: list[Codec]) -> Decode:
    width, flags = _preamble(sequence, parts)
    root = [(part.name, flag, each) for part, flag, each in zip(parts, flags, codecs, strict=False)]
    extended = 1 << width - 1 if sequence.extensible_ else 0
    names = [part.name for part in parts[sequence.root_ :]]
    additions = list(zip(names, codecs[sequence.root_ :], strict=True))

    def decode(reader: Reader) -> Any:
        preamble = reader.bits(width)
        values = {}
        name = ""
        depth = reader.depth
        if depth > MAX_DEPTH:
            raise reader.error("nested too deep")
        reader.depth = depth + 1
        try:
            for name, flag, each in root:
                if not flag or preamble & flag:
                    values[name] = each.decode(reader)
            if preamble & extended:
                name = "..."
                _read_additions(reader, additions, values)
        except (DecodeError, UnicodeError):
            reader.path.append(name)
            raise
        reader.depth = depth
        return sequence(**values)

    return decode


def _read_additions(reader: Reader, additions: list[tuple[str, Codec]], values: dict[str, Any]) -> None:
    length = _small(reader) + 1
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


def _sequence_encoder(sequence: type[Sequence], parts: list[Component], codecs: list[Codec]) -> Encode:
    width, flags = _preamble(sequence, parts)
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
        preamble = 0
        for (name, flag, _), item in zip(root, values, strict=False):
            if item is not None:
                preamble |= flag
            elif not flag:
                raise EncodeError(f"{sequence.__name__}: {name} is missing")
        has_additions = any(item is not None for item in values[first_addition:])
        if has_additions:
            preamble |= extended
        writer.bits(preamble, width)
        name = ""
        try:
            for (component, _, each), item in zip(root, values, strict=False):
                name = component
                if item is not None:
                    each.encode(writer, item)
            if has_additions:
                name = "..."
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
