"""`ringfence rules --into` as a person runs it: lines on standard output, places and verdict beside them."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from ringfence.apps.cli.main import main
from ringfence.policy.compile import generated
from support.example_sites import FOLDER, example
from support.firewalls.running_configs import running

SITE = FOLDER / "branch.yaml"
BRANCH = example("branch")


class Done(NamedTuple):
    status: int
    stdout: str
    stderr: str


def rules(*arguments: object) -> Done:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["rules", *map(str, arguments)])
    out.seek(0)
    err.seek(0)
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.read(), err.read())


@pytest.fixture
def lacking(tmp_path: Path) -> Path:
    """An ASA without the rule for call signalling, whose interfaces bear names of its own."""
    text = running("cisco-asa", generated(BRANCH).without("signal-gatekeeper"), BRANCH)
    addresses = (
        "interface Gi0/0\n nameif voice\n security-level 50\n ip address 10.20.0.254 255.255.255.0\n"
        "route voice 10.10.0.0 255.255.255.0 10.20.0.1\n"
        "route voice 10.255.0.0 255.255.255.248 10.20.0.1\n"
        "interface Gi0/2\n nameif dc\n security-level 90\n ip address 10.1.0.254 255.255.255.0\n"
    )
    for zone, name in (("interface handsets", "interface voice"), ("interface servers", "interface dc")):
        text = text.replace(zone, name)
    path = tmp_path / "asa.txt"
    path.write_text(addresses + text)
    return path


def test_only_what_is_missing_is_printed_and_the_verdict_beside_it(lacking: Path) -> None:
    done = rules(SITE, "--into", lacking)
    assert done.status == 0, done
    (line,) = done.stdout.splitlines()
    assert line.startswith("access-list ") and " eq 1720" in line and " line " in line
    assert done.stderr.splitlines()[-1].endswith("blocks without, permits with these lines")


def test_nothing_is_printed_where_nothing_is_missing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.txt"
    whole.write_text(running("iptables", generated(BRANCH), BRANCH))
    done = rules(SITE, "--into", whole)
    assert done.status == 0 and not done.stdout
    assert "nothing was added" in done.stderr


def test_what_does_not_help_is_not_printed_and_the_status_says_so(tmp_path: Path) -> None:
    shut = tmp_path / "shut.txt"
    text = running("cisco-ios", generated(BRANCH), BRANCH)
    down = "interface servers\n ip address 10.1.0.1 255.255.255.0\n shutdown"
    shut.write_text(text.replace("interface servers", down, 1))
    done = rules(SITE, "--into", shut)
    assert done.status == 1 and not done.stdout
    assert "bring the interface up" in done.stderr and "ringfence check" in done.stderr


def test_json_has_both_reports_and_the_lines(lacking: Path) -> None:
    done = rules(SITE, "--into", lacking, "--json")
    document = json.loads(done.stdout)
    assert document["before"]["answer"] == "blocks" and document["after"]["answer"] == "permits"
    assert [fix["flows"] for fix in document["added"]] == [["signal-gatekeeper"]]


@pytest.mark.parametrize("flag", ["--log", "--exclusive", "--without=echo", "--inside=servers"])
def test_flags_of_a_whole_rule_set_are_refused(flag: str, lacking: Path) -> None:
    done = rules(SITE, "--into", lacking, flag)
    assert done.status == 2 and flag.split("=", maxsplit=1)[0] in done.stderr


def test_what_has_no_lines_to_add_is_refused(tmp_path: Path) -> None:
    groups = tmp_path / "groups.json"
    groups.write_text('{"SecurityGroups": []}')
    done = rules(SITE, "--into", groups)
    assert done.status == 2 and not done.stdout
