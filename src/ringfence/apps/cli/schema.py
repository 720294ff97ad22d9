"""`ringfence schema`: the JSON Schema of a site file."""

from ringfence.apps.cli.screen import print_json
from ringfence.model.site_file import schema


def command() -> None:
    """Print the JSON Schema of a site file, for editors and checks."""
    print_json(schema())
