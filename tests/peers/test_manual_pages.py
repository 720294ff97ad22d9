"""Manual pages are what groff takes without a warning, and say what the verbs say."""

import subprocess

import pytest

from ringfence.apps.cli.main import VERBS
from ringfence.apps.cli.manuals.roff import program_page, verb_page
from ringfence.apps.cli.manuals.verb_manual import manual_of
from ringfence.model.provenance import Provenance

pytestmark = pytest.mark.peers
MADE = Provenance("1.2.3", "2026-12-31")


def typeset(page: str) -> str:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=400n"],
        input=page,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_has_every_flag_and_sentence(verb: str) -> None:
    manual = manual_of(verb)
    shown = " ".join(typeset(verb_page(manual, MADE)).split())
    for entry in (*manual.arguments, *manual.options):
        assert " ".join(entry.term.split()) in shown
        assert " ".join(entry.meaning.split()) in shown
    for said in manual.paragraphs:
        assert said in shown
    assert "EXIT STATUS" in shown and "2026-12-31" in shown


def test_the_programs_page_has_every_verb() -> None:
    shown = typeset(program_page(VERBS, MADE))
    assert all(f"ringfence-{verb}(1)" in shown for verb in VERBS)
