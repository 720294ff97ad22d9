"""iptables: reads `iptables-save`, `ip6tables-save` or `iptables -S` into rows, each with its line number.

Read from iptables(8), iptables-extensions(8) and iptables-save(8) 1.8.9. A forwarded packet passes the base
chains of every table in the order of their hooks; before connection tracking stands the raw table alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ringfence.firewalls.common.behind import Behind, Named, behind
from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.kinds import (
    Condition,
    Effect,
    EffectKind,
    Jump,
    NetfilterRule,
    Step,
    Verdict,
    expects_flows,
    unreferenced,
)
from ringfence.firewalls.common.netfilter.walk import Hook, base_chain, note_untracked_nat
from ringfence.firewalls.common.reading import Reading, lines_of, place, shown
from ringfence.firewalls.iptables.match import ParsedRule, parse_rule
from ringfence.firewalls.iptables.text import SAVED, Saved, SavedRule, SavedTable, parse_saved
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Helper, Listing, Unbound
from ringfence.policy.space import Place

# In the order in which a packet meets them (iptables(8), TABLES; nf_ip_hook_priorities).
_ARRIVING = (("raw", "PREROUTING"), ("mangle", "PREROUTING"), ("nat", "PREROUTING"))
_LEAVING = (("mangle", "POSTROUTING"), ("nat", "POSTROUTING"))
_FORWARDED = (*_ARRIVING, ("mangle", "FORWARD"), ("filter", "FORWARD"), ("security", "FORWARD"), *_LEAVING)
_RECEIVED = (
    *_ARRIVING,
    *(("mangle", "INPUT"), ("nat", "INPUT"), ("filter", "INPUT"), ("security", "INPUT")),
)
_SENT = (
    *(
        ("raw", "OUTPUT"),
        ("mangle", "OUTPUT"),
        ("nat", "OUTPUT"),
        ("filter", "OUTPUT"),
        ("security", "OUTPUT"),
    ),
    *_LEAVING,
)
_BUILT_IN = frozenset({"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"})
_DEPTH = 32
# Targets that let the packet go on to the next rule.
_PASSING = frozenset(
    (
        *("LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CONNSECMARK", "SECMARK", "CLASSIFY", "DSCP", "TOS"),
        *("TCPMSS", "AUDIT", "TRACE", "CHECKSUM", "SET", "LED", "TEE", "IDLETIMER", "RATEEST"),
        *("ECN", "TCPOPTSTRIP", ""),
    )
)
_TRANSLATING: Mapping[str, tuple[str, ...]] = {
    "SNAT": ("SNAT",),
    "MASQUERADE": ("SNAT",),
    "DNAT": ("DNAT",),
    "REDIRECT": ("DNAT",),
    "NETMAP": ("SNAT", "DNAT"),
}
_TRACKING = {*_TRANSLATING, "conntrack", "state", "CT", "CONNMARK", "CONNSECMARK", "SYNPROXY"}
_TRACKING |= {"connlimit", "connmark", "connbytes", "connlabel", "helper"}
_VERDICTS: Mapping[str, Verdict] = {
    "ACCEPT": Action.PERMIT,
    "DROP": Action.DENY,
    "REJECT": Action.DENY,
    "RETURN": Step.RETURN,
}


def read(text: str, zones: Named | None = None) -> Listing:
    """The saved rules as chains of rows; `zones` names the networks behind interfaces.

    InputError when the text is not what iptables-save prints, or is cut off.
    """
    lines = lines_of(text, SAVED)
    saved = parse_saved(lines)
    if "filter" not in saved.tables or not _has_forward(saved.tables["filter"]):
        raise InputError(
            "no FORWARD chain in a filter table",
            where=SAVED,
            remedy="take the whole output of iptables-save",
        )

    def own(sends: bool) -> Listing:
        reading = Reading()
        return reading.listing(*_chains(saved, _SENT if sends else _RECEIVED, zones, reading))

    reading = Reading()
    chains, helpers = saved_chains(saved, zones, reading)
    if not any(chain.denies for chain in chains):
        _note_unbound(saved, reading)
    other = 10 - saved.version
    reading.assumed.append(f"IPv{other} is filtered elsewhere: this is the list of IPv{saved.version}")
    return replace(reading.listing(chains, helpers), own=own)


def saved_chains(saved: Saved, zones: Named | None, reading: Reading) -> tuple[list[Chain], list[Helper]]:
    """The chains that a forwarded packet passes, of tables that are loaded as they stand."""
    return _chains(saved, _FORWARDED, zones, reading)


def _chains(
    saved: Saved, hooks: Sequence[tuple[str, str]], zones: Named | None, reading: Reading
) -> tuple[list[Chain], list[Helper]]:
    """The base chains at these hooks that decide anything, in this order."""
    where = behind(zones, (), reading)
    rules = {name: _rules(saved, table, where, reading) for name, table in saved.tables.items()}
    expects = any(map(expects_flows, rules.values()))
    effects = Effects(reading)
    tracks = any(map(_asks_for_tracking, _every(saved)))
    chains: list[Chain] = []
    for name, hook in hooks:
        if name not in saved.tables:
            continue
        effects.settle()
        at = _hook(name, hook, saved)
        if at.opens_only and not tracks:
            # In this table no rule can stop anything; its policy can.
            note_untracked_nat(at, at.versions, reading, may_stop=at.default is Action.DENY)
            continue
        chain, reached = base_chain(
            rules[name], hook, at, reading, early=effects.early, expects=expects, where=SAVED
        )
        if chain.denies or (chain.rows and name != "nat") or name == "filter":
            chains.append(replace(chain, end=Place(list=hook, table=name)))
        effects.take(reached, tracked=at.tracked, after=len(chains))
    return chains, effects.helpers


def _has_forward(table: SavedTable) -> bool:
    """A text of chains of one's own alone is meant to be added to what is there, as with --noflush."""
    return "FORWARD" in table.policies or not _BUILT_IN & table.policies.keys()


