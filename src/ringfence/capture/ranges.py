"""One huge capture file cut into ranges of octets that can be read side by side.

A cut is a guess where a record begins. Each range ends where the next begins, so that a wrong guess shows:
the range before it then ends within a record, and the file is read again in one piece.
"""

import io
import mmap
from collections.abc import Iterable
from pathlib import Path
from struct import Struct
from typing import Literal

import msgspec

from ringfence.capture.pcap import FILE_HEADER, MAGIC, RECORD, is_pcap
from ringfence.capture.pcapng import (
    BYTE_ORDER,
    ENHANCED,
    INTERFACE,
    OLD_PACKET,
    SECTION,
    SIMPLE,
    is_pcapng,
)
from ringfence.capture.selection import LONGEST

LEAST = 1 << 30  # octets of a range: one process reads so much while another starts
_CHAIN = 12  # records in a row that have to be plausible
_APART = 86_400  # seconds between neighbours; two captures in one file may be further apart, and are not cut
_PACKETS = frozenset({OLD_PACKET, SIMPLE, ENHANCED})
_BLOCKS = _PACKETS | {4, 5, 10}  # and name resolution, statistics, secrets
_LONGEST_BLOCK = 1 << 20


class FilePart(msgspec.Struct, frozen=True):
    """A file, or of one the octets from `start` to `stop` (None: its end) behind its first `head` octets."""

    path: Path
    head: int = 0
    start: int = 0
    stop: int | None = None
    size: int = 0  # octets, as far as known

    def __str__(self) -> str:
        return str(self.path)

    @property
    def whole(self) -> bool:
        return self.start == 0 and self.stop is None

    @property
    def name(self) -> str:
        return self.path.name

    def open(self, mode: Literal["rb"], buffering: Literal[0]) -> io.RawIOBase:
        """As `Path.open`, for reading octets unbuffered."""
        file = self.path.open(mode, buffering)
        return file if self.whole else _Range(file, self)


class _Range(io.RawIOBase):
    """The head of a file, then a range of it, as if that were a file."""

    def __init__(self, file: io.RawIOBase, part: FilePart) -> None:
        self._file = file
        # Where from, where to; read from the back of the list.
        self._pieces = [(part.start, part.stop), (0, part.head)]
        self._at = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        _, stop = self._pieces[-1]
        if self._at == stop and len(self._pieces) > 1:
            self._pieces.pop()
            self._at, stop = self._pieces[-1]
            self._file.seek(self._at)
        room = len(buffer) if stop is None else min(len(buffer), stop - self._at)
        chunk = self._file.read(room) or b""
        self._at += len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def parts_of(path: Path, *, least: int = LEAST) -> tuple[FilePart, ...]:
    """`path` in ranges of `least` octets or more; in one if short, compressed or no regular file."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        count = size // least
        if count < 2:
            return (FilePart(path, size=size),)
        return parts_at(path, (size * number // count for number in range(1, count)))
    except OSError:
        return (FilePart(path),)  # whoever reads it says why


def parts_at(path: Path, places: Iterable[int]) -> tuple[FilePart, ...]:
    """`path` cut at the first record that begins at each of these octets or after it."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if not size:
            return (FilePart(path),)
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
            cutter = _cutter(data)
            if cutter is None:
                return (FilePart(path, size=size),)
            found = {each for place in places if (each := cutter.next(max(place, cutter.head)))}
            starts = sorted({cutter.head, *found})
    if len(starts) < 2:
        return (FilePart(path, size=size),)
    stops = (*starts[1:], None)
    return tuple(
        # The head counts with the first.
        FilePart(path, cutter.head, start, stop, (stop or size) - (start if start > cutter.head else 0))
        for start, stop in zip(starts, stops, strict=True)
    )


class _PcapCutter:
    head = FILE_HEADER

    def __init__(self, data: mmap.mmap, order: str, unit: int) -> None:
        self._data = data
        self._unit = unit
        self._unpack = Struct(f"{order}IIII").unpack_from
        snap = Struct(f"{order}I").unpack_from(data, 16)[0]
        self._longest = min(snap or LONGEST, LONGEST)

    def next(self, place: int) -> int | None:
        for at in range(place, min(place + 2 * LONGEST, len(self._data))):
            if self._chained(at):
                return at
        return None

    def _chained(self, at: int) -> bool:
        before = None
        for _ in range(_CHAIN):
            if at + RECORD > len(self._data):
                return False
            seconds, part, kept, length = self._unpack(self._data, at)
            if not (part < self._unit and 0 < kept <= self._longest and kept <= length <= LONGEST):
                return False
            if before is not None and abs(seconds - before) > _APART:
                return False
            before = seconds
            at += RECORD + kept
        return at <= len(self._data)


class _PcapngCutter:
    def __init__(self, data: mmap.mmap, order: str) -> None:
        self._data = data
        self._pair = Struct(f"{order}II").unpack_from
        self._word = Struct(f"{order}I").unpack_from
        self.head = 0
        while (found := self._block(self.head, any_kind=True)) and found[0] not in _PACKETS:
            self.head += found[1]

    def next(self, place: int) -> int | None:
        # Blocks begin at multiples of four.
        for start in range(place + -place % 4, min(place + 2 * LONGEST, len(self._data)), 4):
            at = start
            for _ in range(_CHAIN):
                found = self._block(at)
                if found is None:
                    break
                at += found[1]
            else:
                return start
        return None

    def _block(self, at: int, *, any_kind: bool = False) -> tuple[int, int] | None:
        if at + 12 > len(self._data):
            return None
        kind, length = self._pair(self._data, at)
        if length < 12 or length % 4 or length > _LONGEST_BLOCK or at + length > len(self._data):
            return None
        if self._word(self._data, at + length - 4)[0] != length:
            return None
        return (kind, length) if any_kind or kind in _BLOCKS else None

    def defines(self, start: int, stop: int) -> bool:
        """Whether a block there may be an interface or a section: then what comes after it needs it."""
        orders: tuple[Literal["little", "big"], ...] = ("little", "big")
        kinds = {block.to_bytes(4, order) for block in (SECTION, INTERFACE) for order in orders}
        for kind in kinds:
            at = start - 1
            while (at := self._data.find(kind, at + 1, stop)) >= 0:
                if at % 4 == 0 and self._block(at, any_kind=True):
                    return True
        return False


def _cutter(data: mmap.mmap) -> _PcapCutter | _PcapngCutter | None:
    start = data[:FILE_HEADER]
    if len(start) == FILE_HEADER and is_pcap(start):
        order, tick = MAGIC[start[:4]]
        return _PcapCutter(data, order, round(1 / tick))
    if is_pcapng(start) and start[8:12] in BYTE_ORDER:
        return _PcapngCutter(data, BYTE_ORDER[start[8:12]])
    return None


def is_needed_after(part: FilePart) -> bool:
    """Whether the range holds what later ones would need: a pcapng interface or section in mid-capture."""
    with part.path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
            cutter = _cutter(data)
            stop = size if part.stop is None else part.stop
            return isinstance(cutter, _PcapngCutter) and cutter.defines(part.start, stop)
