"""A config.xml of pfSense whose rules are right, and what becomes of each mistake in it."""

import pytest

from support.firewalls.mutated import (
    EVERYTHING,
    FROM_HANDSETS,
    RAS,
    Mutation,
    assert_good,
    assert_judged,
    edited,
    report_of,
)


def _end(tag: str, words: str, port: str = "") -> str:
    """`network:lan`, or an address or alias; "not" before it."""
    negated, _, rest = words.rpartition("!")
    kind, colon, name = rest.partition(":")
    inner = f"<{kind}>{name}</{kind}>" if colon else f"<address>{rest}</address>"
    inner += "<not></not>" * (words.startswith("!"))
    return f"<{tag}>{inner}{f'<port>{port}</port>' if port else ''}</{tag}>{negated}"


def _rule(interface: str, protocol: str, ends: tuple[str, str, str, str], more: str = "") -> str:
    source, sport, destination, dport = ends
    return (
        f"\t<rule><type>pass</type><interface>{interface}</interface><ipprotocol>inet</ipprotocol>"
        f"<statetype><![CDATA[keep state]]></statetype><protocol>{protocol}</protocol>"
        f"{_end('source', source, sport)}{_end('destination', destination, dport)}{more}</rule>\n"
    )


def _port(tag: str, address: str, more: str = "") -> str:
    host, _, bits = address.partition("/")
    return (
        f"\t<{tag}><enable></enable><if>em-{tag}</if><descr>{tag.upper()}</descr>"
        f"<ipaddr>{host}</ipaddr><subnet>{bits}</subnet>{more}</{tag}>\n"
    )


def _alias(name: str, kind: str, words: str) -> str:
    return f"\t<alias><name>{name}</name><type>{kind}</type><address>{words}</address></alias>\n"


RELAY = _rule("lan", "udp", ("10.255.0.1", "67", "10.1.0.10", "67"))
RENEW = _rule("lan", "udp", ("nets", "68", "10.1.0.10", "67"))
FILES = _rule("lan", "tcp", ("phones", "1024-65535", "10.1.0.20", "80"))
TO_RAS = _rule("lan", "udp", ("phones", "49300", "pbx", "ras"), "<descr><![CDATA[RAS]]></descr>")
PING = _rule("lan", "icmp", ("phones", "", "pbx", ""), "<icmptype>echoreq</icmptype>")
ANSWERS = _rule("opt1", "udp", ("10.1.0.10", "67", "routers", "67"))
NOTIFY = _rule("opt1", "udp", ("pbx", "1719", "phones", "49300"))
CALLS = _rule("opt1", "tcp", ("pbx", "61440:61444", "phones", "1720"))
LAN, OPT1 = _port("lan", "10.255.0.2/29"), _port("opt1", "10.1.0.1/24")
WAN = _port("wan", "203.0.113.2/30", "<gateway>WANGW</gateway><blockpriv></blockpriv>")
PBX = _alias("pbx", "host", "10.1.0.30")
PHONES = _alias("phones", "network", "10.20.0.0/24")
ROUTE = "\t<route><network>10.20.0.0/24</network><gateway>CORE</gateway></route>\n"
FILTER = "<filter>\n"
SYSTEM = "<system><hostname>fw</hostname>"
GOOD = (
    '<?xml version="1.0"?>\n<pfsense>\n<version>22.9</version>\n'
    f"{SYSTEM}<optimization>normal</optimization></system>\n"
    f"<interfaces>\n{WAN}{LAN}{OPT1}</interfaces>\n"
    f"<staticroutes>\n\t<route><network>10.10.0.0/24</network><gateway>CORE</gateway></route>\n{ROUTE}"
    "</staticroutes>\n<gateways>\n"
    "\t<gateway_item><interface>lan</interface><gateway>10.255.0.1</gateway><name>CORE</name></gateway_item>\n"
    "\t<gateway_item><interface>wan</interface><gateway>203.0.113.1</gateway><name>WANGW</name></gateway_item>\n"
    "\t<defaultgw4>WANGW</defaultgw4>\n</gateways>\n"
    f"<aliases>\n{PBX}{PHONES}{_alias('nets', 'network', 'phones 10.10.0.0/24')}"
    f"{_alias('routers', 'host', '10.10.0.1 10.20.0.1')}{_alias('ras', 'port', '1719')}</aliases>\n"
    "<nat><outbound><mode>automatic</mode></outbound></nat>\n"
    f"{FILTER}{RELAY}{RENEW}{FILES}{TO_RAS}{PING}{ANSWERS}{NOTIFY}{CALLS}</filter>\n</pfsense>\n"
)


def floating(kind: str, more: str, direction: str = "any") -> str:
    return (
        f"\t<rule><floating>yes</floating><type>{kind}</type><direction>{direction}</direction>"
        f"<ipprotocol>inet</ipprotocol>{more}</rule>\n"
    )


