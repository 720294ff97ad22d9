"""`ringfence check` in a pipeline: its files, its exit status by severity, several firewalls in the path."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.main import main
from ringfence.model.catalogue import CATALOGUE
from ringfence.policy.compile import generated
from support.example_sites import example
from support.firewalls.running_configs import running

BRANCH = example("branch")
ROOT = Path(__file__).parents[2]
DOUBT = "-A FORWARD -m bpf --bytecode 1 -j DROP\n"
TIMER = "timeout conn 0:00:15\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    good = running("iptables", generated(BRANCH), BRANCH)
    (tmp_path / "good.txt").write_text(good)
    (tmp_path / "doubt.txt").write_text(good.replace("-A FORWARD", f"{DOUBT}-A FORWARD", 1))
    without = generated(BRANCH).without("signal-gatekeeper")
    (tmp_path / "no signal.txt").write_text(running("iptables", without, BRANCH))
    wide = "-A FORWARD -s 10.20.0.0/24 -d 10.1.0.30/32 -p udp -m udp --dport 69 -j ACCEPT\n"
    (tmp_path / "wide.txt").write_text(good.replace("-A FORWARD", f"{wide}-A FORWARD", 1))
    return tmp_path


def check(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def suites(path: str) -> list[ElementTree.Element]:
    return list(ElementTree.parse(path).getroot())


def run_of(path: str) -> dict[str, Any]:
    log = json.loads(Path(path).read_text())
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


def kinds(suite: ElementTree.Element) -> dict[str, str]:
    """The test cases that did not pass, by name."""
    return {case.get("name", ""): child.tag for case in suite.iter("testcase") for child in case}


def test_every_flow_is_a_case_and_a_blocked_one_fails(folder: Path) -> None:
    assert check("--config", "good.txt", "--junit", "j.xml") == 0
    (suite,) = suites("j.xml")
    assert kinds(suite) == {} and int(suite.get("tests", "")) >= 11
    assert check("--config", "no signal.txt", "--junit", "j.xml") == 1  # over the earlier file
    (suite,) = suites("j.xml")
    assert kinds(suite) == {"signal-gatekeeper": "failure"} and suite.get("failures") == "1"
    failed = suite.find("testcase/failure")
    assert failed is not None and failed.get("type") == "FLOW_BLOCKED" and "1720" in failed.get("message", "")


def test_what_is_not_proved_is_an_error_and_never_passed_over(folder: Path) -> None:
    for chosen in ((), ("--fail-on", "failure")):
        assert check("--config", "doubt.txt", "--junit", "j.xml", *chosen) == 1
        (suite,) = suites("j.xml")
        assert set(kinds(suite).values()) == {"error"} and suite.get("errors") == suite.get("tests")


def test_a_result_has_its_rule_its_line_and_the_same_mark_when_lines_move(folder: Path) -> None:
    assert check("--config", "doubt.txt", "--sarif", "s.json") == 1
    run = run_of("s.json")
    rules = run["tool"]["driver"]["rules"]
    text = (folder / "doubt.txt").read_text().splitlines()
    number = next(n for n, line in enumerate(text, start=1) if "bytecode" in line)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] in CATALOGUE
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "doubt.txt"
        if result["ruleId"] == "FLOW_NOT_PROVED":
            assert place["physicalLocation"]["region"]["startLine"] == number
            assert result["level"] == "error"
    marks = [result["partialFingerprints"]["ringfence/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    (folder / "doubt.txt").write_text("\n".join(["# moved", "#", *text, ""]))
    assert check("--config", "doubt.txt", "--sarif", "s.json") == 1
    moved = [one for one in run_of("s.json")["results"] if one["ruleId"] == "FLOW_NOT_PROVED"]
    assert {one["partialFingerprints"]["ringfence/v1"] for one in moved} <= set(marks)
    assert {one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in moved} == {number + 2}


def test_a_file_name_is_a_uri_and_a_hostile_comment_is_text(folder: Path) -> None:
    assert check("--config", "no signal.txt", "--sarif", "s.json") == 1
    assert run_of("s.json")["artifacts"][0]["location"]["uri"] == "no%20signal.txt"
    nasty = '-A FORWARD -p udp -m comment --comment "]]>\u202e\x9b<x>&\x1b" -j ACCEPT\n'
    (folder / "nasty.txt").write_text((folder / "good.txt").read_text().replace("COMMIT", nasty + "COMMIT"))
    check("--config", "nasty.txt", "--sarif", "s.json", "--junit", "j.xml")
    (suite,) = suites("j.xml")
    assert "]]>" in "".join(suite.itertext())
    for name in ("s.json", "j.xml"):
        assert not {"\u202e", "\x9b", "\x1b"} & set(Path(name).read_text())


def test_severity_decides_where_every_stage_passes(folder: Path) -> None:
    assert check("--config", "wide.txt") == 0
    assert check("--config", "wide.txt", "--fail-on", "failure") == 0
    assert check("--config", "wide.txt", "--fail-on", "warning", "--junit", "j.xml") == 1
    (suite,) = suites("j.xml")
    assert kinds(suite) == {"OPEN_WITHOUT_NEED": "failure"}
    assert check("--config", "wide.txt", "--fail-on", "nothing") == 2


def test_a_finding_of_severity_failure_counts_when_it_is_asked_for(folder: Path) -> None:
    text = running("cisco-asa", generated(BRANCH), BRANCH)
    (folder / "asa.txt").write_text(text + TIMER)
    assert check("--config", "asa.txt", "--sarif", "s.json") == 0
    found = {one["ruleId"]: one["level"] for one in run_of("s.json")["results"]}
    assert found["SIGNALLING_STATE_TOO_SHORT"] == "error"
    assert check("--config", "asa.txt", "--fail-on", "failure") == 1


def test_a_harmful_change_is_a_case_of_its_own(folder: Path) -> None:
    for name, code in (("wide.txt", "CHANGE_OPENS"), ("doubt.txt", "CHANGE_IN_DOUBT")):
        assert check("--config", name, "--diff", "good.txt", "--junit", "j.xml") == 1
        assert kinds(suites("j.xml")[0])[code] == "failure"
    assert check("--config", "good.txt", "--diff", "wide.txt", "--junit", "j.xml") == 0


def test_each_firewall_of_a_path_is_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--config", "good.txt", "--config", "good.txt") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("PERMITS  every stage, at each of 2 firewalls")
    assert check("--config", "good.txt", "--config", "no signal.txt", "--junit", "j.xml") == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "BLOCKS  signal: call-signalling channel at firewall (no signal.txt)"
    first, second = suites("j.xml")
    assert kinds(first) == {} and kinds(second) == {"signal-gatekeeper": "failure"}
    assert check("--config", "good.txt", "--config", "no signal.txt", "--json") == 1
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [(one["file"], one["check"]["answer"]) for one in checks] == [
        ("good.txt", "permits"),
        ("no signal.txt", "blocks"),
    ]
    packet = "10.1.0.30:61440 > 10.20.0.50:1720/tcp"
    assert check("--config", "good.txt", "--config", "no signal.txt", "--packet", packet) == 1
    assert check("--config", "good.txt", "--config", "doubt.txt") == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("NOT PROVED  address")
    assert check("--config", "good.txt", "--config", "good.txt", "--diff", "good.txt") == 2
    assert check("--config", "-", "--config", "-") == 2


def test_a_site_of_several_firewalls_is_told_which_is_which(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = ROOT / "tests/support/sites/hub-and-spokes.yaml"
    named = read_site(str(site))
    names = [one.name for one in named.firewalls]
    assert len(names) > 1
    for name in names:
        (folder / f"{name}.txt").write_text(running("iptables", generated(named, name), named))
    assert check(str(site), "--config", f"{names[0]}.txt") == 2
    assert names[0] in capsys.readouterr().err
    given = [part for name in names for part in ("--config", f"{name}={name}.txt")]
    assert check(str(site), *given) == 0
    assert check(str(site), *given[:2], "--config", f"{names[0]}={names[1]}.txt") == 2
    capsys.readouterr()
    exchanged = ["--config", f"{names[0]}={names[1]}.txt", "--config", f"{names[1]}={names[0]}.txt"]
    assert check(str(site), *exchanged) == 1


def test_names_of_zones_go_to_the_configuration_that_has_them(folder: Path) -> None:
    text = running("panos", generated(BRANCH), BRANCH)
    (folder / "pan.txt").write_text(
        text.replace("from handsets", "from voice").replace("to handsets", "to voice")
    )
    zones = ("--zone", "handsets=voice", "--zone", "servers=servers")
    assert check("--config", "good.txt", "--config", "pan.txt", *zones) == 0
    assert check("--config", "good.txt", "--config", "pan.txt", *zones, "--zone", "handsets=moon") == 2


def test_the_recipe_says_flags_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs/merge-check.md").read_text()
    assert check("--help") == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    commands = re.findall(r"ringfence check (.*(?:\\\n.*)?)", text)
    assert (
        len(commands) == 4 and {flag for one in commands for flag in re.findall(r"--[a-z-]+", one)} <= known
    )
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        assert isinstance(yaml.safe_load(block), dict)
