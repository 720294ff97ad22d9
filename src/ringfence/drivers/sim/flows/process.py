"""One machine on a host of the network of flows: its commands performed."""

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, assert_never

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
    StreamId,
    Unbind,
)
from ringfence.drivers.sim.flows.host import FlowHost
from ringfence.drivers.sim.flows.segment import FlowPort
from ringfence.drivers.sim.flows.stream import FlowEnd
from ringfence.drivers.sim.running import Runner
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address, TransportAddress
from ringfence.model.packet import ECHO_REQUEST, Packet, Protocol
from ringfence.wire.icmp import Echo, encode_echo

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.wiring import Wiring


class FlowProcess(Runner):
    """Several may share a host, and with it addresses and ports."""

    __slots__ = ("_echoes", "_last_accepted", "host", "numbers", "wiring")

    def __init__(self, machine: Machine, host: FlowHost, wiring: "Wiring") -> None:
        super().__init__(machine, host.name, wiring.clock, wiring.observe)
        self.host = host
        self.wiring = wiring
        self.numbers: dict[StreamId, FlowEnd] = {}
        self._echoes: set[int] | None = None
        self._last_accepted: StreamId = 0

    def serve(self, event: Event) -> None:
        """Deliver what a peer asks on a stream, when the host has time for it."""
        if self.host.queue is None:
            self.deliver(event)
        else:
            self.host.queue.take(self.deliver, event)

    def echo_replied(self, event: EchoReplied) -> None:
        """Every machine of the host is offered every reply; the identifier tells whose it is."""
        if self._echoes and event.identifier in self._echoes:
            self.deliver(event)

    def accept(
        self, opener: FlowEnd, listener: Listen, local: TransportAddress, remote: TransportAddress
    ) -> None:
        """A peer's SYN is for a port that the machine listens on."""
        queue = self.host.queue
        if queue is not None and queue.full:
            queue.refuse()
            return
        self._last_accepted -= 1
        FlowEnd(self, self._last_accepted, local, remote).accept(opener, listener.keepalive)

    def _perform(self, command: Command) -> None:
        match command:
            case SendDatagram():
                self._send_datagram(command)
            case StageReached() | StageFailed() | MediaTold() | Noted() | Keep():
                pass  # the observer has seen them, and nothing outlives a simulation
            case SendStream(stream, data):
                # The peer may have ended the stream since: then its StreamClosed is on the way.
                if end := self.numbers.get(stream):
                    end.send(data)
            case SendFile(stream):  # there is no disk
                self._close(stream, abort=True)
            case CloseStream(stream, abort):
                self._close(stream, abort=abort)
            case OpenStream():
                self._open_stream(command)
            case Bind():
                self._bind(command)
            case Unbind(local, interface):
                self.host.datagrams.unbind(local, interface, self.deliver)
            case Listen():
                self._listen(command)
            case StopListening(local):
                self._stop_listening(local)
            case SendEcho():
                self._send_echo(command)
            case _:
                self._configure_host(command)

    def _close(self, stream: StreamId, *, abort: bool) -> None:
        end = self.numbers.get(stream)
        if end is not None and abort:
            end.abort()
        elif end is not None:
            end.close()

    def _configure_host(self, command: JoinGroup | ConfigureAddress | RemoveAddress | SetVlan) -> None:
        match command:
            case ConfigureAddress():
                self._configure(command)
            case RemoveAddress(address, interface):
                if self.host.remove_address(self._port(interface), address):
                    self.host.datagrams.address_gone(address)
                    self.host.streams.address_gone(address)
            case SetVlan(vlan):
                port = self._port("")
                port.use(vlan)
                port.forget()
            case JoinGroup(group, interface):
                self.host.join(int(group), interface)
            case other:
                assert_never(other)

    def _has(self, address: Address) -> bool:
        return int(address) in self.host.local

    def _bind(self, command: Bind) -> None:
        local = command.local
        here = local.ip in {UNSPECIFIED, LIMITED_BROADCAST} or self._has(local.ip)
        if not here or not self.host.datagrams.bind(local, command.interface, self.deliver):
            self.deliver(BindFailed(local))
        else:
            self.host.hear(local.port)

    def _send_datagram(self, command: SendDatagram) -> None:
        host, source, destination = self.host, command.source, command.destination
        ip = source.ip
        if ip == UNSPECIFIED:
            ip = host.source_for(destination.ip, command.interface)
        packet = Packet(Protocol.UDP, ip, source.port, destination.ip, destination.port, payload=command.data)
        carrier = self.wiring.carrier
        if not host.datagrams.may_send(source, self.deliver):
            carrier.lose(host, packet, f"{source} is not bound")
        elif source.ip != UNSPECIFIED and not self._has(ip):
            carrier.lose(host, packet, f"{ip} is not an address of this host")
        elif int(destination.ip) >= 0xE0000000:  # a group, or everybody
            port = host.port_for_many(packet, command.interface)
            if port is None:
                carrier.lose(host, packet, "which interface to send it from is not said")
            else:
                carrier.send_to_many(port, packet, command.ttl)
        elif command.link_destination and not self._has(destination.ip):
            self._send_to_mac(command, packet)
        else:
            carrier.send(host, packet, _arrived)

    def _send_to_mac(self, command: SendDatagram, packet: Packet) -> None:
        host = self.host
        port: FlowPort | None = host.ports[command.interface] if command.interface else None
        if port is None:
            way = host.way(int(packet.destination))
            port = way[0] if way else None
        if port is None:
            self.wiring.carrier.lose(host, packet, "no route")
        else:
            self.wiring.carrier.send_to_mac(port, command.link_destination, packet)

    def _send_echo(self, command: SendEcho) -> None:
        self._echoes = {*(self._echoes or ()), command.identifier}
        body = encode_echo(Echo(command.identifier, command.sequence))
        packet = Packet(Protocol.ICMP, command.source, ECHO_REQUEST, command.destination, 0, payload=body)
        self.wiring.carrier.send(self.host, packet, _arrived)

    def _listen(self, command: Listen) -> None:
        local, table = command.local, self.host.streams
        if table.taken(local) or not (local.ip == UNSPECIFIED or self._has(local.ip)):
            self.deliver(BindFailed(local))
        else:
            table.listening[int(local.ip), local.port] = command, self

    def _stop_listening(self, local: TransportAddress) -> None:
        key = int(local.ip), local.port
        found = self.host.streams.listening.get(key)
        if found is not None and found[1] is self:
            del self.host.streams.listening[key]

    def _open_stream(self, command: OpenStream) -> None:
        source = command.source_ip
        if source == UNSPECIFIED:
            source = self.host.source_for(command.destination.ip, "")
        if source == UNSPECIFIED:
            self.deliver(StreamFailed(command.stream, "unreachable"))
        elif not self._has(source):
            self.deliver(StreamFailed(command.stream, f"{source} is not an address of this host"))
        else:
            local = self.host.streams.free(source, command.source_ports, command.destination)
            if local is None:
                first, last = command.source_ports
                self.deliver(StreamFailed(command.stream, f"no free port in {first}-{last}"))
                return
            end = FlowEnd(self, command.stream, local, command.destination)
            end.connect(command.timeout, command.keepalive)

    def _configure(self, command: ConfigureAddress) -> None:
        port, address, network = self._port(command.interface), command.address, command.network
        if not isinstance(address, IPv4Address) or not isinstance(network, IPv4Network):
            raise ValueError(f"{self.host.name}: {address} in {network}: the simulated network is IPv4 only")
        self.host.add_address(port, address, network)
        if isinstance(command.router, IPv4Address):
            self.host.set_gateway(port, command.router)
        self.deliver(AddressConfigured(command.address))

    def _port(self, interface: str) -> FlowPort:
        ports = self.host.ports
        return ports[interface] if interface else next(iter(ports.values()))


def _arrived(host: FlowHost, packet: Packet, interface: str, _given: object) -> None:
    host.receive(packet, interface)
