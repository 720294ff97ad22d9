"""Which frames concern a registration, decided before anything is copied.

RTP makes up nearly all of a voice capture, and whole runs of it are passed over here. mypyc compiles this
module where there is a C compiler; elsewhere the same source is interpreted, twenty times slower. That is why
it imports nothing of ours, and why numbers are `i64`: those become machine words, and `int` would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

# What a port is for, as bits of its octet in a table of all 65536.
DATAGRAMS: Final = 1  # RAS and DHCP, over UDP
SIGNALLING: Final = 2  # call signalling, over TCP
FILES: Final = 4  # what opens, closes or begins something is kept, over TCP

# First lines of HTTP/1.x requests for files, and of answers.
HTTP: Final = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"HTTP/1.")

# Passed over: how many, where the next begins, and where the last of them began.
Passed = tuple[int, int, int]

# No writer goes beyond 256 KiB (tcpdump's MAXIMUM_SNAPLEN), USB captures excepted; a longer record is a
# broken length and would swallow the rest of the file.
LONGEST: Final = 1 << 18

_FIN_SYN_RST: Final = 7
_DEEPEST: Final = 4  # frames within frames
_ETHERNET: Final = 1
_ICMP: Final = 1
_TCP: Final = 6
_UDP: Final = 17
_IPV6_FRAGMENT: Final = 44
_GRE: Final = 47
_VXLAN: Final = 4789  # UDP port, RFC 7348 section 5
_ICMPV6: Final = 58
_IPV4: Final = 0x0800
_ARP: Final = 0x0806
_IPV6: Final = 0x86DD
_PCAP_RECORD: Final = 16
_ENHANCED_PACKET: Final = 6
_ENHANCED_HEADER: Final = 28


def wants(ports: bytes, link: i64, data: bytes, start: i64, end: i64) -> bool:
    """Whether the frame at data[start:end] of link type `link` is kept; what cannot be told is kept.

    Kept are RAS, DHCP and call signalling whole; of file connections what opens, closes or begins something;
    ICMP, ARP, and every fragment (a later fragment bears no port). `ports` is the table described above.
    """
    for _ in range(_DEEPEST):
        kind, at, _ = _below(link, data, start, end)
        if kind == _IPV4:
            if at + 20 > end:
                return True
            protocol: i64 = data[at + 9]
            if data[at + 6] & 0x3F or data[at + 7]:
                return protocol in (_ICMP, _TCP, _UDP)
            header: i64 = data[at] & 15
            transport = at + header * 4
        elif kind == _IPV6:
            if at + 40 > end:
                return True
            protocol, transport = ipv6_payload(data, at, end)
            if protocol == _IPV6_FRAGMENT:
                return True
        else:
            return kind == _ARP
        if protocol not in (_TCP, _UDP):
            if protocol != _GRE:
                return protocol in (_ICMP, _ICMPV6)
        elif transport + 4 > end:
            return True
        else:
            destination = _word(data, transport + 2)
            uses: i64 = ports[_word(data, transport)] | ports[destination]
            if protocol == _TCP:
                return uses > DATAGRAMS and _wants_segment(uses, data, transport, end)
            if uses & DATAGRAMS:
                return True
            if destination != _VXLAN:
                return has_identifier(data, transport + 8, end)
        link, start = _tunnelled(protocol, data, transport, end)
        if link < 0:
            return False
    return False


def network(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1.

    The innermost of each, where a mirror port or provider has put the frame into another (ERSPAN, VXLAN,
    GRE, PPPoE, MPLS). EtherType 0: there is none. `link` is a number of `LinkType`.
    """
    kind, at, vlan = _below(link, data, start, end)
    for _ in range(_DEEPEST):
        if kind not in (_IPV4, _IPV6) or at + (20 if kind == _IPV4 else 40) > end:
            break
        if kind == _IPV6:
            protocol, transport = ipv6_payload(data, at, end)
        elif data[at + 6] & 0x3F or data[at + 7]:
            break
        else:
            header: i64 = data[at] & 15
            protocol, transport = data[at + 9], at + header * 4
        if protocol not in (_UDP, _GRE):
            break
        link, inside = _tunnelled(protocol, data, transport, end)
        if link < 0:
            break
        kind, at, inner = _below(link, data, inside, end)
        if link == _ETHERNET:
            vlan = inner
    return kind, at, vlan


