"""The asyncio driver beyond the contract: defects, what it reports, what it leaves behind."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    EchoReplied,
    Event,
    JoinGroup,
    LinkChanged,
    Listen,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SetVlan,
    Started,
    StreamAccepted,
    StreamOpened,
    TimeUp,
)
from ringfence.model.address import LIMITED_BROADCAST, Address, Network, transport
from support.aio_bench import HERE, THERE, Bench
from support.networks import Namespaces, Puppet


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for host in made.hosts:
        host.close()
    made.loop.close()


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


def test_a_datagram_to_a_closed_port_does_no_harm(bench: Bench) -> None:
    puppet = Puppet(
        (Bind(HERE), SendDatagram(HERE, THERE, b"anyone?")),
        lambda event: (SendDatagram(HERE, HERE, b"me"),) if isinstance(event, TimeUp) else NOTHING,
        wake=[0.02],
    )
    bench.run(puppet)
    bench.until(lambda: bool(puppet.got(DatagramReceived)))
    assert [event.data for event in puppet.got(DatagramReceived)] == [b"me"]


@pytest.mark.kernel
def test_without_raw_sockets_the_kernels_ping_socket_does() -> None:
    network = Namespaces()
    try:
        here, there = network.place(), network.place()
        namespace = network.lab["host1"]
        namespace.sysctl({"net.ipv4.ping_group_range": "0 0"})

        def unprivileged(family: int, kind: int, protocol: int) -> socket.socket:
            if kind == socket.SOCK_RAW:
                raise PermissionError(1, "Operation not permitted")
            return namespace.socket(family, kind, protocol)

        asking = tuple(SendEcho(here.address, there.address, identifier, 9) for identifier in (7, 8))
        pinger = Puppet(asking)
        network.run(here, pinger, unprivileged)
        assert network.until(lambda: len(pinger.got(EchoReplied)) == 2)
        assert {reply.identifier for reply in pinger.got(EchoReplied)} == {7, 8}
    finally:
        network.close()
