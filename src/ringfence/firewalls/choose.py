"""A target by its `--for` name."""

from collections.abc import Mapping
from difflib import get_close_matches

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.table import TARGETS, WRITABLE
from ringfence.model.errors import InputError


def writable(targets: Mapping[str, Target] = TARGETS) -> list[str]:
    """The names of the targets that rules are writable for, in order."""
    if targets is TARGETS:
        return list(WRITABLE)
    return sorted(name for name, target in targets.items() if target.write is not None)


def target_named(name: str, targets: Mapping[str, Target] = TARGETS) -> Target:
    """The target that rules are writable for under this name; InputError for any other name."""
    if name not in writable(targets):
        close = get_close_matches(name, writable(targets), n=2)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise InputError(
            f"there is no writer for {name!r}{hint}",
            where="--for",
            remedy=f"one of: {', '.join(writable(targets))}",
        )
    return targets[name]
