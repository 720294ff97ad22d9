"""An SRX whose policies are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged

GOOD = """set version 21.4R3-S5
set groups node0 system host-name srx-a
set groups node0 interfaces fxp0 unit 0 family inet address 192.168.1.2/24
set apply-groups "${node}"
set system host-name srx
set system services ssh
set chassis cluster reth-count 2
set interfaces ge-0/0/0 unit 0 description "campus core"
set interfaces ge-0/0/0 unit 0 family inet address 10.255.0.2/29
set interfaces ge-0/0/1 vlan-tagging
set interfaces ge-0/0/1 unit 30 vlan-id 30
set interfaces ge-0/0/1 unit 30 family inet address 10.1.0.1/24
set interfaces lo0 unit 0 family inet filter input PROTECT-RE
set firewall family inet filter PROTECT-RE term last then discard
set routing-options static route 10.10.0.0/24 next-hop 10.255.0.1
set routing-options static route 10.20.0.0/24 next-hop 10.255.0.1
set security alg h323 disable
set security screen ids-option untrust-screen icmp ping-death
set security screen ids-option untrust-screen tcp land
set security zones security-zone voice host-inbound-traffic system-services ping
set security zones security-zone voice screen untrust-screen
set security zones security-zone voice interfaces ge-0/0/0.0
set security zones security-zone core interfaces ge-0/0/1.30
set security address-book global address handsets 10.20.0.0/24
set security address-book global address data 10.10.0.0/24
set security address-book global address relay 10.255.0.1/32
set security address-book global address giaddr-data 10.10.0.1/32
set security address-book global address giaddr-voice 10.20.0.1/32
set security address-book global address dhcp 10.1.0.10/32
set security address-book global address files 10.1.0.20/32
set security address-book global address gatekeeper 10.1.0.30/32
set security address-book global address-set giaddrs address giaddr-data
set security address-book global address-set giaddrs address giaddr-voice
set applications application relayed protocol udp source-port 67 destination-port 67
set applications application unicast protocol udp
set applications application unicast source-port 68
set applications application unicast destination-port 67
set applications application http-high protocol tcp source-port 1024-65535 destination-port http
set applications application ras protocol udp source-port 49300 destination-port 1719
set applications application ras-back protocol udp source-port 1719 destination-port 49300
set applications application signalling protocol tcp source-port 61440-61444 destination-port 1720
set security policies from-zone voice to-zone core policy relay match source-address relay
set security policies from-zone voice to-zone core policy relay match destination-address dhcp
set security policies from-zone voice to-zone core policy relay match application relayed
set security policies from-zone voice to-zone core policy relay then permit
set security policies from-zone voice to-zone core policy dhcp match source-address [ handsets data ]
set security policies from-zone voice to-zone core policy dhcp match destination-address dhcp
set security policies from-zone voice to-zone core policy dhcp match application unicast
set security policies from-zone voice to-zone core policy dhcp then permit
set security policies from-zone voice to-zone core policy files match source-address handsets
set security policies from-zone voice to-zone core policy files match destination-address files
set security policies from-zone voice to-zone core policy files match application http-high
set security policies from-zone voice to-zone core policy files then permit
set security policies from-zone voice to-zone core policy ras match source-address handsets
set security policies from-zone voice to-zone core policy ras match destination-address gatekeeper
set security policies from-zone voice to-zone core policy ras match application ras
set security policies from-zone voice to-zone core policy ras match application junos-icmp-ping
set security policies from-zone voice to-zone core policy ras then permit
set security policies from-zone voice to-zone core policy ras then log session-init
set security policies from-zone core to-zone voice policy back match source-address dhcp
set security policies from-zone core to-zone voice policy back match destination-address giaddrs
set security policies from-zone core to-zone voice policy back match application relayed
set security policies from-zone core to-zone voice policy back then permit
set security policies from-zone core to-zone voice policy calls match source-address gatekeeper
set security policies from-zone core to-zone voice policy calls match destination-address handsets
set security policies from-zone core to-zone voice policy calls match application [ signalling ras-back ]
set security policies from-zone core to-zone voice policy calls then permit
set security policies default-policy deny-all
"""
FIRST = "set security policies from-zone voice to-zone core policy relay match source-address relay\n"
RAS_APPLICATION = "policy ras match application ras\n"
VERDICT = "policy ras then permit\n"
LAST = "set security policies default-policy deny-all\n"
DENY = "".join(
    f"set security policies from-zone voice to-zone core policy no-udp {rest}\n"
    for rest in (
        "match source-address any",
        "match destination-address any",
        "match application junos-udp-any",
        "then deny",
    )
)
UDP = "address release discover register renew keep-alive"


def more(*lines: str) -> tuple[tuple[str, str]]:
    return ((LAST, LAST + "".join(f"{line}\n" for line in lines)),)


PATH = "security policies from-zone voice to-zone core policy ras"
UNIT = "set interfaces ge-0/0/0 unit 0 family inet address 10.255.0.2/29\n"
ZONED = "set security zones security-zone voice interfaces ge-0/0/0.0\n"


def made_of(bundle: str, *lines: str) -> tuple[tuple[str, str], ...]:
    """The handsets' interface is another, which is made of those that the lines name."""
    found = "".join(f"set {line}\n" for line in lines)
    unit = bundle if "." in bundle else f"{bundle}.0"
    words = unit.replace(".", " unit ")
    return (
        (UNIT, f"{found}set interfaces {words} family inet address 10.255.0.2/29\n"),
        (ZONED, f"set security zones security-zone voice interfaces {unit}\n"),
    )


