"""Blocks, times and compressions that files in the field have beside the usual ones."""

import struct
import subprocess
from pathlib import Path

import lz4.block
import lz4.frame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture.frame import Tap
from ringfence.capture.reader import Capture
from ringfence.diagnosis.explain import Explained, explain
from ringfence.diagnosis.timeline import HandsetVerdict, StageStatus
from ringfence.model.stage import Stage
from support.captures.capture_files import block, interface, packet, pcap, pcapng, section
from support.captures.recorded_site import Run, boot, grq, to_gatekeeper

START = 1_700_000_000.0
SITE = [(frame.time, frame.data) for frame in boot(now=START).frames if frame.tap == Tap.SERVERS]


def simple(frame: bytes, order: str = "<") -> bytes:
    return block(order, 3, struct.pack(f"{order}I", len(frame)) + frame)


def obsolete(time: float, frame: bytes, order: str = "<", kept: int = 1 << 16) -> bytes:
    ticks, data = round(time * 1e6), frame[:kept]
    head = struct.pack(f"{order}HHIIII", 0, 3, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(frame))
    return block(order, 2, head + data)


def statistics(started: float, ended: float) -> bytes:
    """In microseconds, as dumpcap 4.0 writes them for every interface."""
    options = b""
    for code, time in ((2, started), (3, ended)):
        ticks = round(time * 1e6)
        options += struct.pack("<HHII", code, 8, ticks >> 32, ticks & 0xFFFFFFFF)
    return block("<", 5, struct.pack("<III", 0, round(ended * 1e6) >> 32, 0) + options + bytes(4))


def explained(tmp_path: Path, data: bytes) -> Explained:
    path = tmp_path / "a.pcapng"
    path.write_bytes(data)
    return explain([path])


def discovery(found: Explained) -> StageStatus:
    """Of the handset that asked for a gatekeeper."""
    lines = [each.stage(Stage.DISCOVER) for each in found.judgement.handsets]
    return next(line.state for line in lines if line.evidence)


def codes(found: Explained) -> set[str]:
    return {each.code for each in found.judgement.findings}


@pytest.mark.parametrize("order", ["<", ">"])
def test_obsolete_packet_blocks_are_packets(tmp_path: Path, order: str) -> None:
    whole = section(order) + interface(order) + b"".join(obsolete(*each, order) for each in SITE)
    found = explained(tmp_path, whole)
    (handset,) = found.judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert found.judgement.findings == ()
    (summary,) = found.summaries
    assert (summary.first, summary.last) == pytest.approx((SITE[0][0], SITE[-1][0]), abs=1e-5)
    cut = section(order) + interface(order) + b"".join(obsolete(*each, order, 60) for each in SITE)
    assert codes(explained(tmp_path, cut)) == {"CAPTURE_CLIPPED"}


def test_what_was_not_answered_in_frames_without_a_time_is_not_called_silence(tmp_path: Path) -> None:
    run = Run(lambda _: True, now=START)
    run.send(to_gatekeeper(grq(1)))
    run.wait(60)
    asked = run.frames[0].data
    told = explained(tmp_path, pcapng([(START, asked), (START + 60, SITE[0][1])]))
    assert discovery(told) is StageStatus.FAILED
    for form in (
        section() + interface() + simple(asked) + packet(START + 60, SITE[0][1]),
        section() + interface() + packet(START, asked) + simple(SITE[0][1]) + packet(START + 60, SITE[0][1]),
        pcap([(0.0, asked), (START + 60, SITE[0][1])]),  # what editcap makes of the first
        section() + interface() + simple(asked) + simple(SITE[0][1]) * 20_000,
    ):
        found = explained(tmp_path, form)
        assert discovery(found) is StageStatus.NOT_VISIBLE
        assert not any(" 0.0 s" in line.because for line in found.judgement.handsets[0].stages)
        assert "CAPTURE_UNTIMED" in codes(found)


@settings(max_examples=20, deadline=None)
@given(kinds=st.lists(st.booleans(), min_size=len(SITE), max_size=len(SITE)))
def test_a_registration_is_seen_with_any_frames_without_a_time(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[bool]
) -> None:
    blocks = [
        simple(frame) if kind else packet(time, frame)
        for kind, (time, frame) in zip(kinds, SITE, strict=True)
    ]
    path = tmp_path_factory.getbasetemp() / "mixed.pcapng"
    path.write_bytes(section() + interface() + b"".join(blocks))
    found = explain([path])
    (handset,) = found.judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert ("CAPTURE_UNTIMED" in codes(found)) == any(kinds)
    assert not [each for each in handset.stages if each.state is StageStatus.FAILED]


