"""The gatekeeper: discovery, registration, admission, and whatever it says on its own.

One address, one table. The judging is in `registration` and `admission`; here are
sockets, time and order. With a signalling configuration it opens or awaits call-signalling connections too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

from ringfence.actors.gatekeeper import call_reports
from ringfence.actors.gatekeeper.admission import Admission
from ringfence.actors.gatekeeper.config import Expiry, GatekeeperConfig, NotificationKind
from ringfence.actors.gatekeeper.durable import (
    forget_registration,
    keep_registration,
    restored_gatekeeper,
)
from ringfence.actors.gatekeeper.neighbours import AskedByCall, Located, NeighbourSearches
from ringfence.actors.gatekeeper.notify import Notifier
from ringfence.actors.gatekeeper.postponed import PostponedRequests
from ringfence.actors.gatekeeper.recent import RecentAnswers, keep_alive_pattern
from ringfence.actors.gatekeeper.registration import Registrar, RequestOutcome
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.gatekeeper.replies import (
    acknowledgement,
    not_understood,
    switch_info_response,
)
from ringfence.actors.gatekeeper.signalling import GatekeeperSignalling
from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Command,
    Commands,
    DatagramReceived,
    Event,
    JoinGroup,
    Keep,
    SendDatagram,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.fields import aliases_of
from ringfence.actors.reports import Reports
from ringfence.actors.security.password_hash import HashProofs
from ringfence.model.address import UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DISCOVERY_GROUP, DISCOVERY_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings.discover import DISCOVERY_PORT_TAKEN, GATEKEEPER_PORT_TAKEN
from ringfence.model.findings.network import RAS_NOT_UNDERSTOOD
from ringfence.model.findings.register import KEPT_DROPPED, TTL_EXPIRED
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from ringfence.wire.per import EncodeError
from ringfence.wire.per.notation import UnknownAlternative

_LONGEST = 8192  # octets, ASSUMED: several times an RRQ of a gateway; what is remembered of it is bounded so
# After a long sleep everything is due at once; who asks meanwhile is answered between two such turns.
_MOST_AT_ONCE = 500
_MIN_WAKE_INTERVAL = 0.005  # seconds
_GROUP = TransportAddress(UNSPECIFIED, DISCOVERY_PORT)


class Gatekeeper:
    """`registrations` is its table, to be looked at; `kept` what an earlier gatekeeper kept."""

    def __init__(self, config: GatekeeperConfig, random: Random, kept: Iterable[Keep] = ()) -> None:
        self._users = None if config.users is None else dict(config.users)
        self._config = config = replace(config, users=self._users)
        self._reports = Reports()
        self.registrations = Registrations()
        self._restored = restored_gatekeeper(kept, config.users)
        proofs = HashProofs(self._restored.proofs)
        self._registrar = Registrar(config, self.registrations, self._reports, random, proofs)
        self._admission = Admission(config, self.registrations)
        self._notifier = Notifier(config, self._reports, random.randrange(1, 65536))
        self._recent = RecentAnswers()
        self._postponed = PostponedRequests(config.in_progress)
        self._searches = NeighbourSearches(config, random)
        self._not_before = 0.0
        signalling = GatekeeperSignalling(config, self.registrations, random, self._searches)
        self._signalling = signalling if config.signalling or config.calls else None

    @property
    def deadline(self) -> float | None:
        signalling = None if self._signalling is None else self._signalling.deadline
        candidates = (
            self.registrations.next_expiry,
            self._notifier.deadline,
            self._postponed.deadline,
            self._searches.deadline,
            signalling,
        )
        earliest = min((at for at in candidates if at is not None), default=None)
        return None if earliest is None else max(earliest, self._not_before)

    @property
    def calls(self) -> int:
        """Calls that are being made or under way through this gatekeeper."""
        return 0 if self._signalling is None else self._signalling.calls

    def users_changed(self, users: Mapping[str, str]) -> None:
        """Between two events: these may register from now on. Nobody else is dropped, and whoever is no user
        any more is asked for a full registration by its next keep-alive.
        """
        if self._users is None:
            return
        self._users.clear()
        self._users.update(users)
        for registration in self.registrations:
            if not all(alias in users for alias in registration.aliases):
                registration.keep_alive = None

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case DatagramReceived():
                return self._datagram(event, now)
            case TimeUp():
                deadline = self.deadline
                return NOTHING if deadline is None or now < deadline else self._time_up(now)
            case Started():
                return self._start(now)
            case BindFailed(local=local) if local in {_GROUP, self._config.ras_broadcast}:
                to = DISCOVERY_GROUP if local == _GROUP else local.ip
                sentence = f"{local} is taken: a GRQ to {to} is not received here"
                return self._reports.note(DISCOVERY_PORT_TAKEN, sentence, Stage.DISCOVER, about=str(local))
            case BindFailed(local=local):
                sentence = f"{local} is taken: another gatekeeper runs on this host"
                return (
                    *self._reports.note(GATEKEEPER_PORT_TAKEN, sentence, Stage.DISCOVER, about=str(local)),
                    *self._reports.fail(Stage.DISCOVER, sentence),
                )
            case StreamOpened() | StreamAccepted() | StreamReceived() | StreamClosed() | StreamFailed():
                return NOTHING if self._signalling is None else self._signalling.handle(event, now)
            case _:
                return NOTHING

    def _start(self, now: float) -> Commands:
        interface = self._config.interface
        commands: list[Command] = [Bind(self._config.ras, interface)]
        # A socket bound to one address hears neither a group nor a broadcast.
        if self._config.multicast:
            commands += [Bind(_GROUP, interface), JoinGroup(DISCOVERY_GROUP, interface)]
        if self._config.broadcast:
            commands.append(Bind(self._config.ras_broadcast, interface))
        if self._signalling is not None:
            commands += self._signalling.handle(Started(), now)
        return (*commands, *self._restore(now))

    def _restore(self, now: float) -> Commands:
        """Registrations from before the start have their lifetime anew; handsets are called back in turn."""
        found, refused = self._restored.registrations, list(self._restored.refused)
        for registration in found:
            if self.registrations.clash(registration.aliases) is not None:
                refused.append(forget_registration(registration))
                continue
            self.registrations.add(registration, now)
            self._notifier.registered(registration, now)
            if self._signalling is not None:
                self._signalling.restored(registration, now)
        if found:
            self._registrar.restarted(now)
        if not refused:
            return NOTHING
        sentence = f"{len(refused)} stored records are dropped: unreadable, or of no user in the list now"
        noted = self._reports.note(KEPT_DROPPED, sentence, Stage.REGISTER)
        return (*noted, *(Keep(each.kind, each.key) for each in refused))

    def _time_up(self, now: float) -> Commands:
        commands: list[Command] = []
        for registration in self.registrations.expire(now, _MOST_AT_ONCE):
            sentence = f"nothing was received from {registration.ras} for {registration.lifetime:g} s"
            commands += self._reports.note(TTL_EXPIRED, sentence, Stage.REGISTER, about=str(registration.ras))
            commands.append(forget_registration(registration))
            commands += self._forget(registration, ends_calls=True)
            if self._config.expiry is Expiry.UNREGISTER:
                commands += self._notifier.unregister(registration, ("ttlExpired", True), now)
        for identifier in self._notifier.due(now, _MOST_AT_ONCE):
            due = self.registrations.by_id(identifier)
            if due is not None:
                commands += self._speak_first(due, now)
        commands += self._notifier.repeat(now, _MOST_AT_ONCE)
        for rrq, event in self._postponed.due(now):
            commands += self._conclude(self._registrar.register(rrq, event.source, now), event, now)
        asked, ended = self._searches.time_up(now)
        commands += [*asked, *(each for one in ended for each in self._located(one, now))]
        if self._signalling is not None:
            commands += self._signalling.handle(TimeUp(), now)
        self._not_before = now + _MIN_WAKE_INTERVAL
        return tuple(commands)

    def _speak_first(self, registration: RegisteredEndpoint, now: float) -> Commands:
        commands = self._notifier.notify(registration, now)
        plan = self._config.notification
        if plan is not None and plan.kind is NotificationKind.URQ:
            self.registrations.remove(registration)
            gone = (forget_registration(registration), *self._forget(registration))
            return (*commands, *gone)  # it is to register anew, and keeps its calls
        # What we say ends the silence as well.
        self._notifier.heard(registration, now)
        return commands

    def _forget(self, registration: RegisteredEndpoint, *, ends_calls: bool = False) -> Commands:
        """An endpoint that only registers anew keeps its calls."""
        self._notifier.gone(registration)
        self._recent.forget(registration.ras)
        if self._signalling is None:
            return NOTHING
        ended = self._signalling.end_calls(registration) if ends_calls else NOTHING
        return (*ended, *self._signalling.unregistered(registration))

    def _datagram(self, event: DatagramReceived, now: float) -> Commands:
        group = event.destination.port == DISCOVERY_PORT and self._config.multicast
        group = group or (self._config.broadcast and event.destination == self._config.ras_broadcast)
        if event.destination != self._config.ras and not group:
            return NOTHING
        if len(event.data) > _LONGEST:
            sentence = f"a datagram from {event.source} of {len(event.data)} octets is too long for RAS"
            return self._reports.note(RAS_NOT_UNDERSTOOD, sentence, about=str(event.source.ip))
        registration = self.registrations.by_ras(event.source)
        if registration is not None:
            self._notifier.heard(registration, now)
            kept = self._kept_alive(registration, event, now)
            if kept is not None:
                return (kept,)
        again = self._recent.find(event.source, event.data, now)
        if again is not None:
            return (self._send(event.source, again),)
        try:
            message = ras.decode(event.data)
        except DecodeError as error:
            sentence = f"a datagram from {event.source} is not RAS: {error}"
            return self._reports.note(RAS_NOT_UNDERSTOOD, sentence, about=str(event.source.ip))
        if group:
            return self._multicast(message, event, now)
        return self._message(message, event, registration, now)

    def _kept_alive(
        self, registration: RegisteredEndpoint, event: DatagramReceived, now: float
    ) -> SendDatagram | None:
        """A light-weight RRQ that differs from the last one in its number only, which is octets 2 and 3."""
        data, known = event.data, registration.keep_alive
        if known is None or known[0] != data[:2] + data[4:] or len(data) < 4:
            return None
        self.registrations.refresh(registration, now)
        return self._send(event.source, known[1][:2] + data[2:4] + known[1][2:])

    def _multicast(self, message: ras.RasMessage, event: DatagramReceived, now: float) -> Commands:
        """What everybody is asked: to be discovered (H.225.0 clause 7.8), and who knows an alias (7.13)."""
        match message:
            case h225.GatekeeperRequest():
                outcome = self._registrar.discover(message, event.source, True, now)
                return self._conclude(outcome, event, now)
            case h225.LocationRequest():
                answer = self._admission.locate(message)
                if isinstance(answer, h225.LocationReject):
                    return NOTHING  # whoever knows the alias answers
                self._expect(message, event.source, now)
                return self._conclude(RequestOutcome(answer, event.source), event, now)
            case _:
                return NOTHING

    def _message(
        self, message: ras.RasMessage, event: DatagramReceived, known: RegisteredEndpoint | None, now: float
    ) -> Commands:
        """Each message has its arm, which knows its type; `known` is registered with the sender's address."""
        source, admission = event.source, self._admission
        answer: ras.RasMessage
        match message:
            case h225.RegistrationRequest():
                return self._register(message, event, now)
            case h225.GatekeeperRequest():
                return self._conclude(self._registrar.discover(message, source, False, now), event, now)
            case h225.UnregistrationRequest():
                return self._conclude(self._registrar.unregister(message, source), event, now)
            case h225.InfoRequestResponse():
                return self._reported(message, source, known)
            case h225.UnregistrationConfirm() | h225.UnregistrationReject():
                return self._notifier.answered(message.requestSeqNum, source)
            case h225.NonStandardMessage():
                buttons = None if known is None else switch_info_response(message)
                return NOTHING if buttons is None else (self._send(source, ras.encode(buttons)),)
            case UnknownAlternative():
                unknown = ras.encode(not_understood(message, event.data))
                return NOTHING if known is None else (self._send(source, unknown),)
            case h225.AdmissionRequest():
                answer = admission.admit(message, source)
                if self._searches.may_know(message, answer):
                    caller = "" if known is None else next(iter(known.aliases), "")
                    return self._searches.ask(message, event, caller, now)
            case h225.LocationConfirm() | h225.LocationReject() | h225.RequestInProgress():
                found = self._searches.answered(message, source, now)
                return NOTHING if found is None else self._located(found, now)
            case h225.LocationRequest():
                answer = admission.locate(message)
                self._expect(message, source, now)
            case _:
                found_answer = admission.answer(message, source)
                if found_answer is None:
                    return NOTHING
                answer = found_answer
        return self._conclude(RequestOutcome(answer, source), event, now)

    def _register(self, rrq: h225.RegistrationRequest, event: DatagramReceived, now: float) -> Commands:
        if self._config.in_progress and not rrq.keepAlive:
            rip = self._postponed.put(rrq, event, now)
            return NOTHING if rip is None else (self._send(event.source, rip),)
        outcome = self._registrar.register(rrq, event.source, now)
        registration = self.registrations.by_ras(event.source)
        if rrq.keepAlive and registration is not None:
            answer = outcome.answer if outcome.to == event.source else None
            pattern = keep_alive_pattern(rrq, event.data, answer)
            registration.keep_alive = pattern or registration.keep_alive
        return self._conclude(outcome, event, now)

    def _located(self, found: Located, now: float) -> Commands:
        """The answer to an ARQ, or the rest of a Setup, that had to wait for the neighbours."""
        asker, to, aliases = found
        if isinstance(asker, AskedByCall):
            return NOTHING if self._signalling is None else self._signalling.resume(asker.number, to, now)
        arq, event = asker
        answer: ras.RasMessage = h225.AdmissionReject(
            requestSeqNum=arq.requestSeqNum, rejectReason=("calledPartyNotRegistered", True)
        )
        if to is not None:
            answer = self._admission.beyond(arq, to, aliases)
            if self._signalling is not None:
                names = aliases_of([*(arq.destinationInfo or ()), *aliases])
                self._signalling.located(arq.endpointIdentifier, names, to, now)
        return self._conclude(RequestOutcome(answer, event.source), event, now)

    def _expect(self, lrq: h225.LocationRequest, source: TransportAddress, now: float) -> None:
        """Whom a neighbour asks for, it may call."""
        neighbours = self._config.neighbours
        found = self._admission.located(lrq)
        if self._signalling is None or found is None:
            return
        if source.ip in neighbours or self._config.users is None:
            self._signalling.expect(found, source.ip, now)

    def _conclude(self, outcome: RequestOutcome, event: DatagramReceived, now: float) -> Commands:
        """Send the answer, remember it, and let everyone know what changed."""
        commands = [*_kept(outcome), *outcome.commands]
        if outcome.answer is not None:
            try:
                octets = ras.encode(outcome.answer)
            except EncodeError:  # an alias that can be read but not written back
                return tuple(commands)
            self._recent.put(event.source, event.data, octets, now)
            commands.append(self._send(outcome.to, octets))
        for old in outcome.replaced:
            commands += self._forget(old)
        for old in outcome.unregistered:
            commands += self._forget(old, ends_calls=True)
        for old in outcome.put_out:
            commands += self._forget(old, ends_calls=True)
            commands += self._notifier.unregister(old, ("undefinedReason", True), now)
        if outcome.registered is not None:
            self._notifier.registered(outcome.registered, now)
            detail = f"RCF to {outcome.registered.ras}, extension {', '.join(outcome.registered.aliases)}"
            commands += self._reports.reach(Stage.REGISTER, detail)
            if self._signalling is not None:
                commands += self._signalling.registered(outcome.registered, now)
        return tuple(commands)

    def _reported(
        self, irr: h225.InfoRequestResponse, source: TransportAddress, known: RegisteredEndpoint | None
    ) -> Commands:
        """An endpoint is still there, and has these calls."""
        commands: list[Command] = []
        if self._signalling is not None and known is not None:
            solicited = self._notifier.asked_for_calls(irr.requestSeqNum, source)
            whole = solicited and not irr.unsolicited and call_reports.is_whole(irr)
            commands += self._signalling.reported(known, irr.perCallInfo or (), whole=whole)
        commands = [*self._notifier.answered(irr.requestSeqNum, source), *commands]
        if irr.needResponse:
            answer = acknowledgement(irr.requestSeqNum, known=known is not None)
            commands.append(self._send(source, ras.encode(answer)))
        return tuple(commands)

    def _send(self, to: TransportAddress, octets: bytes) -> SendDatagram:
        return SendDatagram(self._config.ras, to, octets, self._config.interface)


def _kept(outcome: RequestOutcome) -> Commands:
    """What is to be kept before the answer leaves."""
    gone = (*outcome.replaced, *outcome.unregistered, *outcome.put_out)
    there = (one for one in (outcome.registered, outcome.renamed) if one is not None)
    return (*map(forget_registration, gone), *map(keep_registration, there))
