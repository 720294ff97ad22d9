"""Several machines on one host: an IP Office is gatekeeper, file server and DHCP server at one address.

Events go to the machine whose business they are: datagrams and accepted streams by the port it asked for,
streams by who opened them, echo replies by identifier, time to those whose deadline has come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    EchoReplied,
    Event,
    LinkChanged,
    Listen,
    LogOff,
    Machine,
    OpenStream,
    SendEcho,
    SendFile,
    SendStream,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
    VlanAssigned,
)


@dataclass(slots=True, eq=False)
class _Resident:
    """A machine, and its own numbers for the streams it opened."""

    machine: Machine
    outer: dict[StreamId, StreamId] = field(default_factory=dict)


class Colocated:
    """Owns `machines`, whose ports differ. Stream numbers of different machines may coincide."""

    def __init__(self, machines: Iterable[Machine]) -> None:
        self._residents = tuple(_Resident(machine) for machine in machines)
        self._datagram_ports: dict[int, _Resident] = {}
        self._stream_ports: dict[int, _Resident] = {}
        self._streams: dict[StreamId, tuple[_Resident, StreamId]] = {}
        self._echoes: dict[int, _Resident] = {}
        self._last_stream = 0

    @property
    def deadline(self) -> float | None:
        waiting = (resident.machine.deadline for resident in self._residents)
        return min((deadline for deadline in waiting if deadline is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case TimeUp():
                due = (r for r in self._residents if (at := r.machine.deadline) is not None and at <= now)
                return self._tell(due, event, now)
            case DatagramReceived():
                return self._tell(_one(self._datagram_ports.get(event.destination.port)), event, now)
            case BindFailed():
                port = event.local.port
                return self._tell(
                    _one(self._datagram_ports.get(port) or self._stream_ports.get(port)), event, now
                )
            case StreamAccepted():
                owner = self._stream_ports.get(event.local.port)
                if owner is not None:
                    self._streams[event.stream] = (owner, event.stream)
                return self._tell(_one(owner), event, now)
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed():
                return self._stream(event, now)
            case EchoReplied():
                return self._tell(_one(self._echoes.get(event.identifier)), event, now)
            case Started() | AddressConfigured() | LinkChanged() | LogOff() | VlanAssigned():
                return self._tell(self._residents, event, now)

    def _stream(
        self, event: StreamOpened | StreamReceived | StreamClosed | StreamFailed, now: float
    ) -> Commands:
        known = self._streams.get(event.stream)
        if known is None:
            return NOTHING
        resident, inner = known
        if isinstance(event, StreamClosed | StreamFailed):
            del self._streams[event.stream]
            resident.outer.pop(inner, None)
        return self._tell((resident,), msgspec.structs.replace(event, stream=inner), now)

    def _tell(self, residents: Iterable[_Resident], event: Event, now: float) -> Commands:
        return tuple(
            outward
            for resident in residents
            for command in resident.machine.handle(event, now)
            if (outward := self._outward(resident, command)) is not None
        )

    def _outward(self, resident: _Resident, command: Command) -> Command | None:
        """The command as the host performs it; None for a stream that has ended."""
        match command:
            case Bind():
                self._datagram_ports[command.local.port] = resident
            case Listen():
                self._stream_ports[command.local.port] = resident
            case SendEcho():
                self._echoes[command.identifier] = resident
            case OpenStream():
                self._last_stream += 1
                self._streams[self._last_stream] = (resident, command.stream)
                resident.outer[command.stream] = self._last_stream
                return msgspec.structs.replace(command, stream=self._last_stream)
            case SendStream() | SendFile() | CloseStream():
                return self._stream_command(resident, command)
            case _:
                pass
        return command

    def _stream_command(
        self, resident: _Resident, command: SendStream | SendFile | CloseStream
    ) -> SendStream | SendFile | CloseStream | None:
        inner = command.stream
        outer = inner if inner < 0 else resident.outer.get(inner)
        # By its own number it would reach a stream of another machine.
        if outer is None or outer not in self._streams:
            return None
        if isinstance(command, CloseStream):  # nothing is heard of it after that
            del self._streams[outer]
            resident.outer.pop(inner, None)
        return msgspec.structs.replace(command, stream=outer)


def _one(resident: _Resident | None) -> tuple[_Resident, ...]:
    return () if resident is None else (resident,)
