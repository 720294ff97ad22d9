"""One node: its IP layer, its UDP and TCP ports, and the machines that run on it."""

from ringfence.actors.io import (
    DatagramReceived,
    EchoReplied,
    Event,
    LinkChanged,
    Machine,
    Started,
    StreamFault,
)
from ringfence.drivers.sim.datagrams import UdpPorts
from ringfence.drivers.sim.frames import IpPacket
from ringfence.drivers.sim.process import HostContext, NetworkContext, Process
from ringfence.drivers.sim.segment import NodePort
from ringfence.drivers.sim.source_ports import LINUX_EPHEMERAL
from ringfence.drivers.sim.stack import Stack
from ringfence.drivers.sim.streams import TcpPorts
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.packet import DESTINATION_UNREACHABLE, ECHO_REPLY, Packet, Protocol
from ringfence.wire.icmp import PORT_UNREACHABLE, decode_echo, decode_quoted


class SimulatedHost:
    """Without a machine it still answers ARP and echo requests, refuses streams, and forwards if it may."""

    def __init__(
        self,
        name: str,
        ports: tuple[NodePort, ...],
        wiring: NetworkContext,
        *,
        forwards: bool,
        first_port: int = LINUX_EPHEMERAL.start,
    ) -> None:
        """`first_port`: the ephemeral port that it opens a stream from first."""
        self.name = name
        self._datagrams = UdpPorts()
        self.stack = Stack(name, ports, wiring.clock, self, forwards=forwards, lost=wiring.lost)
        self._table = TcpPorts(
            wiring.clock, wiring.random, self.stack.output, keepalive=wiring.keepalive, first_port=first_port
        )
        self._place = HostContext(name, wiring, self.stack, self._datagrams, self._table)
        self._processes: list[Process] = []

    def start(self, machine: Machine) -> None:
        """Run it from now on, beside those that run already."""
        process = Process(machine, self._place)
        self._processes.append(process)
        process.deliver(Started())

    def tell(self, event: Event) -> None:
        """Hand its machines an event that does not come from the network."""
        for process in tuple(self._processes):
            process.deliver(event)

    def stop(self) -> None:
        """Cut the power: machines, ports and what they configured are gone, without a word."""
        for process in self._processes:
            process.stop()
        self._processes.clear()
        self._datagrams.clear()
        self._table.vanish()
        self.stack.reset()

    def switch_links(self, up: bool) -> None:
        """Plug in or pull out every cable."""
        for port in self.stack.ports.values():
            port.switch(up)
        for process in tuple(self._processes):
            process.deliver(LinkChanged(up))

    # From the IP layer (stack.Upper)

    def udp(self, packet: Packet, interface: str) -> bool:
        destination = TransportAddress(packet.destination, packet.destination_port)
        owner = self._datagrams.owner(destination, interface)
        if owner is None:
            return False
        source = TransportAddress(packet.source, packet.source_port)
        owner(DatagramReceived(source, destination, packet.payload, interface))
        return True

    def tcp(self, packet: IpPacket) -> None:
        self._table.receive(packet)

    def icmp(self, packet: Packet) -> None:
        if packet.source_port == ECHO_REPLY:
            echo = decode_echo(packet.payload)
            for process in tuple(self._processes):
                process.echo_replied(EchoReplied(packet.source, echo.identifier, echo.sequence))
        elif packet.source_port == DESTINATION_UNREACHABLE:
            try:
                quoted = decode_quoted(packet.payload)
            except DecodeError:
                return
            refused = packet.destination_port == PORT_UNREACHABLE
            self._table.unreachable(quoted, StreamFault.REFUSED if refused else StreamFault.UNREACHABLE)

    def unreachable(self, packet: Packet) -> None:
        if packet.protocol is Protocol.TCP:
            self._table.unreachable(packet, StreamFault.UNREACHABLE)
