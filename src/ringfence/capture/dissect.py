"""A captured frame to the addresses, ports, sequence numbers and payload that the judge needs.

It differs from `wire` in purpose: it accepts frames that a capture cut short, several link types and
any depth of VLAN tags and tunnels, keeps what tells a packet from its copies (TTL, identification, TCP
sequence), and is fast enough for a site's worth of handsets. Nothing here verifies checksums: captures taken
on a host with checksum offload show wrong ones on good packets.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import NamedTuple, TypeAlias

import msgspec

from ringfence.capture.encapsulation import ipv6_payload, network
from ringfence.capture.frame import TappedFrame
from ringfence.capture.link_layer import ARP, IPV4, IPV6, SEALED, UNREAD, UNREAD_TYPE, below
from ringfence.capture.tunnels import CARRIER_PROTOCOLS, ICMP, ICMPV6, TCP, UDP, tunnelled
from ringfence.model.address import Address, TransportAddress
from ringfence.model.packet import TcpFlags

_IPV4_HEADER = Struct("!BBHHHBBH4s4s")
_IPV6_HEADER = Struct("!IHBB16s16s")
_TCP_HEADER = Struct("!HHIIBB")
_UDP_HEADER = Struct("!HHH")
_ANY_ICMP = frozenset({ICMP, ICMPV6})
_FLAGS = int(TcpFlags.FIN | TcpFlags.SYN | TcpFlags.RST | TcpFlags.PSH | TcpFlags.ACK | TcpFlags.URG)


class Fragment(msgspec.Struct, frozen=True, gc=False):
    """Where a fragment's data belongs (octets) and whether more follow (RFC 791 section 3.1)."""

    offset: int
    more: bool


class CapturedEnds(NamedTuple):
    """Addresses and ports as a frame has them."""

    source: Address
    source_port: int
    destination: Address
    destination_port: int


class Datagram(msgspec.Struct, frozen=True, gc=False):
    """One IP packet as captured. `vlan` is None when untagged, 0 for a priority tag.

    For ICMP `source_port` is the type and `destination_port` the code, as in `model.Packet`. `missing`
    counts payload octets that were on the wire but not in the capture. `captured`: its ends before address
    translation between two captures was undone. While `fragment` is set, ports are
    0 and `payload` is the fragment's IP payload.
    """

    time: float
    tap: str
    number: int
    vlan: int | None
    ttl: int
    identification: int
    protocol: int
    source: Address
    source_port: int
    destination: Address
    destination_port: int
    flags: int
    sequence: int
    acknowledgement: int
    payload: bytes
    missing: int = 0
    fragment: Fragment | None = None
    captured: CapturedEnds | None = None

    def ends(self) -> str:
        """`10.20.0.50:49300 > 10.1.0.30:1719`, the way every line about this packet begins, and as its frame
        shows it."""
        ends = self.captured or CapturedEnds(
            self.source, self.source_port, self.destination, self.destination_port
        )
        if self.protocol in _ANY_ICMP:
            return f"{ends.source} > {ends.destination}"
        return f"{ends.source}:{ends.source_port} > {ends.destination}:{ends.destination_port}"


class ArpClaim(msgspec.Struct, frozen=True, gc=False):
    """An ARP packet's sender: this hardware address says that it has this IP address (RFC 826)."""

    time: float
    tap: str
    number: int
    hardware: bytes
    address: IPv4Address


class OpaqueFrame(msgspec.Struct, frozen=True, gc=False):
    """A frame that holds another packet, encrypted or in a form that is not read: `form` names it."""

    form: str


class _Ipv4(IPv4Address):
    """One that knows its hash and its text: judging asks for them a hundred times for every address."""

    __slots__ = ("_hash", "_text")

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets)
        self._hash = super().__hash__()
        self._text = super().__str__()

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"IPv4Address({self._text!r})"

    def __reduce__(self) -> tuple[type[IPv4Address], tuple[str]]:
        return IPv4Address, (self._text,)


@lru_cache(maxsize=65536)
def ipv4_address(octets: bytes) -> IPv4Address:
    return _Ipv4(octets)


