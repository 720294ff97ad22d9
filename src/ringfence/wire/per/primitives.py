"""Aligned PER (X.691) of the types without components: each function returns what reads and what writes one.

Structure is checked strictly; of the values only what could not be sent again is refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from ringfence.wire.cursor import FRAGMENT, OctetReader, OctetWriter
from ringfence.wire.per.notation import Range, Size, Text

Decode: TypeAlias = Callable[[OctetReader], Any]
Encode: TypeAlias = Callable[[OctetWriter, Any], None]
CodecPair: TypeAlias = tuple[Decode, Encode]

# Nothing in these protocols needs more, and Python refuses to print an integer of more than 1785 octets.
MAX_INTEGER_OCTETS = 255
# Splitting arcs costs the square of the length.
MAX_OID_OCTETS = 255


class EncodeError(ValueError):
    """A value that its type does not allow, with the path to it; never a peer's fault."""


def boolean() -> CodecPair:
    def decode(reader: OctetReader) -> bool:
        position = reader.position
        if position >= reader.end:
            raise reader.error("truncated")
        reader.position = position + 1
        return reader.data[position >> 3] >> (~position & 7) & 1 == 1

    def encode(writer: OctetWriter, value: object) -> None:
        writer.pending = writer.pending << 1 | (1 if value else 0)

    return decode, encode


def null() -> CodecPair:
    def decode(reader: OctetReader) -> bool:
        return True

    def encode(writer: OctetWriter, value: object) -> None:
        if value is not True:
            raise EncodeError(f"NULL is present as True, not {value!r}")

    return decode, encode


def integer(bounds: Range | None) -> CodecPair:
    if bounds is None:
        return _unconstrained()
    plain = _semi_constrained(bounds.first) if bounds.last is None else constrained(bounds.first, bounds.last)
    return _extensible(bounds, plain) if bounds.extensible else plain


def constrained(first: int, last: int) -> CodecPair:
    """INTEGER (first..last) and every count with bounds (clause 11.5.7)."""
    span = last - first
    if span < 255:
        width, aligned = span.bit_length(), False
    elif span < 65536:
        # 256 values take one octet, up to 65536 take two, and only these are aligned.
        width, aligned = (8 if span == 255 else 16), True
    else:
        return _long(first, last)
    mask = (1 << width) - 1
    octets = width >> 3

    def decode(reader: OctetReader) -> int:
        position = reader.position
        if aligned:
            position = (position + 7) & ~7
        after = position + width
        if after > reader.end:
            raise reader.error("truncated")
        reader.position = after
        data = reader.data
        at = position >> 3
        three = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
        value = three >> (24 - (position & 7) - width) & mask
        if value > span:
            raise reader.error(f"{value + first} is above {last}")
        return value + first

    def encode(writer: OctetWriter, value: int) -> None:
        offset = value - first
        if not 0 <= offset <= span:
            raise EncodeError(f"{value} is not in {first}..{last}")
        if aligned:
            if writer.pending != 1:
                writer.align()
            writer.octets += offset.to_bytes(octets, "big")
        else:
            writer.pending = writer.pending << width | offset

    return decode, encode


def _long(first: int, last: int) -> CodecPair:
    """More than 65536 values: a count of octets, then the fewest that hold the value (clause 11.5.7.4)."""
    most = ((last - first).bit_length() + 7) >> 3
    width = (most - 1).bit_length()

    def decode(reader: OctetReader) -> int:
        value = first + reader.number(reader.bits(width) + 1)
        if value > last:
            raise reader.error(f"{value} is above {last}")
        return value

    def encode(writer: OctetWriter, value: int) -> None:
        if not first <= value <= last:
            raise EncodeError(f"{value} is not in {first}..{last}")
        octets = ((value - first).bit_length() + 7) >> 3 or 1
        writer.bits(octets - 1, width)
        writer.number(value - first, octets)

    return decode, encode


def _semi_constrained(first: int) -> CodecPair:
    def decode(reader: OctetReader) -> int:
        return first + reader.number(_integer_octets(reader))

    def encode(writer: OctetWriter, value: int) -> None:
        if value < first:
            raise EncodeError(f"{value} is below {first}")
        octets = ((value - first).bit_length() + 7) >> 3 or 1
        writer.length(octets)
        writer.number(value - first, octets)

    return decode, encode


