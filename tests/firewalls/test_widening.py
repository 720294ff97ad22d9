"""What a widened text permits is the stated policy and the extra that was announced, to the packet."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, EPHEMERAL, PortRange, port
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import Space
from ringfence.policy.reverse import with_replies
from support.branch_policy import DEVICE, nets
from support.firewalls.cloud_readers import READERS, permitted

EVERY = frozenset(Need)
_HANDSETS = ["10.20.0.0/22", "10.20.0.0/24", "10.20.0.7/32"]
_SERVERS = ["10.1.0.10/32", "10.1.0.30/32", "10.1.0.31/32", "10.1.0.0/24"]
_PORTS = [ANY_PORT, EPHEMERAL, port(67), port(1719), PortRange(61440, 61444)]


@st.composite
def crossing_lists(draw: st.DrawFn) -> Policy:
    """Rules between handsets and servers, either way."""
    rules = []
    for number in range(draw(st.integers(1, 5))):
        ends = [
            nets(*draw(st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True)))
            for words in (_HANDSETS, _SERVERS)
        ]
        if draw(st.booleans()):
            ends.reverse()
        protocol = draw(st.sampled_from([Protocol.TCP, Protocol.UDP, Protocol.ICMP]))
        icmp = protocol is Protocol.ICMP
        rules.append(
            Rule(
                f"r{number}",
                ends[0],
                ends[1],
                protocol,
                ANY_PORT if icmp else draw(st.sampled_from(_PORTS)),
                ANY_PORT if icmp else draw(st.sampled_from(_PORTS)),
                draw(st.sampled_from([None, 8])) if icmp else None,
                draw(st.sampled_from([Action.PERMIT, Action.PERMIT, Action.PERMIT, Action.DENY])),
            )
        )
    return Policy("random", tuple(rules))


@pytest.mark.parametrize("target", READERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(crossing_lists())
def test_a_text_permits_the_policy_and_the_announced_extra(target: str, policy: Policy) -> None:
    try:
        rendered = render_rules(TARGETS[target], policy, replace(DEVICE, widen=EVERY))
    except InputError:
        assume(False)
    space = Space()
    stated = space.permitted(policy if capability_of(TARGETS[target]).stateful else with_replies(policy))
    read = permitted(space, READERS[target](rendered.text))
    assert stated <= read
    assert (read - stated).count() == sum(widening.headers for widening in rendered.widenings)
