"""What a crossing says, typed: the values that the judge reasons in.

Not tracked by the garbage collector (gc=False): a site's capture makes hundreds of thousands of them, none
can be part of a cycle, and tracking them took half of the time.
"""

from enum import StrEnum
from ipaddress import IPv4Address
from typing import TypeAlias

import msgspec

from ringfence.capture.dissect import transport_address
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.stream_messages import StreamMessage
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import REQUESTED_ADDRESS, DhcpMessageType
from ringfence.wire.tftp import TftpPacket


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One packet and what it says. `text` is the short form: `GRQ`, `SYN`, `GET /46xxsettings.txt`."""

    crossing: Crossing
    text: str

    @property
    def time(self) -> float:
        return self.crossing.packet.time

    @property
    def dropped(self) -> bool:
        return self.crossing.dropped

    @property
    def unsure(self) -> bool:
        return self.crossing.unsure

    @property
    def source(self) -> TransportAddress:
        packet = self.crossing.packet
        return transport_address(packet.source, packet.source_port)

    @property
    def destination(self) -> TransportAddress:
        packet = self.crossing.packet
        return transport_address(packet.destination, packet.destination_port)

    @property
    def line(self) -> str:
        """`10.20.0.50:49300 > 10.1.0.30:1719 GRQ`"""
        return f"{self.crossing.packet.ends()} {self.text}"


class DhcpSeen(Observation, frozen=True, gc=False):
    message: DhcpMessage
    kind: DhcpMessageType

    @property
    def from_handset(self) -> bool:
        return self.message.op == 1

    @property
    def requested(self) -> IPv4Address | None:
        """The address that a client asks for by option 50; None when it names none."""
        try:
            return self.message.get(REQUESTED_ADDRESS)
        except DecodeError:
            return None

    @property
    def unicast_by_client(self) -> bool:
        """Sent by the handset straight to the server: renewal or release (RFC 2131 section 4.4.4, 4.4.5)."""
        packet = self.crossing.packet
        return (
            self.from_handset
            and int(self.message.giaddr) == 0
            and int(self.message.ciaddr) != 0
            and packet.destination != IPv4Address(0xFFFFFFFF)
        )


class RasSeen(Observation, frozen=True, gc=False):
    """`message` is the H.225.0 abbreviation (GRQ, RCF); `number` its requestSeqNum.

    The rest is what full decoding gave, where the message could be decoded. `alternates`: the other
    gatekeepers that it names.
    """

    message: str
    number: int
    from_handset: bool
    aliases: tuple[str, ...] = ()
    endpoint_identifier: str = ""
    keep_alive: bool = False
    reason: str = ""
    ras_addresses: tuple[TransportAddress, ...] = ()
    call_signal_addresses: tuple[TransportAddress, ...] = ()
    time_to_live: int | None = None
    undecodable: str = ""
    alternates: tuple[TransportAddress, ...] = ()
    is_gateway: bool = False


class TftpSeen(Observation, frozen=True, gc=False):
    """One packet of a TFTP transfer; the handset is who asked."""

    packet: TftpPacket
    from_handset: bool


class StreamKind(StrEnum):
    SYN = "SYN"
    SYN_ACK = "SYN/ACK"
    RESET = "RST"
    FIN = "FIN"
    DATA = "data"


class StreamSeen(Observation, frozen=True, gc=False):
    """One event of a TCP connection. `opener` sent the SYN, or is taken to have by the ports.

    `messages`: those that this segment completes. `idle`: seconds since any packet of the connection, a bare
    acknowledgement too, came through. `acknowledged`: its data had been acknowledged when it was sent.
    """

    kind: StreamKind
    opener: TransportAddress
    responder: TransportAddress
    messages: tuple[StreamMessage, ...] = ()
    idle: float = 0.0
    acknowledged: bool = False

    @property
    def from_opener(self) -> bool:
        packet, opener = self.crossing.packet, self.opener
        return packet.source_port == opener.port and packet.source == opener.ip


class EchoSeen(Observation, frozen=True, gc=False):
    request: bool
    identifier: int
    sequence: int


class IcmpErrorSeen(Observation, frozen=True, gc=False):
    """An ICMP error and the packet it is about (RFC 792). `about_hardware`: whose DHCP message that is."""

    type: int
    code: int
    about_protocol: int
    about_source: TransportAddress
    about_destination: TransportAddress
    about_hardware: bytes = b""


Seen: TypeAlias = DhcpSeen | RasSeen | TftpSeen | StreamSeen | EchoSeen | IcmpErrorSeen
