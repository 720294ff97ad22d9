"""The example sites, and variations of them, for tests."""

from pathlib import Path

from ringfence.model.site import Site
from ringfence.model.site_file import parse

FOLDER = Path(__file__).parents[2] / "examples/sites"
OTHERS = Path(__file__).parent / "sites"
NAMES = ("branch", "handset-opens", "https-multicast", "plain-h323", "blog-as-written")


def text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text()


def example(name: str) -> Site:
    return parse(text(name), f"{name}.yaml")


def varied(name: str, *changes: tuple[str, str]) -> Site:
    """The example with words of its file replaced; every replacement must find its word."""
    changed = text(name)
    for old, new in changes:
        assert old in changed, f"{old!r} is not in {name}.yaml"
        changed = changed.replace(old, new, 1)
    return parse(changed, f"{name}.yaml")


def parse_file(name: str) -> Site:
    """A site of the tests' own."""
    return parse((OTHERS / f"{name}.yaml").read_text(), f"{name}.yaml")
