"""Connections to an endpoint on which nothing was said yet: whoever connects is no caller before Setup."""

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import NOTHING, CloseStream, Commands, SendStream, StreamId
from ringfence.actors.signalling.messages import MessageStream, content, framed, release_complete, signals
from ringfence.model.defaults import SETUP_WAIT
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import MessageType

_MOST = 16


class PendingConnections:
    """Keeps accepted connections until each has said its first word, or the wait is over."""

    def __init__(self) -> None:
        self._waiting: dict[StreamId, MessageStream] = {}
        self._until: Deadlines[StreamId] = Deadlines()

    def __contains__(self, stream: StreamId) -> bool:
        return stream in self._waiting

    @property
    def deadline(self) -> float | None:
        return self._until.next

    def accept(self, stream: StreamId, now: float) -> Commands:
        if len(self._waiting) >= _MOST:
            return (CloseStream(stream, abort=True),)
        self._waiting[stream] = MessageStream()
        self._until.put(stream, now + SETUP_WAIT)
        return NOTHING

    def leave(self, stream: StreamId) -> MessageStream:
        self._until.drop(stream)
        return self._waiting.pop(stream)

    def take(self, stream: StreamId, data: bytes) -> list[CallSignal]:
        """What was said; DecodeError when it is no call signalling, or the first word is no Setup."""
        found = [call_signalling.decode(octets) for octets in signals(self._waiting[stream].take(data))]
        if found and found[0].message_type != MessageType.SETUP:
            raise DecodeError(f"{found[0].name} before any Setup")
        return found

    def expire(self, now: float) -> Commands:
        gone = self._until.take(now)
        for stream in gone:
            del self._waiting[stream]
        return tuple(CloseStream(stream, abort=True) for stream in gone)


def refuse(stream: StreamId, setup: CallSignal) -> Commands:
    """Busy (Q.850 cause 17)."""
    refusal = release_complete(
        setup.call_reference,
        ("inConf", True),
        from_destination=True,
        identifier=getattr(content(setup), "callIdentifier", None),
    )
    return (SendStream(stream, framed(refusal)), CloseStream(stream))
