"""The gatekeeper alone, message by message."""

from dataclasses import replace
from random import Random

import msgspec
import pytest

from ringfence.actors.gatekeeper.config import AddressPolicy, Expiry, GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    Bind,
    BindFailed,
    CloseStream,
    DatagramReceived,
    JoinGroup,
    Noted,
    OpenStream,
    SendDatagram,
    Started,
    StreamOpened,
    TimeUp,
)
from ringfence.actors.ras.dialect import PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, address_of
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import LIMITED_BROADCAST, TransportAddress, transport
from ringfence.model.site import CallControl
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import (
    GATEKEEPER,
    GROUP,
    HANDSET,
    OTHER,
    PLAIN_CONFIG,
    Phone,
    answers,
    codes,
    expire,
    keeper,
    reason,
)


def test_avaya_answers_lack_what_crashes_handsets() -> None:
    phone = Phone(keeper())
    gcf = phone.discover()
    rcf = phone.register()
    assert isinstance(gcf, h225.GatekeeperConfirm)
    assert isinstance(rcf, h225.RegistrationConfirm)
    assert gcf.gatekeeperIdentifier is None
    assert (rcf.gatekeeperIdentifier, rcf.timeToLive, rcf.terminalAlias) == (None, None, None)
    assert rcf.maintainConnection
    assert rcf.preGrantedARQ is not None
    assert rcf.alternateGatekeeper is not None
    assert rcf.alternateGatekeeper[0].needToRegister
    assert address_of(rcf.alternateGatekeeper[0].rasAddress) == GATEKEEPER


def test_plain_answers_have_them() -> None:
    phone = Phone(keeper(PLAIN_CONFIG), password="", dialect=PLAIN)
    rcf = phone.boot()
    assert (rcf.gatekeeperIdentifier, rcf.timeToLive) == ("ringfence", 60)
    assert rcf.terminalAlias == [("dialedDigits", "2001")]
    assert rcf.supportsAdditiveRegistration


def test_a_request_for_another_gatekeeper_is_rejected_by_unicast_and_ignored_on_the_group() -> None:
    machine = keeper(replace(PLAIN_CONFIG, multicast=True))
    grq = h225.GatekeeperRequest(
        requestSeqNum=5,
        protocolIdentifier=(0, 0, 8, 2250, 0, 4),
        rasAddress=address_field(HANDSET),
        endpointType=TERMINAL_TYPE,
        gatekeeperIdentifier="elsewhere",
    )
    phone = Phone(machine)
    ((_, message),) = phone.send(ras.encode(grq), 0.0)
    assert reason(message) == "terminalExcluded"
    assert phone.send(ras.encode(grq), 30.0, source=OTHER, to=GROUP) == []


def test_the_group_is_joined_and_answered_from_the_unicast_address() -> None:
    machine = Gatekeeper(replace(PLAIN_CONFIG, multicast=True), Random(1))
    started = machine.handle(Started(), 0.0)
    assert JoinGroup(GROUP.ip) in started
    assert Bind(transport("0.0.0.0", 1718)) in started
    phone = Phone(machine, password="", dialect=PLAIN)
    octets = phone.channel.discover(GROUP, 0.0).octets
    (sent,) = machine.handle(DatagramReceived(HANDSET, GROUP, octets), 1.0)
    assert isinstance(sent, SendDatagram)
    assert (sent.source, sent.destination) == (GATEKEEPER, HANDSET)
    assert isinstance(ras.decode(sent.data), h225.GatekeeperConfirm)


def test_a_broadcast_is_answered_from_the_unicast_address_and_means_discovery_alone() -> None:
    everybody = TransportAddress(LIMITED_BROADCAST, 1719)
    machine = Gatekeeper(replace(PLAIN_CONFIG, broadcast=True), Random(1))
    assert Bind(everybody) in machine.handle(Started(), 0.0)
    phone = Phone(machine, password="", dialect=PLAIN)
    octets = phone.channel.discover(everybody, 0.0).octets
    (sent,) = machine.handle(DatagramReceived(HANDSET, everybody, octets), 1.0)
    assert isinstance(sent, SendDatagram)
    assert (sent.source, sent.destination) == (GATEKEEPER, HANDSET)
    assert isinstance(ras.decode(sent.data), h225.GatekeeperConfirm)
    rrq = phone.channel.register(everybody, 2.0, identifier=None, tokens=None, renewed=None).octets
    assert machine.handle(DatagramReceived(HANDSET, everybody, rrq), 2.0) == ()
    without = Gatekeeper(PLAIN_CONFIG, Random(1))
    assert without.handle(DatagramReceived(HANDSET, everybody, octets), 1.0) == ()


