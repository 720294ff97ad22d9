# ruff: noqa: E501 - a line is as long as the device writes it
"""FortiOS backups of a campus, and of another with faults in it."""

SITES = [(n, f"10.{30 + n}.0.0") for n in range(1, 27)]
SERVERS = range(10, 40)

FORTI_HEAD = """\
#config-version=FGT60F-7.2.5-FW-build1517-230606:opmode=0:vdom=0:user=admin
#conf_file_ver=1234567890
config system global
    set hostname "{host}"
    set timezone 26
    set udp-idle-timer 120
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 198.51.100.2 255.255.255.240
        set allowaccess ping
        set type physical
    next
    edit "lan"
        set vdom "root"
        set ip 10.30.0.1 255.255.255.0
        set description "a quoted text that goes on
over the end of the line"
    next
    edit "voice"
        set vdom "root"
        set ip 10.20.0.1 255.255.252.0
        set interface "lan"
        set vlanid 20
    next
    edit "dc"
        set vdom "root"
        set ip 10.1.0.1 255.255.255.0
        config ipv6
            set ip6-address fd01::1/64
        end
    next
end
config system zone
    edit "inner"
        set interface "lan"
    next
end
config system session-ttl
    set default 3600
    config port
        edit 1
            set protocol 17
            set timeout 300
            set start-port 1719
            set end-port 1719
        next
    end
end
config system session-helper
    edit 1
        set name pptp
        set protocol 6
        set port 1723
    next
{helpers}end
config vpn certificate local
    edit "Fortinet_Factory"
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI
-----END ENCRYPTED PRIVATE KEY-----
"
    next
end
config firewall address
    edit "all"
    next
    edit "none"
        set subnet 0.0.0.0 255.255.255.255
    next
"""

FORTI_TAIL = """\
config router static
    edit 1
        set gateway 198.51.100.1
        set device "wan1"
    next
    edit 2
        set dst 10.0.0.0 255.0.0.0
        set gateway 10.30.0.2
        set device "lan"
    next
end
config router ospf
    config redistribute "connected"
    end
end
"""


def _edit(name: str, *settings: str, quote: bool = True) -> list[str]:
    shown = f'"{name}"' if quote else name
    return [f"    edit {shown}", *(f"        set {setting}" for setting in settings), "    next"]


def _forti_objects() -> list[str]:
    lines = []
    for n, net in SITES:
        lines += _edit(f"site-{n:02d}", f"subnet {net} 255.255.0.0")
    for n in SERVERS:
        lines += _edit(f"srv-{n}", f"subnet 10.1.0.{n} 255.255.255.255")
    lines += _edit("handsets", "subnet 10.20.0.0 255.255.252.0", 'comment "with \\"quotes\\" in it"')
    lines += _edit("gatekeepers", "type iprange", "start-ip 10.1.0.30", "end-ip 10.1.0.31")
    return lines


def _forti_policy(
    number: int, name: str, zones: tuple[str, str], words: tuple[str, str, str], *more: str
) -> list[str]:
    source, destination, service = words
    return _edit(
        str(number),
        f'name "{name}"',
        "uuid 8c9f7e0a-0000-51ee-0000-000000000000",
        f'srcintf "{zones[0]}"',
        f'dstintf "{zones[1]}"',
        *([] if "action deny" in more else ["action accept"]),
        f"srcaddr {source}",
        f"dstaddr {destination}",
        'schedule "always"' if not any(m.startswith("schedule") for m in more) else "logtraffic all",
        f"service {service}",
        *(m for m in more if m != "action deny"),
        quote=False,
    )


def _forti_services() -> list[str]:
    return [
        "config firewall service custom",
        *_edit("RAS", "udp-portrange 1719:49300-49309"),
        *_edit("SIGNAL", "tcp-portrange 1720:61440-61444"),
        *_edit("DHCP-RENEW", "udp-portrange 67:68"),
        *_edit("HTTP", 'category "Web Access"', "tcp-portrange 80"),
        *_edit("H323", "tcp-portrange 1720 1503", "udp-portrange 1719"),
        *_edit("ECHO", "protocol ICMP", "icmptype 8", "unset icmpcode"),
        "end",
        "config firewall service group",
        *_edit("phone-web", 'member "HTTP"', 'comment "files"'),
        "end",
    ]


def _forti_sites(first: int) -> list[str]:
    lines = []
    for n, _ in SITES:
        names = (f'"site-{n:02d}"', f'"srv-{n + 10}" "srv-{n + 11}"', '"HTTP" "HTTPS" "SSH"')
        lines += _forti_policy(first + n, f"site {n} to its servers", ("inner", "dc"), names)
    return lines


