# ruff: noqa: E501 - a line is as long as the device writes it
"""FortiOS, PAN-OS and SRX configurations of the same campus, and others with faults in them."""

from xml.sax.saxutils import escape, quoteattr

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


def _panos_objects() -> list[str]:
    lines = [
        "set deviceconfig system hostname campus",
        "set deviceconfig setting session timeout-udp 60",
        "set network interface ethernet ethernet1/1 layer3 ip 198.51.100.2/28",
        "set network interface ethernet ethernet1/2 layer3 units ethernet1/2.20 ip 10.20.0.1/22",
        "set network interface ethernet ethernet1/2 layer3 units ethernet1/2.20 tag 20",
        "set network interface ethernet ethernet1/2 layer3 units ethernet1/2.30 ip 10.30.0.1/24",
        "set network interface ethernet ethernet1/3 layer3 ip 10.1.0.1/24",
        "set network virtual-router default routing-table ip static-route default destination 0.0.0.0/0",
        "set network virtual-router default routing-table ip static-route default interface ethernet1/1",
        "set network virtual-router default routing-table ip static-route default nexthop ip-address 198.51.100.1",
        "set network virtual-router default routing-table ip static-route sites destination 10.0.0.0/8",
        "set network virtual-router default routing-table ip static-route sites nexthop ip-address 10.30.0.2",
        "set zone outside network layer3 [ ethernet1/1 ]",
        "set zone voice network layer3 [ ethernet1/2.20 ]",
        "set zone inner network layer3 [ ethernet1/2.30 ]",
        "set zone dc network layer3 [ ethernet1/3 ]",
        "set zone dc enable-user-identification no",
    ]
    for n, net in SITES:
        lines += [
            f"set address site-{n:02d} ip-netmask {net}/16",
            f'set address site-{n:02d} description "site {n}"',
        ]
    lines += [f"set address srv-{n} ip-netmask 10.1.0.{n}" for n in SERVERS]
    return [
        *lines,
        "set address handsets ip-netmask 10.20.0.0/22",
        "set address gatekeepers ip-range 10.1.0.30-10.1.0.31",
        "set address-group servers static [ " + " ".join(f"srv-{n}" for n in SERVERS) + " ]",
        "set service ras protocol udp port 1719",
        "set service ras protocol udp source-port 49300-49309",
        "set service ras protocol udp override yes timeout 300",
        "set service signal protocol tcp port 1720",
        "set service signal protocol tcp source-port 61440-61444",
        "set service dhcp-renew protocol udp port 67",
        "set service dhcp-renew protocol udp source-port 68",
        "set service ssh protocol tcp port 22,2222",
        "set service-group admin members [ ssh service-https ]",
        "set application echo default ident-by-icmp-type type 8",
        "set application echo category networking",
    ]


def _panos_rule(name: str, zones: tuple[str, str], words: tuple[str, str, str], *more: str) -> list[str]:
    head = f"set rulebase security rules {name}"
    source, destination, service = words
    action = [] if any(m.startswith("action") for m in more) else ["action allow"]
    application = [] if any(m.startswith("application") for m in more) else ["application any"]
    attributes = [
        f"from {zones[0]}",
        f"to {zones[1]}",
        f"source {source}",
        f"destination {destination}",
        "source-user any",
        "category any",
        f"service {service}",
        *application,
        *action,
        "log-end yes",
        *more,
    ]
    return [f"{head} {attribute}" for attribute in attributes]


def _panos_campus_lines() -> list[str]:
    lines = [
        *_panos_objects(),
        *_panos_rule("old", ("any", "any"), ("any", "any", "any"), "disabled yes"),
        *_panos_rule("phones-dhcp", ("voice", "dc"), ("handsets", "srv-10", "dhcp-renew")),
        *_panos_rule("phones-files", ("voice", "dc"), ("handsets", "10.1.0.20", "service-http")),
        *_panos_rule("phones-ras", ("voice", "dc"), ("handsets", "gatekeepers", "ras"), "tag phones"),
        *_panos_rule(
            "phones-echo",
            ("voice", "dc"),
            ("handsets", "gatekeepers", "application-default"),
            "application echo",
        ),
        *_panos_rule(
            "signalling",
            ("dc", "voice"),
            ("gatekeepers", "handsets", "signal"),
            "profile-setting group default",
        ),
        *_panos_rule("no-guests", ("any", "dc"), ("any", "srv-39", "any"), "action drop"),
    ]
    for n, _ in SITES:
        names = (f"site-{n:02d}", f"[ srv-{n + 10} srv-{n + 11} ]", "[ service-http admin ]")
        lines += _panos_rule(f"site-{n}", ("inner", "dc"), names)
    return [
        *lines,
        "set rulebase nat rules hide from inner",
        "set rulebase nat rules hide to outside",
        "set rulebase nat rules hide source any",
        "set rulebase nat rules hide destination any",
        "set rulebase nat rules hide service any",
        "set rulebase nat rules hide source-translation dynamic-ip-and-port interface-address interface ethernet1/1",
        "set shared alg-override application h323 alg-disabled yes",
    ]


