"""Rooms that can be taken in at a glance: files, functions, folders; and who may import whom outside src."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
TOOLS = sorted((ROOT / "tools").rglob("*.py"))
MOST_FILES = 30


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> dict[str, int]:
    """Name and line of each function, and how many lines it has."""
    return {
        f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("path", [*SOURCES, *TESTS, *BENCH, *TOOLS], ids=_name)
def test_a_file_stays_under_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", [*SOURCES, *TOOLS], ids=_name)
def test_a_function_stays_under_60_lines(path: Path) -> None:
    assert not {name: lines for name, lines in _functions(path).items() if lines > 60}


def test_half_of_the_functions_have_at_most_8_lines() -> None:
    assert median(lines for path in SOURCES for lines in _functions(path).values()) <= 8


@pytest.mark.parametrize("top", ["src", "tests", "bench", "tools"])
def test_a_folder_holds_at_most_30_files(top: str) -> None:
    folders = {path.parent for path in (ROOT / top).rglob("*.py")}
    crowded = {
        _name(folder): held
        for folder in folders
        # What mypyc made of a source lies beside it.
        if (held := sum(each.is_file() and each.suffix != ".so" for each in folder.iterdir())) > MOST_FILES
    }
    assert not crowded


def _imported(path: Path) -> set[str]:
    """The first names of every module that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_tests_and_bench_do_not_import_each_other() -> None:
    ours = {"tests", *(path.name for path in (ROOT / "tests").iterdir() if path.is_dir())}
    benches = {"bench", *(path.stem for path in BENCH)} - ours
    assert {_name(path): found for path in BENCH if (found := _imported(path) & ours)} == {}
    assert {_name(path): found for path in TESTS if (found := _imported(path) & benches)} == {}


@pytest.mark.parametrize("path", [*TESTS, *BENCH], ids=_name)
def test_nobody_edits_the_import_path(path: Path) -> None:
    if path != Path(__file__):
        assert not re.findall(r"sys\.path(\.(insert|append|extend)|\[.*\] *=| *\+?=)", path.read_text())
