"""Streams of the asyncio driver beyond the contract: TLS, limits, socket options."""

import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Commands,
    Event,
    Listen,
    OpenStream,
    RemoveAddress,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamOpened,
    StreamReceived,
)
from ringfence.model.address import UNSPECIFIED, transport
from support import certificates
from support.aio_bench import HERE, THERE, Bench
from support.networks import Puppet


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for host in made.hosts:
        host.close()
    made.loop.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext, Path]:
    return certificates.make(tmp_path_factory.mktemp("tls"))


def answering(event: Event) -> Commands:
    return (SendStream(event.stream, event.data.upper()),) if isinstance(event, StreamReceived) else NOTHING


def saying(data: bytes) -> Callable[[Event], Commands]:
    return lambda event: (SendStream(1, data),) if isinstance(event, StreamOpened) else NOTHING


def heard(puppet: Puppet) -> bytes:
    return b"".join(event.data for event in puppet.got(StreamReceived))


def test_keepalive_is_set_as_asked(bench: Bench) -> None:
    kept: list[socket.socket] = []

    def factory(family: int, kind: int, protocol: int) -> socket.socket:
        kept.append(socket.socket(family, kind, protocol))
        return kept[-1]

    local = transport("127.3.0.2", 15011)
    puppet = Puppet((Listen(local), OpenStream(1, HERE.ip, local, keepalive=(20, 5, 5))))
    bench.run(puppet, sockets=factory)
    bench.until(lambda: bool(puppet.got(StreamOpened)))
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    assert [kept[1].getsockopt(socket.IPPROTO_TCP, option) for option in options] == [20, 5, 5]
    assert kept[1].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_a_connection_may_leave_from_a_port_that_is_listened_on(bench: Bench) -> None:
    """As a set's call signalling does, which awaits calls at 1720 too; calls still reach the listener."""
    own, other = transport("127.3.0.2", 15061), transport("127.3.0.3", 15061)
    bench.run(Puppet((Listen(other),)))
    puppet = Puppet((Listen(own), OpenStream(1, own.ip, other, source_ports=(own.port, own.port))))
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(StreamOpened)))
    (opened,) = puppet.got(StreamOpened)
    assert (opened.local, opened.remote) == (own, other)
    caller = Puppet((OpenStream(1, HERE.ip, own),))
    bench.run(caller)
    bench.until(lambda: bool(puppet.got(StreamAccepted)))


def test_a_port_that_another_program_listens_on_is_taken(bench: Bench) -> None:
    local = transport("127.3.0.2", 15062)
    bench.run(Puppet((Listen(local),)))
    second = Puppet((Listen(local),))
    bench.run(second)
    assert second.got(BindFailed)


def test_keepalive_is_set_on_accepted_streams(bench: Bench) -> None:
    local = transport("127.3.0.2", 15012)
    puppet = Puppet((Listen(local, keepalive=(21, 6, 7)), OpenStream(1, HERE.ip, local)))
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(StreamAccepted)))
    [accepted] = puppet.got(StreamAccepted)
    ends = [(str(end.ip), end.port) for end in (accepted.local, accepted.remote)]
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    found = []
    for sock in own_sockets():
        with contextlib.closing(sock), contextlib.suppress(OSError):  # not connected
            if [sock.getsockname(), sock.getpeername()] == ends:
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                found = [sock.getsockopt(socket.IPPROTO_TCP, option) for option in options]
    assert found == [21, 6, 7]


def own_sockets() -> Iterator[socket.socket]:
    """Copies of every socket of this process: the driver gives away none that it accepted."""
    for path in [*Path("/proc/self/fd").iterdir()]:
        if path.is_symlink() and str(path.readlink()).startswith("socket:"):
            yield socket.socket(fileno=os.dup(int(path.name)))


def test_removing_an_address_ends_its_streams(bench: Bench) -> None:
    local = transport("127.3.0.2", 15012)

    def leave(event: Event) -> Commands:
        return (RemoveAddress(HERE.ip),) if isinstance(event, StreamOpened) else NOTHING

    server, client = Puppet((Listen(local),)), Puppet((OpenStream(1, HERE.ip, local),), leave)
    bench.run(server)
    bench.run(client)
    bench.until(lambda: bool(client.got(StreamClosed)))
    assert client.got(StreamClosed) == [StreamClosed(1, "the local address was removed")]


