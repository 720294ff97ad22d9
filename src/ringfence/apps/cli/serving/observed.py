"""What a serve has done, counted from what passes: for metrics, rates, and how far each handset has come."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import NamedTuple

from ringfence.actors.io import (
    DatagramReceived,
    Noted,
    SendDatagram,
    SendFile,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamId,
    StreamOpened,
)
from ringfence.actors.journal import JournalEntry
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DHCP_SERVER_PORT, SIGNALLING_PORT
from ringfence.model.findings import Finding
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from ringfence.wire.dhcp_options import MESSAGE_TYPE, DhcpMessageType

_MOST_HANDSETS = 20_000
_MOST_STREAMS = 20_000
_WINDOW = 10.0  # seconds over which a rate is taken
_MAGIC_END = 240  # where the options of a DHCP message begin; our own servers name its type first
_YIADDR = slice(16, 20)
_REGISTERED = {Stage.REGISTER, Stage.KEEP_ALIVE, Stage.SIGNAL}
_STAGES = {h225.GatekeeperConfirm: Stage.DISCOVER, h225.RegistrationConfirm: Stage.REGISTER}


class LatestStage(NamedTuple):
    """The latest stage of an address, `at` seconds since 1970."""

    stage: Stage
    at: float


class Observed:
    """Counters since the start. `clock`: seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.started = clock()
        self.datagrams_received = 0
        self.ras_answers: Counter[str] = Counter()
        self.dhcp_answers: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.octets_sent = 0  # by the file server
        self.connections: dict[tuple[str, StreamId], TransportAddress] = {}
        self.handsets: OrderedDict[Address, LatestStage] = OrderedDict()  # the latest seen last
        self._window = (self.started, Counter[str]())
        self._rates: dict[str, float] = {}

    def take(self, entry: JournalEntry) -> None:
        """One event and its commands."""
        match entry.event:
            case DatagramReceived():
                self.datagrams_received += 1
            case StreamAccepted(stream=stream, local=local, remote=remote):
                self._opened(entry.host, stream, local, remote)
            case StreamOpened(stream=stream, local=local, remote=remote):
                self._opened(entry.host, stream, remote, remote)
            case StreamClosed(stream=stream):
                self.connections.pop((entry.host, stream), None)
            case _:
                pass
        for command in entry.commands:
            match command:
                case SendDatagram(source=source, destination=to, data=data):
                    self._sent(source, to, data)
                case SendStream(stream=stream, data=data) if data.startswith(b"HTTP/1."):
                    self._count("files")
                    if (client := self.connections.get((entry.host, stream))) is not None:
                        self._seen(client.ip, Stage.PROVISION)
                case SendFile(length=length):
                    self.octets_sent += length
                case Noted(finding=finding):
                    self.found(finding)
                case _:
                    pass

    def found(self, finding: Finding) -> None:
        self.findings[str(finding.code)] += 1

    def rates(self) -> dict[str, float]:
        """What was done in a second, over the last whole window."""
        self._roll()
        return dict(self._rates)

    def _opened(self, host: str, stream: StreamId, at: TransportAddress, remote: TransportAddress) -> None:
        if len(self.connections) < _MOST_STREAMS:
            self.connections[host, stream] = remote
        if at.port == SIGNALLING_PORT:
            self._seen(remote.ip, Stage.SIGNAL)

    def _sent(self, source: TransportAddress, to: TransportAddress, data: bytes) -> None:
        if source.port == DHCP_SERVER_PORT:
            self._leased(data)
            return
        glimpse = ras.peek(data)
        if glimpse is None:
            return
        self.ras_answers[glimpse.kind.__name__] += 1
        self._count("ras")
        stage = _STAGES.get(glimpse.kind)
        if stage is not None:
            before = self.handsets.get(to.ip)
            registered = before is not None and before.stage in _REGISTERED
            self._seen(to.ip, Stage.KEEP_ALIVE if stage is Stage.REGISTER and registered else stage)

    def _leased(self, data: bytes) -> None:
        code, length, kind = data[_MAGIC_END : _MAGIC_END + 3] if len(data) > _MAGIC_END + 2 else (0, 0, 0)
        if (code, length) != (MESSAGE_TYPE.code, 1) or kind not in set(DhcpMessageType):
            return
        self.dhcp_answers[DhcpMessageType(kind).name] += 1
        self._count("dhcp")
        yiaddr = IPv4Address(data[_YIADDR])
        if kind == DhcpMessageType.ACK and int(yiaddr):  # not that of an INFORM
            self._seen(yiaddr, Stage.ADDRESS)

    def _seen(self, handset: Address, stage: Stage) -> None:
        self.handsets[handset] = LatestStage(stage, self._clock())
        self.handsets.move_to_end(handset)
        if len(self.handsets) > _MOST_HANDSETS:
            self.handsets.popitem(last=False)

    def _count(self, kind: str) -> None:
        self._roll()
        self._window[1][kind] += 1

    def _roll(self) -> None:
        now = self._clock()
        begun, counts = self._window
        if now < begun + _WINDOW:
            return
        whole = now < begun + 2 * _WINDOW
        self._rates = {kind: count / (now - begun) for kind, count in counts.items()} if whole else {}
        self._window = (now, Counter())
