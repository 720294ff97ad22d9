"""Audio between two ends as signalling directs it: RTP both ways, and RTCP that says what arrived.

The end that opens speaks first: a burst of G.711 and a sender report. The other is silent until it has heard
both, answers with the same, and gets a receiver report for the end of it. So one conversation shows both
directions, and who opened it: a firewall with state lets answers back, and only the first word needs a rule.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.actors.io import NOTHING, Command, Commands, DatagramReceived, SendDatagram
from ringfence.actors.media.reception import CLOCK, Reception
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire.rtcp_quality import QualityReport, encode_quality
from ringfence.wire.rtp import PCMU, RtcpReport, RtpPacket, decode_rtcp, decode_rtp, encode_rtcp, encode_rtp

BURST = 10  # packets; a firewall decides on the first
_FRAME = 0.02  # 20 ms of G.711 (RFC 3551 section 4.2)
_SAMPLES = 160
_FRAMES = 2  # of 10 ms in a packet
# The digital milliwatt: 1 kHz at 0 dBm0 (ITU-T G.711 table 6), so that whoever listens hears a tone.
TONE = bytes.fromhex("1e0b0b1e9e8b8b9e") * (_SAMPLES // 8)
_READY = 0.1  # s until an end that was told an address speaks; assumed: the other is told meanwhile
_AGAIN = 1.0  # s until a burst that was not answered is repeated, once; assumed


@dataclass(frozen=True, slots=True)
class MediaEnds:
    """Where this end receives (RTCP on the port behind it), where the other does, and takes its RTCP.

    `opens`: this end speaks first. `monitors` get a copy of every report.
    """

    local: TransportAddress
    remote: TransportAddress
    control: TransportAddress
    opens: bool
    monitors: tuple[TransportAddress, ...] = ()


def beside(rtp: TransportAddress) -> TransportAddress:
    """Where the RTCP of an RTP port is: the odd port behind it (RFC 3550 section 11)."""
    return TransportAddress(rtp.ip, rtp.port + 1)


class Conversation:
    """One end of it. `done`: both directions were heard at both ends, as far as this one can know."""

    def __init__(self, ends: MediaEnds, ssrc: int, now: float) -> None:
        self.ends = ends
        self.done = False
        self.deadline: float | None = now + _READY if ends.opens else None
        self.reception: Reception | None = None
        self._ssrc = ssrc
        self._sent = 0
        self._octets = 0
        self._round_trip: int | None = None
        self._left = BURST
        self._bursts = 2 if ends.opens else 1

    def due(self, now: float) -> Commands:
        """The next packet of a burst, and the sender report behind it."""
        if self.deadline is None or now < self.deadline:
            return NOTHING
        ends = self.ends
        packet = RtpPacket(PCMU, self._sent & 0xFFFF, self._sent * _SAMPLES, self._ssrc, TONE, not self._sent)
        said: list[Command] = [SendDatagram(ends.local, ends.remote, encode_rtp(packet))]
        self._sent += 1
        self._left -= 1
        self.deadline = now + _FRAME
        if self._left == 0:
            self._left, self._bursts = BURST, self._bursts - 1
            said += self._report(now, sender=True)
            self.deadline = now + _AGAIN if self._bursts else None
        return tuple(said)

    def hear(self, event: DatagramReceived, now: float) -> Commands:
        """Something that came to this end's two ports, from wherever."""
        ends = self.ends
        if (event.destination, event.source) == (ends.local, ends.remote):
            self._count(event.data, now)
        elif (event.destination, event.source) == (beside(ends.local), ends.control):
            return self._heard_report(event.data, now)
        return NOTHING

    def _count(self, data: bytes, now: float) -> None:
        try:
            packet = decode_rtp(data)
        except DecodeError:
            return
        self._octets += len(packet.payload)
        if self.reception is None or packet.ssrc != self.reception.ssrc:
            self.reception = Reception(packet, now)
        else:
            self.reception.take(packet, now)

    def _heard_report(self, data: bytes, now: float) -> Commands:
        """The other end has spoken to its end, or says what it heard."""
        try:
            report = decode_rtcp(data)
        except DecodeError:
            return NOTHING
        if self.reception is None:
            return NOTHING
        self.reception.heard_report(report, now)
        for block in report.reports:
            if block.ssrc == self._ssrc and block.last_sr:
                trip = (_middle(now) - block.last_sr - block.delay) & 0xFFFFFFFF
                self._round_trip = min(trip * 1000 >> 16, 0xFFFF)
        if report.sent is None:
            self.done = True
        elif self.ends.opens:
            answered, self.done, self.deadline = self.done, True, None
            return NOTHING if answered else self._report(now, sender=False)
        elif self.deadline is None and self._bursts and not self.done:
            self.deadline = now + _FRAME
        return NOTHING

    def _report(self, now: float, *, sender: bool) -> tuple[SendDatagram, ...]:
        heard = () if self.reception is None else (self.reception.report(now),)
        ends = self.ends
        report = RtcpReport(
            self._ssrc,
            str(ends.local.ip),
            (self._sent, self._sent * _SAMPLES) if sender else None,
            heard,
            _ntp(now) if sender else 0,
            int(now * CLOCK) & 0xFFFFFFFF if sender else 0,
        )
        data = encode_rtcp(report)
        copies = (SendDatagram(beside(ends.local), to, data + self._quality()) for to in ends.monitors)
        return (SendDatagram(beside(ends.local), ends.control, data), *copies)

    def _quality(self) -> bytes:
        """What Avaya sets add to the copy, as far as an end without a jitter buffer knows it."""
        heard, ends = self.reception, self.ends
        if heard is None or not isinstance(ends.control.ip, IPv4Address):
            return b""
        return encode_quality(
            QualityReport(
                self._ssrc,
                heard.ssrc,
                packets=heard.count,
                octets=self._octets,
                round_trip=self._round_trip,
                remote=ends.control,
                payload_type=PCMU,
                frames=_FRAMES,
                source_port=ends.remote.port,
                destination_port=ends.local.port,
            )
        )


def _ntp(now: float) -> int:
    return int(now * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def _middle(now: float) -> int:
    """The middle 32 bits of a time, as reports give it back (RFC 3550 section 6.4.1)."""
    return _ntp(now) >> 16 & 0xFFFFFFFF
