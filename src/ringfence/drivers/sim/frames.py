"""What travels in the simulated network, and the octets it would be on a real one."""

from typing import NamedTuple

from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire.ethernet import ETHERTYPE_ARP, Arp, EthernetFrame, VlanTag, encode_arp, encode_ethernet
from ringfence.wire.frame import frame_of


class IpPacket(NamedTuple):
    """A packet and the header fields that firewalls do not key on. The last three are TCP's."""

    packet: Packet
    ttl: int = 64
    identification: int = 0
    sequence: int = 0
    acknowledgement: int = 0
    options: bytes = b""


class Frame(NamedTuple):
    """`source` and `destination` are MAC addresses."""

    source: bytes
    destination: bytes
    content: IpPacket | Arp


def octets(frame: Frame, vlan: int) -> bytes:
    """The frame on a link where its segment has this tag; 0: untagged."""
    content = frame.content
    if isinstance(content, Arp):
        tags = (VlanTag(vlan),) if vlan else ()
        return encode_ethernet(
            EthernetFrame(frame.destination, frame.source, ETHERTYPE_ARP, encode_arp(content), tags)
        )
    return frame_of(
        content.packet,
        source_mac=frame.source,
        destination_mac=frame.destination,
        vlan=vlan,
        ttl=content.ttl,
        identification=content.identification,
        sequence=content.sequence & 0xFFFFFFFF,
        acknowledgement=content.acknowledgement & 0xFFFFFFFF,
        options=content.options,
    )


def segment_of(
    local: TransportAddress,
    remote: TransportAddress,
    flags: TcpFlags,
    *,
    sequence: int = 0,
    acknowledgement: int = 0,
    data: bytes = b"",
    options: bytes = b"",
) -> IpPacket:
    packet = Packet(Protocol.TCP, local.ip, local.port, remote.ip, remote.port, flags, data)
    return IpPacket(packet, 64, 0, sequence, acknowledgement, options)
