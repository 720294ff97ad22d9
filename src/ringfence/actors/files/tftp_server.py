"""A TFTP server (RFC 1350): a fixed set of files to be read, each transfer from a port of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    Event,
    SendDatagram,
    StageFailed,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.stage import Stage
from ringfence.wire.tftp import (
    FILE_NOT_FOUND,
    ILLEGAL_OPERATION,
    TFTP_BLOCK,
    TftpOpcode,
    TftpPacket,
    decode_tftp,
    encode_tftp,
)

_RESEND = 1.0  # seconds, assumed; RFC 1350 names no time
_TRIES = 5
_MOST = 256  # transfers at once
_FIRST_PORT, _PORTS = 40_000, 9_000


@dataclass(slots=True)
class _Sending:
    client: TransportAddress
    local: TransportAddress
    content: bytes
    block: int = 1
    tries: int = 1

    def packet(self) -> SendDatagram:
        start = (self.block - 1) * TFTP_BLOCK
        data = TftpPacket(TftpOpcode.DATA, self.block & 0xFFFF, self.content[start : start + TFTP_BLOCK])
        return SendDatagram(self.local, self.client, encode_tftp(data))

    @property
    def is_last(self) -> bool:
        return len(self.content) < self.block * TFTP_BLOCK


@dataclass(slots=True)
class TftpServer:
    """`files`: name without its leading slash -> content. `here`: where requests come to (port 69)."""

    files: Mapping[str, bytes]
    here: TransportAddress
    _sending: dict[int, _Sending] = field(default_factory=dict)  # by the port of the transfer
    _resend: Deadlines[int] = field(default_factory=Deadlines)
    _next: int = 0

    @property
    def deadline(self) -> float | None:
        return self._resend.next

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Bind(self.here),)
            case BindFailed(local=local) if local == self.here:
                return (StageFailed(Stage.PROVISION, f"the file server cannot listen on {local}"),)
            case DatagramReceived():
                return self._datagram(event, now)
            case TimeUp():
                return tuple(each for port in self._resend.take(now) for each in self._again(port, now))
            case _:
                return NOTHING

    def _datagram(self, event: DatagramReceived, now: float) -> Commands:
        try:
            packet = decode_tftp(event.data)
        except DecodeError:
            return NOTHING
        sending = self._sending.get(event.destination.port)
        if sending is not None and event.source == sending.client:
            return self._answered(sending, packet, now)
        if event.destination.port != self.here.port:
            return NOTHING
        if packet.opcode is TftpOpcode.RRQ:
            return self._begin(event.source, packet.data.decode("latin-1").lstrip("/"), now)
        if packet.opcode is TftpOpcode.WRQ:
            return (self._error(event.source, ILLEGAL_OPERATION, b"read only"),)
        return NOTHING

    def _begin(self, client: TransportAddress, name: str, now: float) -> Commands:
        content = self.files.get(name)
        if content is None:
            return (self._error(client, FILE_NOT_FOUND, b"file not found"),)
        if len(self._sending) >= _MOST:
            return NOTHING
        self._next = (self._next + 1) % _PORTS
        local = TransportAddress(self.here.ip, _FIRST_PORT + self._next)
        sending = self._sending[local.port] = _Sending(client, local, content)
        self._resend.put(local.port, now + _RESEND)
        return (Bind(local), sending.packet())

    def _answered(self, sending: _Sending, packet: TftpPacket, now: float) -> Commands:
        if packet.opcode is TftpOpcode.ERROR:
            return self._end(sending)
        if packet.opcode is not TftpOpcode.ACK or packet.number != sending.block & 0xFFFF:
            return NOTHING
        if sending.is_last:
            return self._end(sending)
        sending.block, sending.tries = sending.block + 1, 1
        self._resend.put(sending.local.port, now + _RESEND)
        return (sending.packet(),)

    def _again(self, port: int, now: float) -> Commands:
        sending = self._sending.get(port)
        if sending is None:
            return NOTHING
        if sending.tries == _TRIES:
            return self._end(sending)
        sending.tries += 1
        self._resend.put(port, now + _RESEND)
        return (sending.packet(),)

    def _end(self, sending: _Sending) -> Commands:
        del self._sending[sending.local.port]
        self._resend.drop(sending.local.port)
        return (Unbind(sending.local),)

    def _error(self, client: TransportAddress, code: int, text: bytes) -> SendDatagram:
        return SendDatagram(self.here, client, encode_tftp(TftpPacket(TftpOpcode.ERROR, code, text)))
