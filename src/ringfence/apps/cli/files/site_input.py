"""A site from the file a person names, or an example that comes with the package."""

import sys
from pathlib import Path

import ringfence
from ringfence.model.errors import InputError
from ringfence.model.language.document import MAX_CHARACTERS
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.view import seen_from
from ringfence.policy.compile import firewall_of

BUILT_IN = "branch"
_EXAMPLES = Path(ringfence.__file__).parent / "examples"
_LARGEST_TABLE = 4_000_000  # octets; twenty thousand groups


def read_site(name: str | None) -> Site:
    """The site of file `name`, or of the example of that name; InputError when it is neither.

    "-" is standard input, None the branch office. A file goes before an example.
    """
    text, shown = read_text(name)
    folder = _folder_of(name)
    return parse(text, shown, lambda table: _text(_octets(folder.joinpath(table), _LARGEST_TABLE), table))


def read_seen(name: str | None, firewall: str) -> Site:
    """The site as that firewall sees it; InputError says which there are where none is named of several."""
    site = read_site(name)
    return seen_from(site, site.firewall(firewall_of(site, firewall)))


def read_text(name: str | None) -> tuple[str, str]:
    """The text of a site file, and what it is called in messages."""
    if name == "-":
        return _text(sys.stdin.buffer.read(MAX_CHARACTERS * 4 + 1), "standard input"), "standard input"
    example = examples().get(BUILT_IN if name is None else name)
    if example is not None and (name is None or not Path(name).exists()):
        return example.read_text(encoding="utf-8"), f"{example.name} (built in)"
    assert name is not None, f"the package comes with {BUILT_IN}.yaml"
    return _text(_octets(Path(name), MAX_CHARACTERS * 4), name), name


def _folder_of(name: str | None) -> Path:
    """Where the tables of a site file are looked for: beside it."""
    if name is None or (name in examples() and not Path(name).exists()):
        return _EXAMPLES
    return Path() if name == "-" else Path(name).parent


def examples() -> dict[str, Path]:
    """The site files that come with the package, by name without suffix."""
    return {path.stem: path for path in sorted(_EXAMPLES.glob("*.yaml"))}


def _octets(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            octets: bytes = file.read(most + 1)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}",
            where=str(path),
            remedy=f"name a file, or one of the examples: {', '.join(examples())}",
        ) from None
    if len(octets) > most:
        raise InputError(f"larger than {most} octets: not a site file or its table", where=str(path))
    return octets


def _text(octets: bytes, name: str) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not text: octet {error.start} is not UTF-8", where=name) from None
