# ruff: noqa: E501 - a line is as long as the device writes it
"""SRX configurations of a campus, and of another with faults in it."""

SITES = [(n, f"10.{30 + n}.0.0") for n in range(1, 27)]
SERVERS = range(10, 40)


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
