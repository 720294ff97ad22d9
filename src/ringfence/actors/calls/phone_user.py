"""A phone's user on its permanent channel: dials, answers, holds, transfers, hangs up; and the phone's audio.

The script of a call that is placed: off-hook, listening to the tones of a gateway where the switch has one,
the digits, audio, hold, audio again, then waiting for the far end. Of one that comes in: ringing, off-hook,
audio, and after some quiet the end of it, or a transfer. Whoever placed the call speaks first in its odd
stretches of audio, whoever took it in the even ones: so each direction is opened once from either side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from ringfence.actors.calls import stimulus
from ringfence.actors.calls.tally import TRANSFERRED, CallTally
from ringfence.actors.endpoint import media_channels
from ringfence.actors.io import (
    NOTHING,
    Bind,
    Command,
    Commands,
    DatagramReceived,
    Event,
    MediaTold,
    StreamId,
    TimeUp,
)
from ringfence.actors.media.conversation import Conversation, MediaEnds, beside
from ringfence.actors.signalling import fast_start, messages
from ringfence.actors.signalling.user import PermanentChannel
from ringfence.model.address import UNSPECIFIED, Address, PortRange, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import ccms
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.ccms import CcmsElement
from ringfence.wire.q931 import MessageType

# Seconds; what people and phones take is assumed, and long enough for audio that comes.
_REST = 0.5  # between two calls, and of ringing
_PATIENCE = 8.0  # for audio that does not come
_LONGER = 3 * _PATIENCE  # of whoever leaves it to the other side to go on
_HELD = 0.5
_QUIET = 1.5  # after the last audio, until the called side ends the call


class _Step(Enum):
    IDLE = auto()
    OFF_HOOK = auto()
    DIALLED = auto()
    HELD = auto()
    RESUMED = auto()
    TALKING = auto()  # the caller, until the far end does something
    RINGING = auto()
    ANSWERED = auto()


@dataclass(frozen=True, slots=True)
class UserPlan:
    """What the user does: `calls` are the numbers dialled, one after the other.

    `ports` of RTP and RTCP. `address` of them; None: where the phone is. `transfer`: whom calls that came in
    are transferred to. `transferred`: of `calls` those whose far end does so. `tones`: the switch plays
    tones. `monitors` get copies of its RTCP.
    """

    ports: PortRange
    calls: tuple[str, ...] = ()
    address: Address | None = None
    transfer: str = ""
    transferred: frozenset[str] = field(default_factory=frozenset)
    tones: bool = False
    monitors: tuple[TransportAddress, ...] = ()


class PhoneUser:
    """Uses one channel at a time. `owns` says which UDP ports are its."""

    def __init__(self, plan: UserPlan, random: Random) -> None:
        self._plan = plan
        self._ssrcs = iter(lambda: random.getrandbits(32), None)
        self._pairs = _pairs(plan.ports)
        self._bound: set[TransportAddress] = set()
        self._local = TransportAddress(plan.address or UNSPECIFIED, next(self._pairs))
        self._channel: PermanentChannel | None = None
        self._tally = CallTally(plan.calls, plan.transferred, tones=plan.tones)
        self._step = _Step.IDLE
        self._stretch = 0  # of audio with the same end, counted from the answer on
        self._with: Address | None = None
        self._transferred = False
        self._at: float | None = None
        self._talk: Conversation | None = None

    @property
    def deadline(self) -> float | None:
        talk = None if self._talk is None else self._talk.deadline
        return min((at for at in (self._at, talk) if at is not None), default=None)

    def owns(self, port: int) -> bool:
        return any(each.port == port for each in self._bound)

    def move(self, address: Address) -> None:
        """The phone has this address now."""
        if self._plan.address is None and self._local.ip != address:
            self._local = TransportAddress(address, self._local.port)
            self._bound.clear()

    # The channel

    def offer(self) -> list[bytes]:
        return media_channels.propose(self._local)

    def established(self, channel: PermanentChannel, now: float) -> Commands:
        self._channel = channel
        self._rest(self._tally.again(), now)
        return self._bind()

    def lost(self, stream: StreamId) -> Commands:
        if self._channel is not None and self._channel.stream == stream:
            self._channel = self._at = self._talk = None
            self._step = _Step.IDLE
        return NOTHING

    def heard(self, channel: PermanentChannel, signal: CallSignal, now: float) -> Commands:
        if self._channel is None or channel.stream != self._channel.stream:
            return NOTHING
        elements = getattr(messages.content(signal), "fastStart", None)
        commands: list[Command] = []
        if elements and signal.message_type == MessageType.FACILITY:
            commands += self._directed(fast_start.receiving_end(elements), now)
        for element in _shown(signal):
            commands += self._rung(channel, element, now)
        return tuple(commands)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case DatagramReceived() if self._talk is not None:
                said = self._talk.hear(event, now)
                return (*said, *self._settle(now))
            case TimeUp():
                said = self._talk.due(now) if self._talk is not None else NOTHING
                due = self._at is not None and self._at <= now
                return (*said, *(self._next(now) if due else NOTHING))
            case _:
                return NOTHING

    # Audio

    def _directed(self, end: fast_start.ReceivingEnd | None, now: float) -> Commands:
        """The switch says where audio goes from now on."""
        if end is None:
            self._talk = None
            if self._step is _Step.ANSWERED:
                self._at = now + _LONGER
            return NOTHING
        if self._step not in {_Step.IDLE, _Step.OFF_HOOK}:
            if self._with not in {None, end.media.ip}:
                self._transferred, self._stretch = True, 0
            self._with = end.media.ip
            self._stretch += 1
        if self._step is not _Step.IDLE:
            self._at = now + (_LONGER if self._step in {_Step.ANSWERED, _Step.TALKING} else _PATIENCE)
        ends = MediaEnds(self._local, end.media, end.control, self._opens(), self._plan.monitors)
        self._talk = Conversation(ends, next(self._ssrcs), now)
        return (MediaTold(ends.local, ends.remote, ends.control, ends.opens),)

    def _opens(self) -> bool:
        match self._step:
            case _Step.IDLE:
                return True  # a gateway's tone
            case _Step.OFF_HOOK:
                return False
            case _Step.ANSWERED:
                return self._stretch % 2 == 0
            case _:
                return self._stretch % 2 == 1

    def _settle(self, now: float) -> Commands:
        """What follows when audio was heard both ways."""
        if self._talk is None or not self._talk.done:
            return NOTHING
        match self._step:
            case _Step.OFF_HOOK | _Step.DIALLED | _Step.RESUMED | _Step.TALKING:
                if self._tally.heard(TRANSFERRED if self._transferred else self._stretch):
                    self._at = now + (_LONGER if self._step is _Step.TALKING else _HELD)
            case _Step.ANSWERED:
                self._at = now + _QUIET
            case _:
                pass
        return NOTHING

    # Keys

    def _next(self, now: float) -> Commands:
        """The next thing the user does, when its time has come."""
        channel, self._at = self._channel, None
        if channel is None:
            return NOTHING
        match self._step:
            case _Step.IDLE if self._tally.number:
                self._enter(_Step.OFF_HOOK, now + (_PATIENCE / 2 if self._plan.tones else _REST))
                self._begin()
                return (*self._draw(channel), _press(channel, stimulus.OFF_HOOK))
            case _Step.OFF_HOOK:
                self._enter(_Step.DIALLED, now + _PATIENCE)
                return tuple(_press(channel, key) for key in stimulus.digits(self._tally.number))
            case _Step.DIALLED if self._stretch:
                self._enter(_Step.HELD, now + _HELD)
                return (_press(channel, stimulus.HOLD),)
            case _Step.HELD:
                self._enter(_Step.RESUMED, now + _PATIENCE)
                return (*self._draw(channel), _press(channel, stimulus.APPEARANCE))
            case _Step.RESUMED:
                self._enter(_Step.TALKING, now + _LONGER)
                return NOTHING
            case _Step.DIALLED | _Step.TALKING:
                return self._hang_up(channel, now)
            case _Step.RINGING:
                self._enter(_Step.ANSWERED, now + _LONGER)
                self._begin()
                return (*self._draw(channel), _press(channel, stimulus.OFF_HOOK))
            case _Step.ANSWERED:
                keys = (
                    (stimulus.TRANSFER, *stimulus.digits(self._plan.transfer)) if self._plan.transfer else ()
                )
                self._enter(_Step.IDLE, None)
                self._talk = None
                return tuple(_press(channel, key) for key in (*keys, stimulus.ON_HOOK))
            case _:
                return NOTHING

    def _rung(self, channel: PermanentChannel, element: CcmsElement, now: float) -> Commands:
        match element:
            case stimulus.RING if self._step is _Step.IDLE:
                self._enter(_Step.RINGING, now + _REST)
            case stimulus.RINGER_OFF if self._step is _Step.RINGING:
                self._enter(_Step.IDLE, None)
            case stimulus.DISCONNECT if self._step is _Step.ANSWERED:
                self._enter(_Step.IDLE, None)
                self._talk = None
                return (_press(channel, stimulus.ON_HOOK),)
            case stimulus.DISCONNECT if self._step not in {_Step.IDLE, _Step.RINGING}:
                return self._hang_up(channel, now)
            case _:
                pass
        return NOTHING

    def _hang_up(self, channel: PermanentChannel, now: float) -> Commands:
        """The end of a call that was placed here."""
        self._talk = None
        wait, told = self._tally.ended()
        self._rest(wait, now)
        return (_press(channel, stimulus.ON_HOOK), *told)

    def _rest(self, wait: float | None, now: float) -> None:
        self._enter(_Step.IDLE, None if wait is None else now + _REST + wait)

    def _begin(self) -> None:
        self._stretch, self._with, self._transferred = 0, None, False

    def _enter(self, step: _Step, at: float | None) -> None:
        self._step, self._at = step, at

    def _draw(self, channel: PermanentChannel) -> Commands:
        """Another port for what comes, told in fastStart. That a set tells it so, and not only when its
        channel begins, is assumed: no source shows a set that changes its port.
        """
        self._local = TransportAddress(self._local.ip, next(self._pairs))
        return (*self._bind(), channel.facility(self.offer()))

    def _bind(self) -> Commands:
        new = [each for each in (self._local, beside(self._local)) if each not in self._bound]
        self._bound.update(new)
        return tuple(map(Bind, new))


def _pairs(ports: PortRange) -> Iterator[int]:
    """Even ports, in turn from the bottom and from the top of the range, each with the odd one behind it."""
    first, count = ports.first + (ports.first & 1), len(ports) // 2
    while True:
        for number in range(count):
            yield first + 2 * (number // 2 if number % 2 == 0 else count - 1 - number // 2)


def _press(channel: PermanentChannel, key: CcmsElement) -> Command:
    return channel.information(stimulus.from_phone(key))


def _shown(signal: CallSignal) -> list[CcmsElement]:
    if signal.user_information is None:
        return []
    try:
        frames = ccms.find(signal.user_information.h323_uu_pdu.nonStandardControl)
    except DecodeError:
        return []
    return [element for frame in frames if frame.to_phone for element in frame.elements]
