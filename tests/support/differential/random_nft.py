"""Random nftables rule sets, made of everything that the reader claims to know, around one site's flows."""

import re
from random import Random

NETS = (
    "10.20.0.0/24",
    "10.20.0.0/25",
    "10.10.0.0/24",
    "10.255.0.1",
    "10.1.0.0/24",
    "10.1.0.30",
    "10.1.0.20",
    "10.1.0.10",
    "10.0.0.0/8",
    "10.20.0.7-10.20.0.200",
    "192.0.2.0/24",
)
_SINGLE = ("10.1.0.10", "10.1.0.20", "10.1.0.30", "10.20.0.9", "10.255.0.1")
PORTS = (
    "67",
    "68",
    "80",
    "1719",
    "1720",
    "49300",
    "61440-61444",
    "61442",
    "1024-65535",
    "0-1023",
    "443",
    "60-70",
)
_STATES = ("new", "established", "related", "invalid", "untracked")
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg")
_INTERFACES = ('"eth0"', '"eth1"', '"eth*"', '"lo"', '"wan0"')
_HOOKS = ("prerouting", "forward", "forward", "forward", "postrouting")
_PRIORITIES = {
    "prerouting": (-450, -300, -250, -201, -200, -150, -100, 0, 50),
    "forward": (-150, -5, 0, 0, 10, 50),
    "postrouting": (-150, 0, 50, 100, 300),
}


