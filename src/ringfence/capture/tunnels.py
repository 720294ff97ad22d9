"""What IP packets carry in place of a user's data: other packets, and whole frames.

Compiled with `selection`, which asks for every frame: see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.capture.link_layer import (
    ETHERNET_LINK,
    IPV4,
    IPV6,
    LABELS_LINK,
    MPLS,
    MPLS_MULTICAST,
    PPP_LINK,
    RAW_LINK,
    SEALED,
    WIRELESS_LINK,
    word,
)

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

# Protocols that IP carries.
ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
IPV6_FRAGMENT: Final = 44
ICMPV6: Final = 58
_GRE: Final = 47
_ESP: Final = 50
_AH: Final = 51
_ETHER_IP: Final = 97  # RFC 3378
_IPCOMP: Final = 108  # RFC 3173
_L2TP: Final = 115  # version 3 over IP, RFC 3931 section 4.1.1
_MPLS_IN_IP: Final = 137  # RFC 4023
_ETHERNET_IN_IP: Final = 143  # RFC 8986 section 4.9
# What carries other packets, beside UDP: IPv4 and IPv6 in IP (RFC 2003, RFC 4213), and the above.
CARRIER_PROTOCOLS: Final = (4, 41, _GRE, _ESP, _AH, _ETHER_IP, _IPCOMP, _L2TP, _MPLS_IN_IP, _ETHERNET_IN_IP)
# UDP ports: VXLAN (RFC 7348; 8472 is Linux's from before it) and its generic form, Geneve (RFC 8926), L2TP,
# CAPWAP's data, TZSP, ESP behind a translator (RFC 3948), MPLS (RFC 7510), GRE (RFC 8086), LISP (RFC 9300),
# WireGuard's usual one.
_VXLAN: Final = 4789
_OLD_VXLAN: Final = 8472
_GENERIC_VXLAN: Final = 4790
_GENEVE: Final = 6081
_L2TP_PORT: Final = 1701
_CAPWAP_DATA: Final = 5247
_TZSP: Final = 37008
_ESP_PORT: Final = 4500
_MPLS_PORT: Final = 6635
_GRE_PORT: Final = 4754
_LISP: Final = 4341
_WIREGUARD: Final = 51820
CARRIER_PORTS: Final = (
    *(_VXLAN, _OLD_VXLAN, _GENERIC_VXLAN, _GENEVE, _L2TP_PORT, _CAPWAP_DATA, _TZSP, _ESP_PORT),
    *(_MPLS_PORT, _GRE_PORT, _LISP, _WIREGUARD),
)
_NHRP: Final = 0x2001  # looks up ends of tunnels, RFC 2332
_NO_TUNNEL: Final = -1  # in place of a link type


def tunnelled(protocol: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Link type of what is inside the datagram whose transport header is at data[at], and where that begins;
    _NO_TUNNEL: no other packet; SEALED: one that is not to be read."""
    if protocol in (4, 41):
        return RAW_LINK, at
    if protocol in (_ESP, _AH, _IPCOMP):
        return SEALED, at
    if protocol == _L2TP:  # whose session 0 is control, and whose cookies only the ends know the length of
        return (_NO_TUNNEL if at + 4 <= end and data.startswith(b"\0\0\0\0", at) else SEALED), at
    if at + 16 > end:
        return _NO_TUNNEL, at
    if protocol == UDP:
        return _in_datagram(word(data, at), word(data, at + 2), data, at + 8, end)
    if protocol == _MPLS_IN_IP:
        return LABELS_LINK, at
    if protocol == _ETHERNET_IN_IP:
        return ETHERNET_LINK, at
    if protocol == _ETHER_IP:
        return (ETHERNET_LINK if data[at] >> 4 == 3 else SEALED), at + 2
    return _in_gre(data, at, end)


