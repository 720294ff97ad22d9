"""An H323Plus endpoint, and GnuGk as child or neighbour, in front of our gatekeeper: the habits they have."""

from dataclasses import replace

import pytest
from msgspec import structs

from ringfence.actors.gatekeeper.config import AddressPolicy, GatekeeperConfig
from ringfence.actors.io import BindFailed, DatagramReceived
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.security import password_hash
from ringfence.actors.security.h235_baseline import H235Gatekeeper
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from ringfence.wire.h235_crypto import MD5
from ringfence.wire.h235_tokens import HMAC_SHA1_96, baseline_key, sign
from support.actors.gatekeeper_phone import (
    GATEKEEPER,
    GROUP,
    HANDSET,
    OTHER,
    PLAIN_CONFIG,
    answers,
    codes,
    expire,
    keeper,
    reason,
)
from support.peers.h323plus_peer import (
    EPOCH,
    GATEWAY,
    GUID,
    NAME,
    NUMBER,
    ROUTED,
    ask,
    endpoint,
    grq,
    the,
)


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
    proof = [password_hash.password_token("Meeting room", "secret", EPOCH + 1)]
    confirm = the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof)))
    assert confirm.terminalAlias == [NUMBER]
    assert machine.registrations.by_alias("Meeting room") is None


def test_a_hash_is_good_for_one_user_though_two_have_one_password() -> None:
    machine = keeper(with_password(**{"2002": "secret"}))
    proof = [password_hash.password_token("Meeting room", "secret", EPOCH + 1)]
    assert isinstance(
        the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof))), h225.RegistrationConfirm
    )
    again = endpoint(OTHER, NAME, ("dialedDigits", "2002"), cryptoTokens=proof)
    assert reason(the(ask(machine, again, OTHER))) == "securityDenial"


def test_a_hash_that_names_somebody_else_is_none() -> None:
    machine = keeper(with_password())
    proof = [password_hash.password_token("somebody", "secret", EPOCH + 1)]
    assert reason(the(ask(machine, endpoint(HANDSET, NAME, NUMBER, cryptoTokens=proof)))) == "securityDenial"


def test_aliases_of_which_none_is_a_user_are_refused() -> None:
    assert reason(the(ask(keeper(with_password()), endpoint(HANDSET, NAME)))) == "invalidAlias"


def test_an_rrq_repeated_with_a_new_token_is_the_same_registration() -> None:
    """Each retry is signed anew; whichever RCF arrives, the endpoint goes by its endpointIdentifier."""
    machine = keeper(with_password())
    given = []
    for second in (1, 4):
        proof = [password_hash.password_token("2001", "secret", EPOCH + second)]
        confirm = the(ask(machine, endpoint(HANDSET, NUMBER, cryptoTokens=proof), now=float(second)))
        given.append(confirm.endpointIdentifier)
    assert given[0] == given[1]
    proof = [password_hash.password_token("2001", "secret", EPOCH + 40)]
    later = the(ask(machine, endpoint(HANDSET, NUMBER, cryptoTokens=proof), now=40.0))
    assert later.endpointIdentifier != given[0]  # it started anew


def test_gnugk_says_nothing_of_passwords_before_its_rrq() -> None:
    machine = keeper(with_password())
    gcf = the(ask(machine, grq(HANDSET)))
    assert isinstance(gcf, h225.GatekeeperConfirm)
    proof = [password_hash.password_token("gk2", "secret", EPOCH + 1)]
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
        endpointType=TERMINAL_TYPE,
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


TRAVERSAL = h225.GenericData(id=("standard", 18))


@pytest.mark.parametrize("insists", [True, False])
def test_a_feature_is_refused_to_who_insists_on_it(insists: bool) -> None:
    """H.460.18 where there is none; whoever only wishes for it, or has it, is served (H.460.1)."""
    features = h225.FeatureSet(
        replacementFeatureSet=False,
        neededFeatures=[TRAVERSAL] if insists else None,
        desiredFeatures=[TRAVERSAL],
        supportedFeatures=[TRAVERSAL],
    )
    machine = keeper(ROUTED)
    name = the(ask(machine, endpoint(HANDSET, NUMBER))).endpointIdentifier
    lrq = h225.LocationRequest(
        requestSeqNum=4, destinationInfo=[NUMBER], replyAddress=address_field(OTHER), featureSet=features
    )
    requests = [
        grq(HANDSET, NUMBER, featureSet=features),
        endpoint(HANDSET, NUMBER, featureSet=features),
        structs.replace(admission(name), featureSet=features),
        lrq,
    ]
    for request in requests:
        answer = the(ask(machine, request))
        refused = getattr(answer, "rejectReason", None)
        assert refused == (("neededFeatureNotSupported", True) if insists else None), request
    assert len(machine.registrations) == 1


