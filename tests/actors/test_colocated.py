"""Several machines on one host: whose event it is, streams that coincide, and time."""

from dataclasses import dataclass, field
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.colocated import Colocated
from ringfence.actors.files.client import FileClient
from ringfence.actors.files.config import FileClientConfig, FileSource
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.handset.pinger import Pinger, PingerConfig
from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    EchoReplied,
    Event,
    Listen,
    Machine,
    Noted,
    OpenStream,
    SendEcho,
    SendStream,
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
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.machine import SignallingListener, SignallingOpener
from ringfence.model.address import TransportAddress, transport
from ringfence.model.flow import Role
from ringfence.model.stage import Stage
from support.actors.gatekeeper_phone import AVAYA_CONFIG
from support.actors.signalling_talk import GATEKEEPER, HANDSET, HANDSET_OPENS, TO_GATEKEEPER
from support.link import Link
from support.script import DUE, Row, obey, run, step

HERE = transport("10.2.0.21", 0).ip
PEERS = [transport(f"10.1.0.{host}", 1720) for host in (31, 32, 33)]
FILES = transport("10.1.0.30", 80)


def openers() -> Colocated:
    """Three that open call signalling, each to a gatekeeper of its own, each counting its streams from 1."""
    return Colocated(
        SignallingOpener(HANDSET_OPENS, Role.HANDSET, HERE, peer, streams=count(1), random=Random(host))
        for host, peer in enumerate(PEERS)
    )


def words(command: Command) -> object:
    match command:
        case OpenStream():
            return f"open {command.stream} {command.destination.ip}"
        case SendStream():
            return f"say {command.stream}"
        case CloseStream(stream=stream):
            return f"close {stream}"
        case SendEcho(identifier=identifier):
            return f"echo {identifier}"
        case Noted(finding=finding):
            return finding.code
        case StageReached(stage=stage):
            return f"reached {stage}"
        case _:
            return type(command).__name__


def opened(stream: int) -> StreamOpened:
    return StreamOpened(stream, TransportAddress(HERE, 40000 + stream), PEERS[stream - 1])


def test_streams_of_one_number_are_told_apart() -> None:
    run(
        openers(),
        [
            Row(0.0, Started(), ["open 1 10.1.0.31", "open 2 10.1.0.32", "open 3 10.1.0.33"], None),
            Row(0.1, opened(2), ["say 2"], 4.1),
            Row(0.2, opened(3), ["say 3"], 4.1),
            Row(0.3, StreamFailed(1, "refused"), ["SIGNALLING_NOT_OPENED", "StageFailed"], 4.1),
            # Only those whose time it is are woken: the second, the third, then the first tries again.
            Row(DUE, TimeUp(), ["close 2", "SIGNALLING_NO_ANSWER", "StageFailed"], 4.2),
            Row(DUE, TimeUp(), ["close 3", "SIGNALLING_NO_ANSWER", "StageFailed"], 10.3),
            Row(DUE, TimeUp(), ["open 4 10.1.0.31"], 14.1),
            Row(DUE, TimeUp(), ["open 5 10.1.0.32"], 14.2),
            # What comes late for a stream that was closed is nobody's.
            Row(14.15, StreamReceived(2, b"late"), []),
            Row(14.15, StreamClosed(2), []),
            Row(14.15, StreamFailed(5, "refused"), ["SIGNALLING_NOT_OPENED", "StageFailed"], 14.2),
        ],
        show=words,
    )


def test_a_phone_and_a_server_each_of_three_machines_on_one_host() -> None:
    """Both openers of the phone call their first stream 1."""
    phone = Colocated(
        [
            RasClient(RasClientConfig(HERE, (GATEKEEPER,), "2001", "1234"), Random(1)),
            FileClient(FileClientConfig(HERE, (FileSource(FILES),)), count(1)),
            SignallingOpener(
                HANDSET_OPENS, Role.HANDSET, HERE, TO_GATEKEEPER, streams=count(1), random=Random(2)
            ),
        ]
    )
    server = Colocated(
        [
            FileServer(FileServerConfig({"46xxsettings.txt": b"SET L2Q 1\n"}, http=(FILES,))),
            Gatekeeper(AVAYA_CONFIG, Random(3)),
            SignallingListener(HANDSET_OPENS, Role.GATEKEEPER, GATEKEEPER.ip, random=Random(4)),
        ]
    )
    # The server has power first: what it listens on is there when the phone asks.
    link = Link({GATEKEEPER.ip: server, HANDSET.ip: phone})
    link.run(8.0)
    reached = {one.stage for _, one in link.said(StageReached, HANDSET.ip) if isinstance(one, StageReached)}
    assert reached >= {Stage.DISCOVER, Stage.REGISTER, Stage.PROVISION, Stage.SIGNAL}
    opened_ = [one.stream for _, one in link.said(OpenStream) if isinstance(one, OpenStream)]
    assert len(opened_) == len(set(opened_)) >= 3


def test_echo_replies_go_to_who_asked() -> None:
    pingers = [Pinger(PingerConfig(HERE, peer.ip, 60.0, 5.0, 7 + index)) for index, peer in enumerate(PEERS)]
    run(
        Colocated(pingers),
        [
            Row(0.0, Started(), ["echo 7", "echo 8", "echo 9"], 5.0),
            Row(1.0, EchoReplied(PEERS[1].ip, 8, 1), ["reached echo"], 5.0),
            Row(1.0, EchoReplied(PEERS[1].ip, 99, 1), []),
            Row(1.0, EchoReplied(PEERS[0].ip, 8, 1), []),
            Row(DUE, TimeUp(), ["ECHO_UNANSWERED", "StageFailed"] * 2, 60.0),
            Row(DUE, TimeUp(), ["echo 7", "echo 8", "echo 9"], 65.0),
        ],
        show=words,
    )
    assert [(each.answered, each.missed) for each in pingers] == [(0, 1), (1, 0), (0, 1)]


