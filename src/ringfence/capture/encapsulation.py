"""What is inside a frame: VLAN tags, tunnels and mirror ports, down to the innermost network header.

Compiled with `selection`, which asks for every frame: see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

DEEPEST: Final = 4  # frames within frames
_ETHERNET: Final = 1
ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
IPV6_FRAGMENT: Final = 44
_GRE: Final = 47
_ESP: Final = 50
_AH: Final = 51
_L2TP: Final = 115  # version 3 over IP, RFC 3931 section 4.1.1
ICMPV6: Final = 58
# What carries other packets, beside UDP: IPv4 and IPv6 in IP (RFC 2003, RFC 4213), GRE, ESP, AH, L2TPv3.
CARRIER_PROTOCOLS: Final = (4, 41, _GRE, _ESP, _AH, _L2TP)
# UDP ports: VXLAN (RFC 7348; 8472 is Linux's from before it), Geneve (RFC 8926), L2TP, CAPWAP's data, TZSP,
# ESP behind a translator (RFC 3948).
_VXLAN: Final = 4789
_OLD_VXLAN: Final = 8472
_GENEVE: Final = 6081
_L2TP_PORT: Final = 1701
_CAPWAP_DATA: Final = 5247
_TZSP: Final = 37008
_ESP_PORT: Final = 4500
CARRIER_PORTS: Final = (_VXLAN, _OLD_VXLAN, _GENEVE, _L2TP_PORT, _CAPWAP_DATA, _TZSP, _ESP_PORT)
# EtherTypes of VLAN tags: 802.1Q, 802.1ad, the older QinQ. And of what stands between Ethernet and IP.
_TAG: Final = 0x8100
_PROVIDER_TAG: Final = 0x88A8
_QINQ_TAG: Final = 0x9100
TAGS: Final = (_TAG, _PROVIDER_TAG, _QINQ_TAG)
_MPLS: Final = 0x8847
_MPLS_MULTICAST: Final = 0x8848
_NHRP: Final = 0x2001  # looks up ends of tunnels, RFC 2332
_PPPOE: Final = 0x8864  # a session, RFC 2516 section 4
CARRIER_TYPES: Final = (_MPLS, _MPLS_MULTICAST, _PPPOE)
# Answers of `tunnelled` where there is no link type.
_NO_TUNNEL: Final = -1
SEALED: Final = -2  # a packet is inside, in a form that is encrypted or not read
_PPP: Final = 9
_WIRELESS: Final = 105
_RAW: Final = 101
IPV4: Final = 0x0800
ARP: Final = 0x0806
IPV6: Final = 0x86DD
UNREAD: Final = 0xFFFF  # an EtherType that nobody has (IANA: reserved): something is there, and not read


def network(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1.

    The innermost of each, where a mirror port or provider has put the frame into another (ERSPAN, VXLAN,
    TZSP, GRE, PPPoE, MPLS and so on). EtherType 0: there is none; 0xFFFF: one that is encrypted or in a form
    that is not read, in the IP packet that begins there. `link` is a number of `LinkType`.
    """
    kind, at, vlan = below(link, data, start, end)
    for _ in range(DEEPEST):
        if kind not in (IPV4, IPV6) or at + (20 if kind == IPV4 else 40) > end:
            break
        if kind == IPV6:
            protocol, transport = ipv6_payload(data, at, end)
        elif data[at + 6] & 0x3F or data[at + 7]:
            return kind, at, vlan  # what a fragment carries is opened when it is whole
        else:
            header: i64 = data[at] & 15
            protocol, transport = data[at + 9], at + header * 4
        if protocol != UDP and protocol not in CARRIER_PROTOCOLS:
            break
        link, inside = tunnelled(protocol, data, transport, end)
        if link < 0:
            return (UNREAD if link == SEALED else kind), at, vlan
        outer, (kind, at, inner) = at, below(link, data, inside, end)
        if kind == UNREAD:
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


