"""A site from the file a person names, or the built-in example."""

import sys
from importlib.resources import files
from pathlib import Path

from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import MAX_CHARACTERS, parse

BUILT_IN = "branch.yaml (built in)"


def read_site(name: str | None) -> Site:
    """The site of file `name` ("-": standard input; None: the branch office); InputError when it is none."""
    if name is None:
        return parse((files("ringfence.apps") / "branch.yaml").read_text(encoding="utf-8"), BUILT_IN)
    if name == "-":
        return parse(_text(sys.stdin.buffer.read(MAX_CHARACTERS * 4 + 1), "standard input"), "standard input")
    path = Path(name)
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_CHARACTERS * 4 + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name) from None
    return parse(_text(octets, name), name)


def _text(octets: bytes, name: str) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not text: octet {error.start} is no UTF-8", where=name) from None
