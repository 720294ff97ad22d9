"""A long capture is judged a few handsets at a time, and says what it says when judged at once."""

import struct
from collections.abc import Callable
from contextlib import closing
from ipaddress import IPv4Address
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.apps.cli.explaining.result import explain_result
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.capture.spool import FrameSpool
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.judge import ANOTHER_RECORDING
from ringfence.diagnosis.long.recording import LongRecording, TimeSpans, judge_long, recorded
from ringfence.diagnosis.options import JudgeOptions
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.dhcp_options import DhcpMessageType
from support.captures.capture_files import interface as described
from support.captures.capture_files import packet, pcap, section
from support.captures.recorded_site import (
    DHCP,
    FILES,
    GATEKEEPER,
    MAC,
    PUSH,
    UPLINK,
    VOICE_GIADDR,
    Run,
    connect,
    dhcp_message,
    gcf,
    grq,
    lease,
    rcf,
    rrj,
    rrq,
    segment,
    tpkt,
    udp,
    urq,
)

Event = Callable[[Run], object]
HANDSETS = [IPv4Address("10.20.0.50") + number for number in range(4)]
handsets = st.integers(0, len(HANDSETS) - 1)
AT_ONCE = 10**9


def leases(number: int, at: int) -> Event:
    mac = MAC[:5] + bytes((number,))
    return lambda run: lease(run, VOICE_GIADDR, HANDSETS[at], 100 + number * 8 + at, mac=mac)


def asks(number: int, question: bytes, answer: bytes | None) -> Event:
    def event(run: Run) -> None:
        run.send(udp(HANDSETS[number], 49300, GATEKEEPER, 1719, question))
        if answer is not None:
            run.send(udp(GATEKEEPER, 1719, HANDSETS[number], 49300, answer), by=Tap.SERVERS)
        run.wait(1)

    return event


def is_told(number: int, message: bytes) -> Event:
    return lambda run: run.send(udp(GATEKEEPER, 1719, HANDSETS[number], 49300, message), by=Tap.SERVERS)


def signals(opener: IPv4Address, responder: IPv4Address, port: int) -> Event:
    def event(run: Run) -> None:
        here, there = (opener, port), (responder, 1720)
        if connect(run, here, there):
            run.tcp(segment(here, there, PUSH, tpkt(5)), by=Tap.SERVERS)
            run.tcp(segment(there, here, PUSH, tpkt(7, 0x8001)), by=Tap.HANDSETS)
            run.tcp(segment(here, there, PUSH, tpkt(0x5A)), by=Tap.SERVERS)

    return event


def fetches(number: int, port: int) -> Event:
    def event(run: Run) -> None:
        here, there = (HANDSETS[number], port), (FILES, 80)
        connect(run, here, there)
        run.tcp(segment(here, there, PUSH, b"GET /46xxsettings.txt HTTP/1.1\r\n\r\n"), by=Tap.HANDSETS)
        run.tcp(segment(there, here, PUSH, b"HTTP/1.1 404 Not Found\r\n\r\n"), by=Tap.SERVERS)

    return event


def is_prohibited(number: int) -> Event:
    """A router says so of the handset's RRQ."""
    about = struct.pack(
        "!BBHHHBBH4s4sHHI",
        *(0x45, 0, 60, 0, 0, 63, 17, 0),
        *(HANDSETS[number].packed, GATEKEEPER.packed, 49300, 1719, 0),
    )
    error = Packet(Protocol.ICMP, VOICE_GIADDR, 3, HANDSETS[number], 13, payload=bytes(4) + about)
    return lambda run: run.send(error, by=Tap.SERVERS)


