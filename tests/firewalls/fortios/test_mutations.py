"""A FortiGate whose policies are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged

GOOD = """#config-version=FGT100F-7.2.8-FW-build1639-240313:opmode=0:vdom=0:user=admin
config system global
    set hostname "branch"
end
config system interface
    edit "port1"
        set vdom "root"
        set ip 10.255.0.2 255.255.255.248
        set allowaccess ping
        set type physical
    next
    edit "port2"
        set vdom "root"
        set type physical
    next
    edit "servers30"
        set vdom "root"
        set ip 10.1.0.1 255.255.255.0
        set interface "port2"
        set vlanid 30
    next
    edit "mgmt"
        set vdom "root"
        set ip 192.168.1.99 255.255.255.0
        set dedicated-to management
    next
end
config system zone
    edit "voice"
        set interface "port1"
    next
end
config firewall address
    edit "handsets"
        set subnet 10.20.0.0 255.255.255.0
    next
    edit "data"
        set subnet 10.10.0.0 255.255.255.0
    next
    edit "relay"
        set subnet 10.255.0.1 255.255.255.255
    next
    edit "giaddrs"
        set type iprange
        set start-ip 10.10.0.1
        set end-ip 10.10.0.1
    next
    edit "giaddr-voice"
        set subnet 10.20.0.1 255.255.255.255
    next
    edit "dhcp"
        set subnet 10.1.0.10 255.255.255.255
    next
    edit "files"
        set subnet 10.1.0.20 255.255.255.255
    next
    edit "gatekeeper"
        set subnet 10.1.0.30 255.255.255.255
    next
end
config firewall service custom
    edit "dhcp-relayed"
        set udp-portrange 67:67
    next
    edit "dhcp-unicast"
        set udp-portrange 67:68
    next
    edit "http-high"
        set tcp-portrange 80:1024-65535
    next
    edit "ras"
        set udp-portrange 1719:49300
        set helper disable
    next
    edit "ras-back"
        set udp-portrange 49300:1719
    next
    edit "signalling"
        set tcp-portrange 1720:61440-61444
    next
end
config firewall policy
    edit 1
        set name "relay"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "relay"
        set dstaddr "dhcp"
        set schedule "always"
        set service "dhcp-relayed"
    next
    edit 2
        set name "dhcp"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets" "data"
        set dstaddr "dhcp"
        set schedule "always"
        set service "dhcp-unicast"
    next
    edit 3
        set name "files"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets"
        set dstaddr "files"
        set schedule "always"
        set service "http-high"
    next
    edit 4
        set name "ras"
        set srcintf "voice"
        set dstintf "servers30"
        set action accept
        set srcaddr "handsets"
        set dstaddr "gatekeeper"
        set schedule "always"
        set service "ras" "PING"
    next
    edit 5
        set name "dhcp-back"
        set srcintf "servers30"
        set dstintf "voice"
        set action accept
        set srcaddr "dhcp"
        set dstaddr "giaddrs" "giaddr-voice"
        set schedule "always"
        set service "dhcp-relayed"
    next
    edit 6
        set name "call-server"
        set srcintf "servers30"
        set dstintf "voice"
        set action accept
        set srcaddr "gatekeeper"
        set dstaddr "handsets"
        set schedule "always"
        set service "signalling" "ras-back"
    next
end
config firewall local-in-policy
    edit 1
        set intf "any"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        set schedule "always"
    next
end
config router static
    edit 1
        set dst 10.10.0.0 255.255.255.0
        set gateway 10.255.0.1
        set device "port1"
    next
    edit 2
        set dst 10.20.0.0 255.255.255.0
        set gateway 10.255.0.1
        set device "port1"
    next
end
"""
RAS_POLICY = '        set name "ras"\n'
BEFORE = '    edit 1\n        set name "relay"\n'
PORT1 = "        set ip 10.255.0.2 255.255.255.248\n"
SERVERS = '    edit "servers30"\n        set vdom "root"\n'
ROUTES = "config router static\n"
ALWAYS = 'config firewall schedule recurring\n    edit "always"\n        {}\n    next\nend\n'
QUARANTINE = """config firewall DoS-policy
    edit 1
        set interface "port1"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        config anomaly
            edit "udp_scan"
                set status enable
                set quarantine attacker
            next
        end
    next
