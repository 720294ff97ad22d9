"""The connections of a call router: accepted and opened, used for several calls, closed when idle."""

from collections.abc import Iterator

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper.call_legs import CallChannel, CallLeg, RouterConfig
from ringfence.actors.io import NOTHING, CloseStream, Command, Commands, OpenStream, SendStream, StreamId
from ringfence.actors.signalling import messages
from ringfence.actors.signalling.session import CALL_REFERENCE
from ringfence.model.address import TransportAddress
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import MessageType

# On a permanent connection: its own call, and the global reference; any other is a call of its own.
_OF_PERMANENT = frozenset({0, CALL_REFERENCE})


class CallChannels:
    """`streams` are numbers of the host that the router is on."""

    def __init__(self, config: RouterConfig, local: TransportAddress, streams: Iterator[StreamId]) -> None:
        self._config = config
        self._local = local
        self._streams = streams
        self._channels: dict[StreamId, CallChannel] = {}
        self._reusable: dict[TransportAddress, CallChannel] = {}
        self._idle: Deadlines[StreamId] = Deadlines()

    @property
    def deadline(self) -> float | None:
        return self._idle.next

    def find(self, stream: StreamId) -> CallChannel | None:
        return self._channels.get(stream)

    def has(self, channel: CallChannel) -> bool:
        """Whether it is not closed yet."""
        return self._channels.get(channel.stream) is channel

    def accept(self, stream: StreamId, remote: TransportAddress, now: float) -> Commands:
        if len(self._channels) >= self._config.most_channels:
            return (CloseStream(stream, abort=True),)
        self._channels[stream] = CallChannel(stream, remote, open=True)
        self._idle.put(stream, now + self._config.wait)
        return NOTHING

    def adopt(self, stream: StreamId, remote: TransportAddress) -> CallChannel:
        """A connection that another machine opened, keeps open and closes."""
        channel = self._channels[stream] = CallChannel(stream, remote, open=True, maintain=True)
        return channel

    def is_used(self, channel: CallChannel) -> None:
        """It has brought a Setup."""
        self._idle.drop(channel.stream)

    def towards(self, destination: TransportAddress) -> tuple[CallChannel, Commands]:
        """One that can take another call to there, or a new one and what opens it; to be kept by `keep`."""
        channel = self._reusable.get(destination)
        if channel is not None and channel.multiple:
            return channel, NOTHING
        channel = CallChannel(next(self._streams), destination, open=False)
        wait = self._config.connect_timeout
        return channel, (OpenStream(channel.stream, self._local.ip, destination, timeout=wait),)

    def keep(self, channel: CallChannel) -> None:
        self._channels[channel.stream] = self._reusable[channel.remote] = channel

    def opened(self, channel: CallChannel) -> Commands:
        channel.open = True
        said = tuple(SendStream(channel.stream, octets) for octets in channel.waiting)
        channel.waiting.clear()
        return said

    def send(self, leg: CallLeg, signal: CallSignal) -> Commands:
        """Raises EncodeError."""
        said = signal._replace(call_reference=leg.reference, from_destination=not leg.ours)
        return self.send_octets(leg, messages.framed(said))

    def send_octets(self, leg: CallLeg, octets: bytes) -> Commands:
        if leg.channel.open:
            return (SendStream(leg.channel.stream, octets),)
        if len(leg.channel.waiting) < self._config.most_waiting:
            leg.channel.waiting.append(octets)
        return NOTHING

    def close(self, channel: CallChannel, *, abort: bool = False) -> Commands:
        """Forget a channel; nothing that comes from it means anything any more."""
        self._channels.pop(channel.stream, None)
        self._idle.drop(channel.stream)
        if self._reusable.get(channel.remote) is channel:
            del self._reusable[channel.remote]
        return (CloseStream(channel.stream, abort=abort),)

    def done_with(self, channel: CallChannel) -> Commands:
        """Close it, unless somebody still needs it."""
        needed = channel.calls or channel.held or channel.session is not None or channel.maintain
        return NOTHING if needed or channel.stream not in self._channels else self.close(channel)

    def time_up(self, now: float) -> Commands:
        """Those that were accepted and never brought a Setup are closed."""
        commands: list[Command] = []
        for stream in self._idle.take(now):
            channel = self._channels[stream]
            if not channel.calls and channel.session is None:
                commands += self.close(channel, abort=True)
        return tuple(commands)


def is_of_another_call(channel: CallChannel, octets: bytes) -> bool:
    """Whether a message on a permanent connection begins a telephone call, or belongs to one."""
    reference, flag = int.from_bytes(octets[2:4]) & 0x7FFF, octets[2] >= 0x80
    begins = octets[4] == MessageType.SETUP and not flag and reference not in _OF_PERMANENT
    return begins or (reference, flag) in channel.calls or (not flag and reference in channel.held)