def test_on_the_group_another_gatekeeper_may_have_the_feature() -> None:
    machine = keeper(replace(PLAIN_CONFIG, multicast=True))
    needed = h225.FeatureSet(replacementFeatureSet=False, neededFeatures=[TRAVERSAL])
    for features, answered in ((None, 1), (needed, 0)):
        octets = ras.encode(grq(HANDSET, NUMBER, featureSet=features))
        assert len(answers(machine.handle(DatagramReceived(HANDSET, GROUP, octets), 1.0))) == answered


def test_a_discovery_port_that_is_taken_is_no_end() -> None:
    machine = keeper(replace(PLAIN_CONFIG, multicast=True))
    assert codes(machine.handle(BindFailed(transport("0.0.0.0", 1718)), 0.0)) == ["DISCOVERY_PORT_TAKEN"]
    assert isinstance(the(ask(machine, endpoint(HANDSET, NUMBER))), h225.RegistrationConfirm)


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
    machine = H235Gatekeeper(keeper(config), GATEKEEPER, users, identifier="ringfence", epoch=float(EPOCH))

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


@pytest.mark.parametrize("neighbour", [True, False])
def test_a_neighbour_has_no_password_and_is_known_by_its_address(neighbour: bool) -> None:
    users, known = {"2001": "secret"}, frozenset({OTHER.ip} if neighbour else ())
    inner = keeper(replace(ROUTED, users={"2001": ""}, neighbours=known))
    machine = H235Gatekeeper(
        inner, GATEKEEPER, users, identifier="ringfence", epoch=float(EPOCH), neighbours=known
    )
    lrq = h225.LocationRequest(requestSeqNum=4, destinationInfo=[NUMBER], replyAddress=address_field(OTHER))
    heard = machine.handle(DatagramReceived(OTHER, GATEKEEPER, ras.encode(lrq)), 2.0)
    assert [type(one).__name__ for _, one in answers(heard)] == ["LocationReject"] * neighbour


def test_discovery_on_the_group_agrees_on_the_profile_too() -> None:
    users = {"2001": "secret"}
    inner = keeper(replace(ROUTED, users={"2001": ""}, multicast=True))
    machine = H235Gatekeeper(inner, GATEKEEPER, users, identifier="ringfence", epoch=float(EPOCH))
    offer = {"authenticationCapability": [("pwdHash", True)], "algorithmOIDs": [HMAC_SHA1_96]}
    for fields, kind in ((offer, h225.GatekeeperConfirm), ({}, h225.GatekeeperReject)):
        octets = ras.encode(grq(HANDSET, NUMBER, **fields))
        ((_, answer),) = answers(machine.handle(DatagramReceived(HANDSET, GROUP, octets), 1.0))
        assert isinstance(answer, kind)
        assert getattr(answer, "algorithmOID", HMAC_SHA1_96) == HMAC_SHA1_96


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


@pytest.mark.parametrize(("at", "answer"), [(69.0, "RegistrationConfirm"), (71.0, "RegistrationReject")])
def test_a_keep_alive_that_had_to_be_repeated_is_in_time(at: float, answer: str) -> None:
    """It renews 5 s before the end; with a loss or two that is too late by the letter."""
    machine = keeper(replace(PLAIN_CONFIG, grace=10.0))
    confirm = the(ask(machine, endpoint(HANDSET, NUMBER, timeToLive=60), now=0.0))
    assert confirm.timeToLive == 60
    expire(machine, at)
    light = endpoint(HANDSET, keepAlive=True, endpointIdentifier=confirm.endpointIdentifier)
    assert type(the(ask(machine, light, now=at))).__name__ == answer
