"""An OpenWrt router whose zones and rules are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged


def _rule(name: str, ways: str, protocol: str, *options: str) -> str:
    source, destination = ways.split()
    lines = [f"config rule\n\toption name '{name}'\n\toption src '{source}'\n\toption dest '{destination}'\n"]
    lines += [f"\toption proto '{protocol}'\n", *(f"\t{word}\n" for word in options)]
    return "".join([*lines, "\toption target 'ACCEPT'\n\n"])


def _zone(name: str, *more: str) -> str:
    lines = (f"\t{word}\n" for word in more)
    return (
        f"config zone\n\toption name '{name}'\n\tlist network '{name}'\n\toption input 'REJECT'\n"
        f"\toption output 'ACCEPT'\n\toption forward 'REJECT'\n\toption auto_helper '0'\n{''.join(lines)}\n"
    )


PBX, DHCP, PHONES = "option dest_ip '10.1.0.30'", "option dest_ip '10.1.0.10'", "list src_ip '10.20.0.0/24'"
TO_PHONES, FROM_PBX = "option dest_ip '10.20.0.0/24'", "option src_ip '10.1.0.30'"
RELAY = _rule(
    "relay",
    "voice servers",
    "udp",
    "option src_ip '10.255.0.1'",
    "option src_port '67'",
    DHCP,
    "option dest_port '67'",
)
RENEW = _rule(
    "renew",
    "voice servers",
    "udp",
    PHONES,
    "list src_ip '10.10.0.0/24'",
    "option src_port '68'",
    DHCP,
    "option dest_port '67'",
)
FILES = _rule(
    "files",
    "voice servers",
    "tcp",
    PHONES,
    "option src_port '1024-65535'",
    "option dest_ip '10.1.0.20'",
    "option dest_port '80'",
)
TO_RAS = _rule(
    "ras", "voice servers", "udp", PHONES, "option src_port '49300'", PBX, "option dest_port '1719'"
)
PING = _rule("ping", "voice servers", "icmp", PHONES, PBX, "list icmp_type 'echo-request'")
ANSWERS = _rule(
    "offers",
    "servers voice",
    "udp",
    "option src_ip '10.1.0.10'",
    "option src_port '67'",
    "list dest_ip '10.10.0.1'",
    "list dest_ip '10.20.0.1'",
    "option dest_port '67'",
)
NOTIFY = _rule(
    "notify",
    "servers voice",
    "udp",
    FROM_PBX,
    "option src_port '1719'",
    TO_PHONES,
    "option dest_port '49300'",
)
CALLS = _rule(
    "calls",
    "servers voice",
    "tcp",
    FROM_PBX,
    "option src_port '61440-61444'",
    TO_PHONES,
    "option dest_port '1720'",
)
DEFAULTS = (
    "config defaults\n\toption input 'REJECT'\n\toption forward 'REJECT'\n\toption drop_invalid '1'\n\n"
)
VOICE, SERVERS, WAN = _zone("voice"), _zone("servers"), _zone("wan", "option masq '1'")
SERVER_PORT = "config interface 'servers'\n\toption device 'br-servers'\n\toption proto 'static'\n"
ROUTE = (
    "config route\n\toption interface 'voice'\n\toption target '10.20.0.0/24'\n"
    "\toption gateway '10.255.0.1'\n\n"
)
NETWORK = (
    "package network\n\n"
    "config interface 'loopback'\n\toption device 'lo'\n\toption ipaddr '127.0.0.1'\n"
    "\toption netmask '255.0.0.0'\n\n"
    "config interface 'wan'\n\toption device 'eth0'\n\toption proto 'dhcp'\n\n"
    "config interface 'voice'\n\toption device 'eth1.4'\n\toption ipaddr '10.255.0.2/29'\n\n"
    f"{SERVER_PORT}\toption ipaddr '10.1.0.1'\n\toption netmask '255.255.255.0'\n\n"
    "config route\n\toption target '10.10.0.0/24'\n\toption gateway '10.255.0.1'\n\n"
    f"{ROUTE}"
)
FORWARDING = "config forwarding\n\toption src 'servers'\n\toption dest 'wan'\n\n"
GOOD = (
    f"package firewall\n\n{DEFAULTS}{VOICE}{SERVERS}{WAN}{FORWARDING}"
    f"{RELAY}{RENEW}{FILES}{TO_RAS}{PING}{ANSWERS}{NOTIFY}{CALLS}{NETWORK}"
)
OF_PHONES = "address release provision discover register echo renew keep-alive"
OF_SERVERS = "address vlan-move signal notify"


def with_option(section: str, option: str) -> tuple[tuple[str, str], ...]:
    return ((section, section.replace("\n\n", f"\n\t{option}\n\n")),)


MISTAKES = (
    Mutation("a rule is removed", ((TO_RAS, ""),), RAS),
    Mutation("a rule is disabled", with_option(TO_RAS, "option enabled '0'"), RAS),
    Mutation("a rule is wider", ((NOTIFY, NOTIFY.replace("\toption dest_port '49300'\n", "")),), opens=True),
    Mutation(
        "ports of a protocol that has none are not asked for",
        ((TO_RAS, TO_RAS.replace("'udp'", "'udp icmp'")),),
        opens=True,
    ),
    Mutation(
        "the protocol is left out", ((TO_RAS, TO_RAS.replace("\toption proto 'udp'\n", "")),), opens=True
    ),
    Mutation("of one half", ((TO_RAS, TO_RAS.replace("10.20.0.0/24", "10.20.0.0/25")),), RAS),
    Mutation(
        "all but one half",
        ((TO_RAS, TO_RAS.replace(PHONES, f"{PHONES}\n\tlist src_ip '!10.20.0.0/25'")),),
        RAS,
    ),
    Mutation(
        "a rule that drops before",
        ((RELAY, _rule("no", "voice servers", "udp", PBX).replace("ACCEPT", "DROP") + RELAY),),
        RAS,
    ),
    Mutation(
        "a rule of all zones that drops",
        (
            (
                RELAY,
                _rule("no", "* servers", "tcp", "option dest_port '80'").replace("ACCEPT", "REJECT") + RELAY,
            ),
        ),
        "provision",
    ),
    Mutation(
        "a rule that drops behind",
        ((CALLS, CALLS + _rule("no", "voice servers", "all").replace("ACCEPT", "DROP")),),
    ),
    Mutation("a forwarding", ((FORWARDING, FORWARDING + FORWARDING.replace("wan", "voice")),), opens=True),
    Mutation("a forwarding that is disabled", with_option(FORWARDING, "option enabled '0'")),
    Mutation(
        "what is forwarded is accepted",
        ((DEFAULTS, DEFAULTS.replace("forward 'REJECT'", "forward 'ACCEPT'")),),
        opens=True,
    ),
    Mutation(
        "a zone that accepts what stays in it",
        ((VOICE, VOICE.replace("forward 'REJECT'", "forward 'ACCEPT'")),),
    ),
    Mutation("a zone that is not there", ((SERVERS, ""),), EVERYTHING),
    Mutation(
        "a zone without its network",
        ((SERVERS, SERVERS.replace("\tlist network 'servers'\n", "")),),
        EVERYTHING,
    ),
    Mutation(
        "the zones are exchanged",
        ((CALLS, CALLS.replace("src 'servers'", "src 'voice'").replace("dest 'voice'", "dest 'servers'")),),
        "signal",
    ),
    Mutation(
        "an interface is disabled", ((SERVER_PORT, f"{SERVER_PORT}\toption disabled '1'\n"),), EVERYTHING
    ),
    Mutation(
        "the route is discarded",
        ((ROUTE, ROUTE.replace("option interface 'voice'", "option type 'blackhole'")),),
        EVERYTHING.replace("address release ", ""),
    ),
    # Then the phones are behind the internet, where the servers may go.
    Mutation("no route", ((ROUTE, ""),), EVERYTHING.replace("address release ", ""), opens=True),
    Mutation("a rule at a rate", with_option(PING, "option limit '5/second'"), "echo", blocks=False),
    Mutation("a rule of a set", with_option(PING, "option ipset 'phones'"), "echo", blocks=False),
    Mutation(
        "another type of ICMP", ((PING, PING.replace("echo-request", "echo-reply")),), "echo", opens=True
    ),
    Mutation(
        "a type that is not known", ((PING, PING.replace("echo-request", "wonder")),), "echo", blocks=False
    ),
    Mutation("a target that is not known", ((PING, PING.replace("ACCEPT", "WONDER")),), "echo", blocks=False),
    Mutation(
        "a file that adds rules",
        ((DEFAULTS, f"{DEFAULTS}config include\n\toption path '/etc/firewall.user'\n\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a section that is not known",
        ((DEFAULTS, f"{DEFAULTS}config wonder\n\toption x '1'\n\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a forwarded port",
        (
            (
                FORWARDING,
                f"{FORWARDING}config redirect\n\toption src 'voice'\n\toption proto 'tcp'\n"
                "\toption src_dip '10.1.0.20'\n"
                "\toption src_dport '80'\n\toption dest 'servers'\n\toption dest_ip '10.1.0.21'\n\n",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "the zone of the servers masquerades",
        with_option(SERVERS, "option masq '1'"),
        "release provision discover register echo renew keep-alive address",
        blocks=False,
    ),
    Mutation(
        "a helper that reads on",
        ((CALLS, ""), *with_option(VOICE, "option helper 'h323'")),
        "signal",
    ),
    Mutation(
        "helpers as they come",
        ((CALLS, ""), (VOICE, VOICE.replace("auto_helper '0'", "auto_helper '1'"))),
        "signal",
        blocks=False,
    ),
    Mutation(
        "packets of addresses are routed elsewhere",
        ((ROUTE, f"{ROUTE}config rule\n\toption src '10.20.0.0/24'\n\toption lookup '100'\n\n"),),
        EVERYTHING.replace("address release ", ""),
        blocks=False,
    ),
)


def test_the_rules_are_right() -> None:
    assert_good("openwrt", GOOD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    assert_judged("openwrt", GOOD, mistake)
