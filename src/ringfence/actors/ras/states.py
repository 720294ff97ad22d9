"""The states of a RAS client; each carries its own deadline."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from ringfence.actors.ras.dialect import RasTimers, Retry
from ringfence.actors.ras.fields import first_address
from ringfence.model.address import TransportAddress
from ringfence.wire import h225


@dataclass(frozen=True, slots=True)
class Granted:
    """A registration as the RCF gave it. `since` is when it was first confirmed, by the machine's clock.

    `pwdHash`: the gatekeeper chose the password's hash as proof, and may want it in later requests too.
    """

    gatekeeper: TransportAddress
    endpointIdentifier: str
    gatekeeperIdentifier: str | None
    call_signalling: TransportAddress | None
    timeToLive: int | None
    since: float
    pwdHash: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that is out: the same octets again after each time-out, until `left` is 0."""

    sequence: int
    destination: TransportAddress
    octets: bytes
    retry: Retry
    left: int
    deadline: float

    def again(self, now: float) -> "Exchange":
        return replace(self, left=self.left - 1, deadline=now + self.retry.timeout)

    def anew(self, now: float) -> "Exchange":
        """All tries again, the first one now."""
        return replace(self, left=self.retry.tries - 1, deadline=now + self.retry.timeout)

    def wait(self, seconds: float, now: float) -> "Exchange":
        """The peer asked for time (RIP): the retry counter starts again too (H.225.0, RAS timers and RIP)."""
        return replace(self, left=self.retry.tries - 1, deadline=now + seconds)


@dataclass(frozen=True, slots=True)
class Off:
    """Before `Started`, and after leaving."""

    deadline: None = None


@dataclass(frozen=True, slots=True)
class BindPending:
    """A source port was asked for; `taken` when none of the range was to be had."""

    deadline: float
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Discovering:
    """GRQ is out. A gatekeeper that was lost is asked until `search_until`, however often."""

    exchange: Exchange
    candidate: int
    search_until: float

    @property
    def deadline(self) -> float:
        return self.exchange.deadline

    def repeated(self, exchange: Exchange) -> "Discovering":
        return replace(self, exchange=exchange)


@dataclass(frozen=True, slots=True)
class Registering:
    """A full RRQ is out."""

    exchange: Exchange
    candidate: int

    @property
    def deadline(self) -> float:
        return self.exchange.deadline

    def repeated(self, exchange: Exchange) -> "Registering":
        return replace(self, exchange=exchange)


@dataclass(frozen=True, slots=True)
class Registered:
    """Registered, until the deadline for keeping alive."""

    candidate: int
    deadline: float | None


@dataclass(frozen=True, slots=True)
class KeepingAlive:
    """A light-weight RRQ is out."""

    exchange: Exchange
    candidate: int

    @property
    def deadline(self) -> float:
        return self.exchange.deadline

    def repeated(self, exchange: Exchange) -> "KeepingAlive":
        return replace(self, exchange=exchange)


@dataclass(frozen=True, slots=True)
class Unregistering:
    """URQ is out."""

    exchange: Exchange

    @property
    def deadline(self) -> float:
        return self.exchange.deadline

    def repeated(self, exchange: Exchange) -> "Unregistering":
        return replace(self, exchange=exchange)


@dataclass(frozen=True, slots=True)
class Pausing:
    """Not registered; `candidate` is asked at the deadline."""

    candidate: int
    deadline: float


# What a gatekeeper opens with.
GatekeeperRequest: TypeAlias = h225.UnregistrationRequest | h225.InfoRequest | h225.NonStandardMessage
AwaitingAnswer: TypeAlias = Discovering | Registering | KeepingAlive | Unregistering
RasState: TypeAlias = Off | BindPending | AwaitingAnswer | Registered | Pausing


def granted_by(
    rcf: h225.RegistrationConfirm,
    gatekeeper: TransportAddress,
    before: Granted | None,
    now: float,
    *,
    hashed: bool,
) -> Granted:
    """What an RCF grants; what a light-weight one leaves out stays as it was `before`."""
    return Granted(
        gatekeeper=gatekeeper,
        endpointIdentifier=rcf.endpointIdentifier,
        gatekeeperIdentifier=rcf.gatekeeperIdentifier,
        call_signalling=first_address(rcf.callSignalAddress) or (before.call_signalling if before else None),
        timeToLive=rcf.timeToLive,
        since=before.since if before else now,
        pwdHash=hashed,
    )


def registered(candidate: int, granted: Granted, timers: RasTimers, now: float) -> Registered:
    """Until the registration is to be refreshed."""
    ttl = granted.timeToLive
    refresh = timers.registration if ttl is None else max(1.0, ttl * timers.keep_alive_at)
    return Registered(candidate, None if refresh is None else now + refresh)
