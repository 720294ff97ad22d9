"""The JSON Schema of a site file, for editors and for the reference page."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec

from ringfence.model.address import PortRange
from ringfence.model.language import nat, second, talk
from ringfence.model.language.reading import Part
from ringfence.model.language.second import PhonesText, SiteText

_PARTS = {
    name: each
    for module in (second, talk, nat)
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, Part)
}


def of_site() -> dict[str, Any]:
    """The schema; every property with description, unit (`x-unit`), default and source (`x-source`)."""
    document = msgspec.json.schema(SiteText, schema_hook=_custom)
    parts = document["$defs"]
    for name, part in parts.items():
        made = _made_defaults(name)
        for key, value in part.get("properties", {}).items():
            part["properties"][key] = {**_one_or_more(value), **made.get(key, {})}
    shared = {key: value for key, value in parts[PhonesText.__name__].items() if key != "required"}
    parts["AllPhones"] = {**shared, "title": "AllPhones"}
    own = parts[SiteText.__name__]["properties"]["all_phones"]
    own.pop("anyOf", None)
    own.pop("type", None)
    own["$ref"] = "#/$defs/AllPhones"
    for name, short in _short_forms().items():
        full = parts.pop(name)
        parts[name] = {"anyOf": [full, full["properties"][short]]}
    document["title"] = "ringfence site file"
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return document


def _one_or_more(value: dict[str, Any]) -> dict[str, Any]:
    """A list may be written as its one item."""
    if value.get("type") != "array" or "items" not in value:
        return value
    kept = {key: each for key, each in value.items() if key not in {"type", "items"}}
    return {**kept, "anyOf": [value["items"], {"type": "array", "items": value["items"]}]}


def _made_defaults(name: str) -> dict[str, dict[str, str]]:
    """The defaults that the library cannot write by itself: ranges of ports."""
    kind = _PARTS.get(name)
    if kind is None:
        return {}
    made = (
        (field.encode_name, field.default_factory())
        for field in msgspec.structs.fields(kind)
        if field.default_factory is not msgspec.NODEFAULT
    )
    return {key: {"default": str(value)} for key, value in made if isinstance(value, PortRange)}


def _short_forms() -> dict[str, str]:
    return {name: each.SHORT for name, each in _PARTS.items() if each.SHORT}


def _custom(kind: type) -> dict[str, Any]:
    if kind is PortRange:
        pattern = "^(any|[0-9]{1,5}(-[0-9]{1,5})?)$"
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 65535},
                {"type": "string", "pattern": pattern},
            ]
        }
    if kind is IPv4Address:
        return {"type": "string", "format": "ipv4"}
    if kind is IPv4Network:
        return {"type": "string", "pattern": "^[0-9.]+/[0-9]{1,2}$"}
    raise NotImplementedError(kind)
