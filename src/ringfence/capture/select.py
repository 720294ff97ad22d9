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
_L2TP: Final = 115  # version 3 over IP, RFC 3931 section 4.1.1
_ICMPV6: Final = 58
# What carries other packets, beside UDP: IPv4 and IPv6 in IP (RFC 2003, RFC 4213), GRE, ESP, L2TPv3.
_CARRIERS: Final = (4, 41, _GRE, 50, _L2TP)
# UDP ports: VXLAN (RFC 7348; 8472 is Linux's from before it), Geneve (RFC 8926), L2TP, CAPWAP's data, TZSP.
_VXLAN: Final = 4789
_OLD_VXLAN: Final = 8472
_GENEVE: Final = 6081
_L2TP_PORT: Final = 1701
_CAPWAP_DATA: Final = 5247
_TZSP: Final = 37008
# Answers of `_tunnelled` where there is no link type.
_NO_TUNNEL: Final = -1
_SEALED: Final = -2  # a packet is inside, in a form that is encrypted or not read
_PPP: Final = 9
_WIRELESS: Final = 105
_RAW: Final = 101
_IPV4: Final = 0x0800
_ARP: Final = 0x0806
_IPV6: Final = 0x86DD
_UNREAD: Final = 0xFFFF  # an EtherType that nobody has (IANA: reserved): something is there, and not read
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
                return protocol in (_ICMP, _TCP, _UDP) or protocol in _CARRIERS
            header: i64 = data[at] & 15
            transport = at + header * 4
        elif kind == _IPV6:
            if at + 40 > end:
                return True
            protocol, transport = ipv6_payload(data, at, end)
            if protocol == _IPV6_FRAGMENT:
                return True
        else:
            return kind in (_ARP, _UNREAD)
        if protocol not in (_TCP, _UDP):
            if protocol not in _CARRIERS:
                return protocol in (_ICMP, _ICMPV6)
        elif transport + 4 > end:
            return True
        else:
            uses: i64 = ports[_word(data, transport)] | ports[_word(data, transport + 2)]
            if protocol == _TCP:
                return uses > DATAGRAMS and _wants_segment(uses, data, transport, end)
            if uses & DATAGRAMS:
                return True
        link, start = _tunnelled(protocol, data, transport, end)
        if link < 0:
            return link == _SEALED or (protocol == _UDP and has_identifier(data, transport + 8, end))
    return False


