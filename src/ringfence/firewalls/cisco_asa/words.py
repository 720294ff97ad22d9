"""Commands of an ASA configuration that do not decide which forwarded packets pass.

They concern management, logging, routing protocols' own settings, VPN set-up, or name things that only matter
where an access list or a binding refers to them. What is not here and is not read is reported.
"""

IGNORED = frozenset(
    (
        *(
            "hostname",
            "domain-name",
            "enable",
            "passwd",
            "names",
            "dns",
            "dns-guard",
            "ftp",
            "banner",
            "boot",
        ),
        *("clock", "pager", "logging", "mtu", "failover", "monitor-interface", "icmp", "asdm", "arp", "user"),
        *(
            "banner",
            "timeout",
            "aaa-server",
            "http",
            "snmp-server",
            "crypto",
            "telnet",
            "ssh",
            "console",
            "ntp",
        ),
        *("dhcpd", "dhcprelay", "dhcp-client", "webvpn", "group-policy", "username", "tunnel-group", "ssl"),
        *("class-map", "policy-map", "service-policy", "prompt", "call-home", "hpm", "threat-detection"),
        *("dynamic-access-policy-record", "management-access", "time-range", "access-list", "smtp-server"),
        *("prefix-list", "route-map", "as-path", "community-list", "sla", "track", "privilege", "terminal"),
        *("key", "service", "tls-proxy", "media-termination", "ldap", "mac-address", "lacp", "flow-export"),
        *("password-policy", "quota", "license", "xlate", "regex", "jumbo-frame", "application", "vpdn"),
        *("vpn-sessiondb", "vpn-addr-assign", "vpnclient", "tftp-server", "auto-update", "url-list", "ASA"),
        *("fragment", "ip-client", "tcp-map", "priority-queue", "page", "cluster", "checkheaps", "coredump"),
        *("ctl-file", "ctl-provider", "compression", "config-register", "snmp-map", "multicast-routing"),
        *("igmp", "pim", "mroute", "nat-assigned-to-public-ip", "user-identity", "process", "end", "quit"),
        *("hw-module", "module", "power-supply", "redundancy", "tunnel", "port-object", "Cryptochecksum"),
        *(
            "ip",
            "ipv6",
            "aaa",
            "sysopt",
            "dhcp-network-scope",
            "smart-tunnel",
            "anyconnect",
            "arp-inspection",
        ),
    )
)
# Of these the second word makes the difference: old lists that no binding above shows.
MATTERING = frozenset({("ipv6", "access-list")})
