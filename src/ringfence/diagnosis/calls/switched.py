"""Calls on permanent channels: what an Avaya set and its switch say in CCMS frames and Facility messages.

Such a call has no Setup of its own. It begins with the handset off the hook, or with ringing; its digits are
keys; where its audio goes is told in fastStart of Facility, anew at hold, at transfer and when media becomes
direct.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ringfence.actors.calls import stimulus
from ringfence.diagnosis.calls.call import Call, MediaChannel, Side
from ringfence.diagnosis.calls.channels import close_channels
from ringfence.diagnosis.calls.keys import TEXT, frames_in, has_keys, media_told
from ringfence.diagnosis.calls.streams import Framed
from ringfence.model.address import TransportAddress
from ringfence.wire import ccms
from ringfence.wire.ccms import CcmsElement
from ringfence.wire.q931 import MessageType

_LONGEST_NAME = 60


@dataclass(slots=True)
class _Line:
    """One set's channel. `receives`: what it said of where it takes audio; `rang`: since when, unanswered."""

    receives: dict[TransportAddress, Sequence[MediaChannel]] = field(default_factory=dict)
    phone: TransportAddress | None = None
    switch: TransportAddress | None = None
    rang: float | None = None
    shown: str = ""
    call: Call | None = None

    @property
    def side(self) -> Side:
        """Of the set in its call."""
        return Side.CALLER if self.call is not None and self.call.caller == self.phone else Side.CALLED


class SwitchedCalls:
    """`begun` takes a call that is new; False: there are too many."""

    def __init__(self, begun: Callable[[Call], bool]) -> None:
        self._begun = begun
        self._lines: dict[frozenset[TransportAddress], _Line] = {}

    def knows(self, framed: Framed, message: bytes) -> bool:
        """Whether the message is of a permanent channel whose beginning was not captured."""
        return frozenset({framed.sender, framed.receiver}) in self._lines or has_keys(message)

    def take(self, framed: Framed, message: bytes) -> None:
        """A message of a permanent channel."""
        line = self._lines.setdefault(frozenset({framed.sender, framed.receiver}), _Line())
        if message[4] == MessageType.INFORMATION:
            for frame in frames_in(message):
                self._frame(line, frame, framed)
        else:
            self._media(line, message, framed)

    def closed(self, framed: Framed) -> None:
        line = self._lines.pop(frozenset({framed.sender, framed.receiver}), None)
        if line is not None and line.call is not None:
            line.call.closed = framed.time
            close_channels(line.call, framed.time)

    def _frame(self, line: _Line, frame: ccms.CcmsFrame, framed: Framed) -> None:
        ends = (framed.receiver, framed.sender) if frame.to_phone else (framed.sender, framed.receiver)
        line.phone, line.switch = ends
        for element in frame.elements:
            if frame.to_phone:
                self._told(line, element, framed)
            else:
                self._pressed(line, element, framed)

    def _told(self, line: _Line, element: CcmsElement, framed: Framed) -> None:
        match element:
            case stimulus.RING if line.call is None:
                line.rang, line.shown = framed.time, ""
            case stimulus.RINGER_OFF if line.rang is not None and line.call is None:
                self._begin(line, framed, placed=False)  # nobody answered
                self._end(line, framed, by_phone=False)
            case stimulus.DISCONNECT if line.call is not None:
                self._end(line, framed, by_phone=False)
            case CcmsElement(content=content) if line.rang is not None and content[:1] == bytes([TEXT]):
                line.shown = (line.shown + content[1:].decode("ascii", "replace"))[:_LONGEST_NAME]
            case _:
                pass

    def _pressed(self, line: _Line, element: CcmsElement, framed: Framed) -> None:
        hook, call = stimulus.hook_of(element), line.call
        if hook is True and call is None:
            self._begin(line, framed, placed=line.rang is None)
        elif hook is False and call is not None:
            self._end(line, framed, by_phone=True)
        elif call is not None and call.connected is None and line.side is Side.CALLER:
            call.called_party = (call.called_party + stimulus.digit_of(element))[:_LONGEST_NAME]

    def _begin(self, line: _Line, framed: Framed, *, placed: bool) -> None:
        if line.phone is None or line.switch is None:
            return
        ends = (line.phone, line.switch) if placed else (line.switch, line.phone)
        call = Call(*ends, 1, framed.time if line.rang is None else line.rang, is_switched=True)
        call.setup = call.began
        if not placed:
            call.alerting, call.calling = line.rang, line.shown
        call.frames.append(framed.frame)
        line.call, line.rang = (call if self._begun(call) else None), None

    def _end(self, line: _Line, framed: Framed, *, by_phone: bool) -> None:
        call, side = line.call, line.side
        if call is None:
            return
        call.released, call.released_by = framed.time, side if by_phone else side.other
        call.frames.append(framed.frame)
        close_channels(call, framed.time)
        line.call = None

    def _media(self, line: _Line, message: bytes, framed: Framed) -> None:
        """fastStart of the set says where it receives; that of the switch where the other end does."""
        told = media_told(message)
        if told is None:
            return
        if framed.sender != line.switch:
            line.receives[framed.sender] = told
        elif line.call is not None and message[4] == MessageType.FACILITY:
            self._directed(line, line.call, told, framed)

    def _directed(self, line: _Line, call: Call, told: Sequence[MediaChannel], framed: Framed) -> None:
        close_channels(call, framed.time)
        if not told or line.phone is None:
            return
        ways = ((line.side, told), (line.side.other, line.receives.get(line.phone, ())))
        for sender, channels in ways:
            for channel in channels:
                call.channels.append(channel.opened_by(sender, framed.time))
        answered = line.side is Side.CALLED or bool(call.called_party)
        if call.connected is None and answered:
            call.connected = framed.time
        call.frames.append(framed.frame)
