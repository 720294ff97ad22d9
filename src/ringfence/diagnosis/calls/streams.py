"""TCP segments to the messages of call signalling and H.245, on whatever ports they run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ringfence.capture.dissect import transport_address
from ringfence.capture.selection import begins_setup
from ringfence.capture.tcp_reassembly import TcpDirection
from ringfence.diagnosis.crossing import Crossing
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.packet import Protocol, TcpFlags
from ringfence.model.ports import Ports
from ringfence.wire import tpkt

_TCP = int(Protocol.TCP)
_SYN, _ENDS = int(TcpFlags.SYN), int(TcpFlags.FIN | TcpFlags.RST)
_OPENS_OR_ENDS = _SYN | _ENDS
# As for the connections of handsets: beyond this the oldest is forgotten.
_MAX_STREAMS = 50_000


class Framed(NamedTuple):
    """The content of a TPKT; None: the connection closes. `time` in seconds, `frame` at the first tap.

    `dropped`: a Setup that entered the firewall and did not leave it; no other message is given then.
    """

    time: float
    frame: int
    sender: TransportAddress
    receiver: TransportAddress
    message: bytes | None
    dropped: bool = False


@dataclass(slots=True)
class _Half:
    order: TcpDirection = field(default_factory=TcpDirection)
    held: bytes = b""


class CallStreams:
    """Give it crossings in order of time. `h245`: addresses that signalling named for separate H.245; the
    reader of the messages adds to them."""

    def __init__(self, ports: Ports) -> None:
        self.h245: set[TransportAddress] = set()
        self._wanted = ports.signalling
        self._streams: dict[frozenset[TransportAddress], dict[TransportAddress, _Half]] = {}

    def read(self, crossings: Iterable[Crossing]) -> Iterator[Framed]:
        for crossing in crossings:
            if crossing.packet.protocol == _TCP:
                yield from _dropped_setup(crossing) if crossing.dropped else self._segment(crossing)

    def _segment(self, crossing: Crossing) -> Iterator[Framed]:
        packet = crossing.packet
        if not packet.payload and not packet.flags & _OPENS_OR_ENDS:
            return
        source = transport_address(packet.source, packet.source_port)
        destination = transport_address(packet.destination, packet.destination_port)
        halves = self._halves(source, destination, packet.payload)
        if halves is None:
            return
        half, frame = halves[source], next(iter(crossing.frames.values()))
        if packet.flags & _SYN:
            half.order.synchronise(packet.sequence)
            half.held = b""
        if packet.payload:
            ordered = half.order.take(packet.sequence, packet.payload)
            held = ordered.data if ordered.gap else half.held + ordered.data
            try:
                messages, half.held = tpkt.split(held)
            except DecodeError:
                messages, half.held = [], b""
            for message in messages:
                yield Framed(crossing.time, frame, source, destination, message)
        if packet.flags & _ENDS:
            yield Framed(crossing.time, frame, source, destination, None)

    def _halves(
        self, source: TransportAddress, destination: TransportAddress, payload: bytes
    ) -> dict[TransportAddress, _Half] | None:
        key = frozenset({source, destination})
        halves = self._streams.get(key)
        if halves is None:
            known = source.port in self._wanted or destination.port in self._wanted
            named = source in self.h245 or destination in self.h245
            if not known and not named and not begins_setup(payload, 0, len(payload)):
                return None
            if len(self._streams) >= _MAX_STREAMS:
                del self._streams[next(iter(self._streams))]
            halves = self._streams[key] = {source: _Half(), destination: _Half()}
        return halves


def _dropped_setup(crossing: Crossing) -> Iterator[Framed]:
    packet = crossing.packet
    if not begins_setup(packet.payload, 0, len(packet.payload)):
        return
    try:
        messages, _ = tpkt.split(packet.payload)
    except DecodeError:
        return
    source = TransportAddress(packet.source, packet.source_port)
    destination = TransportAddress(packet.destination, packet.destination_port)
    frame = next(iter(crossing.frames.values()))
    for message in messages[:1]:
        yield Framed(crossing.time, frame, source, destination, message, dropped=True)
