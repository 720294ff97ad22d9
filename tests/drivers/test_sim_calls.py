"""A routed call on the simulated network: what it says of the rules the kernel confirms (tests/lab)."""

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.policy import Policy
from ringfence.policy.filter import StatefulFilter, Timers
from support.calls_site import RULES, UntilBothHaveLeft, machines_of, topology


def run(policy: Policy, plan: CallPlan) -> tuple[StatefulFilter, Endpoint, Endpoint]:
    machines, ann, bob = machines_of(plan)
    rules = StatefulFilter(policy, Timers())
    network = SimulatedNetwork(topology(), filters={"firewall": rules}, keepalive=False)
    for node, machine in machines.items():
        network.attach(node, machine)
    watch = UntilBothHaveLeft((ann, bob))
    network.run(until=1.0)
    network.run(until=watch.give_up_at, stop=lambda: watch.done)
    return rules, ann, bob


@pytest.mark.parametrize("fast_start", [True, False])
@pytest.mark.parametrize("tunnelling", [True, False])
def test_a_call_goes_through_the_rules(fast_start: bool, tunnelling: bool) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0, fast_start=fast_start, tunnelling=tunnelling)
    rules, ann, bob = run(RULES, plan)
    for side in (ann, bob):
        assert side.call is not None
        assert side.call.connected
        assert side.call.media is (fast_start or tunnelling)
    assert rules.dropped == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("calls-in", "no connection to 10.1.0.30:1720: timed out"),
        ("calls-out", "released by the peer: unreachableDestination, cause 3"),
    ],
)
def test_each_rule_for_calls_is_needed(rule: str, why: str) -> None:
    rules, ann, _ = run(RULES.without(rule), CallPlan("4712", after=1.0, hold=5.0))
    assert ann.call is not None
    assert ann.call.ended == why
    assert {dropped.packet.destination_port for dropped in rules.dropped} == {1720}
