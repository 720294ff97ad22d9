"""The connections that a stateful firewall remembers, by what their packets are called when they arrive.

As in Linux, a connection has two names: that of its first packet, and that of an answer to the packet as it
leaves. Without address translation the second is the first turned around.
"""

from typing import NamedTuple, TypeAlias

from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.wire.icmp import decode_echo

# Protocol, addresses and ports of a packet as numbers. For ICMP requests the ports are the identifier and the
# type.
ConnectionName: TypeAlias = tuple[int, int, int, int, int]

_ICMP_PROTOCOLS = frozenset({Protocol.ICMP, Protocol.ICMPV6})
# The types that Linux takes for requests, each with its answer: RFC 792 echo, timestamp and information,
# RFC 950 address mask; RFC 4443 echo and RFC 4620 node information. All bear an identifier where echo has it.
_ICMPV4_ANSWERS = {ECHO_REQUEST: ECHO_REPLY, 13: 14, 15: 16, 17: 18}
_ICMPV6_ANSWERS = {128: 129, 139: 140}
_ICMPV4_REQUESTS = {answer: request for request, answer in _ICMPV4_ANSWERS.items()}
_ICMPV6_REQUESTS = {answer: request for request, answer in _ICMPV6_ANSWERS.items()}
_TYPE = 65536  # no identifier is as high as a type after this

# Plain numbers: flag arithmetic on the enumeration costs more than the rest of a verdict.
FIN, SYN, RST, ACK = (int(flag) for flag in (TcpFlags.FIN, TcpFlags.SYN, TcpFlags.RST, TcpFlags.ACK))
OPENING = FIN | SYN | RST | ACK  # of these a connection's first segment bears SYN alone
_NAMELESS = (0, 0, 0, 0, 0)


class Connection:
    """`answered`: with TCP, by a SYN/ACK; `heard`: by anything; `open`: the handshake is complete.

    `closed`: which sides sent FIN (1: the opener, 2: the other); `over`: closed or reset; `refused`: reset
    before it was answered. `leaves`: what the first packet is called once it has left, None until then.
    """

    __slots__ = ("answered", "born", "closed", "expires", "heard", "leaves", "open", "over", "refused")

    def __init__(self, born: float, expires: float) -> None:
        self.born = born
        self.expires = expires
        self.answered = False
        self.open = False
        self.closed = 0
        self.over = False
        self.heard = False
        self.refused = False
        self.leaves: ConnectionName | None = None


class Known(NamedTuple):
    """A connection that a packet belongs to, by the name of its first; `reply`: it is from the other side."""

    name: ConnectionName
    connection: Connection
    reply: bool


class ConnectionTable:
    """At most `room` connections; `now` (seconds) never goes back."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._connections: dict[ConnectionName, Connection] = {}
        self._answers: dict[ConnectionName, ConnectionName] = {}  # of translated ones alone

    def clear(self) -> None:
        self._connections.clear()
        self._answers.clear()

    def count(self, now: float) -> int:
        """How many connections live; the others are forgotten."""
        for each in [n for n, found in self._connections.items() if found.expires <= now]:
            self.remove(each)
        return len(self._connections)

    def find(self, name: ConnectionName, now: float) -> Known | None:
        """The connection of a packet that arrives under this name."""
        connection = self.named(name, now)
        if connection is not None:
            return Known(name, connection, False)
        first = self._answers.get(name) or answer_name(name)
        connection = self.named(first, now)
        if connection is None or (connection.leaves or first) != answer_name(name):
            return None
        return Known(first, connection, True)

    def named(self, name: ConnectionName, now: float) -> Connection | None:
        """The connection whose first packet arrived under this name."""
        connection = self._connections.get(name)
        if connection is not None and connection.expires <= now:
            self.remove(name)
            return None
        return connection

    def add(self, name: ConnectionName, connection: Connection, now: float) -> bool:
        """False: there is no room."""
        if len(self._connections) >= self._room and self.count(now) >= self._room:
            return False
        self._connections[name] = connection
        return True

    def remove(self, name: ConnectionName) -> None:
        leaves = self._connections.pop(name).leaves
        if leaves is not None and leaves != name:
            self._answers.pop(answer_name(leaves), None)

    def leave(self, name: ConnectionName, leaves: ConnectionName) -> None:
        """From now on the connection's packets leave under this name."""
        self._connections[name].leaves = leaves
        if leaves != name:
            self._answers[answer_name(leaves)] = name


def answer_name(name: ConnectionName) -> ConnectionName:
    """What an answer is called."""
    protocol, source, source_port, destination, destination_port = name
    return protocol, destination, destination_port, source, source_port


def identify(packet: Packet) -> tuple[ConnectionName | None, bool]:
    """The packet's name, and whether it can open a connection; DecodeError for an echo cut short.

    None for ICMP that neither asks nor answers: such a packet has no name of its own.
    """
    protocol = packet.protocol
    if protocol in _ICMP_PROTOCOLS:
        version4 = protocol is Protocol.ICMP
        answers, requests = (
            (_ICMPV4_ANSWERS, _ICMPV4_REQUESTS) if version4 else (_ICMPV6_ANSWERS, _ICMPV6_REQUESTS)
        )
        type_ = packet.source_port
        opens = type_ in answers
        if not opens and type_ not in requests:
            return None, False
        identifier = decode_echo(packet.payload).identifier
        # Which side asked is part of the name, or a second request would pass as an answer to the first.
        if opens:
            source_port, destination_port = identifier, _TYPE + type_
        else:
            source_port, destination_port = _TYPE + requests[type_], identifier
    else:
        source_port, destination_port = packet.source_port, packet.destination_port
        opens = protocol is Protocol.UDP or int(packet.flags) & OPENING == SYN
    name = (protocol + 256 * packet.source.version, int(packet.source), source_port)
    return (*name, int(packet.destination), destination_port), opens
