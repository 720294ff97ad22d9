"""JSON Schemas of what verbs print with --json."""

from typing import Any

import msgspec

from ringfence.apps.cli.documents.shapes import BY_LINES, SHAPES
from ringfence.model.provenance import Provenance

# Raised when a field goes or gets another meaning; a field that is added is no new format.
FORMAT = 1
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(verb: str) -> dict[str, Any]:
    """Of the document of a verb that has one."""
    shapes = SHAPES[verb]
    parts, definitions = msgspec.json.schema_components(
        (*shapes, Provenance), schema_hook=_as_text, ref_template="#/$defs/{name}"
    )
    *documents, made = parts
    for each in () if verb in BY_LINES else documents:
        shape = definitions[each["$ref"].rsplit("/", 1)[-1]]
        shape["properties"]["made"] = made
    return {
        "$schema": _DIALECT,
        "$id": f"urn:ringfence:{verb}:{FORMAT}",
        "title": f"ringfence {verb} --json",
        **(documents[0] if len(documents) == 1 else {"anyOf": documents}),
        "$defs": definitions,
    }


def _as_text(_kind: type) -> dict[str, Any]:
    """Addresses, networks, ranges of ports and codes of findings are written as their text."""
    return {"type": "string"}
