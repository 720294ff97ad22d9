"""An endpoint and a gatekeeper in the shape of GnuGk: what that one sends, wants and checks.

Facts from RasSrv.cxx and RasTbl.cxx of GnuGk 5; the messages are typed values of our own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from link import Link
from ras_answers import PLAIN_CONFIG, registered, rrj, words
from ringfence.actors import password_hash
from ringfence.actors.challenges import Verdict
from ringfence.actors.dialect import FAMILIES, PLAIN
from ringfence.actors.endpoint import Endpoint
from ringfence.actors.endpoint_call_states import CallPlan
from ringfence.actors.io import (
    Bind,
    Command,
    Commands,
    DatagramReceived,
    Event,
    Listen,
    SendDatagram,
    SendStream,
    Started,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras_fields import address_field, alias_field
from ringfence.actors.ras_requests import RasClientConfig
from ringfence.actors.signalling_session import Session
from ringfence.model.address import TransportAddress, transport
from ringfence.model.flow import Role
from ringfence.wire import call_signalling, ccms, h225, ras, tpkt
from ringfence.wire.h235_crypto import MD5
from ringfence.wire.q931 import Element
from script import DUE, Row, run

GATEKEEPER = transport("10.1.0.30", 1719)
ALTERNATE = transport("10.1.0.31", 1719)
PHONE = transport("10.2.0.21", 1720)
NAME = "OpenH323GK"
VERSION = (0, 0, 8, 2250, 0, 4)
EPOCH = 1_700_000_000.0


@dataclass(eq=False)
class Foreign:
    """Routes calls and plays the called party. `proof`: the password whose hash each request must bear."""

    proof: str = ""
    routed: bool = True
    pre_granted: h225.PreGrantedARQ | None = None
    irr_frequency: int | None = None
    asks: list[tuple[float, ras.RasMessage]] = field(default_factory=list)  # to say by itself, in time
    heard: list[ras.RasMessage] = field(default_factory=list)
    rest: bytes = b""
    proofs: list[Verdict] = field(default_factory=list)
    setups: int = 0
    reference: int = 0
    phone: TransportAddress | None = None

    @property
    def deadline(self) -> float | None:
        return self.asks[0][0] if self.asks and self.phone is not None else None

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Bind(GATEKEEPER, ""), Listen(TransportAddress(GATEKEEPER.ip, 1720)))
            case DatagramReceived(source=source, data=data):
                self.phone = source
                message = ras.decode(data)
                self.heard.append(message)
                return tuple(self._say(each) for each in self._answers(message, now))
            case TimeUp() if self.asks:
                return (self._say(self.asks.pop(0)[1]),)
            case StreamReceived(stream=stream, data=data):
                whole, self.rest = tpkt.split(self.rest + data)
                said = b"".join(self._signals(call_signalling.decode(each)) for each in whole if each)
                return (SendStream(stream, said),) if said else ()
            case _:
                return ()

    def _say(self, message: ras.RasMessage) -> Command:
        assert self.phone is not None
        return SendDatagram(GATEKEEPER, self.phone, ras.encode(message), "")

    def _answers(self, message: Any, now: float) -> Iterator[ras.RasMessage]:
        number = message.requestSeqNum
        alternates = [h225.AlternateGK(rasAddress=address_field(ALTERNATE), needToRegister=True, priority=1)]
        match message:
            case h225.GatekeeperRequest(supportsAltGK=supports):
                yield h225.GatekeeperConfirm(
                    requestSeqNum=number,
                    protocolIdentifier=VERSION,
                    gatekeeperIdentifier=NAME,
                    rasAddress=address_field(GATEKEEPER),
                    alternateGatekeeper=alternates if supports else None,
                    authenticationMode=("pwdHash", True) if self.proof else None,
                    algorithmOID=MD5 if self.proof else None,
                )
            case h225.RegistrationRequest():
                yield self._confirm(message)
            case h225.AdmissionRequest():
                self._judge(message, now)
                yield h225.RequestInProgress(requestSeqNum=number, delay=2000)
                yield h225.AdmissionConfirm(
                    requestSeqNum=number,
                    bandWidth=message.bandWidth,
                    callModel=("gatekeeperRouted", True),
                    destCallSignalAddress=address_field(TransportAddress(GATEKEEPER.ip, 1720)),
                    irrFrequency=self.irr_frequency,
                )
            case h225.DisengageRequest():
                self._judge(message, now)
                yield h225.DisengageConfirm(requestSeqNum=number)
            case h225.UnregistrationRequest():
                yield h225.UnregistrationConfirm(requestSeqNum=number)
            case _:
                pass

    def _confirm(self, rrq: h225.RegistrationRequest) -> h225.RegistrationConfirm:
        vendor = h225.H221NonStandard(t35CountryCode=138, t35Extension=11, manufacturerCode=39320)
        return h225.RegistrationConfirm(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=VERSION,
            nonStandardData=h225.NonStandardParameter(
                nonStandardIdentifier=("h221NonStandard", vendor), data=b"NoNAT"
            ),
            callSignalAddress=[address_field(TransportAddress(GATEKEEPER.ip, 1720))] if self.routed else [],
            terminalAlias=rrq.terminalAlias or [alias_field("4711")],
            gatekeeperIdentifier=NAME,
            endpointIdentifier="7342_endp",
            timeToLive=600,
            preGrantedARQ=None if rrq.keepAlive else self.pre_granted,
            supportsAdditiveRegistration=True,
        )

    def _judge(self, message: h225.AdmissionRequest | h225.DisengageRequest, now: float) -> None:
        if self.proof:
            judge = password_hash.HashProofs()
            self.proofs.append(judge.check(message.cryptoTokens, ["4711"], self.proof, int(EPOCH + now)))

    def _signals(self, heard: call_signalling.CallSignal) -> bytes:
        """Keep-alives, a Notify, a Progress, elements that nobody knows, then Alerting and Connect."""
        if heard.name != "Setup":
            return b""
        assert isinstance(heard.body, tuple)
        setup = heard.body[1]
        assert isinstance(setup, h225.SetupUUIE)
        self.setups, self.reference = self.setups + 1, heard.call_reference
        assert setup.callIdentifier is not None
        identifier = setup.callIdentifier
        terminal = setup.sourceInfo
        bodies: list[h225.H323messagebody] = [
            (
                "callProceeding",
                h225.CallProceedingUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            ("notify", h225.NotifyUUIE(protocolIdentifier=VERSION, callIdentifier=identifier)),
            (
                "progress",
                h225.ProgressUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            (
                "alerting",
                h225.AlertingUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            (
                "connect",
                h225.ConnectUUIE(
                    protocolIdentifier=VERSION,
                    destinationInfo=terminal,
                    conferenceID=setup.conferenceID,
                    callIdentifier=identifier,
                ),
            ),
        ]
        unknown = (Element(0x28, b"\xb1Bob"), Element(0x7D, b"\x91\x81"))
        keep_alive = b"\x03\x00\x00\x04"
        return keep_alive + keep_alive.join(
            tpkt.frame(
                call_signalling.encode(
                    call_signalling.signal(
                        heard.call_reference,
                        body,
                        from_destination=True,
                        elements=unknown,
                        h245Tunneling=False,
                    )
                )
            )
            for body in bodies
        )

    def all(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]


def site(
    gatekeeper: Foreign, *, leave: float | None = None, hold: float | None = 8.0
) -> tuple[Link, Endpoint]:
    config = RasClientConfig(
        PHONE.ip,
        (GATEKEEPER,),
        "4711",
        gatekeeper.proof,
        dialect=PLAIN,
        family=FAMILIES["h323"],
        leave_after=leave,
        epoch=EPOCH,
    )
    caller = Endpoint(config, Random(1), calls=CallPlan("4712", after=1.0, hold=hold))
    return Link({GATEKEEPER.ip: gatekeeper, PHONE.ip: caller}), caller


def test_a_registration_and_a_routed_call() -> None:
    foreign = Foreign()
    link, caller = site(foreign)
    link.run(5.0)
    assert caller.call is not None
    assert (caller.call.connected, caller.call.ended) == (True, "")
    link.run(400.0)
    assert caller.call.ended == "hung up here"
    (drq,) = foreign.all(h225.DisengageRequest)
    (arq,) = foreign.all(h225.AdmissionRequest)
    assert drq.callIdentifier == arq.callIdentifier
    assert drq.gatekeeperIdentifier == NAME
    keep_alive = foreign.all(h225.RegistrationRequest)[-1]
    # A keep-alive is known by its identifier, and is refused when its addresses are not those of before.
    assert keep_alive.keepAlive
    assert keep_alive.endpointIdentifier == "7342_endp"
    assert keep_alive.rasAddress == foreign.all(h225.RegistrationRequest)[0].rasAddress


def test_the_hash_of_the_password_is_in_arq_and_drq_too() -> None:
    foreign = Foreign(proof="secret")
    link, caller = site(foreign)
    link.run(15.0)
    assert foreign.proofs == [Verdict.GOOD, Verdict.GOOD]
    assert caller.call is not None
    assert caller.call.connected


@pytest.mark.parametrize("routed", [True, False])
def test_a_pre_grant_saves_the_arq_only_where_the_gatekeeper_routes(routed: bool) -> None:
    grant = h225.PreGrantedARQ(
        makeCall=True,
        useGKCallSignalAddressToMakeCall=routed,
        answerCall=True,
        useGKCallSignalAddressToAnswer=routed,
    )
    foreign = Foreign(routed=routed, pre_granted=grant)
    link, _ = site(foreign)
    link.run(5.0)
    assert len(foreign.all(h225.AdmissionRequest)) == (0 if routed else 1)
    assert foreign.setups == 1


def test_a_call_is_reported_as_often_as_the_acf_asks() -> None:
    foreign = Foreign(irr_frequency=3)
    link, _ = site(foreign, hold=8.0)
    link.run(60.0)
    (arq,) = foreign.all(h225.AdmissionRequest)
    reports = foreign.all(h225.InfoRequestResponse)
    assert len(reports) == 2
    for irr in reports:
        assert irr.unsolicited
        assert irr.endpointIdentifier == "7342_endp"
        assert [each.callIdentifier for each in irr.perCallInfo] == [arq.callIdentifier]
        assert irr.perCallInfo[0].callReferenceValue == foreign.reference
        assert irr.perCallInfo[0].originator


def test_an_irq_about_every_call_is_answered_with_the_call() -> None:
    asks: list[tuple[float, ras.RasMessage]] = [
        (at, h225.InfoRequest(requestSeqNum=900 + number, callReferenceValue=0))
        for number, at in enumerate((0.5, 4.0, 30.0))
    ]
    foreign = Foreign(asks=asks)
    link, _ = site(foreign)
    link.run(40.0)
    answers = foreign.all(h225.InfoRequestResponse)
    assert [irr.requestSeqNum for irr in answers] == [900, 901, 902]
    assert [bool(irr.perCallInfo) for irr in answers] == [False, True, False]


def test_calls_end_before_the_endpoint_leaves() -> None:
    foreign = Foreign()
    link, caller = site(foreign, leave=5.0, hold=None)
    link.run(20.0)
    names = [type(message).__name__ for message in foreign.heard[-2:]]
    assert names == ["DisengageRequest", "UnregistrationRequest"]
    assert caller.call is not None
    assert caller.call.ended == "the endpoint leaves"
    released = [one for _, one in link.said(SendStream, PHONE.ip) if isinstance(one, SendStream)][-1]
    assert call_signalling.decode(tpkt.split(released.data)[0][0]).name == "ReleaseComplete"


def test_a_gatekeeper_that_goes_down_names_the_next() -> None:
    """Alternates come to whoever says that it can use them, and a URQ for maintenance sends it there."""
    machine, sent = registered(replace(PLAIN_CONFIG, gatekeepers=(GATEKEEPER,)), timeToLive=600)
    grq = next(m for m in map(_decoded, sent) if isinstance(m, h225.GatekeeperRequest))
    assert grq.supportsAltGK
    urq = h225.UnregistrationRequest(
        requestSeqNum=7,
        callSignalAddress=[address_field(TransportAddress(PHONE.ip, 1720))],
        endpointIdentifier="7_ep",
        gatekeeperIdentifier=NAME,
        reason=("maintenance", True),
        alternateGatekeeper=[
            h225.AlternateGK(rasAddress=address_field(ALTERNATE), needToRegister=True, priority=0)
        ],
    )
    local = TransportAddress(PHONE.ip, 49300)
    said = machine.handle(DatagramReceived(GATEKEEPER, local, ras.encode(urq)), 10.0)
    assert f"GatekeeperRequest {ALTERNATE}" in [words(command) for command in said]


def test_a_full_renewal_that_is_refused_for_want_of_discovery_is_made_anew_at_once() -> None:
    timers = replace(PLAIN.timers, registration=60.0)
    machine, _ = registered(replace(PLAIN_CONFIG, timers=timers))
    rows = [
        Row(DUE, TimeUp(), [f"RegistrationRequest {GATEKEEPER}"]),
        Row(
            63.0,
            rrj(("fullRegistrationRequired", True)),
            ["FULL_REGISTRATION_REQUIRED", f"GatekeeperRequest {GATEKEEPER}"],
        ),
    ]
    run(machine, rows, show=words)
    assert machine.granted is None


def _decoded(command: Command) -> object:
    return ras.decode(command.data) if isinstance(command, SendDatagram) else None


def _stimuli(session: Session, *frames: ccms.Frame) -> list[bytes]:
    body = h225.InformationUUIE(
        protocolIdentifier=VERSION, callIdentifier=h225.CallIdentifier(guid=bytes(16))
    )
    signal = call_signalling.signal(
        1,
        ("information", body),
        from_destination=True,
        h245Tunneling=False,
        nonStandardControl=[ccms.parameter(*frames)],
    )
    octets = tpkt.frame(call_signalling.encode(signal))
    answers = [each for said in session.receive(octets) for each in tpkt.split(said.octets)[0]]
    found = []
    for each in answers:
        information = call_signalling.decode(each).user_information
        assert information is not None
        found += [one.data for one in information.h323_uu_pdu.nonStandardControl or ()]
    return found


@pytest.mark.parametrize("together", [True, False])
def test_hook_and_terminal_inquiries_are_answered_alone_and_together(together: bool) -> None:
    """GnuGk asks both to see whether an Avaya handset is alive; a frame may hold several elements."""
    session = Session(Role.HANDSET, sends_setup=True, call_identifier=bytes(16))
    session.open()
    connect = h225.ConnectUUIE(
        protocolIdentifier=VERSION,
        destinationInfo=h225.EndpointType(mc=True, undefinedNode=False),
        conferenceID=bytes(16),
        callIdentifier=h225.CallIdentifier(guid=bytes(16)),
    )
    signal = call_signalling.signal(1, ("connect", connect), from_destination=True)
    assert any(said.established for said in session.receive(tpkt.frame(call_signalling.encode(signal))))
    hook, terminal = ccms.Element(0x88), ccms.Element(0xA2, bytes.fromhex("a00b"))
    wanted = [bytes.fromhex("0538008001"), bytes.fromhex("0a384700c00b36600840")]
    if together:
        assert _stimuli(session, ccms.Frame(ccms.TO_PHONE, (hook, terminal))) == wanted
    else:
        one = _stimuli(session, ccms.Frame(ccms.TO_PHONE, (hook,)))
        assert one + _stimuli(session, ccms.Frame(ccms.TO_PHONE, (terminal,))) == wanted
