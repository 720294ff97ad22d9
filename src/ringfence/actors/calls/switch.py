"""The switch behind a gatekeeper: it hears keys, rings, and tells each phone where to send its audio.

Phones have no call signalling of their own: a call is key presses in Information messages and media addresses
in Facility messages on each phone's permanent channel. An off-hook phone hears tones from a gateway; when the
called party answers, media moves at once to the direct path, as Communication Manager does where it may
(shuffling); hold, transfer and hanging up are further such moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.actors.calls import stimulus
from ringfence.actors.gatekeeper.registrations import Registrations
from ringfence.actors.io import NOTHING, Command, Commands, SendStream, StreamId
from ringfence.actors.signalling import fast_start, messages
from ringfence.actors.signalling.fast_start import ReceivingEnd
from ringfence.actors.signalling.user import PermanentChannel
from ringfence.model.address import Address, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import ccms
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.ccms import CcmsElement


@dataclass(frozen=True, slots=True)
class SwitchConfig:
    """`tones`: numbers of the gateways that play tones, the first that is there.

    `translated`: by the address where an end receives, and the one of whoever is told of it, what it is told
    instead: the switch knows native and translated address of a phone, and who is behind the same translation
    (Communication Manager, NAT shuffling).
    """

    tones: tuple[str, ...] = ()
    translated: Mapping[tuple[Address, Address], Address] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Line:
    """One phone's channel. `end`: where it receives; `peer`: whose audio it was told to exchange."""

    channel: PermanentChannel
    number: str
    end: ReceivingEnd | None = None
    off_hook: bool = False
    dialled: str = ""
    transferring: bool = False
    call: "_Call | None" = None
    peer: "_Line | None" = None


@dataclass(slots=True, eq=False)
class _Call:
    caller: _Line
    called: _Line
    answered: bool = False
    held: bool = False

    def other(self, line: _Line) -> _Line:
        return self.called if line is self.caller else self.caller


