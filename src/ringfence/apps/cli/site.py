"""`ringfence site upgrade FILE`: a site file of the first edition in the words of the second."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from ringfence.apps.cli.site_input import read_text
from ringfence.model.site_file import upgrade


class SiteAction(StrEnum):
    UPGRADE = "upgrade"


def command(
    action: Annotated[SiteAction, typer.Argument(help="upgrade: print the file in the second edition.")],
    file: Annotated[str, typer.Argument(help="The site file; - for standard input.")],
) -> None:
    """Print a site file of the first edition as the second edition says it."""
    match action:
        case SiteAction.UPGRADE:
            text, name = read_text(file)
            sys.stdout.write(upgrade(text, name))
