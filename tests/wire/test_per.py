"""Aligned PER by hand: octets worked out from X.691, not from our encoder."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.cursor import OctetReader, OctetWriter
from ringfence.wire.per.notation import (
    BMP,
    IA5,
    NUMERIC,
    BitString,
    BMPString,
    ClosedSequence,
    IA5String,
    Null,
    ObjectIdentifier,
    OpenType,
    Range,
    Sequence,
    Size,
    UnknownAdditions,
    UnknownAlternative,
    alphabet,
    extension_addition,
)

DIGITS = alphabet("0123456789#*,")


class Pair(ClosedSequence):
    """One bit in front, so that what follows is off the octet boundary unless it aligns itself."""

    flag: bool
    number: Annotated[int, Range(0, 255)] | None = None
    text: Annotated[str, DIGITS, Size(1, 128)] | None = None
    two: Annotated[bytes, Size(2, 2)] | None = None
    three: Annotated[bytes, Size(3, 3)] | None = None
    empty: Annotated[bytes, Size(0, 7)] | None = None


class Older(Sequence):
    number: Annotated[int, Range(0, 7)]


class Newer(Sequence):
    number: Annotated[int, Range(0, 7)]
    first: Annotated[int, Range(0, 255)] | None = extension_addition()
    second: Null | None = extension_addition()
    third: bool | None = extension_addition()


class Holder(Sequence):
    content: bytes | None = extension_addition()


class Outer(Sequence):
    inner: Newer
    name: Annotated[str, BMP, Size(1, 128)]


Choice = (
    tuple[Literal["a"], Null]
    | tuple[Literal["b"], bytes]
    | UnknownAlternative
    | tuple[Literal["c"], Null]
    | tuple[Literal["d"], Annotated[int, Range(0, 255)]]
)

Three = tuple[Literal["x"], Null] | tuple[Literal["y"], Null] | tuple[Literal["z"], Null]

VECTORS: list[tuple[Any, Any, str]] = [
    # Clause 11.5.7: up to 255 values in the fewest bits, 256 in an aligned octet, 64K in two, else counted.
    (Annotated[int, Range(1, 255)], 255, "fe"),
    (Annotated[int, Range(0, 255)], 255, "ff"),
    (Annotated[int, Range(1, 65535)], 258, "0101"),
    (Annotated[int, Range(1, 4294967295)], 1, "0000"),
    (Annotated[int, Range(1, 4294967295)], 257, "400100"),
    (Annotated[int, Range(0, 0)], 0, ""),
    (Annotated[int, Range(1, None)], 257, "020100"),
    (int, -129, "02ff7f"),
    (int, 128, "020080"),
    (Annotated[int, Range(0, 3, extensible=True)], 2, "40"),
    (Annotated[int, Range(0, 3, extensible=True)], 9, "800109"),
    # Clause 17: an octet string of a fixed two octets needs no alignment, one of three does.
    (Pair, Pair(flag=True, two=b"\xff\x01"), "27fc04"),
    (Pair, Pair(flag=True, three=b"abc"), "14616263"),
    (Pair, Pair(flag=False, number=5), "8005"),
    # Clause 11.9.3.3: an empty value brings no padding.
    (Pair, Pair(flag=True, empty=b""), "0c00"),
    (Pair, Pair(flag=True, empty=b"z"), "0c807a"),
    # Clause 30.5: '#' is 0, '*' 1, ',' 2, '0' 3; the length of 1..128 takes seven bits.
    (Pair, Pair(flag=True, text="1#"), "44084 0".replace(" ", "")),
    (Annotated[str, DIGITS, Size(1, 128)], "2001", "0653 34".replace(" ", "")),
    (Annotated[str, NUMERIC, Size(3, 3)], "012", "123"),
    (Annotated[str, BMP, Size(1, 128)], "é", "0000e9"),
    (BMPString, "\U0001f600", "02d83dde00"),
    (IA5String, "ab", "026162"),
    (Annotated[str, IA5, Size(1, 1)], "a", "61"),
    (ObjectIdentifier, (0, 0, 8, 2250, 0, 4), "060008914a0004"),
    (ObjectIdentifier, (2, 16, 840, 1, 113778), "076086480186f872"),
    (ObjectIdentifier, (2, 999), "028837"),
    (ObjectIdentifier, (), "00"),
    (BitString, (5, 3), "03a0"),
    (Annotated[BitString, Size(16, 16)], (1, 16), "0001"),
    (OpenType, b"\x05", "0105"),
    # Against clause 11.1, but peers send it, and it goes back as it came.
    (OpenType, b"", "00"),
    (list[Annotated[int, Range(0, 1)]], [1, 0, 1], "03a0"),
    # Clause 23: root index in one bit behind the extension bit; an addition is an open type.
    (Choice, ("a", True), "00"),
    (Choice, ("b", b"x"), "400178"),
    (Choice, ("c", True), "800100"),
    (Choice, ("d", 7), "810107"),
    (Choice, UnknownAlternative(5, b"\x01\x02"), "85020102"),
    # Clause 19.7 to 19.9: bitmap length less one, bitmap, then an open type for each.
    (Newer, Newer(number=5), "50"),
    (Newer, Newer(number=5, first=9, third=True), "d05401090180"),
]


@pytest.mark.parametrize(("schema", "value", "octets"), VECTORS)
def test_vector(schema: Any, value: Any, octets: str) -> None:
    data = bytes.fromhex(octets + "0" * (len(octets) % 2))
    assert per.encode(schema, value).hex() == data.hex()
    assert per.decode(schema, data) == value


@pytest.mark.parametrize(
    ("schema", "octets", "what"),
    [
        (Annotated[int, Range(1, 255)], "ff", "above 255"),
        (bytes, "05616263", "truncated"),
        (int, "00", "integer of 0 octets"),
        (list[bytes], "c1" + "00" * 20, "fragmented"),
        (list[bytes], "bfff00", "truncated"),
        (ObjectIdentifier, "028088", "padded"),
        (ObjectIdentifier, "0188", "ends within"),
        (ObjectIdentifier, "8100" + "01" * 256, "object identifier of 256 octets"),
        (Annotated[str, DIGITS, Size(1, 128)], "00f0", "alphabet"),
        (BMPString, "01d83d", "Unicode"),
        (Choice, "c0", "more than 64"),
        (
            tuple[Literal["x"], Null] | tuple[Literal["y"], Null] | tuple[Literal["z"], Null],
            "c0",
            "no alternative 3",
        ),
        # The content of the addition runs past the octet that its open type announces.
        (Newer, "d05000ff", "first: truncated"),
    ],
)
def test_refused(schema: Any, octets: str, what: str) -> None:
    with pytest.raises(DecodeError, match=what) as caught:
        per.decode(schema, bytes.fromhex(octets))
    assert caught.value.offset is not None


@pytest.mark.parametrize(
    ("schema", "value", "what"),
    [
        (Annotated[int, Range(1, 255)], 0, "0 is not in 1..255"),
        (Annotated[int, Range(1, 255)], None, "wrong type"),
        (Annotated[str, DIGITS, Size(1, 128)], "12a", "characters other than"),
        (Annotated[str, DIGITS, Size(1, 128)], "", "0 is not in 1..128"),
        (Annotated[bytes, Size(2, 2)], b"abc", "3 octets instead of 2"),
        (Choice, ("e", True), "no alternative"),
        (Choice, ("a", None), "NULL"),
        (ObjectIdentifier, (1, 40), "no object identifier"),
        (BitString, (8, 3), "does not fit"),
        (Newer, Newer(number=8), "Newer.number: 8 is not in 0..7"),
        (Newer, Newer(number=1, first=300), "first: 300"),
        (Older, Newer(number=1), "no Older"),
        (Pair, Pair(flag=None), "flag is missing"),  # type: ignore[arg-type]
    ],
)
def test_not_encoded(schema: Any, value: Any, what: str) -> None:
    with pytest.raises(per.EncodeError, match=what):
        per.encode(schema, value)


def test_additions_of_a_later_revision_survive() -> None:
    sent = per.encode(Newer, Newer(number=3, first=200, second=True, third=False))
    old = per.decode(Older, sent)
    assert old.number == 3
    assert old.unknown_ == UnknownAdditions(3, {0: b"\xc8", 1: b"\x00", 2: b"\x00"})
    assert per.encode(Older, old) == sent


@pytest.mark.parametrize(
    "octets",
    [
        "d0100109",  # a bitmap of one bit: an older peer, or one that strips zeros from the end
        "d0900109",  # of five bits: a newer peer that sends nothing new
        "d07201090107",  # of four, with something new
        "d040",  # additions announced, none sent
    ],
)
def test_bitmap_of_the_peer_is_repeated(octets: str) -> None:
    data = bytes.fromhex(octets)
    value = per.decode(Newer, data)
    assert (value.number, value.first) == (5, 9 if len(data) > 2 else None)
    assert value.unknown_ is not None
    assert per.encode(Newer, value) == data


def test_nothing_unknown_is_not_shown() -> None:
    assert repr(Newer(number=3)) == "Newer(number=3)"
    assert per.decode(Newer, per.encode(Newer, Newer(number=3, third=True))).unknown_ is None


@pytest.mark.parametrize("size", [0, 127, 128, 16383, 16384, 16385, 65536, 81920, 200_000])
def test_fragments(size: int) -> None:
    value = bytes(range(256)) * (size // 256) + bytes(size % 256)
    data = per.encode(bytes, value)
    assert per.decode(bytes, data) == value
    if size >= 65536:
        assert data[0] == 0xC4


@pytest.mark.parametrize("size", [0, 125, 126, 127, 128, 129, 16379])
def test_open_type_grows_its_length_in_place(size: int) -> None:
    data = per.encode(Holder, Holder(content=bytes(size)))
    assert per.decode(Holder, data) == Holder(content=bytes(size))


def test_offset_and_path_of_a_fault() -> None:
    data = per.encode(Outer, Outer(inner=Newer(number=1), name="abc"))
    with pytest.raises(DecodeError) as caught:
        per.decode(Outer, data[:-1])
    assert caught.value.what == "name: truncated"
    assert caught.value.offset == 2


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0)), max_size=30))
def test_bits_come_back(fields: list[tuple[int, int]]) -> None:
    writer = OctetWriter()
    for width, value in fields:
        writer.bits(value & ((1 << width) - 1), width)
    reader = OctetReader(writer.finish())
    for width, value in fields:
        assert reader.bits(width) == value & ((1 << width) - 1)
