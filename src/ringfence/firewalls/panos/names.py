"""The factory services of PAN-OS, and the applications that App-ID brings along.

Services from the PAN-OS Administrator's Guide. Of applications the standard ports, as Applipedia lists them
and IANA has registered them; `h.323` with the ports of H.225.0 (call signalling 1720, RAS 1718 and 1719).
App-ID goes by content: that an application is what uses its standard ports is assumed wherever one is read.
"""

from collections.abc import Mapping

from ringfence.firewalls.common.service_names import services_named
from ringfence.policy.terms import Services

PANOS_SERVICES: Mapping[str, Services] = services_named(
    {"service-http": "tcp/80 tcp/8080", "service-https": "tcp/443"}
)
APPLICATIONS: Mapping[str, Services] = services_named(
    {
        "bgp": "tcp/179",
        "dhcp": "udp/67-68",
        "dns": "tcp/53 udp/53",
        "dns-base": "tcp/53 udp/53",
        "ftp": "tcp/21",
        "gre": "gre",
        "h.225": "tcp/1720",
        "h.323": "tcp/1720 udp/1718-1719",
        "ike": "udp/500 udp/4500",
        "imap": "tcp/143",
        "ipsec-esp": "esp",
        "ipsec-esp-udp": "udp/4500",
        "kerberos": "tcp/88 udp/88",
        "ldap": "tcp/389 udp/389 tcp/3268",
        "mgcp": "udp/2427 udp/2727",
        "ms-ds-smb": "tcp/445",
        "ms-ds-smb-base": "tcp/445",
        "ms-rdp": "tcp/3389 udp/3389",
        "msrpc": "tcp/135",
        "mssql-db": "tcp/1433",
        "mysql": "tcp/3306",
        "nntp": "tcp/119",
        "ntp": "udp/123",
        "ntp-base": "udp/123",
        "ospf": "ospf",
        "ping": "icmp/8",
        "ping6": "icmp6/128",
        "pop3": "tcp/110",
        "pptp": "tcp/1723",
        "radius": "udp/1812-1813 udp/1645-1646",
        "rtsp": "tcp/554 udp/554",
        "sccp": "tcp/2000",
        "sip": "tcp/5060-5061 udp/5060",
        "smtp": "tcp/25",
        "smtp-base": "tcp/25",
        "snmp": "udp/161",
        "snmp-base": "udp/161",
        "snmp-trap": "udp/162",
        "snmpv1": "udp/161",
        "snmpv2": "udp/161",
        "snmpv3": "udp/161",
        "ssh": "tcp/22",
        "ssl": "tcp/443",
        "syslog": "udp/514 tcp/514 tcp/1468 tcp/6514",
        "t.120": "tcp/1503",
        "tacacs-plus": "tcp/49",
        "telnet": "tcp/23",
        "tftp": "udp/69",
        "web-browsing": "tcp/80",
        "whois": "tcp/43",
    }
)
# ICMP that App-ID calls by no other name: no header tells it from echo, which is `ping`.
OF_PROTOCOL: Mapping[str, Services] = services_named({"icmp": "icmp", "ipv6-icmp": "icmp6"})
# Known, but on ports that its signalling agrees on: no header tells it.
DYNAMIC = frozenset({"rtp", "rtp-base", "rtcp", "h.245", "ftp-data", "sip-media", "stun"})
