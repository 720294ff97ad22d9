"""Networks to run machines on, for the contract suite, and the machine that the suite runs.

The contract (tests/contract/) says what every network does with commands. A network joins it with a class
that has the methods of `Network`, and a line in `NETWORKS`.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Protocol, TypeVar

import pytest

from ringfence.actors.io import NOTHING, Commands, Event, Machine, Started, TimeUp
from ringfence.drivers.aio import Host, SocketFactory
from ringfence.drivers.raw.network import EthernetNetwork
from ringfence.drivers.sim import network as sim
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.lab import topology as lab
from ringfence.lab.privilege import acquire
from ringfence.model.findings import Finding
from ringfence.model.topology import Interface, Node, Segment, Topology

E = TypeVar("E", bound=Event)
_MAC = bytes.fromhex("001b4faa")  # of hosts on a wire, and two octets


@dataclass(frozen=True)
class Place:
    """A host of the one segment: its address, configured already, and its interface's name."""

    address: IPv4Address
    interface: str


class Network(Protocol):
    """One segment with hosts on it. Time is real or virtual; a test waits for what happens."""

    def place(self) -> Place:
        """One more host, without a machine yet."""

    def attach(self, place: Place, machine: Machine) -> None:
        """Run `machine` there from now on."""

    def until(self, done: Callable[[], bool], limit: float = 3.0) -> bool:
        """Let events happen until `done`, `limit` seconds at most; whether it came to be."""

    def close(self) -> None: ...


def nothing(event: Event) -> Commands:
    return NOTHING


@dataclass
class Puppet:
    """Says `start` first, then whatever `on` answers to an event; wakes at `wake` (seconds after the start).

    `seen` is every event with its time.
    """

    start: Commands = NOTHING
    on: Callable[[Event], Commands] = nothing
    wake: list[float] = field(default_factory=list)
    seen: list[tuple[float, Event]] = field(default_factory=list)
    deadline: float | None = None

    def handle(self, event: Event, now: float) -> Commands:
        self.seen.append((now, event))
        if isinstance(event, Started):
            self.wake = [now + after for after in self.wake]
            self.deadline = min(self.wake, default=None)
            return self.start
        if isinstance(event, TimeUp) and self.deadline is not None and now >= self.deadline:
            self.wake = [at for at in self.wake if at > self.deadline]
            self.deadline = min(self.wake, default=None)
        return self.on(event)

    def got(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for _, event in self.seen if isinstance(event, kind)]

    def times(self, kind: type[Event]) -> list[float]:
        return [at for at, event in self.seen if isinstance(event, kind)]


