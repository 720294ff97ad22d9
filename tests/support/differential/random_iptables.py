"""Random texts for iptables-restore, made of everything that the reader claims to know."""

from random import Random

from support.differential.random_matches import NETS, PORTS

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
        if hook == "PREROUTING" and table != "nat" and one.random() < 0.12:
            found.append(one.choice(_REVERSE_PATHS))
        if table == "nat" and one.random() < 0.6:
            found.append(one.choice(_TRANSLATIONS[hook]))
        if table == "mangle" and one.random() < 0.3:
            found.append(one.choice(_MANGLED))
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
        if one.random() < 0.03:
            words.append(one.choice(("-f", "! -f")))
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
        if one.random() < 0.05:
            return [one.choice(_PROTOCOLS)]
        if not protocol:
            return []
        words = [f"-p {protocol}"]
        if protocol == "icmp":
            return [
                *words,
                *(
                    [f"-m icmp {one.choice(('', '', '! '))}--icmp-type {one.choice(_ICMP)}"]
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
                f"-m conntrack --ctstate {one.choice(('DNAT', 'SNAT', 'NEW,DNAT'))}",
                f"-m conntrack --ctdir REPLY --ctstate {some}",
            )
        )

    def _module(self) -> str:
        one = self._random
        return one.choice(_UNKNOWN if one.random() < 0.2 else _MODULES)

    def _target(self, table: str, hook: str, chains: list[str]) -> str:
        one = self._random
        if table == "nat":
            return f"-j {one.choice(('ACCEPT', 'RETURN'))}"
        if table == "raw" and one.random() < 0.4:
            return one.choice(("-j CT --notrack", "-j NOTRACK"))
        if one.random() < 0.06:
            return one.choice(
                ("-j LOG --log-prefix seen", "-j MARK --set-mark 7", "-m comment --comment none")
            )
        choices = ["ACCEPT"] * 5 + ["DROP"] * 3 + ["RETURN"]
        if table == "filter":
            choices.append("REJECT")
        if chains:
            target = one.choice(chains)
            return one.choice(
                [*(f"-j {word}" for word in choices), f"-j {target}", f"-j {target}", f"-g {target}"]
            )
        return f"-j {one.choice(choices)}"


_REVERSE_PATHS = (
    "-m rpfilter --invert -j DROP",
    "-m rpfilter --loose --validmark --invert -j DROP",
    "-m rpfilter -j ACCEPT",
    "-m rpfilter -j RETURN",
    "-s 10.20.0.0/24 -m rpfilter --accept-local --invert -j DROP",
)
_TRANSLATIONS = {
    "PREROUTING": (
        "-d 192.0.2.0/24 -j DNAT --to-destination 10.1.0.30",
        "-d 10.1.0.20/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.30:8080",
        "-i wan0 -p udp -m udp --dport 1719 -j DNAT --to-destination 10.1.0.30",
        "-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128",
        "-s 10.20.0.9/32 -j DNAT --to-destination 10.1.0.99",
        "-d 192.0.2.0/24 -j NETMAP --to 10.1.0.0/24",
        "-m conntrack --ctstate RELATED -p tcp -m tcp --dport 1720 -j DNAT --to-destination 10.20.0.77",
    ),
    "POSTROUTING": (
        "-o wan0 -j MASQUERADE",
        "-s 10.10.0.0/24 -o eth0 -j MASQUERADE",
        "-s 10.20.0.9/32 -j SNAT --to-source 172.31.0.1",
        "-d 10.1.0.20/32 -p tcp -j SNAT --to-source 172.31.0.1:2000-3000",
        "-p icmp -m icmp --icmp-type 8 -j MASQUERADE",
        "-s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE",
        "-s 10.255.0.0/24 -o eth0 -j NETMAP --to 192.0.2.0/24",
    ),
}
_MANGLED = (
    "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "-j TTL --ttl-set 9",
    "-d 10.1.0.20/32 -j TTL --ttl-set 1",
    "-j TTL --ttl-inc 1",
    "-j DSCP --set-dscp 10",
    "-j CONNMARK --save-mark",
    "-j CLASSIFY --set-class 0001:0001",
)
_PROTOCOLS = ("-p 17", "-p all", "-p sctp -m sctp --dport 80", "! -p tcp", "-p udplite", "-p 6", "! -p icmp")
_ICMP = ("8", "0", "echo-request", "8/0", "3", "any", "echo-reply", "destination-unreachable", "3/4")
_MODULES = (
    "-m addrtype --dst-type LOCAL",
    "-m addrtype ! --src-type MULTICAST",
    "-m addrtype --src-type UNICAST --dst-type UNICAST",
    "-m addrtype --dst-type BROADCAST",
    "-m addrtype ! --dst-type LOCAL",
    "-m iprange --src-range 10.20.0.7-10.20.0.200",
    "-m iprange ! --dst-range 10.1.0.20-10.1.0.30",
    "-m comment --comment note",
    "-m recent --name seen --set",
    "-m pkttype --pkt-type unicast",
    "-m pkttype ! --pkt-type unicast",
    "-m policy --dir in --pol none",
    "-m policy --dir in --pol ipsec",
)
_UNKNOWN = (
    "-m limit --limit 1000/sec",
    "-m mark --mark 0x7",
    "-m hashlimit --hashlimit-upto 1000/sec --hashlimit-mode srcip --hashlimit-name some",
    "-m recent --name seen --rcheck --seconds 60",
    "-m length --length 20:60",
    "-m ttl --ttl-gt 3",
    "-m connlimit --connlimit-above 20 --connlimit-mask 32",
    "-m mac --mac-source 02:00:00:00:00:99",
    "-m connmark --mark 1",
    "-m statistic --mode random --probability 0.5",
    "-m time --timestart 08:00 --timestop 17:00",
    "-m conntrack --ctstatus ASSURED",
    "-m conntrack --ctorigsrc 10.20.0.9",
    "-m helper --helper RAS",
    "-m dscp --dscp 10",
    "-m u32 --u32 0x6&0xFF=0x11",
)
_USUAL = (
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-m state --state ESTABLISHED -j ACCEPT",
    "-m conntrack --ctstate INVALID -j DROP",
    "-i eth0 -m conntrack --ctstate ESTABLISHED -j ACCEPT",
)