def panos_campus() -> str:
    return "\n".join(_panos_campus_lines()) + "\n"


def panos_plant() -> str:
    dc = ("voice", "dc")
    lines = [
        *_panos_objects(),
        "set address by-name fqdn update.example.net",
        "set address six ip-netmask fd01::30",
        "set address-group round static about",
        "set address-group about static round",
        'set address-group nobody description "to be filled"',
        "set address-group tagged dynamic filter \"'phones'\"",
        "set address twice ip-netmask 10.1.0.70",
        "set address twice ip-netmask 10.1.0.71",
        *_panos_rule("plant-round", dc, ("handsets", "round", "service-http")),
        *_panos_rule("plant-nobody", dc, ("handsets", "nobody", "service-http")),
        *_panos_rule("plant-tagged", dc, ("handsets", "tagged", "service-http")),
        *_panos_rule("plant-fqdn", dc, ("handsets", "by-name", "service-http")),
        *_panos_rule("plant-six", dc, ("handsets", "six", "service-http")),
        *_panos_rule("plant-twice", dc, ("handsets", "twice", "service-http")),
        *_panos_rule("plant-unknown", dc, ("handsets", "srv-21", "tsunami")),
        *_panos_rule(
            "plant-application", dc, ("handsets", "srv-22", "service-http"), "application web-browsing"
        ),
        *_panos_rule("plant-default-ports", dc, ("handsets", "srv-23", "application-default")),
        *_panos_rule("plant-negate", dc, ("handsets", "srv-24", "service-http"), "negate-destination yes"),
        *_panos_rule("plant-user", dc, ("handsets", "srv-25", "service-http"), "source-hip laptops"),
        *_panos_rule("plant-schedule", dc, ("handsets", "srv-26", "service-http"), "schedule office-hours"),
        *_panos_rule("phones-ras", dc, ("handsets", "gatekeepers", "ras")),
        *_panos_rule("everything", ("inner", "dc"), ("any", "any", "any")),
        *_panos_rule("site-1", ("inner", "dc"), ("site-01", "srv-11", "[ service-http admin ]")),
        *_panos_rule("site-2", ("inner", "dc"), ("site-02", "srv-12", "[ service-http admin ]")),
        *_panos_rule("site-3", ("inner", "dc"), ("site-03", "srv-13", "[ service-http admin ]")),
        "set rulebase nat rules voice from voice",
        "set rulebase nat rules voice to dc",
        "set rulebase nat rules voice source handsets",
        "set rulebase nat rules voice destination any",
        "set rulebase nat rules voice source-translation dynamic-ip-and-port translated-address srv-39",
        "set rulebase pbf rules detour from zone voice",
        "set rulebase default-security-rules rules intrazone-default action deny",
    ]
    return "\n".join(lines) + "\n"


_ENTRIES = {
    ("address",): 1,
    ("address-group",): 1,
    ("service",): 1,
    ("service-group",): 1,
    ("application",): 1,
    ("zone",): 1,
    ("rulebase", "security", "rules"): 1,
    ("rulebase", "nat", "rules"): 1,
    ("network", "interface", "ethernet"): 1,
    ("network", "interface", "ethernet", "layer3", "units"): 1,
    ("network", "interface", "ethernet", "layer3", "ip"): 1,
    ("network", "interface", "ethernet", "layer3", "units", "ip"): 1,
    ("network", "virtual-router"): 1,
    ("network", "virtual-router", "routing-table", "ip", "static-route"): 1,
    ("shared", "alg-override", "application"): 1,
}
_LISTS = {
    "from",
    "to",
    "source",
    "destination",
    "service",
    "application",
    "static",
    "members",
    "source-user",
    "category",
    "layer3",
}


def panos_xml() -> str:
    """The campus as the XML that `show config running` prints."""
    tree: dict[str, object] = {}
    for line in _panos_campus_lines():
        words = line.replace('"', "").split()[1:]
        for path, value in _xml_paths(words):
            _put(tree, path, value)
    shared = {"shared": tree.pop("shared")}
    network = {key: tree.pop(key) for key in ("deviceconfig", "network")}
    entry = {**network, "vsys": {"entry vsys1": tree}}
    whole: dict[str, object] = {"config": {**shared, "devices": {"entry localhost.localdomain": entry}}}
    return '<?xml version="1.0"?>\n' + "\n".join(_xml_lines(whole, 0)) + "\n"


