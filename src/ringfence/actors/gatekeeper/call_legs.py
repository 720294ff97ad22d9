"""What a call router remembers: connections, the two sides of each call, and how it was set up."""

from dataclasses import dataclass, field

from ringfence.actors.io import StreamId
from ringfence.actors.signalling.messages import CallTimers, MessageStream
from ringfence.actors.signalling.session import Session
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import SETUP_WAIT
from ringfence.wire import h225
from ringfence.wire.q931 import MessageType


@dataclass(frozen=True, slots=True)
class RouterConfig:
    """`wait` seconds an accepted connection may stay without a Setup (ASSUMED); `permanent`: whether a Setup
    without destination is answered as the permanent call of an Avaya handset.
    """

    timers: CallTimers = field(default_factory=CallTimers)
    tls: bool = False
    permanent: bool = True
    connect_timeout: float = 3.0  # so that the caller hears of it before its own T303 (4 s) ends
    wait: float = SETUP_WAIT
    most_calls: int = 10_000
    most_channels: int = 20_000
    located: float = SETUP_WAIT  # how long after an LCF, either way, the Setup is waited for
    most_waiting: int = 64  # messages for a connection that is being opened; more of them are lost


@dataclass(slots=True, eq=False)
class CallChannel:
    """One call signalling channel. `calls` by call reference, and whether we opened that call."""

    stream: StreamId
    remote: TransportAddress
    open: bool
    incoming: MessageStream = field(default_factory=MessageStream)
    calls: dict[tuple[int, bool], "RoutedCall"] = field(default_factory=dict)
    waiting: list[bytes] = field(default_factory=list)  # until it is open
    last: int = 0  # the call reference we used last
    multiple: bool = False  # the peer takes several calls on it
    maintain: bool = False  # the peer keeps it between calls
    session: Session | None = None
    held: dict[int, int] = field(default_factory=dict)  # Setups that wait: call reference to their number

    def learn(self, body: object) -> None:
        """What a message says of the connection itself."""
        self.multiple = self.multiple or getattr(body, "multipleCalls", None) is True
        self.maintain = self.maintain or getattr(body, "maintainConnection", None) is True


@dataclass(frozen=True, slots=True)
class CallLeg:
    channel: CallChannel
    reference: int
    ours: bool  # we opened the call on this side

    @property
    def key(self) -> tuple[int, bool]:
        return self.reference, self.ours


@dataclass(slots=True, eq=False)
class RoutedCall:
    number: int
    caller: CallLeg
    callee: CallLeg
    identifier: h225.CallIdentifier | None
    endpoints: tuple[TransportAddress, ...]  # call signalling of the called party, and of a caller of ours
    ringing: bool = False
    connected: bool = False
    proceeding: bool = False  # the caller had a CallProceeding from us
    listed: set[TransportAddress] = field(default_factory=set)  # endpoints that reported it by IRR

    def hear(self, message_type: int) -> None:
        """What the called side has said."""
        self.ringing = self.ringing or message_type == MessageType.ALERTING
        self.connected = self.connected or message_type == MessageType.CONNECT

    def other(self, leg: CallLeg) -> CallLeg:
        return self.callee if leg is self.caller else self.caller


class CallTable:
    """Calls by number, and by the endpoints that are in them."""

    def __init__(self) -> None:
        self._calls: dict[int, RoutedCall] = {}
        self._of_endpoint: dict[TransportAddress, set[int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, number: int) -> RoutedCall:
        return self._calls[number]

    def add(
        self,
        caller: CallLeg,
        callee: CallLeg,
        identifier: h225.CallIdentifier | None,
        endpoints: tuple[TransportAddress, ...],
    ) -> RoutedCall:
        self._count += 1
        call = self._calls[self._count] = RoutedCall(self._count, caller, callee, identifier, endpoints)
        for endpoint in endpoints:
            self._of_endpoint.setdefault(endpoint, set()).add(call.number)
        return call

    def of(self, endpoint: TransportAddress) -> list[RoutedCall]:
        return [self._calls[number] for number in sorted(self._of_endpoint.get(endpoint, ()))]

    def remove(self, call: RoutedCall) -> None:
        del self._calls[call.number]
        for endpoint in set(call.endpoints):
            numbers = self._of_endpoint[endpoint]
            numbers.discard(call.number)
            if not numbers:
                del self._of_endpoint[endpoint]
