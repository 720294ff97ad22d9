"""Holds what a verb printed against the schema of its document."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from ringfence.apps.cli.documents.schemas import schema_of


def unlike_its_schema(verb: str, printed: str) -> list[str]:
    """Where the document differs, or has a field that the schema does not name; empty where it does not."""
    schema = schema_of(verb)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(_closed(schema))
    return [f"{each.json_path}: {each.message[:300]}" for each in validator.iter_errors(json.loads(printed))]


def _closed(part: Any) -> Any:
    """The schema with nothing allowed that it does not name."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _closed(value) for key, value in part.items()}
    return {**made, "additionalProperties": False} if "properties" in part else made