def _xml_paths(words: list[str]) -> list[tuple[list[str], str]]:
    path: list[str] = []
    plain: list[str] = []  # the path without the names
    at = 0
    while at < len(words):
        word = words[at]
        if (*plain, word) in _ENTRIES and at + 1 < len(words):
            plain.append(word)
            path += [word, f"entry {words[at + 1]}"]
            at += 2
            continue
        rest = words[at + 1 :]
        if word == "description":
            return [([*path, word], " ".join(rest))]
        if word in _LISTS and (rest[:1] == ["["] or len(rest) == 1):
            members = [w for w in rest if w not in "[]"]
            return [([*path, word, f"member {m}"], m) for m in members]
        if not rest:
            return [([*path, word], "")]
        if len(rest) == 1:
            return [([*path, word], rest[0])]
        if word == "override":
            return [([*path, word, "yes", "timeout"], rest[-1])]
        path.append(word)
        plain.append(word)
        at += 1
    return [(path, "")]


def _put(tree: dict[str, object], path: list[str], value: str) -> None:
    for word in path[:-1]:
        below = tree.setdefault(word, {})
        assert isinstance(below, dict)
        tree = below
    if value or path[-1] not in tree:
        tree[path[-1]] = value or {}


def _xml_lines(tree: dict[str, object], depth: int) -> list[str]:
    lines = []
    pad = "  " * depth
    for key, below in tree.items():
        kind, _, name = key.partition(" ")
        tag = f"entry name={quoteattr(name)}" if kind == "entry" else kind
        if isinstance(below, str):
            lines.append(f"{pad}<{tag}>{escape(below)}</{kind}>")
        elif not below:
            lines.append(f"{pad}<{tag}/>")
        else:
            assert isinstance(below, dict)
            lines += [f"{pad}<{tag}>", *_xml_lines(below, depth + 1), f"{pad}</{kind}>"]
    return lines


def _srx_objects() -> list[str]:
    lines = [
        "set version 21.4R3.15",
        "set system host-name campus",
        "set system services ssh",
        "set interfaces ge-0/0/0 unit 0 family inet address 198.51.100.2/28",
        "set interfaces ge-0/0/1 unit 20 vlan-id 20",
        "set interfaces ge-0/0/1 unit 20 family inet address 10.20.0.1/22",
        "set interfaces ge-0/0/1 unit 30 family inet address 10.30.0.1/24",
        "set interfaces ge-0/0/2 unit 0 family inet address 10.1.0.1/24",
        "set interfaces ge-0/0/2 unit 0 family inet6 address fd01::1/64",
        "set routing-options static route 0.0.0.0/0 next-hop 198.51.100.1",
        "set routing-options static route 10.0.0.0/8 next-hop 10.30.0.2",
        "set security zones security-zone outside interfaces ge-0/0/0.0",
        "set security zones security-zone outside screen untrust",
        "set security zones security-zone voice interfaces ge-0/0/1.20",
        "set security zones security-zone voice host-inbound-traffic system-services ping",
        "set security zones security-zone inner interfaces ge-0/0/1.30",
        "set security zones security-zone dc interfaces ge-0/0/2.0",
        "set security screen ids-option untrust icmp ping-death",
        "set security flow tcp-session time-wait-state session-timeout 2",
    ]
    book = "set security address-book global"
    for n, net in SITES:
        lines += [
            f'{book} address site-{n:02d} description "site {n}"',
            f"{book} address site-{n:02d} {net}/16",
        ]
    lines += [f"{book} address srv-{n} 10.1.0.{n}/32" for n in SERVERS]
    lines += [f"{book} address-set servers address srv-{n}" for n in SERVERS]
    return [
        *lines,
        f"{book} address handsets 10.20.0.0/22",
        f"{book} address gatekeepers range-address 10.1.0.30 to 10.1.0.31",
        "set applications application ras protocol udp",
        "set applications application ras source-port 49300-49309",
        "set applications application ras destination-port 1719",
        "set applications application ras inactivity-timeout 300",
        "set applications application ras application-protocol ignore",
        "set applications application signal term t1 protocol tcp source-port 61440-61444 destination-port 1720",
        "set applications application dhcp-renew protocol udp",
        "set applications application dhcp-renew source-port bootpc",
        "set applications application dhcp-renew destination-port bootps",
        "set applications application-set admin application junos-ssh",
        "set applications application-set admin application junos-https",
    ]


