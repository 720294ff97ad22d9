"""An ASA whose rules are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import (
    EVERYTHING,
    FROM_HANDSETS,
    RAS,
    Mutation,
    assert_good,
    assert_judged,
)

GOOD = """: Saved
:
ASA Version 9.16(4)
!
hostname plant-fw
domain-name example.net
names
!
interface GigabitEthernet0/0
 description campus core
 nameif phones
 security-level 50
 ip address 10.255.0.2 255.255.255.248
!
interface GigabitEthernet0/1
 no nameif
 no security-level
 no ip address
!
interface GigabitEthernet0/1.30
 vlan 30
 nameif voice-servers
 security-level 90
 ip address 10.1.0.1 255.255.255.0
!
interface Management0/0
 management-only
 nameif mgmt
 security-level 100
 ip address 192.168.1.1 255.255.255.0
!
object network call-server
 host 10.1.0.30
object network file-server
 host 10.1.0.20
object-group network HANDSETS
 network-object 10.20.0.0 255.255.255.0
access-list PHONES-IN remark DHCP by the relay, and unicast
access-list PHONES-IN extended permit udp host 10.255.0.1 eq bootps host 10.1.0.10 eq bootps
access-list PHONES-IN extended permit udp 10.10.0.0 255.255.255.0 eq bootpc host 10.1.0.10 eq bootps
access-list PHONES-IN extended permit udp object-group HANDSETS eq bootpc host 10.1.0.10 eq bootps
access-list PHONES-IN extended permit tcp object-group HANDSETS gt 1023 object file-server eq www
access-list PHONES-IN extended permit udp object-group HANDSETS eq 49300 object call-server eq 1719
access-list PHONES-IN extended permit icmp object-group HANDSETS object call-server echo
access-list PHONES-IN extended deny ip any any log
access-list SERVERS-IN extended permit udp host 10.1.0.10 eq bootps host 10.10.0.1 eq bootps
access-list SERVERS-IN extended permit udp host 10.1.0.10 eq bootps host 10.20.0.1 eq bootps
access-list SERVERS-IN extended permit tcp object call-server range 61440 61444 object-group HANDSETS eq h323
access-list SERVERS-IN extended permit udp object call-server eq 1719 object-group HANDSETS eq 49300
pager lines 24
logging enable
mtu phones 1500
access-group PHONES-IN in interface phones
access-group SERVERS-IN in interface voice-servers
route phones 10.10.0.0 255.255.255.0 10.255.0.1 1
route phones 10.20.0.0 255.255.255.0 10.255.0.1 1
timeout xlate 3:00:00
timeout conn 1:00:00 half-closed 0:10:00 udp 0:02:00
http server enable
snmp-server enable
class-map inspection_default
 match default-inspection-traffic
policy-map global_policy
 class inspection_default
  inspect dns
  inspect icmp
service-policy global_policy global
Cryptochecksum:0
: end
"""
RAS_ENTRY = (
    "access-list PHONES-IN extended permit udp object-group HANDSETS eq 49300 object call-server eq 1719\n"
)
PHONES = " ip address 10.255.0.2 255.255.255.248\n"
BOUND = "access-group PHONES-IN in interface phones\n"
SERVERS = "access-group SERVERS-IN in interface voice-servers\n"
AFTER = "Cryptochecksum:0\n"
CLASS = "class-map C\n match access-list H\npolicy-map P\n class C\n"
HOLES = "access-list H extended permit udp any any eq 1719\n"
ENCRYPTED = (
    "access-list VPN extended permit ip 10.1.0.0 255.255.255.0 10.20.0.0 255.255.255.0\n"
    "crypto map M 10 match address VPN\ncrypto map M 10 set peer 198.51.100.1\n"
)
PORT = "interface GigabitEthernet0/0\n description campus core\n"


def bundled(*ports: str) -> tuple[tuple[str, str], ...]:
    """The handsets' interface is a bundle of links."""
    found = "".join(
        f"interface GigabitEthernet0/{number}\n channel-group 1 mode active\n no nameif\n{line}!\n"
        for number, line in enumerate(ports, start=4)
    )
    return ((PORT, f"{found}interface Port-channel1\n"),)


