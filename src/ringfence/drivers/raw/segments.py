"""The VLANs of one real interface: what our own hosts and everybody else on the wire say to one another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.segment import BroadcastDomain, NodePort
from ringfence.model.defaults import DHCP_CLIENT_PORT
from ringfence.model.packet import Protocol
from ringfence.wire.ethernet import BROADCAST

Transmit: TypeAlias = Callable[[Frame, int], None]  # a frame and its VLAN; 0: untagged

_LAST_VLAN = 4094  # IEEE 802.1Q table 9-2
_CHADDR = slice(28, 34)  # of a DHCP message with an Ethernet address (RFC 2131 figure 1)


class WiredSegment(BroadcastDomain):
    """One VLAN. A switch does not send a frame back to the port that it came from, so what our own hosts
    say to one another never reaches the wire unless it is for everybody."""

    __slots__ = ("_transmit",)

    def __init__(self, vlan: int, clock: Clock, transmit: Transmit) -> None:
        super().__init__(f"VLAN {vlan}" if vlan else "untagged", vlan, clock, 0.0)
        self._transmit = transmit

    def carry(self, frame: Frame) -> None:
        many = frame.destination[0] & 1
        if many or frame.destination not in self._ports:
            self._transmit(frame, self.vlan)
        self.arrived(frame)

    def arrived(self, frame: Frame) -> None:
        """To those of our hosts whose frame it is."""
        if frame.destination[0] & 1:
            self._clock.after(0.0, self._flood, frame)
        elif (port := self._ports.get(frame.destination)) is not None:
            self._clock.after(0.0, self._arrive, port, frame)

    def _listening(self, frame: Frame) -> Iterable[NodePort]:
        """An answer to a DHCP client is for the client that it names: of ten thousand that hear it the
        others would but drop it (RFC 2131 section 4.1)."""
        content = frame.content
        if (
            isinstance(content, IpPacket)
            and frame.destination == BROADCAST
            and content.packet.protocol is Protocol.UDP
            and content.packet.destination_port == DHCP_CLIENT_PORT
        ):
            port = self._ports.get(content.packet.payload[_CHADDR])
            return () if port is None else (port,)
        return super()._listening(frame)


class WiredSegments(Mapping[int, BroadcastDomain]):
    """A segment for every VLAN, made when a host moves there: what the switch port carries shows later."""

    def __init__(self, clock: Clock, transmit: Transmit) -> None:
        self._clock = clock
        self._transmit = transmit
        self._made: dict[int, WiredSegment] = {}

    def __getitem__(self, vlan: int) -> WiredSegment:
        if not 0 <= vlan <= _LAST_VLAN:
            raise KeyError(vlan)
        if vlan not in self._made:
            self._made[vlan] = WiredSegment(vlan, self._clock, self._transmit)
        return self._made[vlan]

    def __iter__(self) -> Iterator[int]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def in_use(self, vlan: int) -> WiredSegment | None:
        """The segment of this tag, if a host of ours was ever there."""
        return self._made.get(vlan)
