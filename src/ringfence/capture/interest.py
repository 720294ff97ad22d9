"""Which ports' frames are kept of a capture, when some of the ports are named only in the capture itself."""

from collections.abc import Iterator

from ringfence.capture.frame import TappedFrame
from ringfence.capture.media import MediaCounter
from ringfence.capture.selection import (
    CARRIERS,
    DATAGRAMS,
    FILES,
    KEPT,
    PASSED,
    SIGNALLING,
    UNNAMED,
    look,
    wants,
)
from ringfence.capture.tunnels import CARRIER_PORTS
from ringfence.model.ports import Ports

# Octets of frames that wait for their port to be named: all TCP of a quiet network, the first seconds of a
# busy one. `_OVERHEAD` is what Python adds to each.
HELD = 32 << 20
_OVERHEAD = 250


class Interest:
    """Ports of interest, and the frames held back because their ports may yet be named.

    `table` is what `selection` asks; it changes while a file is read. Of frames that no named port is of
    interest for, `room` octets are held at most: TCP, and UDP that may be RAS. `missed`: ports that were
    named only when there was no more room, so that frames of theirs were not kept. `media` counts
    the UDP that is of no interest.
    """

    def __init__(self, ports: Ports, room: int = 0) -> None:
        self.missed: frozenset[int] = frozenset()
        self.media = MediaCounter()
        self._ports = ports
        self._room = room
        self._held: list[TappedFrame] = []
        self._is_news = False  # ports were named since the held frames were looked through
        self._named = self.table = port_table(ports)
        if room:
            self.table = bytes(octet | UNNAMED for octet in self._named)

    def add(self, ports: Ports) -> None:
        """From now on `ports` are of interest, which include those that were."""
        if ports == self._ports:
            return
        full = self.table is self._named
        if full:
            self.missed |= _all(ports) - _all(self._ports)
        self._ports, self._named, self._is_news = ports, port_table(ports), True
        self.table = self._named if full else bytes(octet | UNNAMED for octet in self._named)

    def take(self, frame: TappedFrame) -> bool:
        """Whether the frame is of interest; if not it is held, or let go."""
        data = frame.data
        if self.table is self._named:
            return True
        place = look(self._named, frame.link_type, data, 0, len(data))
        if place == KEPT:
            return True
        if place != PASSED:
            self.media.count(place, data, len(data), frame.time)
        self._room -= len(data) + _OVERHEAD
        if self._room < 0:
            self.table = self._named
        else:
            self._held.append(frame)
        return False

    def released(self) -> Iterator[TappedFrame]:
        """Held frames whose ports have been named since, each once."""
        if not self._is_news:
            return
        held, self._held, self._is_news = self._held, [], False
        for frame in held:
            if wants(self._named, frame.link_type, frame.data, 0, len(frame.data)):
                yield frame
            else:
                self._held.append(frame)


def _all(ports: Ports) -> frozenset[int]:
    return ports.datagrams | ports.streams | ports.h245


def port_table(ports: Ports) -> bytes:
    """What `selection` wants to know of each port."""
    table = bytearray(1 << 16)
    for use, numbers in (
        (DATAGRAMS, ports.datagrams),
        (SIGNALLING, ports.signalling | ports.h245),
        (FILES, ports.files | ports.signalling_tls),
        (CARRIERS, CARRIER_PORTS),
    ):
        for number in numbers:
            table[number] |= use
    return bytes(table)
