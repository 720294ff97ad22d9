# ruff: noqa: E501 - a line is as long as the device writes it
"""Running configurations of ASA firewalls and IOS routers."""

SITES = [(n, f"10.{30 + n}.0.0") for n in range(1, 21)]

ASA_HEAD = """\
: Saved
:
: Serial Number: FCH0000AAAA
: Hardware:   ASA5525, 8192 MB RAM, CPU Lynnfield 2394 MHz, 1 CPU (4 cores)
:
ASA Version 9.12(4)
!
hostname {host}
domain-name example.net
enable password ***** pbkdf2
names
name 10.1.0.20 fileserver description settings and firmware
name 10.1.0.0 datacentre
no mac-address auto
!
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.240 standby 198.51.100.3
!
interface GigabitEthernet0/1
 description trunk
 no nameif
 no security-level
 no ip address
!
interface GigabitEthernet0/1.20
 vlan 20
 nameif phones
 security-level 60
 ip address 10.20.0.1 255.255.252.0
!
interface GigabitEthernet0/1.30
 vlan 30
 nameif branches
 security-level 50
 ip address 10.30.0.1 255.255.255.0
!
interface GigabitEthernet0/2
 nameif servers
 security-level 80
 ip address 10.1.0.1 255.255.255.0
 ipv6 address fd01::1/64
!
interface GigabitEthernet0/3
 shutdown
 nameif spare
 security-level 10
 ip address 192.0.2.1 255.255.255.0
!
interface Management0/0
 management-only
 nameif management
 security-level 100
 ip address 192.168.250.2 255.255.255.0
!
boot system disk0:/asa9-12-4-lfbff-k8.SPA
ftp mode passive
clock timezone CET 1
dns server-group DefaultDNS
 domain-name example.net
same-security-traffic permit intra-interface
"""

ASA_TAIL = """\
pager lines 24
logging enable
logging buffered informational
logging host servers 10.1.0.60
mtu outside 1500
mtu phones 1500
failover
failover lan unit primary
icmp unreachable rate-limit 1 burst-size 1
asdm image disk0:/asdm-7151.bin
no asdm history enable
arp timeout 14400
timeout xlate 3:00:00
timeout pat-xlate 0:00:30
timeout conn 1:00:00 half-closed 0:10:00 udp 0:02:00 sctp 0:02:00 icmp 0:00:02
timeout sunrpc 0:10:00 h323 0:05:00 h225 1:00:00 mgcp 0:05:00 mgcp-pat 0:05:00
timeout sip 0:30:00 sip_media 0:02:00 sip-invite 0:03:00 sip-disconnect 0:02:00
aaa-server radius-nps protocol radius
aaa authentication ssh console LOCAL
http server enable
http 192.168.250.0 255.255.255.0 management
snmp-server host servers 10.1.0.61 community ***** version 2c
crypto ipsec ikev2 ipsec-proposal AES256
 protocol esp encryption aes-256
 protocol esp integrity sha-256
crypto map outside_map 10 match address vpn-partner
crypto map outside_map 10 set peer 203.0.113.77
crypto map outside_map interface outside
crypto ca certificate chain ASDM_TrustPoint0
 certificate 5f3a2b1c
    308202d4 308201bc a0030201 0202045f 3a2b1c30 0d06092a 864886f7 0d010105
    0500302c 31123010 06035504 03130961 73612d63 6f726531 16301406 092a8648
  quit
telnet timeout 5
ssh 192.168.250.0 255.255.255.0 management
ssh timeout 30
console timeout 0
threat-detection basic-threat
ntp server 10.1.0.54 source servers
webvpn
 anyconnect enable
group-policy DfltGrpPolicy attributes
 vpn-tunnel-protocol ikev2 ssl-client
 split-tunnel-network-list value split
username admin password ***** pbkdf2 privilege 15
tunnel-group 203.0.113.77 type ipsec-l2l
tunnel-group 203.0.113.77 ipsec-attributes
 ikev2 remote-authentication pre-shared-key *****
!
class-map inspection_default
 match default-inspection-traffic
!
policy-map type inspect dns preset_dns_map
 parameters
  message-length maximum client auto
policy-map global_policy
 class inspection_default
  inspect dns preset_dns_map
  inspect ftp
{inspect}  inspect icmp
 class class-default
  set connection timeout idle 2:00:00
!
service-policy global_policy global
prompt hostname context
call-home
 profile CiscoTAC-1
  no active
Cryptochecksum:5f3a2b1c5f3a2b1c5f3a2b1c5f3a2b1c
: end
"""


def _asa_objects() -> list[str]:
    lines = []
    for n, net in SITES:
        lines += [f"object network branch-{n:02d}", f" subnet {net} 255.255.0.0", f" description branch {n}"]
    for n in range(10, 40):
        lines += [f"object network srv-{n}", f" host 10.1.0.{n}"]
    lines += [
        "object service ras",
        " service udp source range 49300 49309 destination eq 1719",
        "object-group network gatekeepers",
        " description both call servers",
        " network-object object srv-30",
        " network-object host 10.1.0.31",
        "object-group network all-branches",
        *(f" network-object object branch-{n:02d}" for n, _ in SITES),
        "object-group network inside-all",
        " group-object all-branches",
        " network-object 10.20.0.0 255.255.252.0",
        "object-group service web tcp",
        " port-object eq www",
        " port-object eq https",
        " port-object range 8080 8088",
        "object-group service directory",
        " service-object tcp destination eq ldap",
        " service-object tcp-udp destination eq domain",
        " service-object udp destination eq ntp",
        " service-object icmp echo",
        "object-group icmp-type pings",
        " icmp-object echo",
        " icmp-object echo-reply",
        "object-group protocol tunnels",
        " protocol-object esp",
        " protocol-object gre",
    ]
    return lines


