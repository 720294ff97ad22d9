"""A tree of a site file -> typed values, every fault of the file at once.

Two rules make short files: where a list is expected one item may stand alone, and where a mapping is expected
the value of its main key (`SHORT`) may stand alone.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any, ClassVar, Final, TypeVar

import msgspec
from msgspec import inspect

from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.errors import InputError
from ringfence.model.language.document import Items, Leaf, Mapping, Node, Path, mark_of, written

T = TypeVar("T", bound="Part")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping of the language. Misspelt keys are errors: a firewall tool may not ignore what it was told.

    `SHORT` names the key whose value may stand for the whole mapping.
    """

    SHORT: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path, and what is accepted or to be done there."""

    path: Path
    what: str
    remedy: str = ""


def unknown_name(at: Path, what: str, name: str, known: Iterable[str]) -> Fault:
    """The fault of a name that names nothing, with the one that was probably meant."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names) or 'none'}"
    return Fault(at, f"there is no {what} called {name}", remedy)


class WrittenHost:
    """An address, or a name written in its place. No dataclass: a site file writes it as a word."""

    __slots__ = ("address", "name")

    def __init__(self, name: str = "", address: IPv4Address | None = None) -> None:
        self.name: Final = name
        self.address: Final = address


class _Unread:
    """Stands for a value that could not be read; a fault says why."""


_UNREAD: Final = _Unread()


def read(kind: type[T], root: Mapping) -> tuple[T | None, list[Fault]]:
    """The value, or None and what is wrong, in the order of the file."""
    reader = _Reader()
    value = reader.part(kind, root, ())
    return (None, reader.faults) if isinstance(value, _Unread) else (value, reader.faults)


def refusal(root: Node, faults: list[Fault]) -> InputError:
    """All the faults as one refusal, each with its place, in the order of the file."""
    placed = sorted(
        ((mark_of(root, fault.path), fault) for fault in faults),
        key=lambda pair: (pair[0].source, pair[0].line, pair[0].column),
    )
    errors = [InputError(fault.what, where=str(mark), remedy=fault.remedy) for mark, fault in placed]
    errors[0].others = tuple(errors[1:])
    return errors[0]


@cache
def _fields(kind: type[Part]) -> dict[str, inspect.Field]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field for field in info.fields}


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def _fault(self, path: Path, what: str, remedy: str = "") -> _Unread:
        self.faults.append(Fault(path, what, remedy))
        return _UNREAD

    def part(self, kind: type[T], node: Node, path: Path) -> T | _Unread:
        """A mapping; what is missing, unknown or unreadable in it is a fault each."""
        fields = _fields(kind)
        if not isinstance(node, Mapping):
            if not kind.SHORT:
                return self._fault(
                    path, f"{written(path)} is not a mapping", f"its keys: {', '.join(fields)}"
                )
            value = self.value(fields[kind.SHORT].type, node, path)
            return _UNREAD if isinstance(value, _Unread) else self._made(kind, {kind.SHORT: value}, path)
        values: dict[str, Any] = {}
        failed = False
        for key, entry in node.entries.items():
            if key not in fields:
                close = difflib.get_close_matches(key, fields, n=1)
                remedy = (
                    f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(sorted(fields))}"
                )
                self._fault((*path, key), f"unknown key `{key}` in {written(path)}", remedy)
                failed = True
                continue
            value = self.value(fields[key].type, entry.node, (*path, key))
            values[fields[key].name] = value
            failed = failed or isinstance(value, _Unread)
        for key, field in fields.items():
            if field.required and key not in node.entries:
                self._fault(path, f"{written(path)} lacks `{key}`", f"write {key}: {accepted(field.type)}")
                failed = True
        return _UNREAD if failed else self._made(kind, values, path)

    def _made(self, kind: type[T], values: dict[str, Any], path: Path) -> T | _Unread:
        """Other required keys may still be missing where a short form was used."""
        missing = [key for key, field in _fields(kind).items() if field.required and field.name not in values]
        if missing:
            return self._fault(path, f"{written(path)} lacks `{missing[0]}`", "write it as a mapping")
        return kind(**values)

    def value(self, info: inspect.Type, node: Node, path: Path) -> Any:
        match info:
            case inspect.Metadata():
                return self.value(info.type, node, path)
            case inspect.StructType():
                return self.part(info.cls, node, path)
            case inspect.UnionType():
                return self.value(_chosen(info, node), node, path)
            case inspect.VarTupleType():
                nodes = node.nodes if isinstance(node, Items) else (node,)
                if isinstance(node, Leaf) and node.value is None:
                    nodes = ()
                inside = isinstance(node, Items)
                values = [
                    self.value(info.item_type, each, (*path, number) if inside else path)
                    for number, each in enumerate(nodes)
                ]
                return _UNREAD if any(isinstance(each, _Unread) for each in values) else tuple(values)
            case inspect.DictType():
                return self._named(info, node, path)
            case _:
                return self._leaf(info, node, path)

    def _named(self, info: inspect.DictType, node: Node, path: Path) -> Any:
        if isinstance(node, Leaf) and node.value is None:
            return {}
        if not isinstance(node, Mapping):
            return self._fault(path, f"{written(path)} is not a mapping", "write NAME: and what it is")
        found = {
            key: self.value(info.value_type, entry.node, (*path, key)) for key, entry in node.entries.items()
        }
        return _UNREAD if any(isinstance(each, _Unread) for each in found.values()) else found

    def _leaf(self, info: inspect.Type, node: Node, path: Path) -> Any:
        if not isinstance(node, Leaf):
            kind = "a list" if isinstance(node, Items) else "a mapping"
            return self._fault(path, f"{written(path)} is {kind}", f"write {accepted(info)}")
        try:
            return _converted(info, node.value)
        except ValueError as error:
            return self._fault(path, f"{written(path)}: {error}", _remedy(info, node.value))


