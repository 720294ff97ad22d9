"""Between H.225.0 values and the addresses that the rest of the product speaks of."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from ringfence.model import address
from ringfence.wire.h225.common import Ip6Address, IpAddress, TransportAddress

_H225_VERSIONS = (0, 0, 8, 2250, 0)


def protocol_identifier(version: int) -> tuple[int, ...]:
    """{itu-t(0) recommendation(0) h(8) 2250 version(0) version}: 1 to 7 have been published."""
    return (*_H225_VERSIONS, version)


def protocol_version(identifier: tuple[int, ...]) -> int | None:
    """The version of H.225.0 behind a protocolIdentifier, or None when it is another protocol's."""
    return identifier[5] if len(identifier) == 6 and identifier[:5] == _H225_VERSIONS else None


def ipv4_from(ip: IPv4Address, port: int) -> TransportAddress:
    """The CHOICE for an IPv4 address and a port, 0-65535."""
    return ("ipAddress", IpAddress(ip=ip.packed, port=port))


def to_choice(transport: address.TransportAddress) -> TransportAddress:
    """The CHOICE for an address of either family."""
    if isinstance(transport.ip, IPv4Address):
        return ipv4_from(transport.ip, transport.port)
    return ("ip6Address", Ip6Address(ip=transport.ip.packed, port=transport.port))


def from_choice(choice: TransportAddress) -> address.TransportAddress | None:
    """The address in a CHOICE, or None when it is none that IP can reach (IPX, NSAP, NetBIOS, later ones)."""
    match choice:
        case ("ipAddress", found):
            return address.TransportAddress(IPv4Address(found.ip), found.port)
        case ("ip6Address", found6):
            return address.TransportAddress(IPv6Address(found6.ip), found6.port)
        case _:
            return None
