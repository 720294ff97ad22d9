"""A site from the file a person names, or an example that comes with the package."""

import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import MAX_CHARACTERS, parse

BUILT_IN = "branch"


def read_site(name: str | None) -> Site:
    """The site of file `name`, or of the example of that name; InputError when it is neither.

    "-" is standard input, None the branch office. A file goes before an example.
    """
    if name == "-":
        return parse(_text(sys.stdin.buffer.read(MAX_CHARACTERS * 4 + 1), "standard input"), "standard input")
    example = examples().get(BUILT_IN if name is None else name)
    if example is not None and (name is None or not Path(name).exists()):
        return parse(example.read_text(encoding="utf-8"), f"{example.name} (built in)")
    assert name is not None, f"the package comes with {BUILT_IN}.yaml"
    return parse(_text(_octets(Path(name)), name), name)


def examples() -> dict[str, Traversable]:
    """The site files that come with the package, by name without suffix."""
    folder = files("ringfence") / "examples"
    found = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda one: one.name
    )
    return {item.name.removesuffix(".yaml"): item for item in found}


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_CHARACTERS * 4 + 1)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}",
            where=str(path),
            remedy=f"name a file, or one of the examples: {', '.join(examples())}",
        ) from None


def _text(octets: bytes, name: str) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not text: octet {error.start} is no UTF-8", where=name) from None