def _unconstrained() -> CodecPair:
    def decode(reader: OctetReader) -> int:
        return int.from_bytes(reader.octets(_integer_octets(reader)), "big", signed=True)

    def encode(writer: OctetWriter, value: int) -> None:
        octets = ((value if value >= 0 else ~value).bit_length() >> 3) + 1
        writer.length(octets)
        writer.octets += value.to_bytes(octets, "big", signed=True)

    return decode, encode


def _integer_octets(reader: OctetReader) -> int:
    count = reader.length()
    if not 1 <= count <= MAX_INTEGER_OCTETS:
        raise reader.error(f"integer of {count} octets")
    return count


def _extensible(bounds: Range, plain: CodecPair) -> CodecPair:
    decode_root, encode_root = plain
    decode_other, encode_other = _unconstrained()

    def decode(reader: OctetReader) -> int:
        value: int = decode_other(reader) if reader.bits(1) else decode_root(reader)
        return value

    def encode(writer: OctetWriter, value: int) -> None:
        outside = value < bounds.first or (bounds.last is not None and value > bounds.last)
        writer.bits(outside, 1)
        (encode_other if outside else encode_root)(writer, value)

    return decode, encode


def length_of(size: Size | None) -> CodecPair:
    """The number of elements, octets, bits or characters in front of them (clause 11.9.4)."""
    if size is not None and size.last is not None and size.last < 65536:
        return constrained(size.first, size.last)
    first = 0 if size is None else size.first

    def decode(reader: OctetReader) -> int:
        value = reader.length()
        if value < first:
            raise reader.error(f"{value} where at least {first} are needed")
        return value

    def encode(writer: OctetWriter, value: int) -> None:
        if not first <= value < FRAGMENT:
            raise EncodeError(f"length {value} is not in {first}..{FRAGMENT - 1}")
        writer.length(value)

    return decode, encode


def octet_string(size: Size | None) -> CodecPair:
    if size is None:
        return OctetReader.string, OctetWriter.string
    if size.first == size.last:
        return _fixed_octets(size.first)
    decode_count, encode_count = length_of(size)

    def decode(reader: OctetReader) -> bytes:
        length = decode_count(reader)
        # An empty value adds no padding (clause 11.9.3.3).
        return reader.octets(length) if length else b""

    def encode(writer: OctetWriter, value: bytes) -> None:
        encode_count(writer, len(value))
        if value:
            writer.align()
            writer.octets += value

    return decode, encode


def _fixed_octets(length: int) -> CodecPair:
    aligned = length > 2  # clause 17.6 and 17.7

    def decode(reader: OctetReader) -> bytes:
        return reader.octets(length) if aligned else reader.bits(8 * length).to_bytes(length, "big")

    def encode(writer: OctetWriter, value: bytes) -> None:
        if len(value) != length:
            raise EncodeError(f"{len(value)} octets instead of {length}")
        if aligned:
            if writer.pending != 1:
                writer.align()
            writer.octets += value
        else:
            writer.bits(int.from_bytes(value, "big"), 8 * length)

    return decode, encode


def bit_string(size: Size | None) -> CodecPair:
    fixed = size.first if size is not None and size.first == size.last else None
    aligned = fixed is None or fixed > 16  # clause 16.9 and 16.10
    decode_count, encode_count = length_of(size)

    def decode(reader: OctetReader) -> tuple[int, int]:
        length = decode_count(reader) if fixed is None else fixed
        if aligned and length:
            reader.align()
        return reader.bits(length), length

    def encode(writer: OctetWriter, value: tuple[int, int]) -> None:
        bits, length = value
        if bits < 0 or bits >> length:
            raise EncodeError(f"{bits} does not fit {length} bits")
        if fixed is None:
            encode_count(writer, length)
        elif length != fixed:
            raise EncodeError(f"{length} bits instead of {fixed}")
        if aligned and length:
            writer.align()
        writer.bits(bits, length)

    return decode, encode


def character_string(text: Text, size: Size | None) -> CodecPair:
    """A character takes a power of two of bits; of a small alphabet, its index is sent (clause 30.5)."""
    choices = len(text.characters) if text.characters else 1 << text.width
    width = 1 << ((choices - 1).bit_length() - 1).bit_length()
    most = None if size is None or size.last is None else size.last * width
    fixed = size is not None and size.first == size.last
    aligned = most is None or most > 16 or (most == 16 and not fixed)
    read, write = _characters(text, width)
    decode_count, encode_count = length_of(size)

    def decode(reader: OctetReader) -> str:
        length = decode_count(reader)
        if aligned and length:
            reader.align()
        return read(reader, length)

    def encode(writer: OctetWriter, value: str) -> None:
        units, data = write(value)
        encode_count(writer, units)
        if aligned and units:
            writer.align()
        writer.bits(int.from_bytes(data, "big") >> (-units * width & 7), units * width)

    return decode, encode


