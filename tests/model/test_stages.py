"""Stages: each has its rows, and one without them is named at import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ringfence
from ringfence.diagnosis.stages.table import JUDGING_ORDER, STAGE_ROWS
from ringfence.model.stage import MAIN_LINE, SPECS, Stage

MEMBER = '    KEEP_ALIVE = "keep-alive"'
SPEC = "    StageSpec(Stage.KEEP_ALIVE,"
ADDED = '    StageSpec(Stage.LOG_OFF, "the end", frozenset({Stage.REGISTER}), Purpose.UPKEEP),\n'


def imported(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """What importing the judge says when stage.py is changed so, in a copy of the package."""
    package = tmp_path / "ringfence"
    shutil.copytree(Path(next(iter(ringfence.__path__))), package)
    stages = package / "model/stage.py"
    text = stages.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new + old, 1)
    stages.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", "import ringfence.diagnosis.judge"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (((MEMBER, '    LOG_OFF = "log-off"\n'),), "Stage.LOG_OFF has no StageSpec: add its row to"),
        (
            ((MEMBER, '    LOG_OFF = "log-off"\n'), (SPEC, ADDED)),
            "Stage.LOG_OFF has no StageRow: add one, with its judge and its codes, to ROWS of",
        ),
    ],
    ids=["without spec", "without judge"],
)
def test_a_stage_without_its_rows_fails_at_import(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], said: str
) -> None:
    assert said in imported(tmp_path, *changes).splitlines()[-1]


def test_the_copy_itself_imports(tmp_path: Path) -> None:
    assert imported(tmp_path) == ""


def test_a_stage_is_judged_behind_those_it_needs() -> None:
    order = [row.stage for row in JUDGING_ORDER]
    assert sorted(order) == sorted(Stage)
    for stage, row in STAGE_ROWS.items():
        assert all(order.index(needed) < order.index(stage) for needed in stage.after | row.reads)


def test_no_stage_waits_for_a_later_one_or_leaves_the_main_line() -> None:
    """Every stage can be reached in the procedure's order, and upkeep holds up no registration."""
    for stage, spec in SPECS.items():
        assert all(before.order < stage.order for before in spec.after)
        assert stage not in MAIN_LINE or spec.after <= MAIN_LINE
