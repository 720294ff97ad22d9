"""One machine on a host: its events in order, its alarm, its commands performed on the simulated network."""

from collections import deque
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import NamedTuple, assert_never

from ringfence.actors.io import (
    AddressConfigured,
    Bind,
    BindFailed,
    CloseStream,
    Command,
    ConfigureAddress,
    EchoReplied,
    Event,
    JoinGroup,
    Keep,
    Listen,
    Machine,
    Noted,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SendStream,
    SetVlan,
    StageFailed,
    StageReached,
    StopListening,
    StreamFailed,
    TimeUp,
    Unbind,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.datagrams import UdpPorts
from ringfence.drivers.sim.segment import NodePort, PortListener
from ringfence.drivers.sim.stack import LostPacket, Stack
from ringfence.drivers.sim.streams import ProcessStreams, TcpPorts
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address
from ringfence.model.packet import ECHO_REQUEST, Packet, Protocol
from ringfence.wire.icmp import Echo, encode_echo


class NetworkContext(NamedTuple):
    """What all hosts of a network share."""

    clock: Clock
    random: Random
    observe: Callable[[JournalEntry], None]
    lost: Callable[[LostPacket], None]
    keepalive: bool


class HostContext(NamedTuple):
    """What all machines of a host share."""

    name: str
    wiring: NetworkContext
    stack: Stack
    datagrams: UdpPorts
    table: TcpPorts


class Process:
    """Runs `machine` at a place until `stop`. Several may share a host, and with it addresses and ports."""

    def __init__(self, machine: Machine, place: HostContext) -> None:
        self.machine = machine
        self._place = place
        self._stack = place.stack
        self._clock = place.wiring.clock
        self._streams = ProcessStreams(place.table, self.deliver)
        self._events: deque[Event] = deque()
        self._echoes: set[int] = set()
        self._busy = False
        self._stopped = False
        self._alarm: float | None = None

    def stop(self) -> None:
        """Nothing is delivered any more."""
        self._stopped = True
        self._events.clear()

    def echo_replied(self, event: EchoReplied) -> None:
        """Every machine of the host is offered every reply; the identifier tells whose it is."""
        if event.identifier in self._echoes:
            self.deliver(event)

    def deliver(self, event: Event) -> None:
        """Hand the machine an event; while it is busy the event waits until its commands are performed."""
        if self._stopped:
            return
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                self._handle(self._events.popleft())
        finally:
            self._busy = False
        self._arm()

    def _handle(self, event: Event) -> None:
        commands = self.machine.handle(event, self._clock.now)
        self._place.wiring.observe(JournalEntry(self._clock.now, self._place.name, event, commands))
        for command in commands:
            self._perform(command)

    def _arm(self) -> None:
        deadline = self.machine.deadline
        if deadline is not None and (self._alarm is None or deadline < self._alarm):
            self._alarm = max(deadline, self._clock.now)
            self._clock.at(self._alarm, self._ring, self._alarm)

    def _ring(self, alarm: float) -> None:
        if alarm != self._alarm or self._stopped:
            return  # an earlier one has taken its place
        self._alarm = None
        deadline = self.machine.deadline
        if deadline is None:
            return
        if deadline > self._clock.now:
            self._arm()
            return
        self.deliver(TimeUp())
        after = self.machine.deadline
        if after is not None and after <= self._clock.now:
            raise RuntimeError(f"{self._place.name}: the deadline {after} did not move after TimeUp")

    # Its commands

    def _perform(self, command: Command) -> None:
        match command:
            case SendDatagram():
                self._send_datagram(command)
            case Bind():
                self._bind(command)
            case Unbind(local, interface):
                self._place.datagrams.unbind(local, interface, self.deliver)
            case JoinGroup(group, interface):
                self._stack.groups.add((group, interface))
            case OpenStream():
                self._open_stream(command)
            case SendStream():
                self._streams.send(command)
            case CloseStream():
                self._streams.close(command)
            case Listen():
                self._streams.listen(command, self._has)
            case StopListening():
                self._streams.stop_listening(command)
            case SendEcho(source, destination, identifier, sequence):
                self._echoes.add(identifier)
                body = encode_echo(Echo(identifier, sequence))
                self._stack.send(Packet(Protocol.ICMP, source, ECHO_REQUEST, destination, 0, payload=body))
            case ConfigureAddress():
                self._configure(command)
            case RemoveAddress():
                self._remove(command)
            case SetVlan(vlan):
                self._set_vlan(vlan)
            case Keep() | StageReached() | StageFailed() | Noted():
                pass  # the observer has seen them, and nothing outlives a simulation
            case other:
                assert_never(other)

    def _has(self, address: Address) -> bool:
        return address in self._stack.local

    def _bind(self, command: Bind) -> None:
        local = command.local
        here = local.ip in {UNSPECIFIED, LIMITED_BROADCAST} or self._has(local.ip)
        if not here or not self._place.datagrams.bind(local, command.interface, self.deliver):
            self.deliver(BindFailed(local))
            return
        for port in self._stack.ports.values():
            port.listen(PortListener("udp", local.port))

    def _send_datagram(self, command: SendDatagram) -> None:
        source, destination = command.source, command.destination
        packet = Packet(
            Protocol.UDP, source.ip, source.port, destination.ip, destination.port, payload=command.data
        )
        if not self._place.datagrams.may_send(source, self.deliver):
            self._lose(packet, f"{source} is not bound")
            return
        if source.ip == UNSPECIFIED:
            ip = self._stack.source_for(destination.ip, command.interface)
            packet = Packet(
                Protocol.UDP, ip, source.port, destination.ip, destination.port, payload=command.data
            )
        elif not self._has(source.ip):
            self._lose(packet, f"{source.ip} is not an address of this host")
            return
        self._stack.send(
            packet,
            interface=command.interface,
            link_destination=command.link_destination,
            ttl=command.ttl,
        )

    def _open_stream(self, command: OpenStream) -> None:
        source = command.source_ip
        if source == UNSPECIFIED:
            source = self._stack.source_for(command.destination.ip, "")
        if source == UNSPECIFIED:
            self.deliver(StreamFailed(command.stream, "unreachable"))
        elif not self._has(source):
            self.deliver(StreamFailed(command.stream, f"{source} is not an address of this host"))
        else:
            self._streams.open(command, source)

    def _configure(self, command: ConfigureAddress) -> None:
        port, address, network = self._port(command.interface), command.address, command.network
        if not isinstance(address, IPv4Address) or not isinstance(network, IPv4Network):
            raise ValueError(
                f"{self._place.name}: {address} in {network}: the simulated network is IPv4 only"
            )
        new = address not in port.addresses
        self._stack.add_address(port, address, network)
        if isinstance(command.router, IPv4Address):
            self._stack.set_gateway(port, command.router)
        if new:
            self._stack.announce(port, address)
        self.deliver(AddressConfigured(command.address))

    def _remove(self, command: RemoveAddress) -> None:
        if self._stack.remove_address(self._port(command.interface), command.address):
            self._place.datagrams.address_gone(command.address)
            self._place.table.address_gone(command.address)

    def _set_vlan(self, vlan: int) -> None:
        port = self._port("")
        port.use(vlan)
        self._stack.moved(port)

    def _port(self, interface: str) -> NodePort:
        ports = self._stack.ports
        return ports[interface] if interface else next(iter(ports.values()))

    def _lose(self, packet: Packet, why: str) -> None:
        self._place.wiring.lost(LostPacket(self._clock.now, self._place.name, packet, why))
