"""Every finding that is raised anywhere is explained, and every explanation says something."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ringfence.model.catalogue import CATALOGUE

SOURCE = Path(__file__).parents[2] / "src/ringfence"
RAISERS = {"Finding", "note", "_note", "_noted", "_find", "_report", "report"}


def raised() -> Iterator[tuple[str, str]]:
    """Codes that stand first in a call that raises a finding, with their place."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            first = node.args[0]
            code = first.value if isinstance(first, ast.Constant) else None
            if name in RAISERS and isinstance(code, str) and code.isupper() and "_" in code:
                yield code, f"{path.name}:{node.lineno}"


def test_every_code_that_is_raised_is_explained() -> None:
    found = dict(raised())
    assert len(found) > 60
    assert {code: place for code, place in found.items() if code not in CATALOGUE} == {}


def test_explanations_say_what_to_check() -> None:
    for code, explanation in CATALOGUE.items():
        assert code == explanation.code
        assert explanation.meaning.endswith("."), code
        assert len(explanation.check_first) > 10, code
