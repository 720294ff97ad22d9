"""The repository's own rules, so that no review has to repeat them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_tests_neither_sleep_nor_mock(path: Path) -> None:
    forbidden = re.compile(r"\b(time|asyncio)\.sleep\(|unittest\.mock|monkeypatch\.setattr|MagicMock")
    if path == Path(__file__):
        return
    assert not forbidden.findall(path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{_name(path)} has no docstring"


def test_no_broad_except() -> None:
    broad = re.compile(r"except( Exception| BaseException)?:\s*(pass)?$", re.M)
    assert [_name(path) for path in SOURCES if broad.search(path.read_text())] == []


def test_imports_point_one_way() -> None:
    # Beside the interpreter: the virtual environment need not be the active one.
    program = str(Path(sys.executable).parent / "lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
