"""Every type, component, bound and extension mark against the schema that pycrate compiled.

pycrate's edition is one revision older: `NEWER` lists every difference, and nothing else may differ.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pycrate_asn1dir import H225

from ringfence.wire import h225, h235, h245
from ringfence.wire.per.builder import components
from ringfence.wire.per.notation import Range, Sequence, Size, Text
from support.peers.pycrate_oracle import NEWER, alternatives, asn1_name, is_choice

MODULES = {"h225": "H323-MESSAGES", "h235": "H235-SECURITY-MESSAGES", "h245": "MULTIMEDIA-SYSTEM-CONTROL"}
PYCRATE = H225.GLOBAL.MOD
KINDS = {
    "STR_IA5": "IA5String",
    "STR_BMP": "BMPString",
    "STR_GENE": "GeneralString",
    "STR_NUM": "NumericString",
    "STR_PRINT": "PrintableString",
}
# pycrate gives the parameterised types of H.235 two names in capitals.
PARAMETERISED = {"ENCRYPTED": "Encrypted", "HASHED": "Hashed"}
PLAIN = {bool: "BOOL", int: "INT", bytes: "OCT_STR", Literal[True]: "NULL"}


def ours(package: ModuleType) -> dict[str, Any]:
    """Every name that a schema package defines, with its submodules."""
    modules = [package]
    if hasattr(package, "__path__"):
        modules = [
            import_module(f"{package.__name__}.{each.name}") for each in iter_modules(package.__path__)
        ]
    found: dict[str, Any] = {}
    for module in modules:
        found.update({name: value for name, value in vars(module).items() if name[0].isupper()})
    return found


SCHEMAS = {name: ours(package) for name, package in (("h225", h225), ("h235", h235), ("h245", h245))}
NAMED = [
    (schema, name)
    for schema, module in MODULES.items()
    for name in PYCRATE[module]["_type_"]
    if not PYCRATE[module][name]._param
]


compared: set[type[Sequence]] = set()


def bounds(constraint: Any) -> tuple[int, int | None, bool] | None:
    if constraint is None:
        return None
    root = constraint.root[0]
    first, last = (root, root) if isinstance(root, int) else (root.lb, root.ub)
    return first, last, constraint.ext is not None


def compare(annotation: Any, theirs: Any, path: str) -> None:
    kind = type(theirs).__name__
    if isinstance(annotation, type) and issubclass(annotation, Sequence):
        assert kind in ("SEQ", "SET"), path
        if annotation not in compared:
            compared.add(annotation)
            compare_sequence(annotation, theirs, path)
    elif is_choice(annotation):
        compare_choice(annotation, theirs, path)
    elif annotation in (bool, int, bytes, Literal[True]):
        assert PLAIN[annotation] == kind, path
        assert getattr(theirs, "_const_val", None) is None, path
        assert getattr(theirs, "_const_sz", None) is None, path
    elif get_origin(annotation) is list:
        assert kind in ("SEQ_OF", "SET_OF"), path
        assert theirs._const_sz is None, path
        compare(get_args(annotation)[0], theirs._cont, path + "[]")
    else:
        assert get_origin(annotation) is Annotated, path
        compare_annotated(annotation, theirs, path)


def compare_sequence(sequence: type[Sequence], theirs: Any, path: str) -> None:
    mine = [part for part in components(sequence) if (sequence.__name__, part.name) not in NEWER]
    assert [asn1_name(part.name) for part in mine] == list(theirs._cont), path
    assert sequence.extensible_ == (theirs._ext is not None), path
    root = [asn1_name(part.name) for part in mine[: sequence.root_]]
    assert root == list(theirs._root), path
    for part, component in zip(mine, theirs._cont.values(), strict=True):
        here = f"{path}.{part.name}"
        if part in mine[: sequence.root_]:
            assert part.optional == component._opt, here
        else:
            assert part.optional, here
        compare(part.annotation, component, here)


def compare_choice(annotation: Any, theirs: Any, path: str) -> None:
    assert type(theirs).__name__ == "CHOICE", path
    mine, root = alternatives(annotation)
    mine = [each for each in mine if (path.rsplit(".", maxsplit=1)[-1], each[0]) not in NEWER]
    assert [asn1_name(name) for name, _ in mine] == list(theirs._cont), path
    assert (root is not None) == (theirs._ext is not None), path
    assert [asn1_name(name) for name, _ in mine[:root]] == list(theirs._root), path
    for (name, content), alternative in zip(mine, theirs._cont.values(), strict=True):
        compare(content, alternative, f"{path}.{name}")


def compare_annotated(annotation: Any, theirs: Any, path: str) -> None:
    base, *marks = get_args(annotation)
    kind = type(theirs).__name__
    size = next((mark for mark in marks if isinstance(mark, Size)), None)
    limits = bounds(getattr(theirs, "_const_sz", None))
    assert (None if size is None else (*size, False)) == limits, path
    if get_origin(base) is list:
        assert kind in ("SEQ_OF", "SET_OF"), path
        compare(get_args(base)[0], theirs._cont, path + "[]")
    elif get_origin(base) is Literal:
        assert kind == "ENUM", path
        assert list(get_args(base)) == list(theirs._cont), path
        assert theirs._ext is not None, path
    for mark in marks:
        if isinstance(mark, Range):
            assert kind == "INT", path
            assert tuple(mark) == bounds(theirs._const_val), path
        elif isinstance(mark, Text):
            assert mark.name == KINDS[kind], path
            letters = getattr(theirs, "_const_alpha", None)
            if mark.name == "IA5String":
                assert (mark.characters or None) == (letters and "".join(sorted(letters.root))), path


@pytest.mark.parametrize(("schema", "name"), NAMED)
def test_same_type(schema: str, name: str) -> None:
    mine = SCHEMAS[schema][PARAMETERISED.get(name, name[0].upper() + name[1:].replace("-", ""))]
    compare(mine, PYCRATE[MODULES[schema]][name], name)
