"""iptables: reads `iptables-save` (or `ip6tables-save`) into rows, each with its line number.

Read from iptables(8), iptables-extensions(8) and iptables-save(8) 1.8.9. A forwarded packet passes the base
chains of the mangle, filter and security tables; helpers and untracked packets are set in the raw table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from ringfence.firewalls.common.behind import Behind, Named, behind
from ringfence.firewalls.common.reading import Reading, Rows, lines_of, place, shown
from ringfence.firewalls.iptables.match import PASSING, TRANSLATING, Parsed, parse
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Unread, everything
from ringfence.policy.matches import Match, NotUnderstood
from ringfence.policy.space import Box, Place, Row
from ringfence.policy.terms import intersection, touching, without

_HOOKS = {
    "raw": ("PREROUTING",),
    "mangle": ("PREROUTING", "FORWARD", "POSTROUTING"),
    "nat": (),
    "filter": ("FORWARD",),
    "security": ("FORWARD",),
}
_DEPTH = 32
# Jumps multiply what has to be looked at: this much, and for each rule of the table so often.
_VISITS, _VISITS_EACH = 50_000, 8
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


class _Rule(NamedTuple):
    line: int
    text: str
    words: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class _Table:
    policies: dict[str, str] = field(default_factory=dict)
    chains: dict[str, list[_Rule]] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """One base chain, and what it has yielded so far."""

    table: _Table
    version: int
    where: Behind
    reading: Reading
    default: Action
    rows: Rows = field(default_factory=Rows)
    related: list[str] = field(default_factory=list)
    stateful: bool = False
    state_at: int = 0
    visits: int = 0


def read(text: str, zones: Named | None = None) -> Listing:
    """The saved rules as chains of rows; `zones` names the networks behind interfaces.

    InputError when the text is not what iptables-save prints, or is cut off.
    """
    lines = lines_of(text, "iptables-save")
    tables = _tables(lines)
    if "filter" not in tables or "FORWARD" not in tables["filter"].policies:
        raise InputError(
            "no FORWARD chain in a filter table",
            where="iptables-save",
            remedy="take the whole output of iptables-save",
        )
    version = 6 if any("ip6tables-save" in line for line in lines[:3]) or _six(tables) else 4
    reading = Reading()
    where = behind(zones, (), reading)
    chains: list[Chain] = []
    for name, table in tables.items():
        if name == "nat":
            _note_nat(table, version, where, reading)
        elif name not in _HOOKS:
            raise InputError(f"a table called {name[:40]}", where="iptables-save")
        elif name == "raw":
            _note_helpers(table, reading)
        for hook in _HOOKS[name]:
            chain = _base(f"{name} {hook}", _start(table, hook, version, where, reading))
            chain = replace(chain, end=Place(list=hook, table=name))
            if chain.rows or chain.gaps or chain.default is Action.DENY or name == "filter":
                chains.append(chain)
    reading.assumed.append(f"IPv{10 - version} is filtered elsewhere: this is the list of IPv{version}")
    return reading.listing(chains)


def _tables(lines: list[str]) -> dict[str, _Table]:
    tables: dict[str, _Table] = {}
    current: _Table | None = None
    name = ""
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        words = _words(stripped)
        if words[0].startswith("["):  # iptables-save -c puts the counters first
            words = words[1:]
        if stripped[0] == "*" and current is None and stripped[1:] not in tables:
            name = stripped[1:]
            current = tables.setdefault(name, _Table())
        elif current is None or not words:
            raise InputError("a line outside every table", where=f"iptables-save {place(number)}")
        elif stripped == "COMMIT":
            current = None
        elif stripped[0] == ":" and len(words) >= 2:
            current.policies[words[0][1:]] = words[1]
            current.chains.setdefault(words[0][1:], [])
        elif words[0] in {"-A", "--append"} and len(words) >= 2:
            rule = _Rule(number, stripped, tuple(words[2:]), Place(number, words[1], table=name))
            current.chains.setdefault(words[1], []).append(rule)
        else:
            raise InputError(f"not a rule: {shown(stripped)}", where=f"iptables-save {place(number)}")
    if current is not None:
        raise InputError("the text ends before COMMIT", where=f"iptables-save {place(len(lines))}")
    return tables


def _words(line: str) -> list[str]:
    if '"' not in line:
        return line.split()
    return [
        word[1:-1].replace('\\"', '"') if word[0] == '"' and len(word) > 1 else word
        for word in _WORD.findall(line)
    ]


def _six(tables: dict[str, _Table]) -> bool:
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


def _start(table: _Table, hook: str, version: int, where: Behind, reading: Reading) -> _Walk:
    default = Action.DENY if table.policies.get(hook) == "DROP" else Action.PERMIT
    walk = _Walk(table, version, where, reading, default)
    walk.visits = _VISITS + _VISITS_EACH * sum(map(len, table.chains.values()))
    _walk(walk, hook, None, ())
    return walk


def _base(name: str, walk: _Walk) -> Chain:
    chain = walk.rows.chain(name, walk.default, frozenset({walk.version}), stateful=walk.stateful)
    return replace(chain, related=tuple(walk.related), state_at=walk.state_at)


def _walk(walk: _Walk, name: str, outer: tuple[Box, ...] | None, path: tuple[str, ...]) -> None:
    """Add the chain's rows, narrowed to `outer`: the packets that were sent here (None: all).

    What a RETURN sent back is taken out of the rows that follow it in the same chain.
    """
    returned: tuple[Box, ...] = ()
    every = Match(frozenset({walk.version})).boxes()
    for rule in walk.table.chains.get(name, ()):
        walk.visits -= 1
        if walk.visits < 0:
            why = "jumps multiply the rules beyond measure"
            raise InputError(why, where=f"iptables-save {place(rule.line)}")
        parsed = parse(rule.words, walk.version, walk.where)
        if not parsed.target or parsed.target in PASSING:
            continue
        try:
            if parsed.why:
                raise NotUnderstood(parsed.why)
            action = _says(walk, rule, parsed, plain=outer is None or outer == every)
            if action is None:
                continue
            boxes = parsed.match.boxes()
            boxes = boxes if outer is None else intersection(boxes, outer)
            boxes = without(boxes, returned) if returned else boxes
            if isinstance(action, Action):
                _add(walk, rule, action, boxes, parsed)
            elif action == "RETURN":
                if path:
                    returned += boxes
                else:
                    _add(walk, rule, walk.default, boxes, parsed)
            else:
                if action in path or len(path) >= _DEPTH or action not in walk.table.chains:
                    raise NotUnderstood(f"jump to {action}, which is missing, circular or nests too deep")
                _walk(walk, action, boxes, (*path, name))
                if parsed.goto:
                    if not path:
                        _add(walk, rule, walk.default, boxes, parsed)
                    returned += boxes
        except NotUnderstood as error:
            region = parsed.match.boxes()
            region = region if outer is None else intersection(region, outer)
            action = _VERDICTS.get(parsed.target)
            walk.reading.gap(walk.rows, (rule.line, rule.text), str(error), region, action)


def _add(walk: _Walk, rule: _Rule, action: Action, boxes: tuple[Box, ...], parsed: Parsed) -> None:
    id_ = place(rule.line, parsed.comment)
    walk.rows.add(Row(id_, action, boxes, shown(rule.text), rule.place))
    if action is Action.PERMIT and parsed.match.plain():
        walk.reading.any_any.append(id_)


_VERDICTS = {"ACCEPT": Action.PERMIT, "DROP": Action.DENY, "REJECT": Action.DENY}


def _says(walk: _Walk, rule: _Rule, parsed: Parsed, *, plain: bool) -> Action | str | None:
    """What the rule says of opening packets: a verdict, a chain to visit, RETURN; None when nothing."""
    target = parsed.target
    if not parsed.opens:
        return None
    if parsed.states is not None and "NEW" not in parsed.states:
        _note_state(walk, rule, parsed, plain=plain)
        return None
    if target in _VERDICTS:
        return _VERDICTS[target]
    if target == "RETURN" or target in walk.table.chains:
        return target
    raise NotUnderstood(f"target {target}")


def _note_state(walk: _Walk, rule: _Rule, parsed: Parsed, *, plain: bool) -> None:
    """A rule that only concerns packets of connections we already know, or of none."""
    states = parsed.states or frozenset()
    if parsed.target == "ACCEPT":
        if plain and "ESTABLISHED" in states and parsed.match.plain() and not walk.stateful:
            walk.stateful, walk.state_at = True, len(walk.rows.rows)
        if "RELATED" in states:
            walk.related.append(place(rule.line, parsed.comment))
    elif "ESTABLISHED" in states:
        raise NotUnderstood(f"{parsed.target} of established connections")


def _rules(table: _Table) -> Iterator[_Rule]:
    for rules in table.chains.values():
        yield from rules


def _note_nat(table: _Table, version: int, where: Behind, reading: Reading) -> None:
    for rule in _rules(table):
        parsed = parse(rule.words, version, where)
        if parsed.target not in TRANSLATING:
            continue
        own = {version: parsed.source} if parsed.narrowed_source else {version: parsed.destination}
        known = parsed.narrowed_source or parsed.narrowed_destination
        reading.nat(rule.line, rule.text, touching(own) if known else everything())


def _note_helpers(table: _Table, reading: Reading) -> None:
    for rule in _rules(table):
        words = list(rule.words)
        if "--helper" in words[:-1]:
            reading.inspection(rule.line, words[words.index("--helper") + 1], on=True)
        if "--notrack" in words or "NOTRACK" in words:
            reading.unread.append(
                Unread(place(rule.line), shown(rule.text), "packets without connection tracking")
            )