class RandomNft:
    """One rule set after another; `text` gives the next."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._chains: list[str] = []
        self._family = "inet"
        self._hook = "forward"
        self._protocols: set[str] = set()

    def text(self) -> str:
        return (
            "\n".join(self._table(number) for number in range(self._random.choice((1, 1, 2, 3))))
            + self._below()
        )

    def _below(self) -> str:
        if self._random.random() < 0.03:
            policy = self._random.choice(("accept", "accept", "drop"))
            hook = "type filter hook prerouting priority 0;"
            return f"\ntable bridge b {{\nchain c {{\n{hook} policy {policy};\n}}\n}}\n"
        return "\n"

    def _table(self, number: int) -> str:
        one = self._random
        self._family = one.choice(("inet", "inet", "inet", "ip", "ip", "ip6"))
        helper = one.random() < 0.12 and self._family != "ip6"
        flags = "flags dormant;" if one.random() < 0.03 else ""
        lines = [f"table {self._family} t{number} {{", flags]
        if helper:
            lines.append('ct helper ras {\ntype "RAS" protocol udp; l3proto ip;\n}')
        four = self._family != "ip6"
        if four:
            lines += [self._set("nets", "ipv4_addr", NETS[:-2]), self._set("ports", "inet_service", PORTS)]
            lines.append(self._pairs())
        names = [f"u{n}" for n in range(one.choice((0, 0, 1, 2, 3)))]
        self._chains = []
        self._hook = "forward"  # what jumps lead to holds no statement of one hook alone
        for name in names:
            lines.append(self._chain(name, ""))
            self._chains.append(name)
        for base in range(one.choice((1, 1, 1, 2))):
            lines.append(self._base(f"b{base}", helper=helper))
        return "\n".join([*lines, "}"])

    def _base(self, name: str, *, helper: bool) -> str:
        one = self._random
        self._hook = one.choice(_HOOKS)
        kind = "nat" if self._hook != "forward" and one.random() < 0.15 else "filter"
        priority = one.choice(_PRIORITIES[self._hook])
        if kind == "nat":
            priority = max(priority, -100)
        policy = one.choice(
            ("accept", "drop") if self._hook == "forward" else ("accept", "accept", "accept", "drop")
        )
        head = f"type {kind} hook {self._hook} priority {priority}; policy {policy};"
        return self._chain(name, head, helper=helper and priority > -200, kind=kind)

    def _chain(self, name: str, head: str, *, helper: bool = False, kind: str = "filter") -> str:
        one = self._random
        rules = []
        if helper:
            rules.append(
                one.choice(
                    (
                        'udp dport 1719 ct helper set "ras"',
                        'ip saddr 10.20.0.0/24 udp dport 1719 ct helper set "ras"',
                    )
                )
            )
        if head and one.random() < 0.5:
            rules.append(one.choice(_USUAL))
        rules += [self._rule(kind) for _ in range(one.randint(0, 6))]
        if head and "policy drop" in head and one.random() < 0.55:
            rules.append(
                one.choice(
                    ("accept", "ct state new accept", 'iifname "eth1" accept', "ip saddr 10.0.0.0/8 accept")
                )
            )
        one.shuffle(rules) if one.random() < 0.2 else None
        return "\n".join([f"chain {name} {{", head, *rules, "}"])

    def _rule(self, kind: str) -> str:
        one = self._random
        self._protocols = set()
        matches = [self._fitting() for _ in range(one.choice((0, 1, 1, 2, 2, 3)))]
        extra = one.random()
        if extra < 0.02:
            matches.append(one.choice(("limit rate 1000/second", "meta mark 0x7", "ip ttl 64")))
        elif extra < 0.12:
            matches.append("counter")
        elif extra < 0.15 and self._family != "ip6" and not self._protocols:
            return self._mapped(matches)
        elif extra < 0.18 and self._hook == "prerouting" and kind == "filter":
            return " ".join([*self._both_ways(), "notrack"])
        return " ".join([*matches, self._verdict()])

    def _both_ways(self) -> list[str]:
        return self._random.choice(
            (
                ["meta l4proto udp"],
                ["meta l4proto icmp"],
                ["meta l4proto tcp"],
                [],
                ["tcp dport 80"],
                ["ip saddr 10.1.0.30"],
            )
        )

    def _verdict(self) -> str:
        one = self._random
        choices = (
            ["accept"] * 5 + ["drop"] * 3 + (["reject"] if self._hook == "forward" else []) + ["continue"]
        )
        if self._chains:
            choices += [f"jump {one.choice(self._chains)}", f"goto {one.choice(self._chains)}", "return"]
        return one.choice(choices)

    def _mapped(self, matches: list[str]) -> str:
        one = self._random
        verdicts = [self._verdict() for _ in range(3)]
        verdicts = ["accept" if verdict == "reject" else verdict for verdict in verdicts]
        keys = one.choice(
            (
                ("ct state", _STATES),
                ("ip saddr", ("10.20.0.0/24", "10.1.0.0/24", "10.255.0.0/24")),
                ("tcp dport", ("80", "1720", "1024-1700")),
                ("udp dport", ("67", "1719", "49300")),
                ("meta l4proto", ("tcp", "udp", "icmp")),
                ("iifname", ('"eth0"', '"eth1"', '"lo"')),
                ("iifname . oifname", ('"eth0" . "eth1"', '"eth1" . "eth0"', '"eth1" . "eth1"')),
                ("ip daddr . udp dport", ("10.1.0.30 . 1719", "10.1.0.10 . 67", "10.20.0.0/24 . 49300")),
            )
        )
        key, values = keys
        pairs = ", ".join(
            f"{value} : {verdict}" for value, verdict in zip(one.sample(values, 3), verdicts, strict=True)
        )
        return " ".join([*matches, key, "vmap", "{", pairs, "}"])

    def _fitting(self) -> str:
        """A match that fits those before it: nft refuses two protocols.

        Of ICMP with ports of any transport it lists only the ports (1.0.6), which is another rule.
        """
        while True:
            match = self._match()
            several = "{ tcp, udp }" in match or "l4proto !=" in match or "protocol !=" in match
            named = set() if several else set(_PROTOCOL.findall(match))
            if "th " in match:
                named = {"th"}
            together = named | self._protocols
            if len(together - {"th"}) <= 1 and not together >= {"th", "icmp"}:
                self._protocols = together
                return match

    def _match(self) -> str:
        one = self._random
        options = [self._state, self._state, self._interface, self._flags, self._other]
        if self._family != "ip6":
            options += [self._address] * 4 + [self._port] * 4 + [self._icmp, self._protocol, self._together]
        else:
            options += [self._port, self._protocol]
        return one.choice(options)()

    def _address(self) -> str:
        one = self._random
        field = one.choice(("ip saddr", "ip daddr"))
        form = one.random()
        if form < 0.55:
            return f"{field} {one.choice(('', '', '!= '))}{one.choice(NETS)}"
        if form < 0.7:
            return f"{field} {one.choice(('', '!= '))}@nets"
        return f"{field} {one.choice(('', '!= '))}{{ {', '.join(one.sample(_SINGLE, 2))} }}"

    def _port(self) -> str:
        one = self._random
        field = f"{one.choice(('udp', 'tcp', 'tcp', 'th'))} {one.choice(('sport', 'dport', 'dport'))}"
        if field.startswith("th"):
            field = f"meta l4proto {{ tcp, udp }} {field}"
        form = one.random()
        if form < 0.6:
            return f"{field} {one.choice(('', '', '!= '))}{one.choice(PORTS)}"
        if form < 0.7:
            return (
                f"{field} {one.choice(('<', '>', '<=', '>='))} {one.choice(('67', '1719', '1720', '49300'))}"
            )
        if form < 0.8:
            return f"{field} @ports"
        return (
            f"{field} {{ {', '.join(one.sample(('67', '68', '80', '1719', '1720', '49300', '61442'), 3))} }}"
        )

    def _icmp(self) -> str:
        return self._random.choice(
            (
                "icmp type echo-request",
                "icmp type { echo-request, echo-reply }",
                "icmp type != echo-reply",
                "icmp code 0",
            )
        )

    def _protocol(self) -> str:
        one = self._random
        options = [
            "meta l4proto tcp",
            "meta l4proto { tcp, udp }",
            "meta l4proto != udp",
            "meta l4proto icmp",
        ]
        if self._family != "ip6":
            options += ["ip protocol udp", "ip protocol != tcp"]
        if self._family == "inet":
            options += ["meta nfproto ipv4", "meta nfproto ipv6", "meta nfproto != ipv6"]
        return one.choice(options)

    def _state(self) -> str:
        one = self._random
        some = one.sample(_STATES, one.randint(1, 3))
        return one.choice(
            (
                f"ct state {','.join(some)}",
                f"ct state {','.join(some)}",
                f"ct state {{ {', '.join(some)} }}",
                f"ct state != {{ {', '.join(some)} }}",
                f"ct state != {some[0]}",
                f"ct state ! {','.join(some)}",
                f"ct state == {some[0]}",
                f"ct direction {one.choice(('original', 'reply'))}",
            )
        )

    def _flags(self) -> str:
        one = self._random
        mask, wanted = one.sample(_FLAGS, one.randint(1, 4)), one.choice(_FLAGS)
        return one.choice(
            (
                f"tcp flags {wanted}",
                f"tcp flags != {wanted}",
                f"tcp flags & ({'|'.join(mask)}) == {one.choice(mask)}",
                f"tcp flags & ({'|'.join(mask)}) != {one.choice(mask)}",
                "tcp flags & (fin|syn|rst|ack) == syn",
                "tcp flags & (fin|syn|rst|ack) != syn",
                f"tcp flags {{ {', '.join(dict.fromkeys([*mask[:2], 'syn|ack']))} }}",
                f"tcp flags ! {','.join(mask[:2])}",
            )
        )

    def _interface(self) -> str:
        one = self._random
        names = _INTERFACES if one.random() < 0.3 else _INTERFACES[:3]
        sides = {"prerouting": ("iifname",), "postrouting": ("oifname", "oifname", "iifname")}
        side = one.choice(sides.get(self._hook, ("iifname", "oifname")))
        if one.random() < 0.8:
            return f"{side} {one.choice(('', '', '!= '))}{one.choice(names)}"
        return f'{side} {{ "eth0", "{one.choice(("eth1", "lo", "wan0"))}" }}'

    def _together(self) -> str:
        one = self._random
        return one.choice(
            (
                "ip daddr . udp dport @pairs",
                "ip saddr . ip daddr { 10.20.0.0/24 . 10.1.0.30, 10.1.0.0/24 . 10.20.0.0/24 }",
                "ip daddr . tcp dport { 10.1.0.20 . 80, 10.20.0.0/24 . 1720 }",
                "meta l4proto . th dport { tcp . 80, udp . 1719, udp . 60-70 }",
            )
        )

    def _other(self) -> str:
        return self._random.choice(
            (
                "meta pkttype host",
                "meta pkttype { broadcast, multicast }",
                "fib daddr type local",
                "fib saddr type { unicast, local }",
                "fib saddr . iif oif missing" if self._hook != "postrouting" else "meta pkttype host",
                "ct status dnat",
            )
        )

    def _set(self, name: str, kind: str, values: tuple[str, ...]) -> str:
        chosen = ", ".join(self._random.sample(values, 3))
        return f"set {name} {{\ntype {kind}; flags interval; auto-merge; elements = {{ {chosen} }}\n}}"

    def _pairs(self) -> str:
        some = self._random.sample(
            ("10.1.0.30 . 1719", "10.1.0.10 . 67", "10.20.0.0/24 . 49300-49310", "10.10.0.0/24 . 67"), 2
        )
        kind = "type ipv4_addr . inet_service; flags interval"
        return f"set pairs {{\n{kind}; elements = {{ {', '.join(some)} }}\n}}"


_PROTOCOL = re.compile(r"\b(tcp|udp|icmp)\b")
_USUAL = (
    "ct state established,related accept",
    "ct state established accept",
    "ct state invalid drop",
    "ct state vmap { invalid : drop, established : accept, related : accept }",
    'iifname "eth0" ct state established accept',
)
