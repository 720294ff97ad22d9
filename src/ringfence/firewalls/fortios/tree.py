"""FortiOS configuration text as a tree of config and edit blocks."""

import re
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import Reading, lines_of, place, whole_quotes
from ringfence.model.errors import InputError

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_WHAT = "FortiOS configuration"
_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Setting:
    values: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Node:
    """A `config` block (its name is the table's) or an `edit` entry (its name is the entry's)."""

    name: str
    line: int
    sets: dict[str, Setting] = field(default_factory=dict)
    tables: list["Node"] = field(default_factory=list)
    entries: list["Node"] = field(default_factory=list)
    known: dict[str, "Node"] = field(default_factory=dict)  # its entries by name

    def get(self, key: str, default: str = "") -> str:
        """The only or first value of a setting."""
        found = self.sets.get(key)
        return found.values[0] if found and found.values else default

    def all(self, key: str) -> tuple[str, ...]:
        found = self.sets.get(key)
        return found.values if found else ()

    def on(self, key: str) -> bool:
        return self.get(key) == "enable"


def parse(text: str, reading: Reading) -> Node:
    """The tree under a nameless root. InputError when the text ends inside a block or a quote."""
    lines = lines_of(text, _WHAT)
    root = Node("", 1)
    stack: list[tuple[str, Node]] = [("config", root)]
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at].strip()
        at += 1
        if not line or line[0] == "#":
            continue
        if line.count('"') % 2 or '\\"' in line:
            line, at = whole_quotes(lines, line, at, _WHAT)
        words = [quoted or bare for quoted, bare in _TOKEN.findall(line)]
        if words:
            _take(stack, words, number, line, reading)
    if len(stack) > 1:
        kind, node = stack[-1]
        raise InputError(f"the text ends inside {kind} {node.name}", where=f"{_WHAT} {place(node.line)}")
    return root


def _take(stack: list[tuple[str, Node]], words: list[str], number: int, line: str, reading: Reading) -> None:
    kind, node = stack[-1]
    verb, rest = words[0], words[1:]
    if verb == "config" and rest:
        if len(stack) > _DEPTH:
            raise InputError("blocks nested too deep", where=f"{_WHAT} {place(number)}")
        name = " ".join(rest)
        table = next((table for table in node.tables if table.name == name), None)
        if table is None:
            table = Node(name, number)
            node.tables.append(table)
        stack.append(("config", table))
    elif verb == "edit" and rest and kind == "config" and len(stack) > 1:
        stack.append(("edit", _edited(node, rest[0], number)))
    elif verb == "next" and kind == "edit":
        stack.pop()
    elif verb == "end" and len(stack) > 1:
        if kind == "edit":  # the CLI takes end in place of next and end
            stack.pop()
        stack.pop()
    elif verb == "set" and rest:
        node.sets[rest[0]] = Setting(tuple(rest[1:]), number)
    elif verb == "unset" and rest:
        node.sets.pop(rest[0], None)
    else:
        reading.stray(number, line, "not a command that is known here")


def _edited(table: Node, name: str, number: int) -> Node:
    """The entry of this name: edited again it goes on, and 0 takes a free number each time.

    Two policies or objects of one name stay two: whoever put them there meant two.
    """
    entry = table.known.get(name)
    if entry is None or name == "0" or table.name.startswith("firewall "):
        entry = table.known[name] = Node(name, number)
        table.entries.append(entry)
    return entry


def tables(root: Node) -> dict[str, Node]:
    """The tables of the device: those at the top, in `config global`, and in the one VDOM with policies.

    InputError when several VDOMs have policies: they are several firewalls.
    """
    out: dict[str, Node] = {}
    _merge(out, root.tables)
    _merge(out, out.pop("global", Node("", 0)).tables)
    vdoms: dict[str, Node] = {}
    for entry in out.pop("vdom", Node("", 0)).entries:
        if entry.tables:
            vdoms[entry.name] = entry
    with_policies = [
        name
        for name, vdom in vdoms.items()
        if any(table.name == "firewall policy" and table.entries for table in vdom.tables)
    ]
    if len(with_policies) > 1:
        raise InputError(
            f"policies in the VDOMs {', '.join(with_policies)}",
            where=f"{_WHAT} {place(vdoms[with_policies[1]].line)}",
            remedy="they are several firewalls: give the configuration of one VDOM at a time",
        )
    for name in with_policies or list(vdoms)[:1]:
        _merge(out, vdoms[name].tables)
    return out


def _merge(into: dict[str, Node], found: list[Node]) -> None:
    for table in found:
        known = into.setdefault(table.name, Node(table.name, table.line))
        known.entries += table.entries
        known.tables += table.tables
        known.sets.update(table.sets)
