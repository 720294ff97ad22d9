"""Callers of an endpoint that has a call already: each hears busy."""

from ringfence.actors.call_messages import MessageStream, content, frame, release_complete
from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Commands,
    SendStream,
    StreamClosed,
    StreamId,
    StreamReceived,
)
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling

_MOST = 16  # connections that may wait for their refusal


class Busy:
    """Keeps a connection until its Setup has come and been refused (Q.850 cause 17)."""

    def __init__(self) -> None:
        self._waiting: dict[StreamId, MessageStream] = {}

    def __contains__(self, stream: StreamId) -> bool:
        return stream in self._waiting

    def accept(self, stream: StreamId) -> Commands:
        if len(self._waiting) >= _MOST:
            return (CloseStream(stream, abort=True),)
        self._waiting[stream] = MessageStream()
        return NOTHING

    def handle(self, event: StreamReceived | StreamClosed) -> Commands:
        if isinstance(event, StreamClosed):
            del self._waiting[event.stream]
            return NOTHING
        try:
            whole = self._waiting[event.stream].take(event.data)
            if not whole:
                return NOTHING
            setup = call_signalling.decode(whole[0])
        except DecodeError:
            del self._waiting[event.stream]
            return (CloseStream(event.stream, abort=True),)
        del self._waiting[event.stream]
        refusal = release_complete(
            setup.call_reference,
            ("inConf", True),
            from_destination=True,
            identifier=getattr(content(setup), "callIdentifier", None),
        )
        return (SendStream(event.stream, frame(refusal)), CloseStream(event.stream))
