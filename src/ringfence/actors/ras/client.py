"""The handset's side of RAS: find a gatekeeper, register, stay registered, answer when it speaks first.

Ladder of the first minute: GRQ, GCF (with a challenge), RRQ (with its answer), RCF; NSM for station data in
Avaya's dialect. Afterwards light-weight RRQs when the RCF set a TTL, full registrations when it did not.
"""

from collections.abc import Iterable
from random import Random

from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    Event,
    LinkChanged,
    LogOff,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.actors.ras.channel import RasChannel
from ringfence.actors.ras.fields import choice_in_words, choice_name, usable_address
from ringfence.actors.ras.gatekeeper_list import GatekeeperList
from ringfence.actors.ras.requests import RasClientConfig, not_registered
from ringfence.actors.ras.states import (
    AwaitingAnswer,
    BindPending,
    Discovering,
    GatekeeperRequest,
    Granted,
    KeepingAlive,
    Off,
    Pausing,
    RasState,
    Registered,
    Registering,
    Unregistering,
    granted_by,
    registered,
)
from ringfence.actors.reports import Reports
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code
from ringfence.model.findings.discover import (
    GRQ_REJECTED,
    GRQ_UNANSWERED,
    RAS_ADDRESS_DIFFERS,
    RAS_ANSWER_FROM_ELSEWHERE,
    RAS_PORTS_TAKEN,
)
from ringfence.model.findings.keep_alive import KEEP_ALIVE_UNANSWERED
from ringfence.model.findings.network import RAS_NOT_UNDERSTOOD
from ringfence.model.findings.notify import UNREGISTERED_BY_GATEKEEPER
from ringfence.model.findings.register import (
    FULL_REGISTRATION_REQUIRED,
    GATEKEEPER_IDENTIFIER_SENT,
    RRQ_REJECTED,
    RRQ_UNANSWERED,
)
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from ringfence.wire.per.notation import UnknownAlternative

# A refused Bind comes back at once; this much later there has been none. A matter of the host, not the wire.
_BIND_SETTLES = 0.01
_TRY_ANOTHER = {"resourceUnavailable", "maintenance", "registerWithAssignedGK"}
_COME_BACK = {"reregistrationRequired", "ttlExpired"}


