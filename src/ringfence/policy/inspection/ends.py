"""The ends of a connection as either side calls them, and addresses in messages as numbers."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TypeAlias, TypeVar

import msgspec

from ringfence.policy.connections import Connection, ConnectionName, Known
from ringfence.policy.inspection.pinholes import Reads, TransportEnd
from ringfence.wire import h225

MessageAddress: TypeAlias = h225.TransportAddress
AnyMessage = TypeVar("AnyMessage", bound=msgspec.Struct)


@dataclass(slots=True)
class Dialogue:
    """What the helper remembers of one connection. `signalling`: the call-signalling port of whoever
    registered, by direction (False: of the side that opened): as it says, and as others see it. `media`: RTP
    ports by direction, as one side says and as the other sees them.
    """

    connection: Connection
    reads: Reads
    ttl: int = 0
    signalling: dict[bool, int] = field(default_factory=dict)
    media: dict[bool, dict[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ways:
    """The four ends of a packet's connection, from the sender's view: `mine` as it says, `seen` as the other
    side sees it, `peer` as that one says, `named` as the sender calls it.
    """

    name: ConnectionName
    reply: bool
    mine: TransportEnd
    seen: TransportEnd
    peer: TransportEnd
    named: TransportEnd

    @property
    def protocol(self) -> int:
        """The IANA number of the connection's protocol."""
        return self.name[0] % 256

    @property
    def mine_translated(self) -> bool:
        """Whether the sender itself is another to the other side."""
        return self.mine[0] != self.seen[0]

    @property
    def translated(self) -> bool:
        return self.mine != self.seen or self.peer != self.named


def ways_of(known: Known) -> Ways:
    """The ends of a known connection whose first packet has left."""
    name, connection, reply = known
    leaves = connection.leaves or name
    if reply:
        return Ways(name, True, leaves[3:5], name[3:5], name[1:3], leaves[1:3])
    return Ways(name, False, name[1:3], leaves[1:3], leaves[3:5], name[3:5])


def changed(message: AnyMessage, ways: Ways, **fields: object) -> AnyMessage:
    """The message with these fields, where the connection is translated."""
    return msgspec.structs.replace(message, **fields) if ways.translated else message


def end_of(address: object) -> TransportEnd | None:
    """The IPv4 address and port of a transport address; None for any other kind, and for none."""
    match address:
        case ("ipAddress", h225.IpAddress(ip=ip, port=port)):
            return int.from_bytes(ip, "big"), port
        case _:
            return None


def port_at(address: object, host: int) -> int:
    """The port, where the address is of this host; else 0."""
    end = end_of(address)
    return end[1] if end is not None and end[0] == host else 0


def address_of_end(host: int, port: int) -> MessageAddress:
    """The same, back."""
    return ("ipAddress", h225.IpAddress(ip=IPv4Address(host).packed, port=port))
