"""Translation and helpers in the words of nft(8), as tables beside the rules under test.

Both chains come where Linux has them: destinations are translated before the rules see a packet, sources
after that. Measured with nftables 1.0.6; an object stands before the chains, rules on lines of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.nat import Nat, NatKind, NatRule

_TABLE = "ringfence_nat"
_HELPERS = "ringfence_helpers"
NAT_TABLES = frozenset({_TABLE, _HELPERS})


def nat_text(rules: Sequence[NatRule], own: Sequence[IPv4Address]) -> str:
    """The table that translates; '' where nothing is. `own`: addresses whose packets stay as they are."""
    if not rules:
        return ""
    exempt = [f"ip saddr {{ {', '.join(map(str, own))} }} accept"] if own else []
    lines = [
        f"table ip {_TABLE} {{",
        *_chain("inward", "type nat hook prerouting priority -100", _each(rules, _inward)),
        *_chain("outward", "type nat hook postrouting priority 100", [*exempt, *_each(rules, _outward)]),
        "}",
    ]
    return "\n".join(lines) + "\n"


def helper_text(ras_ports: Sequence[int], signalling_ports: Sequence[int]) -> str:
    """The table that gives RAS and call signalling to the kernel's H.323 helpers."""
    ras, signalling = (", ".join(map(str, ports)) for ports in (ras_ports, signalling_ports))
    rules = [
        f'udp dport {{ {ras} }} ct helper set "ras"',
        f'tcp dport {{ {signalling} }} ct helper set "q931"',
    ]
    lines = [
        f"table ip {_HELPERS} {{",
        '\tct helper ras { type "RAS" protocol udp; l3proto ip; }',
        '\tct helper q931 { type "Q.931" protocol tcp; l3proto ip; }',
        *_chain("assign", "type filter hook prerouting priority -150", rules),
        "}",
    ]
    return "\n".join(lines) + "\n"


def has_helpers(text: str) -> bool:
    """Whether the tables assign a helper."""
    return f"table ip {_HELPERS} " in text


def _chain(name: str, head: str, rules: Sequence[str]) -> list[str]:
    return [f"\tchain {name} {{", f"\t\t{head};", *(f"\t\t{rule}" for rule in rules), "\t}"]


def _each(rules: Sequence[NatRule], written: Callable[[NatRule], Iterator[str]]) -> list[str]:
    return [line for rule in rules for line in written(rule)]


def _inward(rule: NatRule) -> Iterator[str]:
    nat = rule.nat
    if nat.kind is NatKind.ONE_TO_ONE:
        for inside, outside in zip(nat.inside, nat.outside, strict=True):
            to = _prefixes("daddr", outside, inside)
            yield f"ip saddr {_set(rule.peers)} ip daddr {outside} dnat {to}"


def _outward(rule: NatRule) -> Iterator[str]:
    nat = rule.nat
    for number, inside in enumerate(nat.inside):
        to = _to(nat, number, inside)
        yield f"ip saddr {inside} ip daddr {_set(rule.peers)} snat {to}"


def _to(nat: Nat, number: int, inside: IPv4Network) -> str:
    if nat.kind is NatKind.MANY_TO_ONE:
        return f"to {nat.outside[0][0]}"
    return _prefixes("saddr", inside, nat.outside[number])


def _prefixes(end: str, here: IPv4Network, there: IPv4Network) -> str:
    return f"ip prefix to ip {end} map {{ {here} : {there} }}"


def _set(networks: Sequence[IPv4Network]) -> str:
    return f"{{ {', '.join(map(str, networks))} }}"
