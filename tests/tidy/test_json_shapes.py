"""Every verb that prints JSON has its document in the table of shapes, so that it has a schema."""

from importlib import import_module

import click

from ringfence.apps.cli.documents.shapes import SHAPES
from ringfence.apps.cli.main import VERBS


def _prints_json(verb: str) -> bool:
    command: click.Command = import_module(f"ringfence.apps.cli.{verb}").command
    return any("--json" in each.opts for each in command.params)


def test_what_prints_json_has_a_schema() -> None:
    printing = {verb for verb in VERBS if _prints_json(verb)}
    assert printing - SHAPES.keys() == set(), "give its document a type in apps/cli/documents/shapes.py"
    assert SHAPES.keys() - printing == set()