def paired(*ports: str) -> tuple[tuple[str, str], ...]:
    names = [f"GigabitEthernet0/{number}" for number in (4, 5)]
    found = "".join(f"interface {name}\n{line}!\n" for name, line in zip(names, ports, strict=True))
    members = "".join(f" member-interface {name}\n" for name in names)
    return ((PORT, f"{found}interface Redundant1\n{members}"),)


def switched(port: str, routed: str = "") -> tuple[tuple[str, str], ...]:
    """The handsets' interface is that of a VLAN, whose port has these lines."""
    return ((PORT, f"interface Ethernet0/1\n {port}\n!\ninterface Vlan20\n {routed}\n"),)


def limited(
    action: str, before: str = "", after: str = "", holes: str = "udp any any eq 1719"
) -> tuple[tuple[str, str], ...]:
    """Something is done to a class of packets on the handsets' interface."""
    text = f"access-list H extended permit {holes}\n{before}{CLASS}  {action}\n{after}"
    return ((AFTER, f"{text}service-policy P interface phones\n{AFTER}"),)


def inspected(protocol: str) -> tuple[tuple[str, str], ...]:
    strict = "policy-map type inspect h323 STRICT\n parameters\n  state-checking ras\n"
    return (
        ("policy-map global_policy\n", f"{strict}policy-map global_policy\n"),
        ("  inspect dns\n", f"  inspect dns\n  inspect h323 {protocol} STRICT\n"),
    )


