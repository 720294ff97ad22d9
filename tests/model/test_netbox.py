"""Groups of phones from NetBox's tables of prefixes, in both families of columns."""

import json
import re

import pytest

from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_file import parse

SITE = """
site: netbox
zones: {branches: 10.64.0.0/14, servers: 10.1.0.0/24}
firewalls: {edge: {addresses: 10.1.0.1, zones: branches}}
servers: {dhcp: 10.1.0.10, files: 10.1.0.20, gatekeepers: 10.1.0.30}
all_phones: {signalling: handset, relay: giaddr, voice: {router: first}, data: {router: first}}
phones_table: prefixes.csv
"""
IMPORT = """prefix,vrf,tenant,vlan,status,role,scope_type,scope_name,description
10.64.0.0/16,,,,container,,dcim.region,east,all of it
10.64.1.0/25,,,20,active,Voice,dcim.site,lyon,
10.64.1.128/25,,,10,active,Data,dcim.site,lyon,
10.64.2.0/25,,,20,active,Voice,dcim.site,Bonn am Rhein,
10.64.3.0/25,,,20,reserved,Voice,dcim.site,turin,
10.64.4.0/25,,,30,active,Printers,dcim.site,lyon,
"""
EXPORT = """Prefix,Status,Children,VRF,Utilization,Tenant,Scope,VLAN,Role,Description
10.64.1.0/25,Active,0,,0,,lyon,Voice (20),Voice,
10.64.1.128/25,Active,0,,0,,lyon,Office (10),Data,
10.64.2.0/25,Active,0,,0,,Bonn am Rhein,Voice (20),Voice,
10.64.3.0/25,Reserved,0,,0,,turin,Voice (20),Voice,
"""
OLD = EXPORT.replace("Scope", "Site")


def read(table: str, site: str = SITE) -> Site:
    return parse(site, "site.yaml", lambda name: table)


def refused(table: str, site: str = SITE) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(table, site)
    return [str(each) for each in (caught.value, *caught.value.others)]


@pytest.mark.parametrize("table", [IMPORT, EXPORT, OLD], ids=["import", "export", "before 4.2"])
def test_a_place_with_an_active_voice_prefix_is_a_group(table: str) -> None:
    lyon, bonn = read(table).groups
    assert (lyon.name, str(lyon.voice.network), lyon.voice.id) == ("lyon", "10.64.1.0/25", 20)
    assert lyon.data is not None
    assert str(lyon.data.network) == "10.64.1.128/25"
    assert (bonn.name, bonn.data) == ("Bonn-am-Rhein", None)


def test_roles_are_named_as_the_user_names_them() -> None:
    named = SITE.replace("prefixes.csv", "{file: prefixes.csv, voice_role: Telefonie, data_role: Buero}")
    table = IMPORT.replace("Voice", "Telefonie").replace("Data", "Buero")
    assert [group.name for group in read(table, named).groups] == ["lyon", "Bonn-am-Rhein"]
    assert any("no active prefix has the role voice or data" in said for said in refused(table))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scope_type,scope_name", "x,y", "without scope or scope_name"),
        ("status,role", "x,y", "without status, role"),
        ("scope_name,description\n", "scope_name\n", "9 fields where the first row names 8"),
        ("Bonn am Rhein", "lyon", "a second voice prefix at lyon"),
        ("Bonn am Rhein", "", "of no scope_name"),
        ("20,active,Voice", "20,active,Printers", "lyon has no active voice prefix"),
        ("10.64.2.0/25", "10.64.2.0/33", "prefixes.csv:5:1"),
    ],
)
def test_what_a_table_lacks_is_named_with_its_row(old: str, new: str, said: str) -> None:
    assert old in IMPORT
    errors = refused(IMPORT.replace(old, new, 1))
    assert any(said in error for error in errors), errors


def prefix(
    net: str, vid: int, role: str, where: str, status: str = "active", place: str = "scope"
) -> dict[str, object]:
    """One result of the API of NetBox 4.6, less what is not read."""
    named = {"id": 1, "display": where, "name": where, "slug": where.lower()}
    return {
        "id": 7,
        "family": {"value": 4, "label": "IPv4"},
        "prefix": net,
        place: named,
        "vlan": {"id": 3, "display": f"{role} ({vid})", "name": role, "vid": vid},
        "status": {"value": status, "label": status.title()},
        "role": {"id": 2, "display": role, "name": role, "slug": role.lower()},
        "children": 0,
    }


RESULTS = [
    prefix("10.64.1.0/25", 20, "Voice", "lyon"),
    prefix("10.64.1.128/25", 10, "Data", "lyon"),
    prefix("10.64.2.0/25", 20, "Voice", "Bonn am Rhein"),
    prefix("10.64.3.0/25", 20, "Voice", "turin", "reserved"),
]


def answer(results: list[dict[str, object]], **more: object) -> str:
    return json.dumps({"count": len(results), "next": None, "previous": None, "results": results} | more)


@pytest.mark.parametrize("text", [answer(RESULTS), json.dumps(RESULTS)], ids=["answer", "list"])
def test_the_api_says_the_same_as_the_tables(text: str) -> None:
    assert read(text).groups == read(IMPORT).groups


def test_before_scopes_a_prefix_of_the_api_has_a_site() -> None:
    old = [prefix("10.64.1.0/25", 20, "Voice", "lyon", place="site")]
    assert [group.name for group in read(answer(old)).groups] == ["lyon"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (answer(RESULTS, next="https://netbox/api/ipam/prefixes/?offset=50"), "only the first page"),
        (answer([{"prefix": "10.64.1.0/25", "status": "active"}]), r"results\[0\].*another version"),
        (answer([prefix("10.64.1.0/25", 20, "Voice", "lyon", place="where")]), "neither scope nor site"),
        ('{"results": 3}', "not NetBox's list"),
        ("{", "not NetBox's list"),
        ("[" * 100_000, "not NetBox's list"),
        (answer([prefix("10.64.1.0/33", 20, "Voice", "lyon")]), r"results\[0\]"),
    ],
)
def test_what_is_no_answer_of_the_api_is_refused_with_its_place(text: str, said: str) -> None:
    assert any(re.search(said, each) for each in refused(text))
