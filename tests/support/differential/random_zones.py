"""Random zones, forwardings and rules of OpenWrt, and the nftables rules that firewall4 makes of them.

From firewall4: root/usr/share/firewall4/templates/ruleset.uc and rule.uc, root/usr/share/ucode/fw4.uc.
"""

from dataclasses import dataclass, field
from random import Random

from support.differential.random_matches import NETS, PORTS

_DEVICES = {"phones": "eth1", "servers": "eth0"}
_POLICIES = ("ACCEPT", "DROP", "REJECT", "REJECT")
_PREFIXES = tuple(net for net in NETS if "-" not in net)


@dataclass(slots=True)
class ZoneRule:
    """A rule of `config rule`; lists may hold negations, which begin with `!`."""

    source: str
    destination: str
    target: str
    protocols: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)
    source_ports: list[str] = field(default_factory=list)
    destination_ports: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


class RandomZones:
    """Two zones, what each says of packets that stay in it, forwardings between them, and rules."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.policy = random.choice(_POLICIES)
        self.drop_invalid = random.random() < 0.5
        self.stays = {name: random.choice(_POLICIES) for name in _DEVICES}
        ends = (*_DEVICES, "*")
        pairs = [(a, b) for a in ends for b in ends]
        self.forwardings = [pair for pair in pairs if random.random() < 0.06]
        self.rules = [self._rule(*random.choice(pairs)) for _ in range(random.randint(1, 7))]
        self.notrack = [self._rule(random.choice(tuple(_DEVICES)), "") for _ in range(random.random() < 0.1)]

    def _rule(self, source: str, destination: str) -> ZoneRule:
        one = self._random
        target = one.choice(("ACCEPT", "ACCEPT", "ACCEPT", "DROP", "REJECT")) if destination else "NOTRACK"
        rule = ZoneRule(source, destination, target)
        rule.protocols = one.choice(
            ([], ["udp"], ["tcp"], ["icmp"], ["all"], ["udp", "icmp"], ["tcp", "udp"])
        )
        for nets in (rule.sources, rule.destinations):
            if one.random() < 0.5:
                nets.extend(one.sample(_PREFIXES, one.randint(1, 2)))
            if one.random() < 0.2:
                nets.append(f"!{one.choice(_PREFIXES)}")
        for ports, odds in ((rule.source_ports, 0.2), (rule.destination_ports, 0.5)):
            if one.random() < odds:
                ports.extend(one.sample(PORTS, one.randint(1, 2)))
        if "icmp" in rule.protocols and one.random() < 0.6:
            rule.types = [one.choice(("8", "echo-reply", "3/4", "echo-request"))]
        return rule


def as_uci(zones: RandomZones) -> str:
    """The sections as a file has them."""
    lines = [
        "config defaults",
        f"\toption forward '{zones.policy}'",
        "\toption drop_invalid '1'" * zones.drop_invalid,
    ]
    for name, device in _DEVICES.items():
        lines += ["config zone", f"\toption name '{name}'", f"\tlist device '{device}'"]
        lines += [f"\toption forward '{zones.stays[name]}'", "\toption auto_helper '0'"]
    for source, destination in zones.forwardings:
        lines += ["config forwarding", f"\toption src '{source}'", f"\toption dest '{destination}'"]
    for rule in (*zones.rules, *zones.notrack):
        lines += ["config rule", f"\toption src '{rule.source}'", f"\toption target '{rule.target}'"]
        lines += [f"\toption dest '{rule.destination}'"] if rule.destination else []
        lines += [f"\toption proto '{' '.join(rule.protocols)}'"] if rule.protocols else []
        for option, words in (
            ("src_ip", rule.sources),
            ("dest_ip", rule.destinations),
            ("src_port", rule.source_ports),
            ("dest_port", rule.destination_ports),
            ("icmp_type", rule.types),
        ):
            lines += [f"\tlist {option} '{word}'" for word in words]
    return "\n".join([*filter(None, lines), ""])


def as_fw4(zones: RandomZones) -> str:
    """The table that firewall4 makes of it."""
    invalid = ["ct state invalid drop"] if zones.drop_invalid else []
    forward = ["ct state established,related accept", *invalid]
    forward += [line for rule in zones.rules if rule.source == "*" for line in _lines(rule)]
    forward += [_accepted(b) for a, b in zones.forwardings if a == "*"]
    forward += [f'iifname "{device}" jump forward_{name}' for name, device in _DEVICES.items()]
    forward += ["reject"] if zones.policy == "REJECT" else []
    base = "accept" if zones.policy == "ACCEPT" else "drop"
    chains = [_chain("forward", forward, f"type filter hook forward priority filter; policy {base};")]
    raw = [line for rule in zones.notrack for line in _lines(rule)]
    chains.append(_chain("raw_prerouting", raw, "type filter hook prerouting priority raw; policy accept;"))
    sides = []
    for name, device in _DEVICES.items():
        inside = [line for rule in zones.rules if rule.source == name for line in _lines(rule)]
        inside += [_accepted(b) for a, b in zones.forwardings if a == name]
        inside.append(f'oifname "{device}" {zones.stays[name].lower()}')
        sides.append(_chain(f"forward_{name}", inside))
    return "\n".join(["table inet fw4 {", *sides, *chains, "}", ""])


def _chain(name: str, lines: list[str], hook: str = "") -> str:
    return "\n".join([f"chain {name} {{", *filter(None, (hook, *lines)), "}"])


def _accepted(destination: str) -> str:
    return "accept" if destination == "*" else f'oifname "{_DEVICES[destination]}" accept'


def _lines(rule: ZoneRule) -> list[str]:
    """A rule for each protocol; ports are those of TCP and UDP, types those of ICMP."""
    found = []
    for protocol in rule.protocols or ["tcp", "udp"]:
        v4 = [*rule.sources, *rule.destinations, *rule.types]
        words = ["meta nfproto ipv4"] if v4 else []
        if rule.target == "NOTRACK":
            words.append(f'iifname "{_DEVICES[rule.source]}"')
        words += (
            []
            if protocol == "all"
            else [f"meta l4proto {'{ icmp, ipv6-icmp }' if protocol == 'icmp' and not v4 else protocol}"]
        )
        words += [*_addresses("saddr", rule.sources), *_addresses("daddr", rule.destinations)]
        if protocol in {"tcp", "udp"}:
            words += _ports(f"{protocol} sport", rule.source_ports)
            words += _ports(f"{protocol} dport", rule.destination_ports)
        if protocol == "icmp":
            words += [f"icmp type {_TYPES[word][0]}{_TYPES[word][1]}" for word in rule.types]
        if rule.destination in _DEVICES:
            words.append(f'oifname "{_DEVICES[rule.destination]}"')
        found.append(" ".join([*words, rule.target.lower()]))
    return found


_TYPES = {
    "8": ("8", ""),
    "echo-reply": ("0", ""),
    "3/4": ("3", " icmp code 4"),
    "echo-request": ("8", ""),
}


def _addresses(field_: str, words: list[str]) -> list[str]:
    positive = [word for word in words if word[0] != "!"]
    negative = [word[1:] for word in words if word[0] == "!"]
    found = [f"ip {field_} {{ {', '.join(positive)} }}"] if positive else []
    return found + ([f"ip {field_} != {{ {', '.join(negative)} }}"] if negative else [])


def _ports(what: str, words: list[str]) -> list[str]:
    return [f"{what} {{ {', '.join(words)} }}"] if words else []
