"""NetBox's prefixes as its API writes them (`/api/ipam/prefixes/?limit=0`), as rows of a table.

Since NetBox 4.2 a prefix has a scope, before that a site. What has neither form is of another version and is
refused.
"""

import msgspec

from ringfence.model.errors import InputError
from ringfence.model.language.document import Mark

PREFIX_COLUMNS = ["prefix", "vlan", "status", "role", "scope"]


class _Choice(msgspec.Struct):
    value: str


class _Named(msgspec.Struct):
    """Some objects have a name, all a display."""

    display: str = ""
    name: str = ""
    vid: int | None = None


class _Prefix(msgspec.Struct):
    prefix: str
    status: _Choice
    role: _Named | None
    vlan: _Named | None
    scope: _Named | msgspec.UnsetType | None = msgspec.UNSET
    site: _Named | msgspec.UnsetType | None = msgspec.UNSET


class _Page(msgspec.Struct):
    results: list[msgspec.Raw]
    next: str | None = None


def is_json(text: str) -> bool:
    """No table of comma-separated values begins so."""
    return text.lstrip()[:1] in {"{", "["}


def prefix_rows(name: str, text: str) -> list[tuple[Mark, list[str]]]:
    """A row for each prefix, in PREFIX_COLUMNS. InputError for what is no such answer, or its first page."""
    try:
        if text.lstrip().startswith("["):
            page = _Page(msgspec.json.decode(text, type=list[msgspec.Raw]))
        else:
            page = msgspec.json.decode(text, type=_Page)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"not NetBox's list of prefixes: {error}", where=name, remedy="/api/ipam/prefixes/?limit=0"
        ) from None
    if page.next is not None:
        raise InputError(
            "only the first page of NetBox's answer", where=name, remedy="ask with ?limit=0, for all of them"
        )
    return [_row(name, number, raw) for number, raw in enumerate(page.results)]


def _row(name: str, number: int, raw: msgspec.Raw) -> tuple[Mark, list[str]]:
    where = f"{name} results[{number}]"
    try:
        each = msgspec.json.decode(raw, type=_Prefix)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"a prefix of another version of NetBox: {error}", where=where) from None
    place = each.site if each.scope is msgspec.UNSET else each.scope
    if place is msgspec.UNSET:
        raise InputError("a prefix of another version of NetBox: it has neither scope nor site", where=where)
    assert not isinstance(place, msgspec.UnsetType)
    vid = "" if each.vlan is None or each.vlan.vid is None else str(each.vlan.vid)
    return Mark(where, 1, 1), [each.prefix, vid, each.status.value, _named(each.role), _named(place)]


def _named(each: _Named | None) -> str:
    return "" if each is None else each.name or each.display
