"""What is different in each boot of the real site, and what `explain` has to say of its two captures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from support.peers import pycrate_messages as h323
from support.peers.real_site import FILES, OPTION, RULES, RealSite

REJECT = "reject with icmpx type admin-prohibited"


def boots(site: RealSite, client: str = "udhcpc") -> None:
    """As far as it comes, in the order of a handset."""
    if site.leases(client) and site.fetches() and site.registers():
        site.is_called_back()
        site.pings()


def by(client: str) -> Callable[[RealSite], None]:
    return lambda site: boots(site, client)


def leased(client: str = "udhcpc") -> Callable[[RealSite], None]:
    """It knows no gatekeeper then."""

    def play(site: RealSite) -> None:
        if site.leases(client):
            site.fetches()

    return play


def host_gone(site: RealSite) -> None:
    """The file server's address is nobody's: the firewall says so when ARP is not answered."""
    site.run("server", "ip", "addr", "del", f"{FILES}/24", "dev", "eth0")
    leased()(site)


def proxied(site: RealSite) -> None:
    site.run("firewall", "ip", "addr", "add", "10.1.0.99/32", "dev", "outside")
    boots(site)


def without_answers(site: RealSite) -> None:
    """The gatekeeper's port is closed: its machine says so by ICMP."""
    if site.leases() and site.fetches():
        site.registers(answers=False)


def rejected(answer: Callable[[int], bytes]) -> Callable[[RealSite], None]:
    def play(site: RealSite) -> None:
        if site.leases() and site.fetches():
            site.registers(answer(site.next_rrq))

    return play


def discovery_rejected(site: RealSite) -> None:
    site.leases()
    site.fetches()
    with site.ras_channel() as ask:
        ask(h323.grq(9, site.address), h323.grj(9, "terminalExcluded"))


def rrq_unanswered(site: RealSite) -> None:
    site.leases()
    site.fetches()
    with site.ras_channel() as ask:
        ask(h323.grq(9, site.address), h323.gcf(9))
    with site.ras_channel(answers=False) as ask:
        ask(h323.rrq(10, site.address), b"")


def deaf(site: RealSite) -> None:
    """Nobody listens on 1720."""
    site.leases()
    site.registers()
    site.is_called_back(listens=False)


def dumb(site: RealSite) -> None:
    """The Setup is never answered."""
    site.leases()
    site.registers()
    site.is_called_back(answers=False, patience=0.5)


def twice(site: RealSite) -> None:
    boots(site)
    boots(site, "dhclient")


@dataclass(frozen=True)
class RealCase:
    """`server`: a method of the site and its arguments; (): none runs. `rule`: the one that is missing.

    `codes` are all findings that there may be; `verdict` is of the only handset, "" where none is known.
    """

    verdict: str
    codes: frozenset[str] = frozenset()
    play: Callable[[RealSite], None] = boots
    without: tuple[str, ...] = ()
    rule: str = ""
    server: tuple[str, ...] = ("kea",)
    relay: str = "dhcrelay"
    files: bool = True
    empty: bool = False
    end: str = "drop"
    more: str = ""
    recorder: tuple[str, ...] = ()
    edits: Sequence[tuple[str, ...]] = field(default=())  # of both files, or by the side's name in front


def of(*codes: str) -> frozenset[str]:
    return frozenset(codes)


