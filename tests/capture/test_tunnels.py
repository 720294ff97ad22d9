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


def datagram(port: int, body: bytes) -> bytes:
    return ip(17, struct.pack("!HHHH", 50000, port, 8 + len(body), 0) + body)


def wireless(frame: bytes, *, turned: bool = False) -> bytes:
    """A QoS data frame from an access point (IEEE 802.11 clause 9.3.2.1)."""
    control = b"\2\x88" if turned else b"\x88\2"
    macs = frame[:12] + frame[6:12]
    return control + bytes(2) + macs + bytes(4) + b"\xaa\xaa\3\0\0\0" + frame[12:]


def typed(kind: int, header: bytes) -> Callable[[bytes], bytes]:
    """A header of its own EtherType between the MAC addresses and the frame's EtherType."""
    return lambda f: f[:12] + struct.pack("!H", kind) + header + f[12:]


LABELS = bytes.fromhex("0001004000020140")


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
    "VXLAN on Linux's old port": lambda f: datagram(8472, b"\x08" + bytes(7) + f),
    "Geneve with an option": lambda f: datagram(6081, b"\2\0\x65\x58" + bytes(4) + bytes(8) + f),
    "IPv4 in Geneve": lambda f: datagram(6081, b"\0\0\x08\0" + bytes(4) + f[14:]),
    "TZSP": lambda f: datagram(37008, b"\1\0\0\1\1" + f),
    "TZSP with tags and padding": lambda f: datagram(37008, b"\1\1\0\1\0\x0a\1\x2a\x28\2\0\0\1" + f),
    "wireless in TZSP": lambda f: datagram(37008, b"\1\0\0\x12\1" + wireless(f)),
    "IP in IP": lambda f: ip(4, f[14:]),
    "IP in IPv6": lambda f: ip6(4, f[14:]),
    "VXLAN in IP in IP": lambda f: ip(4, TUNNELS["VXLAN"](f)[14:]),
    "L2TP": lambda f: datagram(1701, b"\0\2\0\1\0\1\xff\3\0\x21" + f[14:]),
    "L2TP with length, numbers and short PPP": lambda f: datagram(
        1701, b"\x48\2" + bytes(2) + b"\0\1\0\1" + bytes(4) + b"\x21" + f[14:]
    ),
    "PPTP": lambda f: ip(47, b"\x30\x81\x88\x0b\0\0\0\1" + bytes(8) + b"\xff\3\0\x21" + f[14:]),
    "CAPWAP": lambda f: datagram(5247, b"\0\x10\2\0" + bytes(4) + f),
    "wireless in CAPWAP": lambda f: datagram(5247, b"\0\x10\3\0" + bytes(4) + wireless(f)),
    "wireless in CAPWAP, octets turned round": lambda f: datagram(
        5247, b"\0\x18\3\x20" + bytes(8) + wireless(f, turned=True)
    ),
    "MPLS in GRE": lambda f: ip(47, b"\0\0\x88\x47" + LABELS + f[14:]),
    "MPLS in IP": lambda f: ip(137, LABELS + f[14:]),
    "MPLS in UDP": lambda f: datagram(6635, LABELS + f[14:]),
    "a pseudowire": lambda f: OUTER + b"\x88\x47" + LABELS + bytes(4) + f,
    "a pseudowire without a control word": lambda f: OUTER + b"\x88\x47" + LABELS + f,
    "a tagged pseudowire in UDP": lambda f: datagram(6635, LABELS + bytes(4) + tagged(f, (0x8100, 20))),
    "a pseudowire between phones of other makers": lambda f: (
        OUTER + b"\x88\x47" + LABELS + b"\x60" + f[1:6] + b"\x48" + f[7:]
    ),
    "MACsec in clear": typed(0x88E5, b"\0\0\0\0\0\7"),
    "MACsec in clear with its channel": typed(0x88E5, b"\x20\0\0\0\0\7" + bytes(8)),
    "Cisco metadata": typed(0x8909, b"\1\1\0\1\0\x11"),
    "tagged, then Cisco metadata": lambda f: tagged(TUNNELS["Cisco metadata"](f), (0x8100, 20)),
    "MAC-in-MAC": lambda f: OUTER + b"\x88\xe7" + b"\0\0\1\2" + f,
    "a provider's tag, then MAC-in-MAC": lambda f: tagged(TUNNELS["MAC-in-MAC"](f), (0x88A8, 300)),
    "VN-tag": typed(0x8926, b"\x80\1\0\0"),
    "E-tag": typed(0x893F, bytes(6)),
    "R-tag": typed(0xF1C1, bytes(4)),
    "VXLAN with a group": lambda f: datagram(4789, b"\x88\0\0\5" + bytes(4) + f),
    "generic VXLAN": lambda f: datagram(4790, b"\x0c\0\0\3" + bytes(4) + f),
    "IPv4 in generic VXLAN": lambda f: datagram(4790, b"\x0c\0\0\1" + bytes(4) + f[14:]),
    "GRE in UDP": lambda f: datagram(4754, b"\0\0\x65\x58" + f),
    "LISP": lambda f: datagram(4341, bytes(8) + f[14:]),
    "Ethernet in IP": lambda f: ip(97, b"\x30\0" + f),
    "Ethernet in IPv6": lambda f: ip6(143, f),
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


