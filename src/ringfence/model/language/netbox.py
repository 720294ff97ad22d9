"""Groups of phones from a NetBox table of prefixes: one for each place that has an active voice prefix.

Two families of columns: those of an import (`prefix,vlan,status,role,scope_name`, the API's own names) and
those of the English export (`Prefix,Status,VLAN,Role,Scope`). Before NetBox 4.2 a prefix had a site instead.
"""

import re
from collections.abc import Mapping as Columns
from collections.abc import Sequence

from ringfence.model.language.document import Entry, Leaf, Mapping, Mark
from ringfence.model.language.reading import Fault

_PLACES = ("scope", "scope_name", "scope_id", "site")  # the first that a table has
_NEEDED = ("prefix", "vlan", "status", "role")
_VID = re.compile(r"(?:^|\()(\d{1,4})\)?$")  # 20 of an import, Voice (20) of an export
_HERE = ("phones_table",)

Row = tuple[Mark, Sequence[str]]


def is_netbox(columns: Sequence[str]) -> bool:
    """Whether the first row is that of NetBox: a table of ours has no column of prefixes."""
    return "prefix" in {column.lower() for column in columns}


def groups_from(
    columns: Sequence[str], rows: Sequence[Row], voice_role: str, data_role: str
) -> tuple[list[tuple[str, Entry]], list[Fault]]:
    """A group for each place, named after it, with the prefixes of these roles; and what is wrong."""
    at = {column.lower(): number for number, column in enumerate(columns)}
    place = next((each for each in _PLACES if each in at), None)
    lacking = [each for each in _NEEDED if each not in at]
    if place is None or lacking:
        wanted = ", ".join((*lacking, *(() if place else (" or ".join(_PLACES),))))
        source = rows[0][0].source if rows else "the table"
        said = f"{source}:1: a NetBox table of prefixes without {wanted}"
        return [], [Fault(_HERE, said, "export prefixes in English with those columns")]
    keys = {voice_role.lower(): "voice", data_role.lower(): "data"}
    found: dict[str, dict[str, Entry]] = {}
    faults: list[Fault] = []
    for mark, fields in rows:
        role, where = fields[at["role"]].strip().lower(), fields[at[place]].strip()
        if fields[at["status"]].strip().lower() != "active" or role not in keys:
            continue
        if not where:
            faults.append(Fault(_HERE, f"{mark}: a {role} prefix of no {place}", "give it one"))
        elif keys[role] in found.setdefault(where, {}):
            said = f"{mark}: a second {role} prefix at {where}"
            faults.append(Fault(_HERE, said, "describe that group under phones:"))
        else:
            found[where][keys[role]] = Entry(mark, _vlan(fields, at, mark))
    if not found:
        said = f"no active prefix has the role {voice_role} or {data_role}"
        faults.append(Fault(_HERE, said, "name your roles with voice_role: and data_role:"))
    lone = [(where, vlans["data"].mark) for where, vlans in found.items() if "voice" not in vlans]
    faults += [
        Fault(_HERE, f"{mark}: {where} has no active {voice_role} prefix", "add it") for where, mark in lone
    ]
    return [_group(where, vlans) for where, vlans in found.items() if "voice" in vlans], faults


def _group(where: str, vlans: dict[str, Entry]) -> tuple[str, Entry]:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", where).strip("-")
    mark = vlans["voice"].mark
    return name, Entry(mark, Mapping(mark, vlans))


def _vlan(fields: Sequence[str], at: Columns[str, int], mark: Mark) -> Mapping:
    prefix = Mark(mark.source, mark.line, at["prefix"] + 1)
    entries = {"network": Entry(prefix, Leaf(prefix, fields[at["prefix"]].strip()))}
    tag = _VID.search(fields[at["vlan"]].strip())
    if tag:
        here = Mark(mark.source, mark.line, at["vlan"] + 1)
        entries["vlan"] = Entry(here, Leaf(here, int(tag[1])))
    return Mapping(mark, entries)
