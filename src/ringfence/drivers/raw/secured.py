"""A machine whose TLS streams are plain streams of the network below it."""

import ssl
from dataclasses import dataclass

import msgspec

from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    Machine,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.drivers.tls import Tls
from ringfence.model.address import TransportAddress

_HANDSHAKE = 10.0  # seconds for a peer whose stream was accepted


@dataclass(slots=True)
class _Stream:
    """`opened` waits for the handshake, until `deadline`; both None once that is complete."""

    tls: Tls
    timeout: float
    opened: StreamOpened | StreamAccepted | None = None
    deadline: float | None = None


class SecuredMachine:
    """Runs `machine`, and speaks TLS where that opens or accepts streams with it.

    ValueError where it listens for TLS and there is no context for a `server`.
    """

    def __init__(
        self, machine: Machine, client: ssl.SSLContext, server: ssl.SSLContext | None = None
    ) -> None:
        self._machine = machine
        self._client = client
        self._server = server
        self._listening: set[TransportAddress] = set()
        self._streams: dict[StreamId, _Stream] = {}

    @property
    def deadline(self) -> float | None:
        waits = [self._machine.deadline, *(each.deadline for each in self._streams.values())]
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case TimeUp():
                return self._time_up(event, now)
            case StreamOpened(stream=stream) if stream in self._streams:
                found = self._streams[stream]
                found.opened, found.deadline = event, now + found.timeout
                return self._shake(found, b"", now)
            case StreamAccepted(stream=stream, local=local) if self._server and local in self._listening:
                tls = Tls(self._server, server_side=True, peer="")
                self._streams[stream] = _Stream(tls, _HANDSHAKE, event, now + _HANDSHAKE)
                return NOTHING
            case StreamReceived(stream=stream, data=data) if stream in self._streams:
                found = self._streams[stream]
                return self._shake(found, data, now) if found.opened else self._take(found, event, now)
            case StreamClosed(stream=stream) if stream in self._streams:
                if self._streams.pop(stream).opened is None:
                    return self._tell(event, now)
                why = event.reason or "closed by the peer before it was open"
                return self._not_opened(stream, why, now)
            case StreamFailed(stream=stream):
                self._streams.pop(stream, None)
                return self._tell(event, now)
            case _:
                return self._tell(event, now)

    def _time_up(self, event: TimeUp, now: float) -> Commands:
        commands: list[Command] = []
        for stream, each in [*self._streams.items()]:
            if each.deadline is not None and each.deadline <= now:
                commands += self._failed(stream, "TLS: timed out", now)
        due = self._machine.deadline
        if due is not None and due <= now:
            commands += self._tell(event, now)
        return tuple(commands)

    def _shake(self, found: _Stream, data: bytes, now: float) -> Commands:
        opened = found.opened
        assert opened is not None
        try:
            complete = found.tls.handshake(data)
        except ssl.SSLError as error:
            alert = _sent(opened.stream, found.tls.output())
            return (*alert, *self._failed(opened.stream, f"TLS: {error.reason or error}", now))
        said = _sent(opened.stream, found.tls.output())
        if not complete:
            return said
        found.opened = found.deadline = None
        told = self._tell(opened, now)
        if opened.stream not in self._streams:  # the machine has closed it
            return (*said, *told)
        # Data can follow the handshake in one segment.
        return (*said, *told, *self._take(found, StreamReceived(opened.stream, b""), now))

    def _take(self, found: _Stream, event: StreamReceived, now: float) -> Commands:
        stream = event.stream
        try:
            clear, ended = found.tls.decrypt(event.data)
        except ssl.SSLError as error:
            del self._streams[stream]
            told = self._tell(StreamClosed(stream, f"TLS: {error.reason or error}"), now)
            return (CloseStream(stream, abort=True), *told)
        commands = [*_sent(stream, found.tls.output())]  # key updates
        if clear:
            commands += self._tell(StreamReceived(stream, clear), now)
        if ended and stream in self._streams:
            del self._streams[stream]
            commands += [CloseStream(stream), *self._tell(StreamClosed(stream), now)]
        return tuple(commands)

    def _failed(self, stream: StreamId, why: str, now: float) -> Commands:
        del self._streams[stream]
        return (CloseStream(stream, abort=True), *self._not_opened(stream, why, now))

    def _not_opened(self, stream: StreamId, why: str, now: float) -> Commands:
        """Of a stream that it was to accept the machine has not heard yet."""
        return self._tell(StreamFailed(stream, why, StreamFault.TLS), now) if stream > 0 else NOTHING

    def _tell(self, event: Event, now: float) -> Commands:
        return tuple(
            outward for command in self._machine.handle(event, now) for outward in self._outward(command)
        )

    def _outward(self, command: Command) -> Commands:
        match command:
            case OpenStream(stream=stream, tls=True):
                peer = str(command.destination.ip)
                tls = Tls(self._client, server_side=False, peer=peer)
                self._streams[stream] = _Stream(tls, command.timeout)
                return (msgspec.structs.replace(command, tls=False),)
            case Listen(local=local, tls=True):
                if self._server is None:
                    raise ValueError(f"{local}: TLS without a context for a server")
                self._listening.add(local)
                return (msgspec.structs.replace(command, tls=False),)
            case SendStream(stream=stream, data=data) if stream in self._streams:
                found = self._streams[stream]
                found.tls.encrypt(data)
                return _sent(stream, found.tls.output())
            case CloseStream(stream=stream, abort=abort) if stream in self._streams:
                found = self._streams.pop(stream)
                if abort or found.opened is not None:
                    return (command,)
                found.tls.goodbye()
                return (*_sent(stream, found.tls.output()), command)
            case _:
                return (command,)


def _sent(stream: StreamId, data: bytes) -> Commands:
    return (SendStream(stream, data),) if data else ()
