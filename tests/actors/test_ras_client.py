"""The handset's RAS channel, by timed script: what it sends when, and what it makes of each answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.challenges import Challenges
from ringfence.actors.dialect import AVAYA, FAMILIES, PLAIN
from ringfence.actors.io import (
    Bind,
    BindFailed,
    Command,
    DatagramReceived,
    Event,
    LinkChanged,
    Noted,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.actors.ras_client import RasClient
from ringfence.actors.ras_fields import address_field, address_of
from ringfence.actors.ras_requests import RasClientConfig
from ringfence.model.address import PortRange, TransportAddress, transport
from ringfence.wire import h225, per, ras
from ringfence.wire.h235 import ClearToken, Encrypted
from ringfence.wire.h235_crypto import DES_ECB, answers_challenge
from script import DUE, Row, obey, run

HANDSET = transport("10.2.0.21", 49300)
FIRST = transport("10.1.0.30", 1719)
SECOND = transport("10.1.0.31", 1719)
CONFIG = RasClientConfig(HANDSET.ip, (FIRST, SECOND), "2001", "1234")
PLAIN_CONFIG = replace(CONFIG, dialect=PLAIN, family=FAMILIES["h323"], password="")


def words(command: Command) -> object:
    match command:
        case Bind(local=local):
            return f"bind {local.port}"
        case SendDatagram(destination=to, data=data):
            return f"{type(ras.decode(data)).__name__} {to}"
        case StageReached(stage=stage):
            return f"reached {stage}"
        case StageFailed(stage=stage):
            return f"failed {stage}"
        case Noted(finding=finding):
            return finding.code
        case other:
            return type(other).__name__


GRQ, RRQ, URQ = (
    f"{name} {FIRST}" for name in ("GatekeeperRequest", "RegistrationRequest", "UnregistrationRequest")
)
GRQ2 = f"GatekeeperRequest {SECOND}"
NSM = f"NonStandardMessage {FIRST}"


def last(sent: Sequence[Command]) -> tuple[ras.RasMessage, SendDatagram]:
    datagram = next(command for command in reversed(sent) if isinstance(command, SendDatagram))
    return ras.decode(datagram.data), datagram


def request(sent: Sequence[Command]) -> h225.RegistrationRequest:
    for command in reversed(sent):
        if isinstance(command, SendDatagram):
            message = ras.decode(command.data)
            if isinstance(message, h225.RegistrationRequest):
                return message
    raise AssertionError("no RRQ was sent")


def arrives(
    message: ras.RasMessage, source: TransportAddress = FIRST, port: int = HANDSET.port
) -> DatagramReceived:
    return DatagramReceived(source, TransportAddress(HANDSET.ip, port), ras.encode(message))


Answer = Callable[[Sequence[Command]], Event]


def gcf(source: TransportAddress = FIRST, **fields: Any) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        grq, datagram = last(sent)
        assert isinstance(grq, h225.GatekeeperRequest)
        message = h225.GatekeeperConfirm(
            requestSeqNum=grq.requestSeqNum,
            protocolIdentifier=grq.protocolIdentifier,
            rasAddress=address_field(source),
        )
        message = msgspec.structs.replace(message, **fields)
        return arrives(message, source, datagram.source.port)

    return make


def rcf(source: TransportAddress = FIRST, **fields: Any) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        rrq = request(sent)
        message = h225.RegistrationConfirm(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=rrq.protocolIdentifier,
            callSignalAddress=[address_field(TransportAddress(source.ip, 1720))],
            endpointIdentifier="7_ep",
        )
        message = msgspec.structs.replace(message, **fields)
        return arrives(message, source)

    return make


def rrj(reason: h225.RegistrationRejectReason, source: TransportAddress = FIRST) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        rrq = request(sent)
        return arrives(
            h225.RegistrationReject(
                requestSeqNum=rrq.requestSeqNum,
                protocolIdentifier=rrq.protocolIdentifier,
                rejectReason=reason,
            ),
            source,
        )

    return make


def client(config: RasClientConfig = CONFIG) -> RasClient:
    return RasClient(config, Random(1))


BOOT = [Row(0.0, Started(), ["bind 49300"]), Row(DUE, TimeUp(), [GRQ], 5.01)]


def registered(config: RasClientConfig = CONFIG, **fields: Any) -> tuple[RasClient, list[Command]]:
    machine = client(config)
    machine = client(config)
    sent = run(
        machine,
        [*BOOT, Row(1.0, gcf(), ...), Row(2.0, rcf(**fields), ...)],
        show=words,
    )
    assert machine.granted is not None
    return machine, sent


def test_the_ladder_of_the_first_minute() -> None:
    machine = client()
    sent = run(
        machine,
        [
            *BOOT,
            Row(0.1, gcf(), ["reached discover", RRQ], 5.1),
            Row(0.2, rcf(), ["reached register", NSM], 1200.2),
        ],
        show=words,
    )
    assert machine.granted is not None
    assert machine.granted.call_signalling == TransportAddress(FIRST.ip, 1720)
    rrq = request(sent)
    assert rrq.discoveryComplete
    assert [address_of(field) for field in rrq.callSignalAddress] == [transport("10.2.0.21", 1720)]
    assert [address_of(field) for field in rrq.rasAddress] == [HANDSET]
    assert rrq.terminalAlias == [("dialedDigits", "2001")]


def test_three_tries_per_gatekeeper_then_the_next_then_from_the_beginning() -> None:
    run(
        client(),
        [
            *BOOT,
            Row(DUE, TimeUp(), [GRQ], 10.01),
            Row(DUE, TimeUp(), [GRQ], 15.01),
            Row(DUE, TimeUp(), ["GRQ_UNANSWERED", GRQ2], 20.01),
            Row(DUE, TimeUp(), [GRQ2]),
            Row(DUE, TimeUp(), [GRQ2], 30.01),
            Row(DUE, TimeUp(), ["GRQ_UNANSWERED", "failed discover"], 35.01),
            Row(DUE, TimeUp(), [GRQ]),
        ],
        show=words,
    )


def test_a_retransmission_repeats_the_octets() -> None:
    sent = run(client(), [*BOOT, Row(DUE, TimeUp(), [GRQ]), Row(DUE, TimeUp(), [GRQ])], show=words)
    assert len({command.data for command in sent if isinstance(command, SendDatagram)}) == 1


def test_the_discovery_group_comes_after_the_list() -> None:
    rows = [Row(DUE, TimeUp(), ...) for _ in range(6)]
    sent = run(client(replace(CONFIG, gatekeepers=(FIRST,), multicast=True)), [*BOOT, *rows], show=words)
    to = [str(command.destination) for command in sent if isinstance(command, SendDatagram)]
    assert to == [str(FIRST)] * 3 + ["224.0.1.41:1718"] * 3


def test_a_gatekeeper_found_by_multicast_is_registered_with_by_unicast() -> None:
    config = replace(CONFIG, gatekeepers=(), multicast=True)
    run(
        client(config),
        [
            Row(0.0, Started(), ["bind 49300"]),
            Row(DUE, TimeUp(), ["GatekeeperRequest 224.0.1.41:1718"]),
            Row(0.1, gcf(FIRST), ["reached discover", RRQ]),
        ],
        show=words,
    )


def test_a_taken_source_port_is_followed_by_the_next_one() -> None:
    sent = run(
        client(),
        [
            Row(0.0, Started(), ["bind 49300"]),
            Row(0.0, BindFailed(HANDSET), ["bind 49301"]),
            Row(0.0, BindFailed(TransportAddress(HANDSET.ip, 49301)), ["bind 49302"]),
            Row(DUE, TimeUp(), [GRQ]),
        ],
        show=words,
    )
    grq, datagram = last(sent)
    assert isinstance(grq, h225.GatekeeperRequest)
    assert datagram.source == address_of(grq.rasAddress) == TransportAddress(HANDSET.ip, 49302)


def test_without_a_free_port_discovery_fails_and_is_tried_again() -> None:
    config = replace(CONFIG, ports=PortRange(49300, 49300))
    run(
        client(config),
        [
            Row(0.0, Started(), ["bind 49300"]),
            Row(0.0, BindFailed(HANDSET), ["RAS_PORTS_TAKEN", "failed discover"], 5.0),
            Row(DUE, TimeUp(), ["bind 49300"]),
            Row(DUE, TimeUp(), [GRQ]),
        ],
        show=words,
    )


def test_the_challenge_is_answered_with_the_password() -> None:
    challenge = Challenges(Random(2)).issue(HANDSET, 1, 1e9)
    confirm = gcf(authenticationMode=("pwdSymEnc", True), algorithmOID=DES_ECB, tokens=[challenge])
    sent = run(client(), [*BOOT, Row(0.1, confirm, ...)], show=words)
    match request(sent).cryptoTokens:
        case [("cryptoEPPwdEncr", Encrypted(encryptedData=data))]:
            assert answers_challenge("1234", per.encode(ClearToken, challenge), data)
        case other:
            raise AssertionError(f"{other} is no answer")


def test_in_progress_extends_the_wait_and_the_tries() -> None:
    def rip(sent: Sequence[Command]) -> Event:
        grq, _ = last(sent)
        assert isinstance(grq, h225.GatekeeperRequest)
        return arrives(h225.RequestInProgress(requestSeqNum=grq.requestSeqNum, delay=9000))

    run(
        client(),
        [
            *BOOT,
            Row(DUE, TimeUp(), [GRQ]),
            Row(6.0, rip, [], 15.0),
            Row(DUE, TimeUp(), [GRQ]),
            Row(DUE, TimeUp(), [GRQ]),
            Row(DUE, TimeUp(), ["GRQ_UNANSWERED", GRQ2]),
        ],
        show=words,
    )


def test_a_rejected_discovery_goes_to_the_next_gatekeeper() -> None:
    def grj(sent: Sequence[Command]) -> Event:
        grq, _ = last(sent)
        assert isinstance(grq, h225.GatekeeperRequest)
        return arrives(
            h225.GatekeeperReject(
                requestSeqNum=grq.requestSeqNum,
                protocolIdentifier=grq.protocolIdentifier,
                rejectReason=("terminalExcluded", True),
            )
        )

    sent = run(client(), [*BOOT, Row(0.1, grj, ["GRQ_REJECTED", GRQ2])], show=words)
    noted = next(command for command in sent if isinstance(command, Noted))
    assert "does not serve this endpoint" in noted.finding.sentence


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (("securityDenial", True), "password"),
        (("duplicateAlias", [("dialedDigits", "2001")]), "in use by another"),
        (("invalidAlias", True), "does not know this extension"),
    ],
)
def test_a_final_reject_fails_in_words_and_waits(reason: h225.RegistrationRejectReason, word: str) -> None:
    sent = run(
        client(),
        [
            *BOOT,
            Row(0.1, gcf(), ...),
            Row(0.2, rrj(reason), ["RRQ_REJECTED", "failed register"], 60.2),
            Row(DUE, TimeUp(), [GRQ]),
        ],
        show=words,
    )
    failed = next(command for command in sent if isinstance(command, StageFailed))
    assert word in failed.detail


def test_no_room_sends_the_handset_to_the_next_gatekeeper() -> None:
    run(
        client(),
        [
            *BOOT,
            Row(0.1, gcf(), ...),
            Row(0.2, rrj(("resourceUnavailable", True)), ["RRQ_REJECTED", "failed register", GRQ2]),
        ],
        show=words,
    )


def test_keep_alive_before_the_ttl_ends_and_again() -> None:
    machine, sent = registered(PLAIN_CONFIG, timeToLive=100)
    assert machine.deadline == 62.0
    sent += run(machine, [Row(DUE, TimeUp(), [RRQ], 65.0)], show=words)
    rrq = request(sent)
    assert rrq.keepAlive
    assert rrq.endpointIdentifier == "7_ep"
    sequence = rrq.requestSeqNum
    confirm = h225.RegistrationConfirm(
        requestSeqNum=sequence,
        protocolIdentifier=rrq.protocolIdentifier,
        callSignalAddress=[],
        endpointIdentifier="7_ep",
        timeToLive=100,
    )
    run(machine, [Row(62.5, arrives(confirm), ["reached keep-alive"], 122.5)], show=words)
    assert machine.granted is not None
    assert machine.granted.call_signalling == TransportAddress(FIRST.ip, 1720)


def test_a_forgotten_registration_is_made_anew_at_once() -> None:
    machine, _ = registered(PLAIN_CONFIG, timeToLive=100)
    run(
        machine,
        [
            Row(DUE, TimeUp(), [RRQ]),
            Row(
                62.1,
                rrj(("fullRegistrationRequired", True)),
                ["FULL_REGISTRATION_REQUIRED", GRQ],
            ),
        ],
        show=words,
    )
    assert machine.granted is None


def test_the_primary_is_searched_for_75_seconds_before_the_next() -> None:
    machine, _ = registered()
    rows = [Row(DUE, TimeUp(), [RRQ]) for _ in range(3)]
    run(machine, rows, show=words)
    lost = machine.deadline
    assert lost == 1202.0 + 15
    run(
        machine,
        [Row(DUE, TimeUp(), ["RRQ_UNANSWERED", "failed register", "failed keep-alive", GRQ])],
        show=words,
    )
    asked: list[tuple[float, str]] = []
    while not asked or asked[-1][1] == str(FIRST):
        now = machine.deadline
        assert now is not None
        for command in machine.handle(TimeUp(), now):
            if isinstance(command, SendDatagram):
                asked.append((now - lost, str(command.destination)))
    assert 75.0 <= asked[-1][0] <= 80.0
    assert asked[-1][1] == str(SECOND)


def test_unregistered_by_the_gatekeeper_confirms_and_comes_back() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(
        requestSeqNum=77,
        callSignalAddress=[],
        endpointIdentifier="7_ep",
        reason=("reregistrationRequired", True),
    )
    run(
        machine,
        [
            Row(
                300.0,
                arrives(urq),
                [
                    f"UnregistrationConfirm {FIRST}",
                    "reached notify",
                    "UNREGISTERED_BY_GATEKEEPER",
                    "failed register",
                    GRQ,
                ],
            )
        ],
        show=words,
    )


def test_put_out_by_another_login_waits_instead_of_fighting() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="7_ep")
    run(machine, [Row(300.0, arrives(urq), ..., 3900.0)], show=words)
    assert machine.granted is None


def test_a_stranger_cannot_unregister_a_handset() -> None:
    machine, _ = registered()
    urq = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="7_ep")
    run(machine, [Row(300.0, arrives(urq, SECOND), [])], show=words)
    other = h225.UnregistrationRequest(requestSeqNum=77, callSignalAddress=[], endpointIdentifier="8_ep")
    run(machine, [Row(301.0, arrives(other), [f"UnregistrationReject {FIRST}"])], show=words)
    assert machine.granted is not None


def test_information_is_given_when_asked() -> None:
    machine, _ = registered()
    irq = h225.InfoRequest(requestSeqNum=99, callReferenceValue=0)
    sent = run(
        machine,
        [Row(600.0, arrives(irq), [f"InfoRequestResponse {FIRST}", "reached notify"])],
        show=words,
    )
    irr, _ = last(sent)
    assert isinstance(irr, h225.InfoRequestResponse)
    assert (irr.requestSeqNum, irr.endpointIdentifier) == (99, "7_ep")


def test_station_data_that_was_asked_for_is_no_notification_and_an_nsm_of_its_own_is() -> None:
    machine, sent = registered()
    nsm, _ = last(sent)
    assert isinstance(nsm, h225.NonStandardMessage)
    unasked = h225.NonStandardMessage(
        requestSeqNum=nsm.requestSeqNum % 65535 + 7, nonStandardData=nsm.nonStandardData
    )
    run(
        machine,
        [Row(3.0, arrives(nsm), []), Row(600.0, arrives(unasked), ["reached notify"])],
        show=words,
    )


def test_an_answer_from_another_address_is_not_accepted() -> None:
    run(
        client(),
        [
            *BOOT,
            Row(0.1, lambda sent: elsewhere(gcf()(sent)), ["RAS_ANSWER_FROM_ELSEWHERE"], 5.01),
        ],
        show=words,
    )


def elsewhere(event: Event) -> Event:
    assert isinstance(event, DatagramReceived)
    return DatagramReceived(SECOND, event.destination, event.data)


def test_the_gcf_decides_where_the_rrq_goes() -> None:
    run(
        client(),
        [
            *BOOT,
            Row(
                0.1,
                gcf(rasAddress=address_field(SECOND)),
                ["RAS_ADDRESS_DIFFERS", "reached discover", f"RegistrationRequest {SECOND}"],
            ),
        ],
        show=words,
    )


def test_a_gatekeeper_identifier_stops_a_fragile_handset() -> None:
    config = replace(CONFIG, family=replace(FAMILIES["16xx"], fragile=True))
    run(
        client(config),
        [
            *BOOT,
            Row(0.1, gcf(gatekeeperIdentifier="gk"), ["GATEKEEPER_IDENTIFIER_SENT", "failed discover"], 5.1),
        ],
        show=words,
    )


def test_alternates_are_asked_after_the_list() -> None:
    third = transport("10.1.0.33", 1719)
    alternates = [
        h225.AlternateGK(rasAddress=address_field(address), needToRegister=True, priority=0)
        for address in (FIRST, third)
    ]
    machine, _ = registered(alternateGatekeeper=alternates)
    assert machine.gatekeepers == (FIRST, SECOND, third)


def test_leaving_unregisters_and_frees_the_port() -> None:
    machine, _ = registered(replace(CONFIG, leave_after=30.0))
    run(
        machine,
        [
            Row(DUE, TimeUp(), [URQ], 37.0),
            Row(
                32.1,
                lambda sent: arrives(h225.UnregistrationConfirm(requestSeqNum=number(sent))),
                ["Unbind"],
                None,
            ),
        ],
        show=words,
    )
    assert machine.granted is None


def number(sent: Sequence[Command]) -> int:
    message, _ = last(sent)
    assert isinstance(message, h225.UnregistrationRequest)
    return message.requestSeqNum


def test_a_link_that_returns_leads_to_the_same_gatekeeper() -> None:
    machine, _ = registered()
    run(
        machine,
        [Row(50.0, LinkChanged(False), []), Row(60.0, LinkChanged(True), [GRQ])],
        show=words,
    )


def test_without_a_gatekeeper_to_ask_the_configuration_is_refused() -> None:
    with pytest.raises(ValueError, match="multicast"):
        replace(CONFIG, gatekeepers=())


VALID: list[ras.RasMessage] = [
    h225.InfoRequest(requestSeqNum=5, callReferenceValue=0),
    h225.UnregistrationRequest(requestSeqNum=5, callSignalAddress=[], reason=("ttlExpired", True)),
    h225.RequestInProgress(requestSeqNum=5, delay=1),
    h225.UnknownMessageResponse(requestSeqNum=5),
]


def stories(valid: list[ras.RasMessage]) -> st.SearchStrategy[list[tuple[float, Event]]]:
    octets = st.one_of(
        st.binary(max_size=60),
        st.sampled_from([ras.encode(message) for message in valid]),
        st.builds(
            lambda message, at, octet: (
                message[: at % len(message)] + bytes([octet]) + message[at % len(message) + 1 :]
            ),
            st.sampled_from([ras.encode(message) for message in valid]),
            st.integers(0, 200),
            st.integers(0, 255),
        ),
    )
    events: st.SearchStrategy[Event] = st.one_of(
        st.just(Started()),
        st.just(TimeUp()),
        st.builds(BindFailed, st.sampled_from([HANDSET, TransportAddress(HANDSET.ip, 49301)])),
        st.builds(LinkChanged, st.booleans()),
        st.builds(DatagramReceived, st.sampled_from([FIRST, SECOND]), st.just(HANDSET), octets),
    )
    return st.lists(st.tuples(st.floats(0, 100), events), max_size=15)


@settings(max_examples=60, deadline=None)
@given(stories(VALID), st.booleans())
def test_whatever_comes_the_laws_hold(story: list[tuple[float, Event]], start_registered: bool) -> None:
    machine = registered()[0] if start_registered else client()
    obey(machine, [(5.0, LinkChanged(True)), *story])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["gcf", "rcf", "rrj", "time"]), st.integers(0, 400), st.integers(0, 255)),
        max_size=12,
    )
)
def test_mangled_answers_do_not_raise(steps: list[tuple[str, int, int]]) -> None:
    machine = client()
    sent: list[Command] = [*machine.handle(Started(), 0.0), *machine.handle(TimeUp(), 0.01)]
    now = 0.01
    makers: dict[str, Answer] = {"gcf": gcf(), "rcf": rcf(timeToLive=9), "rrj": rrj(("invalidAlias", True))}
    for name, at, octet in steps:
        if name == "time" and machine.deadline is not None:
            now = max(now, machine.deadline)
            sent += machine.handle(TimeUp(), now)
        elif name in makers:
            try:
                event = makers[name](sent)
            except AssertionError:
                continue
            assert isinstance(event, DatagramReceived)
            data = bytearray(event.data)
            if at < len(data):
                data[at] = octet
            sent += machine.handle(DatagramReceived(event.source, event.destination, bytes(data)), now)


def test_plain_dialect_says_nothing_of_avaya() -> None:
    sent = run(
        client(PLAIN_CONFIG), [*BOOT, Row(1.0, gcf(), ...), Row(2.0, rcf(), ["reached register"])], show=words
    )
    assert request(sent).nonStandardData is None
    assert AVAYA.login_data


def test_unbind_is_not_said_twice() -> None:
    machine, _ = registered(replace(CONFIG, leave_after=30.0))
    sent = [command for at in (32.0, 37.0, 42.0, 47.0) for command in machine.handle(TimeUp(), at)]
    assert sum(isinstance(command, Unbind) for command in sent) == 1
