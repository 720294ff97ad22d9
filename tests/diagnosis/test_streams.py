"""TCP directions and IP fragments back together, however they were cut, ordered, lost or repeated."""

import random
import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture.defragment import Defragmenter
from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.capture.tcp_reassembly import Ordered, TcpDirection
from ringfence.diagnosis.observation import StreamSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stream_messages import TpktMessages, segment_messages
from ringfence.wire.frame import frame_of
from ringfence.wire.ipv4 import checksum
from support.captures.judged import judged
from support.captures.recorded_site import (
    GATEKEEPER,
    HANDSET,
    PUSH,
    Run,
    ask,
    connect,
    grq,
    rcf,
    rrq,
    segment,
    to_gatekeeper,
    tpkt,
)


def cut(data: bytes, places: list[int]) -> list[tuple[int, bytes]]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [(low, data[low:high]) for low, high in pairwise(edges)]


@given(
    data=st.binary(min_size=1, max_size=400),
    places=st.lists(st.integers(0, 400), max_size=12),
    start=st.integers(0, (1 << 32) - 1),
    seed=st.integers(0, 1000),
)
def test_any_cut_order_and_repetition_gives_the_octets_once(
    data: bytes, places: list[int], start: int, seed: int
) -> None:
    pieces = cut(data, places)
    chooser = random.Random(seed)
    pieces += chooser.choices(pieces, k=3)
    # An overlapping repetition, as TCP makes when it joins segments.
    pieces.append((0, data[: len(data) // 2 + 1]))
    chooser.shuffle(pieces)
    direction = TcpDirection()
    direction.synchronise(start - 1)
    out = [direction.take((start + at) % (1 << 32), part) for at, part in pieces]
    assert b"".join(each.data for each in out) == data
    assert not any(each.gap for each in out)


def test_a_hole_is_skipped_within_bounds() -> None:
    direction = TcpDirection()
    direction.take(0, b"begin")
    out = [direction.take(100 + 10 * each, b"0123456789") for each in range(70)]
    assert sum(each.gap for each in out) == 1
    assert b"".join(each.data for each in out) == b"0123456789" * 70


MESSAGES = [tpkt(5), tpkt(2), tpkt(0x7B), b"\x03\x00\x00\x04", tpkt(7)]
WORDS = ["TPKT Setup", "TPKT CallProceeding", "TPKT Information", "TPKT empty", "TPKT Connect"]


@given(st.lists(st.integers(0, 60), max_size=30))
def test_a_tpkt_header_may_be_cut_anywhere(places: list[int]) -> None:
    reader = TpktMessages()
    parts = cut(b"".join(MESSAGES), places)
    found = [each.text for _, part in parts for each in reader.take(Ordered(part))]
    assert found == WORDS


def test_out_of_step_begins_again_with_the_next_segment() -> None:
    reader = TpktMessages()
    assert reader.take(Ordered(b"\x09garbage")) == []
    assert [each.text for each in reader.take(Ordered(tpkt(5), gap=True))] == ["TPKT Setup"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", ["GET /a HTTP/1.1"]),
        (b"HTTP/1.1 404 Not Found\r\n", ["HTTP/1.1 404 Not Found"]),
        (b"\x16\x03\x01\x00\x02\x01\x00", ["TLS ClientHello"]),
        (b"\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x02ab", ["TLS data"]),
        (b"\x15\x03\x03\x00\x02\x02\x2a", ["TLS alert bad certificate"]),
        (b"\x17\x03", []),
        (b"anything else", []),
    ],
)
def test_segments_say_what_they_begin(payload: bytes, words: list[str]) -> None:
    assert [each.text for each in segment_messages(payload)] == words


@settings(max_examples=25)
@given(st.lists(st.integers(1, 10), max_size=4), st.integers(0, 100))
def test_call_signalling_is_read_through_cut_and_reordered_segments(places: list[int], seed: int) -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    here, there = (GATEKEEPER, 61440), (HANDSET, 1720)
    connect(run, here, there)
    pieces = cut(tpkt(5) + tpkt(0x62), places)
    random.Random(seed).shuffle(pieces)
    for at, part in pieces:
        run.send(segment(there, here, PUSH, part), by=Tap.HANDSETS, sequence=1001 + at)
    (timeline,) = judged(run.frames, JudgeOptions(both_sides=True)).handsets
    streams = [seen for seen in timeline.observations if isinstance(seen, StreamSeen)]
    assert [each.text for seen in streams for each in seen.messages] == ["TPKT Setup", "TPKT Facility"]


def fragments(frame: bytes, size: int) -> list[bytes]:
    """The IPv4 packet of an Ethernet frame in fragments of `size` (a multiple of 8) octets."""
    head, body = frame[14:34], frame[34:]
    found = []
    for at in range(0, len(body), size):
        part = body[at : at + size]
        more = 0x2000 if at + size < len(body) else 0
        fresh = bytearray(head)
        fresh[2:4] = struct.pack("!H", 20 + len(part))
        fresh[4:8] = struct.pack("!HH", 77, more | at // 8)
        fresh[10:12] = b"\0\0"
        fresh[10:12] = struct.pack("!H", checksum(bytes(fresh)))
        found.append(frame[:14] + bytes(fresh) + part)
    return found


@given(st.integers(1, 12), st.integers(0, 50))
def test_fragments_in_any_order_make_the_packet(eighths: int, seed: int) -> None:
    frame = frame_of(to_gatekeeper(grq(5)), source_mac=bytes(6), destination_mac=bytes(6))
    whole = dissect_frame(TappedFrame(1.0, Tap.ONLY, frame), 1)
    assert isinstance(whole, Datagram)
    parts = fragments(frame, eighths * 8)
    random.Random(seed).shuffle(parts)
    joiner = Defragmenter()
    found = []
    for part in parts:
        packet = dissect_frame(TappedFrame(1.0, Tap.ONLY, part), 1)
        assert isinstance(packet, Datagram)
        found.append(joiner.take(packet))
    (joined,) = [each for each in found if each is not None]
    assert isinstance(joined, Datagram)
    assert (joined.payload, joined.source_port) == (whole.payload, whole.source_port)
    assert joiner.lost == 0


def test_a_lost_fragment_is_reported() -> None:
    frame = frame_of(to_gatekeeper(grq(5)), source_mac=bytes(6), destination_mac=bytes(6))
    frames = [TappedFrame(1.0, Tap.ONLY, part) for part in fragments(frame, 16)[:-1]]
    assert "FRAGMENTS_LOST" in {each.code for each in judged(frames).findings}


def test_pending_fragments_are_bounded() -> None:
    joiner = Defragmenter()
    frame = frame_of(to_gatekeeper(grq(5)), source_mac=bytes(6), destination_mac=bytes(6))
    first = bytearray(fragments(frame, 16)[0])
    for number in range(2000):
        first[18:20] = struct.pack("!H", number)
        packet = dissect_frame(TappedFrame(1.0, Tap.ONLY, bytes(first)), 1)
        assert isinstance(packet, Datagram)
        assert joiner.take(packet) is None
    assert joiner.lost == 2000
    assert len(joiner._pending) <= 256
