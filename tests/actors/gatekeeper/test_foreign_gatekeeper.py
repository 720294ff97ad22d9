"""An endpoint and a gatekeeper in the shape of GnuGk: what that one sends, wants and checks.

Facts from RasSrv.cxx and RasTbl.cxx of GnuGk 5; the messages are typed values of our own.
"""

from dataclasses import replace
from random import Random

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.io import (
    Command,
    DatagramReceived,
    Machine,
    SendDatagram,
    SendStream,
    StageFailed,
    TimeUp,
)
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import address_field
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.security.challenges import ChallengeResult
from ringfence.actors.security.h235_baseline import H235Endpoint
from ringfence.actors.signalling.session import Session
from ringfence.model.address import TransportAddress
from ringfence.model.flow import Role
from ringfence.wire import call_signalling, ccms, h225, ras, tpkt
from ringfence.wire.h235_tokens import BASELINE, HMAC_SHA1_96, baseline_key, sign, token_of
from support.actors.logging_off import LogsOff
from support.actors.ras_answers import PLAIN_CONFIG, registered, rrj, words
from support.link import Link
from support.peers.foreign_gatekeeper import ALTERNATE, EPOCH, GATEKEEPER, NAME, PHONE, VERSION, Foreign
from support.script import DUE, Row, run


def site(
    gatekeeper: Foreign, *, leave: float | None = None, hold: float | None = 8.0, password: str = ""
) -> tuple[Link, Endpoint]:
    """`password` is for H.235.1, in every message."""
    config = RasClientConfig(
        PHONE.ip,
        (GATEKEEPER,),
        "4711",
        gatekeeper.proof,
        dialect=PLAIN,
        family=PHONE_FAMILIES["h323"],
        epoch=EPOCH,
    )
    caller = Endpoint(config, Random(1), calls=CallPlan("4712", after=1.0, hold=hold))
    outside: Machine = caller
    if password:
        outside = H235Endpoint(caller, range(49300, 49310), "4711", password, epoch=EPOCH)
    if leave is not None:
        outside = LogsOff(caller, leave, outside)
    return Link({GATEKEEPER.ip: gatekeeper, PHONE.ip: outside}), caller


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
    assert foreign.proofs == [ChallengeResult.GOOD, ChallengeResult.GOOD]
    assert caller.call is not None
    assert caller.call.connected


def test_h235_baseline_as_h323plus_names_it() -> None:
    """Algorithm "U" is what GnuGk and H323Plus look for; their other answers bear no token."""
    foreign = Foreign(chooses=HMAC_SHA1_96, signs_rcf="secret")
    link, caller = site(foreign, password="secret", leave=20.0)
    link.run(40.0)
    assert caller.call is not None
    assert caller.call.connected
    first = foreign.all(h225.RegistrationRequest)[0]
    token = token_of(first)
    assert token is not None
    assert token.hashedVals.generalID == NAME
    assert all(token_of(arq) is not None for arq in foreign.all(h225.AdmissionRequest))
    assert foreign.all(h225.UnregistrationRequest)


def test_signed_messages_may_overtake_each_other_and_not_come_twice() -> None:
    config = replace(PLAIN_CONFIG, gatekeepers=(GATEKEEPER,))
    machine = H235Endpoint(Endpoint(config, Random(1)), range(49300, 49310), "4711", "secret", epoch=EPOCH)
    irq = h225.InfoRequest(requestSeqNum=1, callReferenceValue=0)
    local = TransportAddress(PHONE.ip, 49300)
    faults = []
    for number in (9, 5, 9):
        data = sign(
            irq, baseline_key("secret"), time_stamp=int(EPOCH), random=number, recipient="x", sender=NAME
        )
        faults.append(
            [words(each) for each in machine.handle(DatagramReceived(GATEKEEPER, local, data), 0.5)]
        )
    assert faults == [[], [], ["TOKEN_NOT_GOOD"]]


@pytest.mark.parametrize("chosen", [BASELINE, HMAC_SHA1_96, None], ids=["whole", "requests", "nothing"])
@pytest.mark.parametrize("signs", ["", "another"])
def test_an_rcf_that_proves_nothing_registers_nobody(chosen: tuple[int, ...] | None, signs: str) -> None:
    """Whatever the GCF chose, which nobody signs: a forged one would choose the weakest."""
    foreign = Foreign(chooses=chosen, signs_rcf=signs)
    link, caller = site(foreign, password="secret")
    link.run(30.0)
    assert caller.granted is None
    failed = [one.detail for _, one in link.said(StageFailed, PHONE.ip) if isinstance(one, StageFailed)]
    why = "hash is that of another password" if signs else "has no token"
    assert any("RegistrationConfirm" in detail and why in detail for detail in failed)
    offered = "sign its answers too" if chosen == HMAC_SHA1_96 else "switch H.235.1 (HMAC-SHA1-96) on"
    assert any(offered in detail for detail in failed) is (not signs)


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


def _stimuli(session: Session, *frames: ccms.CcmsFrame) -> list[bytes]:
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
    hook, terminal = ccms.CcmsElement(0x88), ccms.CcmsElement(0xA2, bytes.fromhex("a00b"))
    wanted = [bytes.fromhex("0538008001"), bytes.fromhex("0a384700c00b36600840")]
    if together:
        assert _stimuli(session, ccms.CcmsFrame(ccms.TO_PHONE, (hook, terminal))) == wanted
    else:
        one = _stimuli(session, ccms.CcmsFrame(ccms.TO_PHONE, (hook,)))
        assert one + _stimuli(session, ccms.CcmsFrame(ccms.TO_PHONE, (terminal,))) == wanted
