"""Calls of an H323Plus endpoint, and of GnuGk as a neighbour, through our gatekeeper."""

from dataclasses import replace
from typing import Any

import pytest

from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig, Notification, NotificationKind
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.signalling.messages import CallTimers, framed, why_released
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import MessageType
from support.actors.gatekeeper_phone import GATEKEEPER, HANDSET, OTHER, answers, codes, expire, keeper
from support.peers.h323plus_peer import (
    CALLS,
    GUID,
    NAME,
    NEIGHBOUR,
    NUMBER,
    ROUTED,
    V6,
    ask,
    endpoint,
    the,
)


def setup(source: TransportAddress, called: str) -> CallSignal:
    """Its sourceCallSignalAddress is its port of the moment, and there is no endpointIdentifier."""
    body = h225.SetupUUIE(
        protocolIdentifier=V6,
        sourceAddress=[("h323-ID", "caller"), ("dialedDigits", "2001")],
        sourceInfo=TERMINAL_TYPE,
        destinationAddress=[("dialedDigits", called)],
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", True),
        callType=("pointToPoint", True),
        sourceCallSignalAddress=address_field(source),
        callIdentifier=GUID,
        mediaWaitForConnect=False,
        canOverlapSend=False,
        multipleCalls=False,
        maintainConnection=False,
    )
    return call_signalling.signal(9, ("setup", body), h245Tunneling=True)


def dial(machine: Gatekeeper, source: TransportAddress, called: str, now: float = 2.0) -> Commands:
    machine.handle(StreamAccepted(-1, CALLS, source), now)
    return machine.handle(StreamReceived(-1, framed(setup(source, called))), now)


def released(commands: tuple[Command, ...]) -> dict[int, str]:
    found = {}
    for command in commands:
        if isinstance(command, SendStream):
            for octets in tpkt.split(command.data)[0]:
                found[command.stream] = why_released(call_signalling.decode(octets))
    return found


def test_the_call_it_gets_comes_from_us() -> None:
    """It takes a private sourceCallSignalAddress that is not the connection's for one behind a NAT."""
    machine = keeper(ROUTED)
    for address, number in ((HANDSET, "2001"), (OTHER, "2002")):
        ask(machine, endpoint(address, ("dialedDigits", number)), address)
    (opening,) = dial(machine, transport(str(HANDSET.ip), 40000), "2002")
    assert isinstance(opening, OpenStream)
    (sent,) = machine.handle(StreamOpened(opening.stream, CALLS, opening.destination), 2.0)
    assert isinstance(sent, SendStream)
    ((octets,), _) = tpkt.split(sent.data)
    body = call_signalling.decode(octets).body
    assert isinstance(body, tuple)
    assert isinstance(body[1], h225.SetupUUIE)
    assert body[1].sourceCallSignalAddress == address_field(CALLS)


def in_a_call(machine: Gatekeeper) -> tuple[int, dict[str, h225.RegistrationConfirm]]:
    names = {}
    for address, number in ((HANDSET, "2001"), (OTHER, "2002")):
        names[number] = the(ask(machine, endpoint(address, ("dialedDigits", number)), address))
    (opening,) = dial(machine, transport(str(HANDSET.ip), 40000), "2002")
    assert isinstance(opening, OpenStream)
    machine.handle(StreamOpened(opening.stream, CALLS, opening.destination), 2.0)
    return opening.stream, names


@pytest.mark.parametrize(
    ("who", "why"),
    [("2001", "callerNotRegistered, cause 31"), ("2002", "calledPartyNotRegistered, cause 20")],
)
def test_who_unregisters_ends_its_calls(who: str, why: str) -> None:
    machine = keeper(ROUTED)
    callee, names = in_a_call(machine)
    source = HANDSET if who == "2001" else OTHER
    urq = h225.UnregistrationRequest(
        requestSeqNum=20,
        callSignalAddress=[address_field(TransportAddress(source.ip, 1720))],
        endpointIdentifier=names[who].endpointIdentifier,
        gatekeeperIdentifier="ringfence",
    )
    commands = machine.handle(DatagramReceived(source, GATEKEEPER, ras.encode(urq)), 5.0)
    assert released(commands) == {-1: why, callee: why}
    assert {one.stream for one in commands if isinstance(one, CloseStream)} == {-1, callee}


def test_who_is_not_kept_alive_ends_its_calls() -> None:
    machine = keeper(ROUTED)
    callee, names = in_a_call(machine)
    light = endpoint(HANDSET, keepAlive=True, endpointIdentifier=names["2001"].endpointIdentifier)
    ask(machine, light, now=50.0)
    commands = expire(machine, 62.0)
    assert set(released(tuple(commands))) == {-1, callee}


def test_who_registers_anew_keeps_its_calls_until_it_goes() -> None:
    machine = keeper(ROUTED)
    callee, _ = in_a_call(machine)
    octets = ras.encode(endpoint(OTHER, ("dialedDigits", "2002"), requestSeqNum=30))
    assert released(machine.handle(DatagramReceived(OTHER, GATEKEEPER, octets), 20.0)) == {}
    assert set(released(tuple(expire(machine, 90.0)))) == {-1, callee}