def test_a_broadcast_port_that_is_taken_is_no_end_of_discovery() -> None:
    machine = Gatekeeper(replace(PLAIN_CONFIG, broadcast=True), Random(1))
    machine.handle(Started(), 0.0)
    said = machine.handle(BindFailed(TransportAddress(LIMITED_BROADCAST, 1719)), 0.0)
    assert [type(each) for each in said] == [Noted]


def test_an_extension_in_use_is_refused_in_plain_h323() -> None:
    machine = keeper(PLAIN_CONFIG)
    Phone(machine, password="", dialect=PLAIN).boot()
    second = Phone(machine, OTHER, password="", dialect=PLAIN)
    second.discover()
    assert reason(second.register()) == "duplicateAlias"
    assert "EXTENSION_IN_USE" in second.findings


def test_a_second_login_with_the_password_puts_the_first_out() -> None:
    machine = keeper()
    Phone(machine).boot()
    second = Phone(machine, OTHER)
    second.discover()
    sent = second.send(second.rrq(), 5.0)
    assert [(to, type(message)) for to, message in sent] == [
        (OTHER, h225.RegistrationConfirm),
        (HANDSET, h225.UnregistrationRequest),
    ]
    owner = machine.registrations.by_alias("2001")
    assert owner is not None
    assert owner.ras == OTHER


def test_a_renewed_registration_keeps_its_identifier_and_a_new_start_gets_another() -> None:
    machine = keeper(PLAIN_CONFIG)
    phone = Phone(machine, password="", dialect=PLAIN)
    identifier = phone.boot().endpointIdentifier
    granted = Granted(GATEKEEPER, identifier, None, None, 60, 0.0)
    renewal = phone.channel.register(GATEKEEPER, 9.0, identifier=None, tokens=None, renewed=granted)
    ((_, renewed),) = phone.send(renewal.octets, 9.0)
    assert isinstance(renewed, h225.RegistrationConfirm)
    assert renewed.endpointIdentifier == identifier
    assert phone.boot(20.0).endpointIdentifier != identifier
    assert len(machine.registrations) == 1


def test_a_handset_that_starts_anew_gets_a_new_signalling_connection() -> None:
    config = GatekeeperConfig(GATEKEEPER.ip, signalling=SignallingConfig(CallControl.GATEKEEPER))
    machine = keeper(config)
    phone = Phone(machine, password="")
    rcf = phone.boot(0.0)
    (opened,) = machine.handle(TimeUp(), 0.5)
    assert isinstance(opened, OpenStream)
    machine.handle(StreamOpened(opened.stream, GATEKEEPER, opened.destination), 0.6)
    granted = Granted(GATEKEEPER, rcf.endpointIdentifier, None, None, None, 0.0)
    renewal = phone.channel.register(GATEKEEPER, 0.7, identifier=None, tokens=None, renewed=granted)
    assert [type(message) for _, message in phone.send(renewal.octets, 0.7)] == [h225.RegistrationConfirm]
    assert not any(isinstance(one, OpenStream) for one in expire(machine, 4.0))
    phone.discover(1.0)
    closed = machine.handle(DatagramReceived(HANDSET, GATEKEEPER, phone.rrq(1.0)), 1.0)
    assert CloseStream(opened.stream) in closed
    (again,) = machine.handle(TimeUp(), 1.5)
    assert isinstance(again, OpenStream)
    assert again.destination == opened.destination


def test_keep_alive_refreshes_and_the_memo_answers_the_same() -> None:
    machine = keeper(PLAIN_CONFIG)
    phone = Phone(machine, password="", dialect=PLAIN)
    identifier = phone.boot().endpointIdentifier
    decoded = phone.keep_alive(identifier, 40.0)  # through the codec
    from_memo = phone.keep_alive(identifier, 80.0)  # by its octets
    assert isinstance(decoded, h225.RegistrationConfirm)
    assert isinstance(from_memo, h225.RegistrationConfirm)
    assert from_memo.requestSeqNum == decoded.requestSeqNum + 1
    assert replace_number(from_memo) == replace_number(decoded)
    expire(machine, 139.9)
    assert len(machine.registrations) == 1
    expire(machine, 140.0)
    assert len(machine.registrations) == 0


def replace_number(message: h225.RegistrationConfirm) -> bytes:
    octets = ras.encode(message)
    return octets[:2] + octets[4:]


def test_a_keep_alive_of_nobody_requires_full_registration() -> None:
    phone = Phone(keeper(PLAIN_CONFIG), password="", dialect=PLAIN)
    assert reason(phone.keep_alive("nobody", 0.0)) == "fullRegistrationRequired"


