"""A call to a number of a neighbour's: LRQ, LCF, and the call by way of both gatekeepers."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Bind, Commands, DatagramReceived, Event, Machine, SendDatagram, Started
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import address_field, address_of
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.security.h235_baseline import H235Gatekeeper
from ringfence.model.address import Address, TransportAddress, transport
from ringfence.wire import h225, ras
from support.link import Link

HERE, THERE, ELSEWHERE = (transport(f"10.{n}.0.30", 1719) for n in (1, 3, 4))
ANN, BOB = transport("10.2.0.21", 1720).ip, transport("10.4.0.22", 1720).ip
CALLED: h225.AliasAddress = ("dialedDigits", "4712")


def keeper(at: TransportAddress, *neighbours: TransportAddress, routed: bool = True) -> Gatekeeper:
    config = GatekeeperConfig(
        at.ip,
        dialect=PLAIN,
        calls=RouterConfig(permanent=False) if routed else None,
        users={"4711": "", "4712": ""},
        neighbours=frozenset(each.ip for each in neighbours),
    )
    return Gatekeeper(config, Random(int(at.ip)))


def endpoint(address: Any, at: TransportAddress, extension: str, call: str = "") -> Endpoint:
    config = RasClientConfig(address, (at,), extension, dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    return Endpoint(config, Random(int(extension)), calls=CallPlan(call, after=1.0, hold=2.0))


def ras_between(link: Link, *ends: TransportAddress) -> list[str]:
    """Names of RAS messages that went between these two."""
    return [
        type(ras.decode(sent.data)).__name__
        for _, sent in link.said(SendDatagram)
        if isinstance(sent, SendDatagram) and {sent.source, sent.destination} == set(ends)
    ]


def test_a_number_of_a_neighbours_is_called_through_both() -> None:
    caller, called = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, THERE, "4712")
    machines: dict[Address, Machine] = {
        HERE.ip: keeper(HERE, ELSEWHERE, THERE),
        THERE.ip: keeper(THERE, HERE),
        ELSEWHERE.ip: keeper(ELSEWHERE, HERE),
        BOB: called,
        ANN: caller,
    }
    link = Link(machines)
    link.run(30.0)
    assert caller.call is not None
    assert (caller.call.connected, caller.call.ended) == (True, "hung up here")
    assert called.call is not None
    assert called.call.connected
    assert ras_between(link, HERE, THERE) == ["LocationRequest", "LocationConfirm"]
    assert ras_between(link, HERE, ELSEWHERE) == ["LocationRequest", "LocationReject"]


@pytest.mark.parametrize(("answers", "waits"), [(True, 2.0), (False, 20.0)])
def test_nobody_has_it(answers: bool, waits: float) -> None:
    caller = endpoint(ANN, HERE, "4711", "9999")
    gatekeeper = keeper(HERE, THERE)
    link = Link(
        {HERE.ip: gatekeeper, ANN: caller, THERE.ip: keeper(THERE, HERE)},
        passes=lambda sent: answers or sent.source.ip != THERE.ip or sent.destination.ip == BOB,
    )
    link.run(waits)
    assert caller.call is not None
    assert "calledPartyNotRegistered" in caller.call.ended
    asked = ras_between(link, HERE, THERE).count("LocationRequest")
    assert asked == (1 if answers else 3)  # H.225.0: two retries
    assert gatekeeper.deadline is None or gatekeeper.deadline > link.now


def test_whom_we_have_nobody_is_asked_for() -> None:
    caller, called = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, HERE, "4712")
    link = Link({HERE.ip: keeper(HERE, THERE), THERE.ip: keeper(THERE), BOB: called, ANN: caller})
    link.run(10.0)
    assert caller.call is not None
    assert caller.call.connected
    assert ras_between(link, HERE, THERE) == []


def test_who_is_asked_does_not_ask_on() -> None:
    """Two that are each other's neighbours would ask for ever."""
    caller = endpoint(ANN, HERE, "4711", "9999")
    link = Link({HERE.ip: keeper(HERE, THERE), THERE.ip: keeper(THERE, HERE), ANN: caller})
    link.run(10.0)
    assert ras_between(link, HERE, THERE) == ["LocationRequest", "LocationReject"]


