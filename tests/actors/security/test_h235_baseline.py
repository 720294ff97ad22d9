"""H.235.1 between an endpoint and a gatekeeper: registration, calls, and who is not let in."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import DatagramReceived, Keep, Machine, Noted, SendDatagram, Started
from ringfence.actors.ras import requests
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.security.h235_baseline import H235Endpoint, H235Gatekeeper
from ringfence.model.address import Address, transport
from ringfence.wire import h225, ras
from ringfence.wire.h235_tokens import HMAC_SHA1_96, baseline_key, sign, token_of
from support.kept import Disk
from support.link import Link

GATEKEEPER = transport("10.1.0.30", 1719)
ANN, BOB = transport("10.2.0.21", 1720).ip, transport("10.2.0.22", 1720).ip
USERS = {"4711": "correct", "4712": "horse"}
EPOCH = 1_700_000_000.0
PORTS = range(49300, 49310)


def keeper(kept: tuple[Keep, ...] = (), **fields: Any) -> H235Gatekeeper:
    config = GatekeeperConfig(
        GATEKEEPER.ip, dict.fromkeys(USERS, ""), dialect=PLAIN, calls=RouterConfig(), time_to_live=60
    )
    inner = Gatekeeper(replace(config, **fields), Random(1), kept)
    return H235Gatekeeper(inner, GATEKEEPER, USERS, identifier="ringfence", epoch=EPOCH, kept=kept)


def endpoint(
    address: Address, extension: str, password: str, call: str = "", epoch: float = EPOCH
) -> tuple[H235Endpoint, Endpoint]:
    config = RasClientConfig(address, (GATEKEEPER,), extension, dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    inner = Endpoint(config, Random(int(extension)), calls=CallPlan(call, after=1.0, hold=5.0))
    return H235Endpoint(inner, PORTS, extension, password, epoch=epoch), inner


def test_endpoints_register_stay_and_call_and_everything_is_signed() -> None:
    (ann, inner), (bob, other) = endpoint(ANN, "4711", "correct", "4712"), endpoint(BOB, "4712", "horse")
    link = Link({GATEKEEPER.ip: keeper(), BOB: bob, ANN: ann})
    link.run(600.0)
    assert inner.granted is not None
    assert inner.granted.since < 1.0
    assert other.granted is not None
    assert inner.call is not None
    assert (inner.call.connected, inner.call.ended) == (True, "hung up here")
    names = set()
    for _, sent in link.said(SendDatagram):
        assert isinstance(sent, SendDatagram)
        message = ras.decode(sent.data)
        names.add(type(message).__name__)
        discovery = type(message).__name__ in {"GatekeeperRequest", "GatekeeperConfirm"}
        assert (token_of(message) is None) == discovery
    assert {"RegistrationConfirm", "AdmissionRequest", "DisengageConfirm"} <= names
    assert link.said(Noted) == []


@pytest.mark.parametrize(
    ("password", "epoch", "why"),
    [("wrong", EPOCH, "another password"), ("correct", EPOCH + 3600, "too far from our clock")],
)
def test_who_cannot_prove_it_is_not_let_in(password: str, epoch: float, why: str) -> None:
    ann, inner = endpoint(ANN, "4711", password, epoch=epoch)
    link = Link({GATEKEEPER.ip: keeper(), ANN: ann})
    link.run(30.0)
    assert inner.granted is None
    notes = [one.finding.sentence for _, one in link.said(Noted, GATEKEEPER.ip) if isinstance(one, Noted)]
    assert any(why in sentence for sentence in notes)


def test_an_endpoint_that_signs_nothing_is_told_so() -> None:
    config = RasClientConfig(ANN, (GATEKEEPER,), "4711", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    plain = Endpoint(config, Random(1))
    Link({GATEKEEPER.ip: keeper(), ANN: plain}).run(30.0)
    assert plain.granted is None


def test_a_gatekeeper_without_the_password_is_not_believed() -> None:
    """Somebody answers in its place: the endpoint does not take that for a registration."""
    impostor = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, None, dialect=PLAIN), Random(1))
    ann, inner = endpoint(ANN, "4711", "correct")
    link = Link({GATEKEEPER.ip: impostor, ANN: ann})
    link.run(30.0)
    assert inner.granted is None
    assert any(isinstance(one, Noted) for _, one in link.said(Noted, ANN))


def test_what_was_overheard_cannot_be_said_again() -> None:
    machine = keeper()
    ann, _ = endpoint(ANN, "4711", "correct")
    link = Link({GATEKEEPER.ip: machine, ANN: ann})
    link.run(100.0)
    for _, sent in link.said(SendDatagram, ANN):
        assert isinstance(sent, SendDatagram)
        if token_of(ras.decode(sent.data)) is None:
            continue
        again = DatagramReceived(sent.source, sent.destination, sent.data)
        commands = machine.handle(again, 101.0)
        replies = [ras.decode(one.data) for one in commands if isinstance(one, SendDatagram)]
        assert all(type(reply).__name__ == "RegistrationReject" for reply in replies)


def test_an_alias_of_somebody_else_cannot_be_had_beside_ones_own() -> None:
    machine = keeper()
    rrq = requests.registration_request(
        RasClientConfig(ANN, (GATEKEEPER,), "4711", dialect=PLAIN, family=PHONE_FAMILIES["h323"]),
        transport(str(ANN), 49300),
        5,
        crypto_tokens=None,
        gatekeeper_identifier=None,
    )
    both = structs.replace(rrq, terminalAlias=[("dialedDigits", "4711"), ("dialedDigits", "4712")])
    data = sign(
        both,
        baseline_key("correct"),
        time_stamp=int(EPOCH),
        random=1,
        recipient="ringfence",
        sender="4711",
    )
    commands = machine.handle(DatagramReceived(transport(str(ANN), 49300), GATEKEEPER, data), 0.0)
    (reply,) = [ras.decode(one.data) for one in commands if isinstance(one, SendDatagram)]
    assert type(reply).__name__ == "RegistrationReject"


def test_a_repeated_request_is_signed_anew_and_answered_once() -> None:
    lost = iter([True])
    ann, inner = endpoint(ANN, "4711", "correct")
    link = Link({GATEKEEPER.ip: keeper(), ANN: ann})

    def passes(sent: SendDatagram) -> bool:
        confirm = type(ras.decode(sent.data)).__name__ == "RegistrationConfirm"
        return not (confirm and next(lost, False))

    link.passes = passes
    link.run(20.0)
    assert inner.granted is not None


@given(st.binary(max_size=100), st.integers(0, 2**16))
@settings(max_examples=100, deadline=None)
def test_no_datagram_raises(data: bytes, place: int) -> None:
    machine = keeper()
    ann, _ = endpoint(ANN, "4711", "correct")
    link = Link({GATEKEEPER.ip: machine, ANN: ann})
    link.run(1.0)
    for _, sent in link.said(SendDatagram):
        assert isinstance(sent, SendDatagram)
        octets = bytearray(sent.data)
        octets[place % len(octets)] ^= 1 + place % 255
        event = DatagramReceived(sent.source, sent.destination, bytes(octets))
        for receiver in (machine, ann):
            receiver.handle(event, 2.0)
            receiver.handle(structs.replace(event, data=data), 2.0)


def overheard(link: Link) -> list[DatagramReceived]:
    """What the endpoint signed, in order."""
    sent = [one for _, one in link.said(SendDatagram, ANN) if isinstance(one, SendDatagram)]
    signed = [one for one in sent if token_of(ras.decode(one.data)) is not None]
    return [DatagramReceived(one.source, one.destination, one.data) for one in signed]


def accepted(machine: H235Gatekeeper, event: DatagramReceived, now: float) -> bool:
    replies = [ras.decode(one.data) for one in machine.handle(event, now) if isinstance(one, SendDatagram)]
    return any(not type(reply).__name__.endswith("Reject") for reply in replies)


def test_after_a_restart_stamps_stay_used_and_the_endpoint_stays_who_it_is() -> None:
    ann, inner = endpoint(ANN, "4711", "correct")
    machines: dict[Address, Machine] = {GATEKEEPER.ip: keeper(), ANN: ann}
    link = Link(machines)
    link.run(100.0)
    disk = Disk()
    disk.take(one for _, one in link.said(Keep, GATEKEEPER.ip))
    after = machines[GATEKEEPER.ip] = keeper(disk.records)
    after.handle(Started(), 100.0)
    before = overheard(link)
    assert len(before) >= 3
    assert not [one for one in before if accepted(after, one, 100.0)]
    granted = inner.granted
    link.run(300.0)
    assert len(overheard(link)) > len(before)
    assert inner.granted is not None
    assert granted is not None
    assert (inner.granted.endpointIdentifier, inner.granted.since) == (
        granted.endpointIdentifier,
        granted.since,
    )


def test_a_grq_from_anybody_does_not_let_unsigned_messages_in() -> None:
    machine = keeper()
    ann, _ = endpoint(ANN, "4711", "correct")
    link = Link({GATEKEEPER.ip: machine, ANN: ann})
    link.run(30.0)
    source = overheard(link)[0].source
    grq = requests.gatekeeper_request(
        RasClientConfig(ANN, (GATEKEEPER,), "4711", dialect=PLAIN, family=PHONE_FAMILIES["h323"]), source, 900
    )
    lower = structs.replace(grq, authenticationCapability=[("pwdHash", True)], algorithmOIDs=[HMAC_SHA1_96])
    machine.handle(DatagramReceived(source, GATEKEEPER, ras.encode(lower)), 31.0)
    registered = next(iter(inner_of(machine).registrations))
    urq = h225.UnregistrationRequest(
        requestSeqNum=901, callSignalAddress=[], endpointIdentifier=registered.endpointIdentifier
    )
    assert not accepted(machine, DatagramReceived(source, GATEKEEPER, ras.encode(urq)), 32.0)
    assert len(inner_of(machine).registrations) == 1


def inner_of(machine: H235Gatekeeper) -> Gatekeeper:
    assert isinstance(machine.inner, Gatekeeper)
    return machine.inner
