"""A PAN-OS firewall whose rules are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged


def rule(name: str, ends: str, addresses: str, *services: str, base: str = "rulebase") -> str:
    (one, other), (source, destination) = ends.split(">"), addresses.split(">")
    service = services[0] if len(services) == 1 else f"[ {' '.join(services)} ]"
    head = f"set {base} security rules {name}"
    return (
        f"{head} from {one}\n{head} to {other}\n{head} source {source}\n{head} destination {destination}\n"
        f"{head} application any\n{head} service {service}\n{head} action allow\n{head} log-end yes\n"
    )


GOOD = (
    """set deviceconfig system hostname pa-branch
set deviceconfig setting session timeout-udp 60
set mgt-config users admin permissions role-based superuser yes
set network interface ethernet ethernet1/1 layer3 ip 10.255.0.2/29
set network interface ethernet ethernet1/1 comment "campus core"
set network interface ethernet ethernet1/2 layer3 units ethernet1/2.30 tag 30
set network interface ethernet ethernet1/2 layer3 units ethernet1/2.30 ip 10.1.0.1/24
set network virtual-router default interface [ ethernet1/1 ethernet1/2.30 ]
set network virtual-router default routing-table ip static-route data destination 10.10.0.0/24
set network virtual-router default routing-table ip static-route data nexthop ip-address 10.255.0.1
set network virtual-router default routing-table ip static-route data interface ethernet1/1
set network virtual-router default routing-table ip static-route voice destination 10.20.0.0/24
set network virtual-router default routing-table ip static-route voice nexthop ip-address 10.255.0.1
set network virtual-router default routing-table ip static-route voice interface ethernet1/1
set zone voice network layer3 ethernet1/1
set zone core network layer3 ethernet1/2.30
set shared alg-override application h323 alg-disabled yes
set address handsets ip-netmask 10.20.0.0/24
set address data ip-netmask 10.10.0.0/24
set address relay ip-netmask 10.255.0.1
set address giaddr-data ip-netmask 10.10.0.1
set address giaddr-voice ip-netmask 10.20.0.1
set address dhcp ip-netmask 10.1.0.10
set address files ip-netmask 10.1.0.20
set address gatekeeper ip-netmask 10.1.0.30
set address-group giaddrs static [ giaddr-data giaddr-voice ]
set service relayed protocol udp port 67
set service relayed protocol udp source-port 67
set service unicast protocol udp port 67
set service unicast protocol udp source-port 68
set service http-high protocol tcp port 80
set service http-high protocol tcp source-port 1024-65535
set service ras protocol udp port 1719
set service ras protocol udp source-port 49300
set service ras-back protocol udp port 49300
set service ras-back protocol udp source-port 1719
set service signalling protocol tcp port 1720
set service signalling protocol tcp source-port 61440-61444
"""
    + rule("relay", "voice>core", "relay>dhcp", "relayed")
    + rule("dhcp", "voice>core", "[ handsets data ]>dhcp", "unicast")
    + rule("files", "voice>core", "handsets>files", "http-high")
    + rule("ras", "voice>core", "handsets>gatekeeper", "ras")
    + """set rulebase security rules echo from voice
