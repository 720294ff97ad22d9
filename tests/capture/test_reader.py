"""Files of every kind give the same frames; damaged ones give a clear end."""

import bz2
import gzip
import lzma
import random
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.capture.frame import LinkType, Tap, TappedFrame
from ringfence.capture.interest import port_table
from ringfence.capture.reader import Capture
from ringfence.capture.selection import wants
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports
from ringfence.wire.frame import frame_of
from support.captures.capture_files import as_link, interface, packet, pcap, pcapng, section, tagged
from support.captures.judged import LAB, timelines_of
from support.captures.recorded_site import GATEKEEPER, HANDSET, boot, udp

START = 1_700_000_000.0
SITE = [(frame.time, frame.data) for frame in boot().frames if frame.tap == Tap.HANDSETS]


def voice(call: int, length: int = 172, port: int = 2048) -> bytes:
    rtp = udp(HANDSET, port + 2 * call, IPv4Address("10.1.0.40"), port, bytes(length))
    return frame_of(rtp, source_mac=b"\x02" + bytes(5), destination_mac=b"\x02" + bytes(4) + b"\1")


def busy(seed: int, calls: int = 1500) -> list[tuple[float, bytes]]:
    """The site's frames strewn over voice of several codecs."""
    chooser = random.Random(seed)
    frames = [
        (START + each * 0.001, voice(each % 7, chooser.choice((172,) * 30 + (32, 92))))
        for each in range(calls)
    ]
    return sorted((*frames, *((START + chooser.random() * calls / 1000, frame) for _, frame in SITE)))


def read(tmp_path: Path, data: bytes) -> tuple[list[TappedFrame], Capture]:
    path = tmp_path / "a.pcap"
    path.write_bytes(data)
    capture = Capture(path)
    return list(capture), capture


FORMS = [
    pytest.param(pcap, id="pcap"),
    pytest.param(lambda frames: pcap(frames, order=">"), id="pcap big-endian"),
    pytest.param(lambda frames: pcap(frames, nano=True), id="pcap nanoseconds"),
    pytest.param(pcapng, id="pcapng"),
    pytest.param(lambda frames: pcapng(frames, order=">"), id="pcapng big-endian"),
    pytest.param(lambda frames: pcapng(frames, nano=True), id="pcapng nanoseconds"),
    pytest.param(lambda frames: gzip.compress(pcap(frames)), id="gzip"),
    pytest.param(lambda frames: bz2.compress(pcap(frames)), id="bzip2"),
    pytest.param(lambda frames: lzma.compress(pcapng(frames)), id="xz"),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_frames_with_their_numbers_and_times(tmp_path: Path, form) -> None:  # type: ignore[no-untyped-def]
    frames = [*busy(1), (START + 99, voice(1))]
    found, capture = read(tmp_path, form(frames))
    chosen = port_table(Ports())
    wanted = [
        (number, frame)
        for number, (_, frame) in enumerate(frames, 1)
        if wants(chosen, LinkType.ETHERNET, frame, 0, len(frame))
    ]
    assert [(each.number, each.data) for each in found] == wanted
    # Bare acknowledgements of file connections are the only frames of the site that prove nothing.
    assert len(SITE) - 3 <= len(wanted) < len(SITE)
    assert found[0].time == pytest.approx(frames[wanted[0][0] - 1][0], abs=2e-6)
    assert capture.summary.frames == len(frames)
    assert capture.summary.damage == ""
    assert capture.summary.last == pytest.approx(frames[-1][0], abs=2e-6)


LINKS = [LinkType.SLL, LinkType.SLL2, LinkType.NULL, LinkType.LOOP, LinkType.RAW, LinkType.IPV4]


@pytest.mark.parametrize("link", LINKS)
def test_every_link_type_gives_the_same_verdict(tmp_path: Path, link: LinkType) -> None:
    # SITE keeps its own times, far enough apart for the gatekeeper's silence; voice comes before it.
    frames = [(time - 1000, frame) for time, frame in busy(2, calls=300) if frame not in dict(SITE).values()]
    both = [(time, as_link(frame, link)) for time, frame in (*frames, *SITE)]
    found, capture = read(tmp_path, pcap(both, link=link))
    assert capture.summary.frames == len(both)
    (timeline,) = timelines_of(found, replace(LAB, both_sides=False))
    assert timeline.verdict is HandsetVerdict.REGISTERED
    assert timeline.alias == "2001"


@pytest.mark.parametrize("tags", [[(0x8100, 20)], [(0x8100, 0xC000)], [(0x88A8, 7), (0x8100, 20)]])
def test_tagged_frames_are_found_in_tagged_voice(tmp_path: Path, tags: list[tuple[int, int]]) -> None:
    frames = [(time, tagged(frame, *tags)) for time, frame in busy(3)]
    plain, _ = read(tmp_path, pcap(busy(3)))
    found, capture = read(tmp_path, pcap(frames))
    assert [each.number for each in found] == [each.number for each in plain]
    assert capture.summary.frames == len(frames)


def test_one_pcapng_with_two_link_types_and_clocks(tmp_path: Path) -> None:
    (_, first), (_, second) = SITE[:2]
    data = section() + interface() + interface(link=LinkType.RAW, resolution=9)
    data += packet(START, first) + packet(START + 1, as_link(second, LinkType.RAW), which=1, unit=1e-9)
    data += section(">") + interface(">") + packet(START + 2, first, order=">")
    found, _ = read(tmp_path, data)
    assert [each.link_type for each in found] == [LinkType.ETHERNET, LinkType.RAW, LinkType.ETHERNET]
    assert [round(each.time - START, 3) for each in found] == [0, 1, 2]
    assert [each.number for each in found] == [1, 2, 3]


def test_a_snap_length_is_seen(tmp_path: Path) -> None:
    found, capture = read(tmp_path, pcap(SITE, snap=60))
    assert capture.summary.clipped == sum(len(SITE[each.number - 1][1]) > 60 for each in found) > 0
    timelines_of(found, replace(LAB, both_sides=False))


def test_a_cut_tail_is_reported_and_the_rest_read(tmp_path: Path) -> None:
    found, capture = read(tmp_path, pcap(SITE)[:-7])
    assert capture.summary.frames == len(SITE) - 1
    assert "cut short" in capture.summary.damage
    found, capture = read(tmp_path, gzip.compress(pcap(busy(4)))[:-500])
    assert found
    assert "compressed" in capture.summary.damage


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"Frame 1: 60 bytes on wire", "not a pcap"),
        (b"snoop\0\0\0\0\0\0\2\0\0\0\4", "snoop"),
        (pcap([], link=195), "195"),
        (section() + interface(link=195) + packet(1, b"x" * 60), "195"),
        (pcap([])[:20], "ends within"),
        (pcap([]) + b"\xff" * 64, "record 1 claims"),
        (b"\x28\xb5\x2f\xfd\0\0", "Zstandard"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed"),
    ],
)
def test_what_is_no_capture_is_refused_with_the_place(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, data)
    assert str(tmp_path) in caught.value.where
    assert caught.value.remedy


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError):
            list(Capture(path))


