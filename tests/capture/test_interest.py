"""Frames of ports that are named in mid-capture: held back, given later, or missed and said so."""

from ipaddress import IPv4Address
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ringfence.capture.frame import LinkType
from ringfence.capture.interest import port_table
from ringfence.capture.reader import Capture
from ringfence.capture.selection import UNNAMED, wants
from ringfence.model.findings.recording import CAPTURE_TOO_LONG
from ringfence.model.packet import Packet, TcpFlags
from ringfence.model.ports import Ports
from ringfence.wire.frame import frame_of
from support.captures.capture_files import pcap, pcapng
from support.captures.recorded_site import GATEKEEPER, HANDSET, segment, ucf, udp


def framed(packet: Packet) -> bytes:
    return frame_of(packet, source_mac=b"\x02" + bytes(5), destination_mac=b"\x02" + bytes(4) + b"\1")


NAMED = Ports(ras=frozenset({1718, 1719, 2719}), signalling=frozenset({1720, 2720}))
RAS = framed(udp(GATEKEEPER, 2719, HANDSET, 49300, ucf(1)))
SIGNALLING = framed(segment((HANDSET, 40001), (GATEKEEPER, 2720), TcpFlags.SYN))
OTHER = framed(segment((HANDSET, 40002), (GATEKEEPER, 445), TcpFlags.SYN))
HELD = [RAS, SIGNALLING, OTHER]


def capture(path: Path, frames: list[bytes], hold: int, *, old: bool = True) -> Capture:
    timed = [(1000.0 + number, frame) for number, frame in enumerate(frames)]
    path.write_bytes(pcap(timed) if old else pcapng(timed))
    return Capture(path, hold=hold)


def test_what_is_named_later_is_given_later_and_counted_then(tmp_path: Path) -> None:
    for old in (True, False):
        found = capture(tmp_path / "a", [*HELD, *HELD], 1 << 20, old=old)
        assert list(found) == []
        assert (found.summary.frames, found.summary.selected) == (6, 0)
        found.look_at(NAMED)
        assert [(each.number, each.data) for each in found.released()] == [
            (1, RAS),
            (2, SIGNALLING),
            (4, RAS),
            (5, SIGNALLING),
        ]
        assert found.summary.selected == 4
        assert list(found.released()) == []
        assert not found.summary.findings()


def test_what_is_named_meanwhile_is_kept_from_then_on(tmp_path: Path) -> None:
    arp = bytes.fromhex("ffffffffffff02000000000008060001080006040001") + bytes(20)
    found = capture(tmp_path / "a", [*HELD, arp, *HELD], 1 << 20)
    numbers = []
    for frame in found:
        numbers.append(frame.number)
        found.look_at(NAMED)
    assert numbers == [4, 5, 6]
    assert [each.number for each in found.released()] == [1, 2]


def test_without_room_nothing_is_held_and_late_ports_are_named(tmp_path: Path) -> None:
    found = capture(tmp_path / "a", HELD * 3, 2 * (len(RAS) + 400))
    assert list(found) == []
    found.look_at(NAMED)
    assert [each.number for each in found.released()] == [1, 2]
    (finding,) = found.summary.findings()
    assert finding.code is CAPTURE_TOO_LONG
    assert "2719, 2720" in finding.sentence


def test_a_capture_that_is_asked_for_some_ports_holds_nothing(tmp_path: Path) -> None:
    found = capture(tmp_path / "a", HELD, 0)
    assert list(found) == []
    found.look_at(NAMED)
    assert list(found.released()) == []


ANY = bytes(octet | UNNAMED for octet in port_table(Ports()))


@given(st.binary(min_size=2, max_size=200), st.integers(0, 127), st.booleans())
def test_rtp_is_never_held(voice: bytes, kind: int, marked: bool) -> None:
    """RTP version 2 with neither padding nor contributing sources, as sets send it (RFC 3550 section 5.1)."""
    header = bytes([0x80, kind | marked << 7]) + bytes(10)
    if len(header + voice) in {2 + (header[1] & 0x7F), 3 + (header[1] & 0x3F) * 256 + header[2]}:
        return  # as long as an extension of RasMessage would be
    frame = framed(udp(HANDSET, 2048, IPv4Address("10.1.0.40"), 2050, header + voice))
    assert not wants(ANY, LinkType.ETHERNET, frame, 0, len(frame))
