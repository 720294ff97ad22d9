"""A server with a capacity, on the network of flows."""

from ringfence.actors.io import Bind, DatagramReceived, SendDatagram
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.flows.service import ServiceQueue
from ringfence.policy.filter import StatefulFilter
from support.networks import Puppet
from support.sim_branch import BRANCH, EVERYTHING, GATEKEEPER, NEIGHBOUR, at


def asked(workers: int, room: int, messages: int) -> tuple[Puppet, ServiceQueue]:
    """Served one second each; all asked at once."""
    clock = Clock()
    network = FlowNetwork(BRANCH, clock=clock, filters={"firewall": StatefulFilter(EVERYTHING)})
    queue = ServiceQueue(clock, 1.0, workers, room)
    network.serve("gatekeeper", queue)
    server = Puppet((Bind(at(GATEKEEPER, 1719)),))
    network.attach("gatekeeper", server)
    source = at(NEIGHBOUR, 49300)
    sending = [SendDatagram(source, at(GATEKEEPER, 1719), bytes([n])) for n in range(messages)]
    network.attach("neighbour", Puppet((Bind(source), *sending)))
    network.run(100.0)
    return server, queue


def test_messages_are_served_in_order_one_after_the_other() -> None:
    server, queue = asked(1, 10, 5)
    assert [each.data for each in server.got(DatagramReceived)] == [bytes([n]) for n in range(5)]
    assert [round(time) for time in server.times(DatagramReceived)] == [1, 2, 3, 4, 5]
    assert (queue.served, queue.lost, queue.most, queue.waiting) == (5, 0, 4, 0)
    assert round(queue.longest) == 4
    assert round(queue.waited) == 0 + 1 + 2 + 3 + 4


def test_workers_serve_side_by_side() -> None:
    server, _ = asked(3, 10, 6)
    assert [round(time) for time in server.times(DatagramReceived)] == [1, 1, 1, 2, 2, 2]


def test_what_finds_no_room_is_lost() -> None:
    server, queue = asked(1, 2, 10)
    assert len(server.got(DatagramReceived)) == 3  # one is served, two wait
    assert queue.lost == 7
    assert queue.lost_at is not None and queue.lost_at < 1.0


def test_no_room_at_all_still_serves_who_need_not_wait() -> None:
    server, queue = asked(2, 0, 5)
    assert len(server.got(DatagramReceived)) == 2
    assert queue.lost == 3
