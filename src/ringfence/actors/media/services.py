"""Questions that are asked of phones and by them, and who answers: monitoring and management."""

from dataclasses import dataclass
from itertools import count

from ringfence.actors.io import (
    NOTHING,
    Bind,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Event,
    Listen,
    OpenStream,
    SendDatagram,
    SendStream,
    StageFailed,
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
from ringfence.model.address import Address, TransportAddress
from ringfence.model.packet import Protocol
from ringfence.model.stage import Stage

_AGAIN = 60.0  # assumed: longer than a firewall remembers UDP that was not answered


@dataclass(frozen=True, slots=True)
class Errand:
    """What one end asks the other. `answer` empty: nothing comes back, and nothing is waited for."""

    protocol: Protocol
    local: TransportAddress
    remote: TransportAddress
    question: bytes
    answer: bytes


@dataclass(frozen=True, slots=True)
class Attendant:
    """Where an end answers whom, and what; `answer` empty: it says nothing."""

    protocol: Protocol
    local: TransportAddress
    asker: Address
    answer: bytes


@dataclass(frozen=True, slots=True)
class ServicesConfig:
    """`first`: seconds until errands are first tried; after `tries` an end gives up.

    `reports`: it is the phone's end, whose opinion of the stage counts.
    """

    errands: tuple[Errand, ...]
    attendants: tuple[Attendant, ...]
    first: float = 0.0
    tries: int = 7
    reports: bool = False


class ServiceEnd:
    """All errands of one end, tried until they are answered, and its answers to others."""

    def __init__(self, config: ServicesConfig) -> None:
        self._config = config
        self._open = list(config.errands)
        self._unasked = list(config.attendants)
        self._asked: dict[StreamId, Errand] = {}
        self._accepted: dict[StreamId, Attendant] = {}
        self._streams = count(1)
        self._at: float | None = None
        self._tries = 0
        self._give_up: float | None = None

    @property
    def deadline(self) -> float | None:
        return min((at for at in (self._at, self._give_up) if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return self._start(now)
            case TimeUp():
                tried = self._try(now) if self._at is not None and self._at <= now else NOTHING
                return (*tried, *self._settled(), *self._given_up(now))
            case DatagramReceived():
                return (*self._datagram(event), *self._settled())
            case StreamOpened(stream=stream) if stream in self._asked:
                return (SendStream(stream, self._asked[stream].question),)
            case StreamAccepted(stream=stream, local=local, remote=remote):
                attendant = self._attendant(Protocol.TCP, local, remote.ip)
                if attendant is None:
                    return (CloseStream(stream, abort=True),)
                self._accepted[stream] = attendant
                return NOTHING
            case StreamReceived(stream=stream) if stream in self._asked:
                self._answered(self._asked.pop(stream))
                return (CloseStream(stream), *self._settled())
            case StreamReceived(stream=stream) if stream in self._accepted:
                attendant = self._accepted.pop(stream)
                self._was_asked(attendant)
                return (SendStream(stream, attendant.answer), *self._settled())
            case StreamClosed() | StreamFailed():
                return NOTHING  # it is tried again when its time comes
            case _:
                return NOTHING

    def _start(self, now: float) -> Commands:
        self._at = now + self._config.first if self._open else None
        if self._config.reports:
            self._give_up = now + _AGAIN * self._config.tries
        udp = [each.local for each in self._config.attendants if each.protocol is Protocol.UDP]
        udp += [each.local for each in self._config.errands if each.protocol is Protocol.UDP]
        tcp = [each.local for each in self._config.attendants if each.protocol is Protocol.TCP]
        return (*map(Bind, dict.fromkeys(udp)), *map(Listen, dict.fromkeys(tcp)), *self._settled())

    def _try(self, now: float) -> Commands:
        """Ask everything that is not answered yet; what is never answered is done with once it is sent."""
        self._tries += 1
        said: list[Command] = []
        for errand in tuple(self._open):
            if errand.protocol is Protocol.UDP:
                said.append(SendDatagram(errand.local, errand.remote, errand.question))
                if not errand.answer and self._config.reports:
                    self._answered(errand)
                continue
            stream = next(self._streams)
            self._asked[stream] = errand
            said.append(OpenStream(stream, errand.local.ip, errand.remote))
        again = self._open and self._tries < self._config.tries
        self._at = now + _AGAIN if again else None
        return tuple(said)

    def _datagram(self, event: DatagramReceived) -> Commands:
        for errand in self._open:
            ends = (errand.protocol, errand.local, errand.remote)
            if ends == (Protocol.UDP, event.destination, event.source):
                self._answered(errand)
                return NOTHING
        attendant = self._attendant(Protocol.UDP, event.destination, event.source.ip)
        if attendant is None:
            return NOTHING
        self._was_asked(attendant)
        if not attendant.answer:
            return NOTHING
        return (SendDatagram(event.destination, event.source, attendant.answer),)

    def _attendant(self, protocol: Protocol, local: TransportAddress, asker: Address) -> Attendant | None:
        for each in self._config.attendants:
            if (each.protocol, each.local, each.asker) == (protocol, local, asker):
                return each
        return None

    def _answered(self, errand: Errand) -> None:
        self._open = [each for each in self._open if each is not errand]
        if not self._open:
            self._at = None

    def _was_asked(self, attendant: Attendant) -> None:
        self._unasked = [each for each in self._unasked if each is not attendant]

    def _settled(self) -> Commands:
        if self._give_up is None or self._open or self._unasked:
            return NOTHING
        self._give_up = None
        return (StageReached(Stage.SERVICES, "asked and answered"),)

    def _given_up(self, now: float) -> Commands:
        if self._give_up is None or now < self._give_up:
            return NOTHING
        self._give_up = None
        silent = [f"{each.remote} does not answer" for each in self._open]
        silent += [f"{each.asker} does not ask {each.local}" for each in self._unasked]
        return (StageFailed(Stage.SERVICES, ", ".join(silent)),)
