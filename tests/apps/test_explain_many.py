"""`ringfence explain --many`: captures cut into files say the same as the whole."""

import csv
import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ringfence.apps.cli.explaining.many import Many, print_site, read_many
from ringfence.apps.cli.main import main
from ringfence.apps.cli.screens.terminal import TerminalScreen
from ringfence.capture.frame import Tap
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.many.census import Census
from ringfence.diagnosis.many.events import FileEvents, all_learned_ports, events_of
from ringfence.diagnosis.many.sitewide import MergedSite, SiteRow, merge
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage
from support.captures.capture_files import pcap, pcapng
from support.captures.simulated_failures import RENEWALS, Scene, play
from support.example_sites import example

Frame = tuple[float, bytes]
# Which rule each handset lacks; empty: none. All are captured at the firewall's inside for over an hour.
LACKING = ((), (), ("signal-gatekeeper",), ("files-http",), ("discover+ras+ras-refresh",), ())
BOOT_AFTER = 7.3


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def many(*arguments: object) -> Done:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["explain", "--many", *map(str, arguments)])
    out.seek(0)
    err.seek(0)
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.read(), err.read())


@cache
def captured() -> tuple[Frame, ...]:
    """Several handsets booting one after the other, each with an address of its own."""
    found: list[Frame] = []
    for number, without in enumerate(LACKING, 1):
        branch = example("branch")
        group = branch.groups[0]
        user = replace(group.user, mac=f"00:1b:4f:00:00:{number:02x}", extension=str(2000 + number))
        site = replace(branch, groups=(replace(group, user=user),))
        scene = Scene(site, without=without, seconds=RENEWALS)
        for frame in play(scene):
            if frame.tap == Tap.HANDSETS:
                found.append((frame.time + number * BOOT_AFTER, readdressed(frame.data, number)))
    return tuple(sorted(found))


def readdressed(frame: bytes, number: int) -> bytes:
    """The simulator's server leases .128 to whoever is alone: give this handset its own."""
    for network in (b"\x0a\x0a\x00", b"\x0a\x14\x00"):
        frame = frame.replace(network + b"\x80", network + bytes((0x80 + number,)))
    return frame


def cut(folder: Path, frames: Sequence[Frame], places: Sequence[int]) -> list[Path]:
    ends = sorted({0, len(frames), *places})
    paths = []
    for number, (start, end) in enumerate(pairwise(ends)):
        paths.append(folder / f"ring_{number:05}.pcap")
        paths[-1].write_bytes(pcap(frames[start:end]))
    return paths


def site_of(paths: Sequence[Path], ports: Ports | None = None) -> MergedSite:
    return merge([events_of(path) for path in paths], ports or Ports())


