"""A branch router whose lists are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, Mutation, assert_good, assert_judged

RAS = "discover register keep-alive notify"  # the gatekeeper asks too, and is answered by the same entry
GOOD = """Building configuration...

Current configuration : 3211 bytes
!
version 15.9
service timestamps log datetime msec
no service pad
hostname branch-12
!
no ip domain lookup
ip cef
!
vlan 10
 name DATA
!
interface GigabitEthernet0/0
 description to the access switch
 ip address 10.255.0.2 255.255.255.248
 ip access-group FROM-PHONES in
 no ip redirects
 ip ospf network point-to-point
!
interface GigabitEthernet0/1
 description voice servers
 ip address 10.1.0.1 255.255.255.0
 ip access-group FROM-SERVERS in
!
interface GigabitEthernet0/2
 no ip address
 shutdown
!
ip route 10.10.0.0 255.255.255.0 10.255.0.1
ip route 10.20.0.0 255.255.255.0 10.255.0.1
!
ip access-list extended FROM-PHONES
 remark DHCP
 10 permit udp host 10.255.0.1 eq bootps host 10.1.0.10 eq bootps
 20 permit udp 10.10.0.0 0.0.0.255 eq bootpc host 10.1.0.10 eq bootps
 30 permit udp 10.20.0.0 0.0.0.255 eq bootpc host 10.1.0.10 eq bootps
 40 permit tcp 10.20.0.0 0.0.0.255 gt 1023 host 10.1.0.20 eq www
 50 permit udp 10.20.0.0 0.0.0.255 eq 49300 host 10.1.0.30 eq 1719
 60 permit icmp 10.20.0.0 0.0.0.255 host 10.1.0.30 echo
 70 permit tcp 10.20.0.0 0.0.0.255 eq 1720 host 10.1.0.30 range 61440 61444 established
 80 deny ip any any log
ip access-list extended FROM-SERVERS
 10 permit udp host 10.1.0.10 eq bootps host 10.10.0.1 eq bootps
 20 permit udp host 10.1.0.10 eq bootps host 10.20.0.1 eq bootps
 25 permit udp host 10.1.0.10 eq bootps 10.20.0.0 0.0.0.255 eq bootpc
 30 permit tcp host 10.1.0.20 eq www 10.20.0.0 0.0.0.255 gt 1023 established
 40 permit udp host 10.1.0.30 eq 1719 10.20.0.0 0.0.0.255 eq 49300
 50 permit icmp host 10.1.0.30 10.20.0.0 0.0.0.255 echo-reply
 60 permit tcp host 10.1.0.30 range 61440 61444 10.20.0.0 0.0.0.255 eq 1720
!
snmp-server community x RO 98
line vty 0 4
 transport input ssh
