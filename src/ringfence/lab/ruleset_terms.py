"""What a ruleset means, free of how it is written: two writings of the same rules are equal here.

nftables lists a rule in other words than it was given: it drops `meta l4proto udp` before `udp dport`, sorts
sets and merges neighbours. So conditions are kept as sets of numbers, with everything they imply spelt out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TypeAlias

ValueRange: TypeAlias = tuple[int, int]

PROTOCOL_NUMBERS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "icmpv6": 58, "sctp": 132}
NFPROTO_NUMBERS = {"ipv4": 2, "ipv6": 10}
CT_STATES = {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64}
ICMP_TYPE_NUMBERS = {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "redirect": 5,
    "echo-request": 8,
    "time-exceeded": 11,
    "parameter-problem": 12,
}
ICMPV6_TYPE_NUMBERS = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
}
# nft(8), "Standard priority names" for families other than bridge.
PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
REJECT_CODES = {"no-route": 0, "port-unreachable": 1, "host-unreachable": 2, "admin-prohibited": 3}

# Condition -> the words its values may be written in (numbers are always allowed).
NUMERIC_CONDITIONS: dict[str, dict[str, int]] = {
    "meta l4proto": PROTOCOL_NUMBERS,
    "meta nfproto": NFPROTO_NUMBERS,
    "ct state": CT_STATES,
    "icmp type": ICMP_TYPE_NUMBERS,
    "icmpv6 type": ICMPV6_TYPE_NUMBERS,
    "icmp code": {},
    "icmpv6 code": {},
    **{f"{protocol} {end}": {} for protocol in ("tcp", "udp", "th") for end in ("sport", "dport")},
}
ADDRESS_CONDITIONS = frozenset(f"{family} {end}" for family in ("ip", "ip6") for end in ("saddr", "daddr"))
NAME_CONDITIONS = frozenset({"meta iifname", "meta oifname"})

_IMPLIED: dict[str, tuple[tuple[str, int], ...]] = {
    "ip": (("meta nfproto", 2),),
    "ip6": (("meta nfproto", 10),),
    "tcp": (("meta l4proto", 6),),
    "udp": (("meta l4proto", 17),),
    "icmp": (("meta l4proto", 1), ("meta nfproto", 2)),
    "icmpv6": (("meta l4proto", 58), ("meta nfproto", 10)),
}


class TermError(ValueError):
    """A word that is no value of its condition."""


@dataclass(frozen=True, slots=True)
class NftCondition:
    """`key` in nft's words; the values as merged intervals of numbers, or as interface names."""

    key: str
    values: tuple[ValueRange, ...] | frozenset[str]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.key} {'!= ' if self.negated else ''}{_words(self.key, self.values)}"


@dataclass(frozen=True, slots=True)
class NftStatement:
    """A statement: `accept`, `drop`, `counter`, `log` ... with what belongs to it."""

    word: str
    arguments: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return " ".join([self.word, *(f"{name} {value}".strip() for name, value in self.arguments)])


RulePart: TypeAlias = frozenset[NftCondition] | NftStatement


@dataclass(frozen=True, slots=True)
class NftRule:
    """One rule. Conditions between two actions have no order; everything else has."""

    steps: tuple[RulePart, ...]
    comment: str = ""

    def __str__(self) -> str:
        parts = []
        for step in self.steps:
            parts += (
                [str(step)]
                if isinstance(step, NftStatement)
                else sorted(str(condition) for condition in step)
            )
        return " ".join([*parts, f'comment "{self.comment}"'] if self.comment else parts)


@dataclass(frozen=True, slots=True)
class NftHook:
    """Where a base chain is attached, and what happens to a packet that no rule decided."""

    kind: str
    point: str
    priority: int
    policy: str = "accept"

    def __str__(self) -> str:
        return f"type {self.kind} hook {self.point} priority {self.priority}; policy {self.policy}"


@dataclass(slots=True)
class NftChain:
    """Rules in order; `hook` is None for a chain that is only jumped to."""

    hook: NftHook | None = None
    rows: list[NftRule] = field(default_factory=list)


# (family, table) -> chain name -> chain
NftRuleset: TypeAlias = dict[tuple[str, str], dict[str, NftChain]]


def rule_of(parts: Iterable[NftCondition | NftStatement], comment: str) -> NftRule:
    """A rule from its parts in order, implied conditions added."""
    steps: list[RulePart] = []
    gathered: set[NftCondition] = set()
    for part in parts:
        if isinstance(part, NftStatement):
            if gathered:
                steps.append(frozenset(gathered))
                gathered = set()
            steps.append(part)
        else:
            gathered |= {part, *_implied(part)}
    if gathered:
        steps.append(frozenset(gathered))
    return NftRule(tuple(steps), comment)


def _implied(condition: NftCondition) -> Iterable[NftCondition]:
    # Even a negated port test holds only for packets of its protocol.
    layer = condition.key.split()[0]
    return (NftCondition(key, ((value, value),)) for key, value in _IMPLIED.get(layer, ()))


def condition(key: str, written: Iterable[tuple[str, str]], *, negated: bool = False) -> NftCondition:
    """A condition from its values, each (lowest, highest) as written. Raises TermError."""
    if key in NAME_CONDITIONS:
        return NftCondition(key, frozenset(low for low, _ in written), negated)
    if key in ADDRESS_CONDITIONS:
        return NftCondition(key, _merged(_address_interval(low, high) for low, high in written), negated)
    if key not in NUMERIC_CONDITIONS:
        raise TermError(f"the condition {key!r} is not one the lab can read back")
    words = NUMERIC_CONDITIONS[key]
    return NftCondition(
        key, _merged((_number(low, words), _number(high, words)) for low, high in written), negated
    )


def _number(text: str, words: dict[str, int]) -> int:
    if text in words:
        return words[text]
    if not text.isascii() or not text.isdigit():
        raise TermError(f"{text!r} is neither a number nor a word known here")
    return int(text)


def _address_interval(low: str, high: str) -> ValueRange:
    try:
        if "/" in low:
            network = ip_network(low)
            return int(network.network_address), int(network.broadcast_address)
        return int(ip_address(low)), int(ip_address(high))
    except ValueError as error:
        raise TermError(str(error)) from error


def _merged(intervals: Iterable[ValueRange]) -> tuple[ValueRange, ...]:
    merged: list[ValueRange] = []
    for low, high in sorted(intervals):
        if high < low:
            raise TermError(f"the range {low}-{high} is empty")
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    if not merged:
        raise TermError("an empty set matches nothing, and is no way to say so")
    return tuple(merged)


def _words(key: str, values: tuple[ValueRange, ...] | frozenset[str]) -> str:
    if isinstance(values, frozenset):
        return ",".join(sorted(values))
    version = 6 if key.startswith("ip6 ") else 4
    width = 128 if version == 6 else 32

    def one(value: int) -> str:
        return str(ip_address(value.to_bytes(width // 8, "big"))) if key in ADDRESS_CONDITIONS else str(value)

    return ",".join(one(low) if low == high else f"{one(low)}-{one(high)}" for low, high in values)
