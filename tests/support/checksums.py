"""Whether octets that we wrote bear the right checksums, as a receiver computes them."""

from ringfence.model.address import Address
from ringfence.model.packet import Protocol
from ringfence.wire.ipv4 import checksum
from ringfence.wire.transport import pseudo_header


def icmp_checksum_holds(data: bytes) -> bool:
    return checksum(data) == 0


def header_checksum_holds(data: bytes) -> bool:
    """That of the IPv4 header which `data` begins with."""
    return checksum(data[: (data[0] & 15) * 4]) == 0


def transport_checksum_holds(data: bytes, source: Address, destination: Address, protocol: int) -> bool:
    """That of a UDP datagram or TCP segment, complete and without padding."""
    if protocol == Protocol.UDP and data[6:8] == b"\0\0":
        return True  # sent without a checksum, which UDP over IPv4 may be (RFC 768)
    return checksum(pseudo_header(source, destination, protocol, len(data)) + data) == 0