end
"""


def denying(policy: str) -> str:
    return (
        f'    edit 9\n        set name "{policy}"\n        set srcintf "any"\n        set dstintf "any"\n'
        '        set srcaddr "all"\n        set dstaddr "all"\n        set schedule "always"\n'
        '        set service "{service}"\n    next\n'
    )


def table(name: str, *settings: str) -> tuple[tuple[str, str]]:
    body = "".join(f"        set {setting}\n" for setting in settings)
    return ((ROUTES, f"config {name}\n    edit 1\n{body}    next\nend\n{ROUTES}"),)


def route(*settings: str) -> tuple[tuple[str, str]]:
    body = "".join(f"        set {setting}\n" for setting in settings)
    return ((ROUTES, f"{ROUTES}    edit 9\n{body}    next\n"),)


DENY_UDP = denying("no-udp").replace("{service}", "ALL_UDP")
BEHIND_PORT1 = ('srcintf "port1"', 'srcaddr "all"', 'dstaddr "all"', 'service "ALL"', 'schedule "always"')


def settings(name: str, *said: str) -> tuple[tuple[str, str]]:
    body = "".join(f"    set {setting}\n" for setting in said)
    return ((ROUTES, f"config {name}\n{body}end\n{ROUTES}"),)


DOWN = "        set status down\n"
PORT = '    edit "{}"\n        set vdom "root"\n'


def port(name: str, lines: str) -> tuple[tuple[str, str], ...]:
    return ((PORT.format(name), PORT.format(name) + lines),)


def combined(kind: str, *ports: str, name: str = "port1", more: str = "") -> tuple[tuple[str, str], ...]:
    """The interface is made of others, whose lines these are."""
    names = [f"x{number}" for number, _ in enumerate(ports, start=1)]
    found = "".join(f"{PORT.format(one)}{lines}    next\n" for one, lines in zip(names, ports, strict=True))
    members = f"        set type {kind}\n        set member {' '.join(names)}\n{more}"
    return ((PORT.format(name), f"{found}{PORT.format(name)}{members}"),)


def shaped(limit: str) -> tuple[tuple[str, str], ...]:
    shaper = f'config firewall shaper per-ip-shaper\n    edit "few"\n        set {limit}\n    next\nend\n'
    return ((RAS_POLICY, f'{RAS_POLICY}        set per-ip-shaper "few"\n'), (ROUTES, shaper + ROUTES))


MISTAKES = (
    Mutation("a port of the aggregate is up", combined("aggregate", "", DOWN)),
    Mutation("every port of the aggregate is down", combined("aggregate", DOWN, DOWN), EVERYTHING),
    Mutation("every port of the redundant pair is down", combined("redundant", DOWN, DOWN), EVERYTHING),
    Mutation(
        "fewer ports than the aggregate needs",
        combined("aggregate", "", DOWN, more="        set min-links 2\n"),
        EVERYTHING,
    ),
    Mutation(
        "a VLAN on an aggregate that is down",
        (
            *combined("aggregate", DOWN, DOWN, name="port2"),
            ('        set interface "port2"\n', '        set interface "port2" \n'),
        ),
        EVERYTHING,
    ),
    Mutation("its zone is down", (*port("port1", DOWN),), EVERYTHING),
    Mutation(
        "the interface is edited again",
        ((ROUTES, f'config system interface\n    edit "port1"\n{DOWN}    next\nend\n{ROUTES}'),),
        EVERYTHING,
    ),
    Mutation(
        "a VLAN without its number",
        (("        set vlanid 30\n", "        set type vlan\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "sessions of an address are limited", shaped("max-concurrent-session 2"), RAS + " echo", blocks=False
    ),
    Mutation("UDP sessions are limited", shaped("max-concurrent-udp-session 2"), RAS + " echo", blocks=False),
    Mutation("rates are limited", shaped("max-bandwidth 1000")),
    Mutation("no session is limited", shaped("max-concurrent-session 0")),
    Mutation(
        "a shaping policy limits sessions",
        (
            (
                ROUTES,
                'config firewall shaper per-ip-shaper\n    edit "few"\n        set max-concurrent-session 2\n'
                "    next\nend\nconfig firewall shaping-policy\n    edit 1\n        set service ALL\n"
                '        set srcaddr "gatekeeper"\n        set dstaddr "all"\n        set dstintf "voice"\n'
                f'        set per-ip-shaper "few"\n    next\nend\n{ROUTES}',
            ),
        ),
        f"{RAS} echo signal notify",
        blocks=False,
    ),
    Mutation(
        "a route by an interface that is not there",
        (
            (
                '        set device "port1"\n    next\n    edit 2',
                '        set device "port9"\n    next\n    edit 2',
            ),
        ),
        "address release",
        blocks=False,
    ),
    Mutation(
        "SD-WAN that is not enabled",
        (
            (
                ROUTES,
                "config system sdwan\n    config members\n    edit 1\n        set interface port1\n"
                f"    next\n    end\nend\n{ROUTES}",
            ),
            (
                '10.20.0.0 255.255.255.0\n        set gateway 10.255.0.1\n        set device "port1"\n',
                "10.20.0.0 255.255.255.0\n        set sdwan enable\n",
            ),
        ),
        "vlan-move provision discover register signal echo renew notify keep-alive",
    ),
    Mutation("the domain is off", settings("system settings", "status disable"), EVERYTHING, blocks=False),
    Mutation("common settings", settings("ips global", "database extended", "fail-open enable")),
    Mutation(
        "always is less than that",
        ((ROUTES, ALWAYS.format("set day monday tuesday") + ROUTES),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "always is never", ((ROUTES, ALWAYS.format("set day none") + ROUTES),), EVERYTHING, blocks=False
    ),
    Mutation(
        "always is always",
        (
            (
                ROUTES,
                ALWAYS.format("set day sunday monday tuesday wednesday thursday friday saturday") + ROUTES,
            ),
        ),
    ),
    Mutation(
        "an interface of another virtual domain",
        ((SERVERS, SERVERS.replace("root", "core")),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "an anomaly shuts out its sender",
        ((ROUTES, QUARANTINE + ROUTES),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "hosts are shut out",
        ((ROUTES, 'config user quarantine\n config targets\n  edit "x"\n  next\n end\nend\n' + ROUTES),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a policy is disabled", ((RAS_POLICY, RAS_POLICY + "        set status disable\n"),), f"{RAS} echo"
    ),
    Mutation("a service is missing", (('set service "ras" "PING"', 'set service "PING"'),), RAS),
    Mutation("a service is wider", (('set service "ras" "PING"', 'set service "H323" "PING"'),), opens=True),
    Mutation(
        "a service is unknown",
        (('set service "ras" "PING"', 'set service "RASX" "PING"'),),
        f"{RAS} echo",
        blocks=False,
    ),
    Mutation(
        "a deny stands before",
        ((BEFORE, DENY_UDP + BEFORE),),
        "address release vlan-move discover register renew notify keep-alive",
    ),
    Mutation(
        "a deny stands behind",
        (
            (
                "config firewall local-in-policy",
                "config firewall policy\n" + DENY_UDP + "end\nconfig firewall local-in-policy",
            ),
        ),
    ),
    Mutation(
        "the wrong mask",
        (("        set subnet 10.20.0.0 255.255.255.0\n", "        set subnet 10.20.0.0 255.255.255.128\n"),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation(
        "the ports are swapped",
        (("set udp-portrange 1719:49300", "set udp-portrange 49300:1719"),),
        RAS,
        opens=True,
    ),
    Mutation("the interface is down", ((PORT1, PORT1 + "        set status down\n"),), EVERYTHING),
    Mutation(
        "what it is a part of is down",
        ((SERVERS, '    edit "port2"\n        set status down\n    next\n' + SERVERS),),
        EVERYTHING,
    ),
    Mutation("it is for management", ((PORT1, PORT1 + "        set dedicated-to management\n"),), EVERYTHING),
    Mutation(
        "the zone is swapped",
        (
            (
                '        set interface "port1"\n    next\nend',
                '        set interface "servers30"\n    next\nend',
            ),
        ),
        EVERYTHING,
    ),
    Mutation(
        "the gatekeeper's route is a black hole",
        route("dst 10.1.0.30 255.255.255.255", "blackhole enable"),
        f"{RAS} echo signal notify",
    ),
    Mutation(
        "a policy route",
        table("router policy", 'input-device "port1"', 'dst "10.1.0.30/255.255.255.255"', "action deny"),
        f"{RAS} echo signal notify",
        blocks=False,
    ),
    Mutation(
        "a policy by time to live",
        table("firewall ttl-policy", *BEHIND_PORT1, 'ttl "1-255"'),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a policy of the interface",
        table("firewall interface-policy", 'interface "port1"', *BEHIND_PORT1[1:]),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "an access list in hardware",
        table("firewall acl", 'interface "port1"', *BEHIND_PORT1[1:]),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("of another interface", table("firewall acl", 'interface "mgmt"', *BEHIND_PORT1[1:])),
    Mutation("a DoS policy that logs", table("firewall DoS-policy", 'interface "port1"', *BEHIND_PORT1[1:])),
    Mutation(
        "a proxy policy",
        table("firewall proxy-policy", "proxy transparent-web", *BEHIND_PORT1),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a table that is not known", table("firewall frobnication", "status enable"), EVERYTHING, blocks=False
    ),
    Mutation("harmless tables", table("firewall shaping-policy", *BEHIND_PORT1)),
    Mutation(
        "it answers at a portal",
        ((PORT1, PORT1 + "        set security-mode captive-portal\n"),),
        EVERYTHING,
        blocks=False,
    ),
)


def test_the_configuration_is_right() -> None:
    assert_good("fortios", GOOD)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("fortios", GOOD, mutation)
