"""What a page of a report has beside what we put into each."""

from pathlib import Path

from ringfence.apps.report import page

OWN_SCRIPT = Path(page.__file__).with_name("page.js").read_text()


def without_own_script(text: str) -> str:
    """The page without the one script that sorts its tables; it is there once."""
    own = f"<script>{OWN_SCRIPT}</script>"
    assert text.count(own) == 1
    return text.replace(own, "")
