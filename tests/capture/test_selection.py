"""What is passed over in runs is exactly what would not be wanted one by one, compiled or interpreted."""

import random
import runpy
import struct
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture import selection
from ringfence.capture.frame import LinkType
from ringfence.capture.interest import port_table
from ringfence.capture.reader import Capture
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.ports import Ports
from ringfence.wire.frame import frame_of
from support.captures.capture_files import interface, packet, pcap, pcapng, section, tagged

MACS = b"\x02" + bytes(5), b"\x02" + bytes(4) + b"\1"
CHOSEN = port_table(Ports())
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
        if selection.wants(CHOSEN, LinkType.ETHERNET, data, 0, len(data))
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
    wanted = selection.wants(CHOSEN, LinkType.RAW, shifted, 0, len(shifted))
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


def test_interpreted_source_agrees_with_what_is_compiled() -> None:
    """Where there was no compiler both are the source, and this proves nothing."""
    source = Path(selection.__file__).with_name("selection.py")
    interpreted = runpy.run_path(str(source))
    chooser, known = random.Random(5), port_table(Ports())
    tables = [known, bytes(octet | selection.UNNAMED for octet in known)]
    made = [frame(Protocol.UDP, *ports, 40) for ports in ((2048, 5004), (49300, 1719), (1719, 1718))]
    made += [frame(Protocol.TCP, *ports, 40) for ports in ((61440, 1720), (3000, 80), (8080, 3000))]
    made += [over_ipv6(each) for each in made]
    for _ in range(20_000):
        data = bytearray(tagged(chooser.choice(made), *chooser.choice([(), ((0x8100, 20),)])))
        for _ in range(chooser.randrange(3)):
            data[chooser.randrange(12, 60)] = chooser.choice([0, 1, 6, 8, 17, 0x3F, 0x81, 255])
        link = chooser.choice(list(LinkType))
        start, end = chooser.randrange(3), chooser.randrange(len(data) + 1)
        case = (chooser.choice(tables), link, bytes(data), min(start, end), end)
        assert selection.wants(*case) == interpreted["wants"](*case), case


@pytest.mark.parametrize("link", list(LinkType))
def test_no_frame_is_too_short(link: LinkType) -> None:
    data = tagged(frame(Protocol.TCP, 3000, 80, 40), (0x8100, 20), (0x8100, 20))
    table = port_table(Ports())
    for end in range(len(data) + 1):
        for start in range(end + 1):
            selection.wants(table, link, data[:end], start, end)
