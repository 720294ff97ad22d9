"""What all packets of a handset's TCP connections say of one that was dropped, whenever they came."""

from collections.abc import Iterable
from math import inf

from ringfence.diagnosis.observation import Observation, StreamKind, StreamSeen
from ringfence.diagnosis.stages.death import SHORTEST_IDLE_TIMER
from ringfence.model.address import TransportAddress


class ConnectionEnds:
    """Built from all of a handset's observations."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self._reset: dict[object, float] = {}  # when an RST passed
        self._last: dict[TransportAddress, dict[object, float]] = {}  # when this end sent something, by peer
        self._at: set[tuple[TransportAddress, TransportAddress, str]] = set()  # source, destination, tap
        self._passed: dict[object, float] = {}  # when a packet passed, by connection
        self._idle: dict[object, float] = {}  # before a segment was sent first
        for seen in observations:
            if isinstance(seen, StreamSeen):
                pair = frozenset((seen.source, seen.destination))
                if seen.crossing.passed:
                    self._passed[pair] = seen.time
                self._idle.setdefault((seen.source, seen.crossing.packet.sequence, pair), seen.idle)
                if seen.kind is StreamKind.RESET and seen.crossing.passed:
                    self._reset.setdefault(frozenset((seen.source, seen.destination)), seen.time)
                if seen.kind not in _CLOSING:
                    self._last.setdefault(seen.source, {})[seen.destination] = seen.time
                self._at |= {(seen.source, seen.destination, tap) for tap in seen.crossing.frames}

    def is_over(self, seen: StreamSeen) -> bool:
        """Whether the connection had ended, so that its state was gone: after an RST; or it is the end
        itself, and the peer sends nothing after it that would need to hear of it."""
        if seen.time > self._reset.get(frozenset((seen.source, seen.destination)), inf):
            return True
        peer = self._last.get(seen.destination, {}).get(seen.source, -inf)
        return seen.kind in _CLOSING and peer <= seen.time

    def is_forgotten(self, seen: StreamSeen) -> bool:
        """Whether its connection had passed, and passes no more after a time of silence."""
        pair = frozenset((seen.source, seen.destination))
        idle = self._idle.get((seen.source, seen.crossing.packet.sequence, pair), 0.0)
        worked = self._passed.get(pair, inf) < seen.time
        return seen.kind is not StreamKind.SYN and worked and idle >= SHORTEST_IDLE_TIMER

    def is_one_way(self, seen: StreamSeen) -> bool:
        """Whether its sender heard the other end, which no packet on this side shows."""
        if seen.kind not in {StreamKind.DATA, StreamKind.SYN_ACK}:
            return False
        return not any((seen.destination, seen.source, tap) in self._at for tap in seen.crossing.frames)


_CLOSING = frozenset({StreamKind.RESET, StreamKind.FIN})
