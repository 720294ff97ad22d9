"""How a run ends when its output or its user goes away: a documented status, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = "import sys; from ringfence.apps.cli.entry import run; sys.argv[0] = 'ringfence'; run()"
# Ctrl-C exactly when a module is about to be imported.
INTERRUPT_AT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupt())
"""
VERBS = [("flows",), ("flows", "--json"), ("rules",), ("why",), ("schema",), ("prove", "--simulated")]


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_full_disk_is_said(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "cannot be written: No space left on device" in done.stderr


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_reader_that_went_away_is_no_verdict(arguments: tuple[str, ...]) -> None:
    """A pipe into head(1) must not turn NOT PROVED into success: shells say 141 of the like."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert "Traceback" not in done.stderr
    assert done.returncode == 141


def test_the_verdict_counts_where_output_is_closed_on_purpose() -> None:
    script = f'exec {sys.executable} -c "{START}" flows >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    "module",
    ["click", "ringfence.apps.cli.prove", "ringfence.verify.proof", "ringfence.apps.cli.screens.plain"],
)
def test_ctrl_c_during_start_up_ends_quietly(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT_AT.format(module=module) + START, "prove"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_after_the_end_changes_nothing() -> None:
    """A second one, while Python takes its leave."""
    late = "import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.SIGINT); "
    done = subprocess.run(
        [sys.executable, "-c", late + START, "why"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
