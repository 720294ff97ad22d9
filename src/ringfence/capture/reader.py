"""Capture files of every usual kind to the frames that concern registrations."""

from collections.abc import Callable, Iterable, Iterator

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.capture.interest import Interest
from ringfence.capture.media import MediaCounter
from ringfence.capture.octets import OctetSource, open_octets
from ringfence.capture.pcap import is_pcap, read_pcap
from ringfence.capture.pcapng import is_pcapng, read_pcapng
from ringfence.capture.summary import Summary
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports

_OTHER_KINDS = {
    b"snoop\x00\x00\x00": "a Solaris snoop file",
    b"\xa1\xb2\xcd\x34": "a modified pcap of the Linux 2.2 days",
    b"\x34\xcd\xb2\xa1": "a modified pcap of the Linux 2.2 days",
    b"RTSS": "a NetXRay file",
    b"XCP\x00": "a NetXRay file",
    b"TRSNIFF data": "a Sniffer file",
    b"GMBU": "a Network Monitor file",
}


class Capture:
    """Iterate for the frames, in file order; then `summary` tells what was read.

    Constructing one reads nothing. Iteration raises InputError for a file that is missing, empty, no
    capture, or unreadable from its first record; later damage ends it and is in the summary. `progress` is
    told how many octets of the file have been read, compressed or not. `hold`: octets of frames to keep back
    because `look_at` may name their ports; `released` gives those.
    """

    def __init__(
        self,
        path: OctetSource,
        tap: str = Tap.ONLY,
        ports: Ports | None = None,
        progress: Callable[[int], object] | None = None,
        *,
        hold: int = 0,
    ) -> None:
        self.path = path
        self.summary = Summary(str(path))
        self._tap = tap
        self._interest = Interest(ports or Ports(), hold)
        self._progress = progress

    def __iter__(self) -> Iterator[TappedFrame]:
        octets, file = open_octets(self.path)
        progress = self._progress
        with file:
            if progress is not None and file.seekable():
                octets.on_progress = lambda: progress(file.tell())
            octets.has(24)
            start = octets.data[:24]
            if is_pcap(start):
                frames = read_pcap(octets, self._tap, self._interest, self.summary)
            elif is_pcapng(start):
                frames = read_pcapng(octets, self._tap, self._interest, self.summary)
            else:
                raise _not_a_capture(start, octets.damage, self.path)
            yield from self._counted(filter(self._interest.take, frames))

    @property
    def media(self) -> MediaCounter:
        """The UDP that was passed over, complete when the frames were read."""
        return self._interest.media

    def look_at(self, ports: Ports) -> None:
        """Keep frames of these ports from now on; they include those that were looked at."""
        self._interest.add(ports)
        self.summary.missed = self._interest.missed

    def released(self) -> Iterator[TappedFrame]:
        """Frames passed over before `look_at` named their ports, in file order, each once."""
        return self._counted(self._interest.released())

    def _counted(self, frames: Iterable[TappedFrame]) -> Iterator[TappedFrame]:
        summary = self.summary
        for frame in frames:
            summary.selected += 1
            summary.clipped += frame.original_length > 0
            yield frame


def _not_a_capture(start: bytes, damage: str, path: OctetSource) -> InputError:
    remedy = "save it as pcap or pcapng (Wireshark: File > Save As; or: editcap IN OUT.pcapng)"
    if damage:
        return InputError(damage, where=str(path), remedy="copy the file again in binary mode")
    if not start:
        return InputError("is empty", where=str(path), remedy="capture again; tcpdump needs -U to flush")
    for magic, what in _OTHER_KINDS.items():
        if start.startswith(magic):
            return InputError(f"is {what}, not pcap or pcapng", where=str(path), remedy=remedy)
    return InputError("is not a pcap or pcapng capture", where=str(path), remedy=remedy)
