"""A verb's arguments and flags as its command has them: the one source of manual pages and reference."""

from dataclasses import dataclass
from importlib import import_module

import click

PROGRAM = "ringfence"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person types, and what it is for."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class VerbManual:
    """`usage` begins with the program's name. `paragraphs`: what the verb says of itself."""

    verb: str
    usage: str
    paragraphs: tuple[str, ...]
    arguments: tuple[Entry, ...]
    options: tuple[Entry, ...]

    @property
    def summary(self) -> str:
        return self.paragraphs[0].rstrip(".")


def manual_of(verb: str) -> VerbManual:
    """Of a verb that is there."""
    command: click.Command = import_module(f"ringfence.apps.cli.{verb}").command
    context = click.Context(command, info_name=verb, parent=click.Context(click.Group(), info_name=PROGRAM))
    shown = [(each, each.get_help_record(context)) for each in command.get_params(context)]
    entries = [(each, Entry(*record)) for each, record in shown if record is not None]
    return VerbManual(
        verb,
        " ".join((context.command_path, *command.collect_usage_pieces(context))),
        tuple(" ".join(each.split()) for each in (command.help or "").split("\n\n")),
        tuple(entry for each, entry in entries if isinstance(each, click.Argument)),
        tuple(entry for each, entry in entries if isinstance(each, click.Option)),
    )
