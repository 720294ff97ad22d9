"""What every network does with streams."""

from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest

from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Commands,
    Event,
    Listen,
    OpenStream,
    SendStream,
    StopListening,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamOpened,
    StreamReceived,
)
from ringfence.model.address import TransportAddress
from support.networks import NETWORKS, Network, Puppet, lacks_privilege, opened


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    yield from opened(request.param)


def at(ip: IPv4Address, port: int) -> TransportAddress:
    return TransportAddress(ip, port)


def received(puppet: Puppet, stream: int | None = None) -> bytes:
    pieces = [event for event in puppet.got(StreamReceived) if stream is None or event.stream == stream]
    return b"".join(piece.data for piece in pieces)


def test_a_stream_opens_carries_octets_both_ways_and_closes(network: Network) -> None:
    here, there = network.place(), network.place()

    def answer(event: Event) -> Commands:
        return (
            (SendStream(event.stream, event.data.upper()),) if isinstance(event, StreamReceived) else NOTHING
        )

    def ask(event: Event) -> Commands:
        match event:
            case StreamOpened():
                return (SendStream(1, b"alerting"),)
            case StreamReceived():
                return (CloseStream(1),)
            case _:
                return NOTHING

    server = Puppet((Listen(at(there.address, 11720)),), answer)
    client = Puppet((OpenStream(1, here.address, at(there.address, 11720)),), ask)
    network.attach(there, server)
    network.attach(here, client)
    assert network.until(lambda: bool(server.got(StreamClosed)))
    [accepted] = server.got(StreamAccepted)
    [opening] = client.got(StreamOpened)
    assert accepted.stream < 0
    assert opening.stream == 1
    assert (accepted.local, accepted.remote) == (opening.remote, opening.local)
    assert opening.local.ip == here.address
    assert received(server) == b"alerting"
    assert received(client) == b"ALERTING"
    assert server.got(StreamClosed) == [StreamClosed(accepted.stream)]
    assert client.got(StreamClosed) == []  # who closes hears no more


def test_much_data_arrives_whole_and_in_order_before_the_close(network: Network) -> None:
    here, there = network.place(), network.place()
    data = bytes(range(256)) * 4096  # a megabyte: more than any socket buffer
    server = Puppet((Listen(at(there.address, 11721)),))

    def send(event: Event) -> Commands:
        return (
            (SendStream(1, data[:700_000]), SendStream(1, data[700_000:]), CloseStream(1))
            if isinstance(event, StreamOpened)
            else NOTHING
        )

    network.attach(there, server)
    network.attach(here, Puppet((OpenStream(1, here.address, at(there.address, 11721)),), send))
    assert network.until(lambda: bool(server.got(StreamClosed)), limit=10)
    assert received(server) == data
    [closed] = server.got(StreamClosed)
    assert closed.reason == ""


def test_an_abort_is_heard_with_a_reason(network: Network) -> None:
    here, there = network.place(), network.place()

    def greet(event: Event) -> Commands:
        return (SendStream(event.stream, b"?"),) if isinstance(event, StreamAccepted) else NOTHING

    def reset(event: Event) -> Commands:
        return (CloseStream(1, abort=True),) if isinstance(event, StreamReceived) else NOTHING

    server = Puppet((Listen(at(there.address, 11722)),), greet)
    network.attach(there, server)
    network.attach(here, Puppet((OpenStream(1, here.address, at(there.address, 11722)),), reset))
    assert network.until(lambda: bool(server.got(StreamClosed)))
    assert server.got(StreamClosed)[0].reason


def test_nobody_listening_is_a_refusal_at_once(network: Network) -> None:
    here, there = network.place(), network.place()
    network.attach(there, Puppet())
    client = Puppet((OpenStream(4, here.address, at(there.address, 11723), timeout=30.0),))
    network.attach(here, client)
    assert network.until(lambda: bool(client.got(StreamFailed)))
    assert client.got(StreamFailed) == [StreamFailed(4, "refused", StreamFault.REFUSED)]


