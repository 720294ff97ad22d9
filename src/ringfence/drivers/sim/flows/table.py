"""The TCP ports of one host: who listens, and every stream by its two ends."""

from typing import TYPE_CHECKING, TypeAlias

from ringfence.actors.io import Listen, StreamFault
from ringfence.drivers.sim.flows.segment import Ip
from ringfence.drivers.sim.source_ports import SourcePorts
from ringfence.model.address import UNSPECIFIED, Address, TransportAddress
from ringfence.model.packet import Packet

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.process import FlowProcess
    from ringfence.drivers.sim.flows.stream import FlowEnd

Ends: TypeAlias = tuple[Ip, int, Ip, int]  # local address and port, the peer's


class StreamTable:
    """`ends` None: the stream is over, but its ports are not free yet (RFC 9293 TIME-WAIT)."""

    __slots__ = ("_ephemeral", "ends", "listening")

    def __init__(self) -> None:
        self.listening: dict[tuple[Ip, int], tuple[Listen, FlowProcess]] = {}
        self.ends: dict[Ends, FlowEnd | None] = {}
        self._ephemeral: SourcePorts | None = None

    def listener(self, ip: Ip, port: int) -> "tuple[Listen, FlowProcess] | None":
        return self.listening.get((ip, port)) or self.listening.get((0, port))

    def taken(self, local: TransportAddress) -> bool:
        ip = int(local.ip)
        return any(local.port == port and (ip == other or 0 in {ip, other}) for other, port in self.listening)

    def free(
        self, source: Address, ports: tuple[int, int], destination: TransportAddress
    ) -> TransportAddress | None:
        """A port is free when this pair of ends is: five serve a gatekeeper for many handsets."""
        if self._ephemeral is None:
            self._ephemeral = SourcePorts()
        ip, there = int(source), int(destination.ip)
        for port in self._ephemeral.candidates(ports):
            if (ip, port, there, destination.port) not in self.ends:
                self._ephemeral.taken(ports, port)
                return TransportAddress(source, port)
        return None

    def unreachable(self, packet: Packet, fault: StreamFault) -> None:
        """The network cannot deliver what this stream sent; fatal only to an opening one (RFC 5461)."""
        ends = int(packet.source), packet.source_port, int(packet.destination), packet.destination_port
        end = self.ends.get(ends)
        if end is not None:
            end.unreachable(fault)

    def address_gone(self, address: Address) -> None:
        ip = int(address)
        for local in [local for local in self.listening if local[0] == ip and address != UNSPECIFIED]:
            del self.listening[local]
        for ends, end in [*self.ends.items()]:
            if ends[0] == ip and end is not None:
                end.lose("the local address was removed")

    def vanish(self) -> None:
        """Forget everything without a word to anybody: the host has lost power."""
        self.listening.clear()
        for end in [*self.ends.values()]:
            if end is not None:
                end.vanish()
        self.ends.clear()
