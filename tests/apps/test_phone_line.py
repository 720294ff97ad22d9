"""What counts as registered: everything was reached and stayed, until the handset left by itself."""

from ipaddress import IPv4Address
from random import Random

import pytest

from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.io import Command, Commands, Event, LogOff, StageFailed, StageReached, Started
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.apps.cli.phoning.line import Phone
from ringfence.model.stage import Stage
from support.actors.gatekeeper_phone import GATEKEEPER, PLAIN_CONFIG
from support.actors.gatekeeper_phone import keeper as gatekeeper
from support.link import Link

PHONE = IPv4Address("10.2.0.21")


class Watched:
    """A handset whose events the phone line sees, as the driver shows them; it logs off after `stay` s."""

    def __init__(self, phone: Phone, stay: float) -> None:
        self._phone = phone
        self._stay = stay
        self._left = False

    @property
    def deadline(self) -> float | None:
        waits = (self._phone.outside.deadline, None if self._left else self._stay)
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        commands = self._tell(event, now)
        if not self._left and now >= self._stay:
            self._left = True
            commands += self._tell(LogOff(), now)
        return commands

    def _tell(self, event: Event, now: float) -> Commands:
        commands = self._phone.outside.handle(event, now)
        self._phone.saw(JournalEntry(now, "", event, commands))
        return commands


def registered(*, stay: float = 10.0) -> tuple[Link, Phone]:
    config = RasClientConfig(PHONE, (GATEKEEPER,), "2001", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    machine = Endpoint(config, Random(1))
    phone = Phone("2001", "2001", machine, machine, PHONE, signals=True)
    link = Link({GATEKEEPER.ip: gatekeeper(PLAIN_CONFIG), PHONE: Watched(phone, stay)})
    link.run(1.0)
    assert phone.granted is not None
    assert phone.trouble == "no call-signalling connection was established"
    tell(phone, 1.0, StageReached(Stage.SIGNAL))
    assert phone.good
    return link, phone


def tell(phone: Phone, now: float, command: Command) -> None:
    phone.saw(JournalEntry(now, "", Started(), (command,)))


@pytest.mark.parametrize(("at", "good"), [(5.0, False), (10.5, True)])
def test_a_connection_may_go_when_the_handset_does(at: float, good: bool) -> None:
    link, phone = registered()
    if at < 10:
        tell(phone, at, StageFailed(Stage.SIGNAL, "closed by the peer"))
        tell(phone, at + 1, StageReached(Stage.SIGNAL))
        link.run(20.0)
    else:
        link.run(at)
        tell(phone, at, StageFailed(Stage.SIGNAL, "closed by the peer"))
        link.run(20.0)
    assert phone.left
    assert phone.good is good
    assert phone.trouble == ("" if good else "signal was lost: closed by the peer")


def test_who_was_forgotten_and_registers_again_had_been_lost() -> None:
    link, phone = registered(stay=300.0)
    fresh = gatekeeper(PLAIN_CONFIG)
    link.machines = {**link.machines, GATEKEEPER.ip: fresh}
    link.run(250.0)  # past the keep-alive, which the gatekeeper does not know
    assert phone.granted is not None
    assert len(fresh.registrations) == 1
    assert phone.trouble == "the gatekeeper no longer has the registration"