def located(machine: Gatekeeper, called: str = "2001") -> None:
    lrq = h225.LocationRequest(
        requestSeqNum=4,
        destinationInfo=[("dialedDigits", called)],
        replyAddress=address_field(NEIGHBOUR),
        sourceInfo=[("h323-ID", "GnuGk")],
        canMapAlias=True,
        gatekeeperIdentifier="GnuGk",
        hopCount=10,
    )
    assert isinstance(the(ask(machine, lrq, NEIGHBOUR)), h225.LocationConfirm)


CLOSED = replace(ROUTED, users={"2001": ""}, neighbours=frozenset({NEIGHBOUR.ip}))


@pytest.mark.parametrize(
    ("config", "source", "now", "taken"),
    [
        (CLOSED, NEIGHBOUR, 20.0, True),
        (CLOSED, NEIGHBOUR, 40.0, False),
        (CLOSED, OTHER, 20.0, False),
        (replace(CLOSED, neighbours=frozenset()), NEIGHBOUR, 20.0, False),
        (ROUTED, NEIGHBOUR, 20.0, True),
    ],
    ids=["asked", "too-late", "somebody-else", "no-neighbour", "laboratory"],
)
def test_a_neighbour_calls_whom_it_asked_for(
    config: GatekeeperConfig, source: TransportAddress, now: float, taken: bool
) -> None:
    machine = keeper(config)
    ask(machine, endpoint(HANDSET, NUMBER))
    located(machine)
    commands = dial(machine, TransportAddress(source.ip, 41000), "2001", now)
    if taken:
        (opening,) = commands
        assert isinstance(opening, OpenStream)
        assert opening.destination == TransportAddress(HANDSET.ip, 1720)
    else:
        assert released(commands) == {-1: "callerNotRegistered, cause 31"}


def test_a_neighbour_may_call_nobody_else() -> None:
    machine = keeper(ROUTED)
    for address, number in ((HANDSET, "2001"), (OTHER, "2002")):
        ask(machine, endpoint(address, ("dialedDigits", number)), address)
    located(machine, "2001")
    commands = dial(machine, TransportAddress(NEIGHBOUR.ip, 41000), "2002")
    assert released(commands) == {-1: "callerNotRegistered, cause 31"}


def body_of(name: str, **fields: Any) -> Any:
    kind = {
        "facility": h225.FacilityUUIE,
        "progress": h225.ProgressUUIE,
        "information": h225.InformationUUIE,
        "notify": h225.NotifyUUIE,
        "status": h225.StatusUUIE,
        "statusInquiry": h225.StatusInquiryUUIE,
    }[name]
    return name, kind(protocolIdentifier=V6, callIdentifier=GUID, **fields)


H245 = address_field(transport("192.0.2.7", 30_000))
FEATURE = h225.GenericData(id=("standard", 24))


@pytest.mark.parametrize(
    "said",
    [
        body_of("facility", reason=("startH245", True), h245Address=H245),
        body_of("facility", reason=("transportedInformation", True)),
        body_of("facility", reason=("routeCallToMC", True), conferenceID=bytes(16)),
        body_of("facility", reason=("callForwarded", True), alternativeAliasAddress=[NAME]),
        body_of("progress", destinationInfo=TERMINAL_TYPE, h245Address=H245, fastStart=[b"a", b"b"]),
        body_of("information", fastConnectRefused=True),
        body_of("notify"),
        body_of("status"),
        body_of("statusInquiry"),
        ("empty", True),
    ],
    ids=lambda said: said[0],
)
@pytest.mark.parametrize("from_called", [True, False])
def test_everything_in_a_call_goes_through_as_it_came(said: Any, from_called: bool) -> None:
    machine = keeper(ROUTED)
    callee, _ = in_a_call(machine)
    here, there = (callee, -1) if from_called else (-1, callee)
    reference = 1 if from_called else 9
    signal = call_signalling.signal(
        reference, said, from_destination=from_called, h245Tunneling=True, h245Control=[b"\x02\x70"]
    )
    empty = tpkt.frame(b"") + tpkt.frame(bytes(4))  # both keep the connection alive
    (sent,) = machine.handle(StreamReceived(here, empty + framed(signal) + empty), 3.0)
    assert isinstance(sent, SendStream)
    assert sent.stream == there
    ((octets,), _) = tpkt.split(sent.data)
    expected = tpkt.split(framed(signal))[0][0]
    assert octets[4:] == expected[4:]
    assert octets[2:4] == bytes([0x80, 9] if from_called else [0, 1])