def test_a_lying_length_ends_reading_but_keeps_what_came_before(tmp_path: Path) -> None:
    data = pcap(SITE[:3])
    found, capture = read(tmp_path, data + b"\0" * 8 + b"\xff\xff\xff\x7f" * 2 + bytes(100))
    assert len(found) == 3
    assert "record 4 claims" in capture.summary.damage


BASES = [pcap(SITE[:12]), pcapng(SITE[:12]), gzip.compress(pcap(SITE[:12]))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), max_size=6),
)
def test_a_damaged_file_never_raises_anything_else(
    tmp_path: Path, base: bytes, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(base)
    for place, octets in changes:
        at = place % len(data)
        data[at : at + len(octets)] = octets
    try:
        found, _ = read(tmp_path, bytes(data))
    except InputError:
        return
    timelines_of(found, replace(LAB, both_sides=False))
    timelines_of(found)


@settings(max_examples=150, deadline=None)
@given(
    frames=st.lists(
        st.tuples(st.integers(0, len(SITE) - 1), st.integers(0, 1500), st.binary(max_size=8)), max_size=12
    )
)
def test_damaged_frames_never_raise(frames: list[tuple[int, int, bytes]]) -> None:
    damaged = []
    for index, place, octets in frames:
        time, data = SITE[index]
        at = place % len(data)
        damaged.append(TappedFrame(time, Tap.HANDSETS, data[:at] + octets + data[at + len(octets) :]))
        damaged.append(TappedFrame(time + 0.001, Tap.SERVERS, data[: at + 1]))
    timelines_of(damaged)


def test_ports_of_the_site_are_kept() -> None:
    moved = port_table(Ports(ras=frozenset({2719})))
    frame = frame_of(
        udp(HANDSET, 49300, GATEKEEPER, 2719, b"x"), source_mac=bytes(6), destination_mac=bytes(6)
    )
    assert wants(moved, LinkType.ETHERNET, frame, 0, len(frame))
    assert not wants(port_table(Ports()), LinkType.ETHERNET, frame, 0, len(frame))


def test_frames_of_an_interface_that_is_not_described_are_told(tmp_path: Path) -> None:
    (_, first), (_, second) = SITE[:2]
    data = section() + interface() + packet(START, first) + packet(START + 1, second, which=3)
    found, capture = read(tmp_path, data)
    assert len(found) == 1
    (finding,) = capture.summary.findings()
    assert "1 frames are of interfaces that it does not describe" in finding.sentence


def test_a_capture_that_begins_at_time_0_ran_from_then(tmp_path: Path) -> None:
    """Relative clocks begin so; boots are frames of interest, each of which could be the first."""
    path = tmp_path / "a.pcap"
    asked = frame_of(
        udp(HANDSET, 49300, GATEKEEPER, 1719, bytes(20)), source_mac=bytes(6), destination_mac=bytes(6)
    )
    path.write_bytes(pcap([(0.0, asked), (5.0, asked)]))
    read = Capture(path)
    assert len(list(read)) == 2
    assert (read.summary.first, read.summary.last) == (0.0, 5.0)
