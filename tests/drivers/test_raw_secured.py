"""TLS on streams of a stack of our own, against the kernel's sockets with Python's TLS on them."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Commands,
    Event,
    Listen,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamOpened,
    StreamReceived,
)
from ringfence.drivers.raw.secured import SecuredMachine
from ringfence.drivers.tls import unverified_client
from ringfence.model.address import transport
from support import certificates
from support.aio_bench import THERE, Bench
from support.networks import Puppet

Contexts = tuple[ssl.SSLContext, ssl.SSLContext, Path]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    assert not made.failures
    for host in made.hosts:
        host.close()
    made.loop.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    return certificates.make(tmp_path_factory.mktemp("tls"))


def heard(puppet: Puppet) -> bytes:
    return b"".join(event.data for event in puppet.got(StreamReceived))


def answering(event: Event) -> Commands:
    return (SendStream(event.stream, event.data.upper()),) if isinstance(event, StreamReceived) else NOTHING


def test_it_carries_octets_both_ways_and_says_goodbye(bench: Bench, tls: Contexts) -> None:
    local = transport("127.3.0.1", 15051)
    data = bytes(range(97, 123)) * 20_000

    def ask(event: Event) -> Commands:
        if isinstance(event, StreamOpened):
            return (SendStream(1, data),)
        return (CloseStream(1),) if len(heard(client)) == len(data) else NOTHING

    server = Puppet((Listen(local, tls=True),), answering)
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True),), ask)
    bench.run(server, tls_server=tls[0])
    bench.run(SecuredMachine(client, tls[1]))
    bench.until(lambda: bool(server.got(StreamClosed)))
    assert heard(server) == data
    assert heard(client) == data.upper()
    assert server.got(StreamClosed)[0].reason == ""  # close_notify came before the FIN


def test_the_peers_goodbye_ends_the_stream(bench: Bench, tls: Contexts) -> None:
    local = transport("127.3.0.1", 15052)

    def leave(event: Event) -> Commands:
        return (CloseStream(event.stream),) if isinstance(event, StreamReceived) else NOTHING

    server = Puppet((Listen(local, tls=True),), leave)
    client = Puppet(
        (OpenStream(1, THERE.ip, local, tls=True),),
        lambda event: (SendStream(1, b"GET"),) if isinstance(event, StreamOpened) else NOTHING,
    )
    bench.run(server, tls_server=tls[0])
    bench.run(SecuredMachine(client, tls[1]))
    bench.until(lambda: bool(client.got(StreamClosed)))
    assert client.got(StreamClosed) == [StreamClosed(1)]


def test_a_certificate_that_is_not_trusted_fails_the_stream_with_the_reason(
    bench: Bench, tls: Contexts
) -> None:
    local = transport("127.3.0.1", 15053)
    client = Puppet((OpenStream(1, THERE.ip, local, tls=True),))
    bench.run(Puppet((Listen(local, tls=True),)), tls_server=tls[0])
    bench.run(SecuredMachine(client, ssl.create_default_context()))
    bench.until(lambda: bool(client.got(StreamFailed)))
    [failed] = client.got(StreamFailed)
    assert failed.fault is StreamFault.TLS
    assert "CERTIFICATE_VERIFY_FAILED" in failed.reason


def test_a_peer_without_tls_or_without_a_word_fails_the_stream(bench: Bench) -> None:
    talks, waits = transport("127.3.0.1", 15054), transport("127.3.0.1", 15055)
    server = Puppet(
        (Listen(talks), Listen(waits)),
        lambda e: (
            (SendStream(e.stream, b"220 hello\r\n"),)
            if isinstance(e, StreamReceived) and e.stream == -1
            else NOTHING
        ),
    )
    first = Puppet((OpenStream(1, THERE.ip, talks, tls=True),))
    second = Puppet((OpenStream(1, THERE.ip, waits, tls=True, timeout=0.3),))
    bench.run(server)
    bench.run(SecuredMachine(first, unverified_client()))
    bench.run(SecuredMachine(second, unverified_client()))
    bench.until(lambda: bool(first.got(StreamFailed) and second.got(StreamFailed)))
    assert first.got(StreamFailed)[0].reason.startswith("TLS: ")
    assert second.got(StreamFailed) == [StreamFailed(1, "TLS: timed out", StreamFault.TLS)]


def test_it_accepts_streams_with_tls_and_drops_who_speaks_none(bench: Bench, tls: Contexts) -> None:
    local = transport("127.3.0.1", 15057)
    server = Puppet((Listen(local, tls=True),), answering)
    good = Puppet(
        (OpenStream(1, THERE.ip, local, tls=True),),
        lambda event: (SendStream(1, b"sealed"),) if isinstance(event, StreamOpened) else NOTHING,
    )
    bad = Puppet(
        (OpenStream(1, THERE.ip, local),),
        lambda event: (SendStream(1, b"GET / HTTP/1.1"),) if isinstance(event, StreamOpened) else NOTHING,
    )
    bench.run(SecuredMachine(server, tls[1], tls[0]))
    bench.run(good, tls_client=tls[1])
    bench.run(bad)
    bench.until(lambda: bool(good.got(StreamReceived) and bad.got(StreamClosed)))
    assert (heard(server), heard(good)) == (b"sealed", b"SEALED")
    assert len(server.got(StreamAccepted)) == 1


def test_streams_without_tls_pass_as_they_are(bench: Bench) -> None:
    local = transport("127.3.0.1", 15056)
    server = Puppet((Listen(local),), answering)
    client = Puppet(
        (OpenStream(1, THERE.ip, local),),
        lambda event: (SendStream(1, b"plain"),) if isinstance(event, StreamOpened) else NOTHING,
    )
    bench.run(server)
    bench.run(SecuredMachine(client, unverified_client()))
    bench.until(lambda: bool(client.got(StreamReceived)))
    assert heard(client) == b"PLAIN"
