"""How fast virtual time runs: python bench/sim.py

Prints seconds of processor time for a day of one idle handset, for a boot storm of many on one network, and
the cost of one packet in the filter and of one frame in the decoder. Bounded: about ten seconds in all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    Command,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    Event,
    Listen,
    OpenStream,
    SendDatagram,
    SendEcho,
    SetVlan,
    Started,
    StreamOpened,
    TimeUp,
)
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import PortRange, TransportAddress, port
from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.topology import Interface, Node, Route, Segment, TapPoint, Topology
from ringfence.policy.filter import StatefulFilter
from ringfence.wire.frame import frame_of, packet_of

DAY = 86400.0
ROUTER, GATEKEEPER = IPv4Address("10.20.0.1"), IPv4Address("10.30.0.10")
SERVER = (IPv4Network("10.30.0.10/32"),)
VOICE = IPv4Network("10.20.0.0/16")
DEFAULT = IPv4Network("0.0.0.0/0")
ECHO, KEEPALIVE = 900.0, 300.0  # seconds between echoes, and between registrations

POLICY = Policy(
    "bench",
    (
        Rule(
            "ras",
            (VOICE,),
            (IPv4Network("10.30.0.10/32"),),
            Protocol.UDP,
            PortRange(49300, 49309),
            port(1719),
        ),
        Rule(
            "signalling",
            (IPv4Network("10.30.0.10/32"),),
            (VOICE,),
            Protocol.TCP,
            destination_ports=port(1720),
        ),
        Rule("echo", (VOICE,), (IPv4Network("10.30.0.10/32"),), Protocol.ICMP, icmp_type=8),
    ),
)


def topology(handsets: int) -> Topology:
    def node(name: str, port_: Interface, gateway: str) -> Node:
        return Node(name, (port_,), (Route(DEFAULT, IPv4Address(gateway)),))

    return Topology(
        (Segment("data", 10), Segment("voice", 20), Segment("link"), Segment("servers")),
        (
            *(Node(f"handset-{n}", (Interface("eth0", "data", trunk=("voice",)),)) for n in range(handsets)),
            Node(
                "router",
                (
                    Interface("voice", "voice", (IPv4Interface(f"{ROUTER}/16"),)),
                    Interface("uplink", "link", (IPv4Interface("10.255.0.1/30"),)),
                ),
                (Route(DEFAULT, IPv4Address("10.255.0.2")),),
                forwards=True,
            ),
            Node(
                "firewall",
                (
                    Interface("inside", "link", (IPv4Interface("10.255.0.2/30"),)),
                    Interface("outside", "servers", (IPv4Interface("10.30.0.1/24"),)),
                ),
                (Route(VOICE, IPv4Address("10.255.0.1")),),
                forwards=True,
                filters=True,
            ),
            node(
                "gatekeeper", Interface("eth0", "servers", (IPv4Interface(f"{GATEKEEPER}/24"),)), "10.30.0.1"
            ),
        ),
        (TapPoint("inside", "firewall", "inside"),),
    )


@dataclass
class Handset:
    """Echoes and registers again at its intervals, and is called once."""

    address: IPv4Address
    deadline: float | None = None
    echo: float = 0.0
    registration: float = 0.0
    answers: int = 0
    ras: TransportAddress = field(init=False)

    def __post_init__(self) -> None:
        self.ras = TransportAddress(self.address, 49300)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (SetVlan(20), ConfigureAddress(self.address, VOICE, ROUTER))
            case AddressConfigured():
                self.echo, self.registration, self.deadline = now + ECHO, now + KEEPALIVE, now + KEEPALIVE
                return (Bind(self.ras), Listen(TransportAddress(self.address, 1720)), self._rrq())
            case TimeUp():
                due: list[Command] = []
                if now >= self.registration:
                    self.registration = now + KEEPALIVE
                    due.append(self._rrq())
                if now >= self.echo:
                    self.echo = now + ECHO
                    due.append(SendEcho(self.address, GATEKEEPER, 1, 1))
                self.deadline = min(self.echo, self.registration)
                return tuple(due)
            case DatagramReceived():
                self.answers += 1
        return NOTHING

    def _rrq(self) -> SendDatagram:
        return SendDatagram(self.ras, TransportAddress(GATEKEEPER, 1719), b"RRQ")


@dataclass
class Gatekeeper:
    """Confirms every registration and opens the signalling channel at the first."""

    keepalive: tuple[int, int, int] | None
    deadline: float | None = None
    streams: dict[IPv4Address, int] = field(default_factory=dict)
    opened: int = 0

    def handle(self, event: Event, now: float) -> Commands:
        local = TransportAddress(GATEKEEPER, 1719)
        match event:
            case Started():
                return (Bind(local),)
            case DatagramReceived(source, _, _):
                confirm = SendDatagram(local, source, b"RCF")
                if not isinstance(source.ip, IPv4Address) or source.ip in self.streams:
                    return (confirm,)
                number = self.streams[source.ip] = len(self.streams) + 1
                call = TransportAddress(source.ip, 1720)
                return (
                    confirm,
                    OpenStream(number, GATEKEEPER, call, (61440, 61444), keepalive=self.keepalive),
                )
            case StreamOpened():
                self.opened += 1
        return NOTHING


def site(
    handsets: int, keepalive: tuple[int, int, int] | None
) -> tuple[SimulatedNetwork, list[Handset], Gatekeeper]:
    network = SimulatedNetwork(topology(handsets), filters={"firewall": StatefulFilter(POLICY)})
    gatekeeper = Gatekeeper(keepalive)
    network.attach("gatekeeper", gatekeeper)
    phones = [Handset(IPv4Address("10.20.1.0") + n) for n in range(handsets)]
    for number, phone in enumerate(phones):
        network.at(number * 0.01, partial(network.attach, f"handset-{number}", phone))
    return network, phones, gatekeeper


def timed(what: str, action: Callable[[], object]) -> None:
    before = time.process_time()
    result = action()
    print(f"{what:58} {(time.process_time() - before) * 1000:9.1f} ms   {result}")


def day(keepalive: tuple[int, int, int] | None) -> str:
    network, [phone], gatekeeper = site(1, keepalive)
    network.run(until=DAY)
    return f"{phone.answers} answers, {gatekeeper.opened} stream, {len(network.frames())} frames at the tap"


def storm(handsets: int) -> str:
    network, phones, gatekeeper = site(handsets, None)
    network.run(until=250.0)
    return f"{sum(phone.answers for phone in phones)} answers, {gatekeeper.opened} streams"


def packets(count: int) -> str:
    filter_ = StatefulFilter(POLICY)
    packet = Packet(Protocol.UDP, IPv4Address("10.20.0.50"), 49300, GATEKEEPER, 1719, payload=bytes(120))
    for number in range(count):
        filter_.permits(packet, number * 1e-3)
    return f"{count} packets"


def frames(count: int) -> str:
    packet = Packet(Protocol.UDP, IPv4Address("10.20.0.50"), 49300, GATEKEEPER, 1719, payload=bytes(120))
    frame = frame_of(packet, source_mac=bytes(6), destination_mac=bytes(6), vlan=20)
    for _ in range(count):
        packet_of(frame)
    return f"{count} frames"


if __name__ == "__main__":
    timed("a day of one handset: 96 echoes, 288 registrations", lambda: day(None))
    timed("the same with TCP keep-alive 20/5/5", lambda: day((20, 5, 5)))
    timed("1000 handsets boot within 10 s", lambda: storm(1000))
    timed("5000 handsets boot within 50 s", lambda: storm(5000))
    timed("filter: 100000 packets", lambda: packets(100_000))
    timed("decoder: 100000 frames", lambda: frames(100_000))