def _note_unbound(saved: Saved, reading: Reading) -> None:
    tool = "iptables" if saved.version == 4 else "ip6tables"
    rules = _rules(saved, saved.tables["filter"], Behind(), Reading())
    for name in unreferenced(rules, _BUILT_IN):
        at = place(saved.tables["filter"].chains[name][0].line)
        reading.unbound.append(Unbound(name, at, (f"{tool} -I FORWARD 1 -j {name}",)))


def _hook(table: str, hook: str, saved: Saved) -> Hook:
    policy = saved.tables[table].policies.get(hook)
    return Hook(
        f"{table} {hook}",
        frozenset({saved.version}),
        Action.DENY if policy == "DROP" else Action.PERMIT,
        _DEPTH,
        tracked=table != "raw",
        opens_only=table == "nat",
        routed=hook != "PREROUTING",
    )


def _rules(
    saved: Saved, table: SavedTable, where: Behind, reading: Reading
) -> dict[str, list[NetfilterRule]]:
    translated = frozenset(state for one in _every(saved) for state in _translations(one.words))
    assumed: dict[str, None] = {}
    found: dict[str, list[NetfilterRule]] = {}
    for chain, listed in table.chains.items():
        found[chain] = []
        for rule in listed:
            parsed = parse_rule(rule.words, saved.version, where, translated=translated, assumed=assumed)
            one = _rule(rule, parsed, table)
            if one is not None:
                found[chain].append(one)
    reading.assumed += assumed
    return found


def _every(saved: Saved) -> Iterator[SavedRule]:
    for table in saved.tables.values():
        for rules in table.chains.values():
            yield from rules


def _asks_for_tracking(rule: SavedRule) -> bool:
    """Whether the rule makes the kernel track connections (nf_ct_netns_get in its match or target)."""
    return "--notrack" not in rule.words and not _TRACKING.isdisjoint(rule.words)


def _translations(words: tuple[str, ...]) -> Iterator[str]:
    """The states that the rule's translation gives to connections."""
    for option, word in pairwise(words):
        if option in {"-j", "--jump"}:
            yield from _TRANSLATING.get(word, ())


def _rule(rule: SavedRule, parsed: ParsedRule, table: SavedTable) -> NetfilterRule | None:
    """None where the rule says nothing of the packet's fate."""
    verdict, effect = _said(parsed, table)
    if verdict is Step.NEXT and effect is None:
        return None
    id_ = place(rule.line, parsed.comment)
    return NetfilterRule(id_, shown(rule.text), parsed.parts, verdict, effect, rule.place)


def _said(parsed: ParsedRule, table: SavedTable) -> tuple[Verdict, Effect | None]:
    target = parsed.target
    if target in _PASSING:
        return Step.NEXT, None
    if target in _VERDICTS:
        if parsed.options and parsed.options[0] != "--reject-with":
            _doubt(parsed.parts, f"{parsed.options[0]} after the target")
        return _VERDICTS[target], None
    if target in _TRANSLATING:
        return Action.PERMIT, Effect(EffectKind.TRANSLATED)
    if target in {"CT", "NOTRACK"}:
        return Step.NEXT, _of_connection(parsed)
    if target in {"TTL", "HL"}:
        return Step.NEXT, _of_hops(parsed)
    if target not in table.chains:
        _doubt(parsed.parts, f"target {target[:40]}")
    return Jump(target, parsed.goto), None


def _of_hops(parsed: ParsedRule) -> Effect | None:
    """What has one hop left is not forwarded (Linux net/ipv4/ip_forward.c)."""
    match parsed.options:
        case ["--ttl-set" | "--hl-set", hops] if hops.isdecimal() and hops.lstrip("0") not in {"", "1"}:
            return None
        case ["--ttl-inc" | "--hl-inc", *_]:
            return None
    return Effect(EffectKind.UNKNOWN, "changes the hops that are left")


def _of_connection(parsed: ParsedRule) -> Effect | None:
    options = parsed.options
    if parsed.target == "NOTRACK" or "--notrack" in options:
        return Effect(EffectKind.UNTRACKED, early=True)
    if "--helper" in options[:-1]:
        return Effect(EffectKind.HELPER, options[options.index("--helper") + 1], early=True)
    if any(option.startswith("--zone") for option in options):
        return Effect(EffectKind.UNKNOWN, "a zone of connection tracking of its own")
    return None


def _doubt(parts: list[Condition], why: str) -> None:
    for part in parts:
        part.doubt(why)
