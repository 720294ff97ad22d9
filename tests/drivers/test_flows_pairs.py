"""The network of flows tells machines what the network of frames tells them.

`python -m support.flow_pairs` runs as many of these as one likes; a few are run here each time.
"""

from collections import Counter

import pytest

from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.network import SimulatedNetwork
from support.flow_pairs import Disturbance, Run, Scenario, between, differences, scenario

SOME = 24


@pytest.mark.parametrize("seed", range(SOME))
def test_both_networks_tell_machines_the_same(seed: int) -> None:
    assert list(differences(scenario(seed))) == []


def test_scenarios_are_of_every_kind() -> None:
    """A scenario that nothing disturbs, at one site only, would prove little."""
    found = [scenario(seed) for seed in range(200)]
    assert {each.site for each in found} >= {"branch", "enterprise", "nat-linux-helper", "https-multicast"}
    kinds = Counter(disturbance.what for each in found for disturbance in each.disturbances)
    assert set(kinds) == {"unplug", "power", "flush", "cut", "lose", "deny"}
    assert any(each.without for each in found)
    assert any(each.delay for each in found)


def test_a_difference_is_seen() -> None:
    """The comparison itself: a run in which the file server is out of reach for a while is another run."""
    quiet = Scenario("branch", 30.0)
    cut = Scenario("branch", 30.0, disturbances=(Disturbance(0.0, 20.0, "cut", "file-server"),))
    assert list(between(Run(quiet, FlowNetwork), Run(quiet, SimulatedNetwork))) == []
    assert list(between(Run(cut, FlowNetwork), Run(quiet, SimulatedNetwork)))
