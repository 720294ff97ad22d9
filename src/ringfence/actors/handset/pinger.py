"""ICMP echo from a handset to its gatekeeper at a steady interval."""

from dataclasses import dataclass

from ringfence.actors.io import (
    NOTHING,
    Commands,
    EchoReplied,
    Event,
    Noted,
    SendEcho,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.model.address import Address
from ringfence.model.defaults import ECHO_INTERVAL
from ringfence.model.findings import Finding
from ringfence.model.findings.echo import ECHO_UNANSWERED
from ringfence.model.flow import Basis, Evidence
from ringfence.model.stage import Stage

INTERVAL_BASIS = Basis(
    Evidence.FIELD_REPORT,
    "one engineer's packet captures: an echo to the gatekeeper every 15 minutes; manuals only say that a "
    "handset answers pings and originates them when the gatekeeper tells it to",
)


@dataclass(frozen=True, slots=True)
class PingerConfig:
    """`interval` seconds between echo requests (see INTERVAL_BASIS), `timeout` seconds until one is missed.

    `timeout` is assumed, and must be shorter than `interval`. `identifier` tells this pinger's echoes from
    another's on the same host.
    """

    source: Address
    destination: Address
    interval: float = ECHO_INTERVAL
    timeout: float = 5.0
    identifier: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.timeout < self.interval:
            raise ValueError(
                f"echo timeout {self.timeout} s must lie between 0 and the interval {self.interval} s"
            )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An echo request is out."""

    sequence: int
    sent: float
    deadline: float


@dataclass(frozen=True, slots=True)
class _Resting:
    """Until the next echo request."""

    sequence: int
    deadline: float


class Pinger:
    """`answered` and `missed` count echo requests; the stage is reached at the first answer."""

    def __init__(self, config: PingerConfig) -> None:
        self._config = config
        self._state: _Waiting | _Resting | None = None
        self.answered = 0
        self.missed = 0

    @property
    def deadline(self) -> float | None:
        return None if self._state is None else self._state.deadline

    def handle(self, event: Event, now: float) -> Commands:
        state = self._state
        match event:
            case Started() if state is None:
                return self._send(1, now)
            case TimeUp() if isinstance(state, _Waiting) and now >= state.deadline:
                return self._miss(state, now)
            case TimeUp() if isinstance(state, _Resting) and now >= state.deadline:
                return self._send(state.sequence % 0xFFFF + 1, now)
            case EchoReplied(source=source, identifier=identifier, sequence=sequence) if isinstance(
                state, _Waiting
            ) and (source, identifier, sequence) == (
                self._config.destination,
                self._config.identifier,
                state.sequence,
            ):
                return self._answer(state, now)
            case _:
                return NOTHING

    def _send(self, sequence: int, now: float) -> Commands:
        config = self._config
        self._state = _Waiting(sequence, now, now + config.timeout)
        return (SendEcho(config.source, config.destination, config.identifier, sequence),)

    def _answer(self, state: _Waiting, now: float) -> Commands:
        self._rest(state, now)
        self.answered += 1
        if self.answered > 1:
            return NOTHING
        return (StageReached(Stage.ECHO, f"echo reply from {self._config.destination}"),)

    def _miss(self, state: _Waiting, now: float) -> Commands:
        self._rest(state, now)
        self.missed += 1
        sentence = f"no echo reply from {self._config.destination} within {self._config.timeout:g} s"
        noted = Noted(Finding(ECHO_UNANSWERED, sentence, Stage.ECHO))
        if self.answered or self.missed > 1:
            return (noted,)
        return (noted, StageFailed(Stage.ECHO, sentence))

    def _rest(self, state: _Waiting, now: float) -> None:
        following = state.sent + self._config.interval
        # A host that slept through its turn goes on from now; it does not catch up.
        self._state = _Resting(state.sequence, following if following > now else now + self._config.interval)
