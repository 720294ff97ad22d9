"""The gatekeeper alone, message by message, and with real handsets on a link that loses datagrams."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from link import Link
from ringfence.actors import password_hash
from ringfence.actors.challenges import answer
from ringfence.actors.dialect import AVAYA, FAMILIES, PLAIN
from ringfence.actors.gatekeeper import Gatekeeper
from ringfence.actors.gatekeeper_config import (
    AddressPolicy,
    Expiry,
    GatekeeperConfig,
    Kind,
    Notification,
    Since,
)
from ringfence.actors.gatekeeper_replies import Replies
from ringfence.actors.io import (
    Bind,
    Command,
    DatagramReceived,
    Event,
    JoinGroup,
    Machine,
    Noted,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.actors.ras_channel import RasChannel
from ringfence.actors.ras_client import RasClient
from ringfence.actors.ras_fields import TERMINAL, address_field, address_of
from ringfence.actors.ras_requests import RasClientConfig
from ringfence.actors.ras_states import Granted
from ringfence.model.address import Address, TransportAddress, transport
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from script import obey, step

GATEKEEPER = transport("10.1.0.30", 1719)
HANDSET = transport("10.2.0.21", 49300)
OTHER = transport("10.2.0.22", 49300)
GROUP = transport("224.0.1.41", 1718)

AVAYA_CONFIG = GatekeeperConfig(GATEKEEPER.ip, {"2001": "1234", "2002": "9999"})
PLAIN_CONFIG = GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, time_to_live=60)


class Phone:
    """Sends what a handset sends, when the test says so."""

    def __init__(
        self,
        keeper: Gatekeeper,
        address: TransportAddress = HANDSET,
        extension: str = "2001",
        password: str = "1234",
        **fields: Any,
    ) -> None:
        plain = fields.pop("dialect", AVAYA)
        self.config = RasClientConfig(
            address.ip, (GATEKEEPER,), extension, password, dialect=plain, family=FAMILIES["96x1"], **fields
        )
        self.channel = RasChannel(self.config, Random(str(address)))
        self.keeper = keeper
        self.gcf: h225.GatekeeperConfirm | None = None
        self.findings: list[str] = []

    def send(
        self,
        octets: bytes,
        now: float,
        source: TransportAddress | None = None,
        to: TransportAddress = GATEKEEPER,
    ) -> list[tuple[TransportAddress, ras.RasMessage]]:
        commands = step(self.keeper, DatagramReceived(source or self.channel.local, to, octets), now)
        self.findings += codes(commands)
        return answers(commands)

    def discover(self, now: float = 0.0) -> ras.RasMessage:
        ((to, message),) = self.send(self.channel.discover(GATEKEEPER, now).octets, now)
        assert to == self.channel.local
        self.gcf = message if isinstance(message, h225.GatekeeperConfirm) else None
        return message

    def rrq(self, now: float = 0.0) -> bytes:
        tokens = answer(self.config.password, self.gcf) if self.gcf else None
        return self.channel.register(GATEKEEPER, now, identifier=None, tokens=tokens, renewed=None).octets

    def register(self, now: float = 0.0) -> ras.RasMessage:
        ((_, message),) = self.send(self.rrq(now), now)
        return message

    def boot(self, now: float = 0.0) -> h225.RegistrationConfirm:
        self.discover(now)
        message = self.register(now)
        assert isinstance(message, h225.RegistrationConfirm), message
        return message

    def keep_alive(self, identifier: str, now: float) -> ras.RasMessage:
        granted = Granted(GATEKEEPER, identifier, None, None, 60, 0.0)
        ((_, message),) = self.send(self.channel.keep_alive(granted, 60, now).octets, now)
        return message


def answers(commands: Iterable[Command]) -> list[tuple[TransportAddress, ras.RasMessage]]:
    return [(one.destination, ras.decode(one.data)) for one in commands if isinstance(one, SendDatagram)]


def codes(commands: Iterable[Command]) -> list[str]:
    return [one.finding.code for one in commands if isinstance(one, Noted)]


def keeper(config: GatekeeperConfig = AVAYA_CONFIG) -> Gatekeeper:
    machine = Gatekeeper(config, Random(7))
    machine.handle(Started(), 0.0)
    return machine


def reason(message: ras.RasMessage) -> str:
    assert isinstance(message, h225.RegistrationReject | h225.GatekeeperReject), message
    return message.rejectReason[0] if isinstance(message.rejectReason, tuple) else "unknown"


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


@pytest.mark.parametrize("pin", ["1234", "1235", "0325"])
def test_pins_that_des_cannot_tell_apart_are_accepted(pin: str) -> None:
    Phone(keeper(), password=pin).boot()


@pytest.mark.parametrize("pin", ["1236", "4321", "12345", "123"])
def test_other_pins_are_refused(pin: str) -> None:
    phone = Phone(keeper(), password=pin)
    phone.discover()
    assert reason(phone.register()) == "securityDenial"
    assert "PASSWORD_WRONG" in phone.findings


def test_a_retransmitted_rrq_gets_the_same_answer_and_a_replayed_challenge_none() -> None:
    phone = Phone(keeper())
    phone.discover()
    octets = phone.rrq()
    ((_, first),) = phone.send(octets, 1.0)
    ((_, again),) = phone.send(octets, 6.0)
    assert first == again
    ((_, replayed),) = phone.send(octets, 60.0)
    assert reason(replayed) == "securityDenial"
    assert "CHALLENGE_STALE" in phone.findings


def test_the_same_answer_with_another_number_is_a_replay() -> None:
    phone = Phone(keeper())
    phone.discover()
    phone.register(1.0)
    assert reason(phone.register(2.0)) == "securityDenial"


def test_an_answer_is_of_no_use_to_another_address() -> None:
    phone = Phone(keeper())
    phone.discover()
    ((_, message),) = phone.send(phone.rrq(), 1.0, source=OTHER)
    assert reason(message) == "securityDenial"


def test_a_challenge_expires() -> None:
    phone = Phone(keeper())
    phone.discover(0.0)
    assert reason(phone.register(301.0)) == "securityDenial"


def test_without_a_challenge_discovery_is_required() -> None:
    assert reason(Phone(keeper()).register()) == "discoveryRequired"


def test_an_unknown_extension_is_challenged_and_then_refused() -> None:
    phone = Phone(keeper(), extension="2999")
    gcf = phone.discover()
    assert isinstance(gcf, h225.GatekeeperConfirm)
    assert gcf.tokens
    assert reason(phone.register()) == "invalidAlias"


def test_a_handset_that_cannot_prove_a_password_is_rejected_at_discovery() -> None:
    assert reason(Phone(keeper(), password="").discover()) == "securityDenial"


def test_a_password_hash_is_accepted_once_and_only_while_it_is_fresh() -> None:
    config = replace(PLAIN_CONFIG, users={"2001": "secret"}, epoch=1_700_000_000.0)
    phone = Phone(keeper(config), password="secret", dialect=PLAIN)
    grq = ras.decode(phone.channel.discover(GATEKEEPER, 0.0).octets)
    assert isinstance(grq, h225.GatekeeperRequest)
    grq = msgspec.structs.replace(grq, authenticationCapability=[("pwdHash", True)])
    ((_, gcf),) = phone.send(ras.encode(grq), 0.0)
    assert isinstance(gcf, h225.GatekeeperConfirm)
    assert password_hash.chosen(gcf)

    def attempt(password: str, at: float, now: float) -> ras.RasMessage:
        tokens = [password_hash.prove("2001", password, 1_700_000_000 + int(at))]
        exchange = phone.channel.register(GATEKEEPER, now, identifier=None, tokens=tokens, renewed=None)
        ((_, message),) = phone.send(exchange.octets, now)
        return message

    assert reason(attempt("Secret", 1.0, 1.0)) == "securityDenial"
    assert reason(attempt("secret", 1.0, 1000.0)) == "securityDenial"
    assert isinstance(attempt("secret", 1001.0, 1001.0), h225.RegistrationConfirm)
    assert reason(attempt("secret", 1001.0, 1002.0)) == "securityDenial"
    assert isinstance(attempt("secret", 1003.0, 1003.0), h225.RegistrationConfirm)


def test_a_handset_proves_its_password_as_the_gatekeeper_asks() -> None:
    config = replace(PLAIN_CONFIG, users={"2001": "secret"}, epoch=1e9)
    settings_ = RasClientConfig(
        HANDSET.ip, (GATEKEEPER,), "2001", "secret", dialect=PLAIN, family=FAMILIES["h323"], epoch=1e9
    )
    phone = RasClient(settings_, Random(1))
    sent = [*phone.handle(Started(), 0.0), *phone.handle(TimeUp(), 0.01)]
    ((_, grq),) = answers(sent)
    assert isinstance(grq, h225.GatekeeperRequest)
    gcf = Replies(config).gcf_for_hash(grq)
    machine = keeper(config)
    rrqs = phone.handle(DatagramReceived(GATEKEEPER, HANDSET, ras.encode(gcf)), 0.02)
    (rrq,) = [one for one in rrqs if isinstance(one, SendDatagram)]
    ((_, rcf),) = answers(machine.handle(DatagramReceived(HANDSET, GATEKEEPER, rrq.data), 0.03))
    assert isinstance(rcf, h225.RegistrationConfirm)


def test_a_request_for_another_gatekeeper_is_rejected_by_unicast_and_ignored_on_the_group() -> None:
    machine = keeper(replace(PLAIN_CONFIG, multicast=True))
    grq = h225.GatekeeperRequest(
        requestSeqNum=5,
        protocolIdentifier=(0, 0, 8, 2250, 0, 4),
        rasAddress=address_field(HANDSET),
        endpointType=TERMINAL,
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


def test_a_handset_that_starts_again_keeps_its_identifier_and_extension() -> None:
    machine = keeper(PLAIN_CONFIG)
    phone = Phone(machine, password="", dialect=PLAIN)
    first = phone.boot()
    again = phone.boot(20.0)
    assert again.endpointIdentifier == first.endpointIdentifier
    assert len(machine.registrations) == 1


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


def expire(machine: Gatekeeper, until: float) -> list[Command]:
    commands: list[Command] = []
    while machine.deadline is not None and machine.deadline <= until:
        commands += step(machine, TimeUp(), machine.deadline)
    return commands


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
        terminalType=TERMINAL,
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


def client(number: int, **fields: Any) -> RasClient:
    address = transport(f"10.2.0.{number}", 0).ip
    config = RasClientConfig(address, (GATEKEEPER,), str(2000 + number), "", **fields)
    return RasClient(config, Random(number))


def link(clients: Iterable[RasClient], machine: Gatekeeper, loss: float = 0.0, seed: int = 0) -> Link:
    dice = Random(seed)
    machines: dict[Address, Machine] = {GATEKEEPER.ip: machine}
    machines.update((one.local.ip, one) for one in clients)
    return Link(machines, passes=lambda _: dice.random() >= loss)


def plain_clients(count: int) -> list[RasClient]:
    return [client(number, dialect=PLAIN, family=FAMILIES["h323"]) for number in range(1, count + 1)]


def test_handset_and_gatekeeper_register_and_stay_registered_for_a_day() -> None:
    config = GatekeeperConfig(GATEKEEPER.ip, {"2001": "1234"})
    phone = RasClient(RasClientConfig(HANDSET.ip, (GATEKEEPER,), "2001", "1234"), Random(1))
    machine = Gatekeeper(config, Random(2))
    network = Link({GATEKEEPER.ip: machine, HANDSET.ip: phone})
    network.run(86_400.0)
    assert phone.granted is not None
    assert phone.granted.since < 1.0
    assert network.said(StageFailed) == []
    grqs = [at for at, one in network.said(SendDatagram, HANDSET.ip) if is_grq(one)]
    assert len(grqs) == 72  # every 1200 s


def is_grq(command: Command) -> bool:
    return isinstance(command, SendDatagram) and isinstance(ras.decode(command.data), h225.GatekeeperRequest)


def test_an_outage_is_survived() -> None:
    phone = client(1, dialect=PLAIN, family=FAMILIES["h323"])
    machine = Gatekeeper(PLAIN_CONFIG, Random(2))
    network = link([phone], machine)
    network.run(100.0)
    network.passes = lambda _: False
    network.run(400.0)
    assert (phone.granted, len(machine.registrations)) == (None, 0)
    network.passes = lambda _: True
    network.run(430.0)
    assert [one.ras for one in machine.registrations] == [phone.local]


@pytest.mark.parametrize("seed", range(5))
def test_a_third_of_all_datagrams_lost_keeps_twenty_handsets_registered(seed: int) -> None:
    clients = plain_clients(20)
    machine = Gatekeeper(PLAIN_CONFIG, Random(2))
    network = link(clients, machine, loss=0.33, seed=seed)
    network.run(600.0)
    network.passes = lambda _: True
    network.run(700.0)
    assert all(one.granted is not None for one in clients)
    assert len(machine.registrations) == 20


@pytest.mark.parametrize("kind", list(Kind))
def test_after_silence_the_gatekeeper_speaks_first_and_the_handset_hears(kind: Kind) -> None:
    plan = Notification(600.0, kind)
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, notification=plan), Random(2)))
    network.run(650.0)
    reached = [at for at, one in network.said(StageReached, phone.local.ip) if stage_of(one) is Stage.NOTIFY]
    assert len(reached) == 1
    assert 600.0 < reached[0] < 601.0
    assert phone.granted is not None
    answered = [one for _, one in network.said(StageReached, GATEKEEPER.ip) if stage_of(one) is Stage.NOTIFY]
    assert len(answered) == (0 if kind is Kind.NSM else 1)


def stage_of(command: Command) -> Stage | None:
    return command.stage if isinstance(command, StageReached | StageFailed) else None


def test_a_notification_that_is_not_answered_fails_the_stage() -> None:
    plan = Notification(60.0, Kind.IRQ, Since.REGISTRATION)
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, notification=plan), Random(2)))
    network.run(30.0)
    network.passes = lambda sent: sent.source != GATEKEEPER
    network.run(100.0)
    failed = [stage_of(one) for _, one in network.said(StageFailed, GATEKEEPER.ip)]
    assert failed == [Stage.NOTIFY]
    asked = [at for at, one in network.said(SendDatagram, GATEKEEPER.ip) if at > 50.0]
    assert len(asked) == 3


def test_a_slow_gatekeeper_says_so_and_is_waited_for() -> None:
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, in_progress=20.0), Random(2)))
    network.run(30.0)
    assert phone.granted is not None
    sent = [
        ras.decode(one.data)
        for _, one in network.said(SendDatagram, GATEKEEPER.ip)
        if isinstance(one, SendDatagram)
    ]
    kinds = [type(message) for message in sent]
    assert kinds[:3] == [h225.GatekeeperConfirm, h225.RequestInProgress, h225.RegistrationConfirm]


def test_taken_ports_are_stepped_over() -> None:
    phone = client(1)
    taken = {TransportAddress(phone.local.ip, port) for port in (49300, 49301)}
    machine = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip), Random(2))
    network = link([phone], machine)
    network.taken = taken
    network.run(5.0)
    assert [one.ras.port for one in machine.registrations] == [49302]


def test_more_than_its_capacity_is_refused() -> None:
    machine = Gatekeeper(replace(PLAIN_CONFIG, capacity=3), Random(2))
    network = link(plain_clients(5), machine)
    network.run(5.0)
    assert len(machine.registrations) == 3


def test_a_registration_without_ttl_outlives_the_handsets_timer_and_ends_in_hours() -> None:
    machine = keeper()
    Phone(machine).boot()
    (one,) = machine.registrations
    assert 1200 < one.lifetime < inf
    assert codes(expire(machine, one.lifetime)) == ["TTL_EXPIRED"]


def datagrams() -> st.SearchStrategy[bytes]:
    phone = Phone(keeper())
    phone.discover()
    valid = [
        phone.rrq(),
        phone.channel.discover(GATEKEEPER, 0.0).octets,
        phone.channel.keep_alive(Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0), 60, 0.0).octets,
        phone.channel.leave(Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0), 0.0).octets,
        ras.encode(phone.channel.describe(5, Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0))),
    ]

    def mangle(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
        mangled = bytearray(octets)
        for at, value in changes:
            mangled[at % len(mangled)] = value
        return bytes(mangled)

    changes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3)
    return st.one_of(st.binary(max_size=80), st.builds(mangle, st.sampled_from(valid), changes))


events: st.SearchStrategy[Event] = st.one_of(
    st.just(TimeUp()),
    st.builds(
        DatagramReceived, st.sampled_from([HANDSET, OTHER]), st.sampled_from([GATEKEEPER, GROUP]), datagrams()
    ),
)
CONFIGS = [
    AVAYA_CONFIG,
    replace(PLAIN_CONFIG, notification=Notification(7.0), multicast=True),
    replace(PLAIN_CONFIG, in_progress=2.0, addresses=AddressPolicy.AS_REGISTERED),
]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CONFIGS), st.lists(st.tuples(st.floats(0, 30), events), max_size=15))
def test_whatever_comes_the_laws_hold(config: GatekeeperConfig, story: list[tuple[float, Event]]) -> None:
    obey(keeper(config), story)