def _asa_lists() -> list[str]:
    lines = [
        "access-list from-phones remark registration of the handsets",
        "access-list from-phones extended permit udp host 10.20.0.1 eq bootps host 10.1.0.10 eq bootps",
        "access-list from-phones extended permit udp 10.20.0.0 255.255.252.0 eq bootpc host 10.1.0.10 eq bootps",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 host fileserver eq www",
        "access-list from-phones extended permit object ras 10.20.0.0 255.255.252.0 object-group gatekeepers",
        "access-list from-phones extended permit icmp 10.20.0.0 255.255.252.0 object-group gatekeepers "
        "object-group pings",
        "access-list from-phones extended permit udp 10.20.0.0 255.255.252.0 any4 eq tftp log disable inactive",
        "access-list from-phones extended deny ip any any log",
        "access-list from-servers extended permit tcp object-group gatekeepers range 61440 61444 10.20.0.0 "
        "255.255.252.0 eq h323",
    ]
    for n, _ in SITES:
        lines += [
            f"access-list from-branches remark branch {n}",
            f"access-list from-branches extended permit tcp object branch-{n:02d} datacentre 255.255.255.0 "
            "object-group web",
            f"access-list from-branches extended permit object-group directory object branch-{n:02d} "
            "object-group gatekeepers",
            f"access-list from-branches extended permit tcp object branch-{n:02d} object srv-{n + 10} eq 3389",
            f"access-list from-servers extended permit tcp object srv-{n + 10} object branch-{n:02d} eq ssh",
        ]
    return [
        *lines,
        "access-list from-outside extended permit object-group tunnels any4 host 198.51.100.2",
        "access-list from-outside extended permit tcp any object srv-39 eq https",
        "access-list split standard permit 10.0.0.0 255.0.0.0",
        "access-list vpn-partner extended permit ip 10.1.0.0 255.255.255.0 172.30.0.0 255.255.0.0",
    ]


ASA_BINDINGS = [
    "access-group from-outside in interface outside",
    "access-group from-phones in interface phones",
    "access-group from-branches in interface branches",
    "access-group from-servers in interface servers",
    "route outside 0.0.0.0 0.0.0.0 198.51.100.1 1",
    "route outside 0.0.0.0 0.0.0.0 198.51.100.9 254",
    *(f"route branches {net} 255.255.0.0 10.30.0.2 1" for _, net in SITES),
    "ipv6 route servers fd02::/64 fd01::2",
]


def asa_campus() -> str:
    nat = [
        "nat (servers,outside) source static datacentre-net datacentre-net destination static partner partner",
        "object network srv-39",
        " nat (servers,outside) static 198.51.100.5",
        "nat (branches,outside) after-auto source dynamic any interface",
    ]
    objects = ["object network datacentre-net", " subnet 10.1.0.0 255.255.255.0", "object network partner"]
    objects.append(" subnet 172.30.0.0 255.255.0.0")
    parts = [
        ASA_HEAD.format(host="core-asa"),
        *_join(objects, _asa_objects(), _asa_lists(), nat, ASA_BINDINGS),
    ]
    return "".join(parts) + ASA_TAIL.format(inspect="")


def asa_plant() -> str:
    objects = [
        "object-group network round",
        " group-object about",
        "object-group network about",
        " group-object round",
        "object-group network nobody",
        " description to be filled",
        "object-group network six-only",
        " network-object fd01::/64",
        "object network twice",
        " host 10.1.0.70",
        "object network twice",
        " host 10.1.0.71",
        "object network by-name",
        " fqdn v4 update.example.net",
    ]
    lists = [
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object-group round eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object-group nobody eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object-group six-only eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object twice eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object by-name eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 object unheard-of eq www",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 host 10.1.0.72 eq tsunami",
        "access-list from-phones extended permit tcp 10.20.0.0 255.255.252.0 host 10.1.0.73 eq www "
        "time-range office-hours",
        "access-list from-phones extended permit tcp user EXAMPLE\\jo 10.20.0.0 255.255.252.0 host 10.1.0.74",
        "access-list from-phones extended permit udp 10.20.0.0 255.255.252.0 eq 49300 host 10.1.0.30 eq 1719",
        "access-list from-branches extended permit ip any any",
    ]
    nat = ["nat (phones,servers) source dynamic any interface"]
    parts = _join(_asa_objects(), objects, lists, _asa_lists()[7:], nat, ASA_BINDINGS)
    stray = "established tcp 1720 0 permitto tcp 1024-65535\n"
    inspect = "  inspect h323 h225\n  inspect h323 ras\n"
    return ASA_HEAD.format(host="old-asa") + "".join(parts) + stray + ASA_TAIL.format(inspect=inspect)


def _join(*parts: list[str]) -> list[str]:
    return [line + "\n" for part in parts for line in part]


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
