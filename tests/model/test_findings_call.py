"""Every finding that the machines of calls can note is explained, and every one explained can be noted."""

import re
from pathlib import Path

import ringfence.actors
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.findings_call import CALL

CODE = re.compile(r'"([A-Z]{3,}(?:_[A-Z0-9]+)+)"')


def test_codes_raised_are_the_codes_explained() -> None:
    folder = Path(next(iter(ringfence.actors.__path__)))
    texts = [path.read_text() for role in ("endpoint", "gatekeeper") for path in (folder / role).glob("*.py")]
    raised = {code for text in texts for code in CODE.findall(text)}
    assert raised <= set(CATALOGUE)
    assert {one.code for one in CALL} <= raised
