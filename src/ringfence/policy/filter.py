"""The stateful filter: which packets a policy passes, and when, as a pure machine of time.

First match wins, what no rule permits is denied. Replies pass by connection state, whose lifetimes are the
point: a gatekeeper that speaks after the handset's UDP state has aged meets the rules alone. Nothing is
ever expected on behalf of another flow ("related"): a helper that opens ports would hide a missing rule.

The states and lifetimes are those of Linux netfilter with nf_conntrack_tcp_loose=0, compared with a kernel
packet by packet. TCP sequence numbers are not judged, and two sides that open to each other at once (RFC 9293
section 3.5, figure 7) are not followed.
"""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ringfence.model.address import Network
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE, UDP_STREAM_STATE
from ringfence.model.errors import DecodeError
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.model.policy import Action, Policy, Rule
from ringfence.wire.icmp import ERRORS, decode_echo, decode_quoted

# What decided, where it was not a rule (whose id is given then).
ESTABLISHED = "established"
DEFAULT = "default"  # no rule matched
INVALID = "invalid"  # belongs to no connection and cannot open one
TABLE_FULL = "table-full"  # a rule permits it but there is no room for its state


class FilterVerdict(NamedTuple):
    """`by`: the rule's id, or one of the words above."""

    permitted: bool
    by: str


