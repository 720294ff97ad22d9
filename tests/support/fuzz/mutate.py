"""Mutations that know where formats are weak: lengths, ends, repetition, nesting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

LONGEST = 65_507  # the largest UDP payload; text formats may take more
_LENGTHS = (0, 1, 2, 3, 0x7E, 0x7F, 0x80, 0x81, 0xBF, 0xC0, 0xC1, 0xC4, 0xFE, 0xFF)
_WORDS = (b"\0\0", b"\x00\x01", b"\x7f\xff", b"\x80\x00", b"\xff\xff", b"\xff" * 4, b"\x80\0\0\0", bytes(4))


class Mutator:
    """Draws a seed and damages it one to four times. `tokens` mean something to the format."""

    def __init__(
        self,
        random: Random,
        seeds: Sequence[bytes],
        tokens: Sequence[bytes] = (),
        longest: int = LONGEST,
    ) -> None:
        self.random = random
        self._seeds = seeds
        self._tokens = tuple(tokens) or _WORDS
        self._longest = longest
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip,
            self._flip,
            self._octet,
            self._octet,
            self._length,
            self._length,
            self._cut,
            self._drop,
            self._splice,
            self._repeat,
            self._insert,
            self._insert,
            self._nest,
            self._swap,
        )

    def seed(self) -> bytes:
        return self.random.choice(self._seeds)

    def next(self) -> bytes:
        """A damaged seed; one in sixteen is whole, so that state is built up to be damaged."""
        return self.damage(self.seed())

    def damage(self, data: bytes, whole: int = 4) -> bytes:
        """One in 2^`whole` stays as it is."""
        random = self.random
        if not random.getrandbits(whole):
            return data
        buffer = bytearray(data)
        for _ in range(1 + (random.getrandbits(3) < 4) + 2 * (not random.getrandbits(3))):
            self._ways[random.randrange(len(self._ways))](buffer)
        return bytes(buffer[: self._longest])

    def _at(self, buffer: bytearray) -> int:
        # Heads are where the structure is: half of all damage is done in the first 64 octets.
        size = len(buffer)
        if size > 64 and self.random.getrandbits(1):
            size = 64
        return self.random.randrange(size) if size else 0

    def _flip(self, buffer: bytearray) -> None:
        if buffer:
            buffer[self._at(buffer)] ^= 1 << self.random.getrandbits(3)

    def _octet(self, buffer: bytearray) -> None:
        if buffer:
            buffer[self._at(buffer)] = self.random.getrandbits(8)

    def _length(self, buffer: bytearray) -> None:
        """An octet that may be a length lies, grossly or by one."""
        if buffer:
            at = self._at(buffer)
            near = (buffer[at] + self.random.choice((-1, 1))) & 0xFF
            buffer[at] = self.random.choice((near, near, *_LENGTHS))

    def _cut(self, buffer: bytearray) -> None:
        del buffer[self._at(buffer) :]

    def _drop(self, buffer: bytearray) -> None:
        at = self._at(buffer)
        del buffer[at : at + self.random.randrange(1, 9)]

    def _splice(self, buffer: bytearray) -> None:
        other = self.seed()
        if other:
            buffer[self._at(buffer) :] = other[self.random.randrange(len(other)) :]

    def _repeat(self, buffer: bytearray) -> None:
        at = self._at(buffer)
        piece = bytes(buffer[at : at + self.random.choice((1, 2, 4, 16, 64, 256))])
        if piece:
            buffer[at:at] = piece * self._times(len(piece))

    def _insert(self, buffer: bytearray) -> None:
        at = self._at(buffer)
        buffer[at:at] = self.random.choice(self._tokens)

    def _nest(self, buffer: bytearray) -> None:
        """A token many times over: brackets, tags and headers that open what nobody closes."""
        at = self._at(buffer)
        token = self.random.choice(self._tokens)
        buffer[at:at] = token * self._times(len(token))

    def _swap(self, buffer: bytearray) -> None:
        if len(buffer) > 8:
            one, other = sorted((self._at(buffer), self._at(buffer)))
            buffer[one:other] = buffer[one:other][::-1]

    def _times(self, size: int) -> int:
        most = max(1, self._longest // max(1, size))
        # Rarely as much as fits: long input is slow to make and to read.
        few = self.random.choice((1, 2, 3, 8, 70))
        return min(most, few if self.random.getrandbits(5) else self.random.choice((300, 2000, most)))
