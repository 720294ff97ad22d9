"""What machines need of every network at once: another source port, silence to strangers on 1720."""

from collections.abc import Iterator
from random import Random

import pytest

from ringfence.actors.io import (
    Bind,
    DatagramReceived,
    OpenStream,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.machine import SignallingListener
from ringfence.model.address import TransportAddress
from ringfence.model.flow import Role
from ringfence.model.site import CallControl
from support.networks import NETWORKS, Network, Puppet, lacks_privilege, opened


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    yield from opened(request.param)


@pytest.mark.parametrize("taken", [0, 1, 9])
def test_ras_comes_from_the_first_free_port_from_49300_on(network: Network, taken: int) -> None:
    here, there = network.place(), network.place()
    gatekeeper = TransportAddress(there.address, 1719)
    listening = Puppet((Bind(gatekeeper),))
    network.attach(there, listening)
    network.attach(here, Puppet(tuple(Bind(TransportAddress(here.address, 49300 + n)) for n in range(taken))))
    network.attach(here, RasClient(RasClientConfig(here.address, (gatekeeper,), "2001"), Random(1)))
    assert network.until(lambda: bool(listening.got(DatagramReceived)))
    [asked, *_] = listening.got(DatagramReceived)
    assert asked.source == TransportAddress(here.address, 49300 + taken)


def test_a_handset_is_silent_on_1720_to_all_but_its_gatekeepers(network: Network) -> None:
    if lacks_privilege(network):
        pytest.skip("a normal user neither pings nor filters on the machine's own loopback")
    gatekeeper, stranger, handset = network.place(), network.place(), network.place()
    config = SignallingConfig(CallControl.GATEKEEPER)
    listener = SignallingListener(
        config, Role.HANDSET, handset.address, only_from=(gatekeeper.address,), random=Random(1)
    )
    local = TransportAddress(handset.address, 1720)
    outside = Puppet((OpenStream(1, stranger.address, local, timeout=0.3),))
    inside = Puppet((OpenStream(1, gatekeeper.address, local, (61440, 61444)),))
    network.attach(handset, listener)
    network.attach(stranger, outside)
    network.attach(gatekeeper, inside)
    assert network.until(lambda: bool(outside.got(StreamFailed) and inside.got(StreamReceived)))
    assert outside.got(StreamFailed) == [StreamFailed(1, "timed out")]  # neither accepted nor refused
    assert [event.local.port for event in inside.got(StreamOpened)] == [61440]
    assert inside.got(StreamClosed) == []
