"""Groups of phones as nodes: rows of a table added, what all groups share put beneath each."""

import csv
import io
from collections.abc import Callable

from ringfence.model.errors import InputError
from ringfence.model.language.document import Entry, Items, Leaf, Mapping, Mark, Node
from ringfence.model.language.netbox import groups_from, is_netbox
from ringfence.model.language.netbox_json import PREFIX_COLUMNS, is_json, prefix_rows
from ringfence.model.language.reading import Fault

MOST_ROWS = 20_000
_LONGEST_FIELD = 2_000
_LIST = "|"  # between the values of a list in one field


def whole(root: Mapping, read: Callable[[str], str]) -> tuple[Mapping, list[Fault]]:
    """The document with every group under `phones` in full; `read` gives the text of a table beside it.

    Nothing of a table with a faulty row is used.
    """
    entries = dict(root.entries)
    phones = entries.get("phones", Entry(root.mark, Mapping(root.mark)))
    faults: list[Fault] = []
    groups = dict(phones.node.entries) if isinstance(phones.node, Mapping) else {}
    table = entries.get("phones_table")
    name = _said(table.node, "file", "") if table else ""
    if table and name:
        roles = _said(table.node, "voice_role", "voice"), _said(table.node, "data_role", "data")
        rows, faults = _rows(name, read, roles)
        for row_name, row in rows:
            if row_name in groups:
                faults.append(Fault(("phones_table",), f"{row.mark}: group {row_name} is listed twice"))
            groups[row_name] = row
        if faults:
            return root, faults
    shared = entries.get("all_phones")
    if shared is not None and isinstance(shared.node, Mapping):
        beneath = shared.node
        groups = {
            key: Entry(entry.mark, entry.node.over(beneath)) if isinstance(entry.node, Mapping) else entry
            for key, entry in groups.items()
        }
        del entries["all_phones"]
    if isinstance(phones.node, Mapping):
        entries["phones"] = Entry(phones.mark, Mapping(phones.node.mark, groups))
    return Mapping(root.mark, entries), []


def _said(node: Node, key: str, otherwise: str) -> str:
    """The text under a key of the table's entry; the entry itself is the file's name."""
    if isinstance(node, Mapping):
        if key not in node.entries:
            return otherwise
        node = node.entries[key].node
    elif key != "file":
        return otherwise
    return node.value if isinstance(node, Leaf) and isinstance(node.value, str) else otherwise


def _rows(
    name: str, read: Callable[[str], str], roles: tuple[str, str]
) -> tuple[list[tuple[str, Entry]], list[Fault]]:
    here = ("phones_table",)
    try:
        text = read(name)
    except InputError as error:
        return [], [Fault(here, str(error), error.remedy)]
    if is_json(text):
        try:
            listed = prefix_rows(name, text)
        except InputError as error:
            return [], [Fault(here, f"{error.where}: {error.what}", error.remedy)]
        if len(listed) > MOST_ROWS:
            return [], [Fault(here, f"{name}: more than {MOST_ROWS} prefixes", "split the site")]
        return groups_from(PREFIX_COLUMNS, listed, *roles)
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    columns: list[str] = []
    rows: list[tuple[Mark, list[str]]] = []
    faults: list[Fault] = []
    try:
        columns = [column.strip() for column in next(lines, [])]
        if "name" not in columns and not is_netbox(columns):
            return [], [Fault(here, f"{name}:1: no column `name`", "the first row names the columns")]
        if len(set(columns)) < len(columns):
            return [], [Fault(here, f"{name}:1: a column is listed twice", "name each column once")]
        for fields in lines:
            if not any(each.strip() for each in fields):
                continue
            mark = Mark(name, lines.line_num, 1)
            if len(rows) == MOST_ROWS:
                return [], [Fault(here, f"{mark}: more than {MOST_ROWS} groups", "split the site")]
            if len(fields) != len(columns):
                said = f"{mark}: {len(fields)} fields where the first row names {len(columns)} columns"
                faults.append(Fault(here, said, "quote a field that has a comma in it"))
                continue
            rows.append((mark, fields))
    except csv.Error as error:
        faults.append(Fault(here, f"{name}:{lines.line_num}: not CSV: {error}"))
    if is_netbox(columns) and "name" not in columns:
        groups, more = groups_from(columns, rows, *roles)
        return groups, faults + more
    return [_row(columns, fields, mark) for mark, fields in rows], faults


def _row(columns: list[str], fields: list[str], mark: Mark) -> tuple[str, Entry]:
    tree: dict[str, Entry] = {}
    name = ""
    for number, (column, text) in enumerate(zip(columns, fields, strict=True), 1):
        value = text.strip()
        here = Mark(mark.source, mark.line, number)
        if column == "name":
            name = value
        elif value:
            _put(tree, column.split("."), _field(value, here), here)
    return name, Entry(mark, Mapping(mark, tree))


def _put(tree: dict[str, Entry], path: list[str], node: Node, mark: Mark) -> None:
    for step in path[:-1]:
        inner = tree.setdefault(step, Entry(mark, Mapping(mark, {}))).node
        if not isinstance(inner, Mapping):
            inner = Mapping(mark, {})
            tree[step] = Entry(mark, inner)
        tree = inner.entries
    tree[path[-1]] = Entry(mark, node)


def _field(text: str, mark: Mark) -> Node:
    if _LIST in text:
        return Items(mark, tuple(_one(each.strip(), mark) for each in text.split(_LIST)))
    return _one(text, mark)


def _one(text: str, mark: Mark) -> Leaf:
    short = text.isascii() and text.isdecimal() and len(text) <= 10
    return Leaf(mark, int(text) if short else text[:_LONGEST_FIELD])
