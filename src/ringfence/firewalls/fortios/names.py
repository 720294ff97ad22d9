"""The factory services of FortiOS."""

from collections.abc import Mapping

from ringfence.firewalls.common.service_names import services_named
from ringfence.policy.terms import Service, Services

# Factory objects; a full configuration lists them, and what it lists takes their place.
SERVICES: Mapping[str, Services] = {
    "ALL": (Service(((0, 255),)),),
    **services_named(
        {
            "ALL_TCP": "tcp/1-65535",
            "ALL_UDP": "udp/1-65535",
            "ALL_ICMP": "icmp",
            "ALL_ICMP6": "icmp6",
            "BGP": "tcp/179",
            "DHCP": "udp/67-68",
            "DNS": "tcp/53 udp/53",
            "FTP": "tcp/21",
            "GRE": "gre",
            "H323": "tcp/1720 tcp/1503 udp/1719",
            "HTTP": "tcp/80",
            "HTTPS": "tcp/443",
            "IKE": "udp/500 udp/4500",
            "IMAP": "tcp/143",
            "IMAPS": "tcp/993",
            "KERBEROS": "tcp/88 tcp/464 udp/88 udp/464",
            "L2TP": "tcp/1701 udp/1701",
            "LDAP": "tcp/389",
            "LDAP_UDP": "udp/389",
            "NTP": "tcp/123 udp/123",
            "OSPF": "ospf",
            "PING": "icmp/8",
            "PING6": "icmp6/128",
            "POP3": "tcp/110",
            "POP3S": "tcp/995",
            "RADIUS": "udp/1812 udp/1813",
            "RDP": "tcp/3389",
            "SMB": "tcp/445",
            "SMTP": "tcp/25",
            "SMTPS": "tcp/465",
            "SNMP": "tcp/161-162 udp/161-162",
            "SSH": "tcp/22",
            "SYSLOG": "udp/514",
            "TELNET": "tcp/23",
            "TFTP": "udp/69",
            "TIMESTAMP": "icmp/13",
            "TRACEROUTE": "udp/33434-33535",
        }
    ),
}
