"""pf: reads pf.conf, or the rules that pfctl -sr prints, into rows, each with the line of its rule.

From pf.conf(5) of OpenBSD 7.5 and FreeBSD 14: a forwarded packet is judged as it comes in and as it goes out,
the last rule that matches decides unless one before it says quick, a rule that passes keeps state unless it
says otherwise, and what no rule matches passes. No device has checked the reading.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from ringfence.firewalls.common.address_types import NOT_OWN, ROUTED
from ringfence.firewalls.common.behind import Behind, Named, behind
from ringfence.firewalls.common.reading import Reading, lines_of, place
from ringfence.firewalls.common.sides import (
    IN,
    OUT,
    TRANSLATED_AFTER,
    WAYS,
    SideRule,
    by_interfaces,
    in_order,
    side_chains,
)
from ringfence.firewalls.pf.rule import PfRule, parse_pf_rule, pf_services
from ringfence.firewalls.pf.tables import Tables
from ringfence.firewalls.pf.tokens import PF, PfStatement, statements_of
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import FlowKind, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box, boxes
from ringfence.policy.terms import BOTH_VERSIONS, boxes_in_both

# Anchors that a program of that name fills, for its own connections (ftp-proxy(8), relayd(8), tftp-proxy(8)).
_OF_PROGRAMS = ("ftp-proxy", "tftp-proxy", "relayd", "miniupnpd", "upnp", "natpmpd")
_TIMERS: Mapping[str, FlowKind | None] = {
    "tcp.established": FlowKind.TCP,
    "udp.multiple": FlowKind.UDP,
    "icmp.first": FlowKind.ICMP,
}
# pf.conf(5), "set optimization": what it changes of these.
_OPTIMIZED = {"aggressive": 5 * 3600, "conservative": 5 * 86_400}
_HARMLESS_SETTINGS = frozenset(
    (
        *("block-policy", "debug", "fingerprints", "hostid", "limit", "loginterface", "reassemble"),
        *("ruleset-optimization", "state-policy", "state-defaults", "require-order", "syncookies"),
        *("fail-policy", "keepcounters"),
    )
)


@dataclass(slots=True)
class _Config:
    where: Behind
    tables: Tables
    reading: Reading
    rules: dict[str, list[SideRule]] = field(default_factory=lambda: {way: [] for way in WAYS})
    skipped: dict[str, list[SideRule]] = field(default_factory=lambda: {way: [] for way in WAYS})


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of both ways as two chains of rows; `zones` names the networks behind interfaces.

    InputError when the text holds no rules, or ends within one.
    """
    statements = statements_of(lines_of(text, PF))
    if not any(one.words[:1] and one.words[0] in {"pass", "block", "anchor"} for one in statements):
        raise InputError("no rules", where=PF, remedy="take pf.conf with all that it includes, or pfctl -sr")
    reading = Reading()
    config = _Config(behind(zones, (), reading), _tables(statements), reading)
    for one in statements:
        _take(config, one, None)
    rules = {way: [*config.skipped[way], *config.rules[way]] for way in WAYS}
    chains = side_chains(rules, reading, BOTH_VERSIONS)
    reading.assumed += config.tables.assumed
    return reading.listing(chains)


def _tables(statements: Sequence[PfStatement]) -> Tables:
    """Every table, and which of them rules add to; interfaces by the rules that name them."""
    every = list(_every(statements))
    overloaded = frozenset(
        after.strip("<>") for one in every for before, after in pairwise(one.words) if before == "overload"
    )
    names = {
        word
        for one in every
        for n, before in enumerate(one.words[:-1])
        if before == "on"
        for word in _names_after(one.words, n + 1)
    }
    tables = Tables(interfaces=frozenset(names))
    for one in every:
        if one.words[:1] == ["table"]:
            tables.define(one.words, overloaded=overloaded)
    return tables


def _names_after(words: Sequence[str], at: int) -> Iterator[str]:
    if words[at] != "{":
        yield words[at + 1] if words[at] == "!" and at + 1 < len(words) else words[at]
        return
    for word in words[at + 1 :]:
        if word == "}":
            return
        if word not in {",", "!"}:
            yield word


