"""Phones on permanent channels to one switch, in virtual time and without a network under them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from ipaddress import IPv4Address
from itertools import count
from math import inf
from random import Random

from ringfence.actors.calls.phone_user import PhoneUser, UserPlan
from ringfence.actors.calls.switch import Switch, SwitchConfig
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.io import (
    Command,
    Commands,
    DatagramReceived,
    MediaTold,
    SendDatagram,
    SendStream,
    StageFailed,
    StageReached,
    TimeUp,
)
from ringfence.actors.signalling.session import Session
from ringfence.actors.signalling.user import ChannelUser, PermanentChannel
from ringfence.model.address import TransportAddress
from ringfence.model.flow import Role
from ringfence.wire import call_signalling, tpkt
from ringfence.wire.call_signalling import CallSignal

GATEKEEPER = TransportAddress(IPv4Address("10.1.0.30"), 1720)


def phone_at(number: int) -> TransportAddress:
    """Where the phone of that number has its signalling."""
    return TransportAddress(IPv4Address(f"10.20.0.{number}"), 1720)


@dataclass(eq=False)
class _End:
    """One side of a channel, and who uses it."""

    user: ChannelUser
    channel: PermanentChannel
    other: "_End | None" = None


@dataclass
class Exchange:
    """`lost`: which datagrams do not arrive. `said`: what each phone's phone_user said, with the time."""

    config: SwitchConfig = field(default_factory=SwitchConfig)
    lost: Callable[[SendDatagram], bool] = lambda _: False
    said: list[tuple[float, str, Command]] = field(default_factory=list)
    heard: list[tuple[float, str, CallSignal]] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.table = Registrations()
        self.switch = Switch(self.config, self.table, 1720)
        self.users: dict[str, PhoneUser] = {}
        self._ends: dict[int, _End] = {}
        self._numbers = count(1)
        self._queue: list[tuple[float, int, Callable[[], None]]] = []

    def add(self, extension: str, plan: UserPlan) -> PhoneUser:
        """A phone that is registered and has its channel."""
        number = len(self.users) + 1
        phone_user = self.users[extension] = PhoneUser(plan, Random(number))
        at = phone_at(number)
        phone_user.move(at.ip)
        ras = TransportAddress(at.ip, 49300)
        self.table.add(RegisteredEndpoint(extension, (extension,), ras, at, inf, 0.0), 0.0)
        offer = phone_user.offer()
        mine = Session(Role.HANDSET, sends_setup=True, call_identifier=bytes([number] * 16), offer=offer)
        theirs = Session(Role.GATEKEEPER, sends_setup=False, call_identifier=bytes(16))
        here, there = next(self._numbers), next(self._numbers)
        one = _End(phone_user, PermanentChannel(here, GATEKEEPER, mine))
        other = _End(self.switch, PermanentChannel(there, at, theirs), one)
        one.other = other
        self._ends |= {here: one, there: other}
        self._later(lambda: self._octets(other, mine.open()))
        return phone_user

    def hang(self, extension: str) -> None:
        """The phone's channel is gone, at both ends."""
        phone_user = self.users[extension]
        for stream, end in list(self._ends.items()):
            if end.user is phone_user and end.other is not None:
                del self._ends[stream]
                self._perform(end.user.lost(stream), end.user)
                self._perform(end.other.user.lost(end.other.channel.stream), end.other.user)

    def run(self, until: float) -> None:
        while True:
            waits = [at for one in self.users.values() if (at := one.deadline) is not None]
            next_ = min([*waits, *([self._queue[0][0]] if self._queue else [])], default=inf)
            if next_ > until:
                self.now = until
                return
            self.now = max(self.now, next_)
            while self._queue and self._queue[0][0] <= self.now:
                heappop(self._queue)[2]()
            for phone_user in self.users.values():
                if (at := phone_user.deadline) is not None and at <= self.now:
                    self._perform(phone_user.handle(TimeUp(), self.now), phone_user)
                    after = phone_user.deadline
                    assert after is None or after > self.now, "law 3"

    def told(self, extension: str) -> list[MediaTold]:
        return [c for _, who, c in self.said if who == extension and isinstance(c, MediaTold)]

    def stages(self, extension: str) -> list[Command]:
        wanted = StageReached | StageFailed
        return [c for _, who, c in self.said if who == extension and isinstance(c, wanted)]

    def _later(self, what: Callable[[], None]) -> None:
        heappush(self._queue, (self.now + 0.001, next(self._numbers), what))

    def _octets(self, end: _End, octets: bytes) -> None:
        if end.channel.stream not in self._ends:
            return
        for message in tpkt.split(octets)[0]:
            self.heard.append((self.now, self._name(end.user), call_signalling.decode(message)))
        for said in end.channel.session.receive(octets):
            if said.octets:
                self._perform((SendStream(end.channel.stream, said.octets),), end.user)
            if said.established:
                self._perform(end.user.established(end.channel, self.now), end.user)
            if said.signal is not None:
                self._perform(end.user.heard(end.channel, said.signal, self.now), end.user)

    def _perform(self, commands: Commands, user: ChannelUser) -> None:
        for command in commands:
            self.said.append((self.now, self._name(user), command))
            match command:
                case SendStream(stream=stream, data=data) if stream in self._ends:
                    other = self._ends[stream].other
                    assert other is not None
                    self._later(lambda end=other, octets=data: self._octets(end, octets))  # type: ignore[misc]
                case SendDatagram() if not self.lost(command):
                    self._later(lambda sent=command: self._datagram(sent))  # type: ignore[misc]
                case _:
                    pass

    def _datagram(self, sent: SendDatagram) -> None:
        for number, phone_user in enumerate(self.users.values(), 1):
            if phone_at(number).ip == sent.destination.ip and phone_user.owns(sent.destination.port):
                event = DatagramReceived(sent.source, sent.destination, sent.data)
                self._perform(phone_user.handle(event, self.now), phone_user)

    def _name(self, user: ChannelUser) -> str:
        return next((name for name, one in self.users.items() if one is user), "switch")