JOURNAL = b"__REALTIME_TIMESTAMP=1700000000000000\nMESSAGE=again\n\n"
EVENT = struct.pack("<HQQIHI", 0, 1_700_000_000_000_000_000, 5, 26, 1, 0)
# Kind and body of blocks, of which Wireshark shows some as frames and some not.
BLOCKS = {
    "journal": (9, JOURNAL),
    "custom, copied": (0x0BAD, struct.pack("<I", 32473) + b"anything"),
    "custom, not copied": (0x40000BAD, struct.pack("<I", 32473) + b"anything"),
    "sysdig": (0x204, EVENT),
    "sysdig 2": (0x216, EVENT),
    "sysdig 2 large": (0x221, EVENT),
    "statistics": (5, bytes(12)),
    "names": (4, bytes(4)),
    "secrets": (10, struct.pack("<II", 0x544C534B, 4) + b"abcd"),
    "unknown": (0x7777, bytes(8)),
    "local": (0x80000001, bytes(8)),
}


@pytest.mark.peers
@pytest.mark.parametrize("name", BLOCKS)
def test_frames_are_numbered_as_wireshark_numbers_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / "numbered.pcapng"
    between = block("<", *BLOCKS[name])
    path.write_bytes(section() + interface() + between.join(packet(*each) for each in SITE[:4]))
    command = ["tshark", "-n", "-r", str(path), "-Y", "dhcp", "-T", "fields", "-e", "frame.number"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    capture = Capture(path)
    assert [str(each.number) for each in capture] == told
    assert len(told) == 4


def test_a_file_says_itself_when_it_was_running(tmp_path: Path) -> None:
    for described, unit in ((interface(), 1e-6), (interface(resolution=9), 1e-9)):
        frame = packet(START, SITE[0][1], unit=unit)
        body = section() + described + frame + statistics(START - 30, START + 300)
        (summary,) = explained(tmp_path, body).summaries
        assert (summary.first, summary.last) == pytest.approx((START - 30, START + 300))
    nonsense = section() + interface() + packet(START, SITE[0][1]) + statistics(5.0, 9e9)
    (summary,) = explained(tmp_path, nonsense).summaries
    assert (summary.first, summary.last) == (START, START)


def test_the_first_time_is_that_of_a_frame_of_no_interest(tmp_path: Path) -> None:
    noise = bytes(12) + b"\x88\xcc" + bytes(60)
    frames = [(START - 9, noise)] * 5 + SITE + [(SITE[-1][0] + 9, noise)] * 5
    for form in (pcap, pcapng):
        (summary,) = explained(tmp_path, form(frames)).summaries
        assert (summary.first, summary.last) == pytest.approx((START - 9, SITE[-1][0] + 9), abs=1e-5)


def legacy_lz4(data: bytes) -> bytes:
    """As `lz4 -l` writes: 8 MiB a block."""
    blocks = (
        lz4.block.compress(data[at : at + (8 << 20)], store_size=False) for at in range(0, len(data), 8 << 20)
    )
    return b"\x02\x21\x4c\x18" + b"".join(struct.pack("<I", len(each)) + each for each in blocks)


def test_lz4_of_the_legacy_form_is_read_and_a_broken_one_ends_clearly(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap.lz4"
    plain = pcap(SITE * 50)
    long = pcap([*SITE * 50, *[(SITE[0][0], bytes(60_000))] * 150, *SITE])
    path.write_bytes(pcap(SITE))
    once = len(list(Capture(path)))
    frames = 50 * once
    path.write_bytes(legacy_lz4(plain))
    assert len(list(Capture(path))) == frames
    path.write_bytes(legacy_lz4(long))
    assert len(list(Capture(path))) == frames + once
    path.write_bytes(legacy_lz4(plain) + legacy_lz4(b""))
    assert len(list(Capture(path))) == frames
    for broken, kept in ((legacy_lz4(long)[:-10], frames), (legacy_lz4(plain) + b"\xff" * 9, frames)):
        path.write_bytes(broken)
        capture = Capture(path)
        assert len(list(capture)) == kept
        assert "compressed data" in capture.summary.damage


def test_lz4_is_read_and_a_broken_one_ends_clearly(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap.lz4"
    whole = lz4.frame.compress(pcap(SITE * 50))
    path.write_bytes(whole)
    capture = Capture(path)
    assert len(list(capture)) == capture.summary.selected > 50
    assert capture.summary.damage == ""
    path.write_bytes(whole[: len(whole) // 2])
    capture = Capture(path)
    list(capture)
    assert "compressed" in capture.summary.damage


@pytest.mark.peers
@pytest.mark.parametrize("length", [60, 80, 120])
def test_a_snap_length_that_editcap_hid_is_seen(tmp_path: Path, length: int) -> None:
    whole, cut = tmp_path / "whole.pcap", tmp_path / "cut.pcap"
    whole.write_bytes(pcap(SITE))
    subprocess.run(["editcap", "-L", "-s", str(length), whole, cut], check=True, timeout=60)
    assert "CAPTURE_CLIPPED" in codes(explain([cut]))
    assert "CAPTURE_CLIPPED" not in codes(explain([whole]))
