"""Every command that the manual shows is run, in the order of its page, and prints what stands below it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from manual.commands import matches, shown_by

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if shown_by(page).commands]
# A proof that fails and a phone's fault are what some of them are for: these end with 1.
_MAY_FAIL = (0, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    shown = shown_by(page)
    for name, text in shown.files.items():
        (tmp_path / name).write_text(text)
    program = tmp_path / "bin" / "ringfence"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ringfence "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "COLUMNS": "100"}
    for command in shown.commands:
        done = subprocess.run(
            ["sh", "-c", command.line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in _MAY_FAIL, (command.line, done.stderr)
        if command.prints:
            fits = matches(done.stdout, command.prints)
            assert fits, f"$ {command.line}\n{done.stdout[-2000:]}{done.stderr[-1000:]}"


def test_there_are_pages_with_commands() -> None:
    assert len(PAGES) >= 8
    assert shutil.which("sh")


@pytest.mark.parametrize(
    ("printed", "expected", "fits"),
    [
        ("one\ntwo\nthree\n", ("...", "two", "..."), True),
        ("one\ntwo\n", ("...", "t...o"), True),
        ("one\ntwo\n", ("one",), False),
        ("one\n", ("...", "two", "..."), False),
        ("a [b] c", ("a [b] ...",), True),
    ],
)
def test_what_matches(printed: str, expected: tuple[str, ...], fits: bool) -> None:
    assert matches(printed, expected) is fits
