"""`ringfence explain` as a person runs it, and the report it writes."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from rich.console import Console

from ringfence.apps.cli.explaining.result import ExplainRequest
from ringfence.apps.cli.explaining.screen import print_explanation, print_handset
from ringfence.apps.cli.explaining.table import HandsetRow, print_handset_rows, print_verdict
from ringfence.apps.cli.main import main
from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.apps.cli.screens.terminal import TerminalScreen
from ringfence.capture.frame import Tap
from ringfence.wire import ras
from ringfence.wire.h225.ras_registration import RegistrationRequest
from support.captures.capture_files import pcap
from support.captures.recorded_site import (
    DATA_GIADDR,
    FIRST,
    GATEKEEPER,
    HANDSET,
    Lost,
    Run,
    ask,
    boot,
    lease,
    rrj,
    rrq,
    to_gatekeeper,
)
from support.pages import without_own_script

HOSTILE = '<script>alert("x")</script>\x1b[31m'


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def explain(*arguments: object) -> Done:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["explain", *map(str, arguments)])
    out.seek(0)
    err.seek(0)
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.read(), err.read())


def written(folder: Path, run: Run) -> tuple[Path, Path]:
    near, far = folder / "near.pcap", folder / "far.pcap"
    for path, tap in ((near, Tap.HANDSETS), (far, Tap.SERVERS)):
        path.write_bytes(pcap([(each.time, each.data) for each in run.frames if each.tap == tap]))
    return near, far


@pytest.fixture(params=[1, 2])
def how_many(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_a_registered_handset_is_exit_0(tmp_path: Path, how_many: int) -> None:
    done = explain(*written(tmp_path, boot())[:how_many])
    assert done.returncode == 0
    assert re.match(r"ringfence \S+, \d{4}-\d\d-\d\d\n", done.stdout)
    assert "REGISTERED  1 of 1 handsets registered" in done.stdout
    assert "\x1b[" not in done.stdout


def no_call_back(packet: object) -> bool:
    return getattr(packet, "destination_port", 0) == 1720


def lost_at(tmp_path: Path, lost: Lost = no_call_back) -> tuple[Path, Path]:
    return written(tmp_path, boot(lost))


def test_two_captures_name_the_missing_rule_in_the_firewalls_syntax(tmp_path: Path) -> None:
    done = explain(*lost_at(tmp_path), "--for", "cisco-asa")
    assert done.returncode == 1
    assert "stops at signal" in done.stdout
    assert "would let it pass: tcp 10.1.0.30:61440-61444 -> 10.20.0.50:1720" in done.stdout
    assert "permit tcp host 10.1.0.30 range 61440 61444 host 10.20.0.50 eq 1720" in done.stdout


@pytest.mark.parametrize(
    ("target", "begins"),
    [
        ("nftables", "nft insert rule inet ringfence between-zones 'ip saddr 10.1.0.30 "),
        ("iptables", "iptables -I FORWARD -s 10.1.0.30/32 "),
        ("cisco-asa", "access-list SERVERS_IN line 1 extended permit tcp host 10.1.0.30 "),
        ("routeros", "/ip firewall filter add chain=forward src-address=10.1.0.30 "),
        ("pf", "pass quick inet proto tcp from 10.1.0.30 "),
    ],
)
def test_what_is_written_adds_the_rule_and_nothing_else(tmp_path: Path, target: str, begins: str) -> None:
    done = explain(*lost_at(tmp_path), "--for", target, "--json")
    (line,) = json.loads(done.stdout)["rules"]["text"].splitlines()
    assert line.startswith(begins)
    shown = explain(*lost_at(tmp_path), "--for", target)
    assert line in shown.stdout
    assert "note: where: " in shown.stderr


def test_a_rule_that_the_target_cannot_say_leaves_the_explanation(tmp_path: Path) -> None:
    done = explain(*lost_at(tmp_path), "--for", "aws-sg")
    assert done.returncode == 2
    assert "stops at signal" in done.stdout
    assert "cannot express source-port" in done.stderr


def test_one_capture_proves_no_rule_missing(tmp_path: Path) -> None:
    done = explain(lost_at(tmp_path)[1], "--for", "nftables")
    assert done.returncode == 1
    assert "rule it needs, if that is the cause: tcp 10.1.0.30:61440-61444 -> 10.20.0.50:1720" in done.stdout
    assert "would let it pass" not in done.stdout
    assert "the capture cannot prove them missing" in done.stdout


@pytest.mark.parametrize(
    "word", ["2001", "20", "10.20.0.50", "00:1b:4f", "001B4F000001", "00-1b-4f-00-00-01"]
)
def test_a_handset_is_found_by_any_of_its_names(tmp_path: Path, word: str) -> None:
    done = explain(*lost_at(tmp_path), "--handset", word)
    assert done.returncode == 1
    assert "<= signal" in done.stdout
    assert "GRQ 10" in done.stdout


def test_an_unknown_handset_is_a_question_with_an_answer(tmp_path: Path) -> None:
    done = explain(lost_at(tmp_path)[0], "--handset", "3")
    assert done.returncode == 2
    assert "there are: 2001 00:1b:4f:00:00:01 10.20.0.50" in done.stderr


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    done = explain(*lost_at(tmp_path), "--json", "--csv", table, "--for", "nftables")
    document = json.loads(done.stdout)
    (handset,) = document["explanation"]["handsets"]
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert (
        (handset["verdict"], handset["stops_at"]) == (row["verdict"], row["stops_at"]) == ("silent", "signal")
    )
    assert row["findings"] == "SIGNALLING_DROPPED"
    assert document["explanation"]["legs"][0]["remedy"] == "rule"
    assert "tcp sport 61440-61444 tcp dport 1720" in document["rules"]["text"]


def test_captures_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    near, _ = written(tmp_path, boot())
    other = Run(now=5.0, initial=77)
    ask(other, rrq(900), rrj(900, "securityDenial"))
    (tmp_path / "other").mkdir()
    _, far = written(tmp_path / "other", other)
    done = explain(near, far)
    assert done.returncode == 2
    assert "in common" in done.stderr


@pytest.mark.parametrize("octets", [b"", b"no capture at all, but text of some length"])
def test_what_is_no_capture_is_exit_2(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(octets)
    done = explain(path)
    assert done.returncode == 2
    assert str(path) in done.stderr


def test_wrong_arguments_are_exit_2(tmp_path: Path) -> None:
    near, far = written(tmp_path, boot())
    assert explain(tmp_path).returncode == 2
    assert explain(tmp_path / "missing").returncode == 2
    assert explain(near, far, near).returncode == 2
    assert explain(near, "--for", "etch-a-sketch").returncode == 2
    assert explain(near, "--csv", tmp_path / "no" / "such").returncode == 2
    assert explain(near, "--html", tmp_path / "no" / "such").returncode == 2


def hostile(folder: Path) -> tuple[Path, Path]:
    request = ras.decode(rrq(5))
    assert isinstance(request, RegistrationRequest)
    request = msgspec.structs.replace(request, terminalAlias=[("h323-ID", HOSTILE)])
    run = Run()
    ask(run, ras.encode(request), rrj(5, "securityDenial"))
    for seconds in (1, 2, 3):
        run.wait(seconds)
    return written(folder, run)


def test_aliases_do_not_write_to_the_terminal(tmp_path: Path) -> None:
    for options in ((), ("--handset", "<script>")):
        done = explain(hostile(tmp_path)[0], *options)
        assert "\x1b" not in done.stdout
        assert r"\x1b[31m" in done.stdout


class Page(HTMLParser):
    """Tags, and whether each was closed by its own end tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references += [value or "" for name, value in attributes if name in {"src", "href", "action"}]
        if tag not in {"meta", "rect", "line", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    explain(*lost_at(tmp_path), "--html", path, "--for", "fortios")
    text = path.read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.references == []
    assert not re.search(r"url\(|@import|https?:", text)
    assert {"svg", "table"} <= set(page.tags)
    assert "SIGNALLING_DROPPED" in text
    assert "set tcp-portrange 1720:61440-61444" in text
    assert text.count("class=guilty") == 3
    assert f"{HANDSET}" in text and f"{GATEKEEPER}" in text


def test_the_report_shows_what_packets_say_and_obeys_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    explain(hostile(tmp_path)[0], "--html", path)
    text = without_own_script(path.read_text())
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in text
    assert "\x1b" not in text


def test_a_formula_in_an_alias_stays_text_in_a_spreadsheet(tmp_path: Path) -> None:
    request = ras.decode(rrq(6))
    assert isinstance(request, RegistrationRequest)
    run = Run()
    ask(
        run,
        ras.encode(msgspec.structs.replace(request, terminalAlias=[("h323-ID", "=1+2")])),
        rrj(6, "securityDenial"),
    )
    near, _ = written(tmp_path, run)
    table = tmp_path / "rows.csv"
    explain(near, "--csv", table)
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert row["alias"] == "'=1+2"


def test_a_growing_file_is_followed_until_it_is_interrupted(tmp_path: Path) -> None:
    _, whole = written(tmp_path, boot())
    octets = whole.read_bytes()
    growing = tmp_path / "growing.pcap"
    growing.write_bytes(b"")  # tcpdump has created it and written nothing yet
    program = [sys.executable, "-u", "-c", "from ringfence.apps.cli.main import main; main()"]
    with subprocess.Popen(
        [*program, "explain", str(growing), "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        half = len(octets) // 3
        growing.write_bytes(octets[:half])  # in the middle of a record
        first = running.stdout.readline()
        assert "undecided" in first or "not visible" in first
        with growing.open("ab") as file:
            file.write(octets[half:])
        assert "registered" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
        assert running.wait(20) == 0
        assert "REGISTERED  1 of 1 handsets registered" in rest


def test_a_file_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    assert explain(tmp_path / "missing", "--follow").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--follow", "lo"), "explain -i lo"),
        (("-i", "nosuch0"), "no such interface"),
        (("-i", "lo", "x.pcap"), "--interface"),
        (("--seconds", "3", "x.pcap"), "--seconds"),
        ((), "no capture is given"),
    ],
)
def test_files_and_interfaces_are_not_mixed_up(arguments: tuple[str, ...], words: str) -> None:
    done = explain(*arguments)
    assert done.returncode == 2
    # Without the right to listen nothing can be said about the interface.
    assert words in done.stderr or ("no such" in words and "CAP_NET_RAW" in done.stderr)


def test_a_narrow_terminal_shows_every_word(tmp_path: Path) -> None:
    judged = ExplainRequest(lost_at(tmp_path), 120.0, None).answer().shown
    stream = io.StringIO()
    out = TerminalScreen(Console(file=stream, force_terminal=True, width=80, color_system=None))
    print_explanation(out, judged)
    words = stream.getvalue().split()
    assert {"silent", *judged.handsets[0].sentence.split()} <= set(words)
    assert "signal" in words


def test_a_capture_that_ends_early_is_undecided_and_not_unwell(tmp_path: Path) -> None:
    run = Run()
    assert lease(run, DATA_GIADDR, FIRST, 1)
    page = tmp_path / "report.html"
    done = explain(written(tmp_path, run)[0], "--html", page)
    assert done.returncode == 1
    assert "UNDECIDED  0 of 1 handsets registered; nothing failed in what the capture shows" in done.stdout
    assert "Nothing failed in what the capture shows" in page.read_text()


def test_a_registration_with_a_fault_beside_it_names_the_fault(tmp_path: Path) -> None:
    run = boot(no_call_back)
    run.wait(300)
    run.send(to_gatekeeper(rrq(77, keep_alive=True)))
    frames = [each for each in run.frames if each.tap == Tap.HANDSETS]
    near = tmp_path / "near.pcap"
    near.write_bytes(pcap([(each.time, each.data) for each in frames]))
    done = explain(near)
    assert done.returncode == 1
    assert "but SIGNALLING_ABSENT" in done.stdout
    assert "PROBLEMS FOUND  1 of 1 handsets registered; SIGNALLING_ABSENT" in done.stdout


def test_a_ladder_that_is_too_wide_becomes_a_list_with_the_same_packets(tmp_path: Path) -> None:
    answer = ExplainRequest(lost_at(tmp_path), 120.0, None).answer()
    shown = {}
    for width in (80, 200):
        stream = io.StringIO()
        out = TerminalScreen(Console(file=stream, force_terminal=True, width=width, color_system=None))
        print_handset(out, answer.shown.handsets[0], answer.timelines[0])
        rows = [line for line in stream.getvalue().splitlines() if re.match(r" +\d+\.\d{3} ", line)]
        shown[width] = [row.split()[:2] for row in rows]
        assert all(len(row) <= width for row in rows)
        assert sum("<= signal" in row for row in rows) == 3
    assert shown[80] == shown[200]
    assert len(shown[80]) > 20


def test_many_handsets_are_counted_by_where_they_stop() -> None:
    def line(number: int, stops_at: str) -> HandsetRow:
        return HandsetRow(
            "silent", f"{number}", "3 of 9", stops_at, "no answer", healthy=False, failures=("RAS_DROPPED",)
        )

    lines = [line(number, "address" if number < 100 else "discover") for number in range(300)]
    for terminal in (True, False):
        stream = io.StringIO()
        out = (
            TerminalScreen(Console(file=stream, force_terminal=True, width=150, color_system=None))
            if terminal
            else PlainScreen(stream)
        )
        print_handset_rows(out, "reached", lines)
        print_verdict(out, lines)
        text = stream.getvalue()
        assert "PROBLEMS FOUND  0 of 300 handsets registered; 100 stop at address, 200 at discover" in text
        assert text.count("no answer") == (200 if terminal else 300)
        assert ("and 100 more" in text) is terminal


def test_what_stops_a_handset_is_told_before_what_ails_the_file(tmp_path: Path) -> None:
    near, far = lost_at(tmp_path)
    far.write_bytes(far.read_bytes()[:-3])
    done = explain(near, far)
    assert done.stdout.index("SIGNALLING_DROPPED") < done.stdout.index("CAPTURE_DAMAGED")
