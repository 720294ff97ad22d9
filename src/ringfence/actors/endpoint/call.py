"""Calls of a plain H.323 endpoint: one at a time, placed as planned and answered after some ringing.

Ladder of the caller: ARQ, ACF; Setup, CallProceeding, Alerting, Connect; ReleaseComplete; DRQ, DCF. Whoever
is pre-granted by its RCF leaves the RAS part out.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from ringfence.actors.endpoint import h245 as endpoint_h245
from ringfence.actors.endpoint.admission import CallRas
from ringfence.actors.endpoint.call_states import (
    Asking,
    CallPlan,
    CallRecord,
    CallState,
    GrantedRegistration,
    NoCall,
    Opening,
    Ringing,
    Talking,
    Waiting,
    answers,
    call_failed,
    call_port,
)
from ringfence.actors.endpoint.pending import PendingConnections, refuse
from ringfence.actors.endpoint.requests import EndpointCall
from ringfence.actors.endpoint.voice import Voice
from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Command,
    Commands,
    Event,
    SendDatagram,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.fields import aliases_of, choice_in_words, choice_name, usable_address
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling import messages
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, h225, ras
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.per import EncodeError
from ringfence.wire.q931 import MessageType

_UNDEFINED: h225.ReleaseCompleteReason = ("undefinedReason", True)


class EndpointCalls:
    """`last` is the call under way, or the one before. The owner binds RAS and listens for calls."""

    def __init__(
        self, config: RasClientConfig, plan: CallPlan, *, streams: Iterator[StreamId], random: Random
    ) -> None:
        self._config = config
        self._plan = plan
        self._voice = Voice(config, plan, streams)
        self._random = random
        self._ras = CallRas(config, plan, random)
        self._reference = random.randrange(1, 32768)
        self._state: CallState = NoCall()
        self._registered: GrantedRegistration | None = None
        self._planned = plan.call
        self._pending = PendingConnections()
        self._due: float | None = None
        self.last: CallRecord | None = None

    @property
    def deadline(self) -> float | None:
        return min((at for at in (self._next, self._pending.deadline) if at is not None), default=None)

    @property
    def _next(self) -> float | None:
        return self._due if isinstance(self._state, NoCall) else self._state.deadline

    @property
    def call(self) -> EndpointCall | None:
        return getattr(self._state, "call", None)

    def owns(self, stream: StreamId) -> bool:
        call = self.call
        return stream in self._pending or (call is not None and stream in {call.stream, call.h245_stream})

    def registered(
        self, granted: Granted, ras_address: TransportAddress, pre: h225.PreGrantedARQ | None, now: float
    ) -> Commands:
        """The endpoint has a registration; a planned call is placed, once."""
        self._registered = GrantedRegistration(granted, ras_address, pre)
        if not self._planned or not isinstance(self._state, NoCall):
            return NOTHING
        if self._plan.after:
            self._due = now + self._plan.after
            return NOTHING
        return self._place(self._registered, now)

    def _place(self, known: GrantedRegistration, now: float) -> Commands:
        peer, self._planned, self._due = self._planned, "", None
        call = self._voice.begin(self._random, outgoing=True)
        call.peer, call.conference = peer, self._random.randbytes(16)
        self._identify(call)
        self.last = CallRecord(peer, outgoing=True)
        call.proposals = self._voice.proposals()
        # Without that flag nobody routes the call: its address has to be asked for.
        if (pre := known.pre_granted) and pre.makeCall and pre.useGKCallSignalAddressToMakeCall:
            return self._open(call, call_port(known.granted))
        return self._admit(known, call, now)

    def unregistered(self, now: float) -> Commands:
        """No registration, no call: what is under way ends."""
        self._registered = None
        ended = self.leave(now, "the registration was lost")
        self._state = NoCall()
        return ended

    def leave(self, now: float, why: str = "the endpoint leaves") -> Commands:
        """Before a URQ too: an endpoint that has a call need not be let go (H.225.0, callInProgress)."""
        return self._hang_up(self.call, _UNDEFINED, why, now) if self.call is not None else NOTHING

    def handle(self, event: Event, now: float) -> Commands:
        try:
            return self._handle(event, now)
        except EncodeError as error:  # what a peer sent, read leniently, cannot always be written back
            call = self.call
            return NOTHING if call is None else self._hang_up(call, _UNDEFINED, str(error), now)

    def _handle(self, event: Event, now: float) -> Commands:
        call = self.call
        match event:
            case TimeUp() if self.deadline is not None and now >= self.deadline:
                return self._time_up(now)
            case StreamAccepted(stream=stream, local=local) if local.port == self._plan.h245_port:
                return endpoint_h245.join(call, stream)
            case StreamAccepted(stream=stream):
                return self._pending.accept(stream, now)
            case StreamOpened(stream=stream) if call is not None and stream == call.stream:
                return self._opened(call, now)
            case StreamFailed(stream=stream, reason=why) if call is not None and stream == call.stream:
                return self._over(call, f"no connection to {call.destination}: {why}", now)
            case StreamReceived(stream=stream, data=data) if call is not None and stream == call.stream:
                return self._received(call, data, now)
            case StreamClosed(stream=stream, reason=why) if call is not None and stream == call.stream:
                call.stream = None
                return self._over(call, f"the connection was lost: {why or 'closed by the peer'}", now)
            case StreamReceived(stream=stream, data=data) if stream in self._pending:
                return self._first_words(stream, data, now)
            case StreamClosed(stream=stream) if stream in self._pending:
                self._pending.leave(stream)
                return NOTHING
            case StreamOpened() | StreamReceived() | StreamFailed() | StreamClosed() if call is not None:
                return self._recorded(call, endpoint_h245.separate(call, event))
            case _:
                return NOTHING

    # RAS

    def answered(self, message: ras.RasMessage, source: TransportAddress, now: float) -> Commands:
        """ACF, ARJ, DCF, DRJ and RIP, or a DRQ with which the gatekeeper ends the call."""
        known = self._registered
        if isinstance(message, h225.DisengageRequest):
            return self._put_off(message, source, now)
        match self._state:
            case Asking(exchange=exchange, call=call) as asking if answers(exchange, message, source):
                match message:
                    case h225.RequestInProgress(delay=delay):
                        self._state = replace(asking, exchange=exchange.wait(delay / 1000, now))
                    case h225.AdmissionConfirm() if call is not None and known is not None:
                        return self._admitted(call, message, now)
                    case h225.AdmissionReject(rejectReason=reason) if call is not None:
                        return self._not_admitted(call, reason, now)
                    case h225.DisengageConfirm() | h225.DisengageReject() if call is None:
                        self._state = NoCall()
        return NOTHING

    def _admit(self, known: GrantedRegistration, call: EndpointCall, now: float) -> Commands:
        exchange = self._ras.admit(known, call, now)
        self._state = Asking(exchange, call)
        return (self._ras.send(known, exchange),)

    def _admitted(self, call: EndpointCall, acf: h225.AdmissionConfirm, now: float) -> Commands:
        call.admitted = True
        if not call.outgoing:
            return self._ring(call, now)
        if acf.destinationInfo:
            call.aliases = list(acf.destinationInfo)
        destination = usable_address(acf.destCallSignalAddress)
        if destination is None:
            return self._over(call, "the ACF names no address to call", now)
        return self._open(call, destination)

    def _not_admitted(self, call: EndpointCall, reason: h225.AdmissionRejectReason, now: float) -> Commands:
        why = f"the gatekeeper rejected ARQ, {choice_in_words(reason)}"
        known = self._registered
        if call.outgoing or known is None:
            return self._over(call, why, now)
        if choice_name(reason) == "routeCallToGatekeeper":
            self._state = Waiting(call, now + self._plan.timers.t303)
            return self._voice.to_gatekeeper(call, call_port(known.granted))
        return self._hang_up(call, ("destinationRejection", True), why, now)

    def _put_off(self, drq: h225.DisengageRequest, source: TransportAddress, now: float) -> Commands:
        known, call = self._registered, self.call
        if known is None or source.ip != known.granted.gatekeeper.ip:
            return NOTHING
        confirm = ras.encode(h225.DisengageConfirm(requestSeqNum=drq.requestSeqNum))
        said = SendDatagram(known.ras, source, confirm, self._config.interface)
        if call is None or drq.callIdentifier not in {None, call.identifier}:
            return (said,)
        call.admitted = False  # the gatekeeper knows that it is over
        return (said, *self._hang_up(call, _UNDEFINED, "the gatekeeper sent DRQ", now))

    # Call signalling

    def _first_words(self, stream: StreamId, data: bytes, now: float) -> Commands:
        try:
            signals = self._pending.take(stream, data)
        except DecodeError:
            self._pending.leave(stream)
            return (CloseStream(stream, abort=True),)
        if not signals:
            return NOTHING
        incoming = self._pending.leave(stream)
        if not isinstance(self._state, NoCall) or self._registered is None:
            return refuse(stream, signals[0])
        call = self._voice.begin(self._random, outgoing=False)
        call.stream, call.incoming = stream, incoming
        self._state = Opening(call)
        commands: list[Command] = []
        for signal in signals:
            if self.call is call:
                commands += self._message(call, signal, now)
        return tuple(commands)

    def _open(self, call: EndpointCall, destination: TransportAddress) -> Commands:
        self._state = Opening(call)
        return self._voice.open(call, destination)

    def _opened(self, call: EndpointCall, now: float) -> Commands:
        known = self._registered
        assert known is not None
        self._state = Waiting(call, now + self._plan.timers.t303)
        return self._voice.setup(call, known.granted)

    def _received(self, call: EndpointCall, data: bytes, now: float) -> Commands:
        commands: list[Command] = []
        try:
            for octets in messages.signals(call.incoming.take(data)):
                if self.call is not call:
                    break
                commands += self._message(call, call_signalling.decode(octets), now)
        except DecodeError as error:
            commands += self._over(call, f"call signalling is not understood: {error}", now)
        return tuple(commands)

    def _message(self, call: EndpointCall, signal: CallSignal, now: float) -> Commands:
        if signal.message_type == MessageType.SETUP:
            return self._setup(call, signal, now) if not call.outgoing and not call.reference else NOTHING
        if (signal.call_reference, signal.from_destination) != (call.reference, call.outgoing):
            return NOTHING
        endpoint_h245.note_tunnelling(call, signal)
        timers, waiting = self._plan.timers, isinstance(self._state, Waiting)
        match signal.message_type:
            case MessageType.RELEASE_COMPLETE:
                return self._over(call, f"released by the peer: {messages.why_released(signal)}", now)
            case MessageType.CALL_PROCEEDING | MessageType.SETUP_ACKNOWLEDGE if waiting:
                self._state = Waiting(call, now + timers.t310)
            case MessageType.ALERTING | MessageType.PROGRESS if waiting:
                self._state = Waiting(call, now + timers.t301)
            case MessageType.CONNECT if waiting:
                hold = self._plan.hold
                self._state = Talking(call, None if hold is None else now + hold)
                return self._recorded(call, self._voice.connected(call, signal))
            case MessageType.STATUS_INQUIRY:
                return self._voice.status(call)
            case MessageType.FACILITY if waiting and call.outgoing:
                to, known = messages.diverted(signal), self._registered
                if to is not None and known is not None and not call.diverted:
                    return self._divert(call, *to, known.granted)
            case _:
                pass
        return self._recorded(call, self._voice.take(call, signal))

    def _setup(self, call: EndpointCall, signal: CallSignal, now: float) -> Commands:
        setup = messages.content(signal)
        # Call reference 0 is about the connection, not about a call (Q.931 clause 4.3).
        if not isinstance(setup, h225.SetupUUIE) or not signal.call_reference:
            return self._over(call, "a Setup that is none", now)
        call.reference = signal.call_reference
        call.conference, call.identifier = setup.conferenceID, setup.callIdentifier
        call.peer = next(iter(aliases_of(setup.sourceAddress)), "")
        call.proposals, call.h245_there = setup.fastStart, usable_address(setup.h245Address)
        self.last = CallRecord(call.peer, outgoing=False)
        endpoint_h245.note_tunnelling(call, signal)
        known = self._registered
        assert known is not None
        # Whoever it is for: gatekeepers assign aliases, and translate them, without telling.
        said = self._voice.proceeding(call, signal)
        if known.pre_granted is not None and known.pre_granted.answerCall:
            return (*said, *self._ring(call, now))
        return (*said, *self._admit(known, call, now))

    def _ring(self, call: EndpointCall, now: float) -> Commands:
        self._state = Ringing(call, now + self._plan.ring)
        return self._voice.alerting(call)

    def _divert(
        self, call: EndpointCall, to: TransportAddress | None, alias: str, granted: Granted
    ) -> Commands:
        """Call elsewhere instead, once: a call of its own, with the same conference."""
        closing = self._voice.clear(call, ("facilityCallDeflection", True))
        call.diverted = True
        if alias:
            call.peer, call.aliases = alias, None
        self._identify(call)
        call.incoming = messages.MessageStream()
        return (*closing, *self._open(call, to or call_port(granted)))

    def _identify(self, call: EndpointCall) -> None:
        self._reference = call.reference = self._reference % 32767 + 1
        call.identifier = h225.CallIdentifier(guid=self._random.randbytes(16))

    # The end

    def _time_up(self, now: float) -> Commands:
        ended = self._pending.expire(now)
        return ended if self._next is None or now < self._next else (*ended, *self._due_now(now))

    def _due_now(self, now: float) -> Commands:
        match self._state:
            case Asking(exchange=exchange, call=call) as asking:
                known = self._registered
                if exchange.left and known is not None:
                    self._state = replace(asking, exchange=exchange.again(now))
                    return (self._ras.send(known, exchange),)
                if call is None:
                    self._state = NoCall()
                    return NOTHING
                return self._hang_up(
                    call, ("unreachableGatekeeper", True), "the gatekeeper did not answer ARQ", now
                )
            case Waiting(call=call):
                value = messages.NO_ANSWER if call.outgoing else messages.NO_USER_RESPONDING
                return self._hang_up(call, _UNDEFINED, "Setup was not answered", now, value)
            case Ringing(call=call):
                self._state = Talking(call, None)
                return self._recorded(call, self._voice.connect(call))
            case Talking(call=call):
                return self._hang_up(call, _UNDEFINED, "hung up here", now, 16)
            case NoCall() if self._registered is not None and self._planned:
                return self._place(self._registered, now)
            case NoCall() | Opening():
                self._due = None
                return NOTHING

    def _hang_up(
        self,
        call: EndpointCall,
        reason: h225.ReleaseCompleteReason,
        why: str,
        now: float,
        value: int | None = None,
    ) -> Commands:
        return (*self._voice.clear(call, reason, value), *self._over(call, why, now))

    def _over(self, call: EndpointCall, why: str, now: float) -> Commands:
        """The call is over; the gatekeeper hears of it."""
        commands: list[Command] = []
        for stream in (call.stream, call.h245_stream):
            if stream is not None:
                commands.append(CloseStream(stream))
        call.stream = call.h245_stream = None
        if self.last is not None and call.reference:
            self.last = replace(self.last, ended=why)
        if call.reference and not call.connected:
            commands.append(call_failed(call, why))
        self._state = NoCall()
        known = self._registered
        if call.admitted and known is not None:
            exchange = self._ras.disengage(known, call, now)
            self._state = Asking(exchange, None)
            commands.append(self._ras.send(known, exchange))
        return tuple(commands)

    def _recorded(self, call: EndpointCall, commands: Commands) -> Commands:
        """`commands`, and what `last` has to say now."""
        if self.last is not None:
            media = call.fast or call.control.established
            self.last = replace(self.last, connected=call.connected, media=media)
        return commands