def relay_is_told(number: int, length: int = 200) -> Event:
    """Nothing listens at the server, of which so much of the handset's DISCOVER is quoted."""
    mac = MAC[:5] + bytes((number,))
    asked = dhcp_message(DhcpMessageType.DISCOVER, 1, 50, giaddr=VOICE_GIADDR, mac=mac)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 300, 0, 0, 63, 17, 0, UPLINK.packed, DHCP.packed)
    quoted = (head + struct.pack("!HHHH", 67, 67, 280, 0) + asked)[:length]
    error = Packet(Protocol.ICMP, DHCP, 3, UPLINK, 3, payload=bytes(4) + quoted)

    def event(run: Run) -> None:
        run.send(udp(UPLINK, 67, DHCP, 67, asked))
        run.send(error, by=Tap.SERVERS)

    return event


def asks_in_pieces(number: int) -> Event:
    """An RRQ as two fragments, of which the second may come first."""

    def event(run: Run) -> None:
        whole = Run(now=run.now)
        whole.send(udp(HANDSETS[number], 49300, GATEKEEPER, 1719, rrq(9, ip=HANDSETS[number])))
        frame = whole.frames[0].data
        head, body = bytearray(frame[:34]), frame[34:]
        for place, piece in ((2, body[16:]), (0x2000, body[:16])):
            head[16:18] = (20 + len(piece)).to_bytes(2, "big")
            head[18:20] = (7 + number).to_bytes(2, "big")
            head[20:22] = place.to_bytes(2, "big")
            run.wait(0.001)
            run.frames.append(TappedFrame(run.now, Tap.HANDSETS, bytes(head) + piece))

    return event


def events() -> st.SearchStrategy[Event]:
    own = rrq(2), rrq(2, alias="2002")
    return st.one_of(
        st.builds(leases, handsets, handsets),
        st.builds(asks, handsets, st.just(grq(1)), st.sampled_from([gcf(1), None])),
        st.builds(
            asks, handsets, st.sampled_from(own), st.sampled_from([rcf(2), None, rrj(2, "securityDenial")])
        ),
        st.builds(asks, handsets, st.just(rrq(3, keep_alive=True)), st.sampled_from([rcf(3), None])),
        st.builds(is_told, handsets, st.just(urq(5))),
        st.builds(signals, st.just(GATEKEEPER), st.sampled_from(HANDSETS), st.integers(61440, 61444)),
        st.builds(signals, st.sampled_from(HANDSETS), st.sampled_from(HANDSETS), st.just(40100)),
        st.builds(fetches, handsets, st.integers(40000, 40002)),
        st.builds(is_prohibited, handsets),
        st.builds(asks_in_pieces, handsets),
        st.builds(relay_is_told, handsets),
        st.builds(lambda seconds: lambda run: run.wait(seconds), st.sampled_from([1.0, 100.0])),
        st.just(lambda run: run.wait(ANOTHER_RECORDING)),
    )


def said(path: Path, at_once: int) -> bytes:
    answer = explain_result(explain([path], at_once=at_once)).in_full()
    return msgspec.json.encode(answer.shown, enc_hook=str)


