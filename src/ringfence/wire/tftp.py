"""TFTP: the packets of RFC 1350, section 5, as far as reading files needs them."""

from enum import IntEnum

import msgspec

from ringfence.model.errors import DecodeError

TFTP_BLOCK = 512  # octets; a shorter block is the last one
FILE_NOT_FOUND = 1  # error codes, RFC 1350 appendix
ILLEGAL_OPERATION = 4
UNKNOWN_TRANSFER = 5
_MODE = b"octet"
_LONGEST_NAME = 512


class TftpOpcode(IntEnum):
    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5


class TftpPacket(msgspec.Struct, frozen=True, gc=False):
    """`number`: block of DATA and ACK (1-65535, then 0 again), code of ERROR. `data`: file name of RRQ and
    WRQ, octets of DATA, message of ERROR.
    """

    opcode: TftpOpcode
    number: int = 0
    data: bytes = b""

    @property
    def text(self) -> str:
        """`RRQ 46xxupgrade.scr`, `DATA 1`, `ERROR 1 file not found`."""
        words = self.data.decode("latin-1") if self.opcode not in {TftpOpcode.DATA, TftpOpcode.ACK} else ""
        named = self.opcode in {TftpOpcode.RRQ, TftpOpcode.WRQ}
        return " ".join(filter(None, (self.opcode.name, "" if named else str(self.number), words)))


def encode_tftp(packet: TftpPacket) -> bytes:
    """The octets. ValueError for a file name that has a zero in it, or a number beyond 65535."""
    head = int(packet.opcode).to_bytes(2, "big")
    if packet.opcode in {TftpOpcode.RRQ, TftpOpcode.WRQ}:
        if b"\0" in packet.data or not packet.data:
            raise ValueError(f"{packet.data!r} is no file name")
        return head + packet.data + b"\0" + _MODE + b"\0"
    number = packet.number.to_bytes(2, "big")
    tail = packet.data + b"\0" if packet.opcode is TftpOpcode.ERROR else packet.data
    return head + number + tail


def decode_tftp(octets: bytes) -> TftpPacket:
    """The packet. DecodeError for what is none, and for a transfer mode other than octet or netascii."""
    try:
        opcode = TftpOpcode(int.from_bytes(octets[:2], "big"))
    except ValueError:
        raise DecodeError("no TFTP operation", 0) from None
    if opcode in {TftpOpcode.RRQ, TftpOpcode.WRQ}:
        name, zero, rest = octets[2:].partition(b"\0")
        mode, end, _options = rest.partition(b"\0")  # RFC 2347: options may follow; a server may ignore them
        if not zero or not end or not name or len(name) > _LONGEST_NAME:
            raise DecodeError("a request without file name or mode", 2)
        if mode.lower() not in {_MODE, b"netascii"}:
            raise DecodeError(f"transfer mode {mode[:20]!r}", 2)
        return TftpPacket(opcode, 0, name)
    if len(octets) < 4:
        raise DecodeError("cut short", len(octets))
    number, data = int.from_bytes(octets[2:4], "big"), octets[4:]
    if opcode is TftpOpcode.DATA and len(data) > TFTP_BLOCK:
        raise DecodeError(f"a block of {len(data)} octets", 4)
    return TftpPacket(opcode, number, data.rstrip(b"\0") if opcode is TftpOpcode.ERROR else data)
