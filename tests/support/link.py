"""Machines on a fake network in virtual time: datagrams with loss, and streams as far as machines see them.

For pairs of machines only. Firewalls, TCP and links are the simulator's business.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from ringfence.actors.io import (
    Bind,
    BindFailed,
    CloseStream,
    Command,
    DatagramReceived,
    Event,
    Listen,
    Machine,
    OpenStream,
    SendDatagram,
    SendStream,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import UNSPECIFIED, Address, TransportAddress
from support.script import step

DELAY = 0.01  # seconds, one way


@dataclass
class Link:
    """`passes` decides about each datagram; `log` holds (time, sender, command) of everything commanded."""

    machines: Mapping[Address, Machine]
    passes: Callable[[SendDatagram], bool] = lambda _: True
    reachable: bool = True  # streams can be opened
    taken: set[TransportAddress] = field(default_factory=set)
    now: float = 0.0
    log: list[tuple[float, Address, Command]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ticket = count()
        self._accepted = count(-1, -1)
        self._queue: list[tuple[float, int, Address, Event]] = []
        self._bound: set[TransportAddress] = set()
        self._listening: dict[TransportAddress, Listen] = {}
        self._peers: dict[tuple[Address, int], tuple[Address, int]] = {}
        for address in self.machines:
            self._post(address, Started(), 0.0)

    def run(self, until: float) -> None:
        """Everything that happens up to `until`; at most 100000 events."""
        for _ in range(100_000):
            due = [(machine.deadline, address) for address, machine in self.machines.items()]
            wanted = min(((at, str(who), who) for at, who in due if at is not None), default=None)
            if self._queue and (wanted is None or self._queue[0][0] <= wanted[0]):
                if self._queue[0][0] > until:
                    break
                at, _, address, event = heappop(self._queue)
            elif wanted is not None and wanted[0] <= until:
                (at, _, address), event = wanted, TimeUp()
            else:
                break
            self.now = max(self.now, at)
            for command in step(self.machines[address], event, self.now):
                self.log.append((self.now, address, command))
                self._perform(address, command)
        else:
            raise AssertionError("100000 events")
        self.now = until

    def cut(self, address: Address) -> None:
        """Every stream of `address` is lost."""
        for (owner, stream), (peer, other) in list(self._peers.items()):
            if owner == address:
                self._post(owner, StreamClosed(stream, "reset"))
                self._post(peer, StreamClosed(other, "reset"))
                self._peers.pop((owner, stream), None)
                self._peers.pop((peer, other), None)

    def said(self, kind: type[Command], who: Address | None = None) -> list[tuple[float, Command]]:
        return [(at, one) for at, by, one in self.log if isinstance(one, kind) and who in {None, by}]

    def _post(self, address: Address, event: Event, delay: float = DELAY) -> None:
        heappush(self._queue, (self.now + delay, next(self._ticket), address, event))

    def _perform(self, address: Address, command: Command) -> None:
        match command:
            case Bind(local=local) if local in self.taken:
                self._post(address, BindFailed(local), 0.0)
            case Bind(local=local):
                self._bound.add(TransportAddress(address, local.port) if local.ip == UNSPECIFIED else local)
            case SendDatagram() if self.passes(command):
                self._deliver(command)
            case Listen(local=local):
                self._listening[local] = command
            case OpenStream():
                self._open(address, command)
            case SendStream(stream=stream, data=data) if (address, stream) in self._peers:
                peer, other = self._peers[address, stream]
                # Cut at random places: how octets arrive means nothing.
                for start in range(0, len(data), 7):
                    self._post(peer, StreamReceived(other, data[start : start + 7]))
            case CloseStream(stream=stream) if (address, stream) in self._peers:
                peer, other = self._peers.pop((address, stream))
                self._peers.pop((peer, other), None)
                self._post(peer, StreamClosed(other))
            case _:
                pass

    def _deliver(self, sent: SendDatagram) -> None:
        to = sent.destination
        for local in self._bound:
            if local == to or (to.ip.is_multicast and local.port == to.port):
                self._post(local.ip, DatagramReceived(sent.source, to, sent.data))

    def _open(self, address: Address, command: OpenStream) -> None:
        listen = self._listening.get(command.destination)
        dropped = listen is not None and bool(listen.only_from) and address not in listen.only_from
        if not self.reachable or dropped:
            self._post(address, StreamFailed(command.stream, "timed out"), command.timeout)
        elif listen is None or listen.tls != command.tls:
            self._post(address, StreamFailed(command.stream, "refused"))
        else:
            peer, other = command.destination.ip, next(self._accepted)
            source = TransportAddress(address, command.source_ports[0] or 40000)
            self._peers[address, command.stream] = (peer, other)
            self._peers[peer, other] = (address, command.stream)
            self._post(address, StreamOpened(command.stream, source, command.destination))
            self._post(peer, StreamAccepted(other, command.destination, source))
