"""Reading and writing at a bit position: the one place that says "truncated"."""

from ringfence.model.errors import DecodeError

# More octets than a peer sent, so that up to 17 bits can be had from three octets wherever they start; `end`
# is what keeps a reader from taking them for the peer's.
_MARGIN = bytes(3)
# A last octet by its bits behind a leading 1, filled up with zeros.
_LAST = [0, *(value << (9 - value.bit_length()) & 0xFF for value in range(1, 512))]

# A count or an unfragmented length ends below 16K (X.691 clause 11.9.3.6); fragments are multiples of it.
FRAGMENT = 16384


class OctetReader:
    """A position, in bits, in octets from a peer; `end` moves in while an open type is read."""

    __slots__ = ("data", "depth", "end", "path", "position", "unfinished")

    def __init__(self, data: bytes) -> None:
        self.data = data + _MARGIN
        self.position = 0
        self.end = len(data) * 8
        self.depth = 0
        self.path: list[str] = []
        # The SEQUENCEs that a fault left unfinished, innermost first: their type and what was read of them.
        self.unfinished: list[tuple[type, dict[str, object]]] = []

    def error(self, what: str) -> DecodeError:
        return DecodeError(what, min(self.position, self.end) >> 3)

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned number."""
        position = self.position
        after = position + count
        if after > self.end:
            raise self.error("truncated")
        self.position = after
        octets = self.data[position >> 3 : (after + 7) >> 3]
        return int.from_bytes(octets, "big") >> (-after & 7) & ((1 << count) - 1)

    def align(self) -> None:
        self.position = (self.position + 7) & ~7

    def octets(self, count: int) -> bytes:
        """Skip to an octet boundary and take `count` octets."""
        first = (self.position + 7) >> 3
        after = first + count
        if after * 8 > self.end:
            raise self.error("truncated")
        self.position = after * 8
        return self.data[first:after]

    def number(self, count: int) -> int:
        """Skip to an octet boundary and take `count` octets as an unsigned number, most significant first."""
        return int.from_bytes(self.octets(count), "big")

    def left(self) -> int:
        """Octets not yet begun."""
        return (self.end - self.position) >> 3

    def length(self) -> int:
        """A general length determinant that may not be fragmented (X.691 clause 11.9.3.5 to 10.9.3.7)."""
        first = self.number(1)
        if first < 0x80:
            return first
        if first < 0xC0:
            return (first & 0x3F) << 8 | self.number(1)
        raise self.error("fragmented length")

    def string(self) -> bytes:
        """Octets after a general length determinant, fragments put together (X.691 clause 11.9.3.8)."""
        parts = []
        while True:
            first = self.number(1)
            if first < 0xC0:
                count = first if first < 0x80 else (first & 0x3F) << 8 | self.number(1)
                parts.append(self.octets(count))
                return b"".join(parts)
            if not 1 <= first & 0x3F <= 4:
                raise self.error("fragment of a wrong size")
            parts.append(self.octets((first & 0x3F) * FRAGMENT))


class OctetWriter:
    """Whole octets, and the bits of the one that is not full yet behind a leading 1."""

    __slots__ = ("octets", "pending")

    def __init__(self) -> None:
        self.octets = bytearray()
        self.pending = 1

    def bits(self, value: int, count: int) -> None:
        self.pending = self.pending << count | value

    def align(self) -> None:
        pending = self.pending
        if pending < 512:
            if pending != 1:
                self.octets.append(_LAST[pending])
                self.pending = 1
        else:
            count = pending.bit_length() - 1
            padding = -count & 7
            size = count + padding
            self.octets += (pending << padding ^ 1 << size).to_bytes(size >> 3, "big")
            self.pending = 1

    def number(self, value: int, count: int) -> None:
        """`value` in `count` octets from an octet boundary on, most significant first."""
        self.align()
        self.octets += value.to_bytes(count, "big")

    def length(self, count: int) -> None:
        """A general length determinant; `count` must be below 16K."""
        self.align()
        if count < 0x80:
            self.octets.append(count)
        else:
            self.octets += (count | 0x8000).to_bytes(2, "big")

    def string(self, value: bytes) -> None:
        """`value` behind a general length determinant, in fragments when it is 16K or more."""
        start = 0
        while len(value) - start >= FRAGMENT:
            parts = min((len(value) - start) // FRAGMENT, 4)
            self.align()
            self.octets.append(0xC0 | parts)
            self.octets += value[start : start + parts * FRAGMENT]
            start += parts * FRAGMENT
        self.length(len(value) - start)
        self.octets += value[start:]

    def finish(self) -> bytes:
        self.align()
        return bytes(self.octets)
