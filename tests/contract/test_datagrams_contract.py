"""What every network does with datagrams and echoes."""

from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest

from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    EchoReplied,
    Event,
    JoinGroup,
    SendDatagram,
    SendEcho,
    TimeUp,
    Unbind,
)
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from support.networks import NETWORKS, Network, Puppet, lacks_privilege, opened

GROUP = IPv4Address("224.0.1.41")


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    yield from opened(request.param)


def at(ip: IPv4Address, port: int) -> TransportAddress:
    return TransportAddress(ip, port)


def test_a_datagram_arrives_with_both_addresses_exact(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(at(there.address, 11719)),))
    network.attach(there, receiver)
    source, destination = at(here.address, 29300), at(there.address, 11719)
    network.attach(here, Puppet((Bind(source), SendDatagram(source, destination, b"GRQ"))))
    assert network.until(lambda: bool(receiver.got(DatagramReceived)))
    assert receiver.got(DatagramReceived) == [DatagramReceived(source, destination, b"GRQ", there.interface)]


def test_the_answer_comes_back_to_the_port_asked_from(network: Network) -> None:
    here, there = network.place(), network.place()

    def answer(event: Event) -> Commands:
        if isinstance(event, DatagramReceived):
            return (SendDatagram(event.destination, event.source, event.data + b" yes"),)
        return NOTHING

    network.attach(there, Puppet((Bind(at(UNSPECIFIED, 11720)),), answer))
    source, destination = at(here.address, 29301), at(there.address, 11720)
    asker = Puppet((Bind(source), SendDatagram(source, destination, b"there?")))
    network.attach(here, asker)
    assert network.until(lambda: bool(asker.got(DatagramReceived)))
    # Bound to 0.0.0.0, it still answered from the address that was asked.
    assert asker.got(DatagramReceived) == [
        DatagramReceived(destination, source, b"there? yes", here.interface)
    ]


def test_limited_broadcast_reaches_a_wildcard_bind_with_its_destination(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(at(UNSPECIFIED, 10067), there.interface),))
    network.attach(there, receiver)
    source, everybody = at(here.address, 10068), at(LIMITED_BROADCAST, 10067)
    sending = SendDatagram(source, everybody, b"DISCOVER", here.interface)
    network.attach(here, Puppet((Bind(source), sending)))
    assert network.until(lambda: bool(receiver.got(DatagramReceived)))
    assert receiver.got(DatagramReceived) == [
        DatagramReceived(source, everybody, b"DISCOVER", there.interface)
    ]


def test_a_bind_to_one_address_hears_no_broadcast(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(at(there.address, 10069)),))
    network.attach(there, receiver)
    source = at(here.address, 10070)
    shout = SendDatagram(source, at(LIMITED_BROADCAST, 10069), b"all", here.interface)
    call = SendDatagram(source, at(there.address, 10069), b"you")
    network.attach(here, Puppet((Bind(source), shout, call)))
    assert network.until(lambda: bool(receiver.got(DatagramReceived)))
    assert [event.data for event in receiver.got(DatagramReceived)] == [b"you"]


def test_a_bind_to_the_limited_broadcast_hears_nothing_else(network: Network) -> None:
    """Beside a bind to the host's own address, as a gatekeeper has that answers both."""
    here, there = network.place(), network.place()
    everybody, own = at(LIMITED_BROADCAST, 11729), at(there.address, 11729)
    listening = Puppet((Bind(everybody),))
    network.attach(there, listening)
    source = at(here.address, 29309)
    sending = [SendDatagram(source, own, b"you"), SendDatagram(source, everybody, b"all", here.interface)]
    network.attach(here, Puppet((Bind(source), *sending)))
    assert network.until(lambda: bool(listening.got(DatagramReceived)))
    assert [(each.destination, each.data) for each in listening.got(DatagramReceived)] == [
        (everybody, b"all")
    ]


def test_a_group_is_heard_only_after_joining(network: Network) -> None:
    here, member, stranger = network.place(), network.place(), network.place()
    joined = Puppet((Bind(at(UNSPECIFIED, 11718), member.interface), JoinGroup(GROUP, member.interface)))
    apart = Puppet((Bind(at(UNSPECIFIED, 11719), stranger.interface),))
    network.attach(member, joined)
    network.attach(stranger, apart)
    source = at(here.address, 29302)
    ask = SendDatagram(source, at(GROUP, 11718), b"GRQ", here.interface, ttl=4)
    astray = SendDatagram(source, at(GROUP, 11719), b"GRQ", here.interface, ttl=4)
    tell = SendDatagram(source, at(stranger.address, 11719), b"direct")
    network.attach(here, Puppet((Bind(source), astray, ask, tell)))
    assert network.until(lambda: bool(joined.got(DatagramReceived) and apart.got(DatagramReceived)))
    assert joined.got(DatagramReceived) == [
        DatagramReceived(source, at(GROUP, 11718), b"GRQ", member.interface)
    ]
    assert [event.data for event in apart.got(DatagramReceived)] == [b"direct"]


