"""Random texts for iptables-restore, made of everything that the reader claims to know."""

from random import Random

from support.differential.random_nft import NETS, PORTS

_STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED")
_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")
_TABLES = {
    "raw": ("PREROUTING",),
    "mangle": ("PREROUTING", "FORWARD", "POSTROUTING"),
    "nat": ("PREROUTING", "POSTROUTING"),
    "filter": ("FORWARD",),
    "security": ("FORWARD",),
}


class RandomIptables:
    """One text after another; `text` gives the next."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def text(self) -> str:
        one = self._random
        tables = ["filter", *(name for name in ("raw", "mangle", "nat", "security") if one.random() < 0.18)]
        return "".join(self._table(name) for name in tables)

    def _table(self, table: str) -> str:
        one = self._random
        lines = [f"*{table}"]
        for hook in _TABLES[table]:
            odds = ("ACCEPT", "DROP", "DROP") if table == "filter" else ("ACCEPT",) * 6 + ("DROP",)
            lines.append(f":{hook} {one.choice(odds)} [0:0]")
        chains = [f"u{n}" for n in range(one.choice((0, 0, 1, 2)))] if table != "nat" else []
        lines += [f":{name} - [0:0]" for name in chains]
        for number, name in enumerate(chains):
            lines += [
                f"-A {name} {self._rule(table, 'FORWARD', chains[:number])}" for _ in range(one.randint(1, 4))
            ]
        for hook in _TABLES[table]:
            lines += [f"-A {hook} {rule}" for rule in self._rules(table, hook, chains)]
        return "\n".join([*lines, "COMMIT", ""])

    def _rules(self, table: str, hook: str, chains: list[str]) -> list[str]:
        one = self._random
        found = []
        if table == "raw" and one.random() < 0.5:
            found.append("-p udp -m udp --dport 1719 -j CT --helper RAS")
        if table == "filter" and one.random() < 0.55:
            found.append(one.choice(_USUAL))
        found += [
            self._rule(table, hook, chains) for _ in range(one.randint(0, 6 if table == "filter" else 2))
        ]
        if table == "filter" and one.random() < 0.6:
            found.append(one.choice(("-j ACCEPT", "-m state --state NEW -j ACCEPT", "-i eth1 -j ACCEPT")))
        return found

    def _rule(self, table: str, hook: str, chains: list[str]) -> str:
        one = self._random
        words: list[str] = []
        if one.random() < 0.6:
            words.append(f"{one.choice(('', '', '! '))}{one.choice(('-s', '-d'))} {self._net()}")
        if hook != "POSTROUTING" and one.random() < 0.25:
            words.append(f"{one.choice(('', '! '))}-i {one.choice(('eth0', 'eth1', 'eth+', 'lo', 'wan0'))}")
        if hook == "FORWARD" and table != "raw" and not chains and one.random() < 0.2:
            words.append(f"{one.choice(('', '! '))}-o {one.choice(('eth0', 'eth1'))}")
        words += self._protocol()
        if one.random() < 0.35:
            words.append(self._state())
        if one.random() < 0.1:
            words.append(self._module())
        return " ".join([*words, self._target(table, hook, chains)])

    def _net(self) -> str:
        return self._random.choice([net for net in NETS if "-" not in net])

    def _protocol(self) -> list[str]:
        one = self._random
        protocol = one.choice(("", "", "tcp", "tcp", "udp", "udp", "icmp"))
        if not protocol:
            return []
        words = [f"-p {protocol}"]
        if protocol == "icmp":
            return [
                *words,
                *(
                    ["-m icmp --icmp-type " + one.choice(("8", "0", "echo-request"))]
                    if one.random() < 0.5
                    else []
                ),
            ]
        form = one.random()
        port = one.choice(PORTS).replace("-", ":")
        if form < 0.45:
            words.append(
                f"-m {protocol} {one.choice(('', '', '! '))}{one.choice(('--sport', '--dport'))} {port}"
            )
        elif form < 0.6:
            some = ",".join(one.sample(("67", "68", "80", "1719:1720", "49300", "61440:61444"), 2))
            ends = one.choice(("--sports", "--dports", "--ports"))
            words.append(f"-m multiport {one.choice(('', '! '))}{ends} {some}")
        elif form < 0.75 and protocol == "tcp":
            mask = one.sample(_FLAGS, one.randint(1, 4))
            wanted = one.sample(mask, one.randint(1, len(mask)))
            words.append(f"-m tcp {one.choice(('', '! '))}--tcp-flags {','.join(mask)} {','.join(wanted)}")
        elif form < 0.85 and protocol == "tcp":
            words.append(f"-m tcp {one.choice(('', '! '))}--syn")
        return words

    def _state(self) -> str:
        one = self._random
        some = ",".join(one.sample(_STATES, one.randint(1, 3)))
        return one.choice(
            (
                f"-m conntrack {one.choice(('', '! '))}--ctstate {some}",
                f"-m state --state {some}",
                f"-m conntrack --ctdir {one.choice(('ORIGINAL', 'REPLY'))}",
            )
        )

    def _module(self) -> str:
        return self._random.choice(
            (
                "-m addrtype --dst-type LOCAL",
                "-m addrtype ! --src-type MULTICAST",
                "-m iprange --src-range 10.20.0.7-10.20.0.200",
                "-m comment --comment note",
                "-m recent --name seen --set",
                "-m pkttype --pkt-type unicast",
                "-m limit --limit 1000/sec",
            )
        )

    def _target(self, table: str, hook: str, chains: list[str]) -> str:
        one = self._random
        if table == "nat":
            return "-j ACCEPT"
        if table == "raw" and one.random() < 0.4:
            return "-j CT --notrack"
        choices = ["ACCEPT"] * 5 + ["DROP"] * 3 + ["RETURN"]
        if table == "filter":
            choices.append("REJECT")
        if chains:
            target = one.choice(chains)
            return one.choice(
                [*(f"-j {word}" for word in choices), f"-j {target}", f"-j {target}", f"-g {target}"]
            )
        return f"-j {one.choice(choices)}"


_USUAL = (
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-m state --state ESTABLISHED -j ACCEPT",
    "-m conntrack --ctstate INVALID -j DROP",
    "-i eth0 -m conntrack --ctstate ESTABLISHED -j ACCEPT",
)