class Switch:
    """Uses the permanent channels of a gatekeeper; `table` says whose each is, by the address of its peer."""

    def __init__(self, config: SwitchConfig, table: Registrations, port: int) -> None:
        self._config = config
        self._table = table
        self._port = port  # of call signalling at phones that open the connection themselves
        self._lines: dict[StreamId, _Line] = {}
        self._by_number: dict[str, _Line] = {}
        self._longest = 0  # digits that any number had

    def offer(self) -> list[bytes]:
        return []

    def established(self, channel: PermanentChannel, now: float) -> Commands:
        remote = channel.remote
        known = self._table.by_call_signalling(remote) or self._table.by_call_signalling(
            TransportAddress(remote.ip, self._port)
        )
        number = next(iter(known.aliases), "") if known is not None else ""
        line = self._lines[channel.stream] = _Line(channel, number)
        if number:
            self._by_number[number] = line
            self._longest = max(self._longest, len(number))
        return NOTHING

    def heard(self, channel: PermanentChannel, signal: CallSignal, now: float) -> Commands:
        line = self._lines.get(channel.stream)
        if line is None:
            return NOTHING
        told = fast_start.receiving_end(getattr(messages.content(signal), "fastStart", None))
        line.end = told or line.end
        commands: list[Command] = []
        for element in _keys(signal):
            commands += self._pressed(line, element)
        return tuple(commands)

    def lost(self, stream: StreamId) -> Commands:
        """Whoever talked to that phone is released."""
        line = self._lines.pop(stream, None)
        if line is None:
            return NOTHING
        if self._by_number.get(line.number) is line:
            del self._by_number[line.number]
        return tuple(each for each in self._leave(line) if each.stream != stream)

    # Keys

    def _pressed(self, line: _Line, element: CcmsElement) -> tuple[SendStream, ...]:
        if (hook := stimulus.hook_of(element)) is not None:
            return self._off_hook(line) if hook else self._leave(line)
        if digit := stimulus.digit_of(element):
            return self._dialled(line, digit)
        call = line.call
        if call is None or not call.answered:
            return ()
        match element:
            case stimulus.HOLD if not call.held:
                call.held = True
                return (*self._direct(call.caller, None), *self._direct(call.called, None))
            case stimulus.APPEARANCE if call.held:
                call.held = False
                return self._join(call)
            case stimulus.TRANSFER:
                line.transferring, line.dialled = True, ""
                return (*self._direct(line, None), *self._direct(call.other(line), None))
            case _:
                return ()

    def _off_hook(self, line: _Line) -> tuple[SendStream, ...]:
        line.off_hook, line.dialled = True, ""
        if line.call is not None:
            return self._answered(line.call) if line.call.called is line else ()
        tones = self._tones(line)
        return () if tones is None else (*self._direct(line, tones), *self._direct(tones, line))

    def _tones(self, line: _Line) -> _Line | None:
        """A gateway that is free: it plays dial tone and ringing to one phone at a time here."""
        lines = (self._by_number.get(number) for number in self._config.tones)
        free = (one for one in lines if one is not None and one.call is None and one.peer is None)
        return next((one for one in free if one.end is not None and one is not line), None)

    def _dialled(self, line: _Line, digit: str) -> tuple[SendStream, ...]:
        if not line.off_hook or (line.call is not None and not line.transferring):
            return ()
        line.dialled += digit
        called = self._by_number.get(line.dialled)
        if called is None and len(line.dialled) < self._longest:
            return ()
        if called is not None and called.call is None and called is not line:
            return self._ring(line, called)
        return (self._tell(line, stimulus.DISCONNECT),)  # nobody has it, or it is busy

    def _ring(self, line: _Line, called: _Line) -> tuple[SendStream, ...]:
        caller = line
        if line.call is not None:  # it transfers who it talked to
            caller = line.call.other(line)
            line.call, line.transferring = None, False
        caller.call = called.call = _Call(caller, called)
        words = (
            stimulus.RING_PATTERN,
            stimulus.RING,
            stimulus.shown_text(caller.number),
            stimulus.LAMP_FLASH,
        )
        return tuple(self._tell(called, each) for each in words)

    def _answered(self, call: _Call) -> tuple[SendStream, ...]:
        """In the order that GnuGk sends: ringer, lamps and tone, then the media."""
        if call.answered:
            return ()
        call.answered = True
        words = (stimulus.RINGER_OFF, stimulus.LAMP_STEADY)
        tones = call.caller.peer
        return (
            *(self._tell(call.called, each) for each in words),
            self._tell(call.caller, stimulus.DIAL_TONE_OFF),
            *(() if tones is None else self._direct(tones, None)),
            *self._join(call),
        )

    def _join(self, call: _Call) -> tuple[SendStream, ...]:
        return (*self._direct(call.called, call.caller), *self._direct(call.caller, call.called))

    def _leave(self, line: _Line) -> tuple[SendStream, ...]:
        """On-hook: the call is over, and so is what a gateway played to either side of it."""
        call, line.call = line.call, None
        line.off_hook = line.transferring = False
        said = self._part(line)
        if call is None:
            return said
        other = call.other(line)
        other.call = None
        words = (stimulus.DISCONNECT,) if other.off_hook else (stimulus.RINGER_OFF, stimulus.LAMP_DARK)
        return (*said, *self._part(other), *(self._tell(other, word) for word in words))

    def _part(self, line: _Line) -> tuple[SendStream, ...]:
        """The audio of a line ends, at both its ends."""
        peer = line.peer
        mine = () if peer is None else self._direct(line, None)
        return (*mine, *(self._direct(peer, None) if peer is not None and peer.peer is line else ()))

    # What is told

    def _direct(self, line: _Line, to: _Line | None) -> tuple[SendStream, ...]:
        line.peer = to
        if to is None:
            return (line.channel.facility(fast_start.closed()),)
        if to.end is None:
            return ()
        return (line.channel.facility(fast_start.directed(self._seen(to.end, line))),)

    def _seen(self, end: ReceivingEnd, line: _Line) -> ReceivingEnd:
        """An end as the other phone reaches it."""
        if line.end is None:
            return end
        ip = self._config.translated.get((end.media.ip, line.end.media.ip))
        if ip is None:
            return end
        return ReceivingEnd(TransportAddress(ip, end.media.port), TransportAddress(ip, end.control.port))

    def _tell(self, line: _Line, element: CcmsElement) -> SendStream:
        return line.channel.information(stimulus.to_phone(element))


def _keys(signal: CallSignal) -> list[CcmsElement]:
    if signal.user_information is None:
        return []
    try:
        frames = ccms.find(signal.user_information.h323_uu_pdu.nonStandardControl)
    except DecodeError:
        return []
    return [element for frame in frames if not frame.to_phone for element in frame.elements]
