"""An endpoint whose address is there already: registration, then call signalling and calls.

What a handset is after it has its address and files, and what a plain H.323 terminal is altogether. It comes
with a permanent signalling connection (Avaya's dialect), with telephone calls, with both or with neither.
"""

from collections.abc import Iterator
from itertools import count
from random import Random

from ringfence.actors.calls.phone_user import PhoneUser
from ringfence.actors.endpoint.call import EndpointCalls
from ringfence.actors.endpoint.call_states import CallPlan, CallRecord, GrantedRegistration
from ringfence.actors.endpoint.reports import CallReports
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Event,
    LinkChanged,
    Listen,
    LogOff,
    Started,
    StopListening,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.machine import SignallingListener, SignallingOpener
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.flow import Role
from ringfence.wire import h225, ras

_CALL_ANSWERS = (
    h225.AdmissionConfirm
    | h225.AdmissionReject
    | h225.DisengageConfirm
    | h225.DisengageReject
    | h225.DisengageRequest
    | h225.RequestInProgress
)


class Endpoint:
    """`granted` is its registration, `call` its last call. `phone_user`: who makes calls on the permanent
    connection.
    """

    def __init__(
        self,
        config: RasClientConfig,
        random: Random,
        *,
        calls: CallPlan | None = None,
        signalling: SignallingConfig | None = None,
        streams: Iterator[StreamId] | None = None,
        phone_user: PhoneUser | None = None,
    ) -> None:
        """`streams` numbers what it opens; its owner's, where that opens streams too."""
        if calls is not None and signalling is not None and signalling.gatekeeper_opens:
            raise ValueError("calls and the gatekeeper's permanent connection would need the same port")
        self._config = config
        self._phone_user = phone_user
        self._random = random
        self._streams: Iterator[StreamId] = streams or count(1)
        self._ras = RasClient(config, random)
        self._calls = (
            None if calls is None else EndpointCalls(config, calls, streams=self._streams, random=random)
        )
        self._reports = CallReports(config, random)
        self._ports: tuple[TransportAddress, ...] = ()
        if calls is not None:
            h245 = TransportAddress(config.address, calls.h245_port)
            self._ports = (config.call_signalling, *((h245,) if calls.h245_port else ()))
        self._signalling = signalling
        self._permanent: SignallingOpener | SignallingListener | None = None
        self._stands_on: Granted | None = None
        self._pre_granted: h225.PreGrantedARQ | None = None

    @property
    def granted(self) -> Granted | None:
        return self._ras.granted

    @property
    def left(self) -> bool:
        """It has unregistered, as it was to; nothing more happens."""
        return self._ras.left

    @property
    def local(self) -> TransportAddress:
        """Where RAS datagrams to it belong."""
        return self._ras.local

    @property
    def listening(self) -> tuple[TransportAddress, ...]:
        """Where it accepts streams now."""
        permanent = isinstance(self._permanent, SignallingListener)
        return (*self._ports, *((self._listens(),) if permanent else ()))

    def takes(self, port: int) -> bool:
        """Whether what arrives at a port, or could not be bound there, is its business."""
        if self._phone_user is not None and self._phone_user.owns(port):
            return True
        signalling = self._signalling is not None and port == self._signalling.port
        return port == self.local.port or signalling or any(each.port == port for each in self._ports)

    @property
    def call(self) -> CallRecord | None:
        return None if self._calls is None else self._calls.last

    @property
    def deadline(self) -> float | None:
        machines = (self._ras, self._calls, self._permanent, self._phone_user)
        waits = (machine.deadline for machine in (*machines, self._reports) if machine is not None)
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        commands = list(self._route(event, now))
        granted = self._ras.granted
        if _where(granted) != _where(self._stands_on):
            commands += self._leave(now)
            if granted is not None:
                commands += self._stand(granted, now)
            self._stands_on = granted
        if self._calls is not None:
            known = (
                None if granted is None else GrantedRegistration(granted, self._ras.local, self._pre_granted)
            )
            commands += self._reports.follow(self._calls.call, known, now)
        return tuple(commands)

    def _route(self, event: Event, now: float) -> Commands:
        match event:
            case TimeUp():
                machines = (self._ras, self._calls, self._permanent, self._phone_user)
                due = [m for m in machines if m is not None and m.deadline is not None and m.deadline <= now]
                return tuple(command for machine in due for command in machine.handle(event, now))
            case DatagramReceived(destination=local) if (
                self._phone_user is not None and self._phone_user.owns(local.port)
            ):
                return self._phone_user.handle(event, now)
            case DatagramReceived():
                return self._datagram(event, now)
            case Started():
                return (*map(Listen, self._ports), *self._ras.handle(event, now))
            case BindFailed(local=local) if local == self._ras.local:
                return self._ras.handle(event, now)
            case LinkChanged():
                return self._ras.handle(event, now)
            case LogOff():
                hung_up = NOTHING if self._calls is None else self._calls.leave(now)
                return (*hung_up, *self._ras.handle(event, now))
            case StreamAccepted() if self._calls is not None:
                return self._calls.handle(event, now)
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed() if (
                self._calls is not None and self._calls.owns(event.stream)
            ):
                return self._calls.handle(event, now)
            case _:
                return NOTHING if self._permanent is None else self._permanent.handle(event, now)

    def _datagram(self, event: DatagramReceived, now: float) -> Commands:
        commands = self._ras.handle(event, now)
        if self._calls is None or event.destination != self._ras.local:
            return commands
        try:
            message = ras.decode(event.data)
        except DecodeError:
            return commands  # the RAS client has said so
        if isinstance(message, h225.RegistrationConfirm) and message.preGrantedARQ is not None:
            self._pre_granted = message.preGrantedARQ
        if isinstance(message, h225.InfoRequest):
            return self._reports.complete(commands, message, self._calls.call)
        if isinstance(message, _CALL_ANSWERS):
            commands = (*commands, *self._calls.answered(message, event.source, now))
        call = self._calls.call
        if isinstance(message, h225.AdmissionConfirm) and call is not None and call.admitted:
            self._reports.interval = self._reports.interval or message.irrFrequency
        return commands

    def _stand(self, granted: Granted, now: float) -> Commands:
        commands: list[Command] = []
        if self._signalling is not None:
            self._permanent = self._connection(self._signalling, granted)
            commands += self._permanent.handle(Started(), now)
        if self._calls is not None:
            commands += self._calls.registered(granted, self._ras.local, self._pre_granted, now)
        return tuple(commands)

    def _leave(self, now: float) -> Commands:
        commands: list[Command] = []
        permanent, self._permanent = self._permanent, None
        match permanent:
            case SignallingOpener():
                commands += permanent.close()
            case SignallingListener():
                commands += [
                    StopListening(self._listens()),
                    *(CloseStream(stream) for stream in permanent.streams),
                ]
            case None:
                pass
        if self._calls is not None and self._stands_on is not None:
            commands += self._calls.unregistered(now)
        return tuple(commands)

    def _listens(self) -> TransportAddress:
        assert self._signalling is not None
        return TransportAddress(self._config.address, self._signalling.port)

    def _connection(
        self, config: SignallingConfig, granted: Granted
    ) -> SignallingOpener | SignallingListener:
        local = self._config.address
        if config.gatekeeper_opens:
            known = dict.fromkeys(each.ip for each in (granted.gatekeeper, *self._ras.gatekeepers))
            return SignallingListener(
                config,
                Role.HANDSET,
                local,
                only_from=tuple(known),
                random=self._random,
                user=self._phone_user,
            )
        to = granted.call_signalling or TransportAddress(granted.gatekeeper.ip, config.port)
        if config.tls:
            to = TransportAddress(to.ip, config.tls_port)
        return SignallingOpener(
            config,
            Role.HANDSET,
            local,
            to,
            streams=self._streams,
            random=self._random,
            user=self._phone_user,
        )


def _where(granted: Granted | None) -> tuple[object, ...] | None:
    """What call signalling and calls stand on: it changes when they must begin anew."""
    return None if granted is None else (granted.gatekeeper, granted.endpointIdentifier)
