"""Addresses, networks and port ranges, as a firewall engineer writes them."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

UNSPECIFIED = IPv4Address("0.0.0.0")
LIMITED_BROADCAST = IPv4Address("255.255.255.255")


@lru_cache(maxsize=1 << 14)
def ipv4(said: str | bytes) -> IPv4Address:
    """What octets or dotted text say; ValueError where they say none.

    The last 16384 are remembered: who sends one datagram sends more, and to make an address costs as much as
    to look at a message.
    """
    return IPv4Address(said)


class TransportAddress(NamedTuple):
    """An IP address and a UDP or TCP port (0-65535); H.225.0's own word, since an endpoint registers."""

    ip: Address
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if self.ip.version == 6 else f"{self.ip}:{self.port}"


def transport(ip: str, port: int) -> TransportAddress:
    """`transport("10.1.0.30", 1719)`; raises ValueError when `ip` is no address."""
    return TransportAddress(ip_address(ip), port)


class PortRange:
    """Ports first..last, both included, 0-65535. A range may not be empty or reversed.

    A value: compare and hash by its ends. No dataclass, so that a site file writes it as 61440-61444.
    """

    __slots__ = ("first", "last")

    def __init__(self, first: int, last: int) -> None:
        if not 0 <= first <= last <= 65535:
            raise ValueError(f"port range {first}-{last} is reversed or outside 0-65535")
        self.first: Final = first
        self.last: Final = last

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PortRange) and (self.first, self.last) == (other.first, other.last)

    def __lt__(self, other: "PortRange") -> bool:
        return (self.first, self.last) < (other.first, other.last)

    def __hash__(self) -> int:
        return hash((self.first, self.last))

    def __repr__(self) -> str:
        return f"PortRange({self.first}, {self.last})"

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        if self == ANY_PORT:
            return "any"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ANY_PORT = PortRange(0, 65535)
# The post's ">1024": what a handset may pick for a connection it opens itself (RFC 6335 section 6).
EPHEMERAL = PortRange(1024, 65535)


def port(number: int) -> PortRange:
    return PortRange(number, number)
