"""What an endpoint is to do about calls, and where it stands; each state carries its own deadline."""

from dataclasses import dataclass, field
from typing import TypeAlias

from ringfence.actors.endpoint.requests import EndpointCall
from ringfence.actors.io import Noted
from ringfence.actors.ras.dialect import Retry
from ringfence.actors.ras.states import Exchange, Granted
from ringfence.actors.signalling.messages import CallTimers
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import SIGNALLING_PORT
from ringfence.model.findings import Finding
from ringfence.model.findings.signal import CALL_FAILED
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras


@dataclass(frozen=True, slots=True)
class CallPlan:
    """`call`: whom to call `after` seconds of registration ("": nobody). `hold` seconds of conversation, then
    the caller hangs up (None: never); `ring` seconds before a call is answered. `rtp_port` is what is said of
    the media. Without `tunnelling`, H.245 is awaited at `h245_port` (0: nowhere, the peer has to say where).

    H.225.0's default for ARQ is 5 s and two retries, for DRQ 3 s and one.
    """

    call: str = ""
    after: float = 0.0
    hold: float | None = 1.0
    ring: float = 1.0
    fast_start: bool = True
    tunnelling: bool = True
    rtp_port: int = 5004
    h245_port: int = 0
    timers: CallTimers = field(default_factory=CallTimers)
    arq: Retry = field(default_factory=lambda: Retry(5.0, 3))
    drq: Retry = field(default_factory=lambda: Retry(3.0, 2))

    def __post_init__(self) -> None:
        if self.ring <= 0 or (self.hold is not None and self.hold <= 0):
            raise ValueError("ringing and conversation last longer than 0 s")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """How a call went so far. `ended` says why, and is empty while it has not."""

    peer: str
    outgoing: bool
    connected: bool = False
    media: bool = False  # both sides have said where audio goes
    ended: str = ""


@dataclass(frozen=True, slots=True)
class NoCall:
    deadline: None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """ARQ or DRQ is out; `call` is the one to admit, None when it is over."""

    exchange: Exchange
    call: EndpointCall | None

    @property
    def deadline(self) -> float:
        return self.exchange.deadline


@dataclass(frozen=True, slots=True)
class Opening:
    call: EndpointCall
    deadline: None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Setup is out, or a caller was told to call by way of the gatekeeper."""

    call: EndpointCall
    deadline: float


@dataclass(frozen=True, slots=True)
class Ringing:
    call: EndpointCall
    deadline: float


@dataclass(frozen=True, slots=True)
class Talking:
    call: EndpointCall
    deadline: float | None


CallState: TypeAlias = NoCall | Asking | Opening | Waiting | Ringing | Talking


@dataclass(frozen=True, slots=True)
class GrantedRegistration:
    granted: Granted
    ras: TransportAddress
    pre_granted: h225.PreGrantedARQ | None


def answers(exchange: Exchange, message: ras.RasMessage, source: TransportAddress) -> bool:
    """Whether a message is the answer to a request that is out, from whom it was sent to."""
    number = getattr(message, "requestSeqNum", None)
    return number == exchange.sequence and source == exchange.destination


def call_failed(call: EndpointCall, why: str) -> Noted:
    """The finding for a call that was never connected."""
    whom = f"{'to' if call.outgoing else 'from'} {call.peer or 'somebody'}"
    return Noted(Finding(CALL_FAILED, f"the call {whom} failed: {why}", Stage.SIGNAL))


def call_port(granted: Granted) -> TransportAddress:
    """Where the gatekeeper takes calls, as its RCF says or by default."""
    return granted.call_signalling or TransportAddress(granted.gatekeeper.ip, SIGNALLING_PORT)
