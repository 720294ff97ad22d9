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
MISTAKES = (
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
