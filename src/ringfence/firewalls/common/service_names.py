"""Names that many devices print instead of numbers: protocols and ICMP types; tables of services as text.

Source: IANA protocol numbers and ICMP parameters. The names that only one device knows stand in its own
folder. What is not in a table is an unknown name, and not understood.
"""

from collections.abc import Mapping

from ringfence.policy.terms import ANY, Services, of_protocol, port_span

PROTOCOLS: Mapping[str, int] = {
    "icmp": 1,
    "igmp": 2,
    "ipip": 4,
    "ipinip": 4,
    "ipencap": 4,
    "tcp": 6,
    "egp": 8,
    "igrp": 9,
    "udp": 17,
    "dccp": 33,
    "ipv6": 41,
    "rsvp": 46,
    "gre": 47,
    "pptp": 47,
    "esp": 50,
    "ipsec": 50,
    "ah": 51,
    "ahp": 51,
    "icmp6": 58,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "eigrp": 88,
    "ospf": 89,
    "ospfigp": 89,
    "nos": 94,
    "pim": 103,
    "pcp": 108,
    "snp": 109,
    "vrrp": 112,
    "l2tp": 115,
    "sctp": 132,
    "udplite": 136,
}

ICMP_TYPES: Mapping[str, int] = {
    "echo-reply": 0,
    "unreachable": 3,
    "destination-unreachable": 3,
    "source-quench": 4,
    "redirect": 5,
    "alternate-address": 6,
    "echo": 8,
    "echo-request": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp": 13,
    "timestamp-request": 13,
    "timestamp-reply": 14,
    "information-request": 15,
    "information-reply": 16,
    "mask-request": 17,
    "address-mask-request": 17,
    "mask-reply": 18,
    "address-mask-reply": 18,
    "traceroute": 30,
    "conversion-error": 31,
    "mobile-redirect": 32,
}
ICMPV6_TYPES: Mapping[str, int] = {
    "unreachable": 1,
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo": 128,
    "echo-request": 128,
    "echo-reply": 129,
    "membership-query": 130,
    "membership-report": 131,
    "membership-reduction": 132,
    "router-solicitation": 133,
    "router-advertisement": 134,
    "neighbor-solicitation": 135,
    "neighbor-advertisement": 136,
    "neighbor-redirect": 137,
    "redirect": 137,
    "router-renumbering": 138,
}
# What Linux tools take from /etc/services: the names of IANA's registry for what stands in such rules.
SERVICE_PORTS: Mapping[str, int] = {
    "ftp-data": 20,
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "bootps": 67,
    "bootpc": 68,
    "tftp": 69,
    "http": 80,
    "kerberos": 88,
    "pop3": 110,
    "sunrpc": 111,
    "ntp": 123,
    "epmap": 135,
    "netbios-ns": 137,
    "netbios-dgm": 138,
    "netbios-ssn": 139,
    "imap2": 143,
    "snmp": 161,
    "snmp-trap": 162,
    "ldap": 389,
    "https": 443,
    "microsoft-ds": 445,
    "isakmp": 500,
    "syslog": 514,
    "ldaps": 636,
    "imaps": 993,
    "pop3s": 995,
    "openvpn": 1194,
    "h323gatedisc": 1718,
    "h323gatestat": 1719,
    "h323hostcall": 1720,
    "radius": 1812,
    "radius-acct": 1813,
    "nfs": 2049,
    "mysql": 3306,
    "ms-wbt-server": 3389,
    "sip": 5060,
    "sip-tls": 5061,
    "postgresql": 5432,
    "http-alt": 8080,
}


def services_in(text: str) -> Services:
    """`tcp/1720 udp/1719`, `icmp`, `icmp/8` (a type), `icmp6/1/4` (a type and code), `ospf` (a protocol)."""
    out = []
    for word in text.split():
        protocol, *parts = word.split("/")
        number = PROTOCOLS[protocol]
        first, second = [*((port_span(part),) for part in parts), ANY, ANY][:2]
        icmp = number in {1, 58}
        out.append(of_protocol(number, first, second) if icmp else of_protocol(number, ANY, first))
    return tuple(out)


def services_named(lines: Mapping[str, str]) -> dict[str, Services]:
    """A table of such texts by name."""
    return {name: services_in(text) for name, text in lines.items()}
