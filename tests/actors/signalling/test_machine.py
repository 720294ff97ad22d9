"""The call-signalling connection: both openers, and what loses it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    BindFailed,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    Machine,
    Noted,
    OpenStream,
    SendStream,
    StageFailed,
    StageReached,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PhoneFamily
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.machine import SignallingListener, SignallingOpener
from ringfence.model.address import Address, PortRange, TransportAddress
from ringfence.model.flow import Role
from ringfence.model.stage import Stage
from support.actors.signalling_talk import (
    BY_GATEKEEPER,
    GATEKEEPER,
    HANDSET,
    HANDSET_OPENS,
    STRANGER,
    TIME_TO_SERVICE,
    TLS,
    TO_GATEKEEPER,
    TO_HANDSET,
    WAYS,
    released,
    session,
    spoken,
)
from support.link import Link
from support.script import DUE, Row, obey, run


def words(command: Command) -> object:
    match command:
        case OpenStream(stream=stream, destination=to):
            return f"open {stream} {to}"
        case SendStream(data=data):
            return " ".join(spoken(data))
        case CloseStream(abort=abort):
            return "abort" if abort else "close"
        case Noted(finding=finding):
            return finding.code
        case StageReached(stage=stage):
            return f"reached {stage}"
        case StageFailed(stage=stage):
            return f"failed {stage}"
        case other:
            return type(other).__name__


def opener(config: SignallingConfig, role: Role) -> SignallingOpener:
    source, to = (GATEKEEPER.ip, TO_HANDSET) if role is Role.GATEKEEPER else (HANDSET.ip, TO_GATEKEEPER)
    return SignallingOpener(config, role, source, to, streams=count(1), random=Random(3))


def test_time_to_service_opens_from_the_administered_ports_with_keepalive() -> None:
    machine = opener(TIME_TO_SERVICE, Role.GATEKEEPER)
    assert machine.handle(Started(), 0.0) == ()
    (command,) = machine.handle(TimeUp(), 0.5)
    assert command == OpenStream(
        1, GATEKEEPER.ip, TO_HANDSET, (61440, 61444), tls=False, timeout=10.0, keepalive=(20, 5, 5)
    )


@pytest.mark.parametrize("family", PHONE_FAMILIES.values(), ids=lambda family: family.name)
def test_a_set_opens_from_the_ports_of_its_family(family: PhoneFamily) -> None:
    """96x1 guide (2018) p. 34: 1720. 1600 R1.0 guide p. 28: 1500-6500 at random."""
    first = set()
    for seed in range(20):
        config = replace(HANDSET_OPENS, handset_ports=family.signalling_ports)
        machine = SignallingOpener(
            config, Role.HANDSET, HANDSET.ip, TO_GATEKEEPER, streams=count(1), random=Random(seed)
        )
        (command,) = machine.handle(Started(), 0.0)
        assert isinstance(command, OpenStream)
        first.add(command.source_ports[0])
        if family.signalling_ports is not None:
            assert command.source_ports[0] in family.signalling_ports
            assert command.source_ports[1] == family.signalling_ports.last
    expected = {"h323": {0}, "96x1": {1720}}
    assert first == expected[family.name] if family.name in expected else len(first) in {1, 20}


@pytest.mark.parametrize("source", [HANDSET.ip, TO_GATEKEEPER.ip])
@pytest.mark.parametrize("config", [HANDSET_OPENS, TLS])
def test_a_port_of_its_own_is_for_signalling_in_clear_to_another_host(
    source: Address, config: SignallingConfig
) -> None:
    """TLS leaves from any port (96x1 guide p. 34); from 1720 of its own host it reached itself."""
    only = replace(config, handset_ports=PortRange(1720, 1720))
    machine = SignallingOpener(only, Role.HANDSET, source, TO_GATEKEEPER, streams=count(1), random=Random(1))
    (command,) = machine.handle(Started(), 0.0)
    assert isinstance(command, OpenStream)
    own = config is HANDSET_OPENS and source == HANDSET.ip
    assert command.source_ports == ((1720, 1720) if own else (0, 0))
    # What is closed and waits cannot be opened from the same port again; what is reset can.
    assert machine.close() == (CloseStream(1, abort=own),)


def test_a_connection_that_cannot_be_opened_is_tried_again_and_said_once() -> None:
    run(
        opener(HANDSET_OPENS, Role.HANDSET),
        [
            Row(0.0, Started(), [f"open 1 {TO_GATEKEEPER}"], None),
            Row(10.0, StreamFailed(1, "timed out"), ["SIGNALLING_NOT_OPENED", "failed signal"], 20.0),
            Row(DUE, TimeUp(), [f"open 2 {TO_GATEKEEPER}"]),
            Row(30.0, StreamFailed(1, "an old stream"), []),
            Row(30.0, StreamFailed(2, "timed out"), [], 40.0),
            Row(DUE, TimeUp(), [f"open 3 {TO_GATEKEEPER}"]),
            Row(41.0, StreamOpened(3, TransportAddress(HANDSET.ip, 40000), TO_GATEKEEPER), ["Setup"], 45.0),
            Row(DUE, TimeUp(), ["abort", "SIGNALLING_NO_ANSWER", "failed signal"], 55.0),
        ],
        show=words,
    )


def answers_to(first: Iterable[Command]) -> bytes:
    octets = b"".join(command.data for command in first if isinstance(command, SendStream))
    return b"".join(said.octets for said in session(Role.GATEKEEPER, sends_setup=False).receive(octets))


def test_a_lost_connection_is_opened_again() -> None:
    run(
        opener(HANDSET_OPENS, Role.HANDSET),
        [
            Row(0.0, Started(), ...),
            Row(0.1, StreamOpened(1, TransportAddress(HANDSET.ip, 40000), TO_GATEKEEPER), ["Setup"]),
            Row(
                0.2, lambda sent: StreamReceived(1, answers_to(sent)), ["reached signal", "Information"], None
            ),
            Row(9.0, StreamClosed(1, "reset"), ["SIGNALLING_LOST", "failed signal"], 19.0),
            Row(DUE, TimeUp(), [f"open 2 {TO_GATEKEEPER}"]),
        ],
        show=words,
    )


def listener(config: SignallingConfig = TIME_TO_SERVICE) -> SignallingListener:
    return SignallingListener(config, Role.HANDSET, HANDSET.ip, only_from=(GATEKEEPER.ip,), random=Random(3))


def test_a_handset_accepts_its_gatekeepers_only() -> None:
    machine = listener()
    assert machine.handle(Started(), 0.0) == (Listen(TO_HANDSET, False, (GATEKEEPER.ip,), (20, 5, 5)),)
    accepted = StreamAccepted(-1, TO_HANDSET, TransportAddress(STRANGER, 61440))
    assert machine.handle(accepted, 1.0) == (CloseStream(-1, abort=True),)
    run(
        machine,
        [
            Row(2.0, StreamAccepted(-2, TO_HANDSET, TransportAddress(GATEKEEPER.ip, 61440)), ["Setup"], 12.0),
            Row(2.1, lambda sent: StreamReceived(-2, answers_to(sent)), ["reached signal", "Information"]),
            Row(99.0, StreamClosed(-2), ["SIGNALLING_LOST", "failed signal"], None),
        ],
        show=words,
    )


def test_a_handset_without_a_list_does_not_listen() -> None:
    with pytest.raises(ValueError, match="accepts no connection"):
        SignallingListener(TIME_TO_SERVICE, Role.HANDSET, HANDSET.ip, random=Random(3))


def test_a_connection_on_which_nothing_is_said_is_given_up() -> None:
    machine = SignallingListener(HANDSET_OPENS, Role.GATEKEEPER, GATEKEEPER.ip, random=Random(3))
    run(
        machine,
        [
            Row(0.0, Started(), ["Listen"]),
            Row(1.0, StreamAccepted(-1, TO_GATEKEEPER, TransportAddress(HANDSET.ip, 40000)), [], 11.0),
            Row(DUE, TimeUp(), ["abort", "SIGNALLING_LOST"], None),
        ],
        show=words,
    )


def test_a_taken_port_fails_the_stage() -> None:
    run(
        listener(),
        [
            Row(0.0, Started(), ["Listen"]),
            Row(0.0, BindFailed(TO_HANDSET), ["SIGNALLING_PORT_TAKEN", "failed signal"]),
        ],
        show=words,
    )


class Phone:
    """RAS and signalling as one host, which is all that a handset does with them."""

    def __init__(self, config: SignallingConfig, only_from: tuple[Address, ...] = (GATEKEEPER.ip,)) -> None:
        self.ras = RasClient(RasClientConfig(HANDSET.ip, (GATEKEEPER,), "2001"), Random(1))
        self._config = config
        self._only_from = only_from
        self._signalling: SignallingOpener | SignallingListener | None = None

    @property
    def deadline(self) -> float | None:
        machines: list[Machine] = [self.ras] if self._signalling is None else [self.ras, self._signalling]
        return min((at for one in machines if (at := one.deadline) is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        commands = self.ras.handle(event, now)
        if self._signalling is not None and not isinstance(event, Started):
            commands += self._signalling.handle(event, now)
        elif self.ras.granted is not None and self.ras.granted.call_signalling is not None:
            commands += self._start(self.ras.granted.call_signalling, now)
        return commands

    def _start(self, gatekeeper: TransportAddress, now: float) -> Commands:
        if self._config.gatekeeper_opens:
            self._signalling = SignallingListener(
                self._config, Role.HANDSET, HANDSET.ip, only_from=self._only_from, random=Random(4)
            )
        else:
            to = TransportAddress(gatekeeper.ip, self._config.port)
            self._signalling = SignallingOpener(
                self._config, Role.HANDSET, HANDSET.ip, to, streams=count(1), random=Random(4)
            )
        return self._signalling.handle(Started(), now)


def site(config: SignallingConfig, **fields: tuple[Address, ...]) -> Link:
    keeper = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, signalling=config), Random(2))
    machines: dict[Address, Machine] = {GATEKEEPER.ip: keeper, HANDSET.ip: Phone(config, **fields)}
    return Link(machines)


def signalled(network: Link, who: Address) -> list[tuple[float, str]]:
    kinds = (StageReached, StageFailed)
    return [
        (at, type(one).__name__)
        for at, by, one in network.log
        if by == who and isinstance(one, kinds) and one.stage is Stage.SIGNAL
    ]


@pytest.mark.parametrize("config", WAYS)
def test_registered_then_signalling_whoever_opens(config: SignallingConfig) -> None:
    network = site(config)
    network.run(30.0)
    for who in (HANDSET.ip, GATEKEEPER.ip):
        ((at, kind),) = signalled(network, who)
        assert kind == "StageReached"
        assert at < 1.0
    opened = network.said(OpenStream)
    opener = GATEKEEPER.ip if config.gatekeeper_opens else HANDSET.ip
    assert {by for _, by, one in network.log if isinstance(one, OpenStream)} == {opener}
    assert len(opened) == 1


@pytest.mark.parametrize("config", WAYS)
def test_a_lost_socket_is_rebuilt_without_a_new_registration(config: SignallingConfig) -> None:
    network = site(config)
    network.run(30.0)
    network.cut(HANDSET.ip)
    before = len(network.log)
    network.run(60.0)
    kinds = [type(one).__name__ for _, _, one in network.log[before:]]
    assert "OpenStream" in kinds
    assert "SendDatagram" not in kinds
    assert signalled(network, HANDSET.ip)[-1][1] == "StageReached"


def test_a_gatekeeper_that_is_not_listed_gets_silence() -> None:
    network = site(TIME_TO_SERVICE, only_from=(STRANGER,))
    network.run(30.0)
    ((_, failed),) = [one for one in network.said(Noted, GATEKEEPER.ip) if "NOT_OPENED" in str(one)]
    assert "timed out" in str(failed)
    assert signalled(network, HANDSET.ip) == []


def octets() -> st.SearchStrategy[bytes]:
    setup = session(Role.HANDSET, sends_setup=True).open()
    (reply,) = session(Role.GATEKEEPER, sends_setup=False).receive(setup)

    def mangle(data: bytes, at: int, octet: int) -> bytes:
        mangled = bytearray(data)
        mangled[at % len(mangled)] = octet
        return bytes(mangled)

    valid = st.sampled_from([setup, reply.octets, released()])
    return st.one_of(
        valid, st.binary(max_size=40), st.builds(mangle, valid, st.integers(0, 600), st.integers(0, 255))
    )


def stories(streams: list[int]) -> st.SearchStrategy[list[tuple[float, Event]]]:
    stream = st.sampled_from(streams)
    remote = st.sampled_from([TransportAddress(GATEKEEPER.ip, 61440), TransportAddress(STRANGER, 1)])
    event: st.SearchStrategy[Event] = st.one_of(
        st.just(TimeUp()),
        st.builds(StreamOpened, stream, st.just(HANDSET), st.just(TO_GATEKEEPER)),
        st.builds(StreamAccepted, stream, st.just(TO_HANDSET), remote),
        st.builds(StreamReceived, stream, octets()),
        st.builds(StreamClosed, stream),
        st.builds(StreamFailed, stream, st.just("refused")),
    )
    return st.lists(st.tuples(st.floats(0, 20), event), max_size=20)


@settings(max_examples=80, deadline=None)
@given(stories([1, 2, 3]), st.sampled_from(WAYS))
def test_whatever_comes_an_opener_keeps_the_laws(
    story: list[tuple[float, Event]], config: SignallingConfig
) -> None:
    role = Role.GATEKEEPER if config.gatekeeper_opens else Role.HANDSET
    obey(opener(config, role), [(0.0, Started()), *story])


@settings(max_examples=80, deadline=None)
@given(stories([-1, -2]), st.sampled_from([TIME_TO_SERVICE, BY_GATEKEEPER]))
def test_whatever_comes_a_listener_keeps_the_laws(
    story: list[tuple[float, Event]], config: SignallingConfig
) -> None:
    obey(listener(config), [(0.0, Started()), *story])
