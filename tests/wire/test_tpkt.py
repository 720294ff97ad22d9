"""TPKT: any split of the stream gives the same messages, and nonsense ends the connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import tpkt


def test_header_of_rfc_1006() -> None:
    assert tpkt.frame(b"abc").hex() == "03000007616263"
    assert tpkt.split(bytes.fromhex("0300000761626303000004030000")) == (
        [b"abc", b""],
        bytes.fromhex("030000"),
    )


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(1, 9), max_size=100))
def test_any_split_gives_the_same_messages(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(tpkt.frame, messages))
    received = []
    rest = b""
    at = 0
    for size in [*cuts, len(stream)]:
        complete, rest = tpkt.split(rest + stream[at : at + size])
        received += complete
        at += size
    assert (received, rest) == (messages, b"")


@given(st.binary(max_size=60))
def test_random_octets(data: bytes) -> None:
    try:
        messages, rest = tpkt.split(data)
    except DecodeError:
        return
    assert sum(len(tpkt.frame(message)) for message in messages) + len(rest) == len(data)
    assert data.endswith(rest)


@pytest.mark.parametrize(
    ("stream", "what", "offset"),
    [
        ("02", "version 2", 0),
        ("0300000416030100", "version 22", 4),
        ("03000003", "length 3", 2),
        ("0300ffff", "length 65535 is not in 4..2048", 2),
    ],
)
def test_not_a_packet(stream: str, what: str, offset: int) -> None:
    with pytest.raises(DecodeError, match=what) as caught:
        tpkt.split(bytes.fromhex(stream), longest=2048)
    assert caught.value.offset == offset


def test_too_long_to_frame() -> None:
    assert len(tpkt.frame(bytes(65531))) == 65535
    with pytest.raises(ValueError, match="65532"):
        tpkt.frame(bytes(65532))
