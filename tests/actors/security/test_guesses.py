"""Guessing at passwords: by one address at one extension, at many, and who is not hindered by it."""

from typing import Any

from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.model.address import transport
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import AVAYA_CONFIG, Phone, keeper, reason


def test_of_625_keys_five_can_be_tried_in_five_minutes() -> None:
    machine = keeper()
    findings: list[str] = []
    judged = 0
    for pin in range(1000, 1300):
        guesser = Phone(machine, password=str(pin * 2))
        guesser.findings = findings
        guesser.discover(float(pin - 1000))
        before = len(machine.registrations)
        message = guesser.register(float(pin - 1000))
        judged += isinstance(message, h225.RegistrationConfirm)
        assert len(machine.registrations) == before or judged
    assert judged == 0
    assert "PASSWORD_GUESSED" in findings
    # Even the right one is not judged any more, and is again when the five minutes are over.
    assert reason(_try(machine, 299.0)) == "securityDenial"
    assert isinstance(_try(machine, 601.0), h225.RegistrationConfirm)


def _try(machine: Gatekeeper, now: float, **fields: Any) -> ras.RasMessage:
    phone = Phone(machine, **fields)
    phone.discover(now)
    return phone.register(now)


def test_the_owner_elsewhere_is_not_shut_out() -> None:
    machine = keeper()
    for number in range(20):
        _try(machine, float(number), password="0000")
    owner = _try(machine, 21.0, address=transport("10.2.0.77", 49300))
    assert isinstance(owner, h225.RegistrationConfirm)


def test_who_mistypes_a_pin_a_few_times_gets_in() -> None:
    machine = keeper()
    for number in range(4):
        assert reason(_try(machine, float(number), password="0000")) == "securityDenial"
    assert isinstance(_try(machine, 5.0), h225.RegistrationConfirm)
    assert AVAYA_CONFIG.users == {"2001": "1234", "2002": "9999"}
