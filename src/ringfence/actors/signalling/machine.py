"""The call-signalling connection, as the side that opens it and as the side that awaits it.

With time-to-service the gatekeeper opens (61440-61444 to the handset's 1720) and the handset accepts only its
own gatekeepers, in silence to everyone else; otherwise the handset opens (to 1720, with TLS 1300).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    OpenStream,
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
from ringfence.actors.reports import Reports
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.session import Said, Session
from ringfence.actors.signalling.user import ChannelUser, PermanentChannel
from ringfence.model.address import Address, PortRange, TransportAddress
from ringfence.model.findings import Code
from ringfence.model.findings.signal import (
    SIGNALLING_LOST,
    SIGNALLING_NO_ANSWER,
    SIGNALLING_NOT_OPENED,
    SIGNALLING_PORT_TAKEN,
)
from ringfence.model.flow import Role
from ringfence.model.stage import Stage

_MOST_STREAMS = 100_000


def sends_setup(config: SignallingConfig, role: Role) -> bool:
    """Whether this side says the first word."""
    handset = config.handset_sends_setup or not config.gatekeeper_opens
    return handset is (role is Role.HANDSET)


def _session(config: SignallingConfig, role: Role, random: Random, user: ChannelUser | None) -> Session:
    return Session(
        role,
        sends_setup=sends_setup(config, role),
        call_identifier=random.randbytes(16),
        offer=() if user is None else user.offer(),
    )


def _used(user: ChannelUser | None, channel: PermanentChannel, said: Said, now: float) -> Commands:
    """What the user of the connection makes of a message."""
    if user is None:
        return NOTHING
    begun = user.established(channel, now) if said.established else NOTHING
    return begun if said.signal is None else (*begun, *user.heard(channel, said.signal, now))


@dataclass(frozen=True, slots=True)
class _Idle:
    """Until the connection is tried again."""

    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class _Opening:
    stream: StreamId
    deadline: None = None


@dataclass(frozen=True, slots=True)
class _Open:
    """`deadline` is when the first exchange must be over; None: it is."""

    stream: StreamId
    session: Session
    deadline: float | None


class SignallingOpener:
    """Keeps one connection open: a gatekeeper's to one handset, or a handset's to its gatekeeper.

    `streams` gives stream numbers; it is shared by everyone on the host. `user` makes calls on it.
    """

    def __init__(
        self,
        config: SignallingConfig,
        role: Role,
        source: Address,
        destination: TransportAddress,
        *,
        streams: Iterator[StreamId],
        random: Random,
        user: ChannelUser | None = None,
    ) -> None:
        self._user = user
        self._config = config
        self._role = role
        self._source = source
        self._destination = destination
        self._streams = streams
        self._random = random
        self._reports = Reports()
        self._state: _Idle | _Opening | _Open = _Idle()

    @property
    def deadline(self) -> float | None:
        return self._state.deadline

    @property
    def stream(self) -> StreamId | None:
        """The stream whose events are this machine's."""
        return None if isinstance(self._state, _Idle) else self._state.stream

    def handle(self, event: Event, now: float) -> Commands:
        match event, self._state:
            case Started(), _Idle(deadline=None) if self._role is Role.GATEKEEPER:
                # At once, it would come before the RCF has made the handset listen.
                self._state = _Idle(now + self._config.after_rcf)
                return NOTHING
            case Started(), _Idle(deadline=None):
                return self._open()
            case TimeUp(), _Idle(deadline=float(at)) if now >= at:
                return self._open()
            case TimeUp(), _Open(stream=stream, deadline=float(at)) if now >= at:
                self._state = _Idle(now + self._config.retry)
                why = f"{self._destination} accepted the connection and did not answer Setup"
                return (CloseStream(stream, abort=True), *self._fail(SIGNALLING_NO_ANSWER, why))
            case StreamOpened(stream=stream), _Opening(stream=mine) if stream == mine:
                return self._opened(stream, now)
            case StreamFailed(stream=stream, reason=reason), _Opening(stream=mine) if stream == mine:
                self._state = _Idle(now + self._config.retry)
                why = f"no connection from {self._source} to {self._destination}: {reason}"
                return self._fail(SIGNALLING_NOT_OPENED, why)
            case StreamReceived(stream=stream, data=data), _Open() as state if stream == state.stream:
                return self._received(state, data, now)
            case StreamClosed(stream=stream, reason=reason), _Open(stream=mine) if stream == mine:
                self._state = _Idle(now + self._config.retry)
                why = f"the connection to {self._destination} was lost: {reason or 'closed by the peer'}"
                return (*self._gone(stream), *self._fail(SIGNALLING_LOST, why))
            case _:
                return NOTHING

    def close(self) -> Commands:
        """The registration is over; nothing is opened any more."""
        stream = self.stream
        self._state = _Idle()
        return () if stream is None else (*self._gone(stream), self._close(stream))

    def _gone(self, stream: StreamId) -> Commands:
        return NOTHING if self._user is None else self._user.lost(stream)

    def _open(self) -> Commands:
        config, stream = self._config, next(self._streams)
        self._state = _Opening(stream)
        return (
            OpenStream(
                stream,
                self._source,
                self._destination,
                source_ports=self._source_ports(),
                tls=config.tls,
                timeout=config.connect_timeout,
                keepalive=config.keepalive,
            ),
        )

    def _source_ports(self) -> tuple[int, int]:
        """First and last to try; (0, 0): any."""
        ports = self._config.gatekeeper_ports
        if self._role is Role.GATEKEEPER:
            return ports.first, ports.last
        own = self._handset_ports
        if own is None:
            return 0, 0
        return self._random.randint(own.first, own.last), own.last

    @property
    def _handset_ports(self) -> PortRange | None:
        config = self._config
        if self._role is Role.GATEKEEPER or config.tls or config.handset_ports is None:
            return None
        # An emulated handset may share its gatekeeper's address: from 1720 it would reach itself.
        alone = config.handset_ports == PortRange(self._destination.port, self._destination.port)
        return None if alone and self._source == self._destination.ip else config.handset_ports

    def _close(self, stream: StreamId) -> CloseStream:
        """An only source port is reset: in TIME-WAIT (RFC 9293 section 3.6.1) it could not be used again."""
        own = self._handset_ports
        return CloseStream(stream, abort=own is not None and len(own) == 1)

    def _opened(self, stream: StreamId, now: float) -> Commands:
        session = _session(self._config, self._role, self._random, self._user)
        first = sends_setup(self._config, self._role)
        wait = self._config.setup_timeout if first else self._config.wait
        self._state = _Open(stream, session, now + wait)
        return (SendStream(stream, session.open()),) if first else NOTHING

    def _received(self, state: _Open, data: bytes, now: float) -> Commands:
        commands: list[Command] = []
        for said in state.session.receive(data):
            if said.octets:
                commands.append(SendStream(state.stream, said.octets))
            if said.established:
                self._state = _Open(state.stream, state.session, None)
                commands += self._reports.reach(Stage.SIGNAL, f"call signalling with {self._destination}")
                for code in (SIGNALLING_NOT_OPENED, SIGNALLING_NO_ANSWER, SIGNALLING_LOST):
                    self._reports.forget(code)
            channel = PermanentChannel(state.stream, self._destination, state.session)
            commands += _used(self._user, channel, said, now)
            if said.over:
                self._state = _Idle(now + self._config.retry)
                commands += self._gone(state.stream)
                commands += [self._close(state.stream), *self._fail(SIGNALLING_LOST, said.over)]
        return tuple(commands)

    def _fail(self, code: Code, why: str) -> Commands:
        """Said once until the stage is reached again, however often the connection is tried."""
        noted = self._reports.note(code, why, Stage.SIGNAL)
        failed = self._reports.reached(Stage.SIGNAL) or bool(noted)
        return (*noted, *(self._reports.fail(Stage.SIGNAL, why) if failed else ()))