def _in_gre(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """As `tunnelled`, of GRE, whose header is at data[at]."""
    flags, carried = word(data, at), word(data, at + 2)
    if flags & 0x7F == 1 and carried == 0x880B:  # PPTP, RFC 2637 section 4.1
        return PPP_LINK, at + 8 + 4 * (((flags >> 12) & 1) + ((flags >> 7) & 1))
    if carried < 0x600 or carried == _NHRP:  # keep-alives and routing protocols
        return _NO_TUNNEL, at
    if flags & 0x4007:  # source routes, or not version 0
        return SEALED, at
    # RFC 2784, RFC 2890: checksum, key and sequence number of four octets each.
    sequence: i64 = (flags >> 12) & 1
    at += 4 + 4 * ((flags >> 15) + ((flags >> 13) & 1) + sequence)
    if carried in (IPV4, IPV6):
        return RAW_LINK, at
    if carried == 0x6558:
        return ETHERNET_LINK, at
    if carried in (MPLS, MPLS_MULTICAST):
        return LABELS_LINK, at
    if carried == 0x88BE:  # ERSPAN type II, and type I, which has neither number nor header
        return ETHERNET_LINK, at + 8 * sequence
    if carried == 0x22EB and at + 12 <= end:  # ERSPAN type III, with a subheader where its last bit says so
        return ETHERNET_LINK, at + (20 if data[at + 11] & 1 else 12)
    return SEALED, at


def _in_datagram(source: i64, destination: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """As `tunnelled`, of UDP whose payload of 8 octets or more is at data[at]."""
    if destination in (_VXLAN, _OLD_VXLAN, _GENERIC_VXLAN):
        return _in_vxlan(data, at)
    if destination == _GENEVE and data[at] >> 6 == 0 and not data[at + 1] & 0x80:  # version 0, no control
        inside: i64 = word(data, at + 2)
        options: i64 = data[at] & 0x3F
        at += 8 + 4 * options
        return (ETHERNET_LINK if inside == 0x6558 else RAW_LINK if inside in (IPV4, IPV6) else SEALED), at
    if destination == _TZSP and data[at] == 1 and data[at + 1] < 2:
        return _in_tzsp(data, at, end)
    if _L2TP_PORT in (source, destination):
        return _in_l2tp(data, at)
    if _CAPWAP_DATA in (source, destination):
        return _in_capwap(data, at)
    if destination == _MPLS_PORT:
        return LABELS_LINK, at
    if destination == _GRE_PORT and at + 16 <= end:
        return _in_gre(data, at, end)
    if destination == _LISP:
        return RAW_LINK, at + 8
    # An SPI of 0 is IKE; WireGuard's message 4 is data.
    if _ESP_PORT in (source, destination) and not data.startswith(b"\0\0\0\0", at):
        return SEALED, at
    if _WIREGUARD in (source, destination) and data.startswith(b"\4\0\0\0", at):
        return SEALED, at
    return _NO_TUNNEL, at


def _in_vxlan(data: bytes, at: i64) -> tuple[i64, i64]:
    """VXLAN, RFC 7348 section 5, whose other bits are ignored; with bit P of its generic form what it carries
    is told (draft-ietf-nvo3-vxlan-gpe section 3.1), and bit O is of operation and maintenance."""
    flags, carried = data[at], data[at + 3]
    if not flags & 8 or (flags & 5) == 5:
        return _NO_TUNNEL, at
    if flags & 4 and carried != 3:
        return (RAW_LINK if carried in (1, 2) else LABELS_LINK if carried == 5 else SEALED), at + 8
    return ETHERNET_LINK, at + 8


def _in_tzsp(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """TaZmen Sniffer Protocol: kind of frame, then tags up to tag 1; tag 0 is one octet of padding."""
    kind: i64 = word(data, at + 2)
    at += 4
    while at + 1 < end and data[at] != 1:
        length: i64 = 0 if data[at] == 0 else data[at + 1] + 1
        at += 1 + length
    if kind in (1, 18):
        return (ETHERNET_LINK if kind == 1 else WIRELESS_LINK), at + 1
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
    return (SEALED if flags & 0x0200 else PPP_LINK), at  # with an offset that nobody uses


def _in_capwap(data: bytes, at: i64) -> tuple[i64, i64]:
    """CAPWAP data, RFC 5415 section 4.3: in clear, an Ethernet frame or, by its bit T, a wireless one."""
    if data[at] == 1:  # DTLS
        return SEALED, at
    if data[at] != 0 or data[at + 3] & 8:  # another version, or keep-alive
        return _NO_TUNNEL, at
    if data[at + 3] & 0x80:  # a fragment
        return SEALED, at
    header: i64 = data[at + 1] >> 3
    return (WIRELESS_LINK if data[at + 2] & 1 else ETHERNET_LINK), at + header * 4
