"""The frames of interest of a long capture, kept in an unnamed file on disk instead of in memory."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from struct import Struct

from ringfence.capture.frame import TappedFrame

_HEAD = Struct("<dQII")  # time, number, link type, original length
_BLOCK = 1 << 20  # octets that are written at a time


class FrameSpool:
    """Frames of one tap by their order, 8 octets of memory each.

    The file is in the system's directory for temporary files (TMPDIR), and goes when it is closed.
    """

    def __init__(self, tap: str) -> None:
        self._tap = tap
        self._file = tempfile.TemporaryFile(buffering=_BLOCK)  # noqa: SIM115, see `close`
        self._write = self._file.write
        self._places = array("Q", (0,))  # where each begins, and where the last ends
        self._end = 0

    def close(self) -> None:
        """Nothing can be added or given back any more."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._places) - 1

    def add(self, frame: TappedFrame) -> None:
        head = _HEAD.pack(frame.time, frame.number, frame.link_type, frame.original_length)
        self._end += self._write(head + frame.data)
        self._places.append(self._end)

    def frames(self, which: Iterable[int]) -> Iterator[TappedFrame]:
        """Those of these places in the order of `add`, from 0."""
        file, places, size = self._file, self._places, _HEAD.size
        file.flush()
        at = -1
        for index in which:
            start, end = places[index], places[index + 1]
            if at != start:
                file.seek(start)
            octets = file.read(end - start)
            at = end
            time, number, link, original = _HEAD.unpack_from(octets)
            yield TappedFrame(time, self._tap, octets[size:], number, link, original)
