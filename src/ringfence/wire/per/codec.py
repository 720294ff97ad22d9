"""What reads and writes one type, and the open types (X.691 clause 11.1) around everything behind a "..."."""

from __future__ import annotations

from typing import Any

from ringfence.wire.cursor import FRAGMENT, OctetReader, OctetWriter
from ringfence.wire.per.primitives import Decode, Encode

# An index or bitmap length from 64 on has another form, which these protocols never need (clause 11.6).
MAX_SMALL = 64


class Codec:
    """What reads and what writes one type; a class's is filled in at first use."""

    __slots__ = ("decode", "encode")

    def __init__(self, decode: Decode, encode: Encode) -> None:
        self.decode = decode
        self.encode = encode


def read_open(reader: OctetReader, decode: Decode) -> Any:
    """An open type of a known content; it ends where announced, whatever the content used."""
    at = (reader.position + 7) >> 3
    size = reader.data[at]
    if size < 0x80:
        reader.position = position = (at + 1) * 8
    else:
        size = reader.length()
        position = reader.position
    end = position + 8 * size
    outer = reader.end
    if end > outer:
        raise reader.error("truncated")
    reader.end = end
    value = decode(reader)
    reader.end = outer
    reader.position = end
    return value


def write_open(writer: OctetWriter, encode: Encode, value: Any) -> None:
    """The content is written in place behind one octet of length, which grows afterwards when it must."""
    if writer.pending != 1:
        writer.align()
    octets = writer.octets
    start = len(octets)
    octets.append(0)
    encode(writer, value)
    if writer.pending != 1:
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


def read_small(reader: OctetReader) -> int:
    if reader.bits(1):
        raise reader.error("more than 64 extensions")
    return reader.bits(6)