SEALED: dict[str, Callable[[bytes], bytes]] = {
    "ESP": lambda f: ip(50, b"\0\0\1\1\0\0\0\1" + f),
    "CAPWAP": lambda f: datagram(5247, b"\1\0\0\0" + f),
    "L2TP": lambda f: ip(115, b"\0\0\1\1" + f),
    "Geneve": lambda f: datagram(6081, b"\0\0\x89\x4f" + bytes(4) + f),
    "TZSP": lambda f: datagram(37008, b"\1\0\0\x12\1" + b"\x88\x42" + wireless(f)[2:]),
    "TZSP, several frames in one": lambda f: datagram(
        37008, b"\1\0\0\x12\1" + wireless(f)[:24] + b"\x80\0" + f[:12] + bytes(2) + wireless(f)[26:]
    ),
    "TZSP, after a radio header": lambda f: datagram(37008, b"\1\0\0\x77\1" + bytes(144) + wireless(f)),
    "ESP, behind a translator": lambda f: datagram(4500, b"\0\0\1\1\0\0\0\1" + f),
    "AH": lambda f: ip(51, b"\4\4" + bytes(22) + f[14:]),
    "GRE": lambda f: ip(47, b"\0\0\x89\x4f" + bytes(4) + f[14:]),
    "VXLAN": lambda f: datagram(4790, b"\x0c\0\0\4" + bytes(4) + f),
    "WireGuard": lambda f: datagram(51820, b"\4\0\0\0" + bytes(12) + f),
    "IPComp": lambda f: ip(108, b"\4\0\0\2" + f[14:]),
    "GRE, with routes": lambda f: ip(47, b"\x40\0\x08\0" + bytes(8) + f[14:]),
}


SEALED_BELOW_IP: dict[str, Callable[[bytes], bytes]] = {
    "MACsec": typed(0x88E5, b"\x2c\0\0\0\0\7" + bytes(8)),
    "MPLS": lambda f: OUTER + b"\x88\x47" + LABELS + b"\x99" * 40,
    "MPLS, in UDP": lambda f: datagram(6635, LABELS + b"\x99" * 40),
    "EtherType 0x894f": typed(0x894F, bytes(8)),
}


@pytest.mark.parametrize("name", SEALED | SEALED_BELOW_IP)
def test_what_cannot_be_opened_is_counted(tmp_path: Path, name: str) -> None:
    form = name.partition(",")[0]
    path = tmp_path / "sealed.pcap"
    path.write_bytes(pcap([(time, (SEALED | SEALED_BELOW_IP)[name](frame)) for time, frame in SITE]))
    judgement = explain([path]).judgement
    assert judgement.handsets == ()
    (found,) = [each for each in judgement.findings if each.code == "CAPTURE_NOT_LOOKED_INTO"]
    assert f"{len(SITE)} in {form}" in found.sentence


