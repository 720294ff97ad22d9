"""What a FortiGate's interfaces are made of, and limits beside its policies, each wrong in one way."""

import pytest

from support.firewalls.branch_fortios import GOOD, RAS_POLICY, ROUTES
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged


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
)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("fortios", GOOD, mutation)