set rulebase security rules echo to core
set rulebase security rules echo source handsets
set rulebase security rules echo destination gatekeeper
set rulebase security rules echo application ping
set rulebase security rules echo service application-default
set rulebase security rules echo action allow
"""
    + rule("back", "core>voice", "dhcp>giaddrs", "relayed")
    + rule("calls", "core>voice", "gatekeeper>handsets", "signalling", "ras-back")
)
FIRST = "set rulebase security rules relay from voice\n"
RULE = "set rulebase security rules ras"
LAST = "set rulebase security rules calls log-end yes\n"
DENY = (
    "set rulebase security rules no from any\nset rulebase security rules no to any\n"
    "set rulebase security rules no source any\nset rulebase security rules no destination any\n"
    "set rulebase security rules no application any\nset rulebase security rules no service ras\n"
    "set rulebase security rules no action drop\n"
)
UNKNOWN = "set rulebase security rules ras application frobnication\n"
ROUTE = "set network virtual-router default routing-table ip static-route x"


def more(*lines: str) -> tuple[tuple[str, str]]:
    return ((LAST, LAST + "".join(f"{line}\n" for line in lines)),)


def beside(kind: str, *settings: str) -> tuple[tuple[str, str]]:
    ends = ("from voice", "to core", "source any", "destination any")
    return more(*(f"set rulebase {kind} rules x {words}" for words in (*ends, *settings)))


UNUSED = ("destination 10.1.0.30/32", "nexthop discard", "route-table no-install")
ROUTERS = "set network virtual-router default interface [ ethernet1/1 ethernet1/2.30 ]\n"
ONE = "set network virtual-router default interface ethernet1/1\n"


def aggregated(*ports: str) -> tuple[tuple[str, str], ...]:
    """The handsets' interface is a bundle, whose ports have these lines."""
    found = "".join(
        f"set network interface ethernet ethernet1/{number} aggregate-group ae1\n"
        + (f"set network interface ethernet ethernet1/{number} {line}\n" if line else "")
        for number, line in enumerate(ports, start=5)
    )
    return (
        ("set network interface ethernet ethernet1/1 layer3 ip 10.255.0.2/29\n",
         f"{found}set network interface aggregate-ethernet ae1 layer3 ip 10.255.0.2/29\n"),
        ("interface [ ethernet1/1 ethernet1/2.30 ]", "interface [ ae1 ethernet1/2.30 ]"),
        ("set zone voice network layer3 ethernet1/1\n", "set zone voice network layer3 ae1\n"),
        ("static-route data interface ethernet1/1\n", "static-route data interface ae1\n"),
        ("static-route voice interface ethernet1/1\n", "static-route voice interface ae1\n"),
    )  # fmt: skip


def switched(*lines: str) -> tuple[tuple[str, str], ...]:
    """It is the interface of a VLAN with two ports."""
    found = "".join(f"set network {line}\n" for line in (
        "interface vlan units vlan.20 ip 10.255.0.2/29",
        "vlan V virtual-interface interface vlan.20",
        "vlan V interface [ ethernet1/7 ethernet1/8 ]",
        *lines,
    ))  # fmt: skip
    edits = aggregated()
    return ((edits[0][0], found), *((old, new.replace("ae1", "vlan.20")) for old, new in edits[1:]))


