"""A handset that sends what the test tells it to, and a gatekeeper to send it to."""

from collections.abc import Iterable
from random import Random
from typing import Any

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    Command,
    DatagramReceived,
    Machine,
    Noted,
    SendDatagram,
    Started,
    TimeUp,
)
from ringfence.actors.ras.channel import RasChannel
from ringfence.actors.ras.dialect import AVAYA, PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.security.challenges import answer
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.script import step

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
        keeper: Machine,
        address: TransportAddress = HANDSET,
        extension: str = "2001",
        password: str = "1234",
        **fields: Any,
    ) -> None:
        plain = fields.pop("dialect", AVAYA)
        self.config = RasClientConfig(
            address.ip,
            (GATEKEEPER,),
            extension,
            password,
            dialect=plain,
            family=PHONE_FAMILIES["96x1"],
            **fields,
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


def expire(machine: Machine, until: float) -> list[Command]:
    commands: list[Command] = []
    while machine.deadline is not None and machine.deadline <= until:
        commands += step(machine, TimeUp(), machine.deadline)
    return commands
