"""Configurations of `tests/firewalls/configs/by_hand`, and the answers that a person reads in them."""

import re
from pathlib import Path

from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.recognise import recognise
from support.firewalls.mutated import EVERYTHING, edited, report_of

FOLDER = Path(__file__).parents[2] / "firewalls/configs/by_hand"
BLOCKED, DOUBTED, UNREAD, UNBOUND = "blocked", "doubted", "unread", "unbound"
EVERYTHING_BLOCKED = {BLOCKED: EVERYTHING}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def assert_answers(report: CheckReport, truth: dict[str, str]) -> None:
    by_answer = {
        answer: {one.stage.value for one in report.stages if one.answer is answer} for answer in Answer
    }
    assert by_answer[Answer.BLOCKS] == set(truth.get(BLOCKED, "").split()), report.unread
    assert by_answer[Answer.NOT_PROVED] == set(truth.get(DOUBTED, "").split()), report.unread


def assert_read(name: str, truth: dict[str, str]) -> None:
    """The text is recognised, and every stage, deciding line, unread part and unbound list is as told."""
    text = text_of(name)
    target = recognise(text)
    assert target is not None and target.name.split("-")[-1] in name.replace("-", " ").split()
    report = report_of(target.name, text)
    assert_answers(report, truth)
    if "by" in truth:
        lines = [
            line
            for one in report.stages
            for flow in one.flows
            if flow.answer is Answer.BLOCKS
            for line in flow.by
        ]
        spaces = re.compile(r"\s+")
        assert any(spaces.sub(" ", truth["by"]) in spaces.sub(" ", str(line)) for line in lines), lines
    assert UNREAD not in truth or any(truth[UNREAD] in part for part in report.unread)
    assert [one.line.text for one in report.unbound] == truth.get(UNBOUND, "").split()
    # None of them is as narrow as the procedure, where anything passes at all.
    assert report.exposure or truth.get(BLOCKED) == EVERYTHING
    assert not report.unfiltered


def assert_sibling(name: str, edits: tuple[tuple[str, str], ...], truth: dict[str, str]) -> None:
    text = edited(text_of(name), edits)
    target = recognise(text)
    assert target is not None
    assert_answers(report_of(target.name, text), truth)
