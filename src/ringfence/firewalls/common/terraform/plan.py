"""A plan or a state of Terraform as JSON (`terraform show -json`), as the blocks that a text would have.

Written from the page on the JSON output format: `planned_values` or `values` with their modules, what is only
known after apply (`resource_changes`), and the references that the configuration has in its place.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ringfence.firewalls.common.json_text import Json, JsonObject, objects
from ringfence.firewalls.common.terraform.language import Computed, TerraformBlock
from ringfence.model.errors import InputError

_WHAT = "Terraform plan"
_LATER = Computed("known after apply")
_UNSET: tuple[Json, ...] = (None, "", [])
_DEPTH = 16


def is_plan(found: Json) -> bool:
    """Whether a JSON document is a plan or a state."""
    return isinstance(found, dict) and bool({"planned_values", "values"} & found.keys())


def plan_blocks(found: JsonObject) -> list[TerraformBlock]:
    """A block for each managed resource. InputError for a document of another form.

    A resource of a module is called by the module's path with slashes in front of its name, so that names
    stay apart and have no dot in them.
    """
    values = found.get("planned_values") or found.get("values")
    root = values.get("root_module") if isinstance(values, dict) else None
    if not isinstance(root, dict):
        raise InputError("no root module", where=_WHAT)
    later = {
        str(one.get("address")): change.get("after_unknown")
        for one in objects(found, "resource_changes")
        if isinstance(change := one.get("change"), dict)
    }
    configuration = found.get("configuration")
    own = configuration.get("root_module") if isinstance(configuration, dict) else None
    references = dict(_references(own if isinstance(own, dict) else {}, "", 0))
    return list(_resources(root, later, references, 0))


def _resources(
    module: JsonObject, later: Mapping[str, Json], references: Mapping[str, JsonObject], depth: int
) -> Iterator[TerraformBlock]:
    if depth > _DEPTH:
        raise InputError("nested too deeply", where=_WHAT)
    for one in objects(module, "resources"):
        address, kind = str(one.get("address")), str(one.get("type"))
        own = one.get("values")
        if one.get("mode") != "managed" or not isinstance(own, dict):
            continue
        said = references.get(_without_index(address), {})
        values = _merged(own, later.get(address), said, _path(address))
        block = TerraformBlock("resource", [kind, _label(address, kind)], 0)
        _fill(block, values, 0)
        yield block
    for inner in objects(module, "child_modules"):
        yield from _resources(inner, later, references, depth + 1)


def _path(address: str) -> str:
    """`module.a.module.b.` of an address in a module; "" in the root."""
    parts = address.split(".")
    return ".".join(parts[: parts.index("module") + 2]) + "." if parts[0] == "module" else ""


def _label(address: str, kind: str) -> str:
    """The resource's name with the path of its module: nobody else has it."""
    before, found, name = address.rpartition(f"{kind}.")
    return f"{before}{name}".replace(".", "/") if found else address.replace(".", "/")


def _without_index(address: str) -> str:
    return "".join(part.partition("]")[2] if n else part for n, part in enumerate(address.split("[")))


def _references(module: JsonObject, path: str, depth: int) -> Iterator[tuple[str, JsonObject]]:
    """The expressions of each resource, by its address without index."""
    if depth > _DEPTH:
        raise InputError("nested too deeply", where=_WHAT)
    for one in objects(module, "resources"):
        expressions = one.get("expressions")
        if isinstance(expressions, dict):
            yield f"{path}{one.get('address')}", expressions
    calls = module.get("module_calls")
    for name, call in calls.items() if isinstance(calls, dict) else ():
        inner = call.get("module") if isinstance(call, dict) else None
        if isinstance(inner, dict):
            yield from _references(inner, f"{path}module.{name}.", depth + 1)


def _merged(own: JsonObject, later: Json, said: JsonObject, path: str) -> dict[str, Any]:
    """The values, with what they refer to in place of those that are not known yet."""
    found = {key: value for key, value in own.items() if value not in _UNSET}
    for key, unknown in later.items() if isinstance(later, dict) else ():
        if unknown is True:
            found[key] = _reference(said.get(key), path)
        elif _any_true(unknown):
            found[key] = _inside(found.get(key), unknown)
    return found


def _inside(value: Json, unknown: Json) -> Json:
    """Within lists and objects, what is not known yet."""
    if unknown is True:
        return _LATER
    if isinstance(value, list) and isinstance(unknown, list) and len(value) == len(unknown):
        return [_inside(one, other) for one, other in zip(value, unknown, strict=True)]
    if isinstance(value, dict) and isinstance(unknown, dict):
        return {**value, **{key: _inside(value.get(key), other) for key, other in unknown.items() if other}}
    return _LATER if _any_true(unknown) else value


def _any_true(unknown: Json) -> bool:
    if isinstance(unknown, dict | list):
        return any(map(_any_true, unknown.values() if isinstance(unknown, dict) else unknown))
    return unknown is True


def _reference(expression: Json, path: str) -> Computed:
    """The first thing that an expression refers to, as a text would have it."""
    named = expression.get("references") if isinstance(expression, dict) else None
    if not isinstance(named, list) or not named:
        return _LATER
    kind, _, rest = str(named[0]).partition(".")
    return Computed(f"{kind}.{path.replace('.', '/')}{rest}")


def _fill(block: TerraformBlock, values: JsonObject, depth: int) -> None:
    """Lists of objects are blocks of their own, as they are in a text."""
    if depth > _DEPTH:
        raise InputError("nested too deeply", where=_WHAT)
    for key, value in values.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for one in value:
                inner = TerraformBlock(key, [], 0)
                _fill(inner, {name: v for name, v in one.items() if v not in _UNSET}, depth + 1)
                block.inner.append(inner)
        elif value not in _UNSET:
            block.values[key] = value
