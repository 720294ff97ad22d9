"""What a random nftables rule asks of a packet, in matches that one rule may have together."""

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
STATES = ("new", "established", "related", "invalid", "untracked")
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg")
_INTERFACES = ('"eth0"', '"eth1"', '"eth*"', '"lo"', '"wan0"')


class RandomMatches:
    """Matches for a rule of `family` in a chain that `hook` leads to, which names `protocols` already."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.family = "inet"
        self.hook = "forward"
        self.protocols: set[str] = set()
        self._ordered = False  # nft lists two comparisons by order as one range, of whichever fields they are

    def begin(self) -> None:
        """Another rule."""
        self.protocols, self._ordered = set(), False

    def fitting(self) -> str:
        """A match that fits those before it, of the protocols that the rule has named."""
        while True:
            match = self._match()
            named = (
                set() if "protocol !=" in match or "l4proto !=" in match else set(_PROTOCOL.findall(match))
            )
            if "th " in match or len(named) > 1:
                named = {"icmp"} if "l4proto icmp th" in match else {"th"}
            together = named | self.protocols
            if len(together) <= 1:
                self.protocols = together
                return match

    def _match(self) -> str:
        one = self._random
        options = [self._state, self._state, self._interface, self._flags, self._other]
        if self.family != "ip6":
            options += [self._address] * 4 + [self._port] * 4 + [self._icmp, self._protocol, self._together]
        else:
            options += [self._port, self._protocol]
        if one.random() < 0.02 and self.family != "ip6":
            return self._unknown()
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
            of = one.choice(("{ tcp, udp }",) * 6 + ("udp", "icmp", "!= icmp", "{ tcp, udp, icmp }", ""))
            field = f"meta l4proto {of} {field}" if of else field
        form = one.random()
        if form < 0.6:
            return f"{field} {one.choice(('', '', '!= '))}{one.choice(PORTS)}"
        if form < 0.7 and not self._ordered:
            self._ordered = True
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
            "meta l4proto { icmp, udp }",
            "meta l4proto != { tcp, icmp }",
        ]
        if self.family != "ip6":
            options += ["ip protocol udp", "ip protocol != tcp", "ip protocol { udp, icmp }", "ip version 4"]
        if self.family == "inet":
            options += ["meta nfproto ipv4", "meta nfproto ipv6", "meta nfproto != ipv6"]
            options += ["meta protocol ip", "meta protocol != ip6"]
        return one.choice(options)

    def _state(self) -> str:
        one = self._random
        some = one.sample(STATES, one.randint(1, 3))
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
                f"tcp flags {wanted} / {','.join(dict.fromkeys([*mask, wanted]))}",
            )
        )

    def _interface(self) -> str:
        one = self._random
        names = _INTERFACES if one.random() < 0.3 else _INTERFACES[:3]
        sides = {"prerouting": ("iifname",), "postrouting": ("oifname", "oifname", "iifname")}
        side = one.choice(sides.get(self.hook, ("iifname", "oifname")))
        if one.random() < 0.1:
            return f"{side.removesuffix('name')} {one.choice(('', '!= '))}{one.choice(names[:2])}"
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
                "ip saddr . ip daddr . udp dport { 10.20.0.0/24 . 10.1.0.30 . 1719 }",
                "iifname . ip daddr { eth1 . 10.1.0.30, eth0 . 10.20.0.0/24 }",
                "ip protocol . ip daddr { udp . 10.1.0.30, tcp . 10.20.0.0/24 }",
                "ct state . ip saddr { new . 10.20.0.9, established . 10.1.0.30 }",
                "ip saddr . icmp type { 10.20.0.0/24 . echo-request }",
            )
        )

    def _other(self) -> str:
        return self._random.choice(
            (
                "meta pkttype host",
                "meta pkttype { broadcast, multicast }",
                "fib daddr type local",
                "fib saddr type { unicast, local }",
                "fib saddr . iif oif missing" if self.hook != "postrouting" else "meta pkttype host",
                "fib saddr . iif oif exists" if self.hook != "postrouting" else "meta pkttype != host",
                "fib saddr . mark . iif oif missing" if self.hook != "postrouting" else "meta pkttype host",
                "ct status dnat",
                "ct status snat",
            )
        )

    def _unknown(self) -> str:
        """What no reader can answer from the rules alone."""
        return self._random.choice(
            (
                *("limit rate 1000/second", "limit rate over 1/day", "quota 10 mbytes", "meta mark 0x7"),
                *("ct mark 7", "ct count over 20", "numgen random mod 2 0", "meta length 20-60", "ip ttl 64"),
                *("meta hour 08:00-17:00", "ip saddr & 255.255.0.0 == 10.20.0.0", "@nh,96,32 0x0a140009"),
                *("ct original ip saddr 10.20.0.9", "ct expiration 10s", "add @seen { ip saddr }"),
                *(
                    "ip saddr @seen",
                    "ip dscp cs1",
                    "ip frag-off & 0x1fff != 0",
                    "tcp option maxseg size 1400",
                ),
                *("ct status expected", "ct status assured", 'ct helper "RAS"', "socket transparent 1"),
            )
        )


_PROTOCOL = re.compile(r"\b(tcp|udp|icmp)\b")