class SignallingListener:
    """Awaits connections: a handset's from its gatekeepers (`only_from`), or a gatekeeper's from handsets."""

    def __init__(
        self,
        config: SignallingConfig,
        role: Role,
        local: Address,
        *,
        only_from: tuple[Address, ...] = (),
        random: Random,
        user: ChannelUser | None = None,
    ) -> None:
        self._user = user
        if role is Role.HANDSET and not only_from:
            raise ValueError("a handset without a gatekeeper list accepts no connection; it does not listen")
        self._config = config
        self._role = role
        self._local = TransportAddress(local, config.port)
        self._only_from = only_from
        self._random = random
        self._reports = Reports()
        self._sessions: dict[StreamId, tuple[Session, TransportAddress]] = {}
        self._waits: Deadlines[StreamId] = Deadlines()

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """The connections that it has."""
        return tuple(self._sessions)

    @property
    def deadline(self) -> float | None:
        return self._waits.next

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Listen(self._local, self._config.tls, self._only_from, self._config.keepalive),)
            case TimeUp():
                return self._time_up(now)
            case StreamAccepted(stream=stream, local=local, remote=remote) if local == self._local:
                return self._accepted(stream, remote, now)
            case StreamReceived(stream=stream, data=data) if stream in self._sessions:
                return self._received(stream, data, now)
            case StreamClosed(stream=stream, reason=reason) if stream in self._sessions:
                return self._lost(stream, reason or "closed by the peer")
            case BindFailed(local=local) if local == self._local:
                why = f"{local} is taken: no call signalling can be accepted"
                noted = self._reports.note(SIGNALLING_PORT_TAKEN, why, Stage.SIGNAL)
                return (*noted, *self._reports.fail(Stage.SIGNAL, why))
            case _:
                return NOTHING

    def _accepted(self, stream: StreamId, remote: TransportAddress, now: float) -> Commands:
        # The driver drops such a SYN; a machine that is asked all the same refuses too.
        if (self._only_from and remote.ip not in self._only_from) or len(self._sessions) >= _MOST_STREAMS:
            return (CloseStream(stream, abort=True),)
        session = _session(self._config, self._role, self._random, self._user)
        self._sessions[stream] = (session, remote)
        self._waits.put(stream, now + self._config.wait)
        return (SendStream(stream, session.open()),) if sends_setup(self._config, self._role) else NOTHING

    def _received(self, stream: StreamId, data: bytes, now: float) -> Commands:
        session, remote = self._sessions[stream]
        commands: list[Command] = []
        for said in session.receive(data):
            if said.octets:
                commands.append(SendStream(stream, said.octets))
            if said.established:
                self._waits.drop(stream)
                commands += self._reports.reach(Stage.SIGNAL, f"call signalling with {remote}")
            commands += _used(self._user, PermanentChannel(stream, remote, session), said, now)
            if said.over:
                commands += [CloseStream(stream), *self._lost(stream, said.over)]
        return tuple(commands)

    def _time_up(self, now: float) -> Commands:
        commands: list[Command] = []
        for stream in self._waits.take(now):
            commands += [
                CloseStream(stream, abort=True),
                *self._lost(stream, f"no call-signalling message came in {self._config.wait:g} s"),
            ]
        return tuple(commands)

    def _lost(self, stream: StreamId, why: str) -> Commands:
        session, remote = self._sessions.pop(stream)
        self._waits.drop(stream)
        sentence = f"the connection from {remote} was lost: {why}"
        noted = self._reports.note(SIGNALLING_LOST, sentence, Stage.SIGNAL, about=str(remote.ip))
        gone = (*noted, *(NOTHING if self._user is None else self._user.lost(stream)))
        alone = not any(other.established for other, _ in self._sessions.values())
        if self._role is Role.HANDSET and alone and (session.established or noted):
            return (*gone, *self._reports.fail(Stage.SIGNAL, sentence))
        return gone
