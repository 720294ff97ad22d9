"""Broadcast domains and the ports on them."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal, NamedTuple

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import Frame
from ringfence.drivers.sim.links import Link
from ringfence.model.packet import Protocol
from ringfence.wire.ethernet import BROADCAST, Arp


class Recorded(NamedTuple):
    """A frame as it passed a tap; `vlan` is its tag there, 0: none."""

    time: float
    tap: str
    frame: Frame
    vlan: int


class PortListener(NamedTuple):
    """What a port wants broadcasts for: ARP that asks for an address or comes from one, or a UDP port."""

    kind: Literal["asked for", "from", "udp", "everything"]
    about: IPv4Address | int = 0


EVERYTHING = PortListener("everything")


class BroadcastDomain:
    """One broadcast domain: a switch that knows where every MAC address is.

    A frame takes `delay` seconds from port to port. Groups are flooded: there is no IGMP snooping. A boot
    storm is mostly broadcasts that nearly everybody ignores, so ports say what they listen for, and
    the rest of them is spared.
    """

    __slots__ = ("_clock", "_delay", "_listeners", "_ports", "name", "vlan")

    def __init__(self, name: str, vlan: int, clock: Clock, delay: float) -> None:
        self.name = name
        self.vlan = vlan
        self._clock = clock
        self._delay = delay
        self._ports: dict[bytes, NodePort] = {}
        self._listeners: dict[PortListener, dict[NodePort, None]] = {}

    def plug(self, port: "NodePort") -> None:
        self._ports[port.mac] = port
        for listener in port.listeners:
            self.listen(port, listener)

    def unplug(self, port: "NodePort") -> None:
        self._ports.pop(port.mac, None)
        for listener in port.listeners:
            self.ignore(port, listener)

    def listen(self, port: "NodePort", listener: PortListener) -> None:
        self._listeners.setdefault(listener, {})[port] = None

    def ignore(self, port: "NodePort", listener: PortListener) -> None:
        self._listeners.get(listener, {}).pop(port, None)

    def port(self, mac: bytes) -> "NodePort | None":
        """The port that has this address here."""
        return self._ports.get(mac)

    def carry(self, frame: Frame) -> None:
        """Take a frame from the port that has its source address."""
        if frame.destination[0] & 1:
            self._clock.after(self._delay, self._flood, frame)
            for port in self._ports.values():
                if port.link is not None and port.mac != frame.source:
                    self._through(port, port.link, frame)
            return
        target = self._ports.get(frame.destination)
        if target is None:
            return
        if target.link is None:
            self._clock.after(self._delay, self._arrive, target, frame)
        else:
            self._through(target, target.link, frame)

    def _through(self, port: "NodePort", link: Link[Frame], frame: Frame) -> None:
        for delay in link(frame):
            self._clock.after(self._delay + delay, self._arrive, port, frame)

    def _flood(self, frame: Frame) -> None:
        # One action for all the ports with good cables.
        for port in tuple(self._listening(frame)):
            if port.link is None and port.mac != frame.source and port.segment is self:
                port.arrived(frame)

    def _listening(self, frame: Frame) -> Iterable["NodePort"]:
        content = frame.content
        if isinstance(content, Arp):
            listeners: tuple[PortListener, ...] = (
                PortListener("asked for", content.target_ip),
                PortListener("from", content.sender_ip),
                EVERYTHING,
            )
        elif frame.destination == BROADCAST and content.packet.protocol is Protocol.UDP:
            listeners = (PortListener("udp", content.packet.destination_port), EVERYTHING)
        else:
            return self._ports.values()
        return {port: None for listener in listeners for port in self._listeners.get(listener, ())}

    def _arrive(self, port: "NodePort", frame: Frame) -> None:
        if port.segment is self:  # it may have moved to another VLAN, or lost its link, on the way
            port.arrived(frame)


class NodePort:
    """A node's interface and the cable to its switch port.

    `segments` are the VLANs that the switch port carries, by tag; 0 is its own, untagged. While the node
    uses a VLAN that is not among them, `segment` is None and its frames go nowhere. `fixed` are addresses
    that do not depend on a machine.
    """

    __slots__ = (
        "_clock",
        "_record",
        "addresses",
        "fixed",
        "link",
        "listeners",
        "mac",
        "name",
        "receive",
        "segment",
        "segments",
        "taps",
        "up",
        "vlan",
    )

    def __init__(
        self,
        name: str,
        mac: bytes,
        segments: Mapping[int, BroadcastDomain],
        *,
        fixed: tuple[IPv4Interface, ...],
        clock: Clock,
        record: Callable[[Recorded], None],
    ) -> None:
        self.name = name
        self.mac = mac
        self.segments = segments
        self.fixed = fixed
        self.listeners: set[PortListener] = set()
        self.addresses: dict[IPv4Address, IPv4Network] = {}
        self.link: Link[Frame] | None = None
        self.taps: tuple[str, ...] = ()
        self.up = True
        self.vlan = 0
        self.segment: BroadcastDomain | None = None
        self.receive: Callable[[NodePort, Frame], None] = _ignore
        self._clock = clock
        self._record = record
        self.use(0)

    def use(self, vlan: int) -> None:
        """Leave the segment and join the one with this tag."""
        if self.segment is not None:
            self.segment.unplug(self)
        self.vlan = vlan
        self.segment = self.segments.get(vlan) if self.up else None
        if self.segment is not None:
            self.segment.plug(self)

    def listen(self, listener: PortListener) -> None:
        self.listeners.add(listener)
        if self.segment is not None:
            self.segment.listen(self, listener)

    def ignore(self, listener: PortListener) -> None:
        self.listeners.discard(listener)
        if self.segment is not None:
            self.segment.ignore(self, listener)

    def tap(self, name: str) -> None:
        """Record what passes here under this name."""
        self.taps += (name,)
        self.listen(EVERYTHING)

    def switch(self, up: bool) -> None:
        """Plug the cable in or pull it out."""
        self.up = up
        self.use(self.vlan)

    def transmit(self, frame: Frame) -> None:
        if not self.up:
            return
        self._note(frame)
        segment = self.segment
        if segment is None:
            return
        if self.link is None:
            segment.carry(frame)
        else:
            for delay in self.link(frame):
                self._clock.after(delay, segment.carry, frame)

    def arrived(self, frame: Frame) -> None:
        self._note(frame)
        self.receive(self, frame)

    def _note(self, frame: Frame) -> None:
        for tap in self.taps:
            self._record(Recorded(self._clock.now, tap, frame, self.vlan))


def _ignore(_port: NodePort, _frame: Frame) -> None:
    pass