TO_PBX = f"<protocol>udp</protocol>{_end('destination', 'pbx')}"
DENY_ICMP = _rule("opt1", "icmp", ("network:any", "", "network:any", "")).replace("pass", "block")

MISTAKES = (
    Mutation("a rule is removed", ((TO_RAS, ""),), RAS),
    Mutation("a rule is disabled", (("<descr><![CDATA[RAS]]></descr>", "<disabled></disabled>"),), RAS),
    Mutation("a rule is wider", ((NOTIFY, NOTIFY.replace("<port>49300</port>", "")),), opens=True),
    Mutation("an alias is wider", ((PBX, _alias("pbx", "network", "10.1.0.16/28")),), opens=True),
    Mutation(
        "an alias has one half",
        ((PHONES, PHONES.replace("/24", "/25")),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation(
        "an alias from a list elsewhere",
        ((PBX, _alias("pbx", "urltable", "https://example.net/list")),),
        "discover register signal echo notify keep-alive",
        blocks=False,
    ),
    Mutation(
        "an alias that is not there",
        ((PBX, ""),),
        "discover register signal echo notify keep-alive",
        blocks=False,
    ),
    Mutation("a block before", ((FILTER, f"{FILTER}{TO_RAS.replace('pass', 'block')}"),), RAS),
    Mutation("a block behind", ((CALLS, f"{CALLS}{DENY_ICMP}"),)),
    Mutation(
        "a floating block that is quick",
        ((FILTER, FILTER + floating("block", f"<quick>yes</quick>{TO_PBX}")),),
        RAS,
    ),
    Mutation("a floating block that is not", ((FILTER, FILTER + floating("block", TO_PBX)),), RAS),
    Mutation("a floating block on the way in", ((FILTER, FILTER + floating("block", TO_PBX, "in")),)),
    Mutation("a floating pass", ((FILTER, FILTER + floating("pass", "")),), opens=True),
    Mutation("a rule that marks", ((FILTER, FILTER + floating("match", f"<quick>yes</quick>{TO_PBX}")),)),
    Mutation("rules of the wrong interface", ((CALLS, CALLS.replace("opt1", "lan")),), "signal"),
    Mutation("a rule of no interface that is there", ((CALLS, CALLS.replace("opt1", "opt7")),), "signal"),
    Mutation("an interface is not enabled", ((OPT1, OPT1.replace("<enable></enable>", "")),), EVERYTHING),
    Mutation(
        "private networks are blocked there",
        ((LAN, LAN.replace("</descr>", "</descr><blockpriv></blockpriv>")),),
        FROM_HANDSETS,
    ),
    Mutation("no state", ((FILES, FILES.replace("keep state", "none")),), "provision"),
    Mutation("another type of ICMP", ((PING, PING.replace("echoreq", "echorep")),), "echo", opens=True),
    Mutation(
        "another type of ICMP that is not known",
        ((PING, PING.replace("echoreq", "wonder")),),
        "echo",
        blocks=False,
    ),
    Mutation(
        "another gateway",
        ((TO_RAS, TO_RAS.replace("</rule>", "<gateway>WANGW</gateway></rule>")),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "a schedule",
        ((TO_RAS, TO_RAS.replace("</rule>", "<sched>office</sched></rule>")),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "an inverted end",
        ((TO_RAS, _rule("lan", "udp", ("!phones", "49300", "pbx", "ras"))),),
        RAS,
        opens=True,
    ),
    Mutation(
        "ports exchanged",
        ((TO_RAS, _rule("lan", "udp", ("phones", "ras", "pbx", "49300"))),),
        RAS,
        opens=True,
    ),
    Mutation("no route", ((ROUTE, ""),), EVERYTHING.replace("address release ", "")),
    Mutation(
        "the route is discarded",
        ((ROUTE, ROUTE.replace("CORE", "Null4")),),
        EVERYTHING.replace("address release ", ""),
    ),
    Mutation(
        "a forwarded port",
        (
            (
                "<nat><outbound>",
                "<nat><rule><interface>lan</interface><protocol>tcp</protocol>"
                f"{_end('destination', '10.1.0.20', '80')}<target>10.1.0.21</target></rule><outbound>",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "a tunnel",
        (
            (
                FILTER,
                "<ipsec><phase2><mode>tunnel</mode><localid><type>network</type><address>10.1.0.0</address>"
                "<netbits>24</netbits></localid><remoteid><type>network</type><address>10.20.0.0</address>"
                f"<netbits>24</netbits></remoteid></phase2></ipsec>\n{FILTER}",
            ),
        ),
        EVERYTHING.replace("address release ", ""),
        blocks=False,
    ),
)


def test_the_rules_are_right() -> None:
    assert_good("pfsense", GOOD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    assert_judged("pfsense", GOOD, mistake)


def test_a_filter_that_is_switched_off_is_told() -> None:
    text = edited(GOOD, ((SYSTEM, f"{SYSTEM}<disablefilter></disablefilter>"),))
    assert report_of("pfsense", text).unfiltered