def network(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1.

    The innermost of each, where a mirror port or provider has put the frame into another (ERSPAN, VXLAN,
    TZSP, GRE, PPPoE, MPLS and so on). EtherType 0: there is none; 0xFFFF: one that is encrypted or in a form
    that is not read, in the IP packet that begins there. `link` is a number of `LinkType`.
    """
    kind, at, vlan = _below(link, data, start, end)
    for _ in range(_DEEPEST):
        if kind not in (_IPV4, _IPV6) or at + (20 if kind == _IPV4 else 40) > end:
            break
        if kind == _IPV6:
            protocol, transport = ipv6_payload(data, at, end)
        elif data[at + 6] & 0x3F or data[at + 7]:
            return (_UNREAD if data[at + 9] in _CARRIERS else kind), at, vlan
        else:
            header: i64 = data[at] & 15
            protocol, transport = data[at + 9], at + header * 4
        if protocol != _UDP and protocol not in _CARRIERS:
            break
        link, inside = _tunnelled(protocol, data, transport, end)
        if link < 0:
            return (_UNREAD if link == _SEALED else kind), at, vlan
        outer, (kind, at, inner) = at, _below(link, data, inside, end)
        if kind == _UNREAD:
            return kind, outer, vlan
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
    elif link == _PPP:
        return _ppp(data, at, end)
    elif link == _WIRELESS:
        where, at = _wireless(data, at, end)
        if where < 0:
            return (_UNREAD if where == _SEALED else 0), at, -1
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
        carried, at, _ = _ppp(data, at + 6, end)
        return carried, at, vlan
    if kind in (0x8847, 0x8848):  # MPLS, RFC 3032: labels up to the bottom of the stack
        while at + 4 < end and not data[at + 2] & 1:
            at += 4
        at += 4
        return (0 if at >= end else _IPV6 if data[at] >> 4 == 6 else _IPV4), at, vlan
    return kind, at, vlan


def _ppp(data: bytes, at: i64, end: i64) -> tuple[i64, i64, i64]:
    """As `_below`, of a PPP frame: address and control, and half of the protocol, may be left out (RFC 1661
    section 6.5, 6.6)."""
    if at + 4 <= end and data[at] == 0xFF and data[at + 1] == 3:
        at += 2
    if at + 2 > end:
        return 0, at, -1
    first: i64 = data[at]
    carried, at = (first, at + 1) if first & 1 else (_word(data, at), at + 2)
    return (_IPV4 if carried == 0x21 else _IPV6 if carried == 0x57 else 0), at, -1


def _wireless(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Where the EtherType stands and what follows it, of an IEEE 802.11 data frame; _SEALED: it is encrypted;
    -1: it is none."""
    if at + 2 > end:
        return -1, at
    kind, flags = _word(data, at) >> 8, _word(data, at) & 0xFF
    if kind & 0x0F != 8 and flags & 0x0F == 8:  # access points of one vendor turn the two octets round
        kind, flags = flags, kind
    if kind & 0x0F != 8 or kind & 0x40:
        return -1, at
    if flags & 0x40:
        return _SEALED, at
    at += 24 + (6 if flags & 3 == 3 else 0)  # a fourth address
    if kind & 0x80:
        at += 6 if flags & 0x80 else 2  # QoS control, and HT control
    if at + 8 > end or _word(data, at) != 0xAAAA:
        return -1, at
    return at + 6, at + 8


def _tunnelled(protocol: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Link type of what is inside the datagram whose transport header is at data[at], and where that begins;
    _NO_TUNNEL: no other packet; _SEALED: one that is not to be read."""
    if protocol in (4, 41):
        return _RAW, at
    if protocol == 50:
        return _SEALED, at
    if protocol == _L2TP:  # whose session 0 is control, and whose cookies only the ends know the length of
        return (_NO_TUNNEL if at + 4 <= end and data.startswith(b"\0\0\0\0", at) else _SEALED), at
    if at + 16 > end:
        return _NO_TUNNEL, at
    if protocol == _UDP:
        return _in_datagram(_word(data, at), _word(data, at + 2), data, at + 8, end)
    flags, carried = _word(data, at), _word(data, at + 2)
    if flags & 0x7F == 1 and carried == 0x880B:  # PPTP, RFC 2637 section 4.1
        return _PPP, at + 8 + 4 * (((flags >> 12) & 1) + ((flags >> 7) & 1))
    if flags & 0x4007:  # source routes, or not version 0
        return _NO_TUNNEL, at
    # RFC 2784, RFC 2890: checksum, key and sequence number of four octets each.
    sequence: i64 = (flags >> 12) & 1
    at += 4 + 4 * ((flags >> 15) + ((flags >> 13) & 1) + sequence)
    if carried in (_IPV4, _IPV6):
        return _RAW, at
    if carried == 0x6558:
        return _ETHERNET, at
    if carried == 0x88BE:  # ERSPAN type II, and type I, which has neither number nor header
        return _ETHERNET, at + 8 * sequence
    if carried == 0x22EB and at + 12 <= end:  # ERSPAN type III, with a subheader where its last bit says so
        return _ETHERNET, at + (20 if data[at + 11] & 1 else 12)
    return _NO_TUNNEL, at


def _in_datagram(source: i64, destination: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """As `_tunnelled`, of UDP whose payload of 8 octets or more is at data[at]."""
    if destination in (_VXLAN, _OLD_VXLAN):
        return (_ETHERNET if data[at] == 8 else _NO_TUNNEL), at + 8
    if destination == _GENEVE and data[at] >> 6 == 0 and not data[at + 1] & 0x80:  # version 0, no control
        inside: i64 = _word(data, at + 2)
        options: i64 = data[at] & 0x3F
        at += 8 + 4 * options
        return (_ETHERNET if inside == 0x6558 else _RAW if inside in (_IPV4, _IPV6) else _SEALED), at
    if destination == _TZSP and data[at] == 1 and data[at + 1] < 2:
        return _in_tzsp(data, at, end)
    if _L2TP_PORT in (source, destination):
        return _in_l2tp(data, at)
    if _CAPWAP_DATA in (source, destination):
        return _in_capwap(data, at)
    return _NO_TUNNEL, at


def _in_tzsp(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """TaZmen Sniffer Protocol: kind of frame, then tags up to tag 1; tag 0 is one octet of padding."""
    kind: i64 = _word(data, at + 2)
    at += 4
    while at + 1 < end and data[at] != 1:
        length: i64 = 0 if data[at] == 0 else data[at + 1] + 1
        at += 1 + length
    return (_ETHERNET if kind == 1 else _WIRELESS if kind == 18 else _NO_TUNNEL), at + 1


def _in_l2tp(data: bytes, at: i64) -> tuple[i64, i64]:
    """L2TP data, RFC 2661 section 3.1. Version 3 (RFC 3931) does not say what it carries."""
    flags: i64 = _word(data, at)
    if flags & 0x8000:  # control
        return _NO_TUNNEL, at
    if flags & 0xF != 2:
        return (_SEALED if flags & 0xF == 3 else _NO_TUNNEL), at
    at += 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    return (_SEALED if flags & 0x0200 else _PPP), at  # with an offset that nobody uses


def _in_capwap(data: bytes, at: i64) -> tuple[i64, i64]:
    """CAPWAP data, RFC 5415 section 4.3: in clear, an Ethernet frame or, by its bit T, a wireless one."""
    if data[at] == 1:  # DTLS
        return _SEALED, at
    if data[at] != 0 or data[at + 3] & 8:  # another version, or keep-alive
        return _NO_TUNNEL, at
    if data[at + 3] & 0x80:  # a fragment
        return _SEALED, at
    header: i64 = data[at + 1] >> 3
    return (_WIRELESS if data[at + 2] & 1 else _ETHERNET), at + header * 4


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
