"""YAML text as a tree whose every part knows its line and column: what all errors of a site file point at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from ringfence.model.errors import InputError

MAX_CHARACTERS = 500_000  # a thousand branches written out take half of it; what is larger is another file
MAX_DEPTH = 20
_LONGEST_NUMBER = 12  # digits

# The compiled parser where PyYAML was built with it: a large file takes seconds with the other.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text, a whole number, true or false, or nothing at all."""

    mark: Mark
    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Items:
    mark: Mark
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, where it stands, and what it holds."""

    mark: Mark
    node: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    mark: Mark
    entries: dict[str, Entry] = field(default_factory=dict)

    def over(self, beneath: "Mapping") -> "Mapping":
        """Both, ours where both have a key. A mapping within fills up ours and makes none: what groups share
        of a data VLAN gives no data VLAN to a group without.
        """
        found = {key: entry for key, entry in beneath.entries.items() if not isinstance(entry.node, Mapping)}
        for key, entry in self.entries.items():
            before = beneath.entries.get(key)
            if before and isinstance(before.node, Mapping) and isinstance(entry.node, Mapping):
                entry = Entry(entry.mark, entry.node.over(before.node))  # noqa: PLW2901
            found[key] = entry
        return Mapping(self.mark, found)


Node: TypeAlias = Leaf | Items | Mapping


def compose(text: str, name: str) -> Mapping:
    """The document. InputError, with its place, for what is no YAML or no mapping."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{len(text)} characters are too many for a site file (limit {MAX_CHARACTERS})",
            where=name,
            remedy="put many groups of phones into a table: phones_table",
        )
    try:
        _check_depth(text, name)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise InputError(f"not YAML: {error.problem or error.context}", where=where) from None
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", where=name) from None
    except RecursionError:
        raise InputError("nested too deeply", where=name) from None
    if not isinstance(root, yaml.MappingNode):
        raise InputError(
            "a site file is a mapping that begins with `site: NAME`",
            where=name,
            remedy="start from examples/sites/branch.yaml",
        )
    tree = _node(root, name)
    assert isinstance(tree, Mapping)
    return tree


def _check_depth(text: str, name: str) -> None:
    """Told before composing: the parser's time grows with the square of the depth."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        where = str(_mark(event, name)) if event.start_mark else name
        if isinstance(event, yaml.AliasEvent):  # a few nested ones expand to more than memory holds
            raise InputError("YAML aliases (*name) are not supported", where=where, remedy="write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError("nested too deeply", where=where)


def _mark(node: Any, name: str) -> Mark:
    return Mark(name, node.start_mark.line + 1, node.start_mark.column + 1)


def _node(node: yaml.Node, name: str) -> Node:
    mark = _mark(node, name)
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            place = _mark(key_node, name)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
                raise InputError(
                    "keys must be plain words; YAML merge keys are not supported", where=str(place)
                )
            if key_node.value in entries:
                raise InputError(f"`{key_node.value}` is given twice", where=str(place))
            entries[key_node.value] = Entry(place, _node(value_node, name))
        return Mapping(mark, entries)
    if isinstance(node, yaml.SequenceNode):
        return Items(mark, tuple(_node(item, name) for item in node.value))
    return Leaf(mark, scalar(node.tag, str(node.value), mark))


def scalar(tag: str, text: str, mark: Mark) -> str | int | bool | None:
    """Only text, whole numbers, true and false: 1.10 is not a float here, nor 22:10 a base-60 number."""
    if tag == "tag:yaml.org,2002:int" and text.isdecimal():
        if len(text) > _LONGEST_NUMBER:
            raise InputError(f"{text[:12]}... is too large", where=str(mark))
        return int(text)
    if tag == "tag:yaml.org,2002:bool":
        return text.lower() in {"true", "yes", "on"}
    if tag == "tag:yaml.org,2002:null":
        return None
    return text


def mark_of(root: Node, path: Path) -> Mark:
    """The place of the deepest part of `path` that exists: its key, or its item."""
    node, mark = root, root.mark
    for step in path:
        if isinstance(node, Mapping) and (entry := node.entries.get(str(step))) is not None:
            node, mark = entry.node, entry.mark
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
            node = node.nodes[step]
            mark = node.mark
        else:
            break
    return mark


def written(path: Path) -> str:
    """`$.phones.hq.gatekeepers[1]`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def leaves(node: Node) -> Iterator[Leaf]:
    """Everything that holds a value."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Items):
        for each in node.nodes:
            yield from leaves(each)
    else:
        for entry in node.entries.values():
            yield from leaves(entry.node)