class _RealSockets:
    """The asyncio driver, in real time."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._failed)
        self._hosts: list[Host] = []
        self._places = 0
        self._wanted: Callable[[], bool] = bool
        self.findings: list[Finding] = []
        self.defects: list[object] = []

    def run(self, place: Place, machine: Machine, sockets: SocketFactory) -> None:
        host = Host(
            machine,
            name=str(place.address),
            loop=self._loop,
            sockets=sockets,
            observer=lambda entry: self._look(),
            report=self.findings.append,
        )
        self._hosts.append(host)
        host.start()

    def until(self, done: Callable[[], bool], limit: float = 3.0) -> bool:
        self._wanted = done
        if not done():
            stop = self._loop.call_at(self._loop.time() + limit, self._loop.stop)
            self._loop.run_forever()
            stop.cancel()
        assert not self.defects, self.defects
        return done()

    def close(self) -> None:
        for host in self._hosts:
            host.close()
        self._loop.close()

    def _look(self) -> None:
        if self._wanted():
            self._loop.stop()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.defects.append(context)
        loop.stop()


class Loopback(_RealSockets):
    """Every place is an address of 127.0.0.0/8 on `lo`, so all share one set of ports."""

    def place(self) -> Place:
        self._places += 1
        # Two test runs on one machine must not take each other's ports.
        return Place(IPv4Address("127.64.0.0") + (os.getpid() % 4096) * 256 + self._places, "lo")

    def attach(self, place: Place, machine: Machine) -> None:
        self.run(place, machine, socket.socket)


class Namespaces(_RealSockets):
    """Every place is a network namespace, up to five of them on one bridge."""

    def __init__(self) -> None:
        super().__init__()
        names = [f"host{number}" for number in range(1, 6)]
        links = [
            lab.LabLink(
                lab.End(name, "eth0", (IPv4Interface(f"10.3.0.{number}/16"),)),
                lab.End("switch", f"to-{name}", bridge="lan"),
            )
            for number, name in enumerate(names, 1)
        ]
        nodes = (*(lab.LabNode(name) for name in names), lab.LabNode("switch", bridges=("lan",)))
        acquire()
        self.lab = lab.Lab(lab.LabTopology(nodes, tuple(links)))
        self.lab.__enter__()

    def place(self) -> Place:
        self._places += 1
        return Place(IPv4Address("10.3.0.0") + self._places, "eth0")

    def attach(self, place: Place, machine: Machine) -> None:
        number = int(place.address) - int(IPv4Address("10.3.0.0"))
        self.run(place, machine, self.lab[f"host{number}"].socket)

    def close(self) -> None:
        super().close()
        self.lab.__exit__(None, None, None)


class Wire(_RealSockets):
    """Every second place has a stack of our own on a real wire, the others are namespaces on its bridge."""

    def __init__(self) -> None:
        super().__init__()
        names = [f"host{number}" for number in range(1, 6)]
        links = [
            lab.LabLink(
                lab.End(name, "eth0", (IPv4Interface(f"10.3.0.{number}/16"),)),
                lab.End("switch", f"to-{name}", bridge="lan"),
            )
            for number, name in enumerate(names, 1)
        ]
        links.append(lab.LabLink(lab.End("carrier", "eth0"), lab.End("switch", "to-carrier", bridge="lan")))
        nodes = (*map(lab.LabNode, (*names, "carrier")), lab.LabNode("switch", bridges=("lan",)))
        acquire()
        self.lab = lab.Lab(lab.LabTopology(nodes, tuple(links)))
        self.lab.__enter__()
        self._wire = EthernetNetwork(
            "eth0",
            (bytes.fromhex("00aaaaaa"), _MAC),
            observer=lambda entry: self._look(),
            report=self.findings.append,
            sockets=self.lab["carrier"].socket,
            loop=self._loop,
        )
        self._on_wire: set[Place] = set()

    def place(self) -> Place:
        self._places += 1
        number = self._places // 2 + 1
        own = self._places % 2
        return Place(IPv4Address("10.3.1.0" if own else "10.3.0.0") + number, "eth0")

    def attach(self, place: Place, machine: Machine) -> None:
        number = int(place.address) & 0xFF
        if place.address not in IPv4Network("10.3.1.0/24"):
            self.run(place, machine, self.lab[f"host{number}"].socket)
        elif place in self._on_wire:
            self._wire.add_machine(str(place.address), machine)
        else:
            self._on_wire.add(place)
            mac = _MAC + number.to_bytes(2, "big")
            address = IPv4Interface((place.address, 16))
            self._wire.attach(str(place.address), mac, machine, address=address)

    def close(self) -> None:
        super().close()
        self._wire.close()
        self.lab.__exit__(None, None, None)


class _Virtual:
    """A network in virtual time: up to 50 hosts on one segment."""

    def __init__(self, kind: type[sim.SimulatedNetwork] | type[FlowNetwork]) -> None:
        ports = [Interface("eth0", "lan", (IPv4Interface(f"10.3.0.{number}/16"),)) for number in range(1, 51)]
        nodes = tuple(Node(str(port.addresses[0].ip), (port,)) for port in ports)
        self._network = kind(Topology((Segment("lan"),), nodes))
        self._places = iter(nodes)

    def place(self) -> Place:
        return Place(IPv4Address(next(self._places).name), "eth0")

    def attach(self, place: Place, machine: Machine) -> None:
        self._network.attach(str(place.address), machine)

    def until(self, done: Callable[[], bool], limit: float = 3.0) -> bool:
        return self._network.run(self._network.now + limit, done)

    def close(self) -> None:
        pass


BY_NAME: dict[str, Callable[[], Network]] = {
    "loopback": Loopback,
    "simulated": partial(_Virtual, sim.SimulatedNetwork),
    "flows": partial(_Virtual, FlowNetwork),
    "namespaces": Namespaces,
    "wire": Wire,
}
NETWORKS = (
    "loopback",
    "simulated",
    "flows",
    pytest.param("namespaces", marks=pytest.mark.kernel),
    pytest.param("wire", marks=pytest.mark.kernel),
)


def opened(name: str) -> Iterator[Network]:
    """For a fixture: `yield from opened(request.param)`."""
    network = BY_NAME[name]()
    try:
        yield network
    finally:
        network.close()


def lacks_privilege(network: Network) -> bool:
    """Whether this is the machine's own loopback and we may neither ping from it nor filter on it."""
    if not isinstance(network, Loopback):
        return False
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return True
    return False
