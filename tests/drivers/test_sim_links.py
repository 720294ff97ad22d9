from ipaddress import IPv4Address
from random import Random

from ringfence.actors.io import Bind, Command, DatagramReceived, SendDatagram
from ringfence.drivers.sim.frames import Frame
from ringfence.drivers.sim.links import Link, cable, choosing, cut, doubling, lossy, slow
from ringfence.wire.ethernet import ARP_REQUEST, BROADCAST, Arp
from support.networks import Puppet
from support.sim_branch import GATEKEEPER, NEIGHBOUR, at, network

FRAME = Frame(
    bytes(6),
    BROADCAST,
    Arp(ARP_REQUEST, bytes(6), IPv4Address("10.0.0.1"), bytes(6), IPv4Address("10.0.0.2")),
)


def test_wrappers_compose() -> None:
    random = Random(1)
    assert cable(FRAME) == (0.0,)
    assert cut(FRAME) == ()
    assert doubling(slow(cable, 0.5, 0.0, random), 1.0, random)(FRAME) == (0.5, 0.5)
    assert lossy(doubling(cable, 1.0, random), 1.0, random)(FRAME) == ()
    unicast: Link[Frame] = choosing(cable, lambda frame: frame.destination != BROADCAST)
    assert unicast(FRAME) == ()


def test_the_share_that_is_lost_is_the_share_that_was_asked_for() -> None:
    link = lossy(cable, 0.25, Random(2))
    arrived = sum(len(link(FRAME)) for _ in range(4000))
    assert 2900 < arrived < 3100


def test_jitter_stays_within_its_spread() -> None:
    link = slow(cable, 0.1, 0.05, Random(3))
    delays = [delay for _ in range(100) for delay in link(FRAME)]
    assert 0.1 <= min(delays) < max(delays) < 0.15


def _hundred() -> tuple[Command, ...]:
    source = at(NEIGHBOUR, 5000)
    sending = [SendDatagram(source, at(GATEKEEPER, 1719), bytes([n])) for n in range(100)]
    return (Bind(source), *sending)


def test_a_bad_cable_loses_the_same_frames_for_the_same_seed() -> None:
    runs = []
    for seed in (7, 7, 8):
        site, gatekeeper = network(), Puppet((Bind(at(GATEKEEPER, 1719)),))
        site.attach("gatekeeper", gatekeeper)
        site.set_link("gatekeeper", "eth0", lossy(cable, 0.3, Random(seed)))
        site.attach("neighbour", Puppet(_hundred()))
        site.run(until=10.0)
        runs.append([event.data for event in gatekeeper.got(DatagramReceived)])
    assert runs[0] == runs[1] != runs[2]
    assert 50 < len(runs[0]) < 90


def test_jitter_reorders_and_doubling_repeats() -> None:
    site, gatekeeper = network(), Puppet((Bind(at(GATEKEEPER, 1719)),))
    site.attach("gatekeeper", gatekeeper)
    random = Random(5)
    site.set_link("gatekeeper", "eth0", doubling(slow(cable, 0.0, 0.1, random), 0.5, random))
    site.attach("neighbour", Puppet(_hundred()))
    site.run(until=10.0)
    order = [event.data[0] for event in gatekeeper.got(DatagramReceived)]
    assert set(order) == set(range(100))
    assert len(order) > 120
    assert order != sorted(order)