@pytest.mark.parametrize(
    ("routed", "to"), [(True, TransportAddress(HERE.ip, 1720)), (False, TransportAddress(BOB, 1720))]
)
@pytest.mark.parametrize("hashes", [False, True])
def test_an_answer_of_another_is_not_believed(hashes: bool, routed: bool, to: TransportAddress) -> None:
    """That of the neighbour is: the call goes there, or by way of us where calls are routed."""
    inner = keeper(HERE, THERE, routed=routed)
    machine: Any = H235Gatekeeper(
        inner, HERE, {"4711": "x"}, identifier="g", neighbours=frozenset({THERE.ip})
    )
    machine = machine if hashes else inner
    arq = arq_of(inner)
    asked = inner.handle(DatagramReceived(transport(str(ANN), 49300), HERE, ras.encode(arq)), 1.0)
    lrq = next(message for message in map(sent_message, asked) if isinstance(message, h225.LocationRequest))
    assert (lrq.destinationInfo, address_of(lrq.replyAddress)) == ([CALLED], HERE)

    def confirmed(source: TransportAddress, number: int, to: TransportAddress) -> Commands:
        lcf = h225.LocationConfirm(
            requestSeqNum=number, callSignalAddress=address_field(to), rasAddress=address_field(source)
        )
        return tuple(machine.handle(DatagramReceived(source, HERE, ras.encode(lcf)), 1.1))

    number, good = lrq.requestSeqNum, TransportAddress(BOB, 1720)
    assert all_sent(confirmed(ELSEWHERE, number, good)) == []
    assert all_sent(confirmed(THERE, number % 65535 + 1, good)) == []
    (acf,) = all_sent(confirmed(THERE, number, good))
    assert isinstance(acf, h225.AdmissionConfirm)
    assert address_of(acf.destCallSignalAddress) == to
    assert all_sent(confirmed(THERE, number, good)) == []


def test_a_number_that_leads_back_here_is_nobodys() -> None:
    machine = keeper(HERE, THERE)
    asked = machine.handle(DatagramReceived(transport(str(ANN), 49300), HERE, ras.encode(arq_of(machine))), 1)
    lrq = next(message for message in map(sent_message, asked) if isinstance(message, h225.LocationRequest))
    lcf = h225.LocationConfirm(
        requestSeqNum=lrq.requestSeqNum,
        callSignalAddress=address_field(TransportAddress(HERE.ip, 1720)),
        rasAddress=address_field(HERE),
    )
    (arj,) = all_sent(machine.handle(DatagramReceived(THERE, HERE, ras.encode(lcf)), 1.1))
    assert isinstance(arj, h225.AdmissionReject)


def test_an_arq_that_is_repeated_asks_once_and_is_answered_once_more() -> None:
    machine, source = keeper(HERE, THERE), transport(str(ANN), 49300)
    event = DatagramReceived(source, HERE, ras.encode(arq_of(machine)))
    first = [type(each).__name__ for each in all_sent(machine.handle(event, 1.0))]
    again = [type(each).__name__ for each in all_sent(machine.handle(event, 2.0))]
    assert (first, again) == (["RequestInProgress", "LocationRequest"], ["RequestInProgress"])


def arq_of(machine: Gatekeeper) -> h225.AdmissionRequest:
    """Of a caller that is registered now."""
    caller = endpoint(ANN, HERE, "4711")
    link = Link({HERE.ip: machine, ANN: caller})
    link.run(0.9)
    assert caller.granted is not None
    return h225.AdmissionRequest(
        requestSeqNum=9,
        callType=("pointToPoint", True),
        endpointIdentifier=caller.granted.endpointIdentifier,
        destinationInfo=[CALLED],
        srcInfo=[("dialedDigits", "4711")],
        bandWidth=1280,
        callReferenceValue=7,
        conferenceID=bytes(16),
        activeMC=False,
        answerCall=False,
        canMapAlias=True,
        willSupplyUUIEs=False,
    )


def sent_message(command: object) -> Any:
    return ras.decode(command.data) if isinstance(command, SendDatagram) else None


def all_sent(commands: Commands) -> list[Any]:
    return [message for message in map(sent_message, commands) if message is not None]


@dataclass
class Mapping:
    """A neighbour that calls the number by another name, at another port, and asks for time first."""

    heard: list[Any] = field(default_factory=list)
    deadline: float | None = None

    def handle(self, event: Event, now: float) -> Commands:
        if isinstance(event, Started):
            return (Bind(THERE),)
        if not isinstance(event, DatagramReceived):
            return ()
        lrq: Any = ras.decode(event.data)
        self.heard.append(lrq)
        rip = h225.RequestInProgress(requestSeqNum=lrq.requestSeqNum, delay=9000)
        if len(self.heard) == 1:
            return (SendDatagram(THERE, event.source, ras.encode(rip)),)
        lcf = h225.LocationConfirm(
            requestSeqNum=lrq.requestSeqNum,
            callSignalAddress=address_field(TransportAddress(BOB, 1720)),
            rasAddress=address_field(THERE),
            destinationInfo=[("h323-ID", "bob")],
        )
        return (SendDatagram(THERE, event.source, ras.encode(lcf)),)


