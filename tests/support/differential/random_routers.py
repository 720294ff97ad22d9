"""Random rules in the words of routers, each with the iptables rules that say the same.

What a router makes of its configuration runs on netfilter: the kernel judges the one, the reader reads the
other.
"""

from dataclasses import dataclass
from random import Random

from support.differential.random_matches import NETS, PORTS

_STATES = ("new", "established", "related", "invalid")
_INTERFACES = ("eth0", "eth1")
_ACTIONS = ("accept", "accept", "drop", "return")


@dataclass(frozen=True, slots=True)
class RouterRule:
    """One rule; empty: it does not ask. `!` before an address or interface is a negation."""

    action: str
    source: str = ""
    destination: str = ""
    protocol: str = ""
    ports: tuple[str, str] = ("", "")
    icmp: str = ""
    states: tuple[str, ...] = ()
    came: str = ""
    goes: str = ""
    syn: bool = False


class RandomRules:
    """Chains of rules; `forward` is the one that the kernel asks, `raw` what stands before tracking."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.policy = random.choice(("accept", "drop", "drop"))
        self.chains: dict[str, list[RouterRule]] = {}
        for number in range(random.choice((0, 0, 1, 2))):
            self.chains[f"u{number}"] = [self._rule(list(self.chains)) for _ in range(random.randint(1, 4))]
        # What returns from the first chain meets the policy, which is a rule of its own at one of them.
        forward = [self._rule(list(self.chains)) for _ in range(random.randint(1, 7))]
        forward = [rule for rule in forward if rule.action != "return"]
        if random.random() < 0.6:
            forward.insert(
                0, RouterRule("accept", states=random.choice((("established", "related"), ("established",))))
            )
        self.chains["forward"] = forward
        self.raw = [
            self._plain(random.choice(("drop", "notrack", "accept")))
            for _ in range(random.choice((0, 0, 0, 1, 2)))
        ]

    def _rule(self, targets: list[str]) -> RouterRule:
        one = self._random
        action = one.choice(targets) if targets and one.random() < 0.3 else one.choice(_ACTIONS)
        plain = self._plain(action)
        return RouterRule(
            action,
            plain.source,
            plain.destination,
            plain.protocol,
            plain.ports,
            plain.icmp,
            tuple(one.sample(_STATES, one.randint(1, 3))) if one.random() < 0.35 else (),
            self._interface(),
            self._interface(),
            plain.protocol == "tcp" and one.random() < 0.25,
        )

    def _plain(self, action: str) -> RouterRule:
        one = self._random
        protocol = one.choice(("", "", "udp", "udp", "tcp", "icmp"))
        ported = protocol in {"udp", "tcp"}
        ports = (
            one.choice(PORTS) if ported and one.random() < 0.3 else "",
            one.choice(PORTS) if ported and one.random() < 0.5 else "",
        )
        icmp = one.choice(("8", "0", "")) if protocol == "icmp" else ""
        return RouterRule(action, self._net(), self._net(), protocol, ports, icmp)

    def _net(self) -> str:
        one = self._random
        return one.choice(("", "!")) * (one.random() < 0.4) + one.choice(NETS) if one.random() < 0.45 else ""

    def _interface(self) -> str:
        one = self._random
        return one.choice(("", "", "!")) + one.choice(_INTERFACES) if one.random() < 0.2 else ""


def as_iptables(rules: RandomRules) -> str:
    """For iptables-restore."""
    lines = ["*raw", ":PREROUTING ACCEPT [0:0]"]
    lines += [f"-A PREROUTING {_iptables(rule)}" for rule in rules.raw]
    lines += ["COMMIT", "*filter", f":FORWARD {rules.policy.upper()} [0:0]"]
    lines += [f":{name} - [0:0]" for name in rules.chains if name != "forward"]
    for name, listed in rules.chains.items():
        chain = "FORWARD" if name == "forward" else name
        lines += [f"-A {chain} {_iptables(rule)}" for rule in listed]
    return "\n".join([*lines, "COMMIT", ""])


def _iptables(rule: RouterRule) -> str:
    words = [_address("src", rule.source), _address("dst", rule.destination)]
    words += [_negated("-i", rule.came), _negated("-o", rule.goes)]
    words.append(f"-p {rule.protocol}" if rule.protocol else "")
    for option, ports in zip(("--sport", "--dport"), rule.ports, strict=True):
        words.append(f"-m {rule.protocol} {option} {ports.replace('-', ':')}" if ports else "")
    words.append(f"-m icmp --icmp-type {rule.icmp}" if rule.icmp else "")
    words.append("-m tcp --tcp-flags SYN,ACK SYN" if rule.syn else "")
    words.append(f"-m conntrack --ctstate {','.join(rule.states).upper()}" if rule.states else "")
    known = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN", "notrack": "CT --notrack"}
    return " ".join([*filter(None, words), f"-j {known.get(rule.action, rule.action)}"])


def _negated(option: str, value: str) -> str:
    if not value:
        return ""
    return f"! {option} {value[1:]}" if value[0] == "!" else f"{option} {value}"


def _address(side: str, value: str) -> str:
    if "-" in value:
        return f"-m iprange {_negated(f'--{side}-range', value)}"
    return _negated(f"--{side}", value)


def as_routeros(rules: RandomRules) -> str:
    """An export: what no rule decides is accepted there, so that another policy is a rule at the end."""
    lines = ["/ip firewall raw", *(f"add chain=prerouting {_routeros(rule)}" for rule in rules.raw)]
    lines.append("/ip firewall filter")
    for name, listed in rules.chains.items():
        lines += [f"add chain={name} {_routeros(rule)}" for rule in listed]
    lines.append(f"add chain=forward action={rules.policy}")
    return "\n".join([*lines, "/ip firewall service-port", "set h323 disabled=yes", ""])


def _routeros(rule: RouterRule) -> str:
    known = rule.action in {"accept", "drop", "return", "notrack"}
    words = [f"action={rule.action}" if known else f"action=jump jump-target={rule.action}"]
    pairs = (
        ("src-address", rule.source),
        ("dst-address", rule.destination),
        ("in-interface", rule.came),
        ("out-interface", rule.goes),
        ("protocol", rule.protocol),
        ("src-port", rule.ports[0]),
        ("dst-port", rule.ports[1]),
        ("icmp-options", f"{rule.icmp}:0-255" if rule.icmp else ""),
        ("connection-state", ",".join(rule.states)),
        ("tcp-flags", "syn,!ack" if rule.syn else ""),
    )
    return " ".join([*words, *(f"{key}={value}" for key, value in pairs if value)])


def as_vyos(rules: RandomRules) -> str:
    """The commands of version 1.4. A base chain's `return` meets its policy there as here."""
    lines = [f"set firewall ipv4 forward filter default-action '{rules.policy}'"]
    lists = {"prerouting raw": rules.raw}
    for name, listed in rules.chains.items():
        lists["forward filter" if name == "forward" else f"name {name}"] = listed
        if name != "forward":
            lines.append(f"set firewall ipv4 name {name} default-action 'return'")
    for name, listed in lists.items():
        for number, rule in enumerate(listed, start=1):
            lines += [f"set firewall ipv4 {name} rule {number * 10} {words}" for words in _vyos(rule)]
    return "\n".join([*lines, ""])


def _vyos(rule: RouterRule) -> list[str]:
    known = rule.action in {"accept", "drop", "return", "notrack"}
    words = [f"action '{rule.action}'"] if known else ["action 'jump'", f"jump-target '{rule.action}'"]
    pairs = (
        ("source address", rule.source),
        ("destination address", rule.destination),
        ("inbound-interface name", rule.came),
        ("outbound-interface name", rule.goes),
        ("protocol", rule.protocol),
        ("source port", rule.ports[0]),
        ("destination port", rule.ports[1]),
        ("icmp type", rule.icmp),
    )
    words += [f"{key} '{value}'" for key, value in pairs if value]
    words += [f"state '{state}'" for state in rule.states]
    return [*words, *(["tcp flags 'syn'", "tcp flags not 'ack'"] if rule.syn else [])]
