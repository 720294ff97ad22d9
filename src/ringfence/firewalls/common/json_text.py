"""JSON as cloud programs print it, taken apart with care: what is of another kind is refused."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ringfence.firewalls.common.reading import lines_of
from ringfence.model.errors import InputError

Json: TypeAlias = Any
JsonObject: TypeAlias = Mapping[str, Any]


def decoded(text: str, what: str) -> Json:
    """The value. InputError for what is empty, binary, too much or no JSON."""
    lines_of(text, what)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"damaged JSON: {error}", where=what, remedy="take the output again") from error


def objects(item: JsonObject, key: str) -> list[JsonObject]:
    """The list of objects under `key`; none where it is absent or null. InputError for anything else."""
    found = item.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise InputError("not a list of objects", where=key)
    return found


def strings(item: JsonObject, *keys: str) -> Iterator[str]:
    """The strings under the keys, of which some hold one and some a list; null and "" are nothing.

    Anything else is given as Python shows it, which no reader takes for an address or a port.
    """
    for key in keys:
        found = item.get(key)
        for one in found if isinstance(found, list) else [found]:
            if one not in (None, ""):
                yield one if isinstance(one, str) else repr(one)