def test_a_neighbours_own_name_is_used_where_the_caller_takes_one() -> None:
    caller, called, neighbour = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, HERE, "4713"), Mapping()
    gatekeeper = keeper(HERE, THERE)
    gatekeeper_config = replace(gatekeeper._config, users=None)
    link = Link(
        {HERE.ip: Gatekeeper(gatekeeper_config, Random(1)), THERE.ip: neighbour, BOB: called, ANN: caller}
    )
    link.run(30.0)
    assert len(neighbour.heard) == 2  # again 9 s later, as it had asked for
    assert caller.call is not None
    assert caller.call.connected
    assert called.call is not None


# Calls of an endpoint that sends no ARQ: its RCF granted them before.


def granting(at: TransportAddress, *neighbours: TransportAddress) -> Gatekeeper:
    dialect = replace(PLAIN, preGrantedARQ=True)
    return Gatekeeper(replace(keeper(at, *neighbours)._config, dialect=dialect), Random(int(at.ip)))


def test_a_setup_without_an_arq_goes_to_a_neighbours_number_too() -> None:
    caller, called = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, THERE, "4712")
    machines: dict[Address, Machine] = {
        HERE.ip: granting(HERE, ELSEWHERE, THERE),
        THERE.ip: keeper(THERE, HERE),
        ELSEWHERE.ip: keeper(ELSEWHERE, HERE),
        BOB: called,
        ANN: caller,
    }
    link = Link(machines)
    link.run(30.0)
    assert caller.call is not None
    assert (caller.call.connected, caller.call.ended) == (True, "hung up here")
    assert ras_between(link, HERE, THERE) == ["LocationRequest", "LocationConfirm"]
    assert ras_between(link, HERE, transport(str(ANN), 49300)).count("AdmissionRequest") == 0


@pytest.mark.parametrize(("answers", "waits"), [(True, 4.0), (False, 20.0)])
def test_a_setup_for_whom_nobody_has_is_released(answers: bool, waits: float) -> None:
    """Also where no neighbour answers: that takes longer than T303, so the caller gets a CallProceeding."""
    caller = endpoint(ANN, HERE, "4711", "9999")
    gatekeeper = granting(HERE, THERE)
    link = Link(
        {HERE.ip: gatekeeper, ANN: caller, THERE.ip: keeper(THERE, HERE)},
        passes=lambda sent: answers or sent.source.ip != THERE.ip,
    )
    link.run(waits)
    assert caller.call is not None
    assert "calledPartyNotRegistered" in caller.call.ended
    assert ras_between(link, HERE, THERE).count("LocationRequest") == (1 if answers else 3)


def test_a_caller_that_gives_up_while_neighbours_are_asked_calls_nobody() -> None:
    caller, called = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, THERE, "4712")
    machines: dict[Address, Machine] = {
        HERE.ip: granting(HERE, THERE),
        THERE.ip: keeper(THERE, HERE),
        BOB: called,
        ANN: caller,
    }
    lost = Link(machines, passes=lambda sent: sent.source.ip != THERE.ip or sent.destination.ip == BOB)
    lost.run(3.0)
    lost.cut(ANN)
    lost.passes = lambda sent: True
    lost.run(30.0)
    assert ras_between(lost, HERE, THERE)[-1] == "LocationConfirm"
    assert called.call is None


def test_neighbours_are_not_asked_for_a_neighbours_caller() -> None:
    """A Setup from elsewhere may come in for whom we have; two neighbours would ask each other for ever."""
    caller, called = endpoint(ANN, HERE, "4711", "4712"), endpoint(BOB, THERE, "4712")
    machines: dict[Address, Machine] = {
        HERE.ip: granting(HERE, THERE),
        THERE.ip: granting(THERE, HERE, ELSEWHERE),
        ELSEWHERE.ip: keeper(ELSEWHERE, THERE),
        BOB: called,
        ANN: caller,
    }
    link = Link(machines)
    link.run(30.0)
    assert caller.call is not None
    assert caller.call.connected
    assert ras_between(link, THERE, ELSEWHERE) == []
