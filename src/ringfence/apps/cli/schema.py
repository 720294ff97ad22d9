"""`ringfence schema [VERB]`: the JSON Schema of a site file, or of what a verb prints with --json."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import click

from ringfence.apps.cli.screen import json_octets, print_json
from ringfence.model.errors import InputError
from ringfence.model.language.reference import as_markdown
from ringfence.model.site_file import schema


@click.command()
@click.argument("verb", required=False, help="A verb with --json; default: the schema of a site file.")
@click.option("--markdown", is_flag=True, help="That of a site file as Markdown tables.")
@click.option(
    "--all",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every schema into this directory.",
)
def command(
    verb: str | None,
    markdown: bool,
    directory: Path | None,
) -> None:
    """Print the JSON Schema of a site file, for editors and checks, or of what a verb prints with --json."""
    if directory is not None:
        _write(directory)
    elif verb is not None:
        shapes = _documents("shapes").SHAPES
        if verb not in shapes:
            raise InputError(
                f"{verb!r} prints no JSON", where="schema", remedy=f"one of: {', '.join(shapes)}"
            )
        print_json(_documents("schemas").schema_of(verb))
    elif markdown:
        print(as_markdown(), end="")
    else:
        print_json(schema())


def _documents(part: str) -> ModuleType:
    """The shapes import every verb that has one."""
    return import_module(f"ringfence.apps.cli.documents.{part}")


def _write(directory: Path) -> None:
    found = {"site": schema()}
    found |= {verb: _documents("schemas").schema_of(verb) for verb in _documents("shapes").SHAPES}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, each in found.items():
            directory.joinpath(f"{name}.json").write_bytes(json_octets(each))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(directory)) from None
