"""YAML text <-> Site: strict keys, every error with its path, its line and a suggestion."""

import difflib
import re
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec
import yaml

from ringfence.model.address import PortRange
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.site_check import problems

MAX_CHARACTERS = 100_000  # a site file is a page or two; anything near this is another kind of file
MAX_DEPTH = 20

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.S)
_UNKNOWN = re.compile(r"unknown field `(?P<key>.*)`")


def parse(text: str, name: str = "site file") -> Site:
    """The site that `text` describes; InputError names the file, the line and the path otherwise."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"{len(text)} characters is no site file (limit {MAX_CHARACTERS})", where=name)
    root = _compose(text, name)
    data = _plain(root, name, "$", 0)
    try:
        site = msgspec.convert(data, Site, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise _explained(error, root, name) from None
    except RecursionError:
        raise InputError("nested too deeply", where=name) from None
    found = problems(site)
    if found:
        path, what, remedy = found[0]
        more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
        raise InputError(what + more, where=_place(root, name, path), remedy=remedy)
    return site


def schema() -> dict[str, Any]:
    """The JSON Schema of a site file, for editors."""
    document = msgspec.json.schema(Site, schema_hook=_schema)
    document["title"] = "ringfence site file"
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return document


def _compose(text: str, name: str) -> yaml.Node:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            where = f"{name}:{event.start_mark.line + 1}" if event.start_mark else name
            if isinstance(event, yaml.AliasEvent):  # a few nested ones expand to more than memory holds
                raise InputError("aliases (*name) are not read here", where=where, remedy="write it out")
            # Told here: the parser's time grows with the square of the depth, a minute for 100 KB of "[".
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH + 1:
                raise InputError("nested too deeply", where=where)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
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
    return root


def _plain(node: yaml.Node, name: str, path: str, depth: int) -> Any:
    """The node as plain data."""
    if depth > MAX_DEPTH:
        raise InputError("nested too deeply", where=f"{name}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = f"{name}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
                raise InputError("keys are plain words here; no merging", where=place)
            if key_node.value in result:
                raise InputError(f"`{key_node.value}` is given twice in {path}", where=place)
            result[key_node.value] = _plain(value_node, name, f"{path}.{key_node.value}", depth + 1)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, name, f"{path}[{index}]", depth + 1) for index, item in enumerate(node.value)]
    return _scalar(node, name)


def _scalar(node: yaml.Node, name: str) -> Any:
    """Only text, whole numbers, true and false: 1.10 is not a float here, nor 22:10 a base-60 number."""
    tag, value = node.tag, str(node.value)
    if tag == "tag:yaml.org,2002:int" and value.isdecimal():
        if len(value) > 12:
            raise InputError(f"{value[:12]}... is too large", where=f"{name}:{node.start_mark.line + 1}")
        return int(value)
    if tag == "tag:yaml.org,2002:bool":
        return value.lower() in {"true", "yes", "on"}
    if tag == "tag:yaml.org,2002:null":
        return None
    return value


def _decode(kind: type, value: Any) -> Any:
    if kind is PortRange:
        return _ports(value)
    if kind in {IPv4Address, IPv4Network} and isinstance(value, str):
        try:
            return kind(value)
        except ValueError as error:
            raise ValueError(str(error)) from None
    raise ValueError(f"expected {_EXPECTED.get(kind, kind.__name__)}, got {value!r}")


_EXPECTED = {IPv4Address: "an IPv4 address", IPv4Network: "an IPv4 network like 10.20.0.0/24"}


def _ports(value: Any) -> PortRange:
    match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", str(value))
    if value == "any":
        return PortRange(0, 65535)
    if match is None or isinstance(value, bool):
        raise ValueError(f"expected a port or a range like 61440-61444, got {value!r}")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if first == 0:
        raise ValueError("port 0 is never on the wire; write `any` for every port")
    return PortRange(first, last)


def _schema(kind: type) -> dict[str, Any]:
    if kind is PortRange:
        pattern = "^(any|[0-9]{1,5}(-[0-9]{1,5})?)$"
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 65535},
                {"type": "string", "pattern": pattern},
            ]
        }
    if kind is IPv4Address:
        return {"type": "string", "format": "ipv4"}
    if kind is IPv4Network:
        return {"type": "string", "pattern": "^[0-9.]+/[0-9]{1,2}$"}
    raise NotImplementedError(kind)


def _explained(error: msgspec.ValidationError, root: yaml.Node, name: str) -> InputError:
    match = _PATH.match(str(error))
    what = match["what"] if match else str(error)
    path = "$" + (match["path"] or "" if match else "")
    unknown = _UNKNOWN.search(what)
    remedy = ""
    if unknown:
        known = _keys_at(path)
        close = difflib.get_close_matches(unknown["key"], known, n=1)
        what = f"unknown key `{unknown['key']}` in {path}"
        remedy = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(sorted(known))}"
        path = f"{path}.{unknown['key']}"
    else:
        what = f"{path}: {what[:1].lower()}{what[1:]}"
        choices = _node_at(path).get("enum", ())
        remedy = f"one of: {', '.join(map(str, choices))}" if choices else ""
    return InputError(what, where=_place(root, name, path), remedy=remedy)


def _keys_at(path: str) -> list[str]:
    return list(_node_at(path).get("properties", {}))


def _node_at(path: str) -> dict[str, Any]:
    """The part of the schema that describes `path`, so that keys and choices have one home."""
    document = schema()
    node: dict[str, Any] = document
    for step in ["", *re.findall(r"[^.\[\]$]+|\[", path)]:
        if step == "[":
            node = node.get("items") or (node.get("prefixItems") or [{}])[0]
        elif step and not step.isdecimal() and step != "...":
            node = node.get("properties", {}).get(step, {})
        for option in node.get("anyOf", ()):
            if "$ref" in option:
                node = option
        if "$ref" in node:
            node = document["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _place(root: yaml.Node, name: str, path: str) -> str:
    """`file:line` of the deepest node of `path` that exists."""
    node, line = root, root.start_mark.line
    for step in re.findall(r"[^.\[\]$]+", path):
        if isinstance(node, yaml.MappingNode):
            for key_node, value_node in node.value:
                if key_node.value == step:
                    node, line = value_node, key_node.start_mark.line
                    break
            else:
                break
        elif isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
            node = node.value[int(step)]
            line = node.start_mark.line
        else:
            break
    return f"{name}:{line + 1}"
