# ruff: noqa: E501 - a line is as long as the device writes it
"""PAN-OS configurations of a campus, as set commands and XML, and of another with faults in it."""

from xml.sax.saxutils import escape, quoteattr

SITES = [(n, f"10.{30 + n}.0.0") for n in range(1, 27)]
SERVERS = range(10, 40)


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