def _characters(
    text: Text, width: int
) -> tuple[Callable[[OctetReader, int], str], Callable[[str], tuple[int, bytes]]]:
    """Reads so many characters; gives how many units a string has, and these, filled up to whole octets."""
    if width == 16:

        def read_bmp(reader: OctetReader, length: int) -> str:
            if reader.position & 7:
                return reader.bits(16 * length).to_bytes(2 * length, "big").decode("utf-16-be")
            return codecs.utf_16_be_decode(reader.octets(2 * length), "strict", True)[0]

        def write_bmp(value: str) -> tuple[int, bytes]:
            data = value.encode("utf-16-be")
            return len(data) >> 1, data

        return read_bmp, write_bmp

    alphabet = text.characters
    if alphabet is None or ord(max(alphabet)) < 1 << width:

        def read_octets(reader: OctetReader, length: int) -> str:
            # Eight bits a character although IA5 has seven: keep what a peer put into the eighth.
            return reader.bits(8 * length).to_bytes(length, "big").decode("latin-1")

        def write_octets(value: str) -> tuple[int, bytes]:
            if alphabet is not None and value.strip(alphabet):
                raise EncodeError(f"{value!r} has characters other than {alphabet!r}")
            return len(value), value.encode("latin-1")

        return read_octets, write_octets

    assert width == 4, "no other alphabet occurs in these modules"
    to_digits = str.maketrans(alphabet, "0123456789abcdef"[: len(alphabet)])
    from_digits = str.maketrans("0123456789abcdef", alphabet.ljust(16, "\0"))

    def read_digits(reader: OctetReader, length: int) -> str:
        value = f"{reader.bits(4 * length):0{length}x}"[:length].translate(from_digits)
        if "\0" in value:
            raise reader.error("character outside the alphabet")
        return value

    def write_digits(value: str) -> tuple[int, bytes]:
        if value.strip(alphabet):
            raise EncodeError(f"{value!r} has characters other than {alphabet!r}")
        digits = value.translate(to_digits)
        return len(value), bytes.fromhex(digits + "0" * (len(digits) & 1))

    return read_digits, write_digits


def object_identifier() -> CodecPair:
    def decode(reader: OctetReader) -> tuple[int, ...]:
        length = reader.length()
        if length > MAX_OID_OCTETS:
            raise reader.error(f"object identifier of {length} octets")
        octets = reader.octets(length)
        try:
            return arcs(octets)
        except ValueError as error:
            raise reader.error(str(error)) from None

    def encode(writer: OctetWriter, value: tuple[int, ...]) -> None:
        data = identifier_octets(value)
        writer.length(len(data))
        writer.octets += data

    return decode, encode


@lru_cache(maxsize=1024)
def arcs(octets: bytes) -> tuple[int, ...]:
    """An object identifier from its octets (X.690 clause 8.19).

    No octets at all give no arcs: handsets in the field send `iso9797` that way. Raises ValueError.
    """
    numbers = []
    value = 0
    for octet in octets:
        if octet == 0x80 and value == 0:
            raise ValueError("object identifier with a padded arc")
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            numbers.append(value)
            value = 0
    if octets and octets[-1] >= 0x80:
        raise ValueError("object identifier that ends within an arc")
    if not numbers:
        return ()
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - 40 * first, *numbers[1:])


@lru_cache(maxsize=1024)
def identifier_octets(value: tuple[int, ...]) -> bytes:
    """The octets of an object identifier; raises EncodeError."""
    if not value:
        return b""
    if len(value) < 2 or value[0] > 2 or min(value) < 0 or (value[0] < 2 and value[1] > 39):
        raise EncodeError(f"{value} is no object identifier")
    data = bytearray()
    for arc in (value[0] * 40 + value[1], *value[2:]):
        shift = max(arc.bit_length() - 1, 0) // 7 * 7
        while shift:
            data.append(0x80 | arc >> shift & 0x7F)
            shift -= 7
        data.append(arc & 0x7F)
    if len(data) > MAX_OID_OCTETS:
        raise EncodeError(f"object identifier of {len(data)} octets")
    return bytes(data)
