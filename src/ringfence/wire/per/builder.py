"""Turns the annotations of a schema class into the closures that read and write it.

A class is built when its first value is read or written: importing a schema costs only its classes.
"""

from __future__ import annotations

import sys
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ringfence.wire.cursor import OctetReader, OctetWriter
from ringfence.wire.per import primitives
from ringfence.wire.per.choice import choice_decoder, choice_encoder
from ringfence.wire.per.codec import Codec
from ringfence.wire.per.notation import (
    BITS,
    EXTENSIBLE,
    OID,
    OPEN,
    Range,
    Sequence,
    Size,
    Text,
    TypeMark,
    UnknownAlternative,
)
from ringfence.wire.per.primitives import EncodeError
from ringfence.wire.per.sequence import Component, sequence_decoder, sequence_encoder

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
    kinds = {mark for mark in marks if isinstance(mark, TypeMark)}
    if bounds is not None:
        return Codec(*primitives.integer(bounds))
    if text is not None:
        return Codec(*primitives.character_string(text, size))
    if OID in kinds:
        return Codec(*primitives.object_identifier())
    if BITS in kinds:
        return Codec(*primitives.bit_string(size))
    if OPEN in kinds:
        return Codec(OctetReader.string, OctetWriter.string)
    if EXTENSIBLE in kinds:
        return _enumerated(get_args(base), extensible=True)
    if base is bytes:
        return Codec(*primitives.octet_string(size))
    return _list(get_args(base)[0], size)


def _list(element: Any, size: Size | None) -> Codec:
    item = codec(element)
    decode_count, encode_count = primitives.length_of(size)

    def decode(reader: OctetReader) -> list[Any]:
        count = decode_count(reader)
        if count > reader.end - reader.position:
            raise reader.error(f"{count} elements announced, truncated")
        read = item.decode
        return [read(reader) for _ in range(count)]

    def encode(writer: OctetWriter, value: list[Any]) -> None:
        encode_count(writer, len(value))
        for each in value:
            item.encode(writer, each)

    return Codec(decode, encode)


def _enumerated(names: tuple[str, ...], *, extensible: bool) -> Codec:
    width = (len(names) - 1).bit_length()
    indexes = {name: index for index, name in enumerate(names)}

    def decode(reader: OctetReader) -> str:
        if extensible and reader.bits(1):
            raise reader.error("unknown enumeration value")
        index = reader.bits(width)
        if index >= len(names):
            raise reader.error(f"enumeration has no value {index}")
        return names[index]

    def encode(writer: OctetWriter, value: str) -> None:
        if value not in indexes:
            raise EncodeError(f"{value!r} is none of {', '.join(names)}")
        writer.bits(indexes[value], width + extensible)

    return Codec(decode, encode)


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
        choice_decoder(keys, codecs, root, extensible=extensible),
        choice_encoder(keys, codecs, root, extensible=extensible),
    )


def _class_codec(sequence: type[Sequence]) -> Codec:
    existing = _classes.get(sequence)
    if existing is not None:
        return existing

    def build() -> None:
        parts = components(sequence)
        codecs = [codec(part.annotation) for part in parts]
        result.decode = sequence_decoder(sequence, parts, codecs)
        result.encode = sequence_encoder(sequence, parts, codecs)

    def first_decode(reader: OctetReader) -> Any:
        build()
        return result.decode(reader)

    def first_encode(writer: OctetWriter, value: Any) -> None:
        build()
        result.encode(writer, value)

    result = _classes[sequence] = Codec(first_decode, first_encode)
    return result
