"""What is inside a frame of each link type: VLAN tags and what else stands below IP.

Compiled with `selection`, which asks for every frame: see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

DEEPEST: Final = 4  # frames within frames
# Numbers of `LinkType`, and of more that only tunnels hold.
ETHERNET_LINK: Final = 1
PPP_LINK: Final = 9
RAW_LINK: Final = 101
WIRELESS_LINK: Final = 105
LABELS_LINK: Final = 219  # an MPLS label stack
SEALED: Final = -2  # in place of one: a packet is inside, in a form that is encrypted or not read
IPV4: Final = 0x0800
ARP: Final = 0x0806
IPV6: Final = 0x86DD
UNREAD: Final = 0xFFFF  # an EtherType that nobody has (IANA: reserved): something is there, and not read
UNREAD_TYPE: Final = 0x10000  # with an EtherType added: that one is there, and not read
# EtherTypes of VLAN tags: 802.1Q, 802.1ad, the older QinQ. And of what stands between Ethernet and IP.
_TAG: Final = 0x8100
_PROVIDER_TAG: Final = 0x88A8
_QINQ_TAG: Final = 0x9100
TAGS: Final = (_TAG, _PROVIDER_TAG, _QINQ_TAG)
_MAC_IN_MAC: Final = 0x88E7  # service instance tag, IEEE 802.1Q clause 9.7: a whole frame follows
_METADATA: Final = 0x8909  # CMD, with a security group: draft-smith-kandula-sxp
_VN_TAG: Final = 0x8926  # of fabric extenders, before the next
_E_TAG: Final = 0x893F  # IEEE 802.1BR
_R_TAG: Final = 0xF1C1  # of frames sent twice, IEEE 802.1CB clause 7.8
_MACSEC: Final = 0x88E5
MPLS: Final = 0x8847
MPLS_MULTICAST: Final = 0x8848
_PPPOE: Final = 0x8864  # a session, RFC 2516 section 4
# What bridges, ports and other protocols than IP say for themselves: RARP, IPX, AppleTalk and its AARP, MVRP
# and MMRP, EAPOL, PROFINET, slow protocols (LACP), PPPoE discovery, EtherCAT, LLDP, LLTD, HomePlug and IEEE
# 1905, FCoE and its FIP, PTP, CFM, PRP, loopback tests.
_NOT_IP: Final = frozenset(
    (
        *(0x8035, 0x8137, 0x809B, 0x80F3, 0x88F5, 0x88F6, 0x888E, 0x8892, 0x8809, 0x8863, 0x88A4, 0x88CC),
        *(0x88D9, 0x88E1, 0x8912, 0x893A, 0x8906, 0x8914, 0x88F7, 0x8902, 0x88FB, 0x9000),
    )
)


def below(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1, of what link type `link` holds."""
    where: i64 = -1
    at: i64 = start
    if link == ETHERNET_LINK:
        where, at = start + 12, start + 14
    elif link == 113:  # Linux cooked capture
        where, at = start + 14, start + 16
    elif link == 276:  # its second version
        where, at = start, start + 20
    elif link in (0, 108):  # BSD loopback: the family in some byte order
        at = start + 4
    elif link == PPP_LINK:
        return _ppp(data, at, end)
    elif link == WIRELESS_LINK:
        where, at = _wireless(data, at, end)
        if where < 0:
            return (UNREAD if where == SEALED else 0), at, -1
    elif link == LABELS_LINK:
        where, at = _labelled(data, at, end)
    vlan: i64 = -1
    for _ in range(DEEPEST):  # Ethernet in MPLS in Ethernet
        if where == SEALED:
            break
        if where < 0:
            return (IPV6 if at < end and data[at] >> 4 == 6 else IPV4), at, vlan
        if at > end:
            return 0, at, -1
        kind, at, vlan = _tagged(word(data, where), data, at, end)
        if kind in (IPV4, IPV6, ARP) or at + 8 > end:
            return kind, at, vlan
        if kind == _PPPOE:
            carried, at, _ = _ppp(data, at + 6, end)
            return carried, at, vlan
        if kind not in (MPLS, MPLS_MULTICAST):
            carried, at = _of_another_type(kind, data, at)
            return carried, at, vlan
        where, at = _labelled(data, at, end)
    return UNREAD_TYPE + MPLS, at, vlan


def _tagged(kind: i64, data: bytes, at: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType below the tags that begin with EtherType `kind` and data[at], where that begins, and VLAN or
    -1."""
    vlan: i64 = -1
    while kind not in (IPV4, IPV6) and at + 4 <= end:
        length: i64 = 0
        if kind in (_TAG, _PROVIDER_TAG, _QINQ_TAG):
            vlan, length = word(data, at) & 0xFFF, 4
        elif kind in (_VN_TAG, _R_TAG):
            length = 6
        elif kind in (_METADATA, _E_TAG):
            length = 8
        elif kind == _MAC_IN_MAC:
            vlan, length = -1, 18
        elif (
            kind == _MACSEC and not data[at] & 0x0C
        ):  # neither encrypted nor changed, IEEE 802.1AE clause 9.5
            length = 16 if data[at] & 0x20 else 8
        if not length or at + length > end:
            break
        at += length
        kind = word(data, at - 2)
    return kind, at, vlan


def _of_another_type(kind: i64, data: bytes, at: i64) -> tuple[i64, i64]:
    """EtherType, and where what it names begins, of a frame that is neither IP nor of a known carrier."""
    if kind < 0x600:  # a length: IEEE 802.2, with SNAP where IP follows (RFC 1042)
        carried = word(data, at + 6)
        is_internet = word(data, at) == 0xAAAA and data[at + 3] == 0 and word(data, at + 4) == 0
        return (carried if is_internet and carried in (IPV4, IPV6, ARP) else 0), at + 8
    return (0 if kind in _NOT_IP else UNREAD_TYPE + kind), at


def _labelled(data: bytes, at: i64, end: i64) -> tuple[i64, i64]:
    """Where the EtherType stands and what follows it, below an MPLS label stack (RFC 3032), which does not
    say what it carries: a frame (a pseudowire, RFC 4448), or with -1 an IP packet; SEALED: something else."""
    while at + 4 < end and not data[at + 2] & 1:
        at += 4
    at += 4
    if at >= end or data.startswith(b"\x45", at):  # IPv4 without options, which no hardware address begins so
        return -1, at
    version: i64 = data[at] >> 4
    if version == 0 and _is_ethernet(data, at + 4, end):  # after a control word, RFC 4448 section 4.6
        return at + 16, at + 18
    if _is_ethernet(data, at, end):
        return at + 12, at + 14
    if version == 1:  # the channel in which its ends talk to each other, RFC 4385 section 5
        return -1, end
    return (-1 if version in (4, 6) else SEALED), at


def _is_ethernet(data: bytes, at: i64, end: i64) -> bool:
    """Whether a frame with IP, ARP, a tag or what bridges tell one another seems to begin at data[at]."""
    if at + 16 > end:
        return False
    kind = word(data, at + 12)
    version: i64 = data[at + 14] >> 4
    return (
        kind in (_TAG, _PROVIDER_TAG, _QINQ_TAG)
        or (kind == IPV4 and version == 4)
        or (kind == IPV6 and version == 6)
        or (kind == ARP and word(data, at + 14) == 1)
        or data.startswith((b"\x01\x80\xc2", b"\x01\0\x0c"), at)
    )


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


def word(data: bytes, at: i64) -> i64:
    high: i64 = data[at]
    low: i64 = data[at + 1]
    return high << 8 | low
