"""A registration inside what mirror ports and providers put around frames, and RAS on ports of its own."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.timeline import HandsetVerdict
from support.captures.capture_files import pcap, tagged
from support.captures.recorded_site import boot

SITE = [(each.time, each.data) for each in boot(now=1_700_000_000.0).frames if each.tap == Tap.SERVERS]
OUTER = bytes.fromhex("02aa00000001 02aa00000002")


def ip(protocol: int, body: bytes) -> bytes:
    return (
        OUTER
        + struct.pack(
            "!HBBHHHBBH4s4s",
            0x0800,
            0x45,
            0,
            20 + len(body),
            1,
            0,
            64,
            protocol,
            0,
            b"\x0a\x09\0\1",
            b"\x0a\x09\0\2",
        )
        + body
    )


def ip6(protocol: int, body: bytes) -> bytes:
    return OUTER + struct.pack("!HIHBB32s", 0x86DD, 6 << 28, len(body), protocol, 64, bytes(32)) + body


def erspan3(frame: bytes, last: int, subheader: bytes) -> bytes:
    return ip(47, b"\x10\0\x22\xeb" + bytes(4) + bytes(11) + bytes((last,)) + subheader + frame)


TUNNELS: dict[str, Callable[[bytes], bytes]] = {
    "PPPoE": lambda f: f[:12] + b"\x88\x64\x11\0\0\7" + struct.pack("!H", len(f) - 12) + b"\0\x21" + f[14:],
    "MPLS": lambda f: f[:12] + b"\x88\x47" + bytes.fromhex("0001004000020140") + f[14:],
    "SNAP": lambda f: f[:12] + struct.pack("!H", len(f) - 6) + b"\xaa\xaa\3\0\0\0" + f[12:],
    "tagged, then PPPoE": lambda f: tagged(TUNNELS["PPPoE"](f), (0x8100, 20)),
    "GRE": lambda f: ip(47, b"\0\0\x08\0" + f[14:]),
    "GRE with checksum, key and number": lambda f: ip(47, b"\xb0\0\x08\0" + bytes(12) + f[14:]),
    "Ethernet in GRE": lambda f: ip(47, b"\0\0\x65\x58" + f),
    "Ethernet in GRE over IPv6": lambda f: ip6(47, b"\0\0\x65\x58" + f),
    "Ethernet in GRE over IPv6 with options": lambda f: ip6(
        0, b"\x3c\0" + bytes(6) + b"\x2f\1" + bytes(14) + b"\0\0\x65\x58" + f
    ),
    "ERSPAN I": lambda f: ip(47, b"\0\0\x88\xbe" + f),
    "ERSPAN II": lambda f: ip(47, b"\x10\0\x88\xbe" + bytes(4) + bytes(8) + f),
    "ERSPAN III": lambda f: erspan3(f, 0, b""),
    "ERSPAN III with a subheader": lambda f: erspan3(f, 1, bytes(8)),
    "VXLAN": lambda f: ip(17, struct.pack("!HHHH", 50000, 4789, 16 + len(f), 0) + b"\x08" + bytes(7) + f),
    "tagged inside VXLAN": lambda f: TUNNELS["VXLAN"](tagged(f, (0x8100, 20))),
    "VXLAN in ERSPAN": lambda f: TUNNELS["ERSPAN II"](TUNNELS["VXLAN"](f)),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_a_registration_is_seen_inside(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mirrored.pcap"
    path.write_bytes(pcap([(time, TUNNELS[name](frame)) for time, frame in SITE]))
    plain = tmp_path / "plain.pcap"
    plain.write_bytes(pcap(SITE))
    (inside,) = explain([path]).judgement.handsets
    (outside,) = explain([plain]).judgement.handsets
    assert inside.verdict is HandsetVerdict.REGISTERED
    assert (inside.mac, inside.addresses) == (outside.mac, outside.addresses)
    for seen, plainly in zip(inside.stages, outside.stages, strict=True):
        assert (seen.state, seen.because, seen.began) == (plainly.state, plainly.because, plainly.began)
        assert [each.text for each in seen.evidence] == [each.text for each in plainly.evidence]


@pytest.mark.parametrize("name", TUNNELS)
def test_a_tunnel_that_is_cut_anywhere_says_nothing_wrong(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cut.pcap"
    for length in range(14, 110, 3):
        path.write_bytes(pcap([(time, TUNNELS[name](frame)[:length]) for time, frame in SITE]))
        assert all(each.verdict is not HandsetVerdict.REJECTED for each in explain([path]).judgement.handsets)


def test_frames_within_frames_end_somewhere(tmp_path: Path) -> None:
    frame = SITE[0][1]
    for _ in range(40):
        frame = TUNNELS["ERSPAN II"](frame)
    path = tmp_path / "deep.pcap"
    path.write_bytes(pcap([(1.0, frame)]))
    assert explain([path]).judgement.handsets == ()


def moved(frame: bytes, ports: dict[int, int]) -> bytes:
    """The frame with its transport ports changed, checksums left wrong."""
    if frame[12:14] != b"\x08\0" or frame[23] not in {6, 17}:
        return frame
    ends = (ports.get(port, port) for port in struct.unpack_from("!HH", frame, 34))
    return frame[:34] + struct.pack("!HH", *ends) + frame[38:]


def test_ras_is_found_on_any_port(tmp_path: Path) -> None:
    path = tmp_path / "moved.pcap"
    path.write_bytes(pcap([(time, moved(frame, {1719: 21719})) for time, frame in SITE]))
    explained = explain([path])
    (handset,) = explained.judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert 21719 in explained.ports.ras
