"""What an end counts of the RTP that it receives, for its reception reports (RFC 3550 sections 6.4.1, A.3,
A.8).
"""

from ringfence.wire.rtp import ReceptionReport, RtcpReport, RtpPacket

CLOCK = 8000  # Hz, of every narrow-band codec (RFC 3551 table 4)
_CYCLE = 0x10000


class Reception:
    """One source. `count` packets arrived."""

    def __init__(self, first: RtpPacket, now: float) -> None:
        self.ssrc = first.ssrc
        self.count = 0
        self._base = self._highest = first.sequence
        self._transit: float | None = None
        self._jitter = 0.0
        self._reported = (0, 0)  # expected and received at the last report
        self._heard_sr = (0, now)  # the middle of its time, and when it came
        self.take(first, now)

    def take(self, packet: RtpPacket, now: float) -> None:
        """Another packet of the source; `now` in seconds."""
        self.count += 1
        forward = (packet.sequence - self._highest) % _CYCLE
        if forward < _CYCLE // 2:  # else it is late, or came twice
            self._highest += forward
        transit = now * CLOCK - packet.timestamp
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def heard_report(self, report: RtcpReport, now: float) -> None:
        """Its SR, whose time it gets back."""
        if report.sent is not None:
            self._heard_sr = (report.ntp >> 16 & 0xFFFFFFFF, now)

    def report(self, now: float) -> ReceptionReport:
        """The report block; what it says of loss begins anew after it."""
        expected = self._highest - self._base + 1
        before, received = self._reported
        self._reported = (expected, self.count)
        span, lost = expected - before, expected - before - (self.count - received)
        fraction = (lost << 8) // span if span > 0 and lost > 0 else 0
        stamp, came = self._heard_sr
        return ReceptionReport(
            self.ssrc,
            max(-(1 << 23), min(expected - self.count, (1 << 23) - 1)),
            self._highest & 0xFFFFFFFF,
            min(fraction, 0xFF),
            int(self._jitter),
            stamp,
            int((now - came) * 65536) & 0xFFFFFFFF if stamp else 0,
        )
