"""One word, one meaning: which public names are defined in more than one module."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "ringfence"

# What several modules offer under one name because one caller asks all of them: (which modules, the names).
INTERFACES = [
    ("apps/cli/*.py", {"command"}),  # of each verb, see apps/cli/main.py
    ("diagnosis/stages/*.py", {"ROWS"}),
    ("dhcp_servers/*.py", {"write"}),  # of each kind, see dhcp_servers/table.py
    ("firewalls/*/__init__.py", {"TARGETS"}),
    ("firewalls/*/write.py", {"write", "insert", "CAPABILITY"}),
    ("firewalls/*/insert.py", {"insert"}),
    ("firewalls/*/merge.py", {"merge"}),
    ("firewalls/*/read.py", {"read"}),
    (
        "firewalls/aws/*.py",
        {"write_json", "write_terraform", "JSON", "TERRAFORM"},
    ),  # one folder, four targets
    # A reader's parts: lines of the text, what they configure, objects, predefined names. No two meet.
    ("firewalls/*/lines.py", {"Line", "lines"}),
    ("firewalls/*/config.py", {"Config", "Binding", "Interface", "take"}),
    ("firewalls/*/objects.py", {"address_objects", "service_objects"}),
    ("firewalls/*/items.py", {"address_objects", "service_objects"}),
    ("firewalls/*/names.py", {"APPLICATIONS"}),
    ("firewalls/*/routes.py", {"zone_routes"}),
    ("firewalls/*/settings.py", {"note_settings"}),
    ("firewalls/*/words.py", {"COMMANDS", "ON_INTERFACE", "STATEMENTS"}),
    # The first edition's schema: sections of a site file under the names that a site has them by.
    (
        "model/language/first.py",
        {"DhcpServer", "FileServer", "Firewall", "Gatekeeper", "Relay", "Row", "Vlan"},
    ),
    ("wire/*.py", {"encode", "decode"}),
    ("wire/per/coding.py", {"encode", "decode"}),
]
# The names in these are those of ASN.1 modules of the ITU, each in its own; callers write `h225.Endpoint`.
STANDARDS = ("wire/h225/*.py", "wire/h235.py", "wire/h245/*.py")

# Only ever fewer. Take a line out when its name has got one meaning.
ALLOWED = {
    "DhcpServer",
    "Effect",
    "Entry",
    "FILES",
    "FileServer",
    "Gatekeeper",
    "ICMPV6_TYPES",
    "ICMP_TYPES",
    "Items",
    "Json",
    "Kind",
    "Names",
    "Node",
    "REFRESH",
    "Reader",
    "Route",
    "Row",
    "Server",
    "TCP",
    "Zone",
    "address",
    "parse",
    "place",
    "port",
    "whole",
}


def _public(path: Path) -> set[str]:
    """Functions, classes and constants that a module defines itself, but for leading underscores."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return {name for name in found if not name.startswith("_")}


def _of_an_interface(path: Path, name: str) -> bool:
    return any(path.match(pattern) and name in names for pattern, names in INTERFACES)


def _defined_twice() -> dict[str, list[str]]:
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        inner = path.relative_to(PACKAGE)
        if any(inner.match(pattern) for pattern in STANDARDS):
            continue
        for name in _public(path):
            if not _of_an_interface(inner, name):
                modules[name].append(str(inner))
    return {name: places for name, places in modules.items() if len(places) > 1}


def test_a_public_name_has_one_meaning() -> None:
    twice = _defined_twice()
    new = {name: places for name, places in twice.items() if name not in ALLOWED}
    assert not new, f"defined in more than one module: {new}"


def test_the_allowance_shrinks() -> None:
    assert not ALLOWED - _defined_twice().keys(), "no longer needed: take it out"
    assert len(ALLOWED) <= 25


def test_every_interface_is_offered_by_several_modules() -> None:
    for pattern, names in INTERFACES:
        offered = [path for path in PACKAGE.glob(pattern) if names & _public(path)]
        assert offered, f"nothing in {pattern} offers {sorted(names)}"