MISTAKES = (
    Mutation("a link of the bundle is up", bundled(" shutdown\n", "")),
    Mutation("the bundle is shut link by link", bundled(" shutdown\n", " shutdown\n"), EVERYTHING),
    Mutation("a member of the pair is up", paired(" shutdown\n", "")),
    Mutation("the pair is shut one by one", paired(" shutdown\n", " shutdown\n"), EVERYTHING),
    Mutation("a subinterface without its VLAN", ((" vlan 30\n", ""),), EVERYTHING),
    Mutation("its VLAN is taken off", ((" vlan 30\n", " vlan 30\n no vlan\n"),), EVERYTHING),
    Mutation(
        "the interface has no name", ((" nameif phones\n", " nameif phones\n no nameif\n"),), EVERYTHING
    ),
    Mutation("a port of the VLAN is up", switched("switchport access vlan 20")),
    Mutation("every port of the VLAN is shut", switched("switchport access vlan 20\n shutdown"), EVERYTHING),
    Mutation("no port has the VLAN", switched("switchport access vlan 21"), EVERYTHING, blocks=False),
    Mutation(
        "a VLAN that may not open connections",
        (*switched("switchport access vlan 20", "no forward interface GigabitEthernet0/1.30\n "),),
        FROM_HANDSETS + " signal notify",  # whose answers look alike
        blocks=False,
    ),
    Mutation("a shortened name", ((AFTER, f"interface gi 0/0\n shutdown\n{AFTER}"),), EVERYTHING),
    Mutation("connections are limited", limited("set connection conn-max 10"), f"{RAS} notify", blocks=False),
    Mutation(
        "connections of a host are limited",
        limited("set connection random-sequence-number disable per-client-max 1"),
        f"{RAS} notify",
        blocks=False,
    ),
    Mutation("connections have no limit", limited("set connection conn-max 0 embryonic-conn-max 0")),
    Mutation(
        "a TCP map drops",
        limited(
            "set connection advanced-options T", "tcp-map T\n  exceed-mss drop\n", holes="tcp any any eq www"
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "a TCP map lets through",
        limited(
            "set connection advanced-options T", "tcp-map T\n  exceed-mss allow\n", holes="tcp any any eq www"
        ),
    ),
    Mutation(
        "a TCP map that is not there",
        limited("set connection advanced-options T", holes="tcp any any eq www"),
        "provision",
        blocks=False,
    ),
    Mutation("RAS is inspected strictly", inspected("ras"), f"{RAS} notify", blocks=False),
    Mutation("H.225 is inspected strictly", inspected("h225"), "signal provision", blocks=False),
    Mutation(
        "a drop goes on in lines that come again",
        limited(
            "police input 8000 conform-action drop",
            after="policy-map P\n class C\n  set connection timeout dcd\n",
        ),
        f"{RAS} notify",
        blocks=False,
    ),
    Mutation(
        "a drop is taken back",
        limited(
            "police input 8000 conform-action drop",
            after="policy-map P\n class C\n  no police input 8000 conform-action drop\n",
        ),
    ),
    Mutation(
        "its packets are encrypted",
        ((AFTER, f"{ENCRYPTED}crypto map M interface voice-servers\n{AFTER}"),),
        "vlan-move provision discover register signal echo renew notify keep-alive",
        blocks=False,
    ),
    Mutation("a crypto map is not in force", ((AFTER, ENCRYPTED + AFTER),)),
    Mutation(
        "a list takes another name",
        ((AFTER, f"access-list PHONES-IN rename OLD\n{AFTER}"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("an entry is missing", ((RAS_ENTRY, ""),), RAS),
    Mutation("an entry is taken back", ((AFTER, f"no {RAS_ENTRY}{AFTER}"),), RAS),
    Mutation("an entry is inactive", ((RAS_ENTRY, RAS_ENTRY.rstrip() + " inactive\n"),), RAS),
    Mutation("an entry is wider", ((RAS_ENTRY, RAS_ENTRY.replace("eq 49300 ", "")),), opens=True),
    Mutation(
        "a deny is put before it",
        ((AFTER, "access-list PHONES-IN line 1 extended deny udp any any\n" + AFTER),),
        "address release discover register renew keep-alive",
    ),
    Mutation(
        "a deny is put behind it", ((AFTER, "access-list PHONES-IN extended deny udp any any\n" + AFTER),)
    ),
    Mutation("the wrong port", ((RAS_ENTRY, RAS_ENTRY.replace("eq 1719", "eq 1720")),), RAS, opens=True),
    Mutation(
        "the wrong mask",
        (("10.20.0.0 255.255.255.0\naccess", "10.20.0.0 255.255.255.128\naccess"),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation("the interface is shut", ((PHONES, PHONES + " shutdown\n"),), EVERYTHING),
    Mutation("what it is a part of is shut", ((" no nameif\n", " shutdown\n no nameif\n"),), EVERYTHING),
    Mutation("it is for management only", ((PHONES, PHONES + " management-only\n"),), EVERYTHING),
    # By security levels alone: nothing from a lower to a higher one.
    Mutation("the list is bound to nothing", ((BOUND, ""),), FROM_HANDSETS),
    Mutation("the list is taken off", ((AFTER, f"no {BOUND}{AFTER}"),), FROM_HANDSETS),
    Mutation("the other list is taken off", ((AFTER, f"no {SERVERS}{AFTER}"),), opens=True),
    Mutation(
        "the lists are swapped",
        (
            (BOUND, "access-group SERVERS-IN in interface  phones\n"),
            (SERVERS, "access-group PHONES-IN in interface  voice-servers\n"),
        ),
        EVERYTHING,
    ),
    Mutation(
        "a list that is not there",
        ((BOUND, BOUND.replace("PHONES-IN", "NONE")),),
        FROM_HANDSETS,
        blocks=False,
    ),
    Mutation(
        "the gatekeeper's route discards",
        ((AFTER, "route Null0 10.1.0.30 255.255.255.255\n" + AFTER),),
        f"{RAS} echo signal notify",
    ),
    Mutation(
        "a policer drops",
        (
            (
                AFTER,
                f"{HOLES}{CLASS}  police input 8000 conform-action drop\n"
                f"service-policy P interface phones\n{AFTER}",
            ),
        ),
        f"{RAS} notify",
        blocks=False,
    ),
    Mutation(
        "a policer limits",
        ((AFTER, f"{HOLES}{CLASS}  police input 8000\nservice-policy P interface phones\n{AFTER}"),),
    ),
    Mutation(
        "a policer is not in force",
        ((AFTER, f"{HOLES}{CLASS}  police input 8000 conform-action drop\n{AFTER}"),),
    ),
    Mutation("a command is not known", ((AFTER, "frobnicate enable\n" + AFTER),), EVERYTHING, blocks=False),
    Mutation(
        "scanners are shut out",
        ((AFTER, "threat-detection scanning-threat shun\n" + AFTER),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("harmless lines", ((AFTER, "exit\nfixup protocol dns\nno fixup protocol h323\n" + AFTER),)),
    Mutation("cut off", ((": end\n", ""),), EVERYTHING, blocks=False),
)


def test_the_configuration_is_right() -> None:
    assert_good("cisco-asa", GOOD)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("cisco-asa", GOOD, mutation)
