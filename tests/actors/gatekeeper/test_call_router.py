"""Calls through the gatekeeper: what is passed on, what is refused, and what ends a call."""

from dataclasses import dataclass, field
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.call_router import CallRouter
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.io import (
    CloseStream,
    Command,
    Listen,
    OpenStream,
    SendStream,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.signalling import messages
from ringfence.model.address import transport
from ringfence.wire import call_signalling, h225, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import ElementId, InformationElement
from ringfence.wire.q931_elements import Number, number_element
from support.script import step

LOCAL = transport("10.1.0.30", 1720)
ANN, BOB = transport("10.2.0.21", 1720), transport("10.2.0.22", 1720)
V4 = (0, 0, 8, 2250, 0, 4)
GUID = h225.CallIdentifier(guid=bytes(range(16)))
FAST = [b"\x00\x01proposal", b"\x02another"]
TUNNELLED = [b"\x02\x70\x01\x06", b"\x01\x00"]


def setup(
    *,
    to: str | None = "4712",
    reference: int = 77,
    elements: tuple[InformationElement, ...] = (),
    multiple: bool | None = None,
    hop_count: int | None = None,
    identifier: str | None = "1_endp",
) -> CallSignal:
    body = h225.SetupUUIE(
        protocolIdentifier=V4,
        sourceAddress=[("dialedDigits", "4711")],
        sourceInfo=TERMINAL_TYPE,
        destinationAddress=[("dialedDigits", to)] if to else None,
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", True),
        callType=("pointToPoint", True),
        sourceCallSignalAddress=address_field(ANN),
        callIdentifier=GUID,
        fastStart=FAST,
        endpointIdentifier=identifier,
        multipleCalls=multiple,
        maintainConnection=multiple,
        hopCount=hop_count,
    )
    return call_signalling.signal(
        reference, ("setup", body), elements=elements, h245Tunneling=True, h245Control=TUNNELLED
    )


def connect(reference: int, *, multiple: bool | None = None) -> CallSignal:
    body = h225.ConnectUUIE(
        protocolIdentifier=V4,
        destinationInfo=TERMINAL_TYPE,
        conferenceID=bytes(16),
        callIdentifier=GUID,
        fastStart=FAST,
        multipleCalls=multiple,
        maintainConnection=multiple,
    )
    return call_signalling.signal(
        reference, ("connect", body), from_destination=True, h245Tunneling=True, h245Control=TUNNELLED
    )


def alerting(reference: int) -> CallSignal:
    body = h225.AlertingUUIE(protocolIdentifier=V4, destinationInfo=TERMINAL_TYPE, callIdentifier=GUID)
    return call_signalling.signal(reference, ("alerting", body), from_destination=True)


def release(reference: int, *, from_destination: bool) -> CallSignal:
    return messages.release_complete(
        reference, ("undefinedReason", True), from_destination=from_destination, identifier=GUID
    )


@dataclass
class Site:
    """A router with two registered endpoints, and what it was told and said."""

    config: RouterConfig = field(default_factory=RouterConfig)
    now: float = 0.0

    def __post_init__(self) -> None:
        table = Registrations()
        for name, alias, call in (("1_endp", "4711", ANN), ("2_endp", "4712", BOB)):
            ras = transport(str(call.ip), 1719)
            table.add(RegisteredEndpoint(name, (alias,), ras, call, 300.0, heard=0.0), 0.0)
        self.router = CallRouter(self.config, LOCAL, table, streams=count(1), random=Random(1))
        self.listen = self.router.handle(Started(), 0.0)

    def tell(self, event: object) -> tuple[Command, ...]:
        return step(self.router, event, self.now)  # type: ignore[arg-type]

    def accept(self, stream: int = -1, remote: str = "10.2.0.21") -> None:
        assert self.tell(StreamAccepted(stream, LOCAL, transport(remote, 40000))) == ()

    def hear(self, stream: int, signal: CallSignal) -> tuple[Command, ...]:
        return self.tell(StreamReceived(stream, messages.framed(signal)))

    def dialled(self, **kwargs: object) -> tuple[int, CallSignal]:
        """Ann's Setup has reached Bob: the stream to him, and what he got."""
        self.accept()
        (opening,) = self.hear(-1, setup(**kwargs))  # type: ignore[arg-type]
        assert isinstance(opening, OpenStream)
        assert opening.destination == BOB
        said = self.tell(StreamOpened(opening.stream, transport(str(LOCAL.ip), 50000), BOB))
        return opening.stream, the(said)[1]


def said(commands: tuple[Command, ...]) -> list[tuple[int, CallSignal]]:
    found = []
    for command in commands:
        if isinstance(command, SendStream):
            whole, rest = tpkt.split(command.data)
            assert rest == b""
            found += [(command.stream, call_signalling.decode(message)) for message in whole]
    return found


def the(commands: tuple[Command, ...]) -> tuple[int, CallSignal]:
    (one,) = said(commands)
    return one


def test_it_listens_and_a_call_goes_through_with_everything_in_it() -> None:
    site = Site()
    assert site.listen == (Listen(LOCAL),)
    bob, got = site.dialled(elements=(number_element(ElementId.CALLED_PARTY_NUMBER, Number("4712")),))
    match got.body:
        case ("setup", h225.SetupUUIE() as onward):
            assert onward.fastStart == FAST
            assert onward.destCallSignalAddress == address_field(BOB)
            assert onward.endpointIdentifier is None
            assert onward.callIdentifier == GUID
        case other:
            raise AssertionError(other)
    assert got.user_information is not None
    assert got.user_information.h323_uu_pdu.h245Control == TUNNELLED
    assert got.user_information.h323_uu_pdu.h245Tunneling is True
    assert [element.identifier for element in got.elements] == [ElementId.CALLED_PARTY_NUMBER]
    assert not got.from_destination
    for answer in (alerting(got.call_reference), connect(got.call_reference)):
        stream, heard = the(site.hear(bob, answer))
        assert (stream, heard.call_reference, heard.from_destination) == (-1, 77, True)
        assert heard.user_information == answer.user_information
    assert site.router.deadline is None or site.router.deadline > 1000  # nothing ends a call but its parties


@pytest.mark.parametrize("who", ["caller", "called"])
def test_either_side_releases_and_both_connections_end(who: str) -> None:
    site = Site()
    bob, got = site.dialled()
    site.hear(bob, connect(got.call_reference))
    if who == "caller":
        commands = site.hear(-1, release(77, from_destination=False))
        expected = (bob, got.call_reference, False)
    else:
        commands = site.hear(bob, release(got.call_reference, from_destination=True))
        expected = (-1, 77, True)
    stream, heard = the(commands)
    assert (stream, heard.call_reference, heard.from_destination) == expected
    assert heard.name == "ReleaseComplete"
    assert {command.stream for command in commands if isinstance(command, CloseStream)} == {-1, bob}
    assert len(site.router) == 0


def test_a_lost_connection_releases_the_other_side() -> None:
    site = Site()
    bob, got = site.dialled()
    site.hear(bob, connect(got.call_reference))
    stream, heard = the(site.tell(StreamClosed(-1, "reset by peer")))
    assert (stream, messages.why_released(heard)) == (bob, "undefinedReason, cause 41")


@pytest.mark.parametrize(
    ("kwargs", "reason", "cause"),
    [
        ({"to": "9999"}, "calledPartyNotRegistered", 20),
        ({"hop_count": 1}, "hopCountExceeded", 31),
    ],
)
def test_a_call_that_cannot_be_made_is_released_with_the_reason(
    kwargs: dict[str, object], reason: str, cause: int
) -> None:
    site = Site()
    site.accept()
    commands = site.hear(-1, setup(**kwargs))  # type: ignore[arg-type]
    stream, heard = the(commands)
    assert (stream, heard.call_reference, heard.from_destination) == (-1, 77, True)
    assert messages.why_released(heard) == f"{reason}, cause {cause}"
    assert CloseStream(-1) in commands


def test_who_did_not_register_makes_no_calls() -> None:
    site = Site()
    site.accept(remote="10.9.9.9")
    _, heard = the(site.hear(-1, setup()))
    assert messages.why_released(heard) == "callerNotRegistered, cause 31"


def test_the_called_party_number_is_enough() -> None:
    site = Site()
    _, got = site.dialled(to=None, elements=(number_element(ElementId.CALLED_PARTY_NUMBER, Number("4712")),))
    assert got.name == "Setup"


def test_a_caller_is_known_by_its_address_alone() -> None:
    """Older endpoints put no endpointIdentifier into Setup (it came with version 3)."""
    assert Site().dialled(identifier=None)[1].name == "Setup"


def test_the_hop_count_goes_down() -> None:
    _, got = Site().dialled(hop_count=5)
    match got.body:
        case ("setup", h225.SetupUUIE(hopCount=left)):
            assert left == 4
        case other:
            raise AssertionError(other)


def test_an_endpoint_that_cannot_be_reached_is_reported_to_the_caller() -> None:
    site = Site()
    site.accept()
    (opening,) = site.hear(-1, setup())
    assert isinstance(opening, OpenStream)
    stream, heard = the(site.tell(StreamFailed(opening.stream, "refused")))
    assert (stream, messages.why_released(heard)) == (-1, "unreachableDestination, cause 3")


def test_a_caller_that_gives_up_early_stops_the_connection_being_made() -> None:
    site = Site()
    site.accept()
    (opening,) = site.hear(-1, setup())
    assert isinstance(opening, OpenStream)
    commands = site.hear(-1, release(77, from_destination=False))
    assert CloseStream(opening.stream, abort=True) in commands
    assert len(site.router) == 0


@pytest.mark.parametrize(("heard", "after"), [("nothing", 4.0), ("proceeding", 120.0), ("alerting", 180.0)])
def test_nobody_waits_for_ever(heard: str, after: float) -> None:
    site = Site()
    bob, got = site.dialled()
    if heard == "proceeding":
        body = h225.CallProceedingUUIE(
            protocolIdentifier=V4, destinationInfo=TERMINAL_TYPE, callIdentifier=GUID
        )
        site.hear(
            bob, call_signalling.signal(got.call_reference, ("callProceeding", body), from_destination=True)
        )
    if heard == "alerting":
        site.hear(bob, alerting(got.call_reference))
    site.now = after - 0.1
    assert said(site.tell(TimeUp())) == []
    site.now = after
    released = {stream: messages.why_released(signal) for stream, signal in said(site.tell(TimeUp()))}
    assert released == {-1: "undefinedReason, cause 18", bob: "undefinedReason, cause 102"}


def test_a_connection_that_takes_several_calls_is_used_again() -> None:
    site = Site()
    bob, got = site.dialled(multiple=True)
    site.hear(bob, connect(got.call_reference, multiple=True))
    # Ann calls again on her own connection; Bob's is there already.
    stream, second = the(site.hear(-1, setup(reference=78, multiple=True)))
    assert stream == bob
    assert second.call_reference != got.call_reference
    # The end of the first call leaves the second and both connections alone.
    commands = site.hear(-1, release(77, from_destination=False))
    assert not any(isinstance(command, CloseStream) for command in commands)
    assert len(site.router) == 1


def test_a_message_of_no_call_is_answered_with_cause_81() -> None:
    site = Site()
    site.accept()
    _, heard = the(site.hear(-1, connect(5)._replace(from_destination=False)))
    assert (heard.call_reference, messages.why_released(heard)) == (5, "undefinedReason, cause 81")


def test_call_reference_0_is_no_call() -> None:
    site = Site()
    site.accept()
    assert site.hear(-1, setup(reference=0)) == ()
    assert len(site.router) == 0


def test_a_setup_that_names_nobody_is_the_permanent_call() -> None:
    site = Site()
    site.accept()
    names = [heard.name for _, heard in said(site.hear(-1, setup(to=None, reference=1)))]
    assert names == ["CallProceeding", "Connect", "Information"]


def test_a_line_with_calls_on_it_does_not_become_a_permanent_one() -> None:
    """Its calls would be forgotten with it."""
    site = Site()
    site.dialled(multiple=True)
    _, heard = the(site.hear(-1, setup(to=None, reference=1)))
    assert messages.why_released(heard) == "badFormatAddress, cause 28"
    site.tell(StreamClosed(-1))
    assert len(site.router) == 0


def test_a_call_on_a_permanent_connection_is_a_call_of_its_own() -> None:
    """Both sides have said multipleCalls. What bears its reference is the call's, the rest is not."""
    site = Site()
    site.accept()
    site.hear(-1, setup(to=None, reference=1, multiple=True))
    (opening,) = site.hear(-1, setup(reference=77, multiple=True))
    assert isinstance(opening, OpenStream)
    _, got = the(site.tell(StreamOpened(opening.stream, transport(str(LOCAL.ip), 50000), BOB)))
    assert the(site.hear(opening.stream, connect(got.call_reference)))[1].call_reference == 77
    _, heard = the(site.hear(-1, release(77, from_destination=False)))
    assert (heard.name, heard.call_reference) == ("ReleaseComplete", got.call_reference)


def test_without_permanent_calls_it_is_refused() -> None:
    site = Site(RouterConfig(permanent=False))
    site.accept()
    _, heard = the(site.hear(-1, setup(to=None)))
    assert messages.why_released(heard) == "badFormatAddress, cause 28"


def test_a_silent_connection_is_closed() -> None:
    site = Site()
    site.accept()
    site.now = 30.0
    assert site.tell(TimeUp()) == (CloseStream(-1, abort=True),)


@given(st.lists(st.binary(max_size=60), max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_no_octets_raise_and_nothing_is_left_behind(pieces: list[bytes], random: Random) -> None:
    site = Site()
    bob, got = site.dialled()
    for piece in pieces:
        octets = piece
        if random.getrandbits(1):
            good = bytearray(messages.framed(connect(got.call_reference)))
            good[random.randrange(len(good))] ^= 1 << random.randrange(8)
            octets = bytes(good)
        site.tell(StreamReceived(random.choice([-1, bob]), octets))
    site.tell(StreamClosed(-1))
    site.tell(StreamClosed(bob))
    assert len(site.router) == 0


def test_a_flood_for_a_connection_that_is_being_opened_is_not_kept() -> None:
    """The Setup that it is opened for is said first all the same."""
    site = Site()
    site.accept()
    (opening,) = site.hear(-1, setup())
    assert isinstance(opening, OpenStream)
    body = h225.InformationUUIE(protocolIdentifier=V4, callIdentifier=GUID)
    for _ in range(1000):
        assert site.hear(-1, call_signalling.signal(77, ("information", body))) == ()
    heard = said(site.tell(StreamOpened(opening.stream, transport(str(LOCAL.ip), 50000), BOB)))
    assert heard[0][1].name == "Setup"
    assert 2 <= len(heard) <= 64


def test_a_lost_connection_with_both_sides_of_a_call_ends_it_once() -> None:
    """Bob, on the connection that was opened to him, calls himself; found by fuzzing."""
    site = Site()
    bob, got = site.dialled()
    site.hear(bob, connect(got.call_reference, multiple=True))
    stream, own = the(site.hear(bob, setup(to="4712", reference=5, identifier="2_endp")))
    assert (stream, own.name) == (bob, "Setup")
    assert len(site.router) == 2
    commands = site.tell(StreamClosed(bob, "reset"))
    assert [(to, heard.call_reference) for to, heard in said(commands)] == [(-1, 77)]
    assert len(site.router) == 0