def test_a_stream_from_an_address_not_listed_meets_silence(network: Network) -> None:
    """A handset does not answer a SYN on 1720 from outside its gatekeeper list: no RST either."""
    if lacks_privilege(network):
        pytest.skip("a normal user neither pings nor filters on the machine's own loopback")
    gatekeeper, stranger, handset = network.place(), network.place(), network.place()
    local = at(handset.address, 11724)
    server = Puppet((Listen(local, only_from=(gatekeeper.address,)),))
    outside = Puppet((OpenStream(1, stranger.address, local, timeout=0.3),))
    inside = Puppet((OpenStream(1, gatekeeper.address, local),))
    network.attach(handset, server)
    network.attach(stranger, outside)
    network.attach(gatekeeper, inside)
    assert network.until(lambda: bool(outside.got(StreamFailed) and inside.got(StreamOpened)))
    assert outside.got(StreamFailed) == [StreamFailed(1, "timed out")]
    assert [event.remote.ip for event in server.got(StreamAccepted)] == [gatekeeper.address]


def test_source_ports_are_taken_in_order_and_run_out(network: Network) -> None:
    here, there = network.place(), network.place()
    destination = at(there.address, 11725)
    network.attach(there, Puppet((Listen(destination),)))
    opening = [OpenStream(n, here.address, destination, source_ports=(61440, 61441)) for n in (1, 2, 3)]
    client = Puppet(tuple(opening))
    network.attach(here, client)
    assert network.until(lambda: len(client.got(StreamOpened)) == 2 and bool(client.got(StreamFailed)))
    assert [(event.stream, event.local.port) for event in client.got(StreamOpened)] == [
        (1, 61440),
        (2, 61441),
    ]
    [failed] = client.got(StreamFailed)
    assert failed.stream == 3
    assert "no free port" in failed.reason


def test_one_source_port_serves_many_destinations(network: Network) -> None:
    """The server opens to every handset from five ports, 61440-61444."""
    here, one, other = network.place(), network.place(), network.place()
    for place in (one, other):
        network.attach(place, Puppet((Listen(at(place.address, 11726)),)))
    opening = [
        OpenStream(n, here.address, at(place.address, 11726), source_ports=(61442, 61442))
        for n, place in enumerate((one, other), 1)
    ]
    client = Puppet(tuple(opening))
    network.attach(here, client)
    assert network.until(lambda: len(client.got(StreamOpened)) == 2)
    assert {event.local.port for event in client.got(StreamOpened)} == {61442}


def test_a_port_listened_on_cannot_be_listened_on_again(network: Network) -> None:
    place = network.place()
    local = at(place.address, 11727)
    first, second = Puppet((Listen(local),)), Puppet((Listen(local),))
    network.attach(place, first)
    network.attach(place, second)
    assert network.until(lambda: bool(second.got(BindFailed)))
    assert second.got(BindFailed) == [BindFailed(local)]
    assert first.got(BindFailed) == []


def test_after_stop_listening_streams_are_refused_and_open_ones_live_on(network: Network) -> None:
    here, there = network.place(), network.place()
    local = at(there.address, 11728)

    def stop(event: Event) -> Commands:
        match event:
            case StreamAccepted():
                return (StopListening(local), SendStream(event.stream, b"one only"))
            case StreamReceived():
                return (SendStream(event.stream, b"still here"),)
            case _:
                return NOTHING

    def again(event: Event) -> Commands:
        match event:
            case StreamReceived(data=b"one only"):
                return (OpenStream(2, here.address, local),)
            case StreamFailed(stream=2):
                return (SendStream(1, b"and you?"),)
            case _:
                return NOTHING

    network.attach(there, Puppet((Listen(local),), stop))
    client = Puppet((OpenStream(1, here.address, local),), again)
    network.attach(here, client)
    assert network.until(lambda: received(client).endswith(b"still here"))
    assert client.got(StreamFailed) == [StreamFailed(2, "refused", StreamFault.REFUSED)]


def test_what_was_sent_before_the_peer_closed_still_arrives(network: Network) -> None:
    """A client may ask and close at once; the answer reaches nobody and does no harm."""
    here, there = network.place(), network.place()

    def answer(event: Event) -> Commands:
        return (SendStream(event.stream, b"late"),) if isinstance(event, StreamClosed) else NOTHING

    def close(event: Event) -> Commands:
        return (SendStream(1, b"bye"), CloseStream(1)) if isinstance(event, StreamOpened) else NOTHING

    server = Puppet((Listen(at(there.address, 11729)),), answer)
    network.attach(there, server)
    client = Puppet((OpenStream(1, here.address, at(there.address, 11729)),), close)
    network.attach(here, client)
    assert network.until(lambda: bool(server.got(StreamClosed)))
    assert received(server) == b"bye"
    assert received(client) == b""