def _every(statements: Sequence[PfStatement]) -> Iterator[PfStatement]:
    for one in statements:
        yield one
        yield from _every(one.body or ())


def _take(config: _Config, one: PfStatement, outer: Callable[[str], tuple[Box, ...]] | None) -> None:
    """Add what the statement says; `outer` are the packets that come into the anchor around it."""
    word = one.words[0] if one.words else ""
    if word in {"pass", "block", "match"}:
        _rule(config, one, outer)
    elif word == "anchor":
        _anchor(config, one, outer)
    elif word == "set":
        _setting(config, one)
    elif word == "antispoof":
        config.reading.assumed += [ROUTED, NOT_OWN]
    elif word in {"nat", "rdr", "binat"}:
        _translation(config, one)
    elif word in {"queue", "altq"}:
        config.reading.assumed.append("no flow exceeds the rate of a queue")
    elif word == "load":
        config.reading.off(one.line, one.text, "the rules are where the anchor is")
    elif word in {"nat-anchor", "rdr-anchor", "binat-anchor"}:
        if not _of_a_program(one):
            config.reading.nat(one.line, one.text, everything())
    elif word not in {"table", "scrub", "no"}:
        config.reading.stray(one.line, one.text, f"{word[:40]!r} is not understood")


def _rule(config: _Config, one: PfStatement, outer: Callable[[str], tuple[Box, ...]] | None) -> None:
    rule = parse_pf_rule(one.words, config.tables)
    for way in rule.directions:
        met = _packets(rule, config.where, way)
        for boxes_, why in met:
            inside = boxes_ if outer is None else boxes_in_both(boxes_, outer(way))
            if rule.translates:
                config.reading.nat(one.line, one.text, inside, TRANSLATED_AFTER[way])
            if not rule.passes_on:
                config.rules[way].append(_side_rule(rule, one, inside, why))
    if _any_any(rule) and outer is None:
        config.reading.any_any.append(place(one.line, rule.label))


def _side_rule(rule: PfRule, one: PfStatement, boxes_: tuple[Box, ...], why: str) -> SideRule:
    return SideRule(
        one.line,
        rule.label,
        one.text,
        rule.action,
        boxes_,
        rule.quick,
        rule.keeps,
        why,
        rule.first_only,
        rule.never_first,
    )


def _any_any(rule: PfRule) -> bool:
    plain = PfRule(action=Action.PERMIT)
    same = ("action", "interfaces", "but_interfaces", "protocols", "sources", "destinations", "why", "types")
    ports = rule.source_ports == plain.source_ports and rule.destination_ports == plain.destination_ports
    return ports and not rule.never and all(getattr(rule, name) == getattr(plain, name) for name in same)


def _packets(rule: PfRule, where: Behind, way: str) -> list[tuple[tuple[Box, ...], str]]:
    """The packets that the rule meets on its way, those that it may meet with why that is not certain."""
    if rule.never:
        return []
    why = rule.why
    try:
        parts = pf_services(rule)
    except NotUnderstood as error:
        why = why or str(error)
        parts = [(((0, 255),), ((0, 65535),), ((0, 65535),))]
    found: list[Box] = []
    for version in sorted(rule.versions):
        for protocols, first, second in parts:
            source, destination = rule.sources.get(version, ()), rule.destinations.get(version, ())
            found += boxes(version, (source, destination, protocols, first, second))
    out = [(tuple(found), why)]
    out = [more for part in out for more in _on(part, rule, where, way)]
    if rule.received_on:
        received = PfRule(interfaces=(rule.received_on,))
        out = [more for part in out for more in _on(part, received, where, IN)]
    return [part for part in out if part[0]]


def _on(
    part: tuple[tuple[Box, ...], str], rule: PfRule, where: Behind, way: str
) -> list[tuple[tuple[Box, ...], str]]:
    """Narrowed to the rule's interfaces."""
    found, why = part
    names = rule.interfaces if rule.interfaces is not None else rule.but_interfaces
    if not names:
        return [part]
    split = by_interfaces(found, names, where, way, others=rule.interfaces is None)
    return [(split.sure, why), (split.perhaps, why or split.why)]


