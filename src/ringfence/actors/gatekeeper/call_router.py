"""Gatekeeper-routed calls: Setup from one registered endpoint, to another; everything they say is passed on.

H.323 clause 8.1: the gatekeeper is the destination of the caller's call and the source of a second one to
the called endpoint, so call reference and its flag differ on the two sides. Nothing else is changed:
fastStart and tunnelled H.245 go through as they came. A Setup that names nobody is an Avaya handset's
permanent call.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from random import Random
from typing import TypeAlias

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper import call_reports
from ringfence.actors.gatekeeper.call_channels import CallChannels, is_of_another_call
from ringfence.actors.gatekeeper.call_legs import CallChannel, CallLeg, CallTable, RoutedCall, RouterConfig
from ringfence.actors.gatekeeper.call_parties import Parties
from ringfence.actors.gatekeeper.held_setups import HeldSetup, HeldSetups
from ringfence.actors.gatekeeper.neighbours import NeighbourSearches
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    SendStream,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.fields import choice_name, usable_address
from ringfence.actors.reports import Reports
from ringfence.actors.signalling import messages
from ringfence.actors.signalling.session import Session
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.findings.signal import (
    CALL_NOT_DELIVERED,
    CALL_REFUSED,
    CALL_SIGNALLING_NOT_UNDERSTOOD,
    CALL_UNANSWERED,
    CALL_UNKNOWN,
    SIGNALLING_PORT_TAKEN,
)
from ringfence.model.flow import Role
from ringfence.model.stage import Stage
from ringfence.wire import call_signalling, h225, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.per import EncodeError
from ringfence.wire.q931 import MessageType

_Reason: TypeAlias = h225.ReleaseCompleteReason
_CALLED_GONE: _Reason = ("calledPartyNotRegistered", True)
_CALLER_GONE: _Reason = ("callerNotRegistered", True)
_UNDEFINED: _Reason = ("undefinedReason", True)
_GONE = (_UNDEFINED, messages.TEMPORARY_FAILURE)


class CallRouter:
    """One port for call signalling; the table is the gatekeeper's, `streams` are numbers of its host.

    `parties` learns from the gatekeeper what LCFs said, `channels` of connections that it opens. `message`
    takes one without its TPKT header.
    """

    def __init__(
        self,
        config: RouterConfig,
        local: TransportAddress,
        table: Registrations,
        *,
        streams: Iterator[StreamId],
        random: Random,
        searches: NeighbourSearches | None = None,
    ) -> None:
        self._config = config
        self._local = local
        self.parties = Parties(table, local.port, config.located)
        self._random = random
        self._reports = Reports()
        self.channels = CallChannels(config, local, streams)
        self._held = HeldSetups(searches)
        self._calls = CallTable()
        self._call_timers: Deadlines[int] = Deadlines()

    def __len__(self) -> int:
        """Calls that are being made or under way."""
        return len(self._calls)

    @property
    def deadline(self) -> float | None:
        waits = (self._call_timers.next, self.channels.deadline)
        return min((at for at in waits if at is not None), default=None)

    def owns(self, event: Event) -> bool:
        """Whether an event of a stream is this machine's business."""
        match event:
            case StreamAccepted(local=local) | BindFailed(local=local):
                return local == self._local
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed():
                return self.channels.find(event.stream) is not None
            case _:
                return False

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Listen(self._local, self._config.tls),)
            case TimeUp():
                return self._time_up(now)
            case StreamAccepted(stream=stream, local=local, remote=remote) if local == self._local:
                return self.channels.accept(stream, remote, now)
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed():
                channel = self.channels.find(event.stream)
                return NOTHING if channel is None else self._of_channel(channel, event, now)
            case BindFailed(local=local) if local == self._local:
                why = f"{local} is taken: no call can be routed"
                return (
                    *self._reports.note(SIGNALLING_PORT_TAKEN, why, Stage.SIGNAL),
                    *self._reports.fail(Stage.SIGNAL, why),
                )
            case _:
                return NOTHING

    # Lines

    def _of_channel(
        self,
        channel: CallChannel,
        event: StreamOpened | StreamReceived | StreamClosed | StreamFailed,
        now: float,
    ) -> Commands:
        match event:
            case StreamOpened():
                for call in channel.calls.values():
                    self._call_timers.put(call.number, now + self._config.timers.t303)
                return self.channels.opened(channel)
            case StreamReceived(data=data):
                return self._received(channel, data, now)
            case StreamClosed():
                return self.lost(channel)
            case StreamFailed(reason=reason):
                why = f"no connection to {channel.remote} for a call: {reason}"
                noted = self._reports.note(CALL_NOT_DELIVERED, why, Stage.SIGNAL, about=str(channel.remote))
                return (*noted, *self.lost(channel, (("unreachableDestination", True), None)))

    def lost(self, channel: CallChannel, why: tuple[_Reason, int | None] = _GONE) -> Commands:
        """A connection is gone; the other side of each of its calls is released."""
        commands: list[Command] = []
        for call in dict.fromkeys(channel.calls.values()):  # once, though both its sides may be here
            away = [leg for leg in (call.caller, call.callee) if leg.channel is not channel]
            commands += [said for leg in away for said in self._release(call, leg, *why)]
            commands += self._end(call)
        self._held.give_up(channel)
        self.channels.close(channel)
        return tuple(commands)

    def _received(self, channel: CallChannel, data: bytes, now: float) -> Commands:
        try:
            complete = messages.signals(channel.incoming.take(data))
        except DecodeError as error:
            return self._not_understood(channel, f"it is not a TPKT: {error}")
        commands: list[Command] = []
        for octets in complete:
            if not self.channels.has(channel):
                break
            commands += self.message(channel, octets, now)
        return tuple(commands)

    def message(self, channel: CallChannel, octets: bytes, now: float) -> Commands:
        if channel.session is not None and not is_of_another_call(channel, octets):
            return self._permanent(channel, channel.session, octets)
        try:
            signal = call_signalling.decode(octets)
        except DecodeError as error:
            header = messages.q931_header(octets)
            if header is None or (header.call_reference, header.from_destination) not in channel.calls:
                return self._not_understood(channel, str(error))
            signal = header
        channel.learn(messages.content(signal))
        call = channel.calls.get((signal.call_reference, signal.from_destination))
        if call is not None:
            return self._pass_on(call, channel, signal, octets, now)
        if signal.call_reference in channel.held and not signal.from_destination:
            return self._given_up(channel, signal)
        match signal.message_type:
            case MessageType.SETUP if signal.call_reference and not signal.from_destination:
                return self._setup(channel, signal, octets, now)
            case MessageType.RELEASE_COMPLETE | MessageType.STATUS | MessageType.STATUS_INQUIRY:
                return NOTHING
            case _ if signal.call_reference == 0:
                return NOTHING  # the global call reference is about the connection (Q.931 clause 4.3)
            case _:
                # Q.931 clause 5.8.3.2 b.
                leg = CallLeg(channel, signal.call_reference, ours=signal.from_destination)
                return self._say_release(leg, _UNDEFINED, None, messages.INVALID_CALL_REFERENCE)

    def _not_understood(self, channel: CallChannel, why: str) -> Commands:
        sentence = f"call signalling from {channel.remote} is not understood: {why}"
        noted = self._reports.note(
            CALL_SIGNALLING_NOT_UNDERSTOOD, sentence, Stage.SIGNAL, about=str(channel.remote.ip)
        )
        lost = self.lost(channel, (_UNDEFINED, None))
        return (*noted, *lost, CloseStream(channel.stream, abort=True))

    def _permanent(self, channel: CallChannel, session: Session, octets: bytes) -> Commands:
        commands: list[Command] = []
        for said in session.receive(tpkt.frame(octets)):
            if said.octets:
                commands.append(SendStream(channel.stream, said.octets))
            if said.established:
                commands += self._reports.reach(Stage.SIGNAL, f"call signalling with {channel.remote}")
            if said.over:
                commands += self.lost(channel)
                commands.append(CloseStream(channel.stream))
        return tuple(commands)

    # Calls

    def _setup(self, channel: CallChannel, signal: CallSignal, octets: bytes, now: float) -> Commands:
        self.channels.is_used(channel)
        leg = CallLeg(channel, signal.call_reference, ours=False)
        match signal.body:
            case ("setup", h225.SetupUUIE() as setup):
                pass
            case _:
                return self._refuse(leg, _UNDEFINED, None, messages.MANDATORY_ELEMENT_MISSING)
        names = messages.called(signal, setup)
        direct = usable_address(setup.destCallSignalAddress)
        if not names and direct in {None, self._local}:
            if not self._config.permanent or channel.calls or channel.session is not None:
                return self._refuse(leg, ("badFormatAddress", True), setup.callIdentifier)
            channel.session = Session(
                Role.GATEKEEPER, sends_setup=False, call_identifier=self._random.randbytes(16)
            )
            return self._permanent(channel, channel.session, octets)
        caller = self.parties.caller(setup, channel.remote.ip)
        callee = self.parties.called(names, direct, caller)
        if caller is None and not self.parties.expects(callee, channel.remote.ip, now):
            return self._refuse(leg, _CALLER_GONE, setup.callIdentifier)
        to = self.parties.destination(callee, names, caller, now)
        if to is None and caller is not None and names and callee is None:
            held = self._hold(HeldSetup(leg, signal, setup, caller, names), now)
            if held:
                return held
        parties = () if to is None else (to,) if caller is None else (to, caller.call_signalling)
        return self._route(leg, signal, setup, parties, now)

    def _hold(self, held: HeldSetup, now: float) -> Commands:
        """Ask the neighbours; the caller's T303 ends before the last of them has answered."""
        asked = self._held.hold(held, now)
        said = messages.call_proceeding(held.leg.reference, held.setup.callIdentifier)
        return (*self.channels.send(held.leg, said), *asked) if asked else NOTHING

    def _given_up(self, channel: CallChannel, signal: CallSignal) -> Commands:
        if signal.message_type != MessageType.RELEASE_COMPLETE:
            return NOTHING
        self._held.give_up(channel, signal.call_reference)
        return self.channels.done_with(channel)

    def resume(self, number: int, to: TransportAddress | None, now: float) -> Commands:
        """Neighbours were asked for whom a Setup is for. `to`: where the call goes; None: none has it."""
        held = self._held.take(number)
        if held is None:
            return NOTHING
        parties = () if to is None else (to, held.caller.call_signalling)
        commands = self._route(held.leg, held.signal, held.setup, parties, now)
        call = held.leg.channel.calls.get(held.leg.key)
        if call is not None:
            call.proceeding = True
        return commands

    def _route(
        self,
        caller: CallLeg,
        signal: CallSignal,
        setup: h225.SetupUUIE,
        parties: tuple[TransportAddress, ...],
        now: float,
    ) -> Commands:
        """`parties`: the called one and a caller of ours; empty: nobody has that number."""
        if not parties:
            return self._refuse(caller, _CALLED_GONE, setup.callIdentifier)
        if setup.hopCount == 1:
            return self._refuse(caller, ("hopCountExceeded", True), setup.callIdentifier)
        if len(self._calls) >= self._config.most_calls:
            return self._refuse(caller, ("gatekeeperResources", True), setup.callIdentifier)
        destination = parties[0]
        channel, opening = self.channels.towards(destination)
        channel.last = channel.last % 32767 + 1
        leg = CallLeg(channel, channel.last, ours=True)
        onward = messages.onward(setup, destination, self._local)
        try:
            sent = self.channels.send(leg, messages.with_body(signal, ("setup", onward)))
        except EncodeError:
            return self._refuse(caller, _UNDEFINED, setup.callIdentifier)
        call = self._calls.add(caller, leg, setup.callIdentifier, parties)
        caller.channel.calls[caller.key] = channel.calls[leg.key] = call
        self.channels.keep(channel)
        if channel.open:
            self._call_timers.put(call.number, now + self._config.timers.t303)
        return (*opening, *sent)

    def _pass_on(
        self, call: RoutedCall, channel: CallChannel, signal: CallSignal, octets: bytes, now: float
    ) -> Commands:
        leg = call.caller if call.caller.channel is channel and not signal.from_destination else call.callee
        to = call.other(leg)
        if signal.message_type == MessageType.SETUP:
            return NOTHING  # repeated
        if leg is call.callee:
            call.hear(signal.message_type)
            wait = self._config.timers.after(signal.message_type, ringing=call.ringing)
            if call.connected:
                self._call_timers.drop(call.number)
            elif wait is not None:
                self._call_timers.put(call.number, now + wait)
        released = signal.message_type == MessageType.RELEASE_COMPLETE
        if leg is call.callee and call.proceeding and messages.is_empty_proceeding(signal):
            return NOTHING  # the caller has had one
        # As it came, with fields that are unknown here or badly written.
        sent = self.channels.send_octets(to, messages.readdressed(octets, to.reference, not to.ours))
        if to.channel.open or not released:
            return (*sent, *(self._end(call) if released else NOTHING))
        # The caller gave up before the other connection was open: nobody there knows of the call.
        return (*self._end(call), *self.channels.close(to.channel, abort=True))

    def reported(
        self, registration: RegisteredEndpoint, items: Iterable[h225.PerCallInfoItem], *, whole: bool
    ) -> Commands:
        """An endpoint says which calls it has."""
        here = registration.call_signalling
        gone, unknown = call_reports.compare_call_reports(self._calls.of(here), here, items, whole=whole)
        noted = NOTHING
        if unknown:
            sentence = f"{here.ip} reports a call that is not routed here, reference {unknown[0]}"
            noted = self._reports.note(CALL_UNKNOWN, sentence, Stage.SIGNAL, about=str(here.ip))
        ended = (self._clear(call, _UNDEFINED, messages.TEMPORARY_FAILURE) for call in gone)
        return (*noted, *chain.from_iterable(ended))

    def unregistered(self, registration: RegisteredEndpoint) -> Commands:
        """The calls of an endpoint that is gone are released on both sides."""
        here, commands = registration.call_signalling, list[Command]()
        for call in self._calls.of(here):
            commands += self._clear(call, _CALLED_GONE if call.endpoints[0] == here else _CALLER_GONE)
        return tuple(commands)

    def _time_up(self, now: float) -> Commands:
        commands: list[Command] = []
        for number in self._call_timers.take(now):
            call = self._calls[number]
            sentence = f"{call.callee.channel.remote} did not answer a call from {call.caller.channel.remote}"
            commands += self._reports.note(CALL_UNANSWERED, sentence, Stage.SIGNAL, about=sentence)
            commands += self._release(call, call.caller, _UNDEFINED, messages.NO_USER_RESPONDING)
            commands += self._release(call, call.callee, _UNDEFINED, messages.RECOVERY_ON_TIMER_EXPIRY)
            commands += self._end(call)
        return (*commands, *self.channels.time_up(now))

    def _refuse(
        self, leg: CallLeg, reason: _Reason, identifier: h225.CallIdentifier | None, value: int | None = None
    ) -> Commands:
        sentence = f"a call from {leg.channel.remote.ip} was refused: {choice_name(reason)}"
        noted = self._reports.note(CALL_REFUSED, sentence, Stage.SIGNAL, about=sentence)
        said = self._say_release(leg, reason, identifier, value)
        return (*noted, *said, *self.channels.done_with(leg.channel))

    def _release(self, call: RoutedCall, leg: CallLeg, reason: _Reason, value: int | None = None) -> Commands:
        return self._say_release(leg, reason, call.identifier, value) if leg.channel.open else NOTHING

    def _clear(self, call: RoutedCall, reason: _Reason, value: int | None = None) -> Commands:
        """Release both sides."""
        said = (self._release(call, leg, reason, value) for leg in (call.caller, call.callee))
        return (*chain.from_iterable(said), *self._end(call))

    def _say_release(
        self, leg: CallLeg, reason: _Reason, identifier: h225.CallIdentifier | None, value: int | None = None
    ) -> Commands:
        signal = messages.release_complete(
            leg.reference, reason, from_destination=not leg.ours, identifier=identifier, value=value
        )
        return self.channels.send(leg, signal)

    def _end(self, call: RoutedCall) -> Commands:
        """The call is released on both sides; channels that nobody wants to keep are closed."""
        self._calls.remove(call)
        self._call_timers.drop(call.number)
        commands: list[Command] = []
        for leg in (call.caller, call.callee):
            leg.channel.calls.pop(leg.key, None)
            commands += self.channels.done_with(leg.channel)
        return tuple(commands)