@dataclass
class Scribe:
    """Asks for what it is told to at the start, and writes down what it hears."""

    wishes: Commands = NOTHING
    deadline: float | None = None
    heard: list[Event] = field(default_factory=list)
    answers: dict[type[Event], Commands] = field(default_factory=dict)

    def handle(self, event: Event, now: float) -> Commands:
        self.heard.append(event)
        if isinstance(event, TimeUp):
            self.deadline = None
        return self.wishes if isinstance(event, Started) else self.answers.get(type(event), NOTHING)


@pytest.mark.parametrize(("port", "owner"), [(1719, 0), (80, 1), (53, None)])
def test_ports_say_whose_business_it_is(port: int, owner: int | None) -> None:
    local = transport("10.1.0.30", port)
    scribes = [Scribe((Bind(transport("10.1.0.30", 1719)),)), Scribe((Listen(FILES),))]
    host = Colocated(scribes)
    host.handle(Started(), 0.0)
    accepted = StreamAccepted(-1, local, HANDSET)
    events: list[Event] = [DatagramReceived(HANDSET, local, b""), accepted, BindFailed(local)]
    for event in events:
        host.handle(event, 1.0)
    expected: list[list[Event]] = [[], []]
    if owner is not None:
        expected[owner] = [events[0], events[2]] if owner == 0 else [events[1], events[2]]
    assert [scribe.heard[1:] for scribe in scribes] == expected


def test_nothing_is_said_or_heard_on_a_stream_after_it_was_closed() -> None:
    """A second machine has the same numbers: it must not be given, or robbed of, what was the first's."""
    first, second = Scribe((OpenStream(1, HERE, PEERS[0]),)), Scribe((OpenStream(2, HERE, PEERS[1]),))
    host = Colocated([first, second])
    assert [words(each) for each in host.handle(Started(), 0.0)] == ["open 1 10.1.0.31", "open 2 10.1.0.32"]
    first.answers[StreamOpened] = (CloseStream(1), SendStream(1, b"too late"), CloseStream(2))
    assert host.handle(opened(1), 1.0) == (CloseStream(1),)
    assert host.handle(StreamClosed(1), 1.0) == NOTHING
    assert len(first.heard) == 2
    second.answers[StreamOpened] = (SendStream(2, b"hello"),)
    assert host.handle(opened(2), 1.0) == (SendStream(2, b"hello"),)


def test_connections_that_a_machine_closes_are_not_kept() -> None:
    server = Scribe((Listen(FILES),))
    host = Colocated([server])
    host.handle(Started(), 0.0)
    for stream in range(-1, -100, -1):
        server.answers[StreamAccepted] = (CloseStream(stream),)
        assert host.handle(StreamAccepted(stream, FILES, HANDSET), 1.0) == (CloseStream(stream),)
        heard = len(server.heard)
        host.handle(StreamReceived(stream, b"late"), 1.0)
        assert len(server.heard) == heard


events = st.one_of(
    st.builds(StreamOpened, st.integers(1, 5), st.just(HANDSET), st.just(TO_GATEKEEPER)),
    st.builds(StreamReceived, st.integers(-3, 5), st.binary(max_size=40)),
    st.builds(StreamClosed, st.integers(-3, 5), st.sampled_from(["", "reset"])),
    st.builds(StreamFailed, st.integers(1, 5), st.just("refused")),
    st.builds(StreamAccepted, st.integers(-3, -1), st.just(FILES), st.just(HANDSET)),
    st.builds(EchoReplied, st.just(PEERS[0].ip), st.integers(6, 9), st.integers(0, 2)),
    st.builds(DatagramReceived, st.just(GATEKEEPER), st.just(HANDSET), st.binary(max_size=40)),
)


@given(st.lists(st.tuples(st.floats(0, 20), events), max_size=30))
def test_the_laws_hold_whatever_happens(story: list[tuple[float, Event]]) -> None:
    """Laws 2 and 3 by `obey`; and no stream is spoken on that the host does not have."""
    machines: list[Machine] = [
        SignallingOpener(HANDSET_OPENS, Role.HANDSET, HERE, PEERS[0], streams=count(1), random=Random(0)),
        SignallingOpener(HANDSET_OPENS, Role.HANDSET, HERE, PEERS[1], streams=count(1), random=Random(1)),
        FileServer(FileServerConfig({}, http=(FILES,))),
        Pinger(PingerConfig(HERE, PEERS[0].ip, 60.0, 5.0, 7)),
    ]
    host = Colocated(machines)
    asked: list[int] = []
    for _, command in obey(host, [(0.0, Started()), *story]):
        match command:
            case OpenStream(stream=stream):
                assert stream == len(asked) + 1
                asked.append(stream)
            case SendStream(stream=stream) | CloseStream(stream=stream):
                assert stream < 0 or stream in asked
            case _:
                pass
    waiting = [at for each in machines if (at := each.deadline) is not None]
    assert host.deadline == min(waiting, default=None)


@given(st.lists(st.one_of(st.none(), st.floats(0, 10)), min_size=1, max_size=4), st.floats(0, 10))
def test_time_wakes_who_asked_for_it(deadlines: list[float | None], now: float) -> None:
    scribes = [Scribe(deadline=each) for each in deadlines]
    host = Colocated(scribes)
    assert host.deadline == min((each for each in deadlines if each is not None), default=None)
    step(host, TimeUp(), now)
    woken = [bool(scribe.heard) for scribe in scribes]
    assert woken == [each is not None and each <= now for each in deadlines]
