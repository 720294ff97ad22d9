"""`ringfence man [VERB]`: manual pages, made from what the verbs say of themselves."""

import sys
from importlib import import_module
from pathlib import Path

import click

from ringfence.apps.cli.manuals.roff import program_page, verb_page
from ringfence.apps.cli.manuals.verb_manual import PROGRAM, manual_of
from ringfence.apps.provenance import provenance_of
from ringfence.model.errors import InputError


@click.command()
@click.argument("verb", required=False, help="A verb; default: the page of the program.")
@click.option(
    "--all",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every page into this directory (MANPATH/man1).",
)
def command(
    verb: str | None,
    directory: Path | None,
) -> None:
    """Print the manual page of a verb, or write all pages.

    To read one: ringfence man prove | man -l -
    """
    # The table of verbs names this one too.
    verbs: dict[str, str] = import_module("ringfence.apps.cli.main").VERBS
    made = provenance_of()
    if directory is not None:
        if verb is not None:
            raise InputError("writes every page", where="--all", remedy="leave out the verb")
        _write(
            directory, {each: verb_page(manual_of(each), made) for each in verbs}, program_page(verbs, made)
        )
        return
    if verb is not None and verb not in verbs:
        raise InputError(f"there is no verb {verb!r}", where="man", remedy=f"one of: {', '.join(verbs)}")
    sys.stdout.write(program_page(verbs, made) if verb is None else verb_page(manual_of(verb), made))


def _write(directory: Path, pages: dict[str, str], program: str) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.joinpath(f"{PROGRAM}.1").write_text(program, encoding="utf-8")
        for verb, page in pages.items():
            directory.joinpath(f"{PROGRAM}-{verb}.1").write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(directory)) from None
