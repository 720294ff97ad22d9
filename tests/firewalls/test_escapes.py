"""Text of a site's file is shown, and does nothing, on every way out."""

import csv
import io
from dataclasses import replace

import pytest

from ringfence.firewalls.choose import writable
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.policy import Policy
from support.branch_policy import ACCEPTED, DEVICE, branch_for

NASTY = "=cmd|' /C calc'!A0 \x1b]0;title\x07 | `x` <script> **b** [l](javascript:x) \n\"quote\" $(id) \u202e"


def nasty(target: str) -> str:
    stated = branch_for(target)
    policy = Policy(NASTY, tuple(replace(rule, text=NASTY) for rule in stated.rules))
    device = replace(DEVICE, widen=ACCEPTED.get(target, frozenset()))
    return render_rules(TARGETS[target], policy, device).text


@pytest.mark.parametrize("target", writable())
def test_no_control_character_reaches_a_text(target: str) -> None:
    assert all(letter.isprintable() or letter in "\n\t" for letter in nasty(target))


@pytest.mark.parametrize(
    "target", [name for name in writable() if name not in {"csv", "markdown", "aerleon"}]
)
def test_nothing_of_it_is_a_command_or_ends_a_comment(target: str) -> None:
    text = nasty(target)
    assert "$(id)" not in text and "`x`" not in text and "|'" not in text


def test_no_cell_of_a_spreadsheet_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(nasty("csv"))))
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert len({len(row) for row in rows}) == 1


def test_markdown_has_the_columns_it_says_and_no_markup_of_others() -> None:
    text = nasty("markdown")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    bare = [line.replace("\\\\", "").replace("\\|", "") for line in rows]
    assert len({line.count("|") for line in bare}) == 1
    assert "\\<script\\>" in text and "\\`x\\`" in text and "\\[l\\]" in text
