"""Scenario files, and files of many scenarios (`--sweep`): YAML, in the words of the command line."""

from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ringfence.apps.cli.simulating import words
from ringfence.model.errors import InputError
from ringfence.simulation.scenario import Scenario

_LARGEST = 1_000_000  # octets
_MOST = 10_000  # scenarios of a sweep
_SWEEP = "sweep"
_KEYS = ("phones", "within", "until", "seed", "states", "cables", "servers", "failures")


class Varied(NamedTuple):
    """One scenario of a sweep. `chosen`: what it has of the lists, by key; `measured`: these servers are."""

    chosen: dict[str, str]
    scenario: Scenario
    measured: tuple[str, ...]


def scenarios(path: Path) -> list[Varied]:
    """Every combination of the lists under `sweep`; a file without them has one.

    InputError names the place.
    """
    content = _read(path)
    name = str(path)
    lists = content.pop(_SWEEP, None) or {}
    if not isinstance(lists, dict) or not all(isinstance(v, list) and v for v in lists.values()):
        raise InputError(
            "under `sweep` each key has a list", where=name, remedy="such as phones: [1000, 5000]"
        )
    keys = [str(key) for key in lists]
    count = 1
    for values in lists.values():
        count *= len(values)
    if count > _MOST:
        raise InputError(f"the lists make {count} scenarios", where=name, remedy=f"at most {_MOST}")
    found = []
    for values in product(*lists.values()):
        one = _copied(content)
        for key, value in zip(keys, values, strict=True):
            _set(one, key, value, name)
        chosen = {key: str(value) for key, value in zip(keys, values, strict=True)}
        found.append(Varied(chosen, *_scenario(one, name)))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            octets = file.read(_LARGEST + 1)
        text = octets.decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None
    if len(octets) > _LARGEST:
        raise InputError(f"has more than {_LARGEST} octets", where=str(path))
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"is not YAML: {str(error).splitlines()[0]}", where=str(path)) from None
    if not isinstance(content, dict):
        raise InputError("has no keys", where=str(path), remedy=f"such as {', '.join(_KEYS)}, {_SWEEP}")
    return {str(key): value for key, value in content.items()}


def _copied(content: dict[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, dict) else value for key, value in content.items()}


def _set(content: dict[str, Any], key: str, value: object, name: str) -> None:
    """`servers.gatekeeper` is the key `gatekeeper` under `servers`."""
    outer, _, inner = key.partition(".")
    if not inner:
        content[outer] = value
    elif isinstance(below := content.setdefault(outer, {}), dict):
        below[inner] = value
    else:
        raise InputError(f"{outer} has no keys below it", where=f"{name}, sweep {key}")


def _scenario(content: dict[str, Any], name: str) -> tuple[Scenario, tuple[str, ...]]:
    if unknown := [key for key in content if key not in _KEYS]:
        raise InputError(f"no key {unknown[0]!r}", where=name, remedy=f"one of {', '.join(_KEYS)}, {_SWEEP}")
    given: dict[str, Any] = {}
    for key in ("phones", "seed", "states"):
        if key in content:
            given[key] = words.read_number(
                words.read_scalar(content[key], f"{name}, {key}"), f"{name}, {key}"
            )
    for key in ("within", "until"):
        if key in content:
            given[key] = words.read_seconds(
                words.read_scalar(content[key], f"{name}, {key}"), f"{name}, {key}"
            )
    given["cables"] = {
        key: words.read_cable(text, f"{name}, cables {key}") for key, text in _below(content, "cables", name)
    }
    servers = _below(content, "servers", name)
    given["servers"] = {
        key: words.read_capacity(text, f"{name}, servers {key}")
        for key, text in servers
        if text.strip() != words.MEASURED
    }
    failures = content.get("failures") or []
    if not isinstance(failures, list):
        raise InputError("is no list", where=f"{name}, failures", remedy="- gatekeeper dies at 30s for 60s")
    given["happenings"] = tuple(
        words.read_failure(words.read_scalar(each, f"{name}, failures"), f"{name}, failures")
        for each in failures
    )
    return Scenario(**given), tuple(key for key, text in servers if text.strip() == words.MEASURED)


def _below(content: dict[str, Any], key: str, name: str) -> list[tuple[str, str]]:
    found = content.get(key) or {}
    if not isinstance(found, dict):
        raise InputError("has no keys below it", where=f"{name}, {key}")
    return [
        (str(inner), words.read_scalar(value, f"{name}, {key} {inner}")) for inner, value in found.items()
    ]