def test_a_keep_alive_from_another_address_is_not_one() -> None:
    machine = keeper(PLAIN_CONFIG)
    identifier = Phone(machine, password="", dialect=PLAIN).boot().endpointIdentifier
    assert (
        reason(Phone(machine, OTHER, dialect=PLAIN).keep_alive(identifier, 10.0))
        == "fullRegistrationRequired"
    )


@pytest.mark.parametrize(("expiry", "urqs"), [(Expiry.UNREGISTER, 3), (Expiry.SILENT, 0)])
def test_expiry_says_so_or_is_silent(expiry: Expiry, urqs: int) -> None:
    machine = keeper(replace(PLAIN_CONFIG, expiry=expiry))
    Phone(machine, password="", dialect=PLAIN).boot()
    commands = expire(machine, 600.0)
    said = [message for _, message in answers(commands)]
    assert [type(message) for message in said] == [h225.UnregistrationRequest] * urqs
    assert all(isinstance(m, h225.UnregistrationRequest) and m.reason == ("ttlExpired", True) for m in said)
    assert "TTL_EXPIRED" in codes(commands)
    assert machine.deadline is None


def test_unregistering_takes_effect_and_only_for_the_owner() -> None:
    machine = keeper()
    phone = Phone(machine)
    identifier = phone.boot().endpointIdentifier
    urq = h225.UnregistrationRequest(requestSeqNum=9, callSignalAddress=[], endpointIdentifier=identifier)
    ((_, refused),) = phone.send(ras.encode(urq), 5.0, source=OTHER)
    assert isinstance(refused, h225.UnregistrationReject)
    ((_, confirmed),) = phone.send(ras.encode(urq), 6.0)
    assert isinstance(confirmed, h225.UnregistrationConfirm)
    assert len(machine.registrations) == 0


def test_who_proved_a_password_unregisters_by_its_identifier_alone() -> None:
    """Its addresses are known to whoever sees a packet of it."""
    machine = keeper()
    phone = Phone(machine)
    phone.boot()
    (registration,) = machine.registrations
    by_address = [address_field(registration.call_signalling)]
    urq = h225.UnregistrationRequest(requestSeqNum=9, callSignalAddress=by_address)
    ((_, refused),) = phone.send(ras.encode(urq), 5.0)
    assert isinstance(refused, h225.UnregistrationReject)
    assert len(machine.registrations) == 1


def test_a_short_grq_is_not_answered_with_much() -> None:
    """From a forged source the answer goes to a victim; it was ten times the request."""
    machine = keeper()
    bare = h225.GatekeeperRequest(
        requestSeqNum=1,
        protocolIdentifier=(0, 0, 8, 2250, 0, 4),
        rasAddress=address_field(HANDSET),
        endpointType=TERMINAL_TYPE,
        endpointAlias=[("dialedDigits", "2001")],
        authenticationCapability=[("pwdSymEnc", True)],
    )
    asked = ras.encode(bare)
    (answer,) = machine.handle(DatagramReceived(HANDSET, GATEKEEPER, asked), 1.0)
    assert isinstance(answer, SendDatagram)
    assert len(answer.data) < 3 * len(asked)


def test_aliases_can_be_added_where_the_dialect_allows_it() -> None:
    machine = keeper(PLAIN_CONFIG)
    phone = Phone(machine, password="", dialect=PLAIN)
    identifier = phone.boot().endpointIdentifier
    rrq = ras.decode(phone.rrq())
    assert isinstance(rrq, h225.RegistrationRequest)
    added = h225.RegistrationRequest(
        requestSeqNum=900,
        protocolIdentifier=rrq.protocolIdentifier,
        discoveryComplete=True,
        callSignalAddress=rrq.callSignalAddress,
        rasAddress=rrq.rasAddress,
        terminalType=TERMINAL_TYPE,
        terminalAlias=[("h323-ID", "reception")],
        endpointVendor=rrq.endpointVendor,
        endpointIdentifier=identifier,
        additiveRegistration=True,
    )
    ((_, message),) = phone.send(ras.encode(added), 5.0)
    assert isinstance(message, h225.RegistrationConfirm)
    found = machine.registrations.by_alias("reception")
    assert found is machine.registrations.by_alias("2001") is not None


