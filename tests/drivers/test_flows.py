"""What the network of flows leaves out, and what must come of it all the same."""

from dataclasses import replace
from random import Random

import pytest

from ringfence.actors.io import (
    NOTHING,
    Commands,
    Event,
    Listen,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.links import Link, cable, doubling, lossy, slow
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.policy.filter import StatefulFilter, Timers
from support.networks import Puppet
from support.sim_branch import BRANCH, EVERYTHING, GATEKEEPER, NEIGHBOUR, at

HOUR = 3600.0
ALIVE = (20, 5, 5)


class Branch:
    """A stream from the gatekeeper to the neighbour, through the firewall, probed by one end or `both`."""

    def __init__(
        self, policy: Policy = EVERYTHING, timers: Timers | None = None, *, both: bool = False
    ) -> None:
        self.filter = StatefulFilter(policy, timers)
        self.entries: list[JournalEntry] = []
        self.network = FlowNetwork(BRANCH, filters={"firewall": self.filter}, observer=self.entries.append)
        self.listener = Puppet((Listen(at(NEIGHBOUR, 1720), keepalive=ALIVE if both else None),))
        self.opener = Puppet(
            (OpenStream(1, GATEKEEPER, at(NEIGHBOUR, 1720), (61440, 61444), keepalive=ALIVE),)
        )
        self.network.attach("neighbour", self.listener)
        self.network.attach("gatekeeper", self.opener)
        self.network.run(1.0)
        assert self.opener.got(StreamOpened)

    def closed(self) -> list[float]:
        return self.opener.times(StreamClosed)


@pytest.mark.parametrize("both", [False, True])
def test_an_idle_stream_costs_no_probes_and_its_state_lives(both: bool) -> None:
    branch = Branch(timers=Timers(established=60.0), both=both)
    branch.network.run(60.0)
    passed = branch.filter.counters.total()
    branch.network.run(10 * HOUR)
    assert branch.filter.counters.total() == passed
    assert branch.filter.tracked(10 * HOUR) == 1
    assert branch.closed() == []


def test_a_state_that_ages_faster_than_the_probes_come_is_lost() -> None:
    branch = Branch(timers=Timers(established=15.0))
    branch.network.run(HOUR)
    # The probe at 20 s meets no state, nor do the four after it, 5 s apart; then it is given up.
    assert branch.closed() == [pytest.approx(45.0, abs=0.1)]


@pytest.mark.parametrize("cause", ["flush", "power", "unplug", "denied"])
def test_what_cuts_an_idle_stream_is_noticed_by_the_next_probes(cause: str) -> None:
    branch = Branch()
    network = branch.network

    def cut() -> None:
        if cause == "flush":
            network.disturb()
            branch.filter.flush()
        elif cause == "power":
            network.power_off("neighbour")
        elif cause == "unplug":
            network.unplug("neighbour")
        else:
            network.enforce("firewall", StatefulFilter(replace(EVERYTHING, rules=())))

    network.at(HOUR + 7.0, cut)
    network.run(2 * HOUR)
    [when] = branch.closed()
    # Silence: five probes, five seconds apart, the first at most 20 s later. A host that has its power back
    # refuses the first.
    assert HOUR + 7.0 < when < HOUR + 7.0 + 20.0 + 5 * 5.0 + 0.1
    if cause == "power":
        assert branch.opener.got(StreamClosed)[0].reason == "reset by peer"


def test_a_state_lives_on_from_the_last_probe_that_was_left_out() -> None:
    """The network is disturbed elsewhere: nothing is lost, and probes rest again."""
    branch = Branch(timers=Timers(established=60.0))
    for number in range(1, 6):
        branch.network.at(number * HOUR + 13.0, branch.network.disturb)
    branch.network.run(6 * HOUR)
    assert branch.closed() == []
    assert branch.filter.tracked(6 * HOUR) == 1


def test_data_on_an_idle_stream_arrives() -> None:
    branch = Branch(timers=Timers(established=60.0))

    def answer(event: Event) -> Commands:
        return (SendStream(event.stream, b"yes"),) if isinstance(event, StreamReceived) else NOTHING

    branch.listener.on = answer
    stream = branch.network.hosts["gatekeeper"].processes[0].numbers[1]
    branch.network.at(HOUR, lambda: stream.send(b"there?"))
    branch.network.run(4 * HOUR)
    assert branch.listener.got(StreamReceived)[0].data == b"there?"
    assert branch.opener.got(StreamReceived)[0].data == b"yes"
    assert branch.closed() == []


BAD: list[Link[Packet]] = [
    lossy(cable, 0.3, Random(1)),
    doubling(cable, 0.5, Random(2)),
    slow(cable, 0.02, 0.05, Random(3)),
    doubling(lossy(slow(cable, 0.01, 0.02, Random(4)), 0.2, Random(5)), 0.2, Random(6)),
]


@pytest.mark.parametrize("link", BAD)
def test_octets_arrive_once_and_in_order_over_a_bad_cable(link: Link[Packet]) -> None:
    network = FlowNetwork(BRANCH, filters={"firewall": StatefulFilter(EVERYTHING)})
    network.set_link("neighbour", "eth0", link)
    data = bytes(range(256)) * 300

    def send(event: Event) -> Commands:
        pieces = [data[start : start + 977] for start in range(0, len(data), 977)]
        return tuple(SendStream(1, each) for each in pieces) if isinstance(event, StreamOpened) else NOTHING

    listener = Puppet((Listen(at(NEIGHBOUR, 1720)),))
    network.attach("neighbour", listener)
    opener = Puppet((OpenStream(1, GATEKEEPER, at(NEIGHBOUR, 1720), timeout=60.0),), send)
    network.attach("gatekeeper", opener)
    network.run(600.0)
    assert not opener.got(StreamFailed)
    assert len(listener.got(StreamAccepted)) == 1
    assert b"".join(each.data for each in listener.got(StreamReceived)) == data


def test_the_same_seeds_give_the_same_run() -> None:
    def run() -> list[JournalEntry]:
        entries: list[JournalEntry] = []
        network = FlowNetwork(
            BRANCH, filters={"firewall": StatefulFilter(EVERYTHING)}, observer=entries.append
        )
        network.set_link("neighbour", "eth0", lossy(slow(cable, 0.0, 0.1, Random(7)), 0.3, Random(8)))
        network.attach("neighbour", Puppet((Listen(at(NEIGHBOUR, 1720)),)))
        network.attach("gatekeeper", Puppet((OpenStream(1, GATEKEEPER, at(NEIGHBOUR, 1720)),)))
        network.run(100.0)
        return entries

    assert run() == run()
    assert run()


def test_a_filter_and_a_node_that_filters_belong_together() -> None:
    with pytest.raises(ValueError, match="filters in the topology"):
        FlowNetwork(BRANCH)
    network = FlowNetwork(BRANCH, filters={"firewall": StatefulFilter(EVERYTHING)})
    with pytest.raises(ValueError, match="does not forward"):
        network.enforce("gatekeeper", StatefulFilter(EVERYTHING))