@lru_cache(maxsize=65536)
def ipv6_address(octets: bytes) -> IPv6Address:
    return IPv6Address(octets)


@lru_cache(maxsize=16384)
def transport_address(ip: Address, port: int) -> TransportAddress:
    """The same object for the same end: equal by being one, which costs nothing to find out."""
    return TransportAddress(ip, port)


@lru_cache(maxsize=65536)
def _port(number: int) -> int:
    """The same object for the same port, as for an address."""
    return number


# Source port, destination port, flags, sequence, acknowledgement, payload, octets missing.
_Transport: TypeAlias = tuple[int, int, int, int, int, bytes, int]


_Dissected: TypeAlias = Datagram | ArpClaim | OpaqueFrame | None

_FORMS = {4: "IP in IP", 41: "IPv6 in IP", 47: "GRE", 50: "ESP", 51: "AH", 97: "EtherIP", 108: "IPComp"} | {
    115: "L2TP",
    137: "MPLS",
    143: "Ethernet in IP",
}
_FORMS_IN_UDP = {
    **dict.fromkeys((4789, 8472, 4790), "VXLAN"),
    1701: "L2TP",
    4500: "ESP",
    4754: "GRE",
    5247: "CAPWAP",
    6081: "Geneve",
    37008: "TZSP",
    51820: "WireGuard",
}
_FORMS_IN_FRAMES = {0x8847: "MPLS", 0x88E5: "MACsec"}


def dissect_frame(frame: TappedFrame, number: int = 0) -> _Dissected:
    """The IP packet or ARP claim in a frame; None for anything else, or when the headers are cut off."""
    data = frame.data
    kind, at, tag = network(frame.link_type, data, 0, len(data))
    vlan = None if tag < 0 else tag
    number = frame.number or number
    if kind == IPV4:
        return _internet4(frame, number, at, vlan)
    if kind == IPV6:
        return _internet6(frame, number, at, vlan)
    if kind == UNREAD:
        if data[at] >> 4 == 6:
            protocol, transport_at = ipv6_payload(data, at, len(data))
            return OpaqueFrame(_form(protocol, data, transport_at))
        return OpaqueFrame(_form(data[at + 9], data, at + (data[at] & 15) * 4))
    if kind > UNREAD_TYPE:
        kind -= UNREAD_TYPE
        return OpaqueFrame(_FORMS_IN_FRAMES.get(kind) or f"EtherType 0x{kind:04x}")
    if kind == ARP and len(data) >= at + 28 and data[at : at + 6] == b"\x00\x01\x08\x00\x06\x04":
        sender = ipv4_address(data[at + 14 : at + 18])
        return ArpClaim(frame.time, frame.tap, number, data[at + 8 : at + 14], sender)
    return None


def reassembled(whole: Datagram) -> _Dissected:
    """What an IP packet holds whose `payload` was put together from fragments; as `dissect_frame`, where it
    carries another."""
    data, protocol = whole.payload, whole.protocol
    if protocol == UDP or protocol in CARRIER_PROTOCOLS:
        link, inside = tunnelled(protocol, data, 0, len(data))
        if link == SEALED or (link >= 0 and below(link, data, inside, len(data))[0] == UNREAD):
            return OpaqueFrame(_form(protocol, data, 0))
        if link >= 0:
            return dissect_frame(TappedFrame(whole.time, whole.tap, data[inside:], whole.number, link))
    return transport_datagram(whole)


def _form(protocol: int, data: bytes, transport_at: int) -> str:
    """What carries the packet that is not read, by its protocol and the header at data[transport_at]."""
    if protocol != UDP:
        return _FORMS[protocol]
    ports = _UDP_HEADER.unpack_from(data, transport_at)[:2]
    return next(_FORMS_IN_UDP[port] for port in ports if port in _FORMS_IN_UDP)


