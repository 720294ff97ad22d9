"""`ringfence simulate`: flags and files in the same words, the answer first, a remedy for every mistake."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.apps.cli import exits
from ringfence.apps.cli.main import main
from ringfence.apps.cli.simulating import words
from ringfence.apps.cli.simulating.files import scenarios
from ringfence.model.errors import InputError
from ringfence.simulation.scenario import Cable, Capacity, Failure, Happening, checked_scenario

START = "import sys; from ringfence.apps.cli.entry import run; sys.argv[0] = 'ringfence'; run()"


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, "simulate", *arguments], capture_output=True, text=True, check=False
    )


def test_the_answer_comes_first_and_the_files_say_the_same(tmp_path: Path) -> None:
    page, course = tmp_path / "page.html", tmp_path / "course.csv"
    done = simulate(
        *("--phones", "12", "--within", "3s", "--server", "gatekeeper=service 20ms", "--html", str(page)),
        *("--csv", str(course), "--fail", "gatekeeper unreachable at 20s for 1s"),
    )
    assert done.returncode == 0, done.stderr
    answer = re.match(r"EVERYBODY CAN CALL  ([0-9.]+ s) after power returned: all 12 phones", done.stdout)
    assert answer is not None
    html = page.read_text()
    assert answer[1] in html
    assert "<svg class=chart" in html
    assert not re.search("<script src|src=|href=|@import|url[(]", html)
    rows = list(csv.DictReader(course.read_text().splitlines()))
    assert rows[-1]["can_be_called"] == "12"
    assert {"states firewall", "waiting gatekeeper 10.1.0.30"} <= set(rows[0])


def test_json_has_everything_and_the_status_says_who_cannot_call() -> None:
    done = simulate("blog-as-written", "--phones", "3", "--within", "1s", "--until", "20s", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["everybody"] is None
    assert document["ready"] == 0
    assert document["scenario"]["phones"] == 3
    assert document["broken"][0]["what"] == "firewall has no rule: udp to port 67"
    assert document["made"]["site"]


def test_a_sweep_has_a_row_for_each_scenario_on_several_processes(tmp_path: Path) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(
        "within: 2s\nservers: {dhcp: service 1ms}\n"
        "sweep: {phones: [4, 8], servers.gatekeeper: [service 10ms, service 200ms]}\n"
    )
    table = tmp_path / "sweep.csv"
    done = simulate("--sweep", str(file), "--workers", "2", "--csv", str(table))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["phones"], row["servers.gatekeeper"]) for row in rows] == [
        ("4", "service 10ms"),
        ("4", "service 200ms"),
        ("8", "service 10ms"),
        ("8", "service 200ms"),
    ]
    after = [float(row["everybody after"].split()[0]) for row in rows]
    assert after[1] > after[0] and after[3] > after[2]


def test_two_processes_do_one_scenario() -> None:
    done = simulate("--phones", "20", "--within", "2s", "--workers", "2", "--server", "dhcp=measured")
    assert done.returncode == 0, done.stderr
    assert "all 20 phones" in done.stdout
    assert "2 parts" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--phones", "many"), "is no number"),
        (("--phones", "0"), "0 phones"),
        (("--within", "soon"), "is no time"),
        (("--within", "10m", "--until", "1m"), "--until is not less"),
        (("--cable", "phones"), "NAME=WORDS"),
        (("--cable", "phones=loss 120%"), "share is from 0 to 1"),
        (("--cable", "carpet=loss 1%"), "carpet"),
        (("--server", "gatekeeper=fast"), "is not understood"),
        (("--server", "gatekeeper=workers 2"), "service"),
        (("--server", "radius=service 1ms"), "radius"),
        (("--fail", "gatekeeper explodes"), "is not understood"),
        (("--fail", "switch dies at 3s"), "switch"),
        (("--fail", "gatekeeper dies at 99h", "--until", "5m"), "within the time"),
        (("--sweep", "nothing.yaml"), "cannot be read"),
        (("--scheduler", "tcp://h:1"), "add --sweep"),
    ],
)
def test_a_mistake_ends_in_a_sentence(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *arguments])
    shown = capsys.readouterr()
    assert ended.value.code == exits.INPUT
    assert said in shown.err
    assert "->" in shown.err or "nothing.yaml" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("60s", 60.0), ("20 ms", 0.02), ("5m", 300.0), ("1.5h", 5400.0), ("1d", 86400.0)],
)
def test_times_are_written_as_people_do(text: str, seconds: float) -> None:
    assert words.read_seconds(text, "here") == pytest.approx(seconds)


def test_cables_servers_and_failures_are_words() -> None:
    assert words.read_cable("delay 20ms, loss 1%", "here") == Cable(loss=0.01, delay=0.02)
    assert words.read_capacity("service 2ms,workers 3", "here") == Capacity(0.002, 3)
    assert words.read_failure("gatekeeper 2 dies at 30s for 1m", "here") == Happening(
        30.0, Failure.DIES, "gatekeeper 2", 60.0
    )
    assert words.read_failure("edge restarts at 5", "here") == Happening(5.0, Failure.RESTARTS, "edge")


def test_a_file_has_every_key(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(
        "phones: 10\nwithin: 60s\nuntil: 10m\nseed: 3\nstates: 1000\n"
        "cables: {uplink: 'loss 1%'}\nservers: {dhcp: service 1ms, files: measured}\n"
        "failures: [phones reboot at 2m for 30s]\n"
    )
    [one] = scenarios(file)
    scenario = checked_scenario(one.scenario, "here")
    assert (scenario.phones, scenario.within, scenario.until, scenario.seed, scenario.states) == (
        *(10, 60.0, 600.0, 3),
        1000,
    )
    assert one.measured == ("files",)
    assert scenario.happenings[0].failure is Failure.REBOOT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "no keys"),
        ("phones: [1]", "words or a number"),
        ("colour: red", "no key 'colour'"),
        ("sweep: {phones: 3}", "has a list"),
        ("sweep: {phones.x: [3]}\nphones: 2", "no keys below"),
        ("failures: never", "is no list"),
        ("cables: [1]", "no keys below"),
        ("a: {b: [", "is not YAML"),
        ("sweep: {phones: [" + "1," * 200 + "], seed: [" + "1," * 200 + "]}", "40000 scenarios"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=re.escape(said)):
        for each in scenarios(file):
            checked_scenario(each.scenario, "here")
