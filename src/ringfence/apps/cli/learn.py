"""`ringfence learn CAP...`: a proposed site file from observed traffic."""

import re
import sys
from pathlib import Path
from typing import TypedDict

import click

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.files.new_file import write_new_file
from ringfence.apps.cli.screen import console, print_json, progress_console
from ringfence.apps.provenance import provenance_of
from ringfence.diagnosis.explain import explain
from ringfence.learning.site import Learned, as_yaml, learn_site
from ringfence.model.errors import InputError
from ringfence.model.printable import printable
from ringfence.model.site_file import parse


class LearnedDocument(TypedDict):
    """`text` is the proposed site file, `wanting` why a proof would not take it."""

    learned: Learned
    text: str
    wanting: list[str]


@click.command()
@click.argument(
    "captures",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    help="Captures of one site.",
    metavar="CAP...",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the site file to this new file.")
@click.option("--name", default="", help="The site's name; default: the first capture's.")
@click.option("--json", is_flag=True, help="The proposal, what it rests on and what it lacks as JSON.")
def command(
    captures: tuple[Path, ...],
    output: Path | None,
    name: str,
    json: bool,
) -> None:
    """Propose a site file: roles, who opens what, and what the captures cannot show as comments."""
    site = _site_name(name or captures[0].name.partition(".")[0])
    learned = learn_site([explain([path]) for path in captures], site)
    text = as_yaml(learned)
    if output is not None:
        write_new_file(output, text)
    wanting = _wanting(learned, text, str(output or "the proposal"))
    if json:
        document: LearnedDocument = {"learned": learned, "text": text, "wanting": wanting}
        print_json(document, provenance_of())
        sys.exit(NOT_PROVED if wanting else OK)
    if output is None:
        console().print(text, end="", soft_wrap=True)
    notes = progress_console()
    for line in learned.unanswered:
        notes.print(f"requested and not obtained: {printable(line)}", soft_wrap=True)
    for line in wanting:
        notes.print(printable(line), soft_wrap=True)
    if output is not None and not wanting:
        notes.print(f"next: ringfence prove {output}; ringfence rules {output} --for TARGET")
    sys.exit(NOT_PROVED if wanting else OK)


def _wanting(learned: Learned, text: str, where: str) -> list[str]:
    """Why `prove` would not take it, empty when it would."""
    if learned.unknown:
        return [f"to fill in: {path}: {learned.facts[path].note}" for path in learned.unknown]
    try:
        parse(text, where)
    except InputError as error:
        return [f"contradicts itself: {error}", *([f"  -> {error.remedy}"] if error.remedy else [])]
    return []


def _site_name(wanted: str) -> str:
    """As a site file and a rule's comment can bear it."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", wanted).strip("-")[:40] or "site"