@pytest.mark.parametrize("kind", [MessageType.NOTIFY, MessageType.RELEASE_COMPLETE])
def test_what_we_cannot_read_in_a_call_goes_through_all_the_same(kind: MessageType) -> None:
    """H323Plus goes on without the User-user element that it cannot read (h323pdu.cxx)."""
    machine = keeper(ROUTED)
    callee, _ = in_a_call(machine)
    unreadable = bytes([8, 2, 0x80, 1, kind, 0x7E, 0, 5, 5]) + b"\xff" * 4
    sent, *closed = machine.handle(StreamReceived(callee, tpkt.frame(unreadable)), 3.0)
    expected = unreadable[:2] + bytes([0x80, 9]) + unreadable[4:]
    assert sent == SendStream(-1, tpkt.frame(expected))
    ended = {CloseStream(-1), CloseStream(callee)} if kind == MessageType.RELEASE_COMPLETE else set()
    assert set(closed) == ended


def irr(number: int, *calls: h225.CallIdentifier, **fields: Any) -> h225.InfoRequestResponse:
    items = [
        h225.PerCallInfoItem(
            callReferenceValue=9,
            conferenceID=bytes(16),
            h245=h225.TransportChannelInfo(),
            callSignalling=h225.TransportChannelInfo(),
            callType=("pointToPoint", True),
            bandWidth=1280,
            callModel=("gatekeeperRouted", True),
            callIdentifier=identifier,
        )
        for identifier in calls
    ]
    return h225.InfoRequestResponse(
        requestSeqNum=number,
        endpointType=TERMINAL_TYPE,
        endpointIdentifier="x",
        rasAddress=address_field(HANDSET),
        callSignalAddress=[address_field(HANDSET)],
        perCallInfo=items or None,
        **fields,
    )


IRQ = replace(ROUTED, notification=Notification(5.0, NotificationKind.IRQ), time_to_live=3600)


def irqs(machine: Gatekeeper, until: float) -> list[int]:
    """Numbers of the IRQs to the caller by then."""
    said = answers(expire(machine, until))
    return [one.requestSeqNum for to, one in said if isinstance(one, h225.InfoRequest) and to == HANDSET]


def test_a_call_that_is_no_longer_listed_is_over() -> None:
    machine = keeper(IRQ)
    callee, _ = in_a_call(machine)
    machine.handle(StreamReceived(callee, framed(said_connect())), 2.5)
    (first, *_) = irqs(machine, 6.5)
    octets = ras.encode(irr(first, GUID))
    assert released(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, octets), 6.5)) == {}
    # Unsolicited ones may be about one call of several, and a segment is not the whole list.
    for spare in (irr(900, unsolicited=True), irr(900)):
        assert released(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, ras.encode(spare)), 7.0)) == {}
    (second, *_) = irqs(machine, 12.5)
    part = ras.encode(irr(second, irrStatus=("incomplete", True)))
    assert released(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, part), 12.5)) == {}
    (third, *_) = irqs(machine, 18.0)
    commands = machine.handle(DatagramReceived(HANDSET, GATEKEEPER, ras.encode(irr(third))), 18.0)
    assert released(commands) == dict.fromkeys((-1, callee), "undefinedReason, cause 41")


def test_who_never_lists_its_calls_loses_none() -> None:
    machine = keeper(IRQ)
    in_a_call(machine)
    (number, *_) = irqs(machine, 6.5)
    assert released(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, ras.encode(irr(number))), 6.5)) == {}


def test_a_call_that_is_not_routed_here_is_told() -> None:
    machine = keeper(ROUTED)
    ask(machine, endpoint(HANDSET, NUMBER))
    other = ras.encode(irr(900, h225.CallIdentifier(guid=bytes(16)), unsolicited=True))
    assert codes(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, other), 1.5)) == ["CALL_UNKNOWN"]


def said_connect() -> CallSignal:
    body = h225.ConnectUUIE(protocolIdentifier=V6, destinationInfo=TERMINAL_TYPE, conferenceID=bytes(16))
    return call_signalling.signal(1, ("connect", body), from_destination=True)


def said_proceeding() -> CallSignal:
    body = h225.CallProceedingUUIE(protocolIdentifier=V6, destinationInfo=TERMINAL_TYPE)
    return call_signalling.signal(1, ("callProceeding", body), from_destination=True)


def said_alerting() -> CallSignal:
    body = h225.AlertingUUIE(protocolIdentifier=V6, destinationInfo=TERMINAL_TYPE)
    return call_signalling.signal(1, ("alerting", body), from_destination=True)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ([said_proceeding], 23.0),
        ([said_alerting, said_proceeding], 183.0),
        ([said_connect, said_proceeding, said_alerting], None),
    ],
    ids=["proceeding", "late-proceeding", "connected"],
)
def test_a_gateway_is_given_its_time(said: list[Any], until: float | None) -> None:
    """T310 lasts from CallProceeding to Alerting, and is what the configuration says."""
    config = replace(ROUTED, time_to_live=3600, calls=RouterConfig(timers=CallTimers(t310=20.0)))
    machine = keeper(config)
    callee, _ = in_a_call(machine)
    for each in said:
        machine.handle(StreamReceived(callee, framed(each())), 3.0)
    before = 1000.0 if until is None else until - 0.1
    assert released(tuple(expire(machine, before))) == {}
    if until is not None:
        assert set(released(tuple(expire(machine, until)))) == {-1, callee}
