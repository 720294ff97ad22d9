"""Calls on the connection that the gatekeeper opened to a handset: to numbers here, and of a neighbour."""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    Commands,
    Event,
    Machine,
    SendDatagram,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling import messages
from ringfence.actors.signalling.messages import MessageStream
from ringfence.model.address import Address, TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.call_signalling import CallSignal
from support.actors.signalling_talk import TIME_TO_SERVICE
from support.link import Link

HERE, THERE = transport("10.1.0.30", 1719), transport("10.3.0.30", 1719)
ANN, BOB = transport("10.2.0.21", 1720).ip, transport("10.4.0.22", 1720).ip
GUID = h225.CallIdentifier(guid=bytes(range(16)))
REFERENCE = 77


def keeper(at: TransportAddress, *neighbours: TransportAddress, opens: bool) -> Gatekeeper:
    config = GatekeeperConfig(
        at.ip,
        dialect=replace(PLAIN, preGrantedARQ=True),
        calls=RouterConfig(permanent=opens),
        signalling=TIME_TO_SERVICE if opens else None,
        users={"4711": "", "4712": ""},
        neighbours=frozenset(each.ip for each in neighbours),
    )
    return Gatekeeper(config, Random(int(at.ip)))


def client(address: Address, at: TransportAddress, extension: str) -> RasClientConfig:
    return RasClientConfig(address, (at,), extension, dialect=PLAIN, family=PHONE_FAMILIES["h323"])


def answering(at: TransportAddress) -> Endpoint:
    return Endpoint(client(BOB, at, "4712"), Random(4712), calls=CallPlan("", after=1.0, hold=99.0))


def setup(to: str) -> CallSignal:
    body = h225.SetupUUIE(
        protocolIdentifier=(0, 0, 8, 2250, 0, 4),
        sourceAddress=[("dialedDigits", "4711")],
        sourceInfo=TERMINAL_TYPE,
        destinationAddress=[("dialedDigits", to)],
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", True),
        callType=("pointToPoint", True),
        callIdentifier=GUID,
        multipleCalls=True,
        maintainConnection=True,
    )
    return call_signalling.signal(REFERENCE, ("setup", body))


def release() -> CallSignal:
    return messages.release_complete(
        REFERENCE, ("undefinedReason", True), from_destination=False, identifier=GUID
    )


@dataclass
class Dialling:
    """A set that is called back; at 5 s it dials on that connection, and at `hangs_up` it ends the call."""

    says: bytes = field(default_factory=lambda: tpkt.frame(call_signalling.encode(setup("4712"))))
    hangs_up: float = 99.0
    heard: list[CallSignal] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self.set = Endpoint(client(ANN, HERE, "4711"), Random(1), signalling=TIME_TO_SERVICE)
        bye = tpkt.frame(call_signalling.encode(release()))
        self.to_say = [(5.0, self.says), (self.hangs_up, bye)]
        self.incoming = MessageStream()
        self.stream = 0

    @property
    def deadline(self) -> float | None:
        mine = self.to_say[0][0] if self.to_say else None
        return min((at for at in (mine, self.set.deadline) if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case StreamAccepted(stream=stream):
                self.stream = stream
            case StreamReceived(data=data):
                self.heard += map(call_signalling.decode, self.incoming.take(data))
            case StreamClosed():
                self.closed = True
        said = []
        while isinstance(event, TimeUp) and self.to_say and self.to_say[0][0] <= now:
            said.append(SendStream(self.stream, self.to_say.pop(0)[1]))
        return (*self.set.handle(event, now), *said)

    @property
    def of_call(self) -> list[str]:
        return [each.name for each in self.heard if each.call_reference == REFERENCE]

    @property
    def of_permanent(self) -> list[str]:
        return [each.name for each in self.heard if each.call_reference == 1]


def machines(caller: Dialling, called: Endpoint) -> dict[Address, Machine]:
    here = keeper(HERE, THERE, opens=True)
    return {HERE.ip: here, THERE.ip: keeper(THERE, HERE, opens=False), ANN: caller, BOB: called}


@pytest.mark.parametrize("beyond", [False, True])
def test_a_call_on_the_connection_that_the_gatekeeper_opened_is_routed(beyond: bool) -> None:
    caller, called = Dialling(hangs_up=20.0), answering(THERE if beyond else HERE)
    link = Link(machines(caller, called))
    link.run(19.0)
    assert called.call is not None
    assert called.call.connected
    assert caller.of_call[0] == "CallProceeding"
    assert caller.of_call[-1] == "Connect"
    asked = [
        type(ras.decode(sent.data)).__name__
        for _, sent in link.said(SendDatagram)
        if isinstance(sent, SendDatagram) and {sent.source, sent.destination} == {HERE, THERE}
    ]
    assert asked == (["LocationRequest", "LocationConfirm"] if beyond else [])
    link.run(40.0)
    assert called.call.ended
    assert caller.of_permanent == ["CallProceeding", "Connect", "Information"]
    assert not caller.closed


def test_nobody_has_the_number_and_the_connection_stays() -> None:
    caller = Dialling(tpkt.frame(call_signalling.encode(setup("9999"))))
    link = Link(machines(caller, answering(HERE)))
    link.run(30.0)
    refused = next(each for each in caller.heard if each.name == "ReleaseComplete")
    assert messages.why_released(refused).startswith("calledPartyNotRegistered")
    assert not caller.closed


def test_a_call_is_over_with_the_connection_that_carried_it() -> None:
    caller, called = Dialling(), answering(THERE)
    link = Link(machines(caller, called))
    link.run(19.0)
    assert called.call is not None
    assert called.call.connected
    link.cut(ANN)
    link.run(22.0)
    assert called.call.ended


def test_what_is_no_setup_ends_the_connection_which_is_opened_anew() -> None:
    broken = bytearray(call_signalling.encode(setup("4712")))
    broken[60:] = b"\xff" * (len(broken) - 60)
    caller = Dialling(tpkt.frame(bytes(broken)))
    link = Link(machines(caller, answering(HERE)))
    link.run(6.0)
    assert caller.closed
    link.run(30.0)
    assert caller.of_permanent.count("Connect") == 2


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_messages_come_in_any_pieces(pieces: int) -> None:
    caller, called = Dialling(), answering(HERE)
    caller.to_say = [
        (5.0 + at / 1000, caller.says[at : at + pieces]) for at in range(0, len(caller.says), pieces)
    ]
    link = Link(machines(caller, called))
    link.run(19.0)
    assert caller.of_call[-1] == "Connect"
