"""Running configurations of IOS routers."""

SITES = [(n, f"10.{30 + n}.0.0") for n in range(1, 21)]

IOS_HEAD = """\
Building configuration...

Current configuration : 21344 bytes
!
version 15.9
service timestamps debug datetime msec
service password-encryption
!
hostname {host}
!
boot-start-marker
boot-end-marker
!
no aaa new-model
clock timezone CET 1 0
ip cef
no ip domain lookup
ip domain name example.net
!
username admin privilege 15 secret 9 $9$xxxxxxxxxxxx
!
class-map match-any voice
 match dscp ef
policy-map wan-out
 class voice
  priority percent 30
"""

IOS_TAIL = """\
!
ip forward-protocol nd
no ip http server
ip ssh version 2
logging host 10.1.0.60
snmp-server community ***** RO 20
!
banner motd ^C
access-list 101 permit ip any any
This line is a banner, and the one above it too.
^C
!
line con 0
 logging synchronous
line vty 0 4
 access-class 20 in
 transport input ssh
!
ntp server 10.1.0.54
end
"""


def _ios_interfaces(lists: dict[str, str]) -> list[str]:
    lines = [
        "interface Loopback0",
        " ip address 192.0.2.9 255.255.255.255",
        "interface GigabitEthernet0/0/0",
        " description to the data centre",
        " ip address 10.9.0.2 255.255.255.252",
        " service-policy output wan-out",
        *([f" ip access-group {lists['wan']} in"] if "wan" in lists else []),
        "interface Vlan20",
        " description phones",
        " ip address 10.20.0.1 255.255.252.0",
        " ip helper-address 10.1.0.10",
        *([f" ip access-group {lists['phones']} in"] if "phones" in lists else []),
        "interface Vlan99",
        " ip address 10.99.0.1 255.255.255.0",
        " shutdown",
        " ip access-group gone in",
    ]
    for n, net in SITES:
        lines += [
            f"interface Vlan{100 + n}",
            f" description office {n}",
            f" ip address {net[:-1]}1 255.255.255.0",
            *([f" ip access-group {lists['office']} out"] if "office" in lists else []),
        ]
    return [*lines, "ip route 0.0.0.0 0.0.0.0 10.9.0.1", "ip route 10.98.0.0 255.255.0.0 Null0"]


def ios_campus() -> str:
    groups = [
        "object-group network gatekeepers",
        " host 10.1.0.30",
        " host 10.1.0.31",
        "object-group network offices",
        *(f" {net} 255.255.255.0" for _, net in SITES),
        "object-group service web",
        " tcp eq www",
        " tcp eq 443",
        " tcp range 8080 8088",
    ]
    phones = [
        "ip access-list extended from-phones",
        " 10 remark DHCP of the relay and of the handsets",
        " 20 permit udp host 10.20.0.1 eq bootps host 10.1.0.10 eq bootps",
        " 30 permit udp 10.20.0.0 0.0.3.255 eq bootpc host 10.1.0.10 eq bootps",
        " 40 permit tcp 10.20.0.0 0.0.3.255 host 10.1.0.20 eq www",
        " 50 permit udp 10.20.0.0 0.0.3.255 range 49300 49309 object-group gatekeepers eq 1719",
        " 60 permit tcp 10.20.0.0 0.0.3.255 eq 1720 object-group gatekeepers range 61440 61444 established",
        " 70 permit icmp 10.20.0.0 0.0.3.255 object-group gatekeepers echo",
        " 80 deny ip any any log",
        "ip access-list extended from-wan",
        " permit udp host 10.1.0.10 eq bootps host 10.20.0.1 eq bootps",
        " permit udp object-group gatekeepers eq 1719 10.20.0.0 0.0.3.255 range 49300 49309",
        " permit tcp object-group gatekeepers range 61440 61444 10.20.0.0 0.0.3.255 eq 1720",
        " permit tcp host 10.1.0.20 eq www 10.20.0.0 0.0.3.255 gt 1023 established",
        " permit icmp object-group gatekeepers 10.20.0.0 0.0.3.255 echo-reply",
        *(f" permit tcp any {net} 0.0.0.255 established" for _, net in SITES),
        *(f" permit udp host 10.1.0.53 eq domain {net} 0.0.0.255 gt 1023" for _, net in SITES),
        " permit icmp any any ttl-exceeded",
        " permit icmp any any administratively-prohibited",
    ]
    office = ["ip access-list extended to-offices"]
    for n, net in SITES:
        office += [
            f" remark office {n}",
            f" permit tcp 10.1.0.0 0.0.0.255 {net} 0.0.0.255 eq 9100 515 631",
            f" permit tcp any {net} 0.0.0.255 established",
            f" permit udp host 10.1.0.53 eq domain {net} 0.0.0.255",
            f" permit object-group web host 10.1.0.40 {net} 0.0.0.255",
        ]
    old = ["access-list 20 permit 10.1.0.0 0.0.0.255", "access-list 20 deny   any log"]
    old += [f"access-list 120 permit tcp host 10.1.2.{n} any eq 22" for n in range(1, 60)]
    bound = _ios_interfaces({"wan": "from-wan", "phones": "from-phones", "office": "to-offices"})
    head = IOS_HEAD.format(host="branch-rtr")
    return head + "".join(_join(groups, bound, phones, office, old)) + IOS_TAIL


def ios_plant() -> str:
    groups = [
        "object-group network round",
        " group-object about",
        "object-group network about",
        " group-object round",
        "object-group network nobody",
        " description to be filled",
    ]
    wan = [f"access-list 101 permit tcp any {net} 0.0.0.255 established" for _, net in SITES]
    wan += [f"access-list 101 permit udp any eq domain {net} 0.0.0.255" for _, net in SITES]
    wan += [
        "access-list 101 permit udp 10.1.0.0 0.0.0.255 10.20.0.0 0.0.252.255 eq 1719",
        "access-list 101 permit tcp any object-group round eq 80",
        "access-list 101 permit tcp any object-group nobody eq 80",
        "access-list 101 permit tcp any host 10.20.0.5 eq tsunami",
        "access-list 101 permit tcp any host 10.20.0.6 eq 80 time-range office-hours",
        "access-list 101 permit udp any host 10.20.0.7 fragments",
        "access-list 101 permit tcp any host 10.20.0.8 reflect back",
        "access-list 101 permit udp host 10.1.0.30 eq 1719 10.20.0.0 0.0.3.255",
        "access-list 101 permit ip any any",
    ]
    phones = ["access-list 10 permit 10.20.0.0 0.0.3.255", "access-list 10 permit 10.21.0.9"]
    wan += [f"access-list 150 permit ip host 10.1.3.{n} any" for n in range(1, 120)]
    interfaces = _ios_interfaces({"wan": "101", "phones": "10"})
    tail = [
        "interface Vlan77",
        " ip address 10.77.0.1 255.255.255.0",
        " ip access-group not-there in",
        "interface Vlan78",
        " ip address 10.78.0.1 255.255.255.0",
        " zone-member security inside",
        "ip nat translation udp-timeout 60",
        "no ip nat service ras",
        "ip nat inside source list 20 interface GigabitEthernet0/0/0 overload",
    ]
    head = IOS_HEAD.format(host="old-rtr")
    return head + "".join(_join(groups, interfaces, tail, wan, phones)) + IOS_TAIL


def _join(*parts: list[str]) -> list[str]:
    return [line + "\n" for part in parts for line in part]
