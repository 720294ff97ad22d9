"""Machines that take datagrams: gatekeeper, RAS client, DHCP server, relay and client.

Each keeps its state for the whole run, hears honest peers as well as damaged ones, and is held to the laws.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address
from random import Random
from typing import Any

import msgspec

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.relay import AgentInformation, DhcpRelay, Existing, RelaySettings
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.gatekeeper.config import (
    AddressPolicy,
    GatekeeperConfig,
    Notification,
    NotificationKind,
    Since,
)
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    AddressConfigured,
    Command,
    ConfigureAddress,
    DatagramReceived,
    Machine,
    SendDatagram,
    Started,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PLAIN
from ringfence.actors.ras.fields import address_field
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.model.errors import DecodeError
from ringfence.model.site import CallControl
from ringfence.wire import dhcp, h225, ras
from ringfence.wire.dhcp_options import DhcpMessageType
from support.actors import dhcp_answers
from support.actors.dhcp_site import DATA, SERVER, UPLINK, VOICE, scope
from support.actors.gatekeeper_phone import AVAYA_CONFIG, GATEKEEPER, GROUP, PLAIN_CONFIG, Phone
from support.actors.ras_answers import CONFIG, FIRST, SECOND
from support.actors.ras_answers import PLAIN_CONFIG as PLAIN_CLIENT
from support.fuzz import seeds
from support.fuzz.mutate import Mutator
from support.fuzz.subject import Subject, Target
from support.script import step

_MOST_TURNS = 5000  # deadlines between two inputs: 50 endpoints that never answer an IRQ make 2613


class Driven:
    """A machine in virtual time; `pending` are inputs that its own words called for."""

    def __init__(self, machine: Machine, random: Random, seeds_: Sequence[bytes]) -> None:
        self.machine = machine
        self.random = random
        self.mutator = Mutator(random, seeds_)
        self.now = 0.0
        self.pending: deque[bytes] = deque(maxlen=64)
        self.handle(Started())

    def next(self) -> bytes:
        # Half of what is honest stays so, or no machine would come far.
        if self.pending and self.random.getrandbits(2):
            return self.mutator.damage(self.pending.popleft(), 1)
        return self.mutator.damage(self.mutator.seed(), 2)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(_MOST_TURNS):
            due = self.machine.deadline
            if due is None or due > until:
                self.now = until
                return
            self.now = max(self.now, due)
            self.handle(TimeUp())
        raise AssertionError(f"{_MOST_TURNS} deadlines in {seconds} s")

    def handle(self, event: object) -> tuple[Command, ...]:
        commands = step(self.machine, event, self.now)  # type: ignore[arg-type]
        for command in commands:
            self.performed(command)
        return commands

    def performed(self, command: Command) -> None:
        """What the world makes of a command."""

    def pause(self) -> float:
        """Mostly no time at all, now and then enough for every timer."""
        draw = self.random.getrandbits(11)
        return 0.0 if draw < 1500 else self.random.expovariate(2.0) if draw < 2046 else 400.0

    def feed(self, data: bytes) -> None:
        raise NotImplementedError


class GatekeeperSubject(Driven):
    """Sixty-four endpoints, some of which finish what they began, and damaged words from all of them."""

    def __init__(self, config: GatekeeperConfig, random: Random) -> None:
        self._identifiers: dict[int, str] = {}  # of each phone
        keeper = Gatekeeper(config, random)
        super().__init__(keeper, random, seeds.ras_octets())
        self._phones = [
            Phone(keeper, transport(f"10.2.0.{host}", 49300), f"2{host % 50:03}", dialect=config.dialect)
            for host in range(1, 65)
        ]
        self._speaker = self._phones[0]

    def next(self) -> bytes:
        self._speaker = self.random.choice(self._phones)
        if not self.random.getrandbits(2):
            return super().next()
        return self.mutator.damage(self._honest(self._speaker), 1)

    def feed(self, data: bytes) -> None:
        self.wait(self.pause())
        source = self._speaker.channel.local
        to = GROUP if not self.random.getrandbits(5) else GATEKEEPER
        self.handle(DatagramReceived(source, to, data))

    def performed(self, command: Command) -> None:
        if not isinstance(command, SendDatagram):
            return
        assert command.source == GATEKEEPER
        message = ras.decode(command.data)  # what it sends can be read
        match message:
            case h225.GatekeeperConfirm():
                self._speaker.gcf = message
            case h225.RegistrationConfirm(endpointIdentifier=identifier):
                self._identifiers[id(self._speaker)] = identifier
            case h225.InfoRequest() | h225.UnregistrationRequest():
                confirm = h225.UnregistrationConfirm(requestSeqNum=message.requestSeqNum)
                self.pending.append(ras.encode(confirm))
            case _:
                pass

    def _honest(self, phone: Phone) -> bytes:
        random, identifier = self.random, self._identifiers.get(id(phone), "1_endp")
        draw = random.randrange(8)
        if draw < 2:
            return phone.channel.discover(GATEKEEPER, self.now).octets
        if draw < 4:
            return phone.rrq(self.now)
        sample: Any = ras.decode(random.choice(seeds.ras_octets()))
        if hasattr(sample, "endpointIdentifier"):
            changed = msgspec.structs.replace(sample, endpointIdentifier=identifier)
            try:
                return ras.encode(changed)
            except ras.EncodeError:
                pass
        rrq = ras.decode(phone.rrq(self.now))
        assert isinstance(rrq, h225.RegistrationRequest)
        return ras.encode(
            msgspec.structs.replace(
                rrq,
                keepAlive=bool(draw & 1),
                additiveRegistration=draw == 6 or None,
                endpointIdentifier=identifier,
            )
        )


class RasClientSubject(Driven):
    """A handset between two gatekeepers that answer what it asks, well or badly."""

    def __init__(self, config: RasClientConfig, random: Random) -> None:
        self._sent, self._peer = TransportAddress(config.address, 49300), FIRST
        super().__init__(RasClient(config, random), random, seeds.ras_octets())

    def performed(self, command: Command) -> None:
        if not isinstance(command, SendDatagram):
            return
        self._sent, self._peer = command.source, command.destination
        message: Any = ras.decode(command.data)
        number = message.requestSeqNum if hasattr(message, "requestSeqNum") else 1
        for _ in range(3):  # the first may come too badly
            self.pending.extend(map(ras.encode, _answers(message, number, self.random)))

    def feed(self, data: bytes) -> None:
        self.wait(self.pause())
        sources = (self._peer, self._peer, self._peer, FIRST, SECOND, transport("10.9.9.9", 1719))
        source = self.random.choice(sources)
        self.handle(DatagramReceived(source, self._sent, data))


def _answers(message: object, number: int, random: Random) -> list[ras.RasMessage]:
    version = (0, 0, 8, 2250, 0, 2)
    match message:
        case h225.GatekeeperRequest():
            return [
                h225.GatekeeperConfirm(
                    requestSeqNum=number, protocolIdentifier=version, rasAddress=address_field(FIRST)
                )
            ]
        case h225.RegistrationRequest() if not random.getrandbits(3):
            return [
                h225.RegistrationReject(
                    requestSeqNum=number, protocolIdentifier=version, rejectReason=("discoveryRequired", True)
                )
            ]
        case h225.RegistrationRequest():
            return [
                h225.RegistrationConfirm(
                    requestSeqNum=number,
                    protocolIdentifier=version,
                    callSignalAddress=[address_field(TransportAddress(FIRST.ip, 1720))],
                    endpointIdentifier="7_ep",
                    timeToLive=random.choice((None, 1, 60)),
                ),
                h225.InfoRequest(requestSeqNum=9, callReferenceValue=0),
                h225.UnregistrationRequest(
                    requestSeqNum=8,
                    callSignalAddress=[address_field(TransportAddress(FIRST.ip, 1720))],
                    reason=("reregistrationRequired", True),
                ),
            ]
        case h225.UnregistrationRequest():
            return [h225.UnregistrationConfirm(requestSeqNum=number)]
        case _:
            return []


class DhcpServerSubject(Driven):
    """Clients of two networks, through a relay and directly."""

    def __init__(self, random: Random) -> None:
        direct = replace(scope("data", 20), interface="lan")
        machine = DhcpServer(ServerSettings(SERVER, (direct, scope("voice", 30))))
        super().__init__(machine, random, seeds.dhcp_messages())

    def performed(self, command: Command) -> None:
        if isinstance(command, SendDatagram):
            message = dhcp.decode(command.data)
            kind = self.random.choice(
                (DhcpMessageType.REQUEST, DhcpMessageType.DECLINE, DhcpMessageType.RELEASE)
            )
            options = ((53, bytes((kind,))), (50, message.yiaddr.packed), (54, SERVER.packed))
            self.pending.append(
                dhcp.encode(replace(message, op=dhcp.Op.BOOTREQUEST, options=options, yiaddr=IPv4Address(0)))
            )

    def next(self) -> bytes:
        data = bytearray(super().next())
        if len(data) > 44 and self.random.getrandbits(2):
            data[0] = 1
            data[24:28] = self.random.choice((bytes(4), DATA.giaddr.packed, VOICE.giaddr.packed))
            if not self.random.getrandbits(2):  # else the client that was answered
                data[28:34] = bytes(5) + bytes((self.random.getrandbits(8),))
        return bytes(data)

    def feed(self, data: bytes) -> None:
        self.wait(self.pause())
        to = self.random.choice((SERVER, IPv4Address("255.255.255.255")))
        source = self.random.choice((transport("0.0.0.0", 68), transport("10.20.0.1", 67)))
        interface = self.random.choice(("", "lan", "other"))
        self.handle(DatagramReceived(source, TransportAddress(to, 67), data, interface))


class RelaySubject(Driven):
    """Both sides of a relay agent that adds option 82."""

    def __init__(self, existing: Existing, random: Random) -> None:
        information = AgentInformation(b"rack", server_id_override=True, existing=existing)
        settings = RelaySettings(
            (DATA, replace(VOICE, trusted=True)), (SERVER,), UPLINK, agent_information=information
        )
        super().__init__(DhcpRelay(settings), random, seeds.dhcp_messages())

    def performed(self, command: Command) -> None:
        if isinstance(command, SendDatagram):
            try:
                message = dhcp.decode(command.data)
            except DecodeError:  # relayed as it came
                return
            self.pending.append(dhcp.encode(replace(message, op=3 - message.op)))

    def feed(self, data: bytes) -> None:
        to = self.random.choice((DATA.giaddr, VOICE.giaddr, UPLINK, IPv4Address("255.255.255.255")))
        source = self.random.choice((transport("0.0.0.0", 68), TransportAddress(SERVER, 67)))
        interface = self.random.choice(("", "data", "voice", "other"))
        self.handle(DatagramReceived(source, TransportAddress(to, 67), data, interface))


class DhcpClientSubject(Driven):
    """A phone that is answered at every turn, rightly or not."""

    def __init__(self, random: Random) -> None:
        settings = ClientSettings(dhcp_answers.MAC, interface="lan")
        self._configured: list[AddressConfigured] = []
        super().__init__(DhcpClient(settings, random), random, seeds.dhcp_messages())

    def performed(self, command: Command) -> None:
        match command:
            case ConfigureAddress(address=address):
                self._configured.append(AddressConfigured(address))
            case SendDatagram():
                for _ in range(4):
                    self.pending.append(self._answer(command))
            case _:
                pass

    def _answer(self, asked: SendDatagram) -> bytes:
        random = self.random
        kind = random.choice(
            (
                DhcpMessageType.OFFER,
                DhcpMessageType.OFFER,
                DhcpMessageType.ACK,
                DhcpMessageType.ACK,
                DhcpMessageType.NAK,
            )
        )
        phone = random.choice((*seeds.PHONE_STRINGS, "L2Q=1,L2QVLAN=30,VLANTEST=5", ""))
        seconds = random.choice((None, 0, 1, 60, 0xFFFFFFFF))
        return dhcp_answers.answer([asked], kind, phone=phone, seconds=seconds).data

    def feed(self, data: bytes) -> None:
        self.wait(self.pause())
        while self._configured:
            self.handle(self._configured.pop())
        to = self.random.choice(("255.255.255.255", "10.20.0.50"))
        self.handle(DatagramReceived(transport("10.1.0.10", 67), transport(to, 68), data, "lan"))


def _gatekeeper(name: str, config: GatekeeperConfig, most_mib: float = 64.0) -> Target:
    return Target(name, partial(GatekeeperSubject, config), most_mib=most_mib)


_USERS = {f"2{number:03}": "1234" if number % 5 else "" for number in range(50)}
_OPENS = SignallingConfig(CallControl.GATEKEEPER)
_IRQ = Notification(30.0, NotificationKind.IRQ, Since.SILENCE)


def _client(config: RasClientConfig) -> Callable[[Random], Subject]:
    return partial(RasClientSubject, config)


TARGETS: tuple[Target, ...] = (
    _gatekeeper(
        "gatekeeper", replace(AVAYA_CONFIG, users=_USERS, signalling=_OPENS, notification=_IRQ, capacity=50)
    ),
    _gatekeeper(
        "gatekeeper-open",
        replace(
            PLAIN_CONFIG,
            multicast=True,
            notification=replace(_IRQ, kind=NotificationKind.URQ),
            in_progress=0.5,
            users=None,
        ),
    ),
    _gatekeeper(
        "gatekeeper-letter",
        GatekeeperConfig(
            GATEKEEPER.ip, dialect=replace(PLAIN, take_over=True), addresses=AddressPolicy.AS_REGISTERED
        ),
    ),
    Target("ras-client", _client(CONFIG), episode=2000),
    Target("ras-client-plain", _client(replace(PLAIN_CLIENT, password="1234", multicast=True)), episode=2000),
    Target("dhcp-server", DhcpServerSubject),
    Target("dhcp-relay", partial(RelaySubject, Existing.APPEND)),
    Target("dhcp-relay-replace", partial(RelaySubject, Existing.REPLACE)),
    Target("dhcp-client", DhcpClientSubject, episode=2000),
)
