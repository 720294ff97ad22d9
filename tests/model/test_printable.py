"""What a screen, a log or a file of lines would obey is shown instead."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.learning.facts import yaml_string
from ringfence.model.printable import printable


@given(st.text())
def test_text_stays_on_its_line_and_shows_what_was_in_it(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    if text.isprintable():
        assert shown == text


@given(st.text(alphabet=st.characters()))
def test_a_string_of_yaml_reads_back_and_is_one_value(text: str) -> None:
    document = f"site: {yaml_string(text)} # {printable(text)}\nnext: 1\n"
    assert yaml.safe_load(document) == {"site": text, "next": 1}
