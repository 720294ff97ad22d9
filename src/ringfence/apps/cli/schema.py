"""`ringfence schema`: the JSON Schema of a site file."""

from typing import Annotated

import typer

from ringfence.apps.cli.screen import print_json
from ringfence.model.language.reference import as_markdown
from ringfence.model.site_file import schema


def command(
    markdown: Annotated[bool, typer.Option("--markdown", help="The same as the tables of a page.")] = False,
) -> None:
    """Print the JSON Schema of a site file, for editors and checks."""
    if markdown:
        print(as_markdown(), end="")
    else:
        print_json(schema())