def _of_a_program(one: PfStatement) -> bool:
    return len(one.words) > 1 and one.words[1].partition("/")[0] in _OF_PROGRAMS


def _anchor(config: _Config, one: PfStatement, outer: Callable[[str], tuple[Box, ...]] | None) -> None:
    """Rules of an anchor stand in its place. `quick`: where one of them matches the search ends there."""
    named = len(one.words) > 1 and one.words[1] not in {"in", "out", "on", "quick", "all", "from", "proto"}
    rule = parse_pf_rule(["match", *one.words[1 + named :]], config.tables)
    if _of_a_program(one):
        name = one.words[1][:40]
        config.reading.assumed.append(f"anchor {name} holds rules for connections of its program alone")
        return
    met = {way: _packets(rule, config.where, way) for way in WAYS}
    met |= {way: [] for way in WAYS if way not in rule.directions}
    doubts = [why for parts in met.values() for _, why in parts if why]
    if one.body is None or doubts:
        why = doubts[0] if doubts else "the rules of this anchor are not in the text"
        for way in WAYS:
            for boxes_, _ in met[way]:
                inside = boxes_ if outer is None else boxes_in_both(boxes_, outer(way))
                config.rules[way].append(
                    SideRule(one.line, "", one.text, None, inside, quick=rule.quick, why=why)
                )
        return

    def within_anchor(way: str) -> tuple[Box, ...]:
        inside = tuple(chain.from_iterable(boxes_ for boxes_, _ in met[way]))
        return inside if outer is None else boxes_in_both(inside, outer(way))

    before = {way: len(config.rules[way]) for way in WAYS}
    for inner in one.body:
        _take(config, inner, within_anchor)
    if rule.quick:
        for way in WAYS:
            config.rules[way][before[way] :] = _ending(config.rules[way][before[way] :])


def _ending(rules: Sequence[SideRule]) -> list[SideRule]:
    """The rules of a quick anchor, the deciding ones first: each ends the search in its turn."""
    return [replace(rule, quick=True) for rule in in_order(rules)]


def _setting(config: _Config, one: PfStatement) -> None:
    words = one.words[1:]
    reading = config.reading
    match words:
        case ["skip", "on", *names]:
            _skip(config, one, [name for name in names if name not in {"{", "}", ","}])
        case ["timeout", *rest]:
            pairs = [word for word in rest if word not in {"{", "}", ","}]
            for name, value in zip(pairs[::2], pairs[1::2], strict=False):
                if name in _TIMERS and value.isascii() and value.isdigit() and len(value) < 10:
                    reading.timer(one.line, name, int(value), _TIMERS[name])
        case ["optimization", kind]:
            if kind.strip('"') in _OPTIMIZED:
                reading.timer(one.line, f"optimization {kind}", _OPTIMIZED[kind.strip('"')], FlowKind.TCP)
        case [name, *_] if name in _HARMLESS_SETTINGS:
            pass
        case _:
            reading.stray(one.line, one.text, "a setting that is not understood")


def _skip(config: _Config, one: PfStatement, names: Sequence[str]) -> None:
    """Interfaces on which nothing is filtered, and no state kept."""
    rule = PfRule(action=Action.PERMIT, quick=True, keeps=False, interfaces=tuple(names))
    for way in WAYS:
        for boxes_, why in _packets(rule, config.where, way):
            config.skipped[way].append(_side_rule(rule, one, boxes_, why))


def _translation(config: _Config, one: PfStatement) -> None:
    """`nat on em0 from ... to ... -> ...`, which FreeBSD keeps apart from its rules; binat does both."""
    words = one.words[: one.words.index("->")] if "->" in one.words else one.words
    kept = [word for word in words[1:] if word not in {"pass", "log"}]
    rule = parse_pf_rule(["match", *kept], config.tables)
    for way in {"nat": (OUT,), "rdr": (IN,)}.get(one.words[0], WAYS):
        for boxes_, _ in _packets(rule, config.where, way):
            config.reading.nat(one.line, one.text, boxes_, TRANSLATED_AFTER[way])
