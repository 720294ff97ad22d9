"""What every network does with time and order."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    BindFailed,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    Event,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    Started,
    StreamFailed,
    TimeUp,
)
from ringfence.model.address import TransportAddress
from support.networks import NETWORKS, Network, Puppet, opened


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    yield from opened(request.param)


def test_started_comes_first_and_once(network: Network) -> None:
    puppet = Puppet(wake=[0.01])
    network.attach(network.place(), puppet)
    assert network.until(lambda: bool(puppet.got(TimeUp)))
    assert isinstance(puppet.seen[0][1], Started)
    assert len(puppet.got(Started)) == 1


def test_time_up_never_comes_early_and_comes_for_every_deadline(network: Network) -> None:
    wake = [0.02, 0.05, 0.050001, 0.11]
    puppet = Puppet(wake=wake)
    network.attach(network.place(), puppet)
    assert network.until(lambda: puppet.deadline is None)
    started = puppet.seen[0][0]
    late = [at - started - due for at, due in zip(puppet.times(TimeUp), wake, strict=True)]
    assert min(late) >= -1e-9
    assert max(late) < 2.0


def test_now_never_goes_back(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(TransportAddress(there.address, 12001)),), wake=[n / 200 for n in range(1, 20)])
    network.attach(there, receiver)
    source = TransportAddress(here.address, 12002)
    sending = SendDatagram(source, TransportAddress(there.address, 12001), b"x")
    network.attach(
        here, Puppet((Bind(source),), lambda event: (sending,), wake=[n / 150 for n in range(1, 15)])
    )
    assert network.until(lambda: receiver.deadline is None and len(receiver.got(DatagramReceived)) == 14)
    times = [at for at, _ in receiver.seen]
    assert times == sorted(times)


def test_an_event_can_bring_the_deadline_forward(network: Network) -> None:
    here, there = network.place(), network.place()
    sleeper = Puppet((Bind(TransportAddress(there.address, 12003)),), wake=[500.0])

    def hasten(event: Event) -> Commands:
        if isinstance(event, DatagramReceived):
            sleeper.deadline = sleeper.seen[-1][0] + 0.01
        return NOTHING

    sleeper.on = hasten
    network.attach(there, sleeper)
    source = TransportAddress(here.address, 12004)
    network.attach(
        here, Puppet((Bind(source), SendDatagram(source, TransportAddress(there.address, 12003), b"now")))
    )
    assert network.until(lambda: bool(sleeper.got(TimeUp)))


def test_no_deadline_no_time_up(network: Network) -> None:
    still, clock = Puppet(), Puppet(wake=[0.05])
    network.attach(network.place(), still)
    network.attach(network.place(), clock)
    assert network.until(lambda: bool(clock.got(TimeUp)))
    assert still.got(TimeUp) == []


def test_events_that_commands_cause_wait_for_the_other_commands(network: Network) -> None:
    """Law 4: the failures are heard after all commands, in the commands' order."""
    place, other = network.place(), network.place()
    taken = TransportAddress(place.address, 12005)
    network.attach(place, Puppet((Bind(taken),)))
    network.attach(other, Puppet((Bind(TransportAddress(other.address, 12006)),)))
    source = TransportAddress(place.address, 12007)
    dial = OpenStream(1, place.address, TransportAddress(other.address, 12008), source_ports=(12009, 12009))
    first = Puppet((Bind(taken), Bind(source), dial))
    network.attach(place, first)
    assert network.until(lambda: bool(first.got(StreamFailed)))
    kinds = [type(event) for _, event in first.seen]
    assert kinds == [Started, BindFailed, StreamFailed]


def test_a_configured_address_is_announced_and_its_binds_go_with_it(network: Network) -> None:
    place = network.place()
    local = TransportAddress(place.address, 12010)

    def on(event: Event) -> Commands:
        match event:
            case AddressConfigured():
                return (Bind(local),)
            case TimeUp():
                return (RemoveAddress(place.address, place.interface),)
            case _:
                return NOTHING

    subnet = IPv4Network((int(place.address) & 0xFFFF0000, 16))
    configure = ConfigureAddress(place.address, subnet, interface=place.interface)
    holder = Puppet((configure,), on, wake=[0.02])
    network.attach(place, holder)
    assert network.until(lambda: bool(holder.got(TimeUp)))
    assert holder.got(AddressConfigured) == [AddressConfigured(IPv4Address(place.address))]
    heir = Puppet(
        (configure,), lambda event: (Bind(local),) if isinstance(event, AddressConfigured) else NOTHING
    )
    network.attach(place, heir)
    assert network.until(lambda: bool(heir.got(AddressConfigured)))
    assert heir.got(BindFailed) == []
