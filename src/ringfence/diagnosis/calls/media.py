"""The media channels of calls, and what was counted of each in the captures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from ringfence.capture.dissect import ipv4_address, ipv6_address
from ringfence.capture.media import NO_RTP, RTCP, MediaCounter, MediaStream
from ringfence.diagnosis.calls.call import Call, ChannelState, MediaChannel, Side
from ringfence.diagnosis.clock_steps import CaptureClock
from ringfence.model.address import TransportAddress
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.media import AUDIO_DROPPED, AUDIO_ONE_WAY
from ringfence.model.stage import Stage

# Media begins with the answer to a proposal, and a little of it is on its way when the call is over. Seconds.
_AFTER = 2.0
# Packets of the other direction before silence in this one counts as a loss: a second at 20 ms. Assumed.
_ENOUGH = 50
_SAME = CaptureClock()


@dataclass(frozen=True, slots=True)
class ChannelTraffic:
    """What one capture has of a channel. `expected`: by the sequence numbers, None where it is no RTP.

    `jitter` and `greatest_jitter` in seconds, of the source that sent most; `sources`: where it came from;
    `reports`: packets of RTCP to the channel's control address. `shared`: the stream goes on outside of the
    call.
    """

    packets: int
    octets: int
    expected: int | None
    jitter: float
    greatest_jitter: float
    sources: tuple[TransportAddress, ...]
    payload_types: tuple[int, ...]
    reports: int
    shared: bool

    @property
    def lost(self) -> int:
        """0 where more came than was sent: copies."""
        return 0 if self.expected is None else max(0, self.expected - self.packets)


class MediaIndex:
    """Streams of one capture by where they go. `clock`: its own, for the times of the calls.

    `missed`: packets that were not counted, there being too many streams.
    """

    def __init__(self, counter: MediaCounter, clock: CaptureClock = _SAME) -> None:
        self.missed = int(counter.missed)
        self._clock = clock
        self._to: dict[TransportAddress, list[tuple[TransportAddress, MediaStream]]] = {}
        for stream in counter.every():
            source, destination = stream_ends(stream.ends)
            self._to.setdefault(destination, []).append((source, stream))

    def traffic(self, call: Call, channel: MediaChannel) -> ChannelTraffic | None:
        """None where the channel's address is not known or nobody opened it."""
        if channel.media is None or channel.state not in {ChannelState.OPEN, ChannelState.CLOSED}:
            return None
        found = [
            (source, stream)
            for source, stream in self._during(call, channel, channel.media)
            if stream.ssrc != RTCP and (stream.ssrc != NO_RTP or channel.kind in {"fax", "data"})
        ]
        streams = [stream for _, stream in found]
        rtp = [stream for stream in streams if stream.ssrc >= 0]
        most = max(rtp, key=lambda stream: int(stream.packets), default=None)
        start, end = _span(call, channel, self._clock)
        return ChannelTraffic(
            sum(int(stream.packets) for stream in streams),
            sum(int(stream.octets) for stream in streams),
            sum(stream.expected for stream in rtp) if len(rtp) == len(streams) else None,
            most.jitter if most else 0.0,
            most.greatest_jitter if most else 0.0,
            tuple(dict.fromkeys(source for source, _ in found)),
            tuple(dict.fromkeys(int(stream.payload_type) for stream in rtp)),
            sum(int(stream.packets) for _, stream in self._reports(call, channel)),
            any(stream.first < start - _AFTER or stream.last > end for stream in streams),
        )

    def _reports(self, call: Call, channel: MediaChannel) -> Iterable[tuple[TransportAddress, MediaStream]]:
        """RTCP that the receiver of the channel gets: by the address it named, else RTP's port and one."""
        media = channel.media
        assert media is not None
        to = channel.control or media._replace(port=min(media.port + 1, 65535))
        return (each for each in self._during(call, channel, to) if each[1].ssrc == RTCP)

    def _during(
        self, call: Call, channel: MediaChannel, to: TransportAddress
    ) -> list[tuple[TransportAddress, MediaStream]]:
        """A port is used by one call after the other, so only what overlaps in time."""
        start, end = _span(call, channel, self._clock)
        return [each for each in self._to.get(to, ()) if each[1].first <= end and each[1].last >= start]


