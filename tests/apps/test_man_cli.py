"""`ringfence man`: every page at once, one page, and no page."""

import subprocess
import sys
from pathlib import Path

from ringfence.apps.cli.main import VERBS


def ringfence(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_all_pages_are_written(tmp_path: Path) -> None:
    done = ringfence("man", "--all", str(tmp_path / "man1"))
    assert done.returncode == 0 and done.stdout == ""
    written = {path.name for path in (tmp_path / "man1").iterdir()}
    assert written == {"ringfence.1", *(f"ringfence-{verb}.1" for verb in VERBS)}


def test_a_page_is_printed() -> None:
    assert ringfence("man", "prove").stdout.startswith('.TH "RINGFENCE-PROVE" 1 ')
    assert ringfence("man").stdout.startswith('.TH "RINGFENCE" 1 ')


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    unknown = ringfence("man", "proof")
    assert unknown.returncode == 2 and "one of: prove" in unknown.stderr
    both = ringfence("man", "prove", "--all", str(tmp_path))
    assert both.returncode == 2 and "--all" in both.stderr
    blocked = tmp_path / "file"
    blocked.touch()
    assert ringfence("man", "--all", str(blocked / "man1")).returncode == 2
