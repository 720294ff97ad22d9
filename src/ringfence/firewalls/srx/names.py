"""The predefined applications, and the names that stand for a port number.

Source: Junos OS defaults (show configuration groups junos-defaults); destination-port statement.
"""

from collections.abc import Mapping

from ringfence.firewalls.common.service_names import services_named
from ringfence.policy.terms import VERSIONS, Service, Services

PORTS: Mapping[str, int] = {
    "bgp": 179,
    "bootpc": 68,
    "bootps": 67,
    "dhcp": 67,
    "domain": 53,
    "ftp": 21,
    "ftp-data": 20,
    "http": 80,
    "https": 443,
    "imap": 143,
    "ldap": 389,
    "ntp": 123,
    "pop3": 110,
    "radius": 1812,
    "radacct": 1813,
    "smtp": 25,
    "snmp": 161,
    "snmp-trap": 162,
    "ssh": 22,
    "sunrpc": 111,
    "syslog": 514,
    "tacacs": 49,
    "telnet": 23,
    "tftp": 69,
}

APPLICATIONS: Mapping[str, Services] = {
    "any": (Service(((0, 255),), versions=VERSIONS),),
    **services_named(
        {
            "junos-bgp": "tcp/179",
            "junos-bootpc": "udp/68",
            "junos-bootps": "udp/67",
            "junos-dhcp-client": "udp/68",
            "junos-dhcp-relay": "udp/67",
            "junos-dhcp-server": "udp/67",
            "junos-dns-tcp": "tcp/53",
            "junos-dns-udp": "udp/53",
            "junos-ftp": "tcp/21",
            "junos-gre": "gre",
            # Its six terms; the last four are T.120, LDAP, ULS and call control of NetMeeting.
            "junos-h323": "tcp/1720 udp/1719 tcp/1503 tcp/389 tcp/522 tcp/1731",
            "junos-http": "tcp/80",
            "junos-https": "tcp/443",
            "junos-icmp-all": "icmp",
            "junos-icmp-ping": "icmp/8",
            "junos-icmp6-all": "icmp6",
            "junos-icmp6-echo-request": "icmp6/128",
            "junos-icmp6-echo-reply": "icmp6/129",
            "junos-ike": "udp/500",
            "junos-ike-nat": "udp/4500",
            "junos-imap": "tcp/143",
            "junos-imaps": "tcp/993",
            "junos-ldap": "tcp/389",
            "junos-lpr": "tcp/515",
            "junos-mail": "tcp/25",
            "junos-nntp": "tcp/119",
            "junos-ntp": "udp/123",
            "junos-ospf": "ospf",
            "junos-pop3": "tcp/110",
            "junos-radacct": "udp/1813",
            "junos-radius": "udp/1812",
            "junos-rtsp": "tcp/554",
            "junos-sccp": "tcp/2000",
            "junos-smb-session": "tcp/445",
            "junos-smtp": "tcp/25",
            "junos-smtps": "tcp/465",
            "junos-snmp-agentx": "tcp/705",
            "junos-ssh": "tcp/22",
            "junos-syslog": "udp/514",
            "junos-tacacs": "tcp/49",
            "junos-tcp-any": "tcp",
            "junos-telnet": "tcp/23",
            "junos-tftp": "udp/69",
            "junos-udp-any": "udp",
            "junos-winframe": "tcp/1494",
        }
    ),
}