def ipv6_payload(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Protocol, and where its header begins, of the IPv6 packet at data[at], whose own header is all there.

    Hop-by-hop and destination options and routing headers are stepped over (RFC 8200 section 4).
    """
    protocol: i64 = data[at + 6]
    at += 40
    while protocol in (0, 43, 60) and at + 8 <= end:
        protocol = data[at]
        length: i64 = data[at + 1]
        at += 8 + length * 8
    return protocol, at


def _below(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1, of what link type `link` holds."""
    where: i64 = -1
    at: i64 = start
    if link == _ETHERNET:
        where, at = start + 12, start + 14
    elif link == 113:  # Linux cooked capture
        where, at = start + 14, start + 16
    elif link == 276:  # its second version
        where, at = start, start + 20
    elif link in (0, 108):  # BSD loopback: the family in some byte order
        at = start + 4
    if where < 0:
        return (_IPV6 if at < end and data[at] >> 4 == 6 else _IPV4), at, -1
    if at > end:
        return 0, at, -1
    kind: i64 = _word(data, where)
    vlan: i64 = -1
    while kind in (0x8100, 0x88A8, 0x9100) and at + 4 <= end:  # 802.1Q, 802.1ad, the older QinQ type
        vlan = _word(data, at) & 0xFFF
        kind = _word(data, at + 2)
        at += 4
    if kind in (_IPV4, _IPV6, _ARP) or at + 8 > end:
        return kind, at, vlan
    if kind < 0x600 and _word(data, at) == 0xAAAA:  # a length: IEEE 802.2 with SNAP
        return _word(data, at + 6), at + 8, vlan
    if kind == 0x8864:  # PPPoE session, RFC 2516 section 4
        carried = _word(data, at + 6)
        return (_IPV4 if carried == 0x0021 else _IPV6 if carried == 0x0057 else 0), at + 8, vlan
    if kind in (0x8847, 0x8848):  # MPLS, RFC 3032: labels up to the bottom of the stack
        while at + 4 < end and not data[at + 2] & 1:
            at += 4
        at += 4
        return (0 if at >= end else _IPV6 if data[at] >> 4 == 6 else _IPV4), at, vlan
    return kind, at, vlan


def _tunnelled(protocol: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Link type of what is inside the datagram whose transport header is at data[at], and where that begins;
    -1: no other packet."""
    if at + 16 > end:
        return -1, at
    if protocol == _UDP:
        return (_ETHERNET if _word(data, at + 2) == _VXLAN and data[at + 8] == 8 else -1), at + 16
    flags, carried = _word(data, at), _word(data, at + 2)
    if flags & 0x4007:  # source routes, or not version 0
        return -1, at
    # RFC 2784, RFC 2890: checksum, key and sequence number of four octets each.
    sequence: i64 = (flags >> 12) & 1
    at += 4 + 4 * ((flags >> 15) + ((flags >> 13) & 1) + sequence)
    if carried in (_IPV4, _IPV6):
        return 101, at
    if carried == 0x6558:
        return _ETHERNET, at
    if carried == 0x88BE:  # ERSPAN type II, and type I, which has neither number nor header
        return _ETHERNET, at + 8 * sequence
    if carried == 0x22EB and at + 12 <= end:  # ERSPAN type III, with a subheader where its last bit says so
        return _ETHERNET, at + (20 if data[at + 11] & 1 else 12)
    return -1, at


def _wants_segment(uses: i64, data: bytes, at: i64, end: i64) -> bool:
    """For the TCP segment at data[at], its ports being for `uses`."""
    if uses & SIGNALLING:
        return True
    if not uses & FILES:
        return False
    if at + 14 > end or data[at + 13] & _FIN_SYN_RST:
        return True
    offset: i64 = data[at + 12] >> 4
    payload: i64 = at + offset * 4
    return payload + 5 <= end and is_first_segment(data, payload)


def has_identifier(data: bytes, at: i64, end: i64) -> bool:
    """Whether the RAS message at data[at:end] is one of GRQ to RRJ, on any port.

    H.225.0 has them begin with a choice index, requestSeqNum and protocolIdentifier, which is {0 0 8 2250 0}.
    """
    return (
        at + 10 <= end
        and data[at + 4] == 6
        and data[at] < 6 << 2
        and data[at + 5] == 0
        and data[at + 6] == 8
        and data[at + 7] == 0x91
        and data[at + 8] == 0x4A
        and data[at + 9] == 0
    )


def is_first_segment(data: bytes, at: i64) -> bool:
    """Whether a TLS record or an HTTP first line begins at data[at]."""
    first: i64 = data[at]
    return (20 <= first <= 23 and data[at + 1] == 3) or data.startswith(HTTP, at)


def _word(data: bytes, at: i64) -> i64:
    high: i64 = data[at]
    low: i64 = data[at + 1]
    return high << 8 | low


def _double_word(data: bytes, at: i64, big_endian: bool) -> i64:
    first: i64 = data[at]
    second: i64 = data[at + 1]
    third: i64 = data[at + 2]
    fourth: i64 = data[at + 3]
    if big_endian:
        return first << 24 | second << 16 | third << 8 | fourth
    return fourth << 24 | third << 16 | second << 8 | first


def pass_records(ports: bytes, link: i64, data: bytes, at: i64, big_endian: bool) -> Passed:
    """From the record of a classic pcap file at data[at] to the next that is wanted, is not all there, or
    claims more than LONGEST octets."""
    size: i64 = len(data)
    count: i64 = 0
    last: i64 = at
    while at + _PCAP_RECORD <= size:
        kept = _double_word(data, at + 8, big_endian)
        start = at + _PCAP_RECORD
        if kept > LONGEST or start + kept > size or wants(ports, link, data, start, start + kept):
            break
        count += 1
        last = at
        at = start + kept
    return count, at, last


def pass_blocks(ports: bytes, links: list[int], data: bytes, at: i64, big_endian: bool) -> Passed:
    """From the pcapng block at data[at] to the next that is no enhanced packet block, is wanted, is damaged,
    or is not all there. `links` is the link type of each interface, -1 for one that is not read."""
    size: i64 = len(data)
    interfaces: i64 = len(links)
    count: i64 = 0
    last: i64 = at
    while at + _ENHANCED_HEADER <= size and _double_word(data, at, big_endian) == _ENHANCED_PACKET:
        length = _double_word(data, at + 4, big_endian)
        which = _double_word(data, at + 8, big_endian)
        start = at + _ENHANCED_HEADER
        end = start + _double_word(data, at + 20, big_endian)
        if length % 4 or end + 4 > at + length or at + length > size or which >= interfaces:
            break
        link: i64 = links[which]
        if link < 0 or wants(ports, link, data, start, end):
            break
        count += 1
        last = at
        at += length
    return count, at, last
