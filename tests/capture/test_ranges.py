"""A file read in ranges holds what it holds in one piece, wherever it is cut."""

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture.ranges import FilePart, parts_at, parts_of
from ringfence.diagnosis.many.events import FileEvents, events_of, joined_ranges
from support.captures.capture_files import interface, packet, pcap, pcapng, section
from support.captures.recorded_site import boot

RTP = (
    bytes(12)
    + b"\x08\x00\x45\x00\x00\xc8"
    + bytes(5)
    + b"\x11"
    + bytes(10)
    + b"\x13\x88\x13\x8a"
    + bytes(176)
)


@cache
def frames() -> tuple[tuple[float, bytes], ...]:
    found = []
    for each in boot().frames:
        found += [(each.time, each.data), *[(each.time + n / 50, RTP) for n in range(3)]]
    return tuple(found)


FORMS = {
    "little": lambda: pcap(frames()),
    "big, nanoseconds": lambda: pcap(frames(), order=">", nano=True),
    "pcapng": lambda: pcapng(frames()),
    "pcapng, big": lambda: pcapng(frames(), order=">"),
}


def read(parts: tuple[FilePart, ...]) -> FileEvents | None:
    return joined_ranges([events_of(part) for part in parts])


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_cut_anywhere_it_is_the_same(
    form: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "one"
    octets = FORMS[form]()
    path.write_bytes(octets)
    places = data.draw(st.lists(st.integers(0, len(octets) * 4 // 5), min_size=1, max_size=6))
    parts = parts_at(path, places)
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert read(parts) == events_of(path)
    if min(places) > 2000:
        assert len(parts) > 1


def test_a_capture_within_the_traffic_cannot_pass_for_records(tmp_path: Path) -> None:
    """A transferred capture of small records: the cut falls into it, and is found out."""
    inner = pcap([(5.0, bytes(60))] * 40)[24:]
    before, after = frames()[:20], frames()[20:]
    lure = (frames()[20][0], RTP[:42] + inner)
    path = tmp_path / "one"
    path.write_bytes(pcap([*before, lure, *after]))
    parts = parts_at(path, [24 + len(pcap(before)) + 60])
    assert len(parts) == 2
    assert events_of(parts[0]).damage
    assert read(parts) is None


@pytest.mark.parametrize("late", [interface(), section() + interface()])
def test_what_later_ranges_would_need_is_noticed(tmp_path: Path, late: bytes) -> None:
    halves = [b"".join(packet(*each) for each in half) for half in (frames()[:40], frames()[40:])]
    path = tmp_path / "one"
    path.write_bytes(section() + interface() + halves[0] + late + halves[1])
    assert read(parts_at(path, [len(halves[0]) + 3000])) is None
    # In the last range it is in nobody's way.
    if late == interface():
        assert read(parts_at(path, [len(halves[0]) // 3])) == events_of(path)


def test_a_file_that_ends_within_a_record_is_still_read_in_ranges(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(pcap(frames())[:-7])
    found = read(parts_at(path, [5000]))
    assert found == events_of(path)
    assert found is not None
    assert "cut short" in found.damage


def test_only_long_uncompressed_files_are_cut(tmp_path: Path) -> None:
    path, packed = tmp_path / "one", tmp_path / "one.gz"
    path.write_bytes(pcap(frames()))
    packed.write_bytes(gzip.compress(pcap(frames()) * 3, 0))
    assert len(parts_of(path, least=4000)) > 3
    for each in (parts_of(path), parts_of(packed, least=100), parts_of(tmp_path / "missing", least=1)):
        assert [part.whole for part in each] == [True]