def test_a_group_can_be_joined_before_the_bind(network: Network) -> None:
    here, member = network.place(), network.place()
    joined = Puppet((JoinGroup(GROUP, member.interface), Bind(at(UNSPECIFIED, 11721), member.interface)))
    network.attach(member, joined)
    source = at(here.address, 29303)
    network.attach(
        here, Puppet((Bind(source), SendDatagram(source, at(GROUP, 11721), b"GRQ", here.interface)))
    )
    assert network.until(lambda: bool(joined.got(DatagramReceived)))


def test_datagrams_keep_their_order_and_their_edges(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(at(there.address, 11722)),))
    network.attach(there, receiver)
    source, destination = at(here.address, 29304), at(there.address, 11722)
    payloads = [bytes([number]) * number for number in range(100)]
    network.attach(
        here, Puppet((Bind(source), *(SendDatagram(source, destination, data) for data in payloads)))
    )
    assert network.until(lambda: len(receiver.got(DatagramReceived)) == 100)
    assert [event.data for event in receiver.got(DatagramReceived)] == payloads


def test_after_unbind_nothing_arrives_and_the_port_is_free(network: Network) -> None:
    here, there = network.place(), network.place()
    local = at(there.address, 11723)

    def on(event: Event) -> Commands:
        match event:
            case DatagramReceived(data=b"close"):
                return (Unbind(local),)
            case TimeUp():
                return (Bind(local),)
            case _:
                return NOTHING

    receiver = Puppet((Bind(local),), on, wake=[0.2])
    network.attach(there, receiver)
    source = at(here.address, 29305)
    words = [SendDatagram(source, local, data) for data in (b"close", b"lost")]
    sender = Puppet(
        (Bind(source), *words), lambda event: (SendDatagram(source, local, b"again"),), wake=[0.3]
    )
    network.attach(here, sender)
    assert network.until(lambda: len(receiver.got(DatagramReceived)) == 2)
    assert [event.data for event in receiver.got(DatagramReceived)] == [b"close", b"again"]
    assert receiver.got(BindFailed) == []


def test_a_taken_port_fails_the_bind(network: Network) -> None:
    """Two machines on one host: the second does not get the port, nor share it."""
    place = network.place()
    local = at(place.address, 11724)
    first, second = Puppet((Bind(local),)), Puppet((Bind(local),))
    network.attach(place, first)
    network.attach(place, second)
    assert network.until(lambda: bool(second.got(BindFailed)))
    assert second.got(BindFailed) == [BindFailed(local)]
    assert first.got(BindFailed) == []


def test_one_host_may_bind_a_port_on_every_address_and_on_one(network: Network) -> None:
    """A relay listens on 0.0.0.0:67 for clients and on giaddr:67 for servers."""
    here, there = network.place(), network.place()
    exact, every = at(there.address, 11725), at(UNSPECIFIED, 11725)
    receiver = Puppet((Bind(every, there.interface), Bind(exact)))
    network.attach(there, receiver)
    source = at(here.address, 29306)
    sending = [
        SendDatagram(source, exact, b"one"),
        SendDatagram(source, at(LIMITED_BROADCAST, 11725), b"every", here.interface),
    ]
    network.attach(here, Puppet((Bind(source), *sending)))
    assert network.until(lambda: len(receiver.got(DatagramReceived)) >= 2)
    assert sorted(event.data for event in receiver.got(DatagramReceived)) == [b"every", b"one"]
    assert receiver.got(BindFailed) == []


def test_sending_from_an_unbound_port_sends_nothing(network: Network) -> None:
    here, there = network.place(), network.place()
    receiver = Puppet((Bind(at(there.address, 11726)),))
    network.attach(there, receiver)
    to = at(there.address, 11726)
    bound, unbound = at(here.address, 29307), at(here.address, 29308)
    network.attach(
        here, Puppet((Bind(bound), SendDatagram(unbound, to, b"no"), SendDatagram(bound, to, b"yes")))
    )
    assert network.until(lambda: bool(receiver.got(DatagramReceived)))
    assert [event.data for event in receiver.got(DatagramReceived)] == [b"yes"]


@pytest.mark.kernel
def test_an_echo_is_answered_by_the_host_itself(network: Network) -> None:
    if lacks_privilege(network):
        pytest.skip("a normal user neither pings nor filters on the machine's own loopback")
    here, there = network.place(), network.place()
    pinger = Puppet(
        (SendEcho(here.address, there.address, 7, 1), SendEcho(here.address, there.address, 7, 2))
    )
    network.attach(there, Puppet())
    network.attach(here, pinger)
    assert network.until(lambda: len(pinger.got(EchoReplied)) == 2)
    assert pinger.got(EchoReplied) == [EchoReplied(there.address, 7, 1), EchoReplied(there.address, 7, 2)]
