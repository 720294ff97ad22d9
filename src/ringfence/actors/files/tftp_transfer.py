"""One file read by TFTP (RFC 1350): the client's side of a transfer."""

from dataclasses import dataclass, field
from enum import Enum, auto

from ringfence.actors.io import NOTHING, Bind, Commands, DatagramReceived, SendDatagram, Unbind
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire.tftp import FILE_NOT_FOUND, TFTP_BLOCK, TftpOpcode, TftpPacket, decode_tftp, encode_tftp

RETRY = 5.0  # seconds until the last packet is sent again; RFC 1350 leaves it to the client, assumed


class TftpEnd(Enum):
    WHOLE = auto()
    MISSING = auto()
    FAILED = auto()


@dataclass(slots=True)
class TftpTransfer:
    """`local` is the port chosen for this transfer; `server` where it is asked for; blocks have another port.

    `end` is None until it is over; `reason` says why it failed.
    """

    local: TransportAddress
    server: TransportAddress
    file: str
    most: int
    body: bytearray = field(default_factory=bytearray)
    end: TftpEnd | None = None
    reason: str = ""
    again: float = 0.0
    _peer: TransportAddress | None = None
    _sent: bytes = b""
    _block: int = 0

    def start(self, now: float) -> Commands:
        return (Bind(self.local), self._send(TftpPacket(TftpOpcode.RRQ, 0, self.file.encode("latin-1")), now))

    def stop(self) -> Commands:
        return (Unbind(self.local),)

    def repeat(self, now: float) -> Commands:
        """The last packet once more."""
        self.again = now + RETRY
        return (SendDatagram(self.local, self._peer or self.server, self._sent),)

    def take(self, event: DatagramReceived, now: float) -> Commands:
        if event.source.ip != self.server.ip or (self._peer is not None and event.source != self._peer):
            return NOTHING  # RFC 1350 section 4: another transfer's, which a wrong port does not disturb
        try:
            packet = decode_tftp(event.data)
        except DecodeError as error:
            return self._ended(TftpEnd.FAILED, str(error))
        if packet.opcode is TftpOpcode.ERROR:
            missing = packet.number == FILE_NOT_FOUND
            return self._ended(TftpEnd.MISSING if missing else TftpEnd.FAILED, packet.text)
        if packet.opcode is not TftpOpcode.DATA:
            return NOTHING
        self._peer = event.source
        if packet.number != (self._block + 1) & 0xFFFF:
            # The acknowledgement was lost; a server that acts on each only once is not doubled by another.
            return self.repeat(now) if packet.number == self._block & 0xFFFF else NOTHING
        self._block += 1
        self.body += packet.data
        if len(self.body) > self.most:
            return self._ended(TftpEnd.FAILED, f"more than {self.most} octets")
        acknowledged = self._send(TftpPacket(TftpOpcode.ACK, packet.number), now)
        if len(packet.data) < TFTP_BLOCK:
            return (acknowledged, *self._ended(TftpEnd.WHOLE))
        return (acknowledged,)

    def _send(self, packet: TftpPacket, now: float) -> SendDatagram:
        self._sent = encode_tftp(packet)
        self.again = now + RETRY
        return SendDatagram(self.local, self._peer or self.server, self._sent)

    def _ended(self, end: TftpEnd, reason: str = "") -> Commands:
        self.end, self.reason = end, reason
        return self.stop()