MISTAKES = (
    Mutation("a port of the bundle is up", aggregated("link-state down", "")),
    Mutation(
        "every port of the bundle is down", aggregated("link-state down", "link-state down"), EVERYTHING
    ),
    Mutation("the ports come up again", aggregated("link-state down", "link-state auto")),
    Mutation("a port of the VLAN is up", switched("interface ethernet ethernet1/7 link-state down")),
    Mutation(
        "every port of the VLAN is down",
        switched(*(f"interface ethernet ethernet1/{n} link-state down" for n in (7, 8))),
        EVERYTHING,
    ),
    Mutation(
        "an interface in no zone",
        (("set zone voice network layer3 ethernet1/1\n", "set zone voice network layer3 ethernet1/9\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a route that is not installed",
        more(*(f"{ROUTE} {words}" for words in UNUSED)),
    ),
    Mutation("the port is set again", more("set service ras protocol udp port 1718"), RAS, opens=True),
    Mutation("two ports in one value", more("set service ras protocol udp port 1718,1719"), opens=True),
    Mutation(
        "so many sessions and no more",
        more("set vsys vsys1 import resource max-sessions 100"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("an interface in no virtual router", ((ROUTERS, ONE),), EVERYTHING, blocks=False),
    Mutation(
        "an interface in another virtual router",
        ((ROUTERS, ONE + "set network virtual-router core interface ethernet1/2.30\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("no virtual router in the text", ((ROUTERS, ""),)),
    Mutation("a rule is disabled", more(f"{RULE} disabled yes"), RAS),
    Mutation("a rule denies", ((f"{RULE} action allow", f"{RULE} action deny"),), RAS),
    Mutation("a rule asks for users", more(f"{RULE} source-user staff"), RAS, blocks=False),
    Mutation("a service is wider", ((f"{RULE} service ras", f"{RULE} service any"),), opens=True),
    Mutation("a service is unknown", ((f"{RULE} service ras", f"{RULE} service rasx"),), RAS, blocks=False),
    Mutation("an application is unknown", ((f"{RULE} application any\n", UNKNOWN),), RAS, blocks=False),
    Mutation(
        "an application by its ports",
        (
            (f"{RULE} application any", f"{RULE} application h.323"),
            (f"{RULE} service ras", f"{RULE} service application-default"),
        ),
        opens=True,
    ),
    Mutation(
        "an application in a rule without a zone",
        (
            (f"{RULE} application any\n", f"{RULE} application web-browsing\n"),
            (f"{RULE} to core\n", ""),
        ),
        RAS,
        blocks=False,
    ),
    Mutation("a deny stands before", ((FIRST, DENY + FIRST),), RAS),
    Mutation("a deny stands behind", ((LAST, LAST + DENY),)),
    Mutation(
        "the wrong mask",
        (("address handsets ip-netmask 10.20.0.0/24", "address handsets ip-netmask 10.20.0.0/25"),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation(
        "the ports are swapped",
        (
            ("ras protocol udp port 1719\n", "ras protocol udp port 49300\n"),
            ("ras protocol udp source-port 49300\n", "ras protocol udp source-port 1719\n"),
        ),
        RAS,
        opens=True,
    ),
    Mutation(
        "the interface is held down",
        more("set network interface ethernet ethernet1/1 link-state down"),
        EVERYTHING,
    ),
    Mutation(
        "what it is a part of is held down",
        more("set network interface ethernet ethernet1/2 link-state down"),
        EVERYTHING,
    ),
    Mutation(
        "the zones are swapped",
        (
            ("zone voice network layer3 ethernet1/1\n", "zone voice network layer3 ethernet1/2.30\n"),
            ("zone core network layer3 ethernet1/2.30\n", "zone core network layer3 ethernet1/1\n"),
        ),
        EVERYTHING,
    ),
    Mutation(
        "the gatekeeper's route discards",
        more(f"{ROUTE} destination 10.1.0.30/32", f"{ROUTE} nexthop discard"),
        f"{RAS} echo signal notify",
    ),
    Mutation("a DoS rule", beside("dos", "service any", "action deny"), EVERYTHING, blocks=False),
    Mutation("a DoS rule of another service", beside("dos", "service any", "action allow")),
    Mutation("decryption", beside("decryption", "action decrypt"), EVERYTHING, blocks=False),
    Mutation("no decryption", beside("decryption", "action no-decrypt")),
    Mutation(
        "forwarding by rule",
        beside("pbf", "action forward nexthop ip-address 10.9.9.9"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "protection of a zone",
        more("set zone voice network zone-protection-profile strict"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "protection of no zone",
        more("set network profiles zone-protection-profile strict flood udp enable yes"),
    ),
    Mutation("a statement is not known", more("set frobnication enable yes"), EVERYTHING, blocks=False),
    Mutation(
        "the default between zones permits",
        more("set rulebase default-security-rules rules interzone-default action allow"),
        opens=True,
    ),
    Mutation(
        "harmless statements",
        more("set profiles virus default", "set external-list x type ip", "set tag red color color1"),
    ),
)


def test_the_configuration_is_right() -> None:
    assert_good("panos", GOOD)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("panos", GOOD, mutation)
