"""What is passed over in runs is exactly what would not be wanted one by one."""

import random
import struct
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_files import interface, packet, pcap, pcapng, section, tagged
from ringfence.capture.dialogue import Ports
from ringfence.capture.frame import LinkType
from ringfence.capture.reader import Capture
from ringfence.capture.select import Selection
from ringfence.capture.skip import Skip
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire.frame import frame_of

MACS = b"\x02" + bytes(5), b"\x02" + bytes(4) + b"\1"
CHOSEN = Selection.of(Ports())
# Numbers that share an octet with a port of interest, and such ports.
PORTS = st.sampled_from(
    [2048, 5004, 1536, 1717, 1718, 1719, 1720, 1721, 66, 67, 68, 69, 80, 443, 411, 0x4306]
)


def frame(protocol: Protocol, source: int, destination: int, length: int) -> bytes:
    flags = TcpFlags.ACK if protocol is Protocol.TCP else TcpFlags(0)
    ends = (IPv4Address("10.20.0.50"), source, IPv4Address("10.1.0.40"), destination)
    return frame_of(
        Packet(protocol, *ends, flags, bytes(length)), source_mac=MACS[0], destination_mac=MACS[1]
    )


def over_ipv6(plain: bytes) -> bytes:
    """The transport of an Ethernet frame with an IPv4 packet, in an IPv6 packet."""
    body = plain[34:]
    return plain[:12] + struct.pack("!HIHBB", 0x86DD, 6 << 28, len(body), plain[23], 64) + bytes(32) + body


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    """A frame of any kind that a capture may be full of."""
    protocol = draw(st.sampled_from([Protocol.UDP, Protocol.UDP, Protocol.TCP]))
    made = frame(protocol, draw(PORTS), draw(PORTS), draw(st.sampled_from([0, 32, 172, 1400])))
    match draw(st.integers(0, 9)):
        case 0:
            made = over_ipv6(made)
        case 1:
            made = made[:12] + draw(st.sampled_from([b"\x88\xcc", b"\x08\x06", b"\0\x40"])) + made[14:]
        case 2:
            at = draw(st.integers(14, 37))
            made = made[:at] + bytes((draw(st.integers(0, 255)),)) + made[at + 1 :]
        case 3:
            made = made[: draw(st.integers(0, 60))]
    tags = draw(st.sampled_from([(), (), ((0x8100, 20),), ((0x88A8, 7), (0x8100, 0xC000))]))
    return tagged(made, *tags)


@settings(max_examples=60, deadline=None)
@given(st.lists(forms(), min_size=1, max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_runs_are_what_single_frames_are(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[bytes], chooser: random.Random, blocks: bool
) -> None:
    often = [*kinds, *kinds[:2] * 8]
    frames = [(1000.0 + number, chooser.choice(often)) for number in range(1500)]
    path = tmp_path_factory.getbasetemp() / "runs"
    path.write_bytes(pcapng(frames) if blocks else pcap(frames))
    capture = Capture(path)
    wanted = [
        number
        for number, (_, data) in enumerate(frames, 1)
        if CHOSEN.wants(LinkType.ETHERNET, data, 0, len(data))
    ]
    assert [each.number for each in capture] == wanted
    assert capture.summary.frames == len(frames)
    assert capture.summary.last == frames[-1][0]


def test_an_interface_of_another_section_is_another(tmp_path: Path) -> None:
    """The same blocks mean something else where the interface has another link type."""
    voice = frame(Protocol.UDP, 2048, 2050, 172)
    shifted = bytes(14) + frame(Protocol.UDP, 1719, 1719, 172)[14:]  # as raw IP: version 0
    first = section() + interface() + b"".join(packet(1, voice) for _ in range(400))
    second = section() + interface(link=LinkType.RAW) + b"".join(packet(2, shifted) for _ in range(5))
    path = tmp_path / "two"
    path.write_bytes(first + second)
    capture = Capture(path)
    wanted = CHOSEN.wants(LinkType.RAW, shifted, 0, len(shifted))
    assert len(list(capture)) == (5 if wanted else 0)
    assert (capture.summary.frames, capture.summary.last) == (405, 2.0)


def test_the_last_time_is_that_of_the_run_that_ended_the_section(tmp_path: Path) -> None:
    voice = frame(Protocol.UDP, 2048, 2050, 172)
    path = tmp_path / "run"
    blocks = b"".join(packet(number, voice) for number in range(400))
    path.write_bytes(section() + interface() + blocks + section())
    capture = Capture(path)
    assert list(capture) == []
    assert (capture.summary.frames, capture.summary.last) == (400, 399.0)


@pytest.mark.parametrize("lengths", [(172,), (172, 32), (172, 32, 20, 60, 92)])
def test_a_run_is_passed_in_one_go(lengths: tuple[int, ...]) -> None:
    chooser = random.Random(1)
    frames = [(1.0, frame(Protocol.UDP, 2048, 2050, chooser.choice(lengths))) for _ in range(6000)]
    data = pcap(frames)[24:]
    skip, at, singly = Skip(CHOSEN), 0, 0
    while at < len(data):
        count, after = skip.over(data, at)
        if not count:
            singly += 1
            (kept,) = struct.unpack_from("<I", data, at + 8)
            after = at + 16 + kept
            skip.learn(LinkType.ETHERNET, data, slice(at, after), slice(at + 16, after), range(8, 12))
        at = after
    assert singly < 1000


def test_an_endless_variety_of_lengths_is_bounded() -> None:
    skip = Skip(CHOSEN)
    for length in range(1200):
        data = pcap([(1.0, frame(Protocol.UDP, 2048, 2050, length))])[24:]
        for _ in range(16):
            skip.learn(LinkType.ETHERNET, data, slice(0, len(data)), slice(16, len(data)), range(8, 12))
    known = [
        length
        for length in range(1200)
        if skip.over(pcap([(1.0, frame(Protocol.UDP, 2048, 2050, length))])[24:], 0)[0]
    ]
    assert 0 < len(known) <= 64