@settings(max_examples=40, deadline=None)
@given(st.lists(events(), min_size=1, max_size=14), st.booleans())
def test_judging_by_handset_says_what_judging_at_once_says(
    tmp_path_factory: pytest.TempPathFactory, happened: list[Event], turned: bool
) -> None:
    run = Run()
    for event in happened:
        event(run)
        run.wait(0.5)
    frames = [(each.time, each.data) for each in run.frames if each.tap == Tap.HANDSETS]
    if turned:  # a file may be put together in the wrong order
        frames = frames[len(frames) // 2 :] + frames[: len(frames) // 2]
    path = tmp_path_factory.mktemp("long") / "site.pcap"
    path.write_bytes(pcap(frames))
    assert said(path, 2) == said(path, AT_ONCE)


def test_an_error_that_quotes_no_hardware_address_is_about_who_asked_last(tmp_path: Path) -> None:
    run = Run()
    for event in (leases(0, 0), leases(1, 1), relay_is_told(0, 28), relay_is_told(1, 28), leases(2, 2)):
        event(run)
        run.wait(1)
    path = tmp_path / "site.pcap"
    path.write_bytes(pcap([(each.time, each.data) for each in run.frames if each.tap == Tap.HANDSETS]))
    assert said(path, 2) == said(path, AT_ONCE)


def site(count: int) -> Run:
    run = Run()
    for number in range(count):
        ip = HANDSETS[0] + number
        run.send(udp(ip, 49300, GATEKEEPER, 1719, rrq(2, ip=ip, alias=f"2{number:03}")))
        run.send(udp(GATEKEEPER, 1719, ip, 49300, rcf(2)), by=Tap.SERVERS)
    return run


def test_of_many_handsets_none_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "site.pcap"
    path.write_bytes(pcap([(each.time, each.data) for each in site(50).frames if each.tap == Tap.HANDSETS]))
    found = explain([path], at_once=10, is_wanted_whole=lambda handset: handset.alias == "2007")
    handsets = found.judgement.handsets
    assert [each.alias for each in handsets] == [f"2{number:03}" for number in range(50)]
    assert {each.alias for each in handsets if each.observations} == {"2007"}
    assert all(each.reached == handsets[7].reached for each in handsets)


def test_frames_without_a_time_are_judged_at_once(tmp_path: Path) -> None:
    path = tmp_path / "site.pcapng"
    seen = [each for each in site(20).frames if each.tap == Tap.HANDSETS]
    blocks = [packet(0.0 if number % 3 else each.time, each.data) for number, each in enumerate(seen)]
    path.write_bytes(section() + described() + b"".join(blocks))
    assert said(path, 5) == said(path, AT_ONCE)


def test_handsets_that_are_more_than_can_be_judged_together_are_judged_in_part() -> None:
    run = Run()
    for number in range(10):  # all of one address, as behind address translation
        run.send(udp(HANDSETS[0], 49300 + number, GATEKEEPER, 1719, rrq(2, alias=f"2{number:03}")))
        run.send(udp(GATEKEEPER, 1719, HANDSETS[0], 49300 + number, rcf(2)), by=Tap.SERVERS)
    taken = put_aside(run)
    found, _, _ = judge_long(taken, JudgeOptions(), lambda _: False, at_once=4, longest=12)
    assert len(found.handsets) == 6
    (late,) = [each.sentence for each in found.findings if each.code == "CAPTURE_TOO_LONG"]
    assert late.startswith("8 of 20 frames of interest were not judged")


def put_aside(run: Run) -> LongRecording:
    seen = [each for each in run.frames if each.tap == Tap.HANDSETS]
    taken = recorded(seen, watch=lambda _: None, at_once=0)
    assert isinstance(taken, LongRecording)
    return taken


def test_servers_tie_no_handsets_together() -> None:
    taken = put_aside(site(100))
    taken.spool.close()
    assert [len(part) for part in taken.groups.parts(2)] == [2] * 100


@given(st.lists(st.floats(0, 1e8), min_size=1))
def test_pauses_are_those_of_the_times_in_order(times: list[float]) -> None:
    spans = TimeSpans()
    for time in times:
        spans.take(time)
    ordered = sorted(times)
    expected = [one for one, other in pairwise(ordered) if other - one >= ANOTHER_RECORDING]
    assert list(spans.pauses) == expected


@given(st.lists(st.tuples(st.floats(0, 1e9), st.binary(max_size=80), st.integers(0, 1 << 31)), min_size=1))
def test_a_spool_gives_back_what_was_put_in(frames: list[tuple[float, bytes, int]]) -> None:
    with closing(FrameSpool("tap")) as spool:
        put = [TappedFrame(time, "tap", data, number) for time, data, number in frames]
        for frame in put:
            spool.add(frame)
        which = range(len(put) - 1, -1, -1)
        assert list(spool.frames(which)) == put[::-1]
        assert len(spool) == len(put)