GOOD = {
    f"{client}, {relay}, {server}": RealCase("registered", play=by(client), relay=relay, server=(server,))
    for client in ("udhcpc", "dhclient")
    for relay in ("dhcrelay", "dhcrelay-a", "dnsmasq")
    for server in ("kea", "dnsmasq")
}
MISSING = {
    "relay": (
        "silent",
        of("DHCP_REQUEST_DROPPED", "CLOCKS_ASSUMED"),
        of("PROHIBITED_BY_ICMP", "CLOCKS_ASSUMED"),
    ),
    "answer": ("one-way", of("DHCP_ANSWER_DROPPED"), of("DHCP_ANSWER_DROPPED")),
    "files": ("silent", of("FILES_UNREACHABLE"), of("PROHIBITED_BY_ICMP")),
    "ras": ("silent", of("RAS_DROPPED"), of("PROHIBITED_BY_ICMP")),
    "signal": ("silent", of("SIGNALLING_DROPPED"), of("PROHIBITED_BY_ICMP")),
    "echo": ("registered", of("ECHO_UNANSWERED"), of("PROHIBITED_BY_ICMP")),
}
RULE_CASES = {
    f"rule {name}, {end}": RealCase(
        verdict if end == "drop" or name in {"answer", "echo"} else "prohibited",
        dropped if end == "drop" else told,
        without=(name,),
        rule=name,
        end=end,
    )
    for name, (verdict, dropped, told) in MISSING.items()
    for end in ("drop", REJECT)
}
NAT = "table ip nat {{\nchain post {{\ntype nat hook postrouting priority 100;\n{}\n}}\n{}}}\n"
OTHERS = {
    "answers by state alone, dnsmasq asks from giaddr": RealCase(
        "registered", without=("answer",), relay="dnsmasq"
    ),
    # DHCP servers.
    "no option 242": RealCase("undecided", of("PHONE_OPTION_MISSING"), leased(), server=("kea", "")),
    "MCIPADDR": RealCase(
        "undecided",
        of("PHONE_OPTION_NO_GATEKEEPER", "PHONE_OPTION_UNREADABLE"),
        leased(),
        server=("dnsmasq", OPTION.replace("MCIPADD", "MCIPADDR")),
    ),
    "10.1.0.300": RealCase(
        "undecided",
        of("PHONE_OPTION_NO_GATEKEEPER", "PHONE_OPTION_UNREADABLE"),
        leased("dhclient"),
        server=("kea", OPTION.replace("10.1.0.30,", "10.1.0.300,")),
    ),
    "no scope": RealCase("silent", of("DHCP_SILENT"), server=("kea", OPTION, "10.99.0")),
    "no DHCP server": RealCase("refused", of("DHCP_PORT_CLOSED"), server=()),
    "no DHCP server, dhclient": RealCase(
        "refused", of("DHCP_PORT_CLOSED"), by("dhclient"), server=(), relay="dhcrelay-a"
    ),
    "udhcpd": RealCase(
        "undecided", of("DHCP_OFFER_OTHER_NETWORK", "PHONE_OPTION_MISSING"), leased(), server=("udhcpd",)
    ),
    "udhcpd, dhclient": RealCase(
        "undecided",
        of("DHCP_OFFER_OTHER_NETWORK", "PHONE_OPTION_MISSING"),
        leased("dhclient"),
        server=("udhcpd",),
    ),
    "no relay agent": RealCase("", of("CAPTURE_WITHOUT_HANDSETS", "CLOCKS_ASSUMED"), relay=""),
    # Files.
    "no file server": RealCase("refused", of("FILES_REFUSED"), files=False),
    "an empty file server": RealCase("rejected", of("FILES_NOT_FOUND"), leased(), empty=True),
    "no machine for the files": RealCase("silent", of("UNREACHABLE_BY_ICMP"), host_gone),
    # RAS.
    "nobody at 1719": RealCase("refused", of("RAS_PORT_CLOSED"), without_answers),
    "GRJ": RealCase("rejected", of("GRQ_REJECTED"), discovery_rejected),
    "wrong password": RealCase(
        "rejected", of("RRQ_REJECTED"), rejected(lambda number: h323.rrj(number, "securityDenial"))
    ),
    "gatekeeper full": RealCase(
        "rejected", of("RRQ_REJECTED"), rejected(lambda number: h323.rrj(number, "resourceUnavailable"))
    ),
    "unknown extension": RealCase(
        "rejected", of("RRQ_REJECTED"), rejected(lambda number: h323.rrj(number, "invalidAlias"))
    ),
    "gatekeeper stops before the RRQ": RealCase("refused", of("RAS_PORT_CLOSED"), rrq_unanswered),
    # Call signalling.
    "1720 closed": RealCase("refused", of("SIGNALLING_REFUSED"), deaf),
    "Setup unanswered": RealCase("silent", of("SIGNALLING_MUTE"), dumb),
    # Translation.
    "masquerade": RealCase(
        "registered",
        of("RAS_NAT_WITHOUT_ALG"),
        more=NAT.format('oifname "outside" ip saddr 10.20.0.0/24 masquerade', ""),
    ),
    "one to one": RealCase(
        "registered",
        of("RAS_NAT_WITHOUT_ALG"),
        proxied,
        more=NAT.format(
            'oifname "outside" ip saddr 10.20.0.0/24 snat to 10.1.0.99',
            "chain pre {\ntype nat hook prerouting priority -100;\nip daddr 10.1.0.99 dnat to 10.20.0.50"
            "\n}\n",
        ),
    ),
    "one to one, nobody answers ARP for it": RealCase(
        "silent",
        of("FILES_UNREACHABLE"),
        more=NAT.format('oifname "outside" ip saddr 10.20.0.0/24 snat to 10.1.0.98', ""),
    ),
    # Recorders.
    "two boots": RealCase("registered", of("HANDSET_RESTARTED"), twice),
    "pcap": RealCase("registered", recorder=("-P",)),
    "snaplen 400": RealCase("registered", recorder=("-s", "400")),
    "snaplen 96": RealCase("registered", of("CAPTURE_CLIPPED"), recorder=("-s", "96")),
    "no ARP": RealCase("registered", recorder=("-f", "ip")),
    "editcap -t 1800 outside": RealCase("registered", edits=[("outside", "-t", "1800")]),
    "editcap -t -3 inside": RealCase("registered", edits=[("inside", "-t", "-3")]),
    "editcap -F pcap": RealCase("registered", edits=[("-F", "pcap")]),
    "editcap -F nsecpcap": RealCase("registered", edits=[("-F", "nsecpcap")]),
    "editcap -s 200": RealCase("registered", of("CAPTURE_CLIPPED"), edits=[("-s", "200")]),
    "editcap -s 200 -L": RealCase("registered", of("CAPTURE_CLIPPED"), edits=[("-s", "200", "-L")]),
    "editcap --novlan": RealCase("registered", edits=[("outside", "-T", "ether")]),
}
CASES = {**GOOD, **RULE_CASES, **OTHERS}
assert set(MISSING) <= set(RULES)
