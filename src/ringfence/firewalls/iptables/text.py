"""The text that iptables-save prints, or `iptables -S`, as tables of chains.

Read from iptables-save(8), iptables-restore(8) and iptables(8) 1.8.9. A pasted prompt line, counters and
comments are passed over; a line that changes rules in a way that needs to know others is refused.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ringfence.firewalls.common.reading import place, shown
from ringfence.model.errors import InputError
from ringfence.policy.space import Place

SAVED = "iptables-save"
TABLES = frozenset({"raw", "mangle", "nat", "filter", "security"})
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
# A shell's prompt with the command behind it: root@fw:~# iptables-save, [admin@fw ~]$ sudo iptables -S
_PROMPT = re.compile(r"^(\S+@\S+|\[[^\]]*\])?\s?[^#$>]{0,60}[#$>]\s?(sudo )?(\S*/)?ip6?tables[\w-]*( .*)?$")
_LISTED = re.compile(r"^Chain \S+ \((policy \S+|\d+ references)|^target +prot +opt ")


class SavedRule(NamedTuple):
    """`words` are what stands behind `-A CHAIN`."""

    line: int
    text: str
    words: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class SavedTable:
    """The chains of one table: `policies` by name ("-" for a chain of one's own), rules in order."""

    policies: dict[str, str] = field(default_factory=dict)
    chains: dict[str, list[SavedRule]] = field(default_factory=dict)

    def declare(self, name: str, policy: str) -> None:
        self.policies[name] = policy
        self.chains.setdefault(name, [])


@dataclass(slots=True)
class Saved:
    """Every table of the text; `version` is the IP version that it filters."""

    tables: dict[str, SavedTable]
    version: int


def parse_saved(lines: list[str]) -> Saved:
    """The tables. InputError when the text is not what the two commands print, or is cut off."""
    if any(_LISTED.match(line) for line in lines[:50]):
        raise InputError(
            "an iptables -L listing, which omits interfaces and states",
            where=SAVED,
            remedy="take iptables-save (or ip6tables-save) instead",
        )
    in_tables = any(line.startswith("*") for line in lines)
    tables: dict[str, SavedTable] = {}
    # `iptables -S` prints one table, by default filter, and says so nowhere.
    current = None if in_tables else tables.setdefault("filter", SavedTable())
    name = "filter"
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or _PROMPT.match(stripped):
            continue
        if stripped[0] == "*" and current is None and stripped[1:] not in tables:
            name = stripped[1:]
            if name not in TABLES:
                raise InputError(f"a table called {name[:40]}", where=f"{SAVED} {place(number)}")
            current = tables.setdefault(name, SavedTable())
        elif current is None:
            raise InputError("a line outside every table", where=f"{SAVED} {place(number)}")
        elif stripped == "COMMIT":
            current = None
        else:
            take_line(current, name, number, stripped, where=f"{SAVED} {place(number)}")
    if in_tables and current is not None:
        raise InputError("the text ends before COMMIT", where=f"{SAVED} {place(len(lines))}")
    six = any("ip6tables" in line for line in lines[:3]) or _six(tables)
    return Saved(tables, 6 if six else 4)


def take_line(table: SavedTable, name: str, number: int, line: str, *, where: str) -> None:
    """One line of table `name` as iptables-restore takes it; InputError at `where` for what is no rule."""
    words = _words(line)
    if words[0].startswith("["):  # iptables-save -c puts the counters first
        words = words[1:]
    if line[0] == ":" and len(words) >= 2:
        table.declare(words[0][1:], words[1])
        return
    verb, chain, rest = words[0] if words else "", "".join(words[1:2]), tuple(words[2:])
    if not chain:
        raise InputError(f"not a rule: {shown(line)}", where=where)
    if verb in {"-P", "--policy"} and len(rest) == 1:
        table.declare(chain, rest[0])
    elif verb in {"-N", "--new-chain", "-F", "--flush"} and not rest:
        table.policies.setdefault(chain, "-")
        table.chains[chain] = []
    elif verb in {"-A", "--append", "-I", "--insert"}:
        rules = table.chains.setdefault(chain, [])
        at = len(rules) + 1 if verb in {"-A", "--append"} else 1
        if at == 1 and rest and rest[0].isdecimal() and len(rest[0]) < 9:
            at, rest = int(rest[0]), rest[1:]
        if not 1 <= at <= len(rules) + 1:
            raise InputError(f"chain {chain} has no place {at}", where=where)
        rules.insert(at - 1, SavedRule(number, line, rest, Place(number, chain, table=name)))
    else:
        raise InputError(f"not a rule: {shown(line)}", where=where)


def _words(line: str) -> list[str]:
    if '"' not in line:
        return line.split()
    return [
        word[1:-1].replace('\\"', '"') if word[0] == '"' and len(word) > 1 else word
        for word in _WORD.findall(line)
    ]


def _six(tables: dict[str, SavedTable]) -> bool:
    """A saved text without its header: an IPv6 address or protocol tells."""
    words = (
        word
        for table in tables.values()
        for rules in table.chains.values()
        for rule in rules
        for option, word in pairwise(rule.words)
        if option in {"-s", "-d", "-p"}
    )
    return any(":" in word or word in {"ipv6-icmp", "icmpv6"} for word in words)
