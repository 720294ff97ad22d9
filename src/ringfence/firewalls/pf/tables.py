"""Tables of addresses in pf, and the words that stand for hosts.

From pf.conf(5), "TABLES" and "PARAMETERS". A table that is filled at run time, or from a file, is known in
part; the firewall's own addresses are those of no packet that crosses it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.address_types import NOT_OWN, ROUTED
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Interval, complement, joined, meet
from ringfence.policy.terms import EVERYWHERE, Addresses, prefix, span, union

_SHORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})/(\d{1,2})")
_OWN = re.compile(r"[a-z]+[0-9]*(?::0)?(?::broadcast|:peer)?$")


@dataclass(slots=True)
class Tables:
    """`growing` are tables with members that the text does not name; `assumed` gathers sentences."""

    known: dict[str, Addresses] = field(default_factory=dict)
    growing: set[str] = field(default_factory=set)
    assumed: dict[str, None] = field(default_factory=dict)
    interfaces: frozenset[str] = frozenset()

    def define(self, words: Sequence[str], *, overloaded: frozenset[str]) -> None:
        """`table <name> const { ... }`; NotUnderstood for a member that is none."""
        name = words[1].strip("<>") if len(words) > 1 else ""
        members: list[str] = []
        rest = list(words[2:])
        if "{" in rest:
            begin, end = rest.index("{"), len(rest) - rest[::-1].index("}") - 1
            members = [word for word in rest[begin + 1 : end] if word != ","]
            rest = rest[:begin] + rest[end + 1 :]
        if "file" in rest or name in overloaded or ("persist" in rest and not members):
            self.growing.add(name)
        elif "const" not in rest:
            self.assumed[f"table <{name[:40]}> holds what the text names"] = None
        try:
            self.known[name] = _members(members, self)
        except NotUnderstood:
            self.known[name] = {}
            self.growing.add(name)

    def host(self, member: Sequence[str]) -> Addresses:
        """The addresses of one word or range; NotUnderstood for a host's name and a table that grows."""
        match member:
            case ["any"]:
                return EVERYWHERE
            case ["no-route" | "urpf-failed"]:
                self.assumed[ROUTED] = None
                return {}
            case ["self"]:
                self.assumed[NOT_OWN] = None
                return {}
            case ["(", *inner, ")"]:
                return self._own(inner[0] if inner else "", said=True)
            case [first, "-", last]:
                return span(first, last)
            case [word] if word.startswith("<"):
                return self._table(word.strip("<>").partition(":")[0])
            case [word]:
                return self._word(word)
        raise NotUnderstood(f"host {' '.join(member)[:40]}")

    def _table(self, name: str) -> Addresses:
        if name not in self.known or name in self.growing:
            raise NotUnderstood(f"table <{name[:40]}> has members that the text does not name")
        return self.known[name]

    def _word(self, word: str) -> Addresses:
        try:
            return prefix(word)
        except NotUnderstood:
            short = _SHORT.fullmatch(word)
            if short is None:
                return self._own(word)
        octets = [*short[1].split("."), "0", "0", "0"]
        return prefix(f"{'.'.join(octets[:4])}/{short[2]}")

    def _own(self, word: str, *, said: bool = False) -> Addresses:
        """An interface's name stands for the firewall's address there, with :network for more."""
        known = said or word in self.interfaces or ":" in word
        if ":network" in word or not _OWN.match(word) or not known:
            raise NotUnderstood(f"host {word[:40]}")
        self.assumed[NOT_OWN] = None
        return {}


def _members(members: Sequence[str], tables: Tables) -> Addresses:
    """The longest prefix around an address decides: `!` takes a part of another member away."""
    kept: list[Addresses] = []
    away: list[Addresses] = []
    negated = False
    for word in members:
        if word == "!":
            negated = True
            continue
        (away if negated else kept).append(tables.host([word.removeprefix("!")]))
        negated = False
    for less in away:
        for version, spans in less.items():
            # Only what lies within a member is taken away from it: a longer prefix of another stays.
            if any(_within(one.get(version, ()), spans) for one in kept):
                raise NotUnderstood("members within one that is taken away")
    found = union(kept)
    cut = union(away)
    return {v: meet(spans, complement(joined(cut.get(v, ())), _top(v))) for v, spans in found.items()}


def _within(inner: Sequence[Interval], outer: Sequence[Interval]) -> bool:
    return any(a >= c and b <= d for a, b in inner for c, d in outer)


def _top(version: int) -> int:
    return EVERYWHERE[version][0][1]
