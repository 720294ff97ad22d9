"""The innermost network header of a frame, through VLAN tags, tunnels and mirror ports.

Compiled with `selection`, which asks for every frame: see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.capture.link_layer import DEEPEST, ETHERNET_LINK, IPV4, IPV6, SEALED, UNREAD, below
from ringfence.capture.tunnels import CARRIER_PROTOCOLS, UDP, tunnelled

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64


def network(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64, i64]:
    """EtherType, where the network header begins, and VLAN or -1.

    The innermost of each, where a mirror port or provider has put the frame into another (ERSPAN, VXLAN,
    TZSP, GRE, PPPoE, MPLS and so on). EtherType 0: there is none; 0xFFFF: one that is encrypted or in a form
    that is not read, in the IP packet that begins there; more: UNREAD_TYPE and the EtherType that is not
    read. `link` is a number of `LinkType`.
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
        if link == ETHERNET_LINK:
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
