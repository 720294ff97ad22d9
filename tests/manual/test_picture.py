"""The README's picture is what the program draws today."""

from pathlib import Path
from xml.etree import ElementTree

from manual.standalone import standalone

PICTURE = Path(__file__).parents[2] / "docs" / "assets" / "site.svg"


def test_the_picture_is_drawn_anew_after_a_change() -> None:
    drawn = standalone("with-media")
    assert drawn == PICTURE.read_text(), "make picture draws it anew"
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