def _chosen(info: inspect.UnionType, node: Node) -> inspect.Type:
    """Of `X | None` what the node can be: nothing for an empty value, else X."""
    empty = isinstance(node, Leaf) and node.value is None
    for each in info.types:
        if isinstance(each, inspect.NoneType) == empty:
            return each
    return info.types[0]


def _converted(info: inspect.Type, value: str | int | bool | None) -> Any:
    """The value as its type; ValueError says what is accepted."""
    match info:
        case inspect.NoneType():
            return None
        case inspect.BoolType():
            if isinstance(value, bool):
                return value
        case inspect.IntType():
            if isinstance(value, int) and not isinstance(value, bool):
                return _within(info, value)
        case inspect.StrType():
            if isinstance(value, str):
                return value
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
        case inspect.EnumType():
            # YAML 1.1 takes a plain `off` for false.
            said = "off" if value is False else str(value)
            for choice in info.cls:
                if isinstance(choice, Enum) and said == str(choice.value):
                    return choice
        case inspect.CustomType():
            return _CUSTOM[info.cls](value)
        case _:
            raise NotImplementedError(info)
    raise ValueError(f"expected {accepted(info)}, got {_shown(value)}")


def _within(info: inspect.IntType, value: int) -> int:
    if info.ge is not None and value < info.ge:
        raise ValueError(f"expected a whole number >= {info.ge}, got {value}")
    if info.le is not None and value > info.le:
        raise ValueError(f"expected a whole number <= {info.le}, got {value}")
    return value


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _address(value: object) -> IPv4Address:
    if not isinstance(value, str):
        raise ValueError(f"expected an IPv4 address, got {_shown(value)}")
    try:
        return IPv4Address(value)
    except ValueError:
        raise ValueError(f"expected an IPv4 address, got {_shown(value)}") from None


def _host(value: object) -> WrittenHost:
    if isinstance(value, str) and _HOST_NAME.fullmatch(value):
        return WrittenHost(name=value)
    return WrittenHost(address=_address(value))


def _network(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise ValueError(f"expected an IPv4 network like 10.20.0.0/24, got {_shown(value)}")
    try:
        return IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"expected an IPv4 network like 10.20.0.0/24: {error}") from None


def written_ports(value: object) -> PortRange:
    """What a port, a range or `any` says; ValueError says what is expected where it says none."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", str(value))
    if value == "any":
        return ANY_PORT
    if match is None or isinstance(value, bool):
        raise ValueError(f"expected a port or a range like 61440-61444, got {_shown(value)}")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if first == 0:
        raise ValueError("port 0 is never on the wire; write `any` for every port")
    return PortRange(first, last)


_CUSTOM: dict[type, Any] = {
    IPv4Address: _address,
    IPv4Network: _network,
    PortRange: written_ports,
    WrittenHost: _host,
}
_NAMED = {
    IPv4Address: "an IPv4 address",
    WrittenHost: "an IPv4 address",
    IPv4Network: "an IPv4 network like 10.20.0.0/24",
    PortRange: "a port or a range like 61440-61444",
}
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


def accepted(info: inspect.Type) -> str:
    """What may be written for this type, in words."""
    match info:
        case inspect.Metadata():
            return accepted(info.type)
        case inspect.IntType():
            ends = "" if info.ge is None else f" of {info.ge}-{info.le}" if info.le else f" >= {info.ge}"
            return f"a whole number{ends}"
        case inspect.EnumType():
            return f"one of {', '.join(str(choice.value) for choice in info.cls)}"
        case inspect.CustomType():
            return _NAMED[info.cls]
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType():
            return "a text"
        case inspect.VarTupleType():
            return f"{accepted(info.item_type)}, or a list of them"
        case inspect.StructType():
            return f"{{{', '.join(_fields(info.cls))}}}"
        case inspect.UnionType():
            return " or ".join(
                accepted(each) for each in info.types if not isinstance(each, inspect.NoneType)
            )
        case _:
            return "a mapping"


def _remedy(info: inspect.Type, value: object) -> str:
    if isinstance(info, inspect.EnumType):
        choices = [str(choice.value) for choice in info.cls]
        close = difflib.get_close_matches(str(value), choices, n=1)
        return f"did you mean {close[0]}?" if close else f"one of: {', '.join(choices)}"
    named = isinstance(info, inspect.CustomType) and info.cls is IPv4Address
    if named and isinstance(value, str) and _HOST_NAME.fullmatch(value):
        return f"a firewall rule needs addresses: write {{name: {value}, address: ITS-ADDRESS}}"
    return ""