def _internet4(frame: TappedFrame, number: int, at: int, vlan: int | None) -> Datagram | None:
    data = frame.data
    if len(data) < at + 20:
        return None
    first, _, total, identification, place, ttl, protocol, _, source, destination = _IPV4_HEADER.unpack_from(
        data, at
    )
    header = (first & 15) * 4
    if first >> 4 != 4 or header < 20:
        return None
    # Length 0 is what segmentation offload leaves in a capture taken on the sending host.
    end = at + total if total >= header else max(len(data), frame.original_length)
    start, kept, missing = at + header, end, 0
    if end > len(data):
        kept = len(data)
        missing = max(0, end - max(start, kept))
    fragment = None
    if place & 0x3FFF:
        fragment = Fragment((place & 0x1FFF) * 8, bool(place & 0x2000))
        carried: _Transport | None = (0, 0, 0, 0, 0, data[start:kept], missing)
    else:
        carried = _carried(protocol, data, start, kept, missing)
    if carried is None:
        return None
    source_port, destination_port, flags, sequence, acknowledgement, payload, missing = carried
    return Datagram(
        frame.time,
        frame.tap,
        number,
        vlan,
        ttl,
        identification,
        protocol,
        ipv4_address(source),
        source_port,
        ipv4_address(destination),
        destination_port,
        flags,
        sequence,
        acknowledgement,
        payload,
        missing,
        fragment,
    )


def _internet6(frame: TappedFrame, number: int, at: int, vlan: int | None) -> Datagram | None:
    data = frame.data
    if len(data) < at + 40:
        return None
    version, length, _, ttl, source, destination = _IPV6_HEADER.unpack_from(data, at)
    if version >> 28 != 6:
        return None
    end = at + 40 + length
    protocol, start = ipv6_payload(data, at, min(end, len(data)))
    body = data[start:end]
    missing = max(0, end - start - len(body))
    fragment, identification = None, 0
    if protocol == 44 and len(body) >= 8:  # fragment header, RFC 8200 section 4.5
        where = int.from_bytes(body[2:4], "big")
        if where & 0xFFF9:
            fragment = Fragment(where & 0xFFF8, bool(where & 1))
        identification = int.from_bytes(body[4:8], "big")
        protocol, body = body[0], body[8:]
    base = Datagram(
        frame.time,
        frame.tap,
        number,
        vlan,
        ttl,
        identification,
        protocol,
        ipv6_address(source),
        0,
        ipv6_address(destination),
        0,
        0,
        0,
        0,
        body,
        missing,
        fragment,
    )
    return transport_datagram(base) if fragment is None else base


def transport_datagram(base: Datagram) -> Datagram | None:
    """Read the transport header out of the IP payload; None when it is cut off or of no interest."""
    carried = _carried(base.protocol, base.payload, 0, len(base.payload), base.missing)
    if carried is None:
        return None
    source_port, destination_port, flags, sequence, acknowledgement, payload, missing = carried
    return msgspec.structs.replace(
        base,
        source_port=source_port,
        destination_port=destination_port,
        flags=flags,
        sequence=sequence,
        acknowledgement=acknowledgement,
        payload=payload,
        missing=missing,
        fragment=None,
    )


def _carried(protocol: int, data: bytes, start: int, end: int, missing: int) -> _Transport | None:
    """What the transport header at data[start:end] says."""
    if protocol == UDP:
        if end - start < 8:
            return None
        source_port, destination_port, length = _UDP_HEADER.unpack_from(data, start)
        payload = data[start + 8 : min(start + length, end) if length >= 8 else end]
        lost = max(0, length - 8 - len(payload)) if missing else 0
        return _port(source_port), _port(destination_port), 0, 0, 0, payload, lost
    if protocol == TCP:
        if end - start < 14:
            return None
        source_port, destination_port, sequence, acknowledgement, offset, flags = _TCP_HEADER.unpack_from(
            data, start
        )
        payload = data[start + max(20, (offset >> 4) * 4) : end]
        ports = _port(source_port), _port(destination_port)
        return *ports, flags & _FLAGS, sequence, acknowledgement, payload, missing
    if protocol in _ANY_ICMP and end - start >= 4:
        return data[start], data[start + 1], 0, 0, 0, data[start + 4 : end], missing
    return None
