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
from math import inf
from typing import NamedTuple

from ringfence.model.address import Network
from ringfence.model.defaults import ICMP_STATE, TCP_STATE, UDP_STATE, UDP_STREAM_STATE
from ringfence.model.errors import DecodeError
from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.connections import (
    ACK,
    FIN,
    OPENING,
    RST,
    SYN,
    Connection,
    ConnectionName,
    ConnectionTable,
    Known,
    answer_name,
    identify,
)
from ringfence.wire.icmp import ERRORS, decode_quoted

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


_ICMP_PROTOCOLS = frozenset({Protocol.ICMP, Protocol.ICMPV6})


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
        self._table = ConnectionTable(room)
        self.load(policy)

    def load(self, policy: Policy) -> None:
        """Enforce another policy from now on. States of old connections live on, as they do in a kernel."""
        self.policy = policy
        self._matchers = tuple(_Matcher(rule) for rule in policy.rules)

    def flush(self) -> None:
        """Forget every connection."""
        self._table.clear()

    def tracked(self, now: float) -> int:
        """How many connections live."""
        return self._table.count(now)

    def known(self, packet: Packet, now: float) -> Known | None:
        """The connection that a packet belongs to as it arrives; None: it opens one, or nothing."""
        try:
            name, _ = identify(packet)
        except DecodeError:
            return None
        return None if name is None else self._table.find(name, now)

    def lives(self, name: ConnectionName, now: float) -> bool:
        """Whether the connection of this name still does."""
        return self._table.named(name, now) is not None

    def free(self, name: ConnectionName, own: ConnectionName, now: float) -> bool:
        """Whether no connection but `own` knows a packet of this name."""
        known = self._table.find(name, now)
        return known is None or known.name == own

    def remember(self, packet: Packet, now: float) -> None:
        """Know the connection of a packet that no rule is asked about, as it ends here."""
        name, _ = identify(packet)
        if name is not None and self._table.find(name, now) is None:
            opened = Connection(now, now + self._idle(packet.protocol))
            if self._table.add(name, opened, now):
                self._table.leave(name, name)

    def leave(self, known: Known, leaves: ConnectionName) -> None:
        """Remember what a connection's packets are called once they have left."""
        self._table.leave(known.name, leaves)

    def hold(self, packet: Packet, every: float, now: float) -> bool:
        """A packet of this TCP connection will pass at least so often (seconds) until `release`.

        False: that would not keep it. True where there is no such connection.
        """
        known = self.known(packet, now)
        if known is None or not self.policy.stateful:
            return True
        connection = known.connection
        if not connection.open or connection.closed or connection.over or self.timers.established <= every:
            return False
        connection.expires = inf
        return True

    def release(self, packet: Packet, last: float) -> None:
        """The last of them passed at that time."""
        known = self.known(packet, last)
        if known is not None and known.connection.expires == inf:
            known.connection.expires = last + self.timers.established

    def permits(self, packet: Packet, now: float, arrived: Packet | None = None) -> FilterVerdict:
        """Judge a packet, count it, and remember what it opened.

        `arrived`: the packet before its destination was translated, by which its connection is known.
        """
        verdict = (
            self._track(packet, arrived or packet, now) if self.policy.stateful else self._first_match(packet)
        )
        self.counters[verdict.by] += 1
        if not verdict.permitted:
            self.drops += 1
            if len(self.dropped) < self._keep:
                self.dropped.append(Dropped(now, packet, verdict.by))
        return verdict

    def _track(self, packet: Packet, arrived: Packet, now: float) -> FilterVerdict:
        try:
            name, opens = identify(arrived)
        except DecodeError:
            return FilterVerdict(False, INVALID)
        if name is None:
            return self._error(packet, now)
        known = self._table.find(name, now)
        if known is not None:
            return self._known(known, packet, now)
        if not opens:
            return FilterVerdict(False, INVALID)
        return self._open(name, packet, now)

    def _known(self, known: Known, packet: Packet, now: float) -> FilterVerdict:
        _, connection, reply = known
        if packet.protocol is Protocol.TCP:
            return self._tcp(known, packet, now)
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

    def _tcp(self, known: Known, packet: Packet, now: float) -> FilterVerdict:
        _, connection, reply = known
        flags = int(packet.flags)
        if connection.over and flags & OPENING == SYN:
            return self._reopen(known, packet, now)
        if connection.refused:
            return FilterVerdict(False, INVALID)
        if not connection.answered:
            return self._half_open(connection, packet, reply, now)
        if flags & SYN and not flags & RST:
            # A repeated SYN or its answer passes and changes nothing; the sides do not change roles.
            return (
                FilterVerdict(True, ESTABLISHED)
                if bool(flags & ACK) == reply
                else FilterVerdict(False, INVALID)
            )
        if flags & RST:
            connection.over = True
            connection.expires = now + self.timers.close
            return FilterVerdict(True, ESTABLISHED)
        connection.open = connection.open or not reply
        if flags & FIN:
            connection.closed |= 2 if reply else 1
        connection.expires = now + self._tcp_lifetime(connection, flags)
        return FilterVerdict(True, ESTABLISHED)

    def _half_open(self, connection: Connection, packet: Packet, reply: bool, now: float) -> FilterVerdict:
        """A SYN waits for its answer. It may be repeated, but is not waited for any longer by that."""
        flags = int(packet.flags)
        opening = flags & OPENING
        if not reply and opening != SYN and not flags & RST:
            return FilterVerdict(False, INVALID)
        if reply and flags & FIN and not flags & RST:
            return FilterVerdict(False, INVALID)
        verdict = FilterVerdict(True, ESTABLISHED)
        if not reply and not connection.heard:
            verdict = self._first_match(packet)
        if not verdict.permitted:
            return verdict
        connection.heard = connection.heard or reply
        if flags & RST:
            connection.over = connection.refused = True
            connection.expires = now + self.timers.close
        elif reply and opening == SYN | ACK:
            connection.answered = True
            connection.expires = now + self.timers.syn_received
        # What else the other side says (a challenge ACK, RFC 5961 section 4) passes and changes nothing.
        return verdict

    def _reopen(self, known: Known, packet: Packet, now: float) -> FilterVerdict:
        """The old connection is done with; its ports open a new one, after an orderly close either way."""
        name, connection, reply = known
        if reply and connection.answered and connection.closed != 3:
            return FilterVerdict(False, INVALID)
        again = answer_name(connection.leaves or name) if reply else name
        self._table.remove(name)
        return self._open(again, packet, now)

    def _tcp_lifetime(self, connection: Connection, flags: int) -> float:
        timers = self.timers
        if connection.closed == 3:
            connection.over = connection.over or not flags & FIN
            return timers.time_wait if connection.over else timers.last_ack
        if connection.over:
            return timers.close
        if connection.closed:
            return timers.fin_wait
        return timers.established if connection.open else timers.syn_received

    def _open(self, name: ConnectionName, packet: Packet, now: float) -> FilterVerdict:
        verdict = self._first_match(packet)
        if not verdict.permitted:
            return verdict
        opened = Connection(now, now + self._idle(packet.protocol))
        return verdict if self._table.add(name, opened, now) else FilterVerdict(False, TABLE_FULL)

    def _error(self, packet: Packet, now: float) -> FilterVerdict:
        """The rules judge an ICMP error that quotes a packet of a living connection; any other is invalid.

        Linux calls such an error "related", which the rule sets that we write do not accept unseen.
        """
        if packet.protocol is not Protocol.ICMP or packet.source_port not in ERRORS:
            return FilterVerdict(False, INVALID)
        try:
            quoted = decode_quoted(packet.payload)
            name, _ = identify(quoted)
        except DecodeError:
            return FilterVerdict(False, INVALID)
        # Any router on the way may complain, but only the sender of the quoted packet can be told.
        told = quoted.source == packet.destination
        if name is not None and told and self._table.find(name, now):
            return self._first_match(packet)
        return FilterVerdict(False, INVALID)

    def _first_match(self, packet: Packet) -> FilterVerdict:
        source, destination = int(packet.source), int(packet.destination)
        for matcher in self._matchers:
            if matcher.matches(packet, source, destination):
                return FilterVerdict(matcher.permit, matcher.id)
        return FilterVerdict(False, DEFAULT)

    def _idle(self, protocol: Protocol) -> float:
        if protocol is Protocol.UDP:
            return self.timers.udp
        return self.timers.syn_sent if protocol is Protocol.TCP else self.timers.icmp


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
