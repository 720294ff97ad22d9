"""A FortiGate whose policies are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.branch_fortios import (
    ALWAYS,
    BEFORE,
    GOOD,
    PORT1,
    QUARANTINE,
    RAS_POLICY,
    ROUTES,
    SERVERS,
)
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged


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


MISTAKES = (
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
