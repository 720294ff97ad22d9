"""Write pcapng files: one section, named interfaces, nanoseconds (draft-ietf-opsawg-pcapng)."""

import struct
from typing import BinaryIO

from ringfence.capture.pcapng import ENHANCED, INTERFACE, SECTION

_ETHERNET = 1
_LONGEST = 262144  # the snapshot length dumpcap writes
_COMMENT, _NAME, _RESOLUTION = 1, 2, 9
_NANOSECONDS = b"\x09"  # a negative power of ten
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_WHOLE_FILE = -1  # length of a section that is not known yet
_FLUSH_EVERY = 1_000_000_000  # nanoseconds of the frames' time: who reads meanwhile is not much behind


class PcapngWriter:
    """Writes the head at once, then frames as they come. The caller opens and closes `file`.

    `comment` is on the section: what was recorded, by whom.
    """

    def __init__(self, file: BinaryIO, interface: str, comment: str = "") -> None:
        self._file = file
        self._flushed = 0
        section = struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, _WHOLE_FILE)
        self._block(SECTION, section + _options((_COMMENT, comment.encode())))
        described = struct.pack("<HHI", _ETHERNET, 0, _LONGEST)
        self._block(INTERFACE, described + _options((_NAME, interface.encode()), (_RESOLUTION, _NANOSECONDS)))
        file.flush()

    def write(self, nanoseconds: int, frame: bytes) -> None:
        """A frame seen `nanoseconds` after the epoch. Longer than 256 KiB is cut."""
        kept = frame[:_LONGEST]
        head = struct.pack("<IIIII", 0, nanoseconds >> 32, nanoseconds & 0xFFFFFFFF, len(kept), len(frame))
        self._block(ENHANCED, head + _padded(kept))
        if nanoseconds - self._flushed > _FLUSH_EVERY:
            self._flushed = nanoseconds
            self._file.flush()

    def _block(self, kind: int, body: bytes) -> None:
        length = len(body) + 12
        self._file.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))


def _options(*options: tuple[int, bytes]) -> bytes:
    given = [(code, value) for code, value in options if value]
    octets = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in given)
    return octets + bytes(4) if octets else b""


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
