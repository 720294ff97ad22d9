"""RTP and other UDP that no stage of a registration looks at: counted while it is passed over.

Compiled with `selection`, for the reason that is given there: a voice capture is nearly all RTP, so a packet
of it costs a look-up and some sums, and no object is made that outlives it. What a stream means, only call
signalling tells; `diagnosis/calls/media` brings the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

# In place of an SSRC: what is no RTP, as T.38's UDPTL, and RTCP.
NO_RTP: Final = -1
RTCP: Final = -2
# Streams that are told apart; a flood of others is one number. About 500 octets each.
MOST_STREAMS: Final = 65_536
# Sources on one pair of ends: a real one changes its SSRC a few times in a call.
_MOST_SOURCES: Final = 64
# Streams that are found by comparing numbers, a power of two: looking an octet string up costs three times as
# much as all the rest.
_RECENT: Final = 4096


class MediaStream:
    """What came from one source over one pair of ends, at one place of capture.

    `ends`: source and destination address, then the two ports, as the packet has them (12 octets, or 36 of
    IPv6). `ssrc`: RFC 3550's, NO_RTP or RTCP. `base` to `highest`: sequence numbers, the latter counting on
    beyond 65535 (RFC 3550 appendix A.1). `jitter`, `greatest_jitter`: seconds (section 6.4.1, appendix A.8),
    by the clock of a static payload type (RFC 3551), 8000 Hz assumed for a dynamic one. `first`, `last`:
    seconds, of the capture.
    """

    def __init__(self, ends: bytes, ssrc: i64, time: float) -> None:
        self.ends = ends
        self.source: i64 = 0  # as numbers, of IPv4: what `MediaCounter` compares
        self.destination: i64 = 0
        self.ports: i64 = -1
        self.ssrc: i64 = ssrc
        self.packets: i64 = 0
        self.octets: i64 = 0
        self.payload_type: i64 = -1
        self.base: i64 = 0
        self.highest: i64 = 0
        self.first: float = time
        self.last: float = time
        self.jitter: float = 0.0
        self.greatest_jitter: float = 0.0
        self.other: MediaStream | None = None  # of another source over the same ends
        self._timestamp: i64 = 0

    @property
    def expected(self) -> int:
        """Packets that the sequence numbers say were sent (RFC 3550 appendix A.3)."""
        return int(self.highest - self.base + 1)

    def take_rtp(self, data: bytes, at: i64, time: float) -> None:
        """The RTP packet at data[at], which has its 12 octets of header."""
        sequence: i64 = _word(data, at + 2)
        timestamp: i64 = _double_word(data, at + 4)
        second: i64 = data[at + 1]
        kind: i64 = second & 0x7F
        if self.packets == 1:  # this one
            self.base = sequence
            self.highest = sequence
        else:
            ahead: i64 = (sequence - self.highest) & 0xFFFF
            if ahead < 0x8000:
                self.highest += ahead
            elif self.highest + ahead - 0x10000 < self.base:
                self.base = self.highest + ahead - 0x10000
            step: i64 = (timestamp - self._timestamp) & 0xFFFFFFFF
            if step >= 0x80000000:
                step -= 0x100000000
            late = time - self.last - float(step) / float(_clock(kind))
            if late < 0.0:
                late = -late
            self.jitter += (late - self.jitter) / 16.0
            self.greatest_jitter = max(self.greatest_jitter, self.jitter)
        self._timestamp = timestamp
        self.payload_type = kind


class MediaCounter:
    """The streams of one capture. `missed`: packets of streams beyond MOST_STREAMS."""

    def __init__(self) -> None:
        self.streams: dict[bytes, MediaStream] = {}
        self.missed: i64 = 0
        self._count: i64 = 0
        nothing = MediaStream(b"", NO_RTP, 0.0)
        self._recent: list[MediaStream] = [nothing] * _RECENT

    def every(self) -> list[MediaStream]:
        """All streams, those over the same ends together."""
        found: list[MediaStream] = []
        for first in self.streams.values():
            stream: MediaStream | None = first
            while stream is not None:
                found.append(stream)
                stream = stream.other
        return found

    def count(self, place: i64, data: bytes, end: i64, time: float) -> None:
        """The UDP packet at `place` (`selection.look`) of a frame that ends at data[end]."""
        transport: i64 = (place >> 1) & 0x7FFFFFFF
        internet: i64 = place >> 32
        ssrc = _source(data, transport + 8, end)
        if place & 1:
            ends = data[internet + 8 : internet + 40] + data[transport : transport + 4]
            stream = self._stream(ends, ssrc, time)
        else:
            stream = self._recent_stream(data, internet, transport, ssrc, time)
        if stream is None:
            self.missed += 1
            return
        stream.packets += 1
        stream.octets += _word(data, transport + 4) - 8
        if ssrc >= 0:
            stream.take_rtp(data, transport + 8, time)
        stream.last = time

    def _recent_stream(
        self, data: bytes, internet: i64, transport: i64, ssrc: i64, time: float
    ) -> MediaStream | None:
        """The stream of the IPv4 packet at data[internet]; None when there is no room for a new one."""
        source: i64 = _double_word(data, internet + 12)
        destination: i64 = _double_word(data, internet + 16)
        ports: i64 = _double_word(data, transport)
        # Hosts of a site and ports of a host differ in their lower bits, and both ways of a call in which is
        # the source.
        slot: i64 = (ports ^ (ports >> 15) ^ (source * 31) ^ destination ^ ssrc) & (_RECENT - 1)
        recent = self._recent[slot]
        if (
            recent.ports == ports
            and recent.ssrc == ssrc
            and recent.source == source
            and recent.destination == destination
        ):
            return recent
        ends = data[internet + 12 : internet + 20] + data[transport : transport + 4]
        found = self._stream(ends, ssrc, time)
        if found is not None:
            found.source, found.destination, found.ports = source, destination, ports
            self._recent[slot] = found
        return found

    def _stream(self, ends: bytes, ssrc: i64, time: float) -> MediaStream | None:
        """The stream, a new one where there is none and room is left."""
        first = self.streams.get(ends)
        stream = first
        sources: i64 = 0
        while stream is not None:
            if stream.ssrc == ssrc:
                return stream
            stream = stream.other
            sources += 1
        if self._count >= MOST_STREAMS or sources >= _MOST_SOURCES:
            return None
        self._count += 1
        new = MediaStream(ends, ssrc, time)
        if first is None:
            self.streams[ends] = new
        else:
            new.other = first.other
            first.other = new
        return new


def _source(data: bytes, at: i64, end: i64) -> i64:
    """The SSRC of the RTP packet at data[at:end]; else RTCP or NO_RTP.

    Version 2; RTCP's packet types are those that RFC 5761 section 4 keeps out of RTP's way.
    """
    if at + 8 > end:
        return NO_RTP
    first: i64 = data[at]
    kind: i64 = data[at + 1]
    if first & 0xC0 != 0x80:
        return NO_RTP
    if 192 <= kind <= 223:
        return RTCP
    if at + 12 > end:
        return NO_RTP
    return _double_word(data, at + 8)


def _clock(payload_type: i64) -> i64:
    """Hertz (RFC 3551 tables 4 and 5)."""
    if payload_type == 6:
        return 16_000
    if payload_type in (10, 11):
        return 44_100
    if payload_type == 14 or 25 <= payload_type <= 34:
        return 90_000
    if payload_type == 16:
        return 11_025
    return 22_050 if payload_type == 17 else 8_000


def _word(data: bytes, at: i64) -> i64:
    first: i64 = data[at]
    second: i64 = data[at + 1]
    return first << 8 | second


def _double_word(data: bytes, at: i64) -> i64:
    return (_word(data, at) << 16) | _word(data, at + 2)