def without_files(rows: Sequence[SiteRow]) -> list[SiteRow]:
    return [msgspec.structs.replace(row, files=()) for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.pcap"
    path.write_bytes(pcap(captured()))
    return path


@pytest.fixture(scope="module")
def rows(whole: Path) -> tuple[SiteRow, ...]:
    return site_of([whole]).rows


def test_the_whole_says_what_explain_says_of_it(whole: Path, rows: Sequence[SiteRow]) -> None:
    judged = {each.mac: each for each in explain([whole]).judgement.handsets}
    assert {row.mac: (row.verdict, row.sentence, set(row.reached)) for row in rows} == {
        mac: (each.verdict, each.sentence, set(each.reached)) for mac, each in judged.items()
    }
    stops = [row.stops_at for row in rows]
    assert stops == ["provision", "discover", "", "", "", ""]
    # Dropped at the outside, the call-back is merely absent at the inside.
    assert [row.healthy for row in rows] == [False, False, False, True, True, True]
    assert rows[2].codes == ("SIGNALLING_ABSENT",)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_wherever_files_are_cut_the_rows_are_those_of_the_whole(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, rows: Sequence[SiteRow]
) -> None:
    frames = captured()
    places = data.draw(st.lists(st.integers(1, len(frames) - 1), min_size=1, max_size=12))
    paths = cut(tmp_path_factory.mktemp("cut"), frames, places)
    data.draw(st.randoms()).shuffle(paths)
    assert without_files(site_of(paths).rows) == without_files(rows)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_count_while_reading_is_that_of_the_table(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, rows: Sequence[SiteRow]
) -> None:
    frames = captured()
    places = data.draw(st.lists(st.integers(1, len(frames) - 1), max_size=6))
    census = Census()
    for path in cut(tmp_path_factory.mktemp("cut"), frames, places):
        census.add(events_of(path).census)
    assert census.handsets == len(rows)


def test_ports_that_one_file_names_are_looked_at_in_all() -> None:
    told = (Ports(signalling=frozenset({1720, 1999})), Ports(files=frozenset({80, 8080})), Ports())
    union = all_learned_ports([FileEvents(str(each), learned_ports=each) for each in told])
    assert (union.signalling, union.files) == (frozenset({1720, 1999}), frozenset({80, 443, 411, 8080}))


@pytest.mark.parametrize("width", [80, 200])
def test_a_narrow_terminal_shows_the_cause_too(whole: Path, rows: Sequence[SiteRow], width: int) -> None:
    stream = io.StringIO()
    out = TerminalScreen(Console(file=stream, force_terminal=True, width=width, color_system=None))
    print_site(out, *read_many(Many((whole,), workers=1)))
    words = stream.getvalue().split()
    assert {word for row in rows for word in row.sentence.split()} <= set(words)
    assert "SIGNALLING_ABSENT" in words


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_file_read_in_ranges_gives_the_table_of_one_pass(
    data: st.DataObject, whole: Path, rows: Sequence[SiteRow]
) -> None:
    least = data.draw(st.integers(2000, whole.stat().st_size // 2))
    files, site = read_many(Many((whole,), workers=1, least=least))
    assert site.rows == rows
    assert files == [events_of(whole)]


def test_ranges_that_do_not_fit_are_read_again_in_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "joined.pcapng"
    frames = captured()
    path.write_bytes(pcapng(frames[: len(frames) // 2]) + pcapng(frames[len(frames) // 2 :]))
    files, site = read_many(Many((path,), workers=2, least=path.stat().st_size // 5))
    assert files == [events_of(path)]
    assert site.rows == site_of([path]).rows


def test_a_handset_that_registers_in_one_file_and_lives_on_in_the_next_is_one_row(tmp_path: Path) -> None:
    frames = [each for each in captured() if Ends(each[1]).of(1)]
    paths = cut(tmp_path, frames, [len(frames) * 3 // 4])
    alone = site_of(paths[1:]).rows
    (row,) = site_of(paths).rows
    assert (alone[0].verdict, row.verdict) == (HandsetVerdict.REGISTERED, HandsetVerdict.REGISTERED)
    assert Stage.ADDRESS not in alone[0].reached
    assert {Stage.ADDRESS, Stage.REGISTER, Stage.KEEP_ALIVE} <= set(row.reached)
    assert row.files == tuple(map(str, paths))


class Ends(NamedTuple):
    frame: bytes

    def of(self, number: int) -> bool:
        """Whether a frame bears this handset's MAC (in DHCP) or one of its addresses."""
        own = (
            bytes.fromhex(f"001b4f0000{number:02x}"),
            *(bytes((10, net, 0, 128 + number)) for net in (10, 20)),
        )
        return any(each in self.frame for each in own)


@pytest.mark.parametrize("longest", [60, 111, 220, 305, 480])
def test_parts_judged_one_by_one_raise_no_false_alarm(
    whole: Path, rows: Sequence[SiteRow], longest: int
) -> None:
    parts = merge([events_of(whole)], Ports(), longest=longest).rows
    expected = {row.handset: (row.verdict, row.stops_at) for row in rows}
    assert {row.handset: (row.verdict, row.stops_at) for row in parts} == expected


def test_ports_that_a_lease_in_one_file_names_are_looked_at_in_all(tmp_path: Path) -> None:
    frames = captured()
    moved = [(time, ras_moved(frame)) for time, frame in frames]
    paths = cut(tmp_path, moved, [len(moved) // 6, len(moved) // 2])
    _, site = read_many(Many(tuple(paths), workers=1))
    assert sum(row.verdict is HandsetVerdict.REGISTERED for row in site.rows) == 4


def test_ports_that_a_file_names_need_no_second_reading(tmp_path: Path) -> None:
    path = tmp_path / "moved.pcap"
    path.write_bytes(pcap([(time, ras_moved(frame)) for time, frame in captured()]))
    once = events_of(path)
    assert once.looked_at == once.learned_ports != Ports()
    assert once.kept == events_of(path, once.learned_ports).kept


def ras_moved(frame: bytes) -> bytes:
    """The gatekeeper on 1819: in UDP headers, and in option 242 where it says so in as many octets."""
    return frame.replace(b"\x06\xb7", b"\x07\x1b").replace(b"MCPORT=1719", b"MCPORT=1819")


def test_a_damaged_file_is_named_and_the_others_are_judged(tmp_path: Path) -> None:
    paths = cut(tmp_path, captured(), [50, 200])
    text, short = tmp_path / "notes.pcap", tmp_path / "short.pcap"
    text.write_bytes(b"no capture at all, but text of some length")
    short.write_bytes(paths[1].read_bytes()[:-5])
    done = many(*paths[:1], short, *paths[2:], text, tmp_path / "missing.pcap", "--workers", 1)
    assert done.returncode == 1
    assert "notes.pcap: is not a pcap or pcapng capture" in done.stdout
    assert "short.pcap: the last record is cut short" in done.stdout
    assert "missing.pcap: No such file" in done.stdout
    assert "4 of 6 handsets registered" in done.stdout
    assert many(text, "--workers", 1).returncode == 2


def test_processes_csv_and_json_agree(tmp_path: Path, rows: Sequence[SiteRow]) -> None:
    paths = cut(tmp_path, captured(), [100, 300])
    table = tmp_path / "rows.csv"
    done = many(*paths, "--workers", 2, "--json", "--csv", table)
    assert done.returncode == 1
    shown = json.loads(done.stdout)
    written = list(csv.DictReader(table.read_text().splitlines()))
    expected = [(row.mac, row.verdict.value, row.stops_at) for row in rows]
    assert [(row["mac"], row["verdict"], row["stops_at"]) for row in shown["handsets"]] == expected
    assert [(row["mac"], row["verdict"], row["stops_at"]) for row in written] == expected
    assert [file["file"] for file in shown["files"]] == list(map(str, paths))


def test_all_registered_is_exit_0(tmp_path: Path) -> None:
    frames = [each for each in captured() if Ends(each[1]).of(1)]
    done = many(*cut(tmp_path, frames, [30]), "--workers", 1)
    assert (done.returncode, "1 of 1 handsets registered" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    "option", [("--handset", "2001"), ("--for", "nftables"), ("--follow",), ("--html", "x.html")]
)
def test_options_for_single_captures_are_refused(whole: Path, option: tuple[str, ...]) -> None:
    done = many(whole, *option)
    assert done.returncode == 2
    assert option[0] in done.stderr


QUERY = (
    (Path(__file__).parents[2] / "docs" / "many-captures.md").read_text().split("```sql\n")[1].split("```")[0]
)


def test_the_documented_query_over_the_events_gives_the_same_table(
    tmp_path: Path, rows: Sequence[SiteRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    paths = cut(tmp_path, captured(), [100, 300])
    assert many(*paths, "--workers", 1, "--parquet", tmp_path / "events.parquet").returncode == 1
    monkeypatch.chdir(tmp_path)
    found = duckdb.sql(QUERY).fetchall()
    assert {(row[0], row[2], row[3]) for row in found} == {
        (row.handset, row.verdict.value, row.stops_at) for row in rows
    }
    assert found[-1][2] == "registered"


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_says_the_same(tmp_path: Path, rows: Sequence[SiteRow]) -> None:
    distributed = pytest.importorskip("dask.distributed")
    paths = cut(tmp_path, captured(), [100, 300])
    with distributed.LocalCluster(
        n_workers=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        _, site = read_many(Many(tuple(paths), scheduler=cluster.scheduler_address))
    assert without_files(site.rows) == without_files(rows)


def test_a_scheduler_that_is_none_is_a_clear_error(whole: Path) -> None:
    pytest.importorskip("dask.distributed")
    done = many(whole, "--scheduler", "no address at all")
    assert done.returncode == 2
    assert "--scheduler" in done.stderr
