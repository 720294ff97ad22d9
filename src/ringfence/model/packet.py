"""One packet as a firewall sees it: the common coin of simulator, lab, captures and filter."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from ringfence.model.address import Address


class Protocol(IntEnum):
    """IANA protocol numbers of what the procedure uses."""

    ICMP = 1
    TCP = 6
    UDP = 17
    ICMPV6 = 58

    @property
    def word(self) -> str:
        return self.name.lower()


class TcpFlags(IntFlag):
    """RFC 9293 section 3.1."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16
    URG = 32


NO_FLAGS = TcpFlags(0)
ECHO_REPLY = 0  # RFC 792
DESTINATION_UNREACHABLE = 3
ECHO_REQUEST = 8


@dataclass(frozen=True, slots=True)
class Packet:
    """Addresses, ports and payload.

    For ICMP `source_port` is the type and `destination_port` the code, as packet filters key them, and
    `payload` begins with the rest of the ICMP header (identifier and sequence for echo).
    For TCP `payload` is the segment's data; sequence numbers stay in the frame.
    """

    protocol: Protocol
    source: Address
    source_port: int
    destination: Address
    destination_port: int
    flags: TcpFlags = NO_FLAGS
    payload: bytes = b""

    def __str__(self) -> str:
        if self.protocol in {Protocol.ICMP, Protocol.ICMPV6}:
            kind = _ICMP_WORDS.get(self.source_port, f"type {self.source_port}")
            return f"{self.protocol.word} {kind} {self.source} -> {self.destination}"
        flags = f" {_flag_words(self.flags)}" if self.protocol is Protocol.TCP and self.flags else ""
        return (
            f"{self.protocol.word} {self.source}:{self.source_port}"
            f" -> {self.destination}:{self.destination_port}{flags}"
        )


def _flag_words(flags: TcpFlags) -> str:
    return ",".join(flag.name for flag in TcpFlags if flag & flags and flag.name)


_ICMP_WORDS = {
    ECHO_REPLY: "echo-reply",
    DESTINATION_UNREACHABLE: "destination-unreachable",
    ECHO_REQUEST: "echo-request",
}
