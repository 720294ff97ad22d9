"""`ringfence schema`: the JSON Schema of a site file."""

import click

from ringfence.apps.cli.screen import print_json
from ringfence.model.language.reference import as_markdown
from ringfence.model.site_file import schema


@click.command()
@click.option("--markdown", is_flag=True, help="The same as Markdown tables.")
def command(
    markdown: bool,
) -> None:
    """Print the JSON Schema of a site file, for editors and checks."""
    if markdown:
        print(as_markdown(), end="")
    else:
        print_json(schema())
