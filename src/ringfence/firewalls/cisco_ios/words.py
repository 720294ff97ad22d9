"""Commands of an IOS configuration that do not decide which forwarded packets pass.

They concern management, switching, routing protocols' own settings, voice, VPN set-up, or name things that
only matter where an interface refers to them. What is not here and is not read is reported.
"""

IGNORED = frozenset(
    (
        *(
            "aaa",
            "alias",
            "archive",
            "arp",
            "banner",
            "boot",
            "boot-start-marker",
            "boot-end-marker",
            "bridge",
        ),
        *("buffers", "Building", "call-home", "card", "cdp", "chat-script", "cisp", "class-map", "clock"),
        *("config-register", "control-plane", "crypto", "Current", "default", "dial-peer", "diagnostic"),
        *("dot1x", "downward-compatible-config", "enable", "end", "epm", "errdisable", "ethernet", "event"),
        *("exception", "exit", "facility-alarm", "flow", "gatekeeper", "gateway", "hostname", "hw-module"),
        *("ip", "ipv6", "key", "l2tp-class", "lacp", "license", "line", "lldp", "logging", "login", "mac"),
        *("macro", "mgcp", "mls", "module", "monitor", "mpls", "multilink", "netconf", "netconf-yang", "ntp"),
        *("nls", "parser", "password", "platform", "policy-map", "port-channel", "power", "privilege"),
        *("process", "prompt", "qos", "radius", "radius-server", "redundancy", "restconf", "rmon"),
        *("route-map", "scheduler", "sccp", "security", "service", "service-template", "set", "shell"),
        *("sip-ua", "snmp", "snmp-server", "spanning-tree", "stcapp", "subscriber", "switch", "system"),
        *("tacacs", "tacacs-server", "telephony-service", "template", "terminal", "tftp-server"),
        *("time-range", "track", "transceiver", "udld", "username", "version", "vlan", "vmps", "voice"),
        *("voice-card", "voice-port", "vpdn", "vrf", "vtp", "vtp-mode", "webui", "wireless", "wsma"),
        *("access-session", "device-tracking", "dhcp", "access-list", "community-list", "as-path", "memory"),
        *("nat64", "authentication", "Using", "Last", "NVRAM", "fabric", "avb", "cts", "ap", "ptp"),
    )
)
# Commands on an interface that pass or drop packets by rules of their own.
ON_INTERFACE = (
    ("ip", "access-group"),
    ("ip", "inspect"),
    ("ip", "policy"),
    ("ip", "vrf", "forwarding"),
    ("vrf", "forwarding"),
    ("zone-member",),
    ("ipv6", "traffic-filter"),
    ("mac", "access-group"),
    ("ip", "port", "access-group"),
    ("ip", "ips"),
)
