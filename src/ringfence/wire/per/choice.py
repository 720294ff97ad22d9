"""CHOICE (X.691 clause 23)."""

from __future__ import annotations

from typing import Any

from ringfence.wire.cursor import OctetReader, OctetWriter
from ringfence.wire.per.codec import MAX_SMALL, Codec, read_open, read_small, write_open
from ringfence.wire.per.notation import UnknownAlternative
from ringfence.wire.per.primitives import Decode, Encode, EncodeError


def choice_decoder(keys: list[Any], codecs: list[Codec], root: int, *, extensible: bool) -> Decode:
    width = (root - 1).bit_length() + extensible
    mask = (1 << width) - 1
    outside = 1 << width - 1 if extensible else 1 << width
    known = [(key if isinstance(key, str) else None, each) for key, each in zip(keys, codecs, strict=True)]

    def decode(reader: OctetReader) -> Any:
        position = reader.position
        after = position + width
        if after > reader.end:
            raise reader.error("truncated")
        reader.position = after
        data = reader.data
        at = position >> 3
        index = (data[at] << 8 | data[at + 1]) >> (16 - (position & 7) - width) & mask
        if index >= outside:
            # The index of an addition is a number of its own, right behind the extension bit.
            reader.position -= width - 1
            index = root + read_small(reader)
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


def choice_encoder(keys: list[Any], codecs: list[Codec], root: int, *, extensible: bool) -> Encode:
    width = (root - 1).bit_length() + extensible
    places = {key: (index, each) for index, (key, each) in enumerate(zip(keys, codecs, strict=True))}

    def encode(writer: OctetWriter, value: Any) -> None:
        if type(value) is tuple:
            key, content = value
        else:
            key, content = type(value), value
        place = places.get(key)
        if place is None:
            if not extensible or key is not UnknownAlternative or not 0 <= value.index < MAX_SMALL:
                raise EncodeError(f"{value!r} is no alternative of the choice")
            writer.bits(1 << 7 | value.index, 8)
            writer.string(value.data)
            return
        index, each = place
        if index < root:
            writer.pending = writer.pending << width | index
            each.encode(writer, content)
        else:
            writer.bits(1 << 7 | index - root, 8)
            write_open(writer, each.encode, content)

    return encode
