"""One machine on a host of the simulated network: its commands, performed frame by frame."""

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
    JoinGroup,
    Keep,
    Listen,
    Machine,
    MediaTold,
    Noted,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SendFile,
    SendStream,
    SetVlan,
    StageFailed,
    StageReached,
    StopListening,
    StreamFailed,
    Unbind,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.datagrams import UdpPorts
from ringfence.drivers.sim.running import Runner
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


class Process(Runner):
    """Runs `machine` at a place until `stop`. Several may share a host, and with it addresses and ports."""

    def __init__(self, machine: Machine, place: HostContext) -> None:
        super().__init__(machine, place.name, place.wiring.clock, place.wiring.observe)
        self._place = place
        self._stack = place.stack
        self._streams = ProcessStreams(place.table, self.deliver)
        self._echoes: set[int] = set()

    def echo_replied(self, event: EchoReplied) -> None:
        """Every machine of the host is offered every reply; the identifier tells whose it is."""
        if event.identifier in self._echoes:
            self.deliver(event)

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
            case SendFile(stream):  # there is no disk
                self._streams.close(CloseStream(stream, abort=True))
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
            case Keep() | StageReached() | StageFailed() | MediaTold() | Noted():
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
