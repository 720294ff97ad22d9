"""One capture file to what can be merged with other files, in any order and on any machine."""

from itertools import islice
from pathlib import Path

import msgspec

from ringfence.capture.dialogue import Ports
from ringfence.capture.dissect import Datagram, dissect
from ringfence.capture.explain import told_ports
from ringfence.capture.frame import TappedFrame
from ringfence.capture.reader import Capture
from ringfence.capture.recording import LONGEST
from ringfence.model.errors import InputError

_PORTS = Ports()


class FileEvents(msgspec.Struct, frozen=True):
    """All that is kept of a file: the frames that concern registrations, a thousandth of a usual capture.

    Frames and not verdicts, because a file may end in the middle of anything: only frames put together
    again say the same as one long capture would. `told`: the ports, with those that leases in it name.
    `octets`: the file's size. `last`: the time of its last frame, in seconds. `damage` says why it, or the
    end of it, could not be read; `cut`, that it holds more frames of interest than are kept.
    """

    file: str
    octets: int = 0
    frames: int = 0
    last: float = 0.0
    kept: tuple[TappedFrame, ...] = ()
    told: Ports = _PORTS
    damage: str = ""
    cut: bool = False


def events_of(path: Path, ports: Ports = _PORTS) -> FileEvents:
    """What one capture file holds; depends on nothing else. Never raises for what is in the file."""
    try:
        octets = path.stat().st_size
        capture = Capture(path, ports=ports)
        kept = tuple(islice(capture, LONGEST))
    except InputError as error:
        return FileEvents(str(path), damage=error.what)
    except OSError as error:
        return FileEvents(str(path), damage=error.strerror or str(error))
    packets = (dissect(frame, 0) for frame in kept)
    return FileEvents(
        str(path),
        octets,
        capture.summary.frames,
        capture.summary.last,
        kept,
        told_ports((packet for packet in packets if isinstance(packet, Datagram)), ports),
        capture.summary.damage,
        len(kept) == LONGEST,
    )
