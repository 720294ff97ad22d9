"""The handset's RAS channel, by timed script: discovery and registration."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from ringfence.actors.io import (
    BindFailed,
    Command,
    DatagramReceived,
    Event,
    Noted,
    SendDatagram,
    StageFailed,
    Started,
    TimeUp,
)
from ringfence.actors.ras.dialect import AVAYA, PHONE_FAMILIES
from ringfence.actors.ras.fields import address_field, address_of
from ringfence.actors.security.challenges import Challenges
from ringfence.model.address import PortRange, TransportAddress, transport
from ringfence.wire import h225, per
from ringfence.wire.h235 import ClearToken, Encrypted
from ringfence.wire.h235_crypto import DES_ECB, answers_challenge
from support.actors.ras_answers import (
    BOOT,
    CONFIG,
    FIRST,
    GRQ,
    GRQ2,
    HANDSET,
    NSM,
    PLAIN_CONFIG,
    RRQ,
    SECOND,
    arrives,
    client,
    gcf,
    last,
    rcf,
    registered,
    request,
    rrj,
    words,
)
from support.script import DUE, Row, run


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
    config = replace(CONFIG, family=replace(PHONE_FAMILIES["16xx"], fragile=True))
    run(
        client(config),
        [
            *BOOT,
            Row(0.1, gcf(gatekeeperIdentifier="gk"), ["GATEKEEPER_IDENTIFIER_SENT", "failed discover"], 5.1),
        ],
        show=words,
    )


def test_without_a_gatekeeper_to_ask_the_configuration_is_refused() -> None:
    with pytest.raises(ValueError, match="multicast"):
        replace(CONFIG, gatekeepers=())


def test_plain_dialect_says_nothing_of_avaya() -> None:
    sent = run(
        client(PLAIN_CONFIG), [*BOOT, Row(1.0, gcf(), ...), Row(2.0, rcf(), ["reached register"])], show=words
    )
    assert request(sent).nonStandardData is None
    assert AVAYA.login_data


def test_alternates_do_not_grow_without_bound() -> None:
    alternates = [
        h225.AlternateGK(
            rasAddress=address_field(transport(f"10.7.0.{number}", 1719)), needToRegister=True, priority=0
        )
        for number in range(1, 200)
    ]
    machine, _ = registered(alternateGatekeeper=alternates)
    assert len(machine.gatekeepers) == 18


@pytest.mark.parametrize("unusable", ["0.0.0.0", "224.0.1.41", "255.255.255.255"])
def test_a_ras_address_that_cannot_be_used_is_the_answers_source(unusable: str) -> None:
    field = address_field(transport(unusable, 1719))
    run(
        client(),
        [*BOOT, Row(0.1, gcf(rasAddress=field), ["reached discover", RRQ])],
        show=words,
    )
