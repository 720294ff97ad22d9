"""CCMS frames as they were captured, and whatever else a peer may put there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import ccms
from ringfence.wire.ccms import OTHER, REPORT, TO_PHONE, CcmsElement, CcmsFrame
from ringfence.wire.h225 import NonStandardParameter

CAPTURED = [
    ("0538008001", [CcmsFrame(REPORT, (CcmsElement(0x80, b"\x01"),))], "on-hook"),
    ("0538008102", [CcmsFrame(REPORT, (CcmsElement(0x81, b"\x02"),))], "speaker on"),
    ("0538006007", [CcmsFrame(REPORT, (CcmsElement(0x60, b"\x07"),))], "button 7"),
    ("0538007f0c", [CcmsFrame(REPORT, (CcmsElement(0x7F, b"\x0c"),))], "dial pad #"),
    (
        "0a384700c00b36600840",
        [CcmsFrame(OTHER, (CcmsElement(0x47, bytes.fromhex("00c00b36600840")),))],
        "terminal identification 00c00b36600840",
    ),
    ("0538112088", [CcmsFrame(TO_PHONE, (CcmsElement(0x88),))], "switch-hook inquiry"),
    (
        "07381120a2a00b",
        [CcmsFrame(TO_PHONE, (CcmsElement(0xA2, b"\xa0\x0b"),))],
        "terminal identification request",
    ),
]


@pytest.mark.parametrize(("octets", "frames", "text"), CAPTURED)
def test_captured(octets: str, frames: list[CcmsFrame], text: str) -> None:
    data = bytes.fromhex(octets)
    assert ccms.decode(data) == frames
    assert ccms.encode(frames) == data
    assert str(frames[0].elements[0]) == text


def test_several_elements_and_frames() -> None:
    frames = [
        CcmsFrame(TO_PHONE, (CcmsElement(0x82), ccms.variable(b"\xe3Alice"), CcmsElement(0x88))),
        CcmsFrame(TO_PHONE, (CcmsElement(0xF1), ccms.variable(b"\x80\x2f\x0f"))),
        CcmsFrame(REPORT, (CcmsElement(0x7F, b"\x0a"), CcmsElement(0x7F, b"\x0b"))),
    ]
    data = ccms.encode(frames)
    assert data[0] == 1 + 3 + 1 + 7 + 1
    assert ccms.decode(data) == frames
    assert [str(each) for each in frames[0].elements] == [
        "activate terminal",
        "load display 'Alice'",
        "switch-hook inquiry",
    ]


def test_carried_in_non_standard_control() -> None:
    frame = CcmsFrame(TO_PHONE, (CcmsElement(0x40),))
    other = NonStandardParameter(nonStandardIdentifier=("object", (1, 3)), data=b"\x01")
    assert ccms.find([other, ccms.parameter(frame)]) == [frame]
    assert ccms.find(None) == []


@pytest.mark.parametrize(
    ("octets", "what", "offset"),
    [
        ("00", "frame of 0 octets", 0),
        ("0638008001", "frame of 6 octets", 0),
        ("0439008001", "unknown address", 1),
        ("04380080", "0x80 is truncated", 3),
        ("06381120a301", "0xa3 is truncated", 4),
        ("053800800101", "frame of 1 octets", 5),
    ],
)
def test_refused(octets: str, what: str, offset: int) -> None:
    with pytest.raises(DecodeError, match=what) as caught:
        ccms.decode(bytes.fromhex(octets))
    assert caught.value.offset == offset


@given(st.binary(max_size=40))
def test_random_octets_are_refused_or_repeated(data: bytes) -> None:
    try:
        frames = ccms.decode(data)
    except DecodeError:
        return
    assert ccms.encode(frames) == data
    assert all(str(element) for frame in frames for element in frame.elements)


def test_limits() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        ccms.variable(bytes(16))
    with pytest.raises(ValueError, match="at most 255"):
        ccms.encode([CcmsFrame(TO_PHONE, (CcmsElement(0x88),) * 260)])
