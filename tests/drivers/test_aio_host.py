"""The asyncio driver beyond the contract: defects, what it reports, what it leaves behind, TLS, limits."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

import certificates
from networks import Puppet
from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    CloseStream,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    Event,
    JoinGroup,
    LinkChanged,
    Listen,
    Machine,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SendStream,
    SetVlan,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.journal import Entry
from ringfence.drivers.aio import Host
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address, Network, transport
from ringfence.model.findings import Finding

HERE = transport("127.3.0.1", 15001)
THERE = transport("127.3.0.2", 15002)


class Bench:
    """One loop, the hosts on it, and what they said."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.failures: list[str] = []
        self.loop.set_exception_handler(self._failed)
        self.findings: list[Finding] = []
        self.entries: list[Entry] = []
        self.hosts: list[Host] = []
        self._done: Callable[[], bool] = bool

    def run(self, machine: Machine, **options: object) -> Host:
        host = Host(machine, loop=self.loop, observer=self._see, report=self.findings.append, **options)  # type: ignore[arg-type]
        self.hosts.append(host)
        host.start()
        return host

    def until(self, done: Callable[[], bool], limit: float = 5.0) -> None:
        self._done = done
        stop = self.loop.call_at(self.loop.time() + limit, self.loop.stop)
        if not done():
            self.loop.run_forever()
        stop.cancel()
        assert done(), [entry.event for entry in self.entries]

    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.failures.append(str(context["message"]))
        loop.stop()

    def _see(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self._done():
            self.loop.call_soon(self.loop.stop)


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


def test_a_machine_that_raises_ends_its_own_host_only(bench: Bench) -> None:
    class Broken(Puppet):
        def handle(self, event: Event, now: float) -> Commands:
            if isinstance(event, LinkChanged):
                raise KeyError("defect")
            return super().handle(event, now)

    broken, other = Broken((Bind(HERE),)), Puppet((Bind(THERE),))
    host, neighbour = bench.run(broken, name="broken"), bench.run(other)
    host.deliver(LinkChanged(up=False))
    assert isinstance(host.defect, KeyError)
    assert host.closed
    assert not neighbour.closed
    assert bench.failures == ["the machine of host broken failed"]
    heir = Puppet((Bind(HERE),))
    bench.run(heir)
    assert [type(event) for _, event in heir.seen] == [Started]  # the port is free again


def test_a_deadline_that_does_not_move_is_a_defect_not_a_spin(bench: Bench) -> None:
    class Stuck:
        deadline = 0.0

        def handle(self, event: Event, now: float) -> Commands:
            return NOTHING

    host = bench.run(Stuck(), name="stuck")
    bench.until(lambda: host.closed or bool(bench.failures) or len(bench.entries) > 3)
    assert len(bench.entries) == 2  # Started, one TimeUp
    assert "did not move" in str(host.defect)


def test_after_close_nothing_is_delivered_and_a_second_close_is_harmless(bench: Bench) -> None:
    puppet = Puppet((Bind(HERE),), wake=[0.01])
    host = bench.run(puppet)
    host.close()
    host.close()
    host.deliver(LinkChanged(up=True))
    bench.loop.call_later(0.03, bench.loop.stop)
    bench.loop.run_forever()
    assert [type(event) for _, event in puppet.seen] == [Started]


def test_a_storm_of_events_leaves_the_loop_to_others(bench: Bench) -> None:
    def again(event: Event) -> Commands:
        return (Bind(HERE),) if len(puppet.seen) < 500 else NOTHING

    bench.run(Puppet((Bind(HERE),)))
    puppet = Puppet((Bind(HERE),), again)  # each Bind fails and is tried again at once
    bench.run(puppet)
    assert len(puppet.seen) < 100
    bench.until(lambda: len(puppet.seen) == 500)


def test_what_a_machine_cannot_hear_is_reported(bench: Bench) -> None:
    nowhere = transport("127.3.0.1", 15999)
    bench.run(
        Puppet(
            (
                Bind(HERE),
                SendDatagram(nowhere, THERE, b"unbound"),
                SendDatagram(HERE, THERE, b"x" * 65_508),
                SendDatagram(HERE, THERE, b"no such interface", interface="absent0"),
                JoinGroup(IPv4Address("10.0.0.1")),
                Bind(transport("192.0.2.1", 15003)),
                Bind(HERE, "absent0"),
                SendEcho(IPv4Address("192.0.2.1"), IPv4Address("127.0.0.1"), 1, 1),
            )
        )
    )
    assert bench.codes() == [
        "DATAGRAM_NOT_SENT",
        "DATAGRAM_NOT_SENT",
        "DATAGRAM_NOT_SENT",
        "GROUP_NOT_JOINED",
        "BIND_FAILED",
        "BIND_FAILED",
        "ECHO_NOT_SENT",
    ]


def test_without_the_privilege_a_link_address_gives_way_to_broadcast_and_says_so(bench: Bench) -> None:
    def unprivileged(family: int, kind: int, protocol: int) -> socket.socket:
        if family == socket.AF_PACKET:
            raise PermissionError(1, "Operation not permitted")
        return socket.socket(family, kind, protocol)

    client = Puppet((Bind(transport("0.0.0.0", 15068), "lo"),))
    bench.run(client)
    server, to = transport("127.3.0.1", 15067), transport("127.9.9.9", 15068)
    offer = SendDatagram(server, to, b"OFFER", "lo", link_destination=b"\x02" * 6)
    bench.run(Puppet((Bind(server), offer)), sockets=unprivileged)
    bench.until(lambda: bool(client.got(DatagramReceived)))
    everybody = transport("255.255.255.255", 15068)
    assert client.got(DatagramReceived) == [DatagramReceived(server, everybody, b"OFFER", "lo")]
    assert bench.codes() == ["LINK_ADDRESS_IGNORED"]


def test_the_network_is_told_and_its_refusal_is_reported(bench: Bench) -> None:
    class Recording:
        told: list[object] = []  # noqa: RUF012

        def configure(
            self, address: Address, network: Network, router: Address | None, interface: str
        ) -> None:
            self.told.append((address, network, router, interface))

        def remove(self, address: Address, interface: str) -> None:
            self.told.append((address, interface))

        def set_vlan(self, vlan: int) -> None:
            self.told.append(vlan)
            raise OSError("no such VLAN")

    subnet = IPv4Network("127.3.0.0/16")
    puppet = Puppet(
        (
            ConfigureAddress(HERE.ip, subnet, THERE.ip, "lo"),
            SetVlan(200),
            RemoveAddress(HERE.ip, "lo"),
        )
    )
    network = Recording()
    bench.run(puppet, network=network)
    assert network.told == [(HERE.ip, subnet, THERE.ip, "lo"), 200, (HERE.ip, "lo")]
    assert puppet.got(AddressConfigured) == [AddressConfigured(HERE.ip)]
    assert bench.codes() == ["VLAN_NOT_SET"]


def test_binds_on_an_interface_survive_a_vlan_move(bench: Bench) -> None:
    everywhere = transport("0.0.0.0", 15004)
    mover = Puppet((Bind(everywhere, "lo"), SetVlan(200)))
    bench.run(mover)
    shout = SendDatagram(HERE, transport(str(LIMITED_BROADCAST), 15004), b"here?", "lo")
    bench.run(Puppet((Bind(HERE), shout)))
    bench.until(lambda: bool(mover.got(DatagramReceived)))


def test_sockets_come_from_the_factory(bench: Bench) -> None:
    made: list[tuple[int, int, int]] = []

    def factory(family: int, kind: int, protocol: int) -> socket.socket:
        made.append((family, kind, protocol))
        return socket.socket(family, kind, protocol)

    local = transport("127.3.0.2", 15010)
    start = (Bind(HERE), Listen(local), OpenStream(1, HERE.ip, local))
    puppet = Puppet(start)
    bench.run(puppet, sockets=factory)
    bench.until(lambda: bool(puppet.got(StreamAccepted) and puppet.got(StreamOpened)))
    assert made == [
        (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP),
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP),
    ]


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
    assert puppet.got(StreamFailed) == [StreamFailed(1, "TLS: no client context")]


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


def test_a_datagram_to_a_closed_port_does_no_harm(bench: Bench) -> None:
    puppet = Puppet(
        (Bind(HERE), SendDatagram(HERE, THERE, b"anyone?")),
        lambda event: (SendDatagram(HERE, HERE, b"me"),) if isinstance(event, TimeUp) else NOTHING,
        wake=[0.02],
    )
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(DatagramReceived)))
    assert [event.data for event in puppet.got(DatagramReceived)] == [b"me"]


def test_any_source_address_will_do_when_none_is_asked_for(bench: Bench) -> None:
    local = transport("127.3.0.1", 15020)
    puppet = Puppet((Listen(local), OpenStream(1, UNSPECIFIED, local)))
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(StreamOpened)))
