"""nftables: reads `nft -j list ruleset` into rows, each with its handle as its place.

Forwarded packets pass the chains hooked at prerouting, forward and postrouting, in the order of their
priorities; a drop in one is final, an accept only ends that chain. Anything not understood is listed, and
nothing that it could touch counts as proved.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec

from ringfence.firewalls.common.behind import Behind, Named, behind
from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.kinds import NetfilterRule, expects_flows
from ringfence.firewalls.common.netfilter.walk import Hook, base_chain, note_untracked_nat
from ringfence.firewalls.common.reading import Reading, lines_of, shown
from ringfence.firewalls.nftables.matches import Names
from ringfence.firewalls.nftables.ruleset import WHERE, ChainKey, Ruleset, TableKey, sorted_ruleset
from ringfence.firewalls.nftables.statements import rules_of
from ringfence.firewalls.nftables.values import Json
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Helper, Listing, Unbound, Unread
from ringfence.policy.space import Place

Interfaces: TypeAlias = Mapping[str, tuple[Network, ...]]

_FAMILIES = {"inet": frozenset({4, 6}), "ip": frozenset({4}), "ip6": frozenset({6})}
# In the order in which a packet meets them: forwarded, received, sent (nft(8), "Hooks").
_FORWARDED = ("prerouting", "forward", "postrouting")
_RECEIVED = ("prerouting", "input")
_SENT = ("output", "postrouting")
_HOOKS = {*_FORWARDED, *_RECEIVED, *_SENT}
_DEPTH = 16  # the kernel's own limit of nested jumps
_CONNTRACK = -200  # NF_IP_PRI_CONNTRACK
_NAT = {"prerouting": -100, "input": 100, "output": -100, "postrouting": 100}
_BELOW = {
    "arp": "may stop ARP, without which nothing is delivered",
    "bridge": "may stop frames that are bridged before they are routed, or after",
    "netdev": "may stop frames before they are routed, ARP among them, or after",
}
_TRANSLATIONS = frozenset({"snat", "dnat", "masquerade", "redirect", "xt"})


def read_ruleset_json(text: str, zones: Named | None = None) -> Listing:
    """What `nft -j list ruleset` prints. InputError when the text is damaged or is no such listing."""
    lines_of(text, "nft listing")
    try:
        listed = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"damaged JSON: {error}", where="nft listing", remedy="take nft -j list ruleset again"
        ) from error
    return read(listed, zones)


def read(listed: Mapping[str, Any], interfaces: Interfaces | None = None) -> Listing:
    """The ruleset as chains of rows.

    `interfaces` names the networks behind an interface; a match on an interface becomes one on its networks,
    which is then among the listing's assumptions. Raises InputError when `listed` is not what nft prints.
    """
    ruleset = sorted_ruleset(listed)

    def own(sends: bool) -> Listing:
        reading = Reading()
        return reading.listing(*_chains(ruleset, _SENT if sends else _RECEIVED, interfaces, reading))

    reading = Reading()
    chains, helpers = _chains(ruleset, _FORWARDED, interfaces, reading)
    if not any(chain.denies for chain in chains if 4 in chain.versions):
        _note_unbound(ruleset, reading)
    return replace(reading.listing(chains, helpers), own=own)


def _chains(
    ruleset: Ruleset, hooks: Sequence[str], interfaces: Interfaces | None, reading: Reading
) -> tuple[list[Chain], list[Helper]]:
    """The base chains at these hooks, in the order in which packets pass them."""
    where = behind(interfaces, (), reading)
    effects = Effects(reading)
    hooked = _in_order(ruleset, hooks, reading)
    tables = {
        table: _rules(ruleset, table, where, reading) for table in dict.fromkeys(key[:2] for key in hooked)
    }
    expects = any(expects_flows(rules) for rules in tables.values())
    beside = Counter(_position(ruleset, hooks, key) for key in hooked)
    chains: list[Chain] = []
    for key in hooked:
        hook = _hook(ruleset.chains[key], key)
        if hook.opens_only:
            tracked = frozenset(filter(ruleset.tracks, hook.versions))
            note_untracked_nat(hook, hook.versions - tracked, reading, may_stop=ruleset.may_stop(key))
            hook = hook._replace(versions=tracked)
        if hook.tracked is not False:
            effects.settle()
        chain, reached = base_chain(
            tables[key[:2]], key[2], hook, reading, early=effects.early, expects=expects, where=WHERE
        )
        if not hook.opens_only or chain.denies:
            chains.append(replace(chain, end=_place(key)))
        alone = beside[_position(ruleset, hooks, key)] == 1
        effects.take(reached, tracked=hook.tracked, after=len(chains), alone=alone)
    return chains, effects.helpers


def _note_unbound(ruleset: Ruleset, reading: Reading) -> None:
    """Chains of the families of forwarded packets, with rules, that nothing leads to."""
    named = set(ruleset.targets())
    for key, chain in ruleset.chains.items():
        listed = ruleset.rules.get(key)
        if "hook" in chain or not listed or key in named or key[0] not in _FAMILIES:
            continue
        family, table, name = key
        hook = "{ type filter hook forward priority filter; }"
        lines = (
            f"nft 'add chain {family} {table} at_forward {hook}'",
            (f"nft add rule {family} {table} at_forward jump {name}"),
        )
        reading.unbound.append(Unbound(name, " ".join(key), lines))


def _hook(chain: Json, key: ChainKey) -> Hook:
    tracked: bool | None = True
    if chain["hook"] == "prerouting" and chain.get("prio", 0) <= _CONNTRACK:
        # Among equal priorities the order is that of loading.
        tracked = None if chain.get("prio", 0) == _CONNTRACK else False
    return Hook(
        " ".join(key),
        _FAMILIES[key[0]],
        Action.DENY if chain.get("policy") == "drop" else Action.PERMIT,
        _DEPTH,
        tracked,
        opens_only=chain.get("type") == "nat",
        routed=chain["hook"] != "prerouting",
    )


def _in_order(ruleset: Ruleset, hooks: Sequence[str], reading: Reading) -> list[ChainKey]:
    """The base chains that packets of these hooks pass, in the order in which they do; what else may stop."""
    found: list[ChainKey] = []
    for key, chain in ruleset.chains.items():
        hook = chain.get("hook")
        elsewhere = key[0] in _FAMILIES and hook in _HOOKS and hook not in hooks
        if hook is None or elsewhere or _is_asleep(ruleset, key, reading):
            continue
        kind = f"{chain.get('type')} chain at {hook}"
        if key[0] in _BELOW or hook in {"ingress", "egress"}:
            if ruleset.may_stop(key):
                why = _BELOW.get(key[0], _BELOW["netdev"])
                reading.unread.append(Unread(" ".join(key), kind, why))
        elif key[0] in _FAMILIES and hook in hooks and chain.get("type") in {"filter", "nat"}:
            found.append(key)
        elif ruleset.may_stop(key):
            why = "rules outside the filtering of packets"
            reading.unread.append(Unread(" ".join(key), kind, why))
    return sorted(found, key=lambda key: _position(ruleset, hooks, key))


def _position(ruleset: Ruleset, hooks: Sequence[str], key: ChainKey) -> tuple[int, int, int]:
    """Where a base chain stands on a packet's way; chains of one position pass in the order of loading."""
    chain = ruleset.chains[key]
    own = chain.get("prio", 0)
    # All nat chains of a hook are called from one place (nf_nat_core.c, NF_IP_PRI_NAT_DST and _SRC).
    place = _NAT.get(chain["hook"], own) if chain.get("type") == "nat" else own
    return hooks.index(chain["hook"]), place, own


