"""What is compiled is what stands in the source, and says the same as the source interpreted."""

import os
import subprocess
import sys
import tomllib
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "ringfence"
LIST = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ringfence"]
# The tests of what is compiled, but for those that only say what it costs.
SUITES = ("tests/wire/test_per.py", "tests/wire/test_ras.py", "tests/actors/gatekeeper")


def compiled_forms() -> dict[Path, Path]:
    """Source to compiled module, where there are any."""
    forms = {}
    for path in PACKAGE.rglob(f"*{EXTENSION_SUFFIXES[0]}"):
        source = path.with_name(path.name.removesuffix(EXTENSION_SUFFIXES[0]) + ".py")
        if source.exists():
            forms[source] = path
    return forms


@pytest.mark.parametrize("pattern", [*LIST["compiled"], *LIST["interpreted"]])
def test_every_pattern_of_the_list_is_of_some_module(pattern: str) -> None:
    assert any(path.match(pattern) for path in PACKAGE.rglob("*.py"))


def test_no_compiled_module_is_older_than_its_source() -> None:
    forms = compiled_forms()
    old = sorted(
        str(source) for source, made in forms.items() if made.stat().st_mtime < source.stat().st_mtime
    )
    assert not old, "run make setup"


def test_the_source_interpreted_passes_the_same_tests() -> None:
    """The suite at large runs what is compiled, where there is a compiler."""
    if not compiled_forms():
        pytest.skip("nothing is compiled here: the suite runs the source")
    options = ("-q", "-p", "support.interpreted", "--import-mode=importlib", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *SUITES],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