def fortios_campus() -> str:
    policies = [
        *_forti_policy(7, "old rule", ("voice", "dc"), ('"all"', '"all"', '"ALL"'), "status disable"),
        *_forti_policy(1, "phones dhcp", ("voice", "dc"), ('"handsets"', '"srv-10"', '"DHCP-RENEW"')),
        *_forti_policy(2, "phones files", ("voice", "dc"), ('"handsets"', '"srv-20"', '"phone-web"')),
        *_forti_policy(3, "phones ras", ("voice", "dc"), ('"handsets"', '"gatekeepers"', '"RAS" "ECHO"')),
        *_forti_policy(4, "signalling", ("dc", "voice"), ('"gatekeepers"', '"handsets"', '"SIGNAL"')),
        *_forti_policy(
            5,
            "internet",
            ("inner", "wan1"),
            ('"all"', '"all"', '"HTTP" "HTTPS"'),
            "nat enable",
            "utm-status enable",
            'av-profile "default"',
        ),
        *_forti_policy(6, "no guests", ("any", "dc"), ('"all"', '"srv-39"', '"ALL"'), "action deny"),
        *_forti_sites(100),
    ]
    text = FORTI_HEAD.format(host="campus", helpers="") + "\n".join(
        [
            *_forti_objects(),
            "end",
            "config firewall addrgrp",
            *_edit("servers", " ".join(["member", *(f'"srv-{n}"' for n in SERVERS)])),
            "end",
            *_forti_services(),
            "config firewall policy",
            *policies,
            "end",
            "",
        ]
    )
    return text + FORTI_TAIL


def fortios_plant() -> str:
    lan = ("voice", "dc")
    phones = '"handsets"'
    policies = [
        *_forti_policy(1, "plant round", lan, (phones, '"round"', '"HTTP"')),
        *_forti_policy(2, "plant nobody", lan, (phones, '"nobody"', '"HTTP"')),
        *_forti_policy(3, "plant fqdn", lan, (phones, '"by-name"', '"HTTP"')),
        *_forti_policy(4, "plant unknown service", lan, (phones, '"srv-21"', '"TSUNAMI"')),
        *_forti_policy(5, "plant schedule", lan, (phones, '"srv-22"', '"HTTP"'), 'schedule "office-hours"'),
        *_forti_policy(6, "plant users", lan, (phones, '"srv-23"', '"HTTP"'), 'groups "staff"'),
        *_forti_policy(8, "plant negate", lan, (phones, '"srv-24"', '"HTTP"'), "dstaddr-negate enable"),
        *_forti_policy(
            9,
            "plant application",
            lan,
            (phones, '"srv-25"', '"HTTP"'),
            "utm-status enable",
            'application-list "block-p2p"',
        ),
        *_forti_policy(
            10, "plant internet service", lan, (phones, '"srv-26"', '"HTTP"'), "internet-service enable"
        ),
        *_forti_policy(11, "plant twice", lan, (phones, '"twice"', '"HTTP"')),
        *_forti_policy(12, "phones ras", lan, (phones, '"gatekeepers"', '"RAS"'), "nat enable"),
        *_forti_policy(13, "everything", ("inner", "dc"), ('"all"', '"all"', '"ALL"')),
        *_forti_sites(100),
    ]
    helpers = "".join(
        f"    edit {n}\n        set name {name}\n        set protocol {protocol}\n        set port {port}\n    next\n"
        for n, name, protocol, port in ((2, "h323", 6, 1720), (3, "ras", 17, 1719))
    )
    return (
        FORTI_HEAD.format(host="old", helpers=helpers)
        + "\n".join(
            [
                *_forti_objects(),
                *_edit("by-name", "type fqdn", 'fqdn "update.example.net"'),
                *_edit("twice", "subnet 10.1.0.70 255.255.255.255"),
                *_edit("twice", "subnet 10.1.0.71 255.255.255.255"),
                "end",
                "config firewall addrgrp",
                *_edit("round", 'member "about"'),
                *_edit("about", 'member "round"'),
                *_edit("nobody", 'comment "to be filled"'),
                "end",
                "config firewall vip",
                *_edit("public-web", "extip 198.51.100.5", 'mappedip "10.1.0.39"', 'extintf "wan1"'),
                "end",
                *_forti_services(),
                "config firewall policy",
                *policies,
                "end",
                "config firewall acl",
                *_edit("1", 'interface "wan1"', 'srcaddr "all"', quote=False),
                "end",
                "",
            ]
        )
        + FORTI_TAIL
    )