def pieces(frame: bytes, number: int) -> list[bytes]:
    """An IPv4 packet in Ethernet as fragments of 40 octets and less (RFC 791 section 3.2)."""
    body = frame[34:]
    return [
        frame[:16]
        + struct.pack("!HHH", 20 + len(body[at : at + 40]), number, at // 8 | (at + 40 < len(body)) << 13)
        + frame[22:34]
        + body[at : at + 40]
        for at in range(0, len(body), 40)
    ]


@pytest.mark.parametrize("name", [name for name in TUNNELS if TUNNELS[name](SITE[0][1])[:12] == OUTER])
def test_a_tunnel_in_fragments_is_opened_when_it_is_whole(tmp_path: Path, name: str) -> None:
    whole = [(time, TUNNELS[name](frame)) for time, frame in SITE]
    split = [
        (time, piece)
        for number, (time, frame) in enumerate(whole)
        for piece in (pieces(frame, number) if frame[12:14] == b"\x08\0" else [frame])
    ]
    path = tmp_path / "split.pcap"
    path.write_bytes(pcap(split))
    (handset,) = explain([path]).judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED


@pytest.mark.parametrize("name", SEALED)
def test_what_cannot_be_opened_is_counted_once_when_it_comes_in_fragments(tmp_path: Path, name: str) -> None:
    path = tmp_path / "split.pcap"
    path.write_bytes(
        pcap([(t, piece) for n, (t, frame) in enumerate(SITE) for piece in pieces(SEALED[name](frame), n)])
    )
    (found,) = [each for each in explain([path]).judgement.findings if each.code == "CAPTURE_NOT_LOOKED_INTO"]
    assert f"{len(SITE)} in {name.partition(',')[0]}" in found.sentence


QUIET = {
    "keep-alive of GRE": ip(47, bytes(30)),
    "IKE behind a translator": datagram(4500, bytes(4) + bytes(30)),
    "keep-alive of CAPWAP": datagram(5247, b"\0\x10\2\x08" + bytes(30)),
    "control of L2TP": datagram(1701, b"\xc8\2" + bytes(30)),
    "control of L2TP version 3": ip(115, bytes(30)),
    "TZSP keep-alive": datagram(37008, b"\1\4\0\0" + bytes(30)),
    "DNS to a port that TZSP has": datagram(37008, b"\1\0\x81\x80\0\1\0\1" + bytes(30)),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_carries_nothing_is_not_counted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "quiet.pcap"
    path.write_bytes(pcap([(1.7e9, QUIET[name])]))
    explained = explain([path])
    assert [each.code for each in explained.judgement.findings] == ["CAPTURE_WITHOUT_HANDSETS"]
    assert explained.summaries[0].selected == 0


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


@pytest.mark.parametrize(
    "frame",
    [
        OUTER + b"\x88\xcc" + bytes(46),
        OUTER + b"\x88\x8e" + bytes(46),
        OUTER + b"\0\x26\x42\x42\3" + bytes(35),
        OUTER + b"\0\x40\xaa\xaa\3\0\0\x0c\x20\0" + bytes(60),
        OUTER
        + b"\x88\x47"
        + LABELS
        + bytes(4)
        + b"\1\x80\xc2\0\0\0"
        + OUTER[:6]
        + b"\0\x26\x42\x42\3"
        + bytes(35),
        OUTER + b"\x88\x47" + LABELS + b"\x10\0\0\x21" + bytes(40),
    ],
)
def test_what_bridges_tell_one_another_is_no_tunnel(tmp_path: Path, frame: bytes) -> None:
    path = tmp_path / "bridges.pcap"
    path.write_bytes(pcap([*SITE, (SITE[-1][0], frame)]))
    assert "CAPTURE_NOT_LOOKED_INTO" not in {each.code for each in explain([path]).judgement.findings}
