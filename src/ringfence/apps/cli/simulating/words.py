"""A scenario as a person writes it: on the command line and, in the same words, in a file."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from ringfence.model.errors import InputError
from ringfence.simulation.scenario import Cable, Capacity, Failure, Happening

MEASURED = "measured"
_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")
_FAILS = re.compile(rf"(.+?)\s+({'|'.join(Failure)})\s+at\s+(\S+)(?:\s+for\s+(\S+))?")
Made = TypeVar("Made", Cable, Capacity)


def read_seconds(text: str, where: str) -> float:
    """`90`, `90s`, `20ms`, `5m`, `12h`; InputError for anything else."""
    match = _TIME.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise InputError(f"{text!r} is no time", where=where, remedy="such as 60s, 20ms, 5m or 12h")
    return float(match[1]) * _UNITS[match[2]]


def read_share(text: str, where: str) -> float:
    """`1%` or `0.01`."""
    match = _SHARE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is no share", where=where, remedy="such as 1% or 0.01")
    return float(match[1]) / (100 if match[2] else 1)


def read_number(text: str, where: str) -> int:
    if not text.strip().isdecimal():
        raise InputError(f"{text!r} is no number", where=where, remedy="such as 1000")
    return int(text)


_CABLE: dict[str, Callable[[str, str], float]] = {
    "loss": read_share,
    "doubled": read_share,
    "delay": read_seconds,
    "spread": read_seconds,
}
_CAPACITY: dict[str, Callable[[str, str], float]] = {
    "service": read_seconds,
    "workers": read_number,
    "waiting": read_number,
}


def read_cable(text: str, where: str) -> Cable:
    """`loss 1%, delay 20ms`, in any order."""
    return _made(Cable, _CABLE, text, where, "loss 1%, delay 20ms, spread 5ms, doubled 0.1%")


def read_capacity(text: str, where: str) -> Capacity:
    """`service 2ms, workers 2, waiting 500`."""
    return _made(Capacity, _CAPACITY, text, where, "service 2ms, workers 2, waiting 500")


def _made(
    kind: type[Made], readers: dict[str, Callable[[str, str], float]], text: str, where: str, remedy: str
) -> Made:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition(" ")
        if name not in readers or not value.strip() or name in found:
            raise InputError(f"{part.strip()!r} is not understood", where=where, remedy=f"such as: {remedy}")
        found[name] = readers[name](value, where)
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise InputError(str(error), where=where, remedy=f"such as: {remedy}") from None


def read_pairs(texts: Iterable[str], where: str) -> dict[str, str]:
    """`NAME=WORDS`, each name once."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, words = text.partition("=")
        if not equals or not name.strip() or name.strip() in found:
            raise InputError(f"{text!r} is not understood", where=where, remedy="NAME=WORDS, each name once")
        found[name.strip()] = words
    return found


def read_failure(text: str, where: str) -> Happening:
    """`gatekeeper dies at 30s for 60s`."""
    match = _FAILS.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text!r} is not understood",
            where=where,
            remedy=f"such as: gatekeeper 1 dies at 30s for 60s ({', '.join(Failure)})",
        )
    lasts = None if match[4] is None else read_seconds(match[4], where)
    return Happening(read_seconds(match[3], where), Failure(match[2]), match[1], lasts)


def read_scalar(value: Any, where: str) -> str:
    """What a file has in the place of words."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError("words or a number are expected here", where=where, remedy="such as 60s")
    return str(value)
