"""Write classic pcap files: nanosecond resolution, Ethernet (pcap format, draft-ietf-opsawg-pcap)."""

import struct
from collections.abc import Iterable
from typing import BinaryIO

_NANOSECOND = 0xA1B23C4D
_ETHERNET = 1
_LONGEST = 262144  # the snapshot length tcpdump writes; readers refuse records beyond it

_FILE = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")


class PcapWriter:
    """Writes the file header at once, then frames as they come. The caller opens and closes `file`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(_FILE.pack(_NANOSECOND, 2, 4, 0, 0, _LONGEST, _ETHERNET))

    def write(self, nanoseconds: int, frame: bytes) -> None:
        """A frame seen `nanoseconds` after the epoch (0 to 2**32 seconds). Longer than 256 KiB is cut."""
        seconds, rest = divmod(nanoseconds, 1_000_000_000)
        kept = frame[:_LONGEST]
        self._file.write(_RECORD.pack(seconds, rest, len(kept), len(frame)) + kept)


def write_pcap(file: BinaryIO, frames: Iterable[tuple[float, bytes]]) -> None:
    """A whole capture of (seconds after the epoch, frame)."""
    writer = PcapWriter(file)
    for seconds, frame in frames:
        writer.write(round(seconds * 1_000_000_000), frame)
