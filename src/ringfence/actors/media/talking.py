"""A handset and what runs on it once it has its signalling channel: audio and services."""

import msgspec

from ringfence.actors.io import (
    Bind,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Event,
    Listen,
    Machine,
    OpenStream,
    SendStream,
    StageReached,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.model.stage import Stage

_OFFSET = 1 << 30  # of stream numbers: a handset never opens so many


class TalkingHandset:
    """`beside` starts when the handset has reached call signalling; the ports of the two differ."""

    def __init__(self, handset: Machine, beside: Machine) -> None:
        self._handset = handset
        self._beside = beside
        self._started = False
        self._datagram_ports: set[int] = set()
        self._stream_ports: set[int] = set()
        self._accepted: set[StreamId] = set()

    @property
    def deadline(self) -> float | None:
        waits = (self._handset.deadline, self._beside.deadline)
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        if isinstance(event, TimeUp):
            return self._time(event, now)
        if self._is_beside(event):
            return self._tell_beside(event, now)
        return self._tell_handset(event, now)

    def _time(self, event: TimeUp, now: float) -> Commands:
        commands: list[Command] = []
        if (at := self._handset.deadline) is not None and at <= now:
            commands += self._tell_handset(event, now)
        if (at := self._beside.deadline) is not None and at <= now:
            commands += self._tell_beside(event, now)
        return tuple(commands)

    def _tell_handset(self, event: Event, now: float) -> Commands:
        commands = self._handset.handle(event, now)
        signalled = any(isinstance(c, StageReached) and c.stage is Stage.SIGNAL for c in commands)
        if self._started or not signalled:
            return commands
        self._started = True
        return (*commands, *self._tell_beside(Started(), now))

    def _tell_beside(self, event: Event, now: float) -> Commands:
        match event:
            case StreamAccepted(stream=stream):
                self._accepted.add(stream)
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed() if event.stream > 0:
                event = msgspec.structs.replace(event, stream=event.stream - _OFFSET)
            case StreamClosed(stream=stream) | StreamFailed(stream=stream):
                self._accepted.discard(stream)
            case _:
                pass
        return tuple(self._outward(command) for command in self._beside.handle(event, now))

    def _outward(self, command: Command) -> Command:
        match command:
            case Bind():
                self._datagram_ports.add(command.local.port)
            case Listen():
                self._stream_ports.add(command.local.port)
            case OpenStream():
                return msgspec.structs.replace(command, stream=command.stream + _OFFSET)
            case SendStream() | CloseStream() if command.stream > 0:
                return msgspec.structs.replace(command, stream=command.stream + _OFFSET)
            case _:
                pass
        return command

    def _is_beside(self, event: Event) -> bool:
        match event:
            case DatagramReceived(destination=local):
                return local.port in self._datagram_ports
            case BindFailed(local=local):
                return local.port in self._datagram_ports | self._stream_ports
            case StreamAccepted(local=local):
                return local.port in self._stream_ports
            case StreamOpened(stream=stream) | StreamReceived(stream=stream):
                return stream > _OFFSET or stream in self._accepted
            case StreamClosed(stream=stream) | StreamFailed(stream=stream):
                return stream > _OFFSET or stream in self._accepted
            case _:
                return False
