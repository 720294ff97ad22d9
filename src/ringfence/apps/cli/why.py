"""`ringfence why CODE`: what a finding means and what to check first."""

import difflib
from typing import Annotated

import typer

from ringfence.apps.cli.screen import console, print_json, table
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.errors import InputError


def command(
    code: Annotated[
        str | None, typer.Argument(help="The word-code of a finding; none: list them all.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Explain a finding: what it means, and what to check first."""
    if code is None:
        _list(json)
        return
    known = CATALOGUE.get(code.upper().replace("-", "_"))
    if known is None:
        close = difflib.get_close_matches(code.upper(), CATALOGUE, n=3)
        remedy = f"did you mean {', '.join(close)}?" if close else "`ringfence why` lists every code"
        raise InputError(f"there is no finding {code!r}", where="why", remedy=remedy)
    if json:
        print_json(known)
        return
    out = console()
    stage = f", stage {known.stage}" if known.stage else ""
    out.print(f"{known.code}  ({known.severity}{stage})", style="bold")
    out.print(f"\n{known.meaning}\n", markup=False)
    out.print(f"Check first: {known.check_first}", markup=False)


def _list(json: bool) -> None:
    every = sorted(
        CATALOGUE.values(), key=lambda known: (known.stage.order if known.stage else 99, known.code)
    )
    if json:
        print_json(every)
        return
    rows = [
        (known.code, known.severity.value, known.stage.value if known.stage else "", known.meaning)
        for known in every
    ]
    console().print(table(("code", "severity", "stage", "meaning"), rows, wrap="meaning"))
