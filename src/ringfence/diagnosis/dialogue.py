"""Crossings to typed observations: DHCP, files, RAS, call signalling, echo, ICMP errors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address
from sys import intern
from types import MappingProxyType

from ringfence.capture.dissect import transport_address
from ringfence.capture.tcp_reassembly import TcpDirection
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.observation import (
    DhcpSeen,
    EchoSeen,
    IcmpErrorSeen,
    RasSeen,
    Seen,
    StreamKind,
    StreamSeen,
    TftpSeen,
)
from ringfence.diagnosis.ras_view import BY_ENDPOINT, BY_GATEKEEPER, ras_seen
from ringfence.diagnosis.stream_messages import StreamMessage, TpktMessages, segment_messages
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Protocol, TcpFlags
from ringfence.model.ports import Ports
from ringfence.wire import dhcp
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.tftp import decode_tftp

# A capture of a whole site has one connection per handset and file; beyond this the oldest is forgotten.
_MAX_STREAMS = 50_000
# Plain numbers: an operation on an IntFlag costs more than all the rest that is done with a packet.
_TCP, _UDP = int(Protocol.TCP), int(Protocol.UDP)
_FIN, _SYN, _RST, _ACK = map(int, (TcpFlags.FIN, TcpFlags.SYN, TcpFlags.RST, TcpFlags.ACK))
_DHCP = frozenset({DHCP_SERVER_PORT, DHCP_CLIENT_PORT})
# Of a DHCP message behind a UDP header (RFC 2131 section 2): hlen, and chaddr of an Ethernet client.
_HLEN, _CHADDR, _HARDWARE = 10, slice(36, 42), 6
# These bear H.225.0's identifier, so that noise on a RAS port cannot make a gatekeeper.
_OF_REGISTRATION = frozenset({"GRQ", "GCF", "GRJ", "RRQ", "RCF", "RRJ"})


@dataclass(slots=True)
class _Half:
    """One direction of a call-signalling connection: octets in order, and the messages in them."""

    messages: TpktMessages = field(default_factory=TpktMessages)
    order: TcpDirection = field(default_factory=TcpDirection)


@dataclass(slots=True)
class _Stream:
    opener: TransportAddress
    responder: TransportAddress
    halves: dict[TransportAddress, _Half]  # empty: read segment by segment
    last: float | None = None  # when a packet of it came through
    expected: dict[TransportAddress, int] = field(default_factory=dict)  # by sender: acknowledged up to here

    def follow(self, crossing: Crossing, receiver: TransportAddress) -> float:
        """Note what a packet does to the connection; returns how long it had been idle."""
        idle = 0.0 if self.last is None else crossing.time - self.last
        if not crossing.dropped:
            self.last = crossing.time
            if crossing.packet.flags & _ACK:
                self.expected[receiver] = crossing.packet.acknowledgement
        return idle

    def has_acknowledged(self, crossing: Crossing, sender: TransportAddress) -> bool:
        packet, expected = crossing.packet, self.expected.get(sender)
        if expected is None or not packet.payload:
            return False
        return (expected - packet.sequence - len(packet.payload)) % (1 << 32) < 1 << 31


_NOBODY: Mapping[TransportAddress, float] = MappingProxyType({})


class Dialogues:
    """Feed crossings in order of time; each gives at most one observation.

    `known`: gatekeepers that other crossings show, and since when.
    """

    def __init__(self, ports: Ports, known: Mapping[TransportAddress, float] = _NOBODY) -> None:
        self._ports = ports
        self._known = sorted(known.items(), key=lambda each: each[1], reverse=True)
        self._streams: dict[frozenset[TransportAddress], _Stream] = {}
        self._asked: set[tuple[TransportAddress, Address]] = set()  # by TFTP: who, which server
        self._gatekeepers: set[TransportAddress] = set()
        self._handsets: dict[frozenset[TransportAddress], TransportAddress] = {}  # by pair of RAS ends

    def observe(self, crossings: Iterable[Crossing]) -> Iterator[Seen]:
        for crossing in crossings:
            seen = self.take(crossing)
            if seen is not None:
                yield seen

    def take(self, crossing: Crossing) -> Seen | None:
        packet = crossing.packet
        if packet.protocol == _UDP:
            source, destination = packet.source_port, packet.destination_port
            if source in _DHCP or destination in _DHCP:
                seen = dhcp_seen(crossing)
                if seen is not None:
                    return seen
            if source in self._ports.ras or destination in self._ports.ras:
                return self._ras_seen(crossing)
            return self._tftp_seen(crossing) if self._ports.tftp else None
        if packet.protocol == _TCP:
            return self._stream_seen(crossing)
        return icmp_seen(crossing)

    def _tftp_seen(self, crossing: Crossing) -> TftpSeen | None:
        """Requests by their port; what follows between the one that asked and that server, by both."""
        packet = crossing.packet
        source = transport_address(packet.source, packet.source_port)
        destination = transport_address(packet.destination, packet.destination_port)
        asks = packet.destination_port in self._ports.tftp
        if asks:
            self._asked.add((source, packet.destination))
        from_handset = asks or (source, packet.destination) in self._asked
        if not from_handset and (destination, packet.source) not in self._asked:
            return None
        try:
            said = decode_tftp(packet.payload)
        except DecodeError:
            return None
        return TftpSeen(crossing, f"TFTP {said.text}", said, from_handset)

    def _ras_seen(self, crossing: Crossing) -> RasSeen | None:
        packet = crossing.packet
        source = transport_address(packet.source, packet.source_port)
        destination = transport_address(packet.destination, packet.destination_port)
        pair = frozenset((source, destination))
        while self._known and self._known[-1][1] <= packet.time:
            self._gatekeepers.add(self._known.pop()[0])
        seen = ras_seen(crossing, source, destination, self._gatekeepers, self._handsets.get(pair))
        if seen is None:
            return None
        handset, gatekeeper = (source, destination) if seen.from_handset else (destination, source)
        if seen.message in BY_ENDPOINT or seen.message in BY_GATEKEEPER:
            self._handsets[pair] = handset
        else:
            # A guess by ports, kept so that the answer to an URQ or DRQ goes the other way.
            self._handsets.setdefault(pair, handset)
        if seen.message in _OF_REGISTRATION:
            self._gatekeepers.add(gatekeeper)
        return seen

    def _stream_seen(self, crossing: Crossing) -> StreamSeen | None:
        packet = crossing.packet
        source = transport_address(packet.source, packet.source_port)
        destination = transport_address(packet.destination, packet.destination_port)
        flags = packet.flags
        stream = self._stream(source, destination, flags)
        if stream is None:
            return None
        acknowledged = stream.has_acknowledged(crossing, source)
        idle = stream.follow(crossing, destination)
        kind = _kind(flags, packet.payload)
        if kind is None:
            return None
        messages = _messages(stream.halves.get(source), crossing)
        words = [message.text for message in messages]
        if packet.missing and packet.payload:
            words.append("(cut short by the capture)")
        text = ", ".join(words) or f"{kind}{_length(packet.payload)}"
        return StreamSeen(
            crossing, intern(text), kind, stream.opener, stream.responder, messages, idle, acknowledged
        )

    def _stream(self, source: TransportAddress, destination: TransportAddress, flags: int) -> _Stream | None:
        key = frozenset({source, destination})
        opens = flags & (_SYN | _ACK) == _SYN
        stream = self._streams.get(key)
        if stream is None or (opens and stream.opener != source):
            wanted = self._ports.streams
            if source.port not in wanted and destination.port not in wanted:
                return None
            if opens or (destination.port in wanted and not flags & _SYN):
                opener, responder = source, destination
            else:
                opener, responder = destination, source
            stream = self._new_stream(opener, responder)
            if len(self._streams) >= _MAX_STREAMS:
                del self._streams[next(iter(self._streams))]
            self._streams[key] = stream
        return stream

    def _new_stream(self, opener: TransportAddress, responder: TransportAddress) -> _Stream:
        framed = {opener.port, responder.port} & self._ports.signalling
        halves = {opener: _Half(), responder: _Half()} if framed else {}
        return _Stream(opener, responder, halves)


def _messages(half: _Half | None, crossing: Crossing) -> tuple[StreamMessage, ...]:
    """The messages that a segment completes; one that was dropped completes none."""
    packet = crossing.packet
    if half is not None and packet.flags & _SYN:
        half.order.synchronise(packet.sequence)
    if not packet.payload or crossing.dropped:
        return ()
    if half is None:
        return tuple(segment_messages(packet.payload))
    return tuple(half.messages.take(half.order.take(packet.sequence, packet.payload)))


def _kind(flags: int, payload: bytes) -> StreamKind | None:
    """None: a bare acknowledgement, which proves nothing that the data does not."""
    if flags & _RST:
        return StreamKind.RESET
    if flags & _SYN:
        return StreamKind.SYN_ACK if flags & _ACK else StreamKind.SYN
    if payload:
        return StreamKind.DATA
    return StreamKind.FIN if flags & _FIN else None


def _length(payload: bytes) -> str:
    return f" {len(payload)} octets" if payload else ""


@lru_cache(maxsize=16384)
def dhcp_message(payload: bytes) -> DhcpMessage | None:
    """None when it is none. Asked for twice, for the ports that leases name and here: hence the cache."""
    try:
        return dhcp.decode(payload)
    except DecodeError:
        return None


def dhcp_seen(crossing: Crossing) -> DhcpSeen | None:
    message = dhcp_message(crossing.packet.payload)
    if message is None:
        return None
    kind = message.message_type
    if kind is None:
        return None
    relayed = f" via {message.giaddr}" if int(message.giaddr) else ""
    # RFC 2131 section 4.3.5: the ACK to an INFORM leaves yiaddr empty; ciaddr says whose it is.
    informed = kind is DhcpMessageType.ACK and not int(message.yiaddr)
    leased = message.ciaddr if informed else message.yiaddr
    offered = f" {leased}" if int(leased) else ""
    return DhcpSeen(crossing, f"DHCP {kind.name}{offered}{relayed}", message, kind)


def icmp_seen(crossing: Crossing) -> EchoSeen | IcmpErrorSeen | None:
    packet = crossing.packet
    kind, code, body = packet.source_port, packet.destination_port, packet.payload
    if packet.protocol != Protocol.ICMP or len(body) < 4:
        return None
    if kind in {ECHO_REQUEST, ECHO_REPLY}:
        identifier, sequence = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
        request = kind == ECHO_REQUEST
        word = "request" if request else "reply"
        return EchoSeen(crossing, f"echo {word} {sequence}", request, identifier, sequence)
    quoted = body[4:]
    if kind not in {3, 11} or len(quoted) < 20 or quoted[0] >> 4 != 4:
        return None
    header = (quoted[0] & 15) * 4
    source, destination = IPv4Address(quoted[12:16]), IPv4Address(quoted[16:20])
    inner = quoted[header : header + 4]
    ports = (
        (int.from_bytes(inner[:2], "big"), int.from_bytes(inner[2:4], "big")) if len(inner) == 4 else (0, 0)
    )
    text = f"ICMP {icmp_words(kind, code)}"
    return IcmpErrorSeen(
        crossing,
        text,
        kind,
        code,
        quoted[9],
        TransportAddress(source, ports[0]),
        TransportAddress(destination, ports[1]),
        _quoted_client(quoted[header:]) if set(ports) & _DHCP else b"",
    )


def _quoted_client(datagram: bytes) -> bytes:
    """Whose DHCP message an error quotes: chaddr, behind the UDP header, where enough is quoted (RFC 1812
    section 4.3.2.3: as much as fits; RFC 792: eight octets)."""
    chaddr = datagram[_CHADDR]
    return chaddr if len(chaddr) == _HARDWARE and datagram[_HLEN : _HLEN + 1] == bytes((_HARDWARE,)) else b""


def icmp_words(kind: int, code: int) -> str:
    """RFC 792, RFC 1812 section 5.2.7.1."""
    if kind == 11:
        return "time exceeded"
    return _UNREACHABLE.get(code, f"destination unreachable, code {code}")


_UNREACHABLE = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    4: "fragmentation needed",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    13: "communication administratively prohibited",
}
