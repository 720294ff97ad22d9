"""`ringfence why CODE`: what a finding means and what to check first."""

import difflib

import click

from ringfence.apps.cli.screen import console, print_json, table
from ringfence.apps.provenance import provenance_of
from ringfence.model.catalogue import CATALOGUE, FORMER
from ringfence.model.errors import InputError
from ringfence.model.findings import Code
from ringfence.model.stage import position


@click.command()
@click.argument("code", required=False, help="The code of a finding; default: list all codes.")
@click.option("--json", is_flag=True, help="As JSON.")
def command(
    code: str | None,
    json: bool,
) -> None:
    """Explain a finding: what it means, and what to check first."""
    if code is None:
        _list(json)
        return
    name = code.upper().replace("-", "_")
    known = CATALOGUE.get(name) or FORMER.get(name)
    if known is None:
        close = difflib.get_close_matches(name, CATALOGUE, n=3)
        remedy = f"did you mean {', '.join(close)}?" if close else "`ringfence why` lists every code"
        raise InputError(f"there is no finding {code!r}", where="why", remedy=remedy)
    if json:
        print_json(_document(known), provenance_of())
        return
    out = console()
    stage = f", stage {known.stage}" if known.stage else ""
    former = f", formerly {name}" if name != known else ""
    out.print(f"{known}  ({known.severity}{stage}{former})", style="bold")
    out.print(f"\n{known.meaning}\n")
    out.print(f"Check first: {known.check_first}")


def _document(code: Code) -> dict[str, object]:
    return {
        "code": str(code),
        "severity": code.severity,
        "stage": code.stage,
        "meaning": code.meaning,
        "check_first": code.check_first,
    }


def _list(json: bool) -> None:
    every = sorted(CATALOGUE.values(), key=lambda code: (position(code.stage), code))
    if json:
        print_json({"findings": [_document(code) for code in every]}, provenance_of())
        return
    rows = [
        (code, code.severity.value, code.stage.value if code.stage else "", code.meaning) for code in every
    ]
    console().print(table(("code", "severity", "stage", "meaning"), rows, wrap="meaning"))