@pytest.mark.parametrize(
    ("policy", "to", "accepted"),
    [
        (AddressPolicy.AS_SEEN, OTHER, True),
        (AddressPolicy.AS_REGISTERED, HANDSET, True),
        (AddressPolicy.REFUSE, OTHER, False),
    ],
)
def test_a_ras_address_that_is_not_the_source(
    policy: AddressPolicy, to: TransportAddress, accepted: bool
) -> None:
    machine = keeper(replace(PLAIN_CONFIG, addresses=policy))
    phone = Phone(machine, password="", dialect=PLAIN)
    ((sent_to, message),) = phone.send(phone.rrq(), 0.0, source=OTHER)
    assert sent_to == to
    assert isinstance(message, h225.RegistrationConfirm) is accepted
    assert "RAS_ADDRESS_NOT_SOURCE" in phone.findings
    assert [one.ras for one in machine.registrations] == ([to] if accepted else [])
    assert all(one.call_signalling == TransportAddress(to.ip, 1720) for one in machine.registrations)


def test_call_signalling_of_somebody_else_is_not_registered() -> None:
    for policy, kept in ((AddressPolicy.AS_SEEN, OTHER), (AddressPolicy.AS_REGISTERED, HANDSET)):
        machine = keeper(replace(PLAIN_CONFIG, addresses=policy))
        phone = Phone(machine, password="", dialect=PLAIN)
        rrq = ras.decode(phone.rrq())
        assert isinstance(rrq, h225.RegistrationRequest)
        rrq = msgspec.structs.replace(rrq, rasAddress=[address_field(OTHER)])
        phone.send(ras.encode(rrq), 0.0, source=OTHER)
        assert "CALL_ADDRESS_NOT_SOURCE" in phone.findings
        assert [one.call_signalling.ip for one in machine.registrations] == [kept.ip]


def test_calls_are_granted_between_registered_endpoints_only() -> None:
    machine = keeper(PLAIN_CONFIG)
    caller = Phone(machine, password="", dialect=PLAIN)
    called = Phone(machine, OTHER, "2002", password="", dialect=PLAIN)
    identifier = caller.boot().endpointIdentifier
    called.boot()

    def arq(extension: str, number: int) -> ras.RasMessage:
        message = h225.AdmissionRequest(
            requestSeqNum=number,
            callType=("pointToPoint", True),
            endpointIdentifier=identifier,
            destinationInfo=[("dialedDigits", extension)],
            srcInfo=[("dialedDigits", "2001")],
            bandWidth=100_000,
            callReferenceValue=4,
            conferenceID=bytes(16),
            activeMC=False,
            answerCall=False,
        )
        ((_, reply),) = caller.send(ras.encode(message), 5.0)
        return reply

    granted = arq("2002", 901)
    assert isinstance(granted, h225.AdmissionConfirm)
    assert address_of(granted.destCallSignalAddress) == TransportAddress(OTHER.ip, 1720)
    assert granted.bandWidth == 1280
    stranger = h225.DisengageRequest(
        requestSeqNum=909,
        endpointIdentifier=identifier,
        conferenceID=bytes(16),
        callReferenceValue=4,
        disengageReason=("normalDrop", True),
    )
    ((_, drj),) = caller.send(ras.encode(stranger), 5.5, source=transport("10.9.9.9", 49300))
    assert isinstance(drj, h225.DisengageReject)
    refused = arq("2999", 902)
    assert isinstance(refused, h225.AdmissionReject)
    assert refused.rejectReason == ("calledPartyNotRegistered", True)
    drq = h225.DisengageRequest(
        requestSeqNum=903,
        endpointIdentifier=identifier,
        conferenceID=bytes(16),
        callReferenceValue=4,
        disengageReason=("normalDrop", True),
    )
    assert isinstance(caller.send(ras.encode(drq), 6.0)[0][1], h225.DisengageConfirm)
    brq = h225.BandwidthRequest(
        requestSeqNum=904,
        endpointIdentifier=identifier,
        conferenceID=bytes(16),
        callReferenceValue=4,
        bandWidth=5000,
    )
    assert isinstance(caller.send(ras.encode(brq), 7.0)[0][1], h225.BandwidthReject)
    for number, extension, kind in ((905, "2002", h225.LocationConfirm), (906, "2999", h225.LocationReject)):
        lrq = h225.LocationRequest(
            requestSeqNum=number,
            destinationInfo=[("dialedDigits", extension)],
            replyAddress=address_field(HANDSET),
        )
        assert isinstance(caller.send(ras.encode(lrq), 8.0)[0][1], kind)


def test_station_data_is_given_to_the_registered_only() -> None:
    phone = Phone(keeper())
    nsm = phone.channel.ask_station_data()
    assert nsm is not None
    assert phone.send(ras.encode(nsm), 0.0) == []
    phone.boot()
    ((_, message),) = phone.send(ras.encode(nsm), 1.0)
    assert isinstance(message, h225.NonStandardMessage)
    assert message.requestSeqNum == nsm.requestSeqNum
