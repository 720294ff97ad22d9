"""The TCP side of one host: listeners, connections, source ports.

TLS is not simulated: a stream opened with `tls` carries its octets in clear, and its ports are right.
"""

from collections.abc import Callable
from random import Random

from ringfence.actors.io import (
    BindFailed,
    CloseStream,
    Event,
    Listen,
    OpenStream,
    SendStream,
    StopListening,
    StreamFailed,
    StreamFault,
    StreamId,
)
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.connection import ACK, RST, RST_ACK, SYN, SimulatedConnection, TcpState
from ringfence.drivers.sim.frames import IpPacket, segment_of
from ringfence.drivers.sim.source_ports import LINUX_EPHEMERAL, SourcePorts
from ringfence.model.address import UNSPECIFIED, Address, TransportAddress
from ringfence.model.packet import Packet


class TcpPorts:
    """A host's TCP ports: who listens, and every connection by its two ends."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        output: Callable[[IpPacket], bool],
        *,
        keepalive: bool,
        first_port: int = LINUX_EPHEMERAL.start,
    ) -> None:
        self.clock = clock
        self.random = random
        self.output = output
        self.keepalive = keepalive
        self.listening: dict[TransportAddress, tuple[Listen, ProcessStreams]] = {}
        self.connections: dict[tuple[TransportAddress, TransportAddress], SimulatedConnection] = {}
        self._ephemeral = SourcePorts(first_port)

    def receive(self, packet: IpPacket) -> None:
        """A segment for an address of this host."""
        inner = packet.packet
        local = TransportAddress(inner.destination, inner.destination_port)
        remote = TransportAddress(inner.source, inner.source_port)
        connection = self.connections.get((local, remote))
        opening = inner.flags & (SYN | ACK | RST) == SYN
        if connection is not None and not (opening and connection.state is TcpState.TIME_WAIT):
            connection.receive(packet)
        elif opening and (found := self._listener(local)) is not None:
            listener, streams = found
            # Silence, not a reset, for who is not on the list.
            if not listener.only_from or remote.ip in listener.only_from:
                streams.accept(listener, local, remote, packet.sequence)
        elif not inner.flags & RST:
            self._refuse(packet, local, remote)

    def unreachable(self, packet: Packet, fault: StreamFault) -> None:
        """The network cannot deliver this segment of ours; fatal only to an opening one (RFC 5461)."""
        local = TransportAddress(packet.source, packet.source_port)
        remote = TransportAddress(packet.destination, packet.destination_port)
        connection = self.connections.get((local, remote))
        if connection is not None and connection.state is TcpState.SYN_SENT:
            connection.lose(fault, fault)

    def address_gone(self, address: Address) -> None:
        for local in [local for local in self.listening if local.ip == address]:
            del self.listening[local]
        for connection in [each for each in self.connections.values() if each.local.ip == address]:
            connection.lose("the local address was removed")

    def vanish(self) -> None:
        """Forget everything without a word to anybody: the host has lost power."""
        self.listening.clear()
        for connection in [*self.connections.values()]:
            connection.vanish()

    def taken(self, local: TransportAddress) -> bool:
        return any(
            local.port == other.port and (local.ip == other.ip or UNSPECIFIED in {local.ip, other.ip})
            for other in self.listening
        )

    def free(
        self, source: Address, ports: tuple[int, int], destination: TransportAddress
    ) -> TransportAddress | None:
        """A gatekeeper opens to many handsets from five ports: a port is free when this pair of ends is."""
        for port in self._ephemeral.candidates(ports):
            local = TransportAddress(source, port)
            if (local, destination) not in self.connections:
                self._ephemeral.taken(ports, port)
                return local
        return None

    def _listener(self, local: TransportAddress) -> "tuple[Listen, ProcessStreams] | None":
        return self.listening.get(local) or self.listening.get(TransportAddress(UNSPECIFIED, local.port))

    def _refuse(self, packet: IpPacket, local: TransportAddress, remote: TransportAddress) -> None:
        """RFC 9293 section 3.10.7.1."""
        flags = packet.packet.flags
        if flags & ACK:
            self.output(segment_of(local, remote, RST, sequence=packet.acknowledgement))
        else:
            end = packet.sequence + len(packet.packet.payload) + bool(flags & SYN)
            self.output(segment_of(local, remote, RST_ACK, acknowledgement=end))


class ProcessStreams:
    """One machine's streams: performs its commands; `deliver` hears every stream event."""

    def __init__(self, table: TcpPorts, deliver: Callable[[Event], None]) -> None:
        self.clock = table.clock
        self.output = table.output
        self.keepalive = table.keepalive
        self.deliver = deliver
        self._table = table
        self._numbers: dict[StreamId, SimulatedConnection] = {}
        self._last_accepted: StreamId = 0

    def listen(self, command: Listen, has: Callable[[Address], bool]) -> None:
        """`has`: whether the host has an address."""
        local = command.local
        if self._table.taken(local) or not (local.ip == UNSPECIFIED or has(local.ip)):
            self.deliver(BindFailed(local))
        else:
            self._table.listening[local] = command, self

    def stop_listening(self, command: StopListening) -> None:
        found = self._table.listening.get(command.local)
        if found is not None and found[1] is self:
            del self._table.listening[command.local]

    def open(self, command: OpenStream, source: Address) -> None:
        """From `source`, which the host has."""
        local = self._table.free(source, command.source_ports, command.destination)
        if local is None:
            first, last = command.source_ports
            self.deliver(StreamFailed(command.stream, f"no free port in {first}-{last}"))
            return
        connection = self._add(command.stream, local, command.destination)
        connection.connect(command.timeout, command.keepalive)

    def accept(
        self, listener: Listen, local: TransportAddress, remote: TransportAddress, sequence: int
    ) -> None:
        """A peer's SYN with this sequence number is for us."""
        self._last_accepted -= 1
        self._add(self._last_accepted, local, remote).accept(sequence, listener.keepalive)

    def send(self, command: SendStream) -> None:
        # The peer may have ended the stream since: then its StreamClosed is on the way, or was delivered.
        if connection := self._numbers.get(command.stream):
            connection.send(command.data)

    def close(self, command: CloseStream) -> None:
        if connection := self._numbers.get(command.stream):
            if command.abort:
                connection.abort()
            else:
                connection.close()

    def forget(self, connection: SimulatedConnection) -> None:
        """Called by the connection when it is over."""
        ends = connection.local, connection.remote
        if self._table.connections.get(ends) is connection:
            del self._table.connections[ends]
        if self._numbers.get(connection.stream) is connection:
            del self._numbers[connection.stream]

    def _add(
        self, stream: StreamId, local: TransportAddress, remote: TransportAddress
    ) -> SimulatedConnection:
        connection = SimulatedConnection(self, stream, local, remote, self._table.random.getrandbits(31))
        self._table.connections[local, remote] = self._numbers[stream] = connection
        return connection
