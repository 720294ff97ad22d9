"""Address translation as Linux does it: decided by the first packet of a connection, and kept for the rest.

The destination is translated before the filter sees a packet, the source after that: rules are about inside
addresses. A source port is kept where it is free towards this peer, else any other of its kind is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Protocol, TypeAlias

from ringfence.model.address import Address
from ringfence.model.nat import NatRule
from ringfence.model.packet import Packet
from ringfence.model.packet import Protocol as IpProtocol
from ringfence.policy.connections import ConnectionName, Known, answer_name, identify
from ringfence.policy.filter import StatefulFilter

# Linux chooses a port of the same kind (nf_nat_core.c): reserved, privileged or other.
_KINDS = ((1, 512), (512, 1024), (1024, 65536))
_End: TypeAlias = tuple[int, int]


class MessageInspection(Protocol):
    """Who reads messages on their way, rewrites them, and expects what they name."""

    def expects(self, packet: Packet, name: ConnectionName, now: float) -> tuple[int, int] | None:
        """Where an opening packet is led that a message announced; None: nobody announced it."""

    def looks(self, packet: Packet, known: Known, now: float) -> Packet:
        """The packet as it leaves."""


class Translator:
    """Stands before and behind a stateful filter, whose connections it translates; `now` never goes back."""

    def __init__(
        self, rules: Sequence[NatRule], filter_: StatefulFilter, inspection: MessageInspection | None = None
    ) -> None:
        self._rules = tuple(rules)
        self._filter = filter_
        self._inspection = inspection
        # By protocol and sender: the last connection that was translated, and what the sender became.
        self._mapped: dict[tuple[int, int, int], tuple[ConnectionName, int, int]] = {}

    def arrives(self, packet: Packet, now: float) -> Packet:
        """The packet as the filter sees it."""
        known = self._filter.known(packet, now)
        if known is None:
            return self._expected(packet, now) or self._opening(packet)
        leaves = known.connection.leaves
        if leaves is None or leaves == known.name:
            return packet
        return _with_destination(packet, known.name[1:3] if known.reply else leaves[3:5])

    def leaves(self, packet: Packet, arrived: Packet, now: float) -> Packet:
        """A packet that the filter let through, as it leaves."""
        known = self._filter.known(arrived, now)
        if known is None:
            return packet
        leaves = known.connection.leaves
        if leaves is None:
            leaves = self._chosen(packet, known.name, now)
            self._filter.leave(known, leaves)
        if leaves != known.name:
            packet = _with_source(packet, known.name[3:5] if known.reply else leaves[1:3])
        return self._inspection.looks(packet, known, now) if self._inspection else packet

    def _expected(self, packet: Packet, now: float) -> Packet | None:
        """An opening packet that the inspection has read of, led to where it belongs."""
        if self._inspection is None or packet.protocol not in {IpProtocol.TCP, IpProtocol.UDP}:
            return None
        name, _ = identify(packet)
        assert name is not None
        end = self._inspection.expects(packet, name, now)
        return None if end is None else _with_destination(packet, end)

    def _opening(self, packet: Packet) -> Packet:
        for rule in self._rules:
            if rule.concerns(packet.source):
                inside = rule.nat.inward(packet.destination)
                if inside != packet.destination:
                    return replace(packet, destination=inside)
        return packet

    def received(self, packet: Packet, now: float) -> None:
        """A datagram that ends at the firewall itself: it takes its ports from those that it translates."""
        if packet.protocol is IpProtocol.UDP:
            self._filter.remember(packet, now)

    def _chosen(self, packet: Packet, arrived: ConnectionName, now: float) -> ConnectionName:
        """What the packets of a new connection are called when they leave.

        No two connections may be answered alike: even one that is not translated gives up its port.
        """
        name, _ = identify(packet)
        assert name is not None  # a packet without a name opens no connection
        source = int(self._outside(packet))
        for port in self._ports(name, arrived, source, now):
            leaves = (name[0], source, port, *name[3:5])
            if self._filter.free(answer_name(leaves), arrived, now):
                self._mapped[name[:3]] = arrived, source, port
                return leaves
        return (name[0], source, *name[2:5])

    def _ports(self, name: ConnectionName, arrived: ConnectionName, source: int, now: float) -> Iterator[int]:
        """The port that this sender has already, where another connection of its lives; then any."""
        known, outside, port = self._mapped.get(name[:3], (arrived, source, 0))
        if known != arrived and outside == source != name[1] and self._filter.lives(known, now):
            yield port
        yield from _ports(name, now)

    def _outside(self, packet: Packet) -> Address:
        for rule in self._rules:
            if rule.concerns(packet.destination):
                outside = rule.nat.outward(packet.source)
                if outside != packet.source:
                    return outside
        return packet.source


def _ports(name: ConnectionName, now: float) -> Iterator[int]:
    """The port itself, then the others of its kind from anywhere on."""
    port = name[2]
    first, end = next(kind for kind in _KINDS if port < kind[1])
    start = first + hash((name, now)) % (end - first)  # of numbers alone: the same in every run
    yield port
    yield from range(start, end)
    yield from range(first, start)


def _with_destination(packet: Packet, end: _End) -> Packet:
    address, port = IPv4Address(end[0]), end[1]
    if packet.protocol is IpProtocol.ICMP:
        return replace(packet, destination=address, payload=_identified(packet.payload, port))
    return replace(packet, destination=address, destination_port=port)


def _with_source(packet: Packet, end: _End) -> Packet:
    address, port = IPv4Address(end[0]), end[1]
    if packet.protocol is IpProtocol.ICMP:
        return replace(packet, source=address, payload=_identified(packet.payload, port))
    return replace(packet, source=address, source_port=port)


def _identified(payload: bytes, identifier: int) -> bytes:
    """The echo with this identifier; with its own where what stands for the port is the type."""
    return payload if identifier > 0xFFFF else identifier.to_bytes(2, "big") + payload[2:]