end
"""
PHONES = " ip access-group FROM-PHONES in\n"
SERVERS = " ip access-group FROM-SERVERS in\n"
RAS_ENTRY = " 50 permit udp 10.20.0.0 0.0.0.255 eq 49300 host 10.1.0.30 eq 1719\n"
LAST = " 80 deny ip any any log\n"
UPLINK = " ip ospf network point-to-point\n"
# Vlan20 in place of the routed port, as on a switch that routes.
ROUTED = "interface GigabitEthernet0/0\n"
END = "snmp-server"


def on_switch(*port: str, after: str = "") -> tuple[tuple[str, str], ...]:
    lines = "".join(f" {line}\n" for line in ("switchport access vlan 20", *port))
    edit = (ROUTED, f"interface GigabitEthernet1/0/1\n{lines}!\ninterface Vlan20\n")
    return (edit, (END, after + END)) if after else (edit,)


def on_ports(*ports: tuple[str, ...], routed: str = "") -> tuple[tuple[str, str], ...]:
    """The handsets behind Vlan20, and the ports of the switch."""
    found = ""
    for number, lines in enumerate(ports, start=1):
        found += f"interface GigabitEthernet1/0/{number}\n" + "".join(f" {line}\n" for line in lines) + "!\n"
    return ((ROUTED, f"{found}interface Vlan20\n{routed}"),)


ACCESS = ("switchport access vlan 20", "switchport mode access")
TRUNK = ("switchport trunk allowed vlan 10,19-21", "switchport mode trunk")


def bundled(*ports: str) -> tuple[tuple[str, str], ...]:
    found = "".join(
        f"interface GigabitEthernet0/{number}\n no ip address\n channel-group 7 mode active\n{line}"
        for number, line in enumerate(ports, start=5)
    )
    return ((ROUTED, f"{found}interface Port-channel7\n"),)


def encrypting(network: str) -> tuple[tuple[str, str], ...]:
    lines = (
        f"ip access-list extended VPN\n permit ip 10.1.0.0 0.0.0.255 {network} 0.0.0.255\n"
        "crypto map M 10 ipsec-isakmp\n set peer 198.51.100.1\n match address VPN\n"
    )
    return ((PHONES, PHONES + " crypto map M\n"), (END, lines + END))


MISTAKES = (
    Mutation("one port of its VLAN is up", on_ports((*ACCESS, "shutdown"), ACCESS)),
    Mutation("every port of its VLAN is shut", on_ports((*ACCESS, "shutdown")), EVERYTHING),
    Mutation(
        "shut or not, as autostate says",
        on_ports((*ACCESS, "shutdown"), routed=" no autostate\n"),
        EVERYTHING,
    ),
    Mutation(
        "a port that autostate leaves out",
        on_ports((*ACCESS, "switchport autostate exclude")),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "left out, and no autostate",
        on_ports((*ACCESS, "switchport autostate exclude"), routed=" no autostate\n"),
    ),
    Mutation("a voice VLAN", on_ports(("switchport access vlan 10", "switchport voice vlan 20"))),
    Mutation("a trunk has it", on_ports(TRUNK)),
    Mutation("the trunk is shut", on_ports((*TRUNK, "shutdown")), EVERYTHING),
    Mutation(
        "no trunk has it",
        on_ports((*TRUNK, "switchport trunk allowed vlan remove 20")),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "every VLAN but it",
        on_ports(("switchport mode trunk", "switchport trunk allowed vlan except 20")),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("every VLAN", on_ports(("switchport mode trunk",))),
    Mutation(
        "no port has it",
        on_ports(("switchport access vlan 21", "switchport mode access")),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a port that may be a trunk",
        on_ports((*ACCESS, "shutdown"), ("switchport mode dynamic auto",)),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a port without a line",
        on_ports((*ACCESS, "shutdown"), ("description spare",)),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("a port of the bundle is up", bundled(" shutdown\n", "")),
    Mutation("the bundle is shut port by port", bundled(" shutdown\n", " shutdown\n"), EVERYTHING),
    Mutation("the VLAN is taken away", (*on_ports(ACCESS), (END, f"no vlan 20\n{END}")), EVERYTHING),
    Mutation(
        "a subinterface without a tag",
        ((ROUTED, "interface GigabitEthernet0/0.20\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("a subinterface", ((ROUTED, "interface GigabitEthernet0/0.20\n encapsulation dot1Q 20\n"),)),
    Mutation(
        "it stands by",
        ((" no ip address\n shutdown\n", " no ip address\n backup interface GigabitEthernet0/0\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("a shortened name", ((END, f"interface gi 0/0\n shutdown\n{END}"),), EVERYTHING),
    Mutation(
        "a route by a shortened name",
        (("ip route 10.20.0.0 255.255.255.0 10.255.0.1", "ip route 10.20.0.0 255.255.255.0 gi0/0"),),
    ),
    Mutation(
        "a route by an interface that is not there",
        (("ip route 10.20.0.0 255.255.255.0 10.255.0.1", "ip route 10.20.0.0 255.255.255.0 Serial0/0/0"),),
        "vlan-move provision discover register signal echo renew notify keep-alive",
        blocks=False,
        opens=True,
    ),
    Mutation(
        "a class is dropped by lines that come later",
        (
            (SERVERS, SERVERS + " service-policy output P\n"),
            (
                "snmp-server",
                "ip access-list extended H\n permit udp any any eq 1719\nclass-map match-all C\n"
                " match access-group name H\npolicy-map P\n class C\n  set dscp ef\n"
                "policy-map P\n class C\n  drop\n"
                "policy-map P\n class class-default\n  fair-queue\nsnmp-server",
            ),
        ),
        RAS,
    ),
    Mutation("a switch that routes", on_switch()),
    Mutation("its VLAN is shut", on_switch(after="vlan 20\n name V\n shutdown\n"), EVERYTHING),
    Mutation("its VLAN is suspended", on_switch(after="vlan 5,19-21\n state suspend\n"), EVERYTHING),
    Mutation("another VLAN is shut", on_switch(after="vlan 21\n shutdown\n")),
    Mutation(
        "hosts log in at the port", on_switch("authentication port-control auto"), EVERYTHING, blocks=False
    ),
    Mutation("no host logs in", on_switch("authentication port-control force-authorized")),
    Mutation("bound hosts only", on_switch("ip verify source"), EVERYTHING, blocks=False),
    Mutation("ARP of bound hosts", on_switch(after="ip arp inspection vlan 20\n"), EVERYTHING, blocks=False),
    Mutation(
        "several interfaces at once",
        ((END, f"interface range GigabitEthernet0/0 - 1\n shutdown\n{END}"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "two lists in one binding",
        ((PHONES, " ip access-group common VOICE FROM-PHONES in\n"),),
        EVERYTHING,
        blocks=False,
        opens=True,
    ),
    Mutation(
        "a policy by fields",
        ((PHONES, PHONES + " service-policy type access-control input P\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "its packets are encrypted",
        encrypting("10.20.0.0"),
        "vlan-move provision discover register signal echo renew notify keep-alive",
        blocks=False,
    ),
    Mutation("others' packets are encrypted", encrypting("10.99.0.0")),
    Mutation("an entry is missing", ((RAS_ENTRY, ""),), RAS),
    Mutation("an entry is taken back", ((LAST, LAST + " no 50\n"),), RAS),
    Mutation("an entry is wider", ((RAS_ENTRY, RAS_ENTRY.replace("eq 49300", "")),), opens=True),
    Mutation("a deny stands before it", ((RAS_ENTRY, " 45 deny udp any any eq 1719\n" + RAS_ENTRY),), RAS),
    Mutation("a deny stands behind it", ((LAST, " 75 deny udp any any eq 1719\n" + LAST),)),
    Mutation("the wrong port", ((RAS_ENTRY, RAS_ENTRY.replace("eq 1719", "eq 1718")),), RAS, opens=True),
    Mutation("the wrong mask", ((RAS_ENTRY, RAS_ENTRY.replace("0.0.0.255", "0.0.0.127")),), RAS),
    Mutation("the interface is shut", ((PHONES, PHONES + " shutdown\n"),), EVERYTHING),
    Mutation("the list is bound to nothing", ((PHONES, ""),), opens=True),
    Mutation(
        "the list is taken off", ((UPLINK, UPLINK + " no ip access-group FROM-PHONES in\n"),), opens=True
    ),
    Mutation(
        "the lists are swapped",
        ((PHONES, " ip access-group FROM-SERVERS  in\n"), (SERVERS, " ip access-group FROM-PHONES in \n")),
        EVERYTHING,
    ),
    Mutation(
        "the list is bound the other way",
        ((PHONES, PHONES.replace(" in", " out")),),
        EVERYTHING.replace("release ", ""),  # which nobody answers
        opens=True,
    ),
    Mutation(
        "a list that is not there",
        ((PHONES, " ip access-group VOICE in\n"),),
        EVERYTHING.replace("vlan-move ", ""),  # what comes from the other side
        blocks=False,
        opens=True,
    ),
    Mutation(
        "the gatekeeper's route discards",
        (("snmp-server", "ip route 10.1.0.30 255.255.255.255 Null0\nsnmp-server"),),
        f"{RAS} echo signal",
    ),
    Mutation(
        "the handsets' route discards",
        (("ip route 10.20.0.0 255.255.255.0 10.255.0.1", "ip route 10.20.0.0 255.255.255.0 Null0"),),
        "vlan-move provision discover register signal echo renew notify keep-alive",
        opens=True,  # what interface the handsets live behind is not in the text any more
    ),
    Mutation(
        "a class is dropped",
        (
            (SERVERS, SERVERS + " service-policy output P\n"),
            (
                "snmp-server",
                "ip access-list extended H\n permit udp any any eq 1719\nclass-map match-all C\n"
                " match access-group name H\npolicy-map P\n class C\n  drop\nsnmp-server",
            ),
        ),
        RAS,
    ),
    Mutation(
        "a class is policed",
        (
            (SERVERS, SERVERS + " service-policy output P\n"),
            ("snmp-server", "policy-map P\n class class-default\n  police 8000\nsnmp-server"),
        ),
    ),
    Mutation(
        "a VLAN map filters",
        (("line vty", "vlan filter V vlan-list 20\nline vty"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "DHCP snooping",
        (("line vty", "ip dhcp snooping vlan 20\nip dhcp snooping\nline vty"),),
        "address release vlan-move renew",
        blocks=False,
    ),
    Mutation("a command is not known", ((UPLINK, " ip frobnicate 7\n"),), EVERYTHING, blocks=False),
    Mutation("policy routing", ((PHONES, PHONES + " ip policy route-map X\n"),), EVERYTHING, blocks=False),
    Mutation("harmless lines", (("line vty", "mmi polling-interval 60\nrouter ospf 1\nexit\nline vty"),)),
    Mutation("cut off", (("end\n", ""),), EVERYTHING, blocks=False),
    Mutation("a zone without a pair", ((PHONES, PHONES + " zone-member security in\n"),), EVERYTHING),
)


def test_the_configuration_is_right() -> None:
    assert_good("cisco-ios", GOOD)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("cisco-ios", GOOD, mutation)
