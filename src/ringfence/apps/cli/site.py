"""`ringfence site upgrade FILE`: a site file of the first edition in the words of the second."""

import sys

import click

from ringfence.apps.cli.files.site_input import read_text
from ringfence.model.site_file import upgrade

_ACTIONS = ("upgrade",)


@click.command()
@click.argument(
    "action",
    type=click.Choice(_ACTIONS),
    help="upgrade: print the file in the second edition.",
)
@click.argument("file", help="The site file; - for standard input.")
def command(
    action: str,
    file: str,
) -> None:
    """Print a site file of the first edition as the second edition says it."""
    assert action in _ACTIONS
    text, name = read_text(file)
    sys.stdout.write(upgrade(text, name))
