"""What every writer makes of the branch office, kept as files: a change of a device's text is seen in review.

After a wanted change:  PYTHONPATH=tests python tests/firewalls/test_golden.py   (then read the difference).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.firewalls.choose import writable
from ringfence.firewalls.common.document import Rendered
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from support.branch_policy import ACCEPTED, DEVICE, branch_for

GOLDEN = Path(__file__).parent / "golden"


def document(rendered: Rendered) -> str:
    """Text, commands and what was given up, as one file."""
    parts = [rendered.text]
    for title in ("apply", "verify", "rollback"):
        parts += [f"--- {title}\n", *(f"{line}\n" for line in getattr(rendered, title))]
    parts += ["--- wider\n", *(f"{w.rule} {w.need}: {w.extra}\n" for w in rendered.widenings)]
    return "".join(parts)


def rendered(target: str) -> Rendered:
    return render_rules(
        TARGETS[target], branch_for(target), replace(DEVICE, widen=ACCEPTED.get(target, frozenset()))
    )


@pytest.mark.parametrize("target", writable())
def test_the_text_is_the_one_that_was_reviewed(target: str) -> None:
    assert document(rendered(target)) == (GOLDEN / f"{target}.txt").read_text()


def test_every_golden_file_has_its_writer() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(writable())


if __name__ == "__main__":
    for name in writable():
        (GOLDEN / f"{name}.txt").write_text(document(rendered(name)))
