"""An H323Plus endpoint, and GnuGk as child or neighbour, in front of our gatekeeper: the habits they have."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gatekeeper_phone import GATEKEEPER, HANDSET, OTHER, PLAIN_CONFIG, answers, expire, keeper, reason
from ringfence.actors import password_hash
from ringfence.actors import ras_requests as requests
from ringfence.actors.call_legs import RouterConfig
from ringfence.actors.call_messages import frame, why_released
from ringfence.actors.dialect import FAMILIES, PLAIN
from ringfence.actors.gatekeeper import Gatekeeper
from ringfence.actors.gatekeeper_config import AddressPolicy, GatekeeperConfig
from ringfence.actors.h235_baseline import SealedGatekeeper
from ringfence.actors.io import (
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Machine,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.ras_fields import TERMINAL, address_field
from ringfence.actors.ras_requests import RasClientConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.h235_crypto import MD5
from ringfence.wire.h235_tokens import HMAC_SHA1_96, baseline_key, sign

ROUTED = replace(PLAIN_CONFIG, calls=RouterConfig())
CALLS = TransportAddress(GATEKEEPER.ip, 1720)
EPOCH = 1_700_000_000
GUID = h225.CallIdentifier(guid=bytes(range(16)))
V6 = (0, 0, 8, 2250, 0, 6)
GATEWAY = h225.EndpointType(
    gatekeeper=h225.GatekeeperInfo(), gateway=h225.GatewayInfo(), mc=False, undefinedNode=False
)
NEIGHBOUR = transport("10.9.0.1", 1719)


def endpoint(address: TransportAddress, *aliases: h225.AliasAddress, **changes: Any) -> Any:
    """A full RRQ as H323Plus builds it: everything it may be asked about, and every alias it has."""
    config = RasClientConfig(address.ip, (GATEKEEPER,), "0", dialect=PLAIN, family=FAMILIES["h323"])
    plain = requests.registration_request(config, address, 7, crypto_tokens=None, gatekeeper_identifier=None)
    fields = {
        "protocolIdentifier": V6,
        "discoveryComplete": True,
        "terminalAlias": list(aliases) or None,
        "willSupplyUUIEs": True,
        "usageReportingCapability": h225.RasUsageInfoTypes(
            nonStandardUsageTypes=[], startTime=True, endTime=True, terminationCause=True
        ),
        "supportsAltGK": True,
        "gatekeeperIdentifier": "ringfence",
    }
    return structs.replace(plain, **(fields | changes))


def grq(address: TransportAddress, *aliases: h225.AliasAddress, **changes: Any) -> h225.GatekeeperRequest:
    return h225.GatekeeperRequest(
        requestSeqNum=3,
        protocolIdentifier=V6,
        rasAddress=address_field(address),
        endpointType=TERMINAL,
        endpointAlias=list(aliases) or None,
        supportsAltGK=True,
        supportsAssignedGK=True,
        **changes,
    )


def ask(
    machine: Machine, message: ras.RasMessage, source: TransportAddress = HANDSET, now: float = 1.0
) -> list[ras.RasMessage]:
    octets = ras.encode(message)
    return [
        answer for _, answer in answers(machine.handle(DatagramReceived(source, GATEKEEPER, octets), now))
    ]


def the(answers: list[ras.RasMessage]) -> Any:
    (one,) = answers
    return one


NAME: h225.AliasAddress = ("h323-ID", "Meeting room")
NUMBER: h225.AliasAddress = ("dialedDigits", "2001")


# RAS


def test_a_urq_of_ours_names_us_or_it_is_not_obeyed() -> None:
    machine = keeper(PLAIN_CONFIG)
    confirm = the(ask(machine, endpoint(HANDSET, NAME, NUMBER)))
    (urq, *_) = [message for _, message in answers(expire(machine, 70.0))]
    assert isinstance(urq, h225.UnregistrationRequest)
    assert (urq.gatekeeperIdentifier, urq.endpointIdentifier) == ("ringfence", confirm.endpointIdentifier)


@pytest.mark.parametrize("policy", AddressPolicy)
def test_of_several_interfaces_the_one_that_speaks_counts(policy: AddressPolicy) -> None:
    machine = keeper(replace(PLAIN_CONFIG, addresses=policy))
    elsewhere = [transport("fd00::5", 1720), transport("192.0.2.9", 1720)]
    here = TransportAddress(HANDSET.ip, 1722)
    message = endpoint(
        HANDSET,
        NUMBER,
        rasAddress=[address_field(transport("192.0.2.9", 40000)), address_field(HANDSET)],
        callSignalAddress=[address_field(each) for each in (*elsewhere, here)],
    )
    assert isinstance(the(ask(machine, message)), h225.RegistrationConfirm)
    (found,) = machine.registrations
    assert (found.ras, found.call_signalling) == (HANDSET, here)


def test_a_keep_alive_and_a_urq_list_them_too() -> None:
    machine = keeper(PLAIN_CONFIG)
    calls = [address_field(transport("192.0.2.9", 1720)), address_field(TransportAddress(HANDSET.ip, 1720))]
    ask(machine, endpoint(HANDSET, NUMBER, callSignalAddress=calls))
    light = endpoint(HANDSET, callSignalAddress=calls, keepAlive=True, requestSeqNum=8)
    assert isinstance(the(ask(machine, light)), h225.RegistrationConfirm)
    urq = h225.UnregistrationRequest(requestSeqNum=9, callSignalAddress=calls)
    assert isinstance(the(ask(machine, urq)), h225.UnregistrationConfirm)


def with_password(**users: str) -> GatekeeperConfig:
    return replace(PLAIN_CONFIG, users={"2001": "secret"} | users, epoch=float(EPOCH))


def test_a_name_beside_the_number_is_dropped_and_may_be_in_the_hash() -> None:
    """Its hash is that of the first alias; the RCF tells it which aliases it has."""
    machine = keeper(with_password())
    offer = {"authenticationCapability": [("pwdHash", True)], "algorithmOIDs": [MD5, HMAC_SHA1_96]}
    gcf = the(ask(machine, grq(HANDSET, NAME, NUMBER, **offer)))
    assert password_hash.chosen(gcf)
    proof = [password_hash.prove("Meeting room", "secret", EPOCH + 1)]
    confirm = the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof)))
    assert confirm.terminalAlias == [NUMBER]
    assert machine.registrations.by_alias("Meeting room") is None


def test_a_hash_is_good_for_one_user_though_two_have_one_password() -> None:
    machine = keeper(with_password(**{"2002": "secret"}))
    proof = [password_hash.prove("Meeting room", "secret", EPOCH + 1)]
    assert isinstance(
        the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof))), h225.RegistrationConfirm
    )
    again = endpoint(OTHER, NAME, ("dialedDigits", "2002"), cryptoTokens=proof)
    assert reason(the(ask(machine, again, OTHER))) == "securityDenial"


def test_a_hash_that_names_somebody_else_is_none() -> None:
    machine = keeper(with_password())
    proof = [password_hash.prove("somebody", "secret", EPOCH + 1)]
    assert reason(the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof)))) == "securityDenial"


def test_aliases_of_which_none_is_a_user_are_refused() -> None:
    assert reason(the(ask(keeper(with_password()), endpoint(HANDSET, NAME)))) == "invalidAlias"


def test_an_rrq_repeated_with_a_new_token_is_the_same_registration() -> None:
    """Each retry is signed anew; whichever RCF arrives, the endpoint goes by its endpointIdentifier."""
    machine = keeper(with_password())
    given = []
    for second in (1, 4):
        proof = [password_hash.prove("2001", "secret", EPOCH + second)]
        confirm = the(ask(machine, endpoint(HANDSET, NUMBER, cryptoTokens=proof), now=float(second)))
        given.append(confirm.endpointIdentifier)
    assert given[0] == given[1]
    proof = [password_hash.prove("2001", "secret", EPOCH + 40)]
    later = the(ask(machine, endpoint(HANDSET, NUMBER, cryptoTokens=proof), now=40.0))
    assert later.endpointIdentifier != given[0]  # it started anew


def test_gnugk_says_nothing_of_passwords_before_its_rrq() -> None:
    machine = keeper(with_password())
    gcf = the(ask(machine, grq(HANDSET)))
    assert isinstance(gcf, h225.GatekeeperConfirm)
    proof = [password_hash.prove("gk2", "secret", EPOCH + 1)]
    child = endpoint(HANDSET, ("h323-ID", "gk2"), NUMBER, terminalType=GATEWAY, cryptoTokens=proof)
    assert isinstance(the(ask(machine, child)), h225.RegistrationConfirm)


@pytest.mark.parametrize(("discovered", "why"), [(True, "securityDenial"), (False, "discoveryRequired")])
def test_who_has_no_password_is_not_sent_round_in_circles(discovered: bool, why: str) -> None:
    machine = keeper(with_password())
    assert reason(the(ask(machine, endpoint(HANDSET, NUMBER, discoveryComplete=discovered)))) == why


def irr(address: TransportAddress) -> h225.InfoRequestResponse:
    call = h225.PerCallInfoItem(
        callReferenceValue=5,
        conferenceID=bytes(16),
        originator=True,
        h245=h225.TransportChannelInfo(),
        callSignalling=h225.TransportChannelInfo(),
        callType=("pointToPoint", True),
        bandWidth=1280,
        callModel=("gatekeeperRouted", True),
        callIdentifier=GUID,
    )
    return h225.InfoRequestResponse(
        requestSeqNum=70,
        endpointType=TERMINAL,
        endpointIdentifier="x",
        rasAddress=address_field(address),
        callSignalAddress=[address_field(address)],
        perCallInfo=[call],
        needResponse=True,
        unsolicited=True,
    )


def test_reports_of_calls_are_acknowledged_to_who_is_registered() -> None:
    machine = keeper(PLAIN_CONFIG)
    ask(machine, endpoint(HANDSET, NUMBER))
    assert ask(machine, irr(HANDSET)) == [h225.InfoRequestAck(requestSeqNum=70)]
    nak = h225.InfoRequestNak(requestSeqNum=70, nakReason=("notRegistered", True))
    assert ask(machine, irr(OTHER), OTHER) == [nak]


def test_service_control_is_answered() -> None:
    machine = keeper(PLAIN_CONFIG)
    answer = the(ask(machine, h225.ServiceControlIndication(requestSeqNum=9, serviceControl=[])))
    assert answer == h225.ServiceControlResponse(requestSeqNum=9, result=("notAvailable", True))


def test_a_message_of_a_later_revision_is_not_understood() -> None:
    """Alternative 40 behind the "...", whose sequence has one octet of preamble and number 4660."""
    octets = bytes([0x80 | 40, 3, 0, 0x12, 0x33])
    machine = keeper(PLAIN_CONFIG)
    assert machine.handle(DatagramReceived(HANDSET, GATEKEEPER, octets), 1.0) == ()
    ask(machine, endpoint(HANDSET, NUMBER))
    ((_, xrs),) = answers(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, octets), 1.0))
    assert xrs == h225.UnknownMessageResponse(requestSeqNum=0x1234, messageNotUnderstood=octets)
    assert ask(machine, xrs) == []  # or two of us would never end


# H.235.1


def signed(message: ras.RasMessage, at: int) -> bytes:
    return sign(
        message,
        baseline_key("secret"),
        time_stamp=EPOCH + at,
        random=at,
        recipient="ringfence",
        sender="Meeting room",
    )


def test_it_names_the_algorithm_and_signs_rrq_and_arq_only() -> None:
    users = {"2001": "secret"}
    config = replace(ROUTED, users={"2001": ""})
    machine = SealedGatekeeper(keeper(config), GATEKEEPER, users, identifier="ringfence", epoch=float(EPOCH))

    def say(octets: bytes, source: TransportAddress = HANDSET) -> list[ras.RasMessage]:
        return [one for _, one in answers(machine.handle(DatagramReceived(source, GATEKEEPER, octets), 2.0))]

    offer = {"authenticationCapability": [("pwdHash", True)], "algorithmOIDs": [MD5, HMAC_SHA1_96]}
    gcf = the(say(ras.encode(grq(HANDSET, NAME, NUMBER, **offer))))
    assert (gcf.authenticationMode, gcf.algorithmOID) == (("pwdHash", True), HMAC_SHA1_96)
    confirm = the(say(signed(endpoint(HANDSET, NAME, NUMBER), 1)))
    assert isinstance(confirm, h225.RegistrationConfirm)
    name = confirm.endpointIdentifier
    drq = h225.DisengageRequest(
        requestSeqNum=11,
        endpointIdentifier=name,
        conferenceID=bytes(16),
        callReferenceValue=5,
        disengageReason=("normalDrop", True),
    )
    assert isinstance(the(say(ras.encode(drq))), h225.DisengageConfirm)
    arq = admission(name)
    assert say(ras.encode(arq)) == []
    assert isinstance(the(say(signed(arq, 2))), h225.AdmissionConfirm)
    assert say(ras.encode(drq), OTHER) == []  # it proved nothing


def admission(name: str) -> h225.AdmissionRequest:
    return h225.AdmissionRequest(
        requestSeqNum=10,
        callType=("pointToPoint", True),
        endpointIdentifier=name,
        destinationInfo=[NUMBER],
        srcInfo=[NAME],
        bandWidth=4000,
        callReferenceValue=5,
        conferenceID=bytes(16),
        activeMC=False,
        answerCall=False,
        canMapAlias=True,
        callIdentifier=GUID,
        willSupplyUUIEs=True,
    )


# Calls


def setup(source: TransportAddress, called: str) -> CallSignal:
    """Its sourceCallSignalAddress is its port of the moment, and there is no endpointIdentifier."""
    body = h225.SetupUUIE(
        protocolIdentifier=V6,
        sourceAddress=[("h323-ID", "caller"), ("dialedDigits", "2001")],
        sourceInfo=TERMINAL,
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
    return machine.handle(StreamReceived(-1, frame(setup(source, called))), now)


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
