"""What an endpoint meets: habits of other people's gatekeepers and endpoints, H.225.0 versions 2 to 7."""

from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from msgspec import structs

from ringfence.actors.endpoint import media_channels
from ringfence.actors.endpoint.call import EndpointCalls
from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.actors.endpoint.requests import EndpointCall, setup
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.io import (
    Bind,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Event,
    OpenStream,
    SendDatagram,
    SendStream,
    Started,
    StreamAccepted,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, aliases_of
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling.messages import framed, release_complete
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, per, ras, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.q931 import MessageType
from support.actors.gatekeeper_phone import GATEKEEPER, HANDSET, PLAIN_CONFIG, answers
from support.link import Link

CONFIG = RasClientConfig(HANDSET.ip, (GATEKEEPER,), "2001", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
CALL_PORT = TransportAddress(HANDSET.ip, 1720)
ROUTED = replace(PLAIN_CONFIG, calls=RouterConfig())


class Keeper:
    """A gatekeeper that answers GRQ and RRQ as the test says, and remembers everything."""

    deadline = None

    def __init__(self, gcf: dict[str, Any] | None = None, rcf: dict[str, Any] | None = None) -> None:
        self.gcf, self.rcf = gcf or {}, rcf or {}
        self.heard: list[ras.RasMessage] = []

    def handle(self, event: Event, now: float) -> Commands:
        if not isinstance(event, DatagramReceived):
            return ()
        message = ras.decode(event.data)
        self.heard.append(message)
        number = getattr(message, "requestSeqNum", 1)
        answer: ras.RasMessage
        match message:
            case h225.GatekeeperRequest():
                answer = h225.GatekeeperConfirm(
                    requestSeqNum=number,
                    protocolIdentifier=(0, 0, 8, 2250, 0, 7),
                    rasAddress=address_field(GATEKEEPER),
                    **self.gcf,
                )
            case h225.RegistrationRequest():
                fields = {
                    "callSignalAddress": [address_field(TransportAddress(GATEKEEPER.ip, 1721))],
                    "endpointIdentifier": "7777_endp",
                }
                answer = h225.RegistrationConfirm(
                    requestSeqNum=number, protocolIdentifier=(0, 0, 8, 2250, 0, 7), **(fields | self.rcf)
                )
            case _:
                return ()
        return (SendDatagram(GATEKEEPER, event.source, ras.encode(answer)),)


def client(keeper: Keeper, until: float = 5.0) -> tuple[RasClient, Link]:
    class Bound(Keeper):
        def handle(self, event: Event, now: float) -> Commands:
            return (Bind(GATEKEEPER),) if isinstance(event, Started) else keeper.handle(event, now)

    phone = RasClient(CONFIG, Random(3))
    link = Link({GATEKEEPER.ip: Bound(), HANDSET.ip: phone})
    link.run(until)
    return phone, link


ALTERNATE = h225.AlternateGK(
    rasAddress=address_field(transport("10.1.0.99", 1719)), needToRegister=True, priority=0
)
LATER = h225.AlternateGK(
    rasAddress=address_field(transport("10.1.0.98", 1719)), needToRegister=True, priority=5
)


@pytest.mark.parametrize(
    "rcf",
    [
        {},
        {"endpointIdentifier": "x"},
        {"endpointIdentifier": "\u00e9" * 128},
        {"gatekeeperIdentifier": "OpenH323GK"},
        {"terminalAlias": [("dialedDigits", "55501"), ("h323-ID", "assigned")]},
        {"callSignalAddress": []},
        {"timeToLive": 1},
        {"timeToLive": 4294967295},
        {"alternateGatekeeper": [LATER, ALTERNATE]},
        {"assignedGatekeeper": ALTERNATE},
        {
            "preGrantedARQ": h225.PreGrantedARQ(
                makeCall=True,
                useGKCallSignalAddressToMakeCall=True,
                answerCall=False,
                useGKCallSignalAddressToAnswer=False,
            )
        },
    ],
    ids=lambda fields: next(iter(fields), "bare"),
)
def test_whatever_an_rcf_bears_the_endpoint_is_registered(rcf: dict[str, Any]) -> None:
    phone, _ = client(Keeper(rcf=rcf))
    assert phone.granted is not None
    assert phone.granted.endpointIdentifier == rcf.get("endpointIdentifier", "7777_endp")


def test_the_assigned_gatekeeper_is_asked_before_the_alternates() -> None:
    phone, _ = client(Keeper(rcf={"alternateGatekeeper": [LATER], "assignedGatekeeper": ALTERNATE}))
    assert [str(address.ip) for address in phone.gatekeepers] == ["10.1.0.30", "10.1.0.99", "10.1.0.98"]


def test_the_gatekeeper_identifier_of_the_gcf_is_repeated() -> None:
    keeper = Keeper(gcf={"gatekeeperIdentifier": "OpenH323GK"})
    client(keeper)
    (request,) = [one for one in keeper.heard if isinstance(one, h225.RegistrationRequest)]
    assert request.gatekeeperIdentifier == "OpenH323GK"


@pytest.mark.parametrize("ttl", [1, 2, 60])
def test_a_short_life_is_kept_up(ttl: int) -> None:
    keeper = Keeper(rcf={"timeToLive": ttl})
    phone, _ = client(keeper, until=ttl * 3.0)
    light = [one for one in keeper.heard if isinstance(one, h225.RegistrationRequest) and one.keepAlive]
    assert len(light) >= 2
    assert {one.endpointIdentifier for one in light} == {"7777_endp"}
    assert phone.granted is not None


def test_without_a_life_nothing_needs_keeping_up() -> None:
    keeper = Keeper()
    client(keeper, until=86_400.0)
    assert len(keeper.heard) == 2  # GRQ and RRQ


# Calls


def registered_calls(plan: CallPlan) -> EndpointCalls:
    calls = EndpointCalls(CONFIG, plan, streams=count(1), random=Random(5))
    pre = h225.PreGrantedARQ(
        makeCall=True,
        useGKCallSignalAddressToMakeCall=True,
        answerCall=True,
        useGKCallSignalAddressToAnswer=True,
    )
    granted = Granted(GATEKEEPER, "1_endp", None, TransportAddress(GATEKEEPER.ip, 1721), None, 0.0)
    calls.opening = calls.registered(granted, HANDSET, pre, 0.0)  # type: ignore[attr-defined]
    return calls


def calling() -> tuple[EndpointCalls, OpenStream, CallSignal]:
    calls = registered_calls(CallPlan("4712", hold=None))
    (opening,) = calls.opening  # type: ignore[attr-defined]
    assert isinstance(opening, OpenStream)
    (sent,) = calls.handle(StreamOpened(opening.stream, CALL_PORT, opening.destination), 0.0)
    return calls, opening, spoken((sent,))[0]


def spoken(commands: Commands) -> list[CallSignal]:
    found = []
    for command in commands:
        if isinstance(command, SendStream):
            found += [call_signalling.decode(message) for message in tpkt.split(command.data)[0]]
    return found


def answer(signal: CallSignal, name: str, body: object) -> bytes:
    return framed(
        call_signalling.signal(
            signal.call_reference,
            (name, body),  # type: ignore[arg-type]
            from_destination=True,
        )
    )


V7 = (0, 0, 8, 2250, 0, 7)


def connect(signal: CallSignal, **fields: Any) -> bytes:
    body = h225.ConnectUUIE(
        protocolIdentifier=V7, destinationInfo=TERMINAL_TYPE, conferenceID=bytes(16), **fields
    )
    return answer(signal, "connect", body)


def test_the_port_of_the_rcf_is_called_and_not_the_standard_one() -> None:
    _, opening, _ = calling()
    assert opening.destination == TransportAddress(GATEKEEPER.ip, 1721)


def test_h245_on_a_connection_of_its_own() -> None:
    """An endpoint that neither tunnels nor accepts fast connect gives an address in its Connect."""
    calls, opening, setup = calling()
    h245 = transport("10.2.0.22", 30000)
    heard = calls.handle(StreamReceived(opening.stream, connect(setup, h245Address=address_field(h245))), 1.0)
    (second,) = [one for one in heard if isinstance(one, OpenStream)]
    assert second.destination == h245
    said = calls.handle(StreamOpened(second.stream, CALL_PORT, h245), 1.0)
    names = []
    for command in said:
        assert isinstance(command, SendStream)
        for octets in tpkt.split(command.data)[0]:
            names.append(per.decode(MultimediaSystemControlMessage, octets)[1][0])
    assert names == ["terminalCapabilitySet", "masterSlaveDetermination"]


@pytest.mark.parametrize("why", ["routeCallToGatekeeper", "callForwarded"])
def test_a_facility_sends_the_caller_elsewhere(why: str) -> None:
    calls, opening, setup = calling()
    elsewhere = transport("10.1.0.77", 1720)
    facility = h225.FacilityUUIE(
        protocolIdentifier=V7,
        alternativeAddress=address_field(elsewhere),
        alternativeAliasAddress=[("dialedDigits", "4799")],
        reason=(why, True),  # type: ignore[arg-type]
    )
    heard = calls.handle(StreamReceived(opening.stream, answer(setup, "facility", facility)), 1.0)
    (again,) = [one for one in heard if isinstance(one, OpenStream)]
    assert again.destination == elsewhere
    assert [signal.name for signal in spoken(heard)] == ["ReleaseComplete"]
    (second,) = spoken(calls.handle(StreamOpened(again.stream, CALL_PORT, elsewhere), 1.0))
    assert second.call_reference != setup.call_reference
    assert isinstance(second.body, tuple)
    assert isinstance(second.body[1], h225.SetupUUIE)
    assert aliases_of(second.body[1].destinationAddress) == (
        ("4799",) if why == "callForwarded" else ("4712",)
    )
    # Only once: two that send each other's callers around would never end.
    third = calls.handle(StreamReceived(again.stream, answer(second, "facility", facility)), 2.0)
    assert not [one for one in third if isinstance(one, OpenStream)]


def test_messages_that_say_nothing_to_us_do_no_harm() -> None:
    calls, opening, setup = calling()
    guid = h225.CallIdentifier(guid=bytes(16))
    harmless: list[tuple[str, object]] = [
        ("status", h225.StatusUUIE(protocolIdentifier=V7, callIdentifier=guid)),
        ("notify", h225.NotifyUUIE(protocolIdentifier=V7, callIdentifier=guid)),
        ("information", h225.InformationUUIE(protocolIdentifier=V7)),
        ("setupAcknowledge", h225.SetupAcknowledgeUUIE(protocolIdentifier=V7, callIdentifier=guid)),
        (
            "progress",
            h225.ProgressUUIE(protocolIdentifier=V7, destinationInfo=TERMINAL_TYPE, callIdentifier=guid),
        ),
        ("facility", h225.FacilityUUIE(protocolIdentifier=V7, reason=("featureSetUpdate", True))),
        ("empty", True),
    ]
    for name, body in harmless:
        assert spoken(calls.handle(StreamReceived(opening.stream, answer(setup, name, body)), 1.0)) == []
    # A TPKT without content keeps the connection alive.
    assert calls.handle(StreamReceived(opening.stream, b"\x03\x00\x00\x04"), 1.0) == ()
    calls.handle(StreamReceived(opening.stream, connect(setup)), 2.0)
    assert calls.last is not None
    assert calls.last.connected


def test_a_status_inquiry_in_a_call_is_answered() -> None:
    calls, opening, setup = calling()
    inquiry = h225.StatusInquiryUUIE(
        protocolIdentifier=V7, callIdentifier=h225.CallIdentifier(guid=bytes(16))
    )
    (status,) = spoken(
        calls.handle(StreamReceived(opening.stream, answer(setup, "statusInquiry", inquiry)), 1.0)
    )
    assert status.message_type == MessageType.STATUS


def test_a_call_for_an_alias_that_the_gatekeeper_assigned_is_taken() -> None:
    calls = registered_calls(CallPlan(ring=1.0))
    caller = EndpointCall(True, False, None, peer="assigned", reference=5)  # type: ignore[arg-type]
    granted = Granted(GATEKEEPER, "2_endp", None, None, None, 0.0)
    assert calls.handle(StreamAccepted(-1, CALL_PORT, transport("10.1.0.30", 40000)), 0.0) == ()
    heard = calls.handle(StreamReceived(-1, setup(CONFIG, granted, caller)), 0.0)
    assert [signal.name for signal in spoken(heard)] == ["CallProceeding", "Alerting"]
    assert [signal.name for signal in spoken(calls.handle(TimeUp(), 1.0))] == ["Connect"]


def h245_names(commands: Commands) -> list[str]:
    found = []
    for signal in spoken(commands):
        assert signal.user_information is not None
        for octets in signal.user_information.h323_uu_pdu.h245Control or ():
            found.append(per.decode(MultimediaSystemControlMessage, octets)[1][0])
    return found


def test_h245_in_the_setup_is_answered_at_once() -> None:
    """H323Plus begins there (h323.cxx) and gives the call up unless answered; fast connect is off then."""
    calls = registered_calls(CallPlan(ring=1.0))
    far = transport("10.2.0.22", 5004)
    caller = EndpointCall(
        True,
        True,
        H245Control(far, Random(1)),
        peer="2002",
        reference=5,
        proposals=media_channels.propose(far),
    )
    granted = Granted(GATEKEEPER, "2_endp", None, None, None, 0.0)
    first = call_signalling.decode(tpkt.split(setup(CONFIG, granted, caller))[0][0])
    assert first.user_information is not None
    pdu = structs.replace(first.user_information.h323_uu_pdu, h245Control=caller.control.open())
    first = first._replace(user_information=structs.replace(first.user_information, h323_uu_pdu=pdu))
    calls.handle(StreamAccepted(-1, CALL_PORT, transport("10.1.0.30", 40000)), 0.0)
    heard = calls.handle(StreamReceived(-1, framed(first)), 0.0)
    assert [signal.name for signal in spoken(heard)] == ["CallProceeding", "Facility", "Alerting"]
    assert {"terminalCapabilitySetAck", "masterSlaveDeterminationAck"} <= set(h245_names(heard))
    (connected,) = spoken(calls.handle(TimeUp(), 1.0))
    assert isinstance(connected.body, tuple)
    assert isinstance(connected.body[1], h225.ConnectUUIE)
    assert (connected.body[1].fastStart, connected.body[1].fastConnectRefused) == (None, True)


def test_h245_may_be_asked_for_after_fast_connect() -> None:
    """H323Plus and ooh323c do so by Facility, startH245, for touch tones."""
    calls, opening, first = calling()
    body = first.body
    assert isinstance(body, tuple)
    assert isinstance(body[1], h225.SetupUUIE)
    fast = media_channels.accept(body[1].fastStart, transport("10.2.0.22", 5004))
    there = transport("10.2.0.22", 30000)
    # An address in the Connect itself is an offer that need not be taken up.
    heard = calls.handle(
        StreamReceived(opening.stream, connect(first, fastStart=fast, h245Address=address_field(there))), 1.0
    )
    assert [one for one in heard if isinstance(one, OpenStream)] == []
    wish = h225.FacilityUUIE(
        protocolIdentifier=V7, h245Address=address_field(there), reason=("startH245", True)
    )
    (second,) = calls.handle(StreamReceived(opening.stream, answer(first, "facility", wish)), 2.0)
    assert isinstance(second, OpenStream)
    assert second.destination == there


def test_a_setup_with_call_reference_0_is_no_call() -> None:
    calls = registered_calls(CallPlan())
    caller = EndpointCall(True, False, None, peer="2001", reference=0)  # type: ignore[arg-type]
    granted = Granted(GATEKEEPER, "2_endp", None, None, None, 0.0)
    calls.handle(StreamAccepted(-1, CALL_PORT, transport("10.1.0.30", 40000)), 0.0)
    assert calls.handle(StreamReceived(-1, setup(CONFIG, granted, caller)), 0.0) == (CloseStream(-1),)
    assert calls.last is None


def test_a_gatekeeper_ends_a_call_with_drq() -> None:
    calls, opening, setup = calling()
    alive = tpkt.frame(b"") + tpkt.frame(bytes(4))
    calls.handle(StreamReceived(opening.stream, alive + connect(setup)), 1.0)
    drq = h225.DisengageRequest(
        requestSeqNum=3,
        endpointIdentifier="1_endp",
        conferenceID=bytes(16),
        callReferenceValue=setup.call_reference,
        disengageReason=("forcedDrop", True),
    )
    commands: tuple[Command, ...] = calls.answered(drq, GATEKEEPER, 2.0)
    assert [answer for _, answer in answers(commands)] == [h225.DisengageConfirm(requestSeqNum=3)]
    assert [signal.name for signal in spoken(commands)] == ["ReleaseComplete"]


def test_a_release_without_reason_or_user_information_ends_the_call() -> None:
    calls, opening, setup = calling()
    bare = release_complete(
        setup.call_reference, ("undefinedReason", True), from_destination=True, identifier=None
    )
    bare = bare._replace(user_information=None, elements=())
    calls.handle(StreamReceived(opening.stream, framed(bare)), 1.0)
    assert calls.last is not None
    assert calls.last.ended == "released by the peer: no reason given"