def test_tls_carries_octets_both_ways_and_says_goodbye(
    bench: Bench, tls: tuple[ssl.SSLContext, ssl.SSLContext, Path]
) -> None:
    local = transport("127.3.0.1", 15013)
    data = bytes(range(97, 123)) * 20_000

    def ask(event: Event) -> Commands:
        if isinstance(event, StreamOpened):
            return (SendStream(1, data),)
        return (CloseStream(1),) if len(heard(client)) == len(data) else NOTHING

    server = Puppet((Listen(local, tls=True),), answering)
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True),), ask)
    bench.run(server, tls_server=tls[0])
    bench.run(client, tls_client=tls[1])
    bench.until(lambda: bool(server.got(StreamClosed)))
    assert heard(server) == data
    assert heard(client) == data.upper()
    assert server.got(StreamClosed)[0].reason == ""
    assert server.got(StreamAccepted)[0].local == local


def test_tls_to_a_server_without_it_fails_the_stream(
    bench: Bench, tls: tuple[ssl.SSLContext, ssl.SSLContext, Path]
) -> None:
    local = transport("127.3.0.1", 15015)
    server = Puppet(
        (Listen(local),),
        lambda e: (SendStream(e.stream, b"220 hello\r\n"),) if isinstance(e, StreamReceived) else NOTHING,
    )
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True),))
    bench.run(server)
    bench.run(client, tls_client=tls[1])
    bench.until(lambda: bool(client.got(StreamFailed)))
    assert client.got(StreamFailed)[0].reason.startswith("TLS: ")


def test_tls_without_a_context_is_refused_not_done_in_clear(bench: Bench) -> None:
    local = transport("127.3.0.1", 15016)
    puppet = Puppet((Listen(local, tls=True), OpenStream(1, THERE.ip, local, tls=True)))
    bench.run(puppet)
    assert bench.codes() == ["BIND_FAILED"]
    assert puppet.got(StreamFailed) == [StreamFailed(1, "TLS: no client context", StreamFault.TLS)]


def test_a_peer_that_asks_without_taking_answers_is_not_read_from(bench: Bench) -> None:
    """Back-pressure: answers of 64 times the question may not pile up without bound."""
    local = transport("127.3.0.1", 15018)

    def amplify(event: Event) -> Commands:
        return (SendStream(event.stream, event.data * 64),) if isinstance(event, StreamReceived) else NOTHING

    server = Puppet((Listen(local),), amplify)
    bench.run(server)
    with socket.create_connection((str(local.ip), local.port)) as greedy:
        greedy.setblocking(False)
        bench.until(lambda: bool(server.got(StreamAccepted)))

        def push() -> None:
            with contextlib.suppress(BlockingIOError):
                greedy.send(b"x" * 65536)

        for _ in range(200):
            push()
            bench.loop.call_soon(bench.loop.stop)
            bench.loop.run_forever()
        assert 0 < len(heard(server)) <= 2 * 65536


def test_a_source_filter_that_lists_nobody_is_no_filter_at_all(bench: Bench) -> None:
    """`only_from` empty means that nothing is restricted; the driver must not attach a filter then."""
    local = transport("127.3.0.1", 15019)
    server, client = Puppet((Listen(local, only_from=()),)), Puppet((OpenStream(1, THERE.ip, local),))
    bench.run(server)
    bench.run(client)
    bench.until(lambda: bool(client.got(StreamOpened)))


def test_an_address_of_another_host_cannot_be_a_source(bench: Bench) -> None:
    client = Puppet((OpenStream(1, IPv4Address("192.0.2.7"), THERE),))
    bench.run(client)
    [failed] = client.got(StreamFailed)
    assert "assign" in failed.reason


def test_any_source_address_will_do_when_none_is_asked_for(bench: Bench) -> None:
    local = transport("127.3.0.1", 15020)
    puppet = Puppet((Listen(local), OpenStream(1, UNSPECIFIED, local)))
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(StreamOpened)))


def test_a_certificate_for_another_address_fails_the_stream(
    bench: Bench, tls: tuple[ssl.SSLContext, ssl.SSLContext, Path]
) -> None:
    local = transport("127.3.0.9", 15014)
    server = Puppet((Listen(local, tls=True),))
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True),))
    bench.run(server, tls_server=tls[0])
    bench.run(client, tls_client=tls[1])
    bench.until(lambda: bool(client.got(StreamFailed)))
    [failed] = client.got(StreamFailed)
    assert failed.reason.startswith("TLS: ")
    assert client.got(StreamOpened) == []


def test_a_handshake_that_never_comes_is_not_a_stream(
    bench: Bench, tls: tuple[ssl.SSLContext, ssl.SSLContext, Path]
) -> None:
    local = transport("127.3.0.1", 15017)
    mute = Puppet((Listen(local),))
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True, timeout=0.1),))
    bench.run(mute)
    bench.run(client, tls_client=tls[1])
    bench.until(lambda: bool(client.got(StreamFailed)))
    assert client.got(StreamFailed) == [StreamFailed(1, "timed out")]