BUNDLE = tuple(f"interfaces ge-0/0/{n} gigether-options redundant-parent reth1" for n in (4, 5))
LINKS = tuple(f"interfaces ge-0/0/{n} gigether-options 802.3ad ae0" for n in (4, 5))
PORTS = (
    "vlans V vlan-id 20",
    "vlans V l3-interface irb.20",
    "interfaces ge-0/0/6 unit 0 family ethernet-switching vlan members V",
    "interfaces ge-0/0/7 unit 0 family ethernet-switching interface-mode trunk",
    "interfaces ge-0/0/7 unit 0 family ethernet-switching vlan members [ 19 20 ]",
)
HELD = tuple(f"interfaces ge-0/0/{n} disable" for n in (4, 5))

MISTAKES = (
    Mutation("the unit is disabled", more("set interfaces ge-0/0/0 unit 0 disable"), EVERYTHING),
    Mutation(
        "the family is disabled", more("set interfaces ge-0/0/0 unit 0 family inet disable"), EVERYTHING
    ),
    Mutation("the interface is deactivated", more("deactivate interfaces ge-0/0/0"), EVERYTHING),
    Mutation("the unit is deactivated", more("deactivate interfaces ge-0/0/0 unit 0"), EVERYTHING),
    Mutation("it is activated again", more("deactivate interfaces ge-0/0/0", "activate interfaces ge-0/0/0")),
    Mutation(
        "its disable is deactivated",
        more("set interfaces ge-0/0/0 disable", "deactivate interfaces ge-0/0/0 disable"),
    ),
    Mutation("what is deleted is not activated", more(f"delete {PATH}", f"activate {PATH}"), RAS + " echo"),
    Mutation(
        "the interface is in no zone",
        more("deactivate security zones security-zone voice interfaces ge-0/0/0.0"),
        EVERYTHING,
    ),
    Mutation("a member of the reth is up", made_of("reth1", *BUNDLE, HELD[0])),
    Mutation("every member of the reth is disabled", made_of("reth1", *BUNDLE, *HELD), EVERYTHING),
    Mutation("every link of the bundle is disabled", made_of("ae0", *LINKS, *HELD), EVERYTHING),
    Mutation(
        "fewer links than the bundle needs",
        made_of("ae0", *LINKS, HELD[0], "interfaces ae0 aggregated-ether-options minimum-links 2"),
        EVERYTHING,
    ),
    Mutation("a port of the VLAN is up", made_of("irb.20", *PORTS, "interfaces ge-0/0/6 disable")),
    Mutation(
        "every port of the VLAN is disabled",
        made_of("irb.20", *PORTS, *(f"interfaces ge-0/0/{n} disable" for n in (6, 7))),
        EVERYTHING,
    ),
    Mutation(
        "a filter on the VLAN",
        more("set vlans V forwarding-options filter input F"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "known hosts only",
        more("set interfaces ge-0/0/0 unit 0 accept-source-mac mac-address 00:00:5e:00:53:01"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a route that is not installed",
        more(
            "set routing-options static route 10.1.0.30/32 discard",
            "set routing-options static route 10.1.0.30/32 no-install",
        ),
    ),
    Mutation("IPv6 is dropped", more("set security forwarding-options family inet6 mode drop")),
    Mutation(
        "an application is missing",
        ((f"set security policies from-zone voice to-zone core {RAS_APPLICATION}", ""),),
        RAS,
    ),
    Mutation(
        "a policy is deleted",
        more("delete security policies from-zone voice to-zone core policy ras"),
        f"{RAS} echo",
    ),
    Mutation(
        "a policy is deactivated",
        more("deactivate security policies from-zone voice to-zone core policy ras"),
        f"{RAS} echo",
    ),
    Mutation("a policy denies", ((VERDICT, VERDICT.replace("permit", "deny")),), f"{RAS} echo"),
    Mutation(
        "an application is wider",
        ((RAS_APPLICATION, "policy ras match application junos-h323\n"),),
        opens=True,
    ),
    Mutation(
        "an application is unknown",
        ((RAS_APPLICATION, "policy ras match application rasx\n"),),
        f"{RAS} echo",
        blocks=False,
    ),
    Mutation("a deny stands before", ((FIRST, DENY + FIRST),), UDP),
    Mutation("a deny stands behind", ((LAST, DENY + LAST),)),
    Mutation(
        "a global deny stands behind",
        more(
            "set security policies global policy x match source-address any",
            "set security policies global policy x match destination-address any",
            "set security policies global policy x match application any",
            "set security policies global policy x then deny",
        ),
    ),
    Mutation("the default permits", ((LAST, LAST.replace("deny-all", "permit-all")),), opens=True),
    Mutation(
        "the wrong mask",
        (("address handsets 10.20.0.0/24", "address handsets 10.20.0.0/25"),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation(
        "the ports are swapped",
        (
            (
                "application ras protocol udp source-port 49300 destination-port 1719",
                "application ras protocol udp source-port 1719 destination-port 49300",
            ),
        ),
        RAS,
        opens=True,
    ),
    Mutation("the interface is disabled", more("set interfaces ge-0/0/0 disable"), EVERYTHING),
    Mutation("a unit is disabled", more("set interfaces ge-0/0/1 unit 30 disable"), EVERYTHING),
    Mutation(
        "the zones are swapped",
        (
            ("zone voice interfaces ge-0/0/0.0", "zone voice interfaces ge-0/0/1.30 "),
            ("zone core interfaces ge-0/0/1.30\n", "zone core interfaces ge-0/0/0.0\n"),
        ),
        EVERYTHING,
    ),
    Mutation(
        "the gatekeeper's route discards",
        more("set routing-options static route 10.1.0.30/32 discard"),
        f"{RAS} echo signal notify",
    ),
    Mutation(
        "an aggregate discards what is not there", more("set routing-options aggregate route 10.0.0.0/8")
    ),
    Mutation(
        "a filter on the interface",
        more("set interfaces ge-0/0/0 unit 0 family inet filter input X"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a filter before all",
        more("set forwarding-options family inet filter input X"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a screen with thresholds",
        more("set security screen ids-option untrust-screen limit-session source-ip-based 10"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a screen that is bound to no zone",
        more("set security screen ids-option other udp flood threshold 5"),
    ),
    Mutation("a statement is not known", more("set frobnication enable"), EVERYTHING, blocks=False),
    Mutation(
        "inherited policies",
        more("set groups G security policies default-policy permit-all", "set apply-groups G"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a flow route discards",
        more(
            "set routing-options flow route no match destination 10.1.0.30/32",
            "set routing-options flow route no then discard",
        ),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a filter of every family",
        more("set interfaces ge-0/0/0 unit 0 filter input F"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a range of interfaces is disabled",
        more("set interfaces interface-range R member ge-0/0/0", "set interfaces interface-range R disable"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a range of switch ports",
        more(
            "set interfaces interface-range R member-range ge-0/0/4 to ge-0/0/7",
            "set interfaces interface-range R unit 0 family ethernet-switching vlan members 40",
        ),
    ),
    Mutation(
        "hosts log in at the port",
        more("set protocols dot1x authenticator interface ge-0/0/0.0"),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "harmless statements",
        more(
            "set class-of-service interfaces ge-0/0/0 scheduler-map x",
            "set snmp community x",
            "set event-options policy x",
        ),
    ),
)


def test_the_configuration_is_right() -> None:
    assert_good("srx", GOOD)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("srx", GOOD, mutation)
