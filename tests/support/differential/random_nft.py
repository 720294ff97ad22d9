"""Random nftables rule sets, made of everything that the reader claims to know, around one site's flows."""

from random import Random

from support.differential.random_matches import NETS, PORTS, STATES, RandomMatches
from support.differential.random_statements import below, beside, helped, not_tracked, translated

_HOOKS = ("prerouting", "forward", "forward", "forward", "postrouting")
_PRIORITIES = {
    "prerouting": (-450, -300, -250, -201, -200, -150, -100, 0, 50),
    "forward": (-150, -5, 0, 0, 10, 50),
    "postrouting": (-150, 0, 50, 100, 300),
}
_VERDICT_MAP = "verdicts"


class RandomNft:
    """One rule set after another; `text` gives the next."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._matches = RandomMatches(random)
        self._chains: list[str] = []
        self._family = "inet"
        self._hook = "forward"

    def text(self) -> str:
        tables = "\n".join(self._table(number) for number in range(self._random.choice((1, 1, 2, 3))))
        return tables + (below(self._random) if self._random.random() < 0.03 else "\n")

    def _table(self, number: int) -> str:
        one = self._random
        self._family = one.choice(("inet", "inet", "inet", "ip", "ip", "ip6"))
        four = self._family != "ip6"
        helper = one.random() < 0.12 and four
        flags = "flags dormant;" if one.random() < 0.03 else ""
        lines = [f"table {self._family} t{number} {{", flags]
        if helper:
            lines.append('ct helper ras {\ntype "RAS" protocol udp; l3proto ip;\n}')
        if four:
            lines += [self._set("nets", "ipv4_addr", NETS[:-2]), self._set("ports", "inet_service", PORTS)]
            lines += [self._pairs(), "set seen {\ntype ipv4_addr; flags dynamic,timeout; timeout 1h;\n}"]
        names = [f"u{n}" for n in range(one.choice((0, 0, 1, 2, 3)))]
        self._chains = []
        self._under("forward")  # what jumps lead to holds no statement of one hook alone
        for name in names:
            lines.append(self._chain(name, ""))
            self._chains.append(name)
        if four:
            lines.append(self._verdict_map())
        for base in range(one.choice((1, 1, 1, 2))):
            lines.append(self._base(f"b{base}", helper=helper))
        if four and one.random() < 0.07:
            lines.append(self._nat())
        return "\n".join([*lines, "}"])

    def _under(self, hook: str) -> None:
        self._hook = hook
        self._matches.hook, self._matches.family = hook, self._family

    def _base(self, name: str, *, helper: bool) -> str:
        one = self._random
        self._under(one.choice(_HOOKS))
        policy = one.choice(
            ("accept", "drop") if self._hook == "forward" else ("accept", "accept", "accept", "drop")
        )
        head = f"type filter hook {self._hook} priority {one.choice(_PRIORITIES[self._hook])}"
        return self._chain(name, f"{head}; policy {policy};", helper=helper)

    def _nat(self) -> str:
        one = self._random
        self._under(one.choice(("prerouting", "postrouting")))
        priority = one.choice((-150, -100, -100, 0) if self._hook == "prerouting" else (50, 100, 100, 300))
        policy = one.choice(("accept",) * 5 + ("drop",))
        rules = [
            self._rule() if one.random() < 0.4 else translated(one, self._family, self._hook)
            for _ in range(one.randint(0, 3))
        ]
        head = f"type nat hook {self._hook} priority {priority}; policy {policy};"
        return "\n".join(["chain n {", head, *rules, "}"])

    def _chain(self, name: str, head: str, *, helper: bool = False) -> str:
        one = self._random
        rules = [helped(one)] if helper else []
        if head and one.random() < 0.5:
            rules.append(one.choice(_USUAL))
        rules += [self._rule() for _ in range(one.randint(0, 6))]
        if head and "policy drop" in head and one.random() < 0.55:
            rules.append(
                one.choice(
                    ("accept", "ct state new accept", 'iifname "eth1" accept', "ip saddr 10.0.0.0/8 accept")
                )
            )
        one.shuffle(rules) if one.random() < 0.2 else None
        return "\n".join([f"chain {name} {{", head, *rules, "}"])

    def _rule(self) -> str:
        one = self._random
        self._matches.begin()
        matches = [self._matches.fitting() for _ in range(one.choice((0, 1, 1, 2, 2, 3)))]
        extra = one.random()
        if extra < 0.12 and self._family != "ip6":
            matches.append(beside(one))
        elif extra < 0.16 and self._family != "ip6" and not self._matches.protocols:
            return self._mapped(matches)
        elif extra < 0.19 and self._hook == "prerouting":
            return not_tracked(one)
        elif extra < 0.2 and self._family == "inet" and self._hook == "forward":
            # nft lists it without the family, whatever else it asks for.
            version = one.choice("46")
            answer = one.choice(("tcp reset", f"icmp{'' if version == '4' else 'v6'} admin-prohibited"))
            return f"meta nfproto ipv{version} {one.choice(_RESETS)} reject with {answer}"
        return " ".join([*matches, self._verdict()])

    def _verdict(self) -> str:
        one = self._random
        choices = ["accept"] * 5 + ["drop"] * 3 + ["continue", "counter"]
        if self._hook == "forward":
            choices.append(one.choice(_REJECTS if self._family == "inet" else ("reject",)))
        if self._chains:
            choices += [f"jump {one.choice(self._chains)}", f"goto {one.choice(self._chains)}", "return"]
        return one.choice(choices)

    def _mapped(self, matches: list[str]) -> str:
        one = self._random
        if one.random() < 0.25:
            return " ".join([*matches, f"ip {one.choice(('saddr', 'daddr'))} vmap @{_VERDICT_MAP}"])
        key, values = one.choice(_KEYS)
        return " ".join([*matches, key, "vmap", "{", self._some(values), "}"])

    def _verdict_map(self) -> str:
        values = ("10.1.0.30", "10.20.0.0/24", "10.1.0.0/29", "10.255.0.0/24", "10.10.0.0/24")
        kind = "type ipv4_addr : verdict; flags interval"
        return f"map {_VERDICT_MAP} {{\n{kind}; elements = {{ {self._some(values)} }}\n}}"

    def _some(self, values: tuple[str, ...]) -> str:
        """Three of the values, each with a verdict that may stand in a map."""
        verdicts = [self._verdict() for _ in range(3)]
        kept = ["accept" if " " not in word and word not in _MAPPABLE else word for word in verdicts]
        kept = ["drop" if "reject" in word else word for word in kept]
        pairs = zip(self._random.sample(values, min(3, len(values))), kept, strict=False)
        return ", ".join(f"{value} : {verdict}" for value, verdict in pairs)

    def _set(self, name: str, kind: str, values: tuple[str, ...]) -> str:
        chosen = ", ".join(self._random.sample(values, 3))
        return f"set {name} {{\ntype {kind}; flags interval; auto-merge; elements = {{ {chosen} }}\n}}"

    def _pairs(self) -> str:
        some = self._random.sample(
            ("10.1.0.30 . 1719", "10.1.0.10 . 67", "10.20.0.0/24 . 49300-49310", "10.10.0.0/24 . 67"), 2
        )
        kind = "type ipv4_addr . inet_service; flags interval"
        return f"set pairs {{\n{kind}; elements = {{ {', '.join(some)} }}\n}}"


_MAPPABLE = frozenset({"accept", "drop", "continue", "return"})
_REJECTS = (
    *("reject", "reject with icmpx admin-prohibited", "reject with icmp host-unreachable"),
    "reject with icmpx no-route",
)
_RESETS = ("tcp dport 80", "meta l4proto tcp", 'iifname "eth1"', "ct state new tcp sport 1024-65535")
_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ct state", STATES),
    ("ip saddr", ("10.20.0.0/24", "10.1.0.0/24", "10.255.0.0/24")),
    ("tcp dport", ("80", "1720", "1024-1700")),
    ("udp dport", ("67", "1719", "49300")),
    ("meta l4proto", ("tcp", "udp", "icmp")),
    ("iifname", ('"eth0"', '"eth1"', '"lo"')),
    ("iifname . oifname", ('"eth0" . "eth1"', '"eth1" . "eth0"', '"eth1" . "eth1"')),
    ("ip daddr . udp dport", ("10.1.0.30 . 1719", "10.1.0.10 . 67", "10.20.0.0/24 . 49300")),
    ("ip saddr . ip daddr", ("10.20.0.0/24 . 10.1.0.30", "10.1.0.30 . 10.20.0.9", "10.255.0.1 . 10.1.0.10")),
    ("meta l4proto . th dport", ("udp . 1719", "tcp . 80", "tcp . 1720", "udp . 60-70")),
    ("icmp type", ("echo-request", "echo-reply", "time-exceeded")),
    ("tcp flags", ("syn", "ack", "syn | ack", "fin | ack")),
    ("meta pkttype", ("host", "broadcast", "multicast")),
    ("ct direction", ("original", "reply")),
    ("fib daddr type", ("local", "unicast", "broadcast")),
)
_USUAL = (
    "ct state established,related accept",
    "ct state established accept",
    "ct state invalid drop",
    "ct state vmap { invalid : drop, established : accept, related : accept }",
    'iifname "eth0" ct state established accept',
)
