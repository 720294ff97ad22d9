"""One direction of a TCP connection back into octets in order, within bounds (RFC 9293 section 3.4).

A capture is not a peer: it starts in the middle, misses segments and cannot ask for them again. So a hole
that is not filled soon is skipped, and the reader is told to find its place again.
"""

from typing import NamedTuple

# A hole is skipped when this much waits behind it: more than a window of signalling, which is what we
# reassemble (a settings file flows through too, but is only looked at by its first octets).
_MAX_WAITING_OCTETS = 65536
_MAX_WAITING_SEGMENTS = 64
_HALF = 1 << 31
_WRAP = 1 << 32


class Ordered(NamedTuple):
    """Octets that are now in order. `gap`: something before them is missing for good."""

    data: bytes
    gap: bool = False


_NOTHING = Ordered(b"")


class TcpDirection:
    """Put segments in; take out octets in order, each once."""

    __slots__ = ("_next", "_waiting", "_waiting_octets")

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, bytes] = {}
        self._waiting_octets = 0

    def synchronise(self, sequence: int) -> None:
        """A SYN: the next octet has `sequence` + 1. A repeated SYN starts the direction again."""
        self._next = (sequence + 1) % _WRAP
        self._waiting.clear()
        self._waiting_octets = 0

    def take(self, sequence: int, data: bytes) -> Ordered:
        """A segment's data. The first one of a connection already running sets the place."""
        if not data:
            return _NOTHING
        if self._next is None:
            self._next = sequence
        ahead = _distance(sequence, self._next)
        if ahead > 0:
            return self._keep(sequence, data)
        if -ahead >= len(data):
            return _NOTHING  # all of it seen before
        return Ordered(self._advance(data[-ahead:]))

    def _keep(self, sequence: int, data: bytes) -> Ordered:
        earlier = self._waiting.get(sequence, b"")
        if len(data) > len(earlier):
            self._waiting[sequence] = data
            self._waiting_octets += len(data) - len(earlier)
        if self._waiting_octets <= _MAX_WAITING_OCTETS and len(self._waiting) <= _MAX_WAITING_SEGMENTS:
            return _NOTHING
        return self.skip()

    def skip(self) -> Ordered:
        """Give up on the hole and go on with what waits behind it."""
        if not self._waiting or self._next is None:
            return _NOTHING
        expected = self._next
        first = min(self._waiting, key=lambda sequence: _distance(sequence, expected))
        data = self._waiting.pop(first)
        self._waiting_octets -= len(data)
        self._next = first
        return Ordered(self._advance(data), gap=True)

    def _advance(self, data: bytes) -> bytes:
        """Accept `data` at the expected place and whatever waited right behind it."""
        assert self._next is not None
        parts = [data]
        self._next = (self._next + len(data)) % _WRAP
        while self._waiting:
            expected = self._next
            key = min(self._waiting, key=lambda sequence: _distance(sequence, expected))
            behind = -_distance(key, expected)
            if behind < 0:
                break
            segment = self._waiting.pop(key)
            self._waiting_octets -= len(segment)
            fresh = segment[behind:]
            parts.append(fresh)
            self._next = (self._next + len(fresh)) % _WRAP
        return b"".join(parts)


def _distance(sequence: int, reference: int) -> int:
    """How far `sequence` is ahead of `reference` in 32-bit sequence space; negative when behind."""
    ahead = (sequence - reference) % _WRAP
    return ahead - _WRAP if ahead >= _HALF else ahead
