"""Which device's configuration a text looks like, and the reader for it."""

import re
from collections.abc import Mapping

import msgspec

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.reading import lines_of
from ringfence.firewalls.common.target import Reader, Sample, Target
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing

_HEAD = 400_000  # characters looked at
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[msgspec.Raw])
_KEY = re.compile(r'"(\w+)"')


def readable(targets: Mapping[str, Target] = TARGETS) -> dict[str, Reader]:
    """The readers by the names of their targets, in the order of the names."""
    found = ((name, target.configuration) for name, target in sorted(targets.items()))
    return {name: one.read for name, one in found if one is not None and one.read is not None}


def recognise(text: str, targets: Mapping[str, Target] = TARGETS) -> Target | None:
    """The first target that knows the text for its configuration; None when none does."""
    sample = _sample(text)
    for target in targets.values():
        if target.configuration is not None and target.configuration.recognise(sample):
            return target
    return None


def _sample(text: str) -> Sample:
    head = text[:_HEAD]
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start not in {"{", "["}:
        return Sample(head, None)
    try:
        found = _KEYS.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        if start == "[":  # a shell's prompt, as well as a list
            return Sample(head, None)
        return Sample(head, frozenset(_KEY.findall(head)))  # damaged: its reader says where
    return Sample(head, frozenset(found) if isinstance(found, dict) else frozenset())


def described(target: Target) -> str:
    """The target's configuration in words; of a form that is not read also what to take instead."""
    form = target.configuration
    if form is None:
        return target.title
    return form.what if form.read is not None else f"{form.what} (take it with {form.take})"


def read_as(
    name: str, text: str, zones: Named | None = None, targets: Mapping[str, Target] = TARGETS
) -> Listing:
    """The listing of this target's reader, whatever the text looks like.

    InputError without a reader, or when the reader makes nothing of it: with what it looks like, and how the
    configuration is taken.
    """
    form = targets[name].configuration if name in targets else None
    if form is None or form.read is None:
        known = ", ".join(readable(targets))
        raise InputError(f"there is no reader for {name!r}", where="--for", remedy=f"one of: {known}")
    try:
        return form.read(text, zones)
    except InputError as error:
        found = recognise(text, targets)
        other = f": it looks like {described(found)}" if found and found.name != name else ""
        remedy = error.remedy or f"take it with {form.take}"
        raise InputError(f"{error.what}{other}", where=error.where, remedy=remedy) from None


def read_any(
    text: str, zones: Named | None = None, targets: Mapping[str, Target] = TARGETS
) -> tuple[str, Listing]:
    """The name of the target and the listing. InputError when no reader knows the text."""
    lines_of(text, "configuration")
    found = recognise(text, targets)
    readers = readable(targets)
    if found is None or found.name not in readers:
        looks = (
            f"it looks like {described(found)}, which is not read"
            if found
            else "it looks like none that is known"
        )
        raise InputError(
            looks,
            where="configuration",
            remedy=f"what is read: {', '.join(described(targets[name]) for name in readers)}",
        )
    return found.name, readers[found.name](text, zones)