def _span(call: Call, channel: MediaChannel, clock: CaptureClock) -> tuple[float, float]:
    """When packets can be the channel's. The media of a switched call moves from one to the next."""
    if call.is_switched and channel.opened is not None:
        end = channel.closed if channel.closed is not None else call.ended
        return clock.span(channel.opened, inf if end is None else end)
    start = -inf if call.setup is None else call.setup
    return clock.span(start, inf if call.ended is None else call.ended + _AFTER)


def stream_ends(ends: bytes) -> tuple[TransportAddress, TransportAddress]:
    """Source and destination of `MediaStream.ends`."""
    ports = int.from_bytes(ends[-4:-2], "big"), int.from_bytes(ends[-2:], "big")
    half = (len(ends) - 4) // 2
    read = ipv4_address if half == 4 else ipv6_address
    source, destination = read(ends[:half]), read(ends[half : 2 * half])
    return TransportAddress(source, ports[0]), TransportAddress(destination, ports[1])


def packets_of(call: Call, index: MediaIndex, sender: Side) -> int | None:
    """Audio packets that a side sent; None where no audio channel of its was agreed on, or not where to."""
    counts = [
        traffic.packets
        for channel in call.channels
        if channel.kind == "audio" and channel.sender is sender
        for traffic in [index.traffic(call, channel)]
        if traffic is not None
    ]
    return sum(counts) if counts else None


def audio_findings(calls: Iterable[Call], indexes: Sequence[MediaIndex]) -> tuple[Finding, ...]:
    """Audio that was heard one way only, and with two captures audio that only one of them has."""
    found = []
    for call in calls:
        for sender in Side:
            finding = _silent(call, sender, indexes)
            if finding is not None:
                found.append(finding)
    return tuple(found)


def dropped_audio(call: Call, sender: Side, indexes: Sequence[MediaIndex]) -> int | None:
    """The number of the one of two captures that alone has what a side of a call sent; None: no one has."""
    counts = _counts(call, sender, indexes)
    if counts is None or len(counts) != 2 or min(counts) > 0 or max(counts) < _ENOUGH:
        return None
    lacking = counts.index(0)
    # That it should cross the firewall is only sure where the other direction is seen behind it.
    return 1 - lacking if packets_of(call, indexes[lacking], sender.other) else None


def _counts(call: Call, sender: Side, indexes: Sequence[MediaIndex]) -> list[int] | None:
    """Packets in each capture; None where nothing can be concluded from them."""
    if call.connected is None or any(index.missed for index in indexes):
        return None
    own = [packets_of(call, index, sender) for index in indexes]
    return None if None in own else [count or 0 for count in own]


def _silent(call: Call, sender: Side, indexes: Sequence[MediaIndex]) -> Finding | None:
    counts = _counts(call, sender, indexes)
    if counts is None:
        return None
    where = ", ".join(
        str(channel.media) for channel in call.channels if channel.sender is sender and channel.media
    )
    what = f"call {_name(call)}: audio from the {sender.value} side to {where}"
    if dropped_audio(call, sender, indexes) is not None:
        sentence = f"{what}: {max(counts)} packets in one capture and none in the other"
        return _finding(AUDIO_DROPPED, sentence, call)
    heard = max(packets_of(call, index, sender.other) or 0 for index in indexes)
    if max(counts) == 0 and heard >= _ENOUGH:
        sentence = f"{what}: no packet, and {heard} in the other direction"
        return _finding(AUDIO_ONE_WAY, sentence, call)
    return None


def _finding(code: Code, sentence: str, call: Call) -> Finding:
    return Finding(code, sentence, Stage.MEDIA, tuple(call.frames))


def _name(call: Call) -> str:
    return f"{call.calling or call.caller} > {call.called_party or call.called}"
