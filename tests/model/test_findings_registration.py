"""Every finding that the registration machines can note is explained, and nothing else is."""

import re
from pathlib import Path

import ringfence.actors
from ringfence.model.findings_registration import REGISTRATION

FILES = (
    "ras/*.py",
    "gatekeeper/[!c]*.py",
    "signalling/*.py",
    "handset/pinger.py",
    "security/h235_*.py",
)
CODE = re.compile(r'"([A-Z]{3,}(?:_[A-Z0-9]+)+)"')


def test_codes_raised_are_the_codes_explained() -> None:
    folder = Path(next(iter(ringfence.actors.__path__)))
    texts = [path.read_text() for pattern in FILES for path in folder.glob(pattern)]
    raised = {code for text in texts for code in CODE.findall(text)}
    # The handset itself raises one about registration, among those about its files.
    assert raised | {"EXTENSION_MISSING"} == {one.code for one in REGISTRATION}


def test_no_code_is_explained_twice() -> None:
    assert len({one.code for one in REGISTRATION}) == len(REGISTRATION)
