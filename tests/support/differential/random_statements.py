"""What a random nftables rule does with a packet beside deciding about it."""

from random import Random

_HARMLESS = (
    *("counter", "counter", 'log prefix "seen "', "meta mark set 7", "ct mark set 1", "ip dscp set cs1"),
    *("meta priority set 1:1", "meta nftrace set 1", "ip ttl set 9", "ct event set new"),
)
_CHANGING = (
    *("ip ttl set 1", "ip daddr set 10.1.0.30", "ct zone set 1", "meta pkttype set broadcast"),
    *("meta pkttype set host", "udp dport set 1719", "ct label set 3"),
)
_HELPED = (
    'udp dport 1719 ct helper set "ras"',
    'ip saddr 10.20.0.0/24 udp dport 1719 ct helper set "ras"',
    'ct state new udp dport 1719 ct helper set "ras"',
    'iifname "eth1" meta l4proto udp ct helper set "ras"',
)
_NOT_TRACKED = (
    *("meta l4proto udp", "meta l4proto icmp", "meta l4proto tcp", "", "tcp dport 80", "ip saddr 10.1.0.30"),
    "udp dport { 67, 68 }",
)


def beside(random: Random) -> str:
    """A statement after which the packet goes on, or may."""
    return random.choice(_HARMLESS if random.random() < 0.92 else _CHANGING)


def helped(random: Random) -> str:
    """A rule that gives RAS its helper."""
    return random.choice(_HELPED)


def not_tracked(random: Random) -> str:
    """A rule after which a packet belongs to no connection."""
    return f"{random.choice(_NOT_TRACKED)} notrack"


def translated(random: Random, family: str, hook: str) -> str:
    """A rule of a nat chain: whose addresses or ports become others."""
    ip = "ip " if family == "inet" else ""
    if hook == "prerouting":
        what = random.choice(
            (
                *(
                    "ip daddr 192.0.2.0/24",
                    "ip daddr 10.1.0.20 tcp dport 80",
                    "udp dport 69",
                    "tcp dport 443",
                ),
                *("ip saddr 10.20.0.9", "ip daddr 10.255.0.1", 'iifname "wan0"', "ip daddr 10.1.0.30"),
                *("ct state related tcp dport 1720", "ct state new udp dport 1719", "icmp type echo-request"),
            )
        )
        to = random.choice(
            (f"dnat {ip}to 10.1.0.30", f"dnat {ip}to 10.1.0.20", f"dnat {ip}to 10.20.0.77", "redirect")
        )
        return f"{what} {to}"
    what = random.choice(
        (
            *('oifname "wan0"', "ip saddr 192.168.0.0/16", "ip saddr 10.20.0.9", "ip daddr 10.1.0.20"),
            *('oifname "eth0" ip saddr 10.10.0.0/24', "ip saddr 10.1.0.30 tcp dport 1720", "udp sport 68"),
            *("icmp type echo-request", 'iifname "eth1" ip daddr 10.1.0.10', "meta l4proto icmp"),
        )
    )
    to = random.choice((f"snat {ip}to 172.31.0.1", f"snat {ip}to 172.31.1.9", "masquerade", "masquerade"))
    return f"{what} {to}"


def below(random: Random) -> str:
    """A table that sees frames before they are routed, or none of the routed ones."""
    rules = random.choice(
        (
            ("accept",),
            ("counter",),
            ("ip saddr 10.20.0.0/24 drop",),
            ("ip daddr 10.1.0.20 tcp dport 80 drop",),
            ("ether type arp drop",),
            ("meta protocol ip accept", "drop"),
            ("ip saddr 192.0.2.0/24 drop", "ip6 saddr fd00::/8 drop"),
            ("udp dport 1719 accept", "ip protocol icmp drop"),
        )
    )
    policy = random.choice(("accept", "accept", "accept", "drop"))
    device = random.choice(("eth0", "eth1", "lo"))
    family, hook = random.choice(
        (
            ("netdev", f"type filter hook ingress device {device} priority 0;"),
            ("netdev", f"type filter hook egress device {device} priority 0;"),
            ("inet", f"type filter hook ingress device {device} priority -5;"),
            ("bridge", "type filter hook prerouting priority 0;"),
            ("bridge", "type filter hook forward priority 0;"),
            ("arp", "type filter hook input priority 0;"),
        )
    )
    if family == "arp":
        rules = random.choice((("arp operation request drop",), ("accept",), ("counter",)))
    body = "\n".join((f"{hook} policy {policy};", *rules))
    return f"\ntable {family} below {{\nchain c {{\n{body}\n}}\n}}\n"