class Dropped(NamedTuple):
    time: float
    packet: Packet
    by: str


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds that a state lives without a packet; the defaults are those of Linux.

    From the kernel's Documentation/networking/nf_conntrack-sysctl.rst. UDP becomes a stream when a packet
    passes more than `udp_stream_after` seconds after the first one and both sides have spoken.
    """

    udp: float = UDP_STATE
    udp_stream: float = UDP_STREAM_STATE
    udp_stream_after: float = 2.0
    icmp: float = ICMP_STATE
    syn_sent: float = 120.0
    syn_received: float = 60.0
    established: float = TCP_STATE
    fin_wait: float = 120.0
    last_ack: float = 30.0
    time_wait: float = 120.0
    close: float = 10.0


# A connection's name: protocol, addresses and ports of its first packet as numbers. For ICMP requests the
# ports are the identifier and the type.
_Tuple: TypeAlias = tuple[int, int, int, int, int]

_ICMP_PROTOCOLS = frozenset({Protocol.ICMP, Protocol.ICMPV6})
# The types that Linux takes for requests, each with its answer: RFC 792 echo, timestamp and information,
# RFC 950 address mask; RFC 4443 echo and RFC 4620 node information. All bear an identifier where echo has it.
_ICMPV4_ANSWERS = {ECHO_REQUEST: ECHO_REPLY, 13: 14, 15: 16, 17: 18}
_ICMPV6_ANSWERS = {128: 129, 139: 140}
_ICMPV4_REQUESTS = {answer: request for request, answer in _ICMPV4_ANSWERS.items()}
_ICMPV6_REQUESTS = {answer: request for request, answer in _ICMPV6_ANSWERS.items()}
_TYPE = 65536  # no identifier is as high as a type after this

# Plain numbers: flag arithmetic on the enumeration costs more than the rest of a verdict.
_FIN, _SYN, _RST, _ACK = (int(flag) for flag in (TcpFlags.FIN, TcpFlags.SYN, TcpFlags.RST, TcpFlags.ACK))
_OPENING = _FIN | _SYN | _RST | _ACK  # of these a connection's first segment bears SYN alone
_NAMELESS = (0, 0, 0, 0, 0)


class _Connection:
    """`answered`: with TCP, by a SYN/ACK; `heard`: by anything; `open`: the handshake is complete.

    `closed`: which sides sent FIN (1: the opener, 2: the other); `over`: closed or reset; `refused`: reset
    before it was answered.
    """

    __slots__ = ("answered", "born", "closed", "expires", "heard", "open", "over", "refused")

    def __init__(self, born: float, expires: float) -> None:
        self.born = born
        self.expires = expires
        self.answered = False
        self.open = False
        self.closed = 0
        self.over = False
        self.heard = False
        self.refused = False


class StatefulFilter:
    """Decides packet by packet; `now` (seconds) never goes back.

    `counters`: packets by what decided them. `dropped`: the first `keep` packets that did not pass, of
    `drops` in all. The table holds at most `room` connections (Linux: nf_conntrack_max).
    """

    def __init__(
        self, policy: Policy, timers: Timers | None = None, *, keep: int = 1000, room: int = 262144
    ) -> None:
        self.timers = timers or Timers()
        self.counters: Counter[str] = Counter()
        self.dropped: list[Dropped] = []
        self.drops = 0
        self._keep = keep
        self._room = room
        self._connections: dict[_Tuple, _Connection] = {}
        self.load(policy)

    def load(self, policy: Policy) -> None:
        """Enforce another policy from now on. States of old connections live on, as they do in a kernel."""
        self.policy = policy
        self._matchers = tuple(_Matcher(rule) for rule in policy.rules)

    def flush(self) -> None:
        """Forget every connection."""
        self._connections.clear()

    def tracked(self, now: float) -> int:
        """How many connections live."""
        return sum(connection.expires > now for connection in self._connections.values())

    def permits(self, packet: Packet, now: float) -> FilterVerdict:
        """Judge a packet, count it, and remember what it opened."""
        verdict = self._track(packet, now) if self.policy.stateful else self._first_match(packet)
        self.counters[verdict.by] += 1
        if not verdict.permitted:
            self.drops += 1
            if len(self.dropped) < self._keep:
                self.dropped.append(Dropped(now, packet, verdict.by))
        return verdict

    def _track(self, packet: Packet, now: float) -> FilterVerdict:
        try:
            tuple_, reply, opens = _identify(packet)
        except DecodeError:
            return FilterVerdict(False, INVALID)
        if tuple_ is None:
            return self._error(packet, now)
        connection = self._find(tuple_, now)
        if connection is not None:
            return self._known(tuple_, connection, packet, False, now)
        connection = self._find(reply, now)
        if connection is not None:
            return self._known(reply, connection, packet, True, now)
        if not opens:
            return FilterVerdict(False, INVALID)
        return self._open(tuple_, packet, now)

    def _known(
        self, tuple_: _Tuple, connection: _Connection, packet: Packet, reply: bool, now: float
    ) -> FilterVerdict:
        if packet.protocol is Protocol.TCP:
            return self._tcp(tuple_, connection, packet, reply, now)
        if not reply and not connection.answered:
            # Not a connection yet: the first packet again, judged as such.
            verdict = self._first_match(packet)
            if verdict.permitted:
                connection.expires = now + self._idle(packet.protocol)
            return verdict
        timers = self.timers
        if packet.protocol is Protocol.UDP:
            stream = connection.answered and now - connection.born > timers.udp_stream_after
            connection.expires = now + (timers.udp_stream if stream else timers.udp)
        else:
            connection.expires = now + timers.icmp
        connection.answered = True
        return FilterVerdict(True, ESTABLISHED)

    def _tcp(
        self, tuple_: _Tuple, connection: _Connection, packet: Packet, reply: bool, now: float
    ) -> FilterVerdict:
        flags = int(packet.flags)
        if connection.over and flags & _OPENING == _SYN:
            return self._reopen(tuple_, connection, packet, reply, now)
        if connection.refused:
            return FilterVerdict(False, INVALID)
        if not connection.answered:
            return self._half_open(connection, packet, reply, now)
        if flags & _SYN and not flags & _RST:
            # A repeated SYN or its answer passes and changes nothing; the sides do not change roles.
            return (
                FilterVerdict(True, ESTABLISHED)
                if bool(flags & _ACK) == reply
                else FilterVerdict(False, INVALID)
            )
        if flags & _RST:
            connection.over = True
            connection.expires = now + self.timers.close
            return FilterVerdict(True, ESTABLISHED)
        connection.open = connection.open or not reply
        if flags & _FIN:
            connection.closed |= 2 if reply else 1
        connection.expires = now + self._tcp_lifetime(connection, flags)
        return FilterVerdict(True, ESTABLISHED)

    def _half_open(self, connection: _Connection, packet: Packet, reply: bool, now: float) -> FilterVerdict:
        """A SYN waits for its answer. It may be repeated, but is not waited for any longer by that."""
        flags = int(packet.flags)
        opening = flags & _OPENING
        if not reply and opening != _SYN and not flags & _RST:
            return FilterVerdict(False, INVALID)
        if reply and flags & _FIN and not flags & _RST:
            return FilterVerdict(False, INVALID)
        verdict = FilterVerdict(True, ESTABLISHED)
        if not reply and not connection.heard:
            verdict = self._first_match(packet)
        if not verdict.permitted:
            return verdict
        connection.heard = connection.heard or reply
        if flags & _RST:
            connection.over = connection.refused = True
            connection.expires = now + self.timers.close
        elif reply and opening == _SYN | _ACK:
            connection.answered = True
            connection.expires = now + self.timers.syn_received
        # What else the other side says (a challenge ACK, RFC 5961 section 4) passes and changes nothing.
        return verdict

    def _reopen(
        self, tuple_: _Tuple, connection: _Connection, packet: Packet, reply: bool, now: float
    ) -> FilterVerdict:
        """The old connection is done with; its ports open a new one, after an orderly close either way."""
        if reply and connection.answered and connection.closed != 3:
            return FilterVerdict(False, INVALID)
        del self._connections[tuple_]
        return self._open(_reversed(tuple_) if reply else tuple_, packet, now)

    def _tcp_lifetime(self, connection: _Connection, flags: int) -> float:
        timers = self.timers
        if connection.closed == 3:
            connection.over = connection.over or not flags & _FIN
            return timers.time_wait if connection.over else timers.last_ack
        if connection.over:
            return timers.close
        if connection.closed:
            return timers.fin_wait
        return timers.established if connection.open else timers.syn_received

    def _open(self, tuple_: _Tuple, packet: Packet, now: float) -> FilterVerdict:
        verdict = self._first_match(packet)
        if not verdict.permitted:
            return verdict
        if len(self._connections) >= self._room:
            self._sweep(now)
            if len(self._connections) >= self._room:
                return FilterVerdict(False, TABLE_FULL)
        self._connections[tuple_] = _Connection(now, now + self._idle(packet.protocol))
        return verdict

    def _error(self, packet: Packet, now: float) -> FilterVerdict:
        """The rules judge an ICMP error that quotes a packet of a living connection; any other is invalid.

        Linux calls such an error "related", which the rule sets that we write do not accept unseen.
        """
        if packet.protocol is not Protocol.ICMP or packet.source_port not in ERRORS:
            return FilterVerdict(False, INVALID)
        try:
            quoted = decode_quoted(packet.payload)
            tuple_, reply, _ = _identify(quoted)
        except DecodeError:
            return FilterVerdict(False, INVALID)
        # Any router on the way may complain, but only the sender of the quoted packet can be told.
        told = quoted.source == packet.destination
        if tuple_ is not None and told and (self._find(tuple_, now) or self._find(reply, now)):
            return self._first_match(packet)
        return FilterVerdict(False, INVALID)

    def _first_match(self, packet: Packet) -> FilterVerdict:
        source, destination = int(packet.source), int(packet.destination)
        for matcher in self._matchers:
            if matcher.matches(packet, source, destination):
                return FilterVerdict(matcher.permit, matcher.id)
        return FilterVerdict(False, DEFAULT)

    def _find(self, tuple_: _Tuple, now: float) -> _Connection | None:
        connection = self._connections.get(tuple_)
        if connection is not None and connection.expires <= now:
            del self._connections[tuple_]
            return None
        return connection

    def _idle(self, protocol: Protocol) -> float:
        if protocol is Protocol.UDP:
            return self.timers.udp
        return self.timers.syn_sent if protocol is Protocol.TCP else self.timers.icmp

    def _sweep(self, now: float) -> None:
        self._connections = {
            tuple_: connection for tuple_, connection in self._connections.items() if connection.expires > now
        }


class _Matcher:
    """A rule as numbers."""

    __slots__ = (
        "destination_ports",
        "destinations",
        "icmp_type",
        "id",
        "permit",
        "protocol",
        "source_ports",
        "sources",
        "version",
    )

    def __init__(self, rule: Rule) -> None:
        self.id = rule.id
        self.permit = rule.action is Action.PERMIT
        self.protocol = rule.protocol
        self.version = rule.version
        self.icmp_type = rule.icmp_type
        self.sources = _masks(rule.source)
        self.destinations = _masks(rule.destination)
        self.source_ports = (rule.source_ports.first, rule.source_ports.last)
        self.destination_ports = (rule.destination_ports.first, rule.destination_ports.last)

    def matches(self, packet: Packet, source: int, destination: int) -> bool:
        if packet.protocol is not self.protocol or packet.source.version != self.version:
            return False
        if packet.protocol in _ICMP_PROTOCOLS:
            if self.icmp_type is not None and packet.source_port != self.icmp_type:
                return False
        else:
            first, last = self.destination_ports
            if not first <= packet.destination_port <= last:
                return False
            first, last = self.source_ports
            if not first <= packet.source_port <= last:
                return False
        return _within(source, self.sources) and _within(destination, self.destinations)


def _masks(networks: tuple[Network, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((int(network.network_address), int(network.netmask)) for network in networks)


def _within(address: int, networks: tuple[tuple[int, int], ...]) -> bool:
    return any(address & mask == network for network, mask in networks)


def _identify(packet: Packet) -> tuple[_Tuple | None, _Tuple, bool]:
    """The packet's own name, the name of what it would answer, and whether it can open a connection.

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
            return None, _NAMELESS, False
        identifier = decode_echo(packet.payload).identifier
        # Which side asked is part of the name, or a second request would pass as an answer to the first.
        if opens:
            source_port, destination_port = identifier, _TYPE + type_
        else:
            source_port, destination_port = _TYPE + requests[type_], identifier
    else:
        source_port, destination_port = packet.source_port, packet.destination_port
        opens = protocol is Protocol.UDP or int(packet.flags) & _OPENING == _SYN
    name = (protocol + 256 * packet.source.version, int(packet.source), source_port)
    tuple_ = (*name, int(packet.destination), destination_port)
    return tuple_, _reversed(tuple_), opens


def _reversed(tuple_: _Tuple) -> _Tuple:
    protocol, source, source_port, destination, destination_port = tuple_
    return protocol, destination, destination_port, source, source_port
