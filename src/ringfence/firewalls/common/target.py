"""One row for each firewall: everything the rest of the program knows of it.

A row lives in its firewall's folder; `ringfence.firewalls.TARGETS` is the table of all of them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ringfence.firewalls.common.capability import Capability
from ringfence.firewalls.common.document import Device, Writer
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint
from ringfence.firewalls.common.local import NO_LOCAL_LIST, Local
from ringfence.firewalls.common.profile import NOTHING_KNOWN, Profile
from ringfence.model.flow import Basis
from ringfence.model.policy import Policy
from ringfence.policy.listing import Listing

if TYPE_CHECKING:  # it reads configurations, and whoever writes rules does not wait for that
    from ringfence.firewalls.common.behind import Named

Reader: TypeAlias = "Callable[[str, Named | None], Listing]"
Inserter: TypeAlias = Callable[[Policy, Device, InsertionPoint | None], Insertion | None]
Merger: TypeAlias = Callable[[str, Sequence[str]], str]


class Sample(NamedTuple):
    """A text to be recognised: its beginning, and the words that may be keys of a JSON document.

    `keys` None: the text is no JSON document.
    """

    head: str
    keys: frozenset[str] | None


Recogniser: TypeAlias = Callable[[Sample], bool]


def by_lines(pattern: str) -> Recogniser:
    """A line that only this device writes.

    No pattern may run on over blank lines from each of them: that is quadratic.
    """
    sign = re.compile(pattern, re.MULTILINE)
    return lambda sample: sample.keys is None and bool(sign.search(sample.head))


def by_key(key: str) -> Recogniser:
    """A JSON document with this key at its top."""
    return lambda sample: sample.keys is not None and key in sample.keys


def by_resource(kinds: str) -> Recogniser:
    """Terraform, or the JSON of a plan or state of it, with a resource whose kind begins as the pattern."""
    block = re.compile(rf'^resource "(?:{kinds})', re.MULTILINE)
    planned = re.compile(rf'"type": ?"(?:{kinds})')

    def known(sample: Sample) -> bool:
        if sample.keys is None:
            return block.search(sample.head) is not None
        return bool({"planned_values", "values"} & sample.keys) and planned.search(sample.head) is not None

    return known


def deferred(module: str, name: str) -> Reader:
    """A reader that is imported when it is first needed: whoever writes rules does not wait for it."""

    def read(text: str, zones: "Named | None") -> Listing:
        listing: Listing = getattr(import_module(module), name)(text, zones)
        return listing

    return read


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a configuration looks and is had: `what` in a sentence, the command that prints it, its reader.

    `read` None: it is recognised, so that a person can be told what to hand in instead: what `take` prints.
    `listed_as`: this machine's kernel can turn the text into the form of the target of that name.
    `recognise` is asked of every row in the order of the table, and the first that says yes is believed.
    """

    what: str
    take: str
    recognise: Recogniser
    read: "Reader | None" = None
    listed_as: str = ""


class Matching(StrEnum):
    """Which address of a translated destination a rule is compared with."""

    INSIDE = "inside"  # after translation
    OUTSIDE = "outside"  # before it, as the packet arrives


@dataclass(frozen=True, slots=True)
class TranslationOrder:
    """When destinations are translated, as rules see it."""

    destination: Matching
    basis: Basis


@dataclass(frozen=True, slots=True)
class Target:
    """A firewall, or a form of text, by its `--for` name.

    `title` is its name for people. `write` makes a rule set of a policy within what `capability` can say;
    both are None for what is only read or recognised. `verified`: a program of the target has taken such a
    text, or no device is meant to; otherwise the text says that none has. `insert` gives rules as what adds
    them to a policy that is in place, at a point of a configuration or (None) at its top; without it, or
    where it gives None, the whole rule set is written. `merge` gives the text of a configuration after the
    lines that `insert` gave for a point of it. `configuration` is the running configuration, None
    where none can be handed in. `profile` is what the device does unless told otherwise, `local` how it
    judges what it sends and receives itself.
    """

    name: str
    title: str
    capability: Capability | None = None
    verified: bool = False
    write: Writer | None = None
    insert: Inserter | None = None
    merge: Merger | None = None
    configuration: Configuration | None = None
    profile: Profile = field(default=NOTHING_KNOWN)
    translation: TranslationOrder | None = None
    local: Local = field(default=NO_LOCAL_LIST)