class RasClient:
    """One handset's RAS channel. `granted` is its registration while it has one; `left`: it gave it up."""

    def __init__(self, config: RasClientConfig, random: Random) -> None:
        self._config = config
        self._timers = config.ras_timers
        self._state: RasState = Off()
        self._channel = RasChannel(config, random)
        self._list = GatekeeperList(config.gatekeepers, multicast=config.multicast)
        self._reports = Reports()
        self._silent: list[str] = []  # this round's unsuccessful candidates, in words
        self._challenged = self.left = False
        self._link = True
        self._station_data: int | None = None  # the number of our own NSM: its answer is no notification
        self.granted: Granted | None = None

    @property
    def deadline(self) -> float | None:
        return self._state.deadline

    @property
    def local(self) -> TransportAddress:
        """Where RAS datagrams to this handset belong."""
        return self._channel.local

    @property
    def gatekeepers(self) -> tuple[TransportAddress, ...]:
        """The list, alternates included: whom the handset accepts call signalling from."""
        return self._list.unicast()

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started() if isinstance(self._state, Off):
                return self._bind(self._config.source_ports.first, now)
            case TimeUp() if self.deadline is not None and now >= self.deadline:
                return self._time_up(now)
            case BindFailed(local=local) if local == self.local and not isinstance(self._state, Off):
                return self._bind_failed(now)
            case DatagramReceived(destination=destination) if destination == self.local:
                return self._received(event, now)
            case LinkChanged(up=up):
                return self._link_changed(up, now)
            case LogOff() if not (self.left or isinstance(self._state, Unregistering)):
                return self._leave(now)
            case _:
                return NOTHING

    def _bind(self, port: int, now: float) -> Commands:
        self._channel.move(port)
        self._state = BindPending(now + _BIND_SETTLES)
        return (Bind(self.local, self._config.interface),)

    def _bind_failed(self, now: float) -> Commands:
        ports = self._config.source_ports
        if self.local.port < ports.last:
            return self._bind(self.local.port + 1, now)
        self._state = BindPending(now + self._timers.restart, taken=True)
        return self._failed(Stage.DISCOVER, RAS_PORTS_TAKEN, f"no RAS source port of {ports} is free")

    def _link_changed(self, up: bool, now: float) -> Commands:
        returned, self._link = up and not self._link, up
        match self._state:
            case Discovering() | Registering() | Registered() | KeepingAlive() as state if returned:
                # To the same gatekeeper first, then the others (H.323 link recovery, Avaya).
                return self._discover(state.candidate, now, self._timers.primary_search)
            case _:
                return NOTHING

    def _time_up(self, now: float) -> Commands:
        match self._state:
            case BindPending(taken=taken):
                return self._bind(self._config.source_ports.first, now) if taken else self._discover(0, now)
            case Pausing(candidate=candidate):
                return self._discover(candidate, now)
            case Registered(candidate=candidate):
                return self._refresh(candidate, now)
            case Discovering() | Registering() | KeepingAlive() | Unregistering() as state:
                return self._unanswered(state, now)
            case Off():
                return NOTHING

    def _unanswered(self, state: AwaitingAnswer, now: float) -> Commands:
        exchange = state.exchange
        if exchange.left or (isinstance(state, Discovering) and now < state.search_until):
            self._state = state.repeated(exchange.again(now) if exchange.left else exchange.anew(now))
            return (self._channel.send(exchange),)
        match state:
            case Discovering(candidate=candidate):
                silence = f"no answer to GRQ from {exchange.destination}"
                return (
                    *self._reports.note(GRQ_UNANSWERED, silence, Stage.DISCOVER, about=silence),
                    *self._lost(silence, Stage.KEEP_ALIVE),
                    *self._next(candidate, silence, now),
                )
            case Registering(candidate=candidate):
                silence = f"no answer to RRQ from {exchange.destination}"
                return self._search(candidate, RRQ_UNANSWERED, silence, now)
            case KeepingAlive(candidate=candidate):
                silence = f"no answer to a keep-alive RRQ from {exchange.destination}"
                return self._search(candidate, KEEP_ALIVE_UNANSWERED, silence, now)
            case Unregistering():
                return self._left(f"no answer to URQ from {exchange.destination}: perhaps not registered")

    def _discover(
        self, candidate: int, now: float, search: float = 0.0, known: TransportAddress | None = None
    ) -> Commands:
        if candidate >= len(self._list):
            return self._end_of_list(now)
        exchange = self._channel.discover(known or self._list[candidate], now)
        self._state = Discovering(exchange, candidate, now + search)
        return (self._channel.send(exchange),)

    def _next(self, candidate: int, why: str, now: float) -> Commands:
        self._silent.append(why)
        return self._discover(candidate + 1, now)

    def _end_of_list(self, now: float) -> Commands:
        self._state = Pausing(0, now + self._timers.restart)
        said = "; ".join(self._silent)
        self._silent.clear()
        return NOTHING if self._reports.reached(Stage.DISCOVER) else self._reports.fail(Stage.DISCOVER, said)

    def _search(self, candidate: int, code: Code, silence: str, now: float) -> Commands:
        """A gatekeeper that worked is silent: look for it before the next one of the list."""
        known = self.granted is not None
        said = (*self._failed(Stage.REGISTER, code, silence), *self._lost(silence, Stage.KEEP_ALIVE))
        if known:
            return (*said, *self._discover(candidate, now, self._timers.primary_search))
        return (*said, *self._next(candidate, silence, now))

    def _gcf(
        self, state: Discovering, gcf: h225.GatekeeperConfirm, source: TransportAddress, now: float
    ) -> Commands:
        if gcf.gatekeeperIdentifier is not None and self._config.family.fragile:
            return self._crash(state.candidate, Stage.DISCOVER, "GCF", now)
        gatekeeper = usable_address(gcf.rasAddress) or source
        noted: Commands = NOTHING
        if gatekeeper != source:
            sentence = f"the GCF came from {source} and names {gatekeeper} for RAS, where the RRQ goes now"
            noted = self._reports.note(RAS_ADDRESS_DIFFERS, sentence, Stage.DISCOVER)
        self._list.learn(gcf.alternateGatekeeper, gcf.assignedGatekeeper)
        tokens = self._channel.prove(gcf, now)
        self._challenged = tokens is not None
        return (
            *noted,
            *self._reports.reach(Stage.DISCOVER, f"GCF from {source}"),
            *self._register(state.candidate, gatekeeper, gcf.gatekeeperIdentifier, tokens, now),
        )

    def _grj(
        self, state: Discovering, grj: h225.GatekeeperReject, source: TransportAddress, now: float
    ) -> Commands:
        why = f"{source} rejected GRQ, {choice_in_words(grj.rejectReason)}"
        self._list.learn_from_reject(grj.altGKInfo)
        noted = self._reports.note(GRQ_REJECTED, why, Stage.DISCOVER, about=why)
        return (*noted, *self._lost(why), *self._next(state.candidate, why, now))

    def _register(
        self,
        candidate: int,
        gatekeeper: TransportAddress,
        identifier: str | None,
        tokens: Iterable[h225.CryptoH323Token] | None,
        now: float,
    ) -> Commands:
        exchange = self._channel.register(
            gatekeeper, now, identifier=identifier, tokens=tokens, renewed=self.granted
        )
        self._state = Registering(exchange, candidate)
        return (self._channel.send(exchange),)

    def _refresh(self, candidate: int, now: float) -> Commands:
        granted = self.granted
        if granted is None:
            return self._discover(candidate, now)
        if granted.timeToLive is None or not self._config.dialect.light_weight_rrq:
            return self._renew(candidate, granted, now)
        exchange = self._channel.keep_alive(granted, granted.timeToLive, now)
        self._state = KeepingAlive(exchange, candidate)
        return (self._channel.send(exchange),)

    def _renew(self, candidate: int, granted: Granted, now: float) -> Commands:
        # A challenge is good for one answer, so a password is proved again from discovery on, and by then
        # the gatekeeper is known even if it was found by multicast (ASSUMED: traces end before that).
        if self._challenged:
            return self._discover(candidate, now, self._timers.primary_search, granted.gatekeeper)
        return self._register(candidate, granted.gatekeeper, granted.gatekeeperIdentifier, None, now)

    def _rcf(self, state: Registering | KeepingAlive, rcf: h225.RegistrationConfirm, now: float) -> Commands:
        if rcf.gatekeeperIdentifier is not None and self._config.family.fragile:
            return self._crash(state.candidate, Stage.REGISTER, "RCF", now)
        before = self.granted
        self._list.learn(rcf.alternateGatekeeper, rcf.assignedGatekeeper)
        self._silent.clear()
        gatekeeper = state.exchange.destination
        self.granted = granted_by(rcf, gatekeeper, before, now, hashed=self._channel.hashes)
        self._state = registered(state.candidate, self.granted, self._timers, now)
        stage = Stage.KEEP_ALIVE if before else Stage.REGISTER
        reached = self._reports.reach(stage, f"RCF from {self.granted.gatekeeper}")
        return (*reached, *(NOTHING if before else self._ask_station_data(self.granted)))

    def _ask_station_data(self, granted: Granted) -> Commands:
        message = self._channel.ask_station_data()
        self._station_data = message.requestSeqNum if message else None
        return (self._channel.say(message, granted.gatekeeper),) if message else NOTHING

    def _rrj(self, state: Registering | KeepingAlive, rrj: h225.RegistrationReject, now: float) -> Commands:
        reason, gatekeeper = choice_name(rrj.rejectReason), state.exchange.destination
        why = f"{gatekeeper} rejected RRQ, {choice_in_words(rrj.rejectReason)}"
        self._list.learn_from_reject(rrj.altGKInfo, rrj.assignedGatekeeper)
        if self.granted is not None and reason in {"fullRegistrationRequired", "discoveryRequired"}:
            noted = self._reports.note(FULL_REGISTRATION_REQUIRED, why, Stage.REGISTER)
            self.granted = None
            return (*noted, *self._discover(state.candidate, now))
        failed = (*self._failed(Stage.REGISTER, RRQ_REJECTED, why), *self._lost(why))
        if reason in _TRY_ANOTHER:
            return (*failed, *self._next(state.candidate, why, now))
        pause = self._timers.restart if reason == "discoveryRequired" else self._timers.rejected
        self._state = Pausing(state.candidate, now + pause)
        return failed

    # What the gatekeeper says

    def _received(self, event: DatagramReceived, now: float) -> Commands:
        source = event.source
        try:
            message = ras.decode(event.data)
        except DecodeError as error:
            sentence = f"a datagram from {source} is not RAS: {error}"
            return self._reports.note(RAS_NOT_UNDERSTOOD, sentence, about=str(source.ip))
        match message:
            case h225.UnregistrationRequest() | h225.InfoRequest() | h225.NonStandardMessage():
                return self._asked(message, source, now)
            case UnknownAlternative() | tuple():
                return NOTHING
        exchange = getattr(self._state, "exchange", None)
        if exchange is None or exchange.sequence != message.requestSeqNum:
            return NOTHING
        if exchange.destination != source and not exchange.destination.ip.is_multicast:
            sentence = f"asked {exchange.destination}, answered by {source}; the answer is not accepted"
            return self._reports.note(RAS_ANSWER_FROM_ELSEWHERE, sentence, Stage.DISCOVER, about=str(source))
        return self._answered(message, source, now)

    def _answered(self, message: ras.RasMessage, source: TransportAddress, now: float) -> Commands:
        match self._state, message:
            case Discovering() as state, h225.GatekeeperConfirm():
                return self._gcf(state, message, source, now)
            case Discovering() as state, h225.GatekeeperReject():
                return self._grj(state, message, source, now)
            case (Registering() | KeepingAlive()) as state, h225.RegistrationConfirm():
                return self._rcf(state, message, now)
            case (Registering() | KeepingAlive()) as state, h225.RegistrationReject():
                return self._rrj(state, message, now)
            case Unregistering(), h225.UnregistrationConfirm():
                return self._left()
            case Unregistering(), h225.UnregistrationReject(rejectReason=reason):
                return self._left(f"{source} rejected URQ, {choice_in_words(reason)}")
            case state, h225.RequestInProgress() if isinstance(state, AwaitingAnswer):
                self._state = state.repeated(state.exchange.wait(message.delay / 1000, now))
        return NOTHING

    def _asked(self, message: GatekeeperRequest, source: TransportAddress, now: float) -> Commands:
        """The gatekeeper speaks first. Only the one that we are registered with is obeyed."""
        granted, number = self.granted, message.requestSeqNum
        if granted is None or source.ip != granted.gatekeeper.ip:
            return NOTHING
        match message:
            case h225.NonStandardMessage():
                if number == self._station_data:
                    self._station_data = None
                    return NOTHING
                return self._reports.reach(Stage.NOTIFY, f"NSM from {source}")
            case h225.InfoRequest():
                reached = self._reports.reach(Stage.NOTIFY, f"IRQ from {source}, answered")
                return (self._channel.say(self._channel.describe(number, granted), source), *reached)
            case h225.UnregistrationRequest():
                return self._unregistered(message, granted, source, now)

    def _unregistered(
        self, urq: h225.UnregistrationRequest, granted: Granted, source: TransportAddress, now: float
    ) -> Commands:
        if urq.endpointIdentifier not in {None, granted.endpointIdentifier}:
            return (self._channel.say(not_registered(urq), source),)
        reason = "undefinedReason" if urq.reason is None else choice_name(urq.reason)
        why = f"{source} sent URQ, {choice_in_words(urq.reason or ('undefinedReason', True))}"
        said = (
            self._channel.say(h225.UnregistrationConfirm(requestSeqNum=urq.requestSeqNum), source),
            *self._reports.reach(Stage.NOTIFY, f"URQ from {source}, answered"),
            *self._reports.note(UNREGISTERED_BY_GATEKEEPER, why, Stage.NOTIFY, about=reason),
            *self._lost(why),
        )
        self._list.learn(urq.alternateGatekeeper, urq.assignedGatekeeper)
        candidate = getattr(self._state, "candidate", 0)
        if reason in _COME_BACK:
            return (*said, *self._discover(candidate, now))
        if reason in _TRY_ANOTHER:
            return (*said, *self._next(candidate, why, now))
        self._state = Pausing(candidate, now + self._timers.taken_over)
        return said

    def _lost(self, why: str, *stages: Stage) -> Commands:
        """There is no registration any more: REGISTER has failed, and `stages`, and may be reached again."""
        self._station_data = None
        if self.granted is None:
            return NOTHING
        self.granted = None
        return tuple(each for stage in (Stage.REGISTER, *stages) for each in self._reports.fail(stage, why))

    def _failed(self, stage: Stage, code: Code, why: str) -> Commands:
        noted = self._reports.note(code, why, stage, about=why)
        return noted if self.granted else (*noted, *self._reports.fail(stage, why))  # else `_lost` says so

    def _crash(self, candidate: int, stage: Stage, message: str, now: float) -> Commands:
        why = f"the {message} has a gatekeeperIdentifier, which makes this handset restart"
        self._state = Pausing(candidate, now + self._timers.restart)
        return (*self._failed(stage, GATEKEEPER_IDENTIFIER_SENT, why), *self._lost(why))

    def _leave(self, now: float) -> Commands:
        if self.granted is None:
            return self._left()
        exchange = self._channel.leave(self.granted, now)
        self._state = Unregistering(exchange)
        return (self._channel.send(exchange),)

    def _left(self, doubt: str = "") -> Commands:  # whether it was registered to the end
        unbind = Unbind(self.local, self._config.interface)
        self._state, self.left, self.granted = Off(), True, None
        return (*(self._reports.fail(Stage.REGISTER, doubt) if doubt else NOTHING), unbind)