def below(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
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
            return (UNREAD if where == SEALED else 0), at, -1
    if where < 0:
        return (IPV6 if at < end and data[at] >> 4 == 6 else IPV4), at, -1
    if at > end:
        return 0, at, -1
    kind: i64 = word(data, where)
    vlan: i64 = -1
    while kind in (_TAG, _PROVIDER_TAG, _QINQ_TAG) and at + 4 <= end:
        vlan = word(data, at) & 0xFFF
        kind = word(data, at + 2)
        at += 4
    if kind in (IPV4, IPV6, ARP) or at + 8 > end:
        return kind, at, vlan
    if kind < 0x600 and word(data, at) == 0xAAAA:  # a length: IEEE 802.2 with SNAP
        return word(data, at + 6), at + 8, vlan
    if kind == _PPPOE:
        carried, at, _ = _ppp(data, at + 6, end)
        return carried, at, vlan
    if kind in (_MPLS, _MPLS_MULTICAST):  # , RFC 3032: labels up to the bottom of the stack
        while at + 4 < end and not data[at + 2] & 1:
            at += 4
        at += 4
        return (0 if at >= end else IPV6 if data[at] >> 4 == 6 else IPV4), at, vlan
    return kind, at, vlan


def _ppp(data: bytes, at: i64, end: i64) -> tuple[i64, i64, i64]:
    """As `below`, of a PPP frame: address and control, and half of the protocol, may be left out (RFC 1661
    section 6.5, 6.6)."""
    if at + 4 <= end and data[at] == 0xFF and data[at + 1] == 3:
        at += 2
    if at + 2 > end:
        return 0, at, -1
    first: i64 = data[at]
    carried, at = (first, at + 1) if first & 1 else (word(data, at), at + 2)
    return (IPV4 if carried == 0x21 else IPV6 if carried == 0x57 else 0), at, -1


def _wireless(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Where the EtherType stands and what follows it, of an IEEE 802.11 data frame; SEALED: it is encrypted;
    -1: it is none."""
    if at + 2 > end:
        return -1, at
    kind, flags = word(data, at) >> 8, word(data, at) & 0xFF
    if kind & 0x0F != 8 and flags & 0x0F == 8:  # access points of one vendor turn the two octets round
        kind, flags = flags, kind
    if kind & 0x0F != 8 or kind & 0x40:
        return -1, at
    if flags & 0x40:
        return SEALED, at
    at += 24 + (6 if flags & 3 == 3 else 0)  # a fourth address
    if kind & 0x80:
        if at < end and data[at] & 0x80:  # several frames in one (A-MSDU)
            return SEALED, at
        at += 6 if flags & 0x80 else 2  # QoS control, and HT control
    if at + 8 > end or word(data, at) != 0xAAAA:
        return -1, at
    return at + 6, at + 8


def tunnelled(protocol: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Link type of what is inside the datagram whose transport header is at data[at], and where that begins;
    _NO_TUNNEL: no other packet; SEALED: one that is not to be read."""
    if protocol in (4, 41):
        return _RAW, at
    if protocol in (_ESP, _AH):
        return SEALED, at
    if protocol == _L2TP:  # whose session 0 is control, and whose cookies only the ends know the length of
        return (_NO_TUNNEL if at + 4 <= end and data.startswith(b"\0\0\0\0", at) else SEALED), at
    if at + 16 > end:
        return _NO_TUNNEL, at
    if protocol == UDP:
        return _in_datagram(word(data, at), word(data, at + 2), data, at + 8, end)
    flags, carried = word(data, at), word(data, at + 2)
    if flags & 0x7F == 1 and carried == 0x880B:  # PPTP, RFC 2637 section 4.1
        return _PPP, at + 8 + 4 * (((flags >> 12) & 1) + ((flags >> 7) & 1))
    if carried < 0x600 or carried == _NHRP:  # keep-alives and routing protocols
        return _NO_TUNNEL, at
    if flags & 0x4007:  # source routes, or not version 0
        return SEALED, at
    # RFC 2784, RFC 2890: checksum, key and sequence number of four octets each.
    sequence: i64 = (flags >> 12) & 1
    at += 4 + 4 * ((flags >> 15) + ((flags >> 13) & 1) + sequence)
    if carried in (IPV4, IPV6):
        return _RAW, at
    if carried == 0x6558:
        return _ETHERNET, at
    if carried == 0x88BE:  # ERSPAN type II, and type I, which has neither number nor header
        return _ETHERNET, at + 8 * sequence
    if carried == 0x22EB and at + 12 <= end:  # ERSPAN type III, with a subheader where its last bit says so
        return _ETHERNET, at + (20 if data[at + 11] & 1 else 12)
    return SEALED, at


def _in_datagram(source: i64, destination: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """As `tunnelled`, of UDP whose payload of 8 octets or more is at data[at]."""
    if destination in (_VXLAN, _OLD_VXLAN):
        return (_ETHERNET if data[at] == 8 else _NO_TUNNEL), at + 8
    if destination == _GENEVE and data[at] >> 6 == 0 and not data[at + 1] & 0x80:  # version 0, no control
        inside: i64 = word(data, at + 2)
        options: i64 = data[at] & 0x3F
        at += 8 + 4 * options
        return (_ETHERNET if inside == 0x6558 else _RAW if inside in (IPV4, IPV6) else SEALED), at
    if destination == _TZSP and data[at] == 1 and data[at + 1] < 2:
        return _in_tzsp(data, at, end)
    if _L2TP_PORT in (source, destination):
        return _in_l2tp(data, at)
    if _CAPWAP_DATA in (source, destination):
        return _in_capwap(data, at)
    # An SPI of 0 is IKE.
    if _ESP_PORT in (source, destination) and not data.startswith(b"\0\0\0\0", at):
        return SEALED, at
    return _NO_TUNNEL, at


def _in_tzsp(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """TaZmen Sniffer Protocol: kind of frame, then tags up to tag 1; tag 0 is one octet of padding."""
    kind: i64 = word(data, at + 2)
    at += 4
    while at + 1 < end and data[at] != 1:
        length: i64 = 0 if data[at] == 0 else data[at + 1] + 1
        at += 1 + length
    if kind in (1, 18):
        return (_ETHERNET if kind == 1 else _WIRELESS), at + 1
    # Token Ring, SLIP, PPP, FDDI, bare IP, and wireless frames after a header of the radio's.
    return (SEALED if 1 < kind < 8 or kind in (119, 127) else _NO_TUNNEL), at + 1


def _in_l2tp(data: bytes, at: i64) -> tuple[i64, i64]:
    """L2TP data, RFC 2661 section 3.1. Version 3 (RFC 3931) does not say what it carries."""
    flags: i64 = word(data, at)
    if flags & 0x8000:  # control
        return _NO_TUNNEL, at
    if flags & 0xF != 2:
        return (SEALED if flags & 0xF == 3 else _NO_TUNNEL), at
    at += 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    return (SEALED if flags & 0x0200 else _PPP), at  # with an offset that nobody uses


def _in_capwap(data: bytes, at: i64) -> tuple[i64, i64]:
    """CAPWAP data, RFC 5415 section 4.3: in clear, an Ethernet frame or, by its bit T, a wireless one."""
    if data[at] == 1:  # DTLS
        return SEALED, at
    if data[at] != 0 or data[at + 3] & 8:  # another version, or keep-alive
        return _NO_TUNNEL, at
    if data[at + 3] & 0x80:  # a fragment
        return SEALED, at
    header: i64 = data[at + 1] >> 3
    return (_WIRELESS if data[at + 2] & 1 else _ETHERNET), at + header * 4


def word(data: bytes, at: i64) -> i64:
    high: i64 = data[at]
    low: i64 = data[at + 1]
    return high << 8 | low