def _is_asleep(ruleset: Ruleset, key: ChainKey, reading: Reading) -> bool:
    """A table with the flag dormant is not hooked anywhere.

    nft 1.0.6 prints the flags of a table from memory that it never wrote: any other word may be `dormant`.
    """
    flags = ruleset.flags.get(key[:2], ())
    place = " ".join(key)
    if "dormant" in flags:
        reading.off(place, "dormant", "its table is dormant")
        return True
    unknown = [flag for flag in flags if flag not in {"owner", "persist"}]
    if unknown and _says_anything(ruleset, key):
        why = "the table's flags are misprinted, and it may be dormant: give the text of nft list ruleset"
        reading.unread.append(Unread(place, f"flags {shown(' '.join(unknown))}", why))
        return True
    return False


def _says_anything(ruleset: Ruleset, key: ChainKey) -> bool:
    return ruleset.may_stop(key) or bool(ruleset.rules.get(key))


def _rules(
    ruleset: Ruleset, table: TableKey, where: Behind, reading: Reading
) -> dict[str, list[NetfilterRule]]:
    """The rules of a table by chain, each read once."""
    translated = frozenset(kind for kind in ruleset.statements() if kind in _TRANSLATIONS)
    names = Names(ruleset.sets.get(table, {}), where, translated)
    helpers = ruleset.helpers.get(table, {})
    found: dict[str, list[NetfilterRule]] = {}
    for key in ruleset.chains:
        if key[:2] == table:
            found[key[2]] = list(_chain_rules(ruleset, key, names, helpers))
    reading.assumed += names.assumed
    return found


def _chain_rules(
    ruleset: Ruleset, key: ChainKey, names: Names, helpers: Mapping[str, str]
) -> Iterable[NetfilterRule]:
    for position, rule in enumerate(ruleset.rules.get(key, []), start=1):
        # A text that came through the kernel here has handles of its own, or lines.
        what = next((word for word in ("handle", "line") if word in rule), "rule")
        id_ = f"{' '.join(key)} {what} {rule.get(what, position)}"
        if rule.get("comment"):
            id_ = f"{id_} ({rule['comment']})"
        yield from rules_of(rule, (id_, _place(key, rule.get("handle"))), names, _FAMILIES[key[0]], helpers)


def _place(key: ChainKey, handle: Json = 0) -> Place:
    """A rule by its handle, or the end of its chain."""
    number = handle if isinstance(handle, int) and not isinstance(handle, bool) else 0
    return Place(number, key[2], table=f"{key[0]} {key[1]}")
