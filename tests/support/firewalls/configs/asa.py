# ruff: noqa: E501 - a line is as long as the device writes it
"""Running configurations of ASA firewalls."""

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