def _srx_policy(name: str, zones: tuple[str, str], words: tuple[str, str, str], *more: str) -> list[str]:
    head = f"set security policies from-zone {zones[0]} to-zone {zones[1]} policy {name}"
    source, destination, application = words
    verdict = [] if any(m.startswith("then ") for m in more) else ["then permit"]
    return [
        *(f"{head} match source-address {word}" for word in source.split()),
        *(f"{head} match destination-address {word}" for word in destination.split()),
        *(f"{head} match application {word}" for word in application.split()),
        *(f"{head} {attribute}" for attribute in (*verdict, "then log session-init", *more)),
    ]


def srx_campus() -> str:
    lines = [
        *_srx_objects(),
        *_srx_policy("old", ("voice", "dc"), ("any", "any", "any")),
        *_srx_policy("phones-dhcp", ("voice", "dc"), ("handsets", "srv-10", "dhcp-renew")),
        *_srx_policy("phones-files", ("voice", "dc"), ("handsets", "srv-20", "junos-http")),
        *_srx_policy("phones-ras", ("voice", "dc"), ("handsets", "gatekeepers", "ras junos-icmp-ping")),
        *_srx_policy("signalling", ("dc", "voice"), ("gatekeepers", "handsets", "signal")),
        *_srx_policy("to-self", ("voice", "junos-host"), ("any", "any", "any")),
    ]
    for n, _ in SITES:
        names = (f"site-{n:02d}", f"srv-{n + 10} srv-{n + 11}", "junos-http admin")
        lines += _srx_policy(f"site-{n}", ("inner", "dc"), names)
    return (
        "\n".join(
            [
                *lines,
                "set security policies global policy no-guests match source-address any",
                "set security policies global policy no-guests match destination-address srv-39",
                "set security policies global policy no-guests match application any",
                "set security policies global policy no-guests then deny",
                "set security policies default-policy deny-all",
                "set security nat source rule-set out from zone inner",
                "set security nat source rule-set out to zone outside",
                "set security nat source rule-set out rule hide match source-address 10.0.0.0/8",
                "set security nat source rule-set out rule hide then source-nat interface",
                "set security alg h323 disable",
                "deactivate security policies from-zone voice to-zone dc policy old",
            ]
        )
        + "\n"
    )


def srx_plant() -> str:
    dc = ("voice", "dc")
    book = "set security address-book global"
    lines = [
        *_srx_objects(),
        f"{book} address by-name dns-name update.example.net",
        f"{book} address six fd01::30/128",
        f"{book} address-set round address-set about",
        f"{book} address-set about address-set round",
        f'{book} address-set nobody description "to be filled"',
        f"{book} address twice 10.1.0.70/32",
        f"{book} address twice 10.1.0.71/32",
        "set applications application rpc application-protocol rpc",
        "set applications application rpc rpc-program-number 100003",
        *_srx_policy("plant-round", dc, ("handsets", "round", "junos-http")),
        *_srx_policy("plant-nobody", dc, ("handsets", "nobody", "junos-http")),
        *_srx_policy("plant-fqdn", dc, ("handsets", "by-name", "junos-http")),
        *_srx_policy("plant-twice", dc, ("handsets", "twice", "junos-http")),
        *_srx_policy("plant-unknown", dc, ("handsets", "srv-21", "junos-tsunami")),
        *_srx_policy("plant-rpc", dc, ("handsets", "srv-22", "rpc")),
        *_srx_policy(
            "plant-schedule", dc, ("handsets", "srv-23", "junos-http"), "scheduler-name office-hours"
        ),
        *_srx_policy(
            "plant-dynamic", dc, ("handsets", "srv-24", "junos-http"), "match dynamic-application junos:HTTP"
        ),
        *_srx_policy(
            "plant-excluded", dc, ("handsets", "srv-25", "junos-http"), "match destination-address-excluded"
        ),
        *_srx_policy(
            "plant-tunnel", dc, ("handsets", "srv-26", "junos-http"), "then permit tunnel ipsec-vpn head"
        ),
        *_srx_policy("phones-ras", dc, ("handsets", "gatekeepers", "ras")),
        *_srx_policy("everything", ("inner", "dc"), ("any", "any", "any")),
        "set security nat source rule-set voice from zone voice",
        "set security nat source rule-set voice to zone dc",
        "set security nat source rule-set voice rule all match source-address 10.20.0.0/22",
        "set security nat source rule-set voice rule all then source-nat interface",
        "set security alg h323 gatekeeper",
        "set firewall family inet filter odd term 1 then accept",
        "set interfaces ge-0/0/1 unit 20 family inet filter input odd",
    ]
    for n, _ in SITES:
        names = (f"site-{n:02d}", f"srv-{n + 10} srv-{n + 11}", "junos-http admin")
        lines += _srx_policy(f"site-{n}", ("inner", "dc"), names)
    return "\n".join(lines) + "\n"
