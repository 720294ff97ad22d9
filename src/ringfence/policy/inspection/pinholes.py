"""What an inspection expects of others, having read their addresses in a message: pinholes.

A pinhole lets one peer in, from any of its ports, to an address and port that a message named, and leads it
to whoever named it. It ends by its time, with the connection that named it, and where it is for one
connection with that one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ringfence.model.packet import Packet
from ringfence.policy.connections import ConnectionName

# An address and a port as numbers.
TransportEnd: TypeAlias = tuple[int, int]


class Reads(StrEnum):
    """What an inspection takes the messages of a connection for."""

    RAS = "RAS"
    CALL_SIGNALLING = "Q.931"
    CALL_CONTROL = "H.245"
    NOTHING = ""  # media


@dataclass(frozen=True, slots=True)
class Pinhole:
    """`peer` may come to `outside` (and is led to `inside`) until that time; `once`: one connection.

    `protocol` is an IANA number; `master` the connection whose message named the address; `reads`: what the
    connection that comes is taken for.
    """

    protocol: int
    peer: int
    outside: TransportEnd
    inside: TransportEnd
    until: float
    master: ConnectionName
    reads: Reads = Reads.NOTHING
    once: bool = False


class Pinholes:
    """Those that are open, one of each name (protocol, peer, outside end).

    `lives` tells whether the connection of a name still does: with it goes what it named.
    """

    def __init__(self, lives: Callable[[ConnectionName, float], bool]) -> None:
        self._lives = lives
        self._open: dict[tuple[int, int, TransportEnd], Pinhole] = {}

    def add(self, pinhole: Pinhole, now: float, most: int) -> bool:
        """False: another connection has one there. Of more than `most` of a master the oldest goes."""
        name = pinhole.protocol, pinhole.peer, pinhole.outside
        there = self._open.pop(name, None)
        if there is not None and there.master != pinhole.master and self._is_open(there, now):
            self._open[name] = there
            return False
        own = [known for known, each in self._open.items() if each.master == pinhole.master]
        if len(own) >= most:
            del self._open[own[0]]
        self._open[name] = pinhole
        return True

    def taken(self, packet: Packet, now: float) -> Pinhole | None:
        """The pinhole that lets this opening packet in; one for a single connection is used up by it."""
        name = packet.protocol, int(packet.source), (int(packet.destination), packet.destination_port)
        found = self._open.get(name)
        if found is None or not self._is_open(found, now):
            return None
        if found.once:
            del self._open[name]
        return found

    def close(self, master: ConnectionName) -> None:
        """All that this connection named."""
        for name in [name for name, each in self._open.items() if each.master == master]:
            del self._open[name]

    def open(self, now: float) -> Iterator[Pinhole]:
        """Those that are open at that time."""
        return (each for each in self._open.values() if self._is_open(each, now))

    def _is_open(self, pinhole: Pinhole, now: float) -> bool:
        return pinhole.until > now and self._lives(pinhole.master, now)
