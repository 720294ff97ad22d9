"""A gatekeeper that starts again with what the one before it kept."""

from dataclasses import replace
from random import Random

import pytest

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.io import Commands, Event, Keep, Kept, Machine, OpenStream, Started
from ringfence.actors.ras.dialect import PLAIN
from ringfence.actors.ras.states import Granted
from ringfence.actors.security import password_hash
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import transport
from ringfence.model.site import CallControl
from ringfence.wire import h225
from support.actors.gatekeeper_phone import (
    AVAYA_CONFIG,
    GATEKEEPER,
    PLAIN_CONFIG,
    Phone,
    codes,
    expire,
    reason,
)
from support.kept import Disk, kept_before_sent


class Remembering:
    """A gatekeeper whose commands go to a disk as well; none that has to wait is before what it waits for."""

    def __init__(self, config: GatekeeperConfig, disk: Disk) -> None:
        self._machine = Gatekeeper(config, Random(len(disk.records)), disk.records)
        self.registrations = self._machine.registrations
        self._disk = disk
        self.started = self.handle(Started(), 0.0)

    @property
    def deadline(self) -> float | None:
        return self._machine.deadline

    def handle(self, event: Event, now: float) -> Commands:
        commands = self._machine.handle(event, now)
        assert kept_before_sent(commands)
        self._disk.take(commands)
        return commands


def table(machine: Remembering) -> list[RegisteredEndpoint]:
    return sorted(
        (replace(one, heard=0.0, keep_alive=None) for one in machine.registrations), key=lambda one: one.ras
    )


@pytest.fixture
def disk() -> Disk:
    return Disk()


def phone(machine: Machine, number: int, **fields: object) -> Phone:
    address = transport(f"10.2.0.{number}", 49300)
    return Phone(machine, address, str(2000 + number), password="", dialect=PLAIN, **fields)


def test_what_was_registered_is_registered_and_keeps_alive(disk: Disk) -> None:
    before = Remembering(PLAIN_CONFIG, disk)
    identifiers = [phone(before, number).boot().endpointIdentifier for number in range(1, 20)]
    after = Remembering(PLAIN_CONFIG, disk)
    assert table(after) == table(before)
    for number, identifier in enumerate(identifiers, 1):
        message = phone(after, number).keep_alive(identifier, 30.0)
        assert isinstance(message, h225.RegistrationConfirm)


def test_a_restored_registration_has_its_lifetime_anew_and_then_ends(disk: Disk) -> None:
    phone(Remembering(PLAIN_CONFIG, disk), 1).boot()
    after = Remembering(PLAIN_CONFIG, disk)
    expire(after, 59.0)
    assert len(after.registrations) == 1
    expire(after, 61.0)
    assert len(after.registrations) == 0
    assert disk.records == ()


def test_who_unregistered_or_registered_anew_is_not_there_twice(disk: Disk) -> None:
    before = Remembering(PLAIN_CONFIG, disk)
    gone, anew = phone(before, 1), phone(before, 2)
    identifier = gone.boot().endpointIdentifier
    granted = Granted(GATEKEEPER, identifier, None, None, 60, 0.0)
    gone.send(gone.channel.leave(granted, 1.0).octets, 1.0)
    anew.boot()
    second = anew.boot(50.0).endpointIdentifier
    after = Remembering(PLAIN_CONFIG, disk)
    assert [one.endpointIdentifier for one in after.registrations] == [second]


def test_a_replayed_rrq_is_refused_and_its_owner_may_discover_anew(disk: Disk) -> None:
    one = Phone(Remembering(AVAYA_CONFIG, disk))
    one.discover()
    octets = one.rrq()
    one.send(octets, 0.0)
    one.keeper = Remembering(AVAYA_CONFIG, disk)
    ((_, answer),) = one.send(octets, 1.0)
    # Not securityDenial: one whose challenge the restart lost would ask its user for the PIN.
    assert reason(answer) == "discoveryRequired"
    one.boot(2.0)
    late = Phone(Remembering(AVAYA_CONFIG, disk))
    ((_, answer),) = late.send(octets, 301.0)
    assert reason(answer) == "securityDenial"


def test_a_password_hash_that_was_used_is_refused_after_a_restart(disk: Disk) -> None:
    config = GatekeeperConfig(PLAIN_CONFIG.address, {"2001": "1234"}, dialect=PLAIN, epoch=1_700_000_000.0)
    one = Phone(Remembering(config, disk), dialect=PLAIN)
    tokens = [password_hash.password_token("2001", "1234", 1_700_000_000)]
    octets = one.channel.register(GATEKEEPER, 0.0, identifier=None, tokens=tokens, renewed=None).octets
    ((_, answer),) = one.send(octets, 0.0)
    assert isinstance(answer, h225.RegistrationConfirm)
    one.keeper = Remembering(config, disk)
    ((_, answer),) = one.send(octets, 301.0)
    assert reason(answer) == "securityDenial"


def test_handsets_are_called_back_in_turn(disk: Disk) -> None:
    signalling = SignallingConfig(CallControl.GATEKEEPER)
    config = replace(PLAIN_CONFIG, time_to_live=3600, signalling=signalling)
    before = Remembering(config, disk)
    for number in range(1, 121):
        phone(before, number).boot()
    after = Remembering(config, disk)
    assert not [one for one in after.started if isinstance(one, OpenStream)]
    soon = [one for one in expire(after, signalling.after_rcf + 0.25) if isinstance(one, OpenStream)]
    assert 0 < len(soon) <= 100
    later = [one for one in expire(after, 10.0) if isinstance(one, OpenStream)]
    called = {one.destination for one in (*soon, *later)}
    assert called == {one.call_signalling for one in after.registrations}


def test_who_is_no_user_any_more_and_what_is_unreadable_is_dropped(disk: Disk) -> None:
    Phone(Remembering(AVAYA_CONFIG, disk)).boot()
    disk.take([Keep(Kept.REGISTRATION, "ABC", b"{}"), Keep(Kept.HASH_PROOF, "2001", b"x")])
    after = Remembering(replace(AVAYA_CONFIG, users={"2002": "9999"}), disk)
    assert len(after.registrations) == 0
    assert codes(after.started) == ["KEPT_DROPPED"]
    assert disk.records == ()


def test_identifiers_cannot_be_guessed_and_fit_the_nat_helper() -> None:
    """Linux's RAS helper cannot read a Setup with one of 9 to 16 characters (measured, kernel 6.18)."""
    machine = Gatekeeper(PLAIN_CONFIG, Random(3))
    machine.handle(Started(), 0.0)
    issued = {phone(machine, number).boot().endpointIdentifier for number in range(1, 200)}
    assert len(issued) == 199
    assert {17 <= len(one) <= 23 for one in issued} == {True}
    distances = [int(a, 16) ^ int(b, 16) for a, b in zip(sorted(issued), sorted(issued)[1:], strict=False)]
    assert min(distances) > 2**40  # neighbours of a counter would be 1 apart


def test_nobody_registered_needs_no_words(disk: Disk) -> None:
    assert codes(Remembering(AVAYA_CONFIG, disk).started) == []
