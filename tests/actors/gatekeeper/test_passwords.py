"""Who may register: challenges, parity, replays, hashes."""

from dataclasses import replace
from random import Random

import msgspec
import pytest

from ringfence.actors.gatekeeper.replies import Replies
from ringfence.actors.io import (
    DatagramReceived,
    SendDatagram,
    Started,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.security import password_hash
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import (
    AVAYA_CONFIG,
    GATEKEEPER,
    HANDSET,
    OTHER,
    PLAIN_CONFIG,
    Phone,
    answers,
    keeper,
    reason,
)


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
        tokens = [password_hash.password_token("2001", password, 1_700_000_000 + int(at))]
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
        HANDSET.ip, (GATEKEEPER,), "2001", "secret", dialect=PLAIN, family=PHONE_FAMILIES["h323"], epoch=1e9
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


def test_plain_h323_puts_nobody_out_whatever_they_prove() -> None:
    machine = keeper(replace(PLAIN_CONFIG, users={"2001": "1234"}))
    Phone(machine, dialect=PLAIN).boot()
    second = Phone(machine, OTHER, dialect=PLAIN)
    second.discover()
    assert reason(second.register()) == "duplicateAlias"


def test_an_extension_without_a_password_is_taken_over_by_nobody() -> None:
    machine = keeper(replace(AVAYA_CONFIG, users={"2001": ""}))
    Phone(machine, password="").boot()
    second = Phone(machine, OTHER, password="")
    second.discover()
    assert reason(second.register()) == "duplicateAlias"
