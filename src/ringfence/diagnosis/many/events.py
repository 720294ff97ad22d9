"""One capture file to what can be merged with other files, in any order and on any machine."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import msgspec

from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import TappedFrame
from ringfence.capture.interest import HELD
from ringfence.capture.ranges import FilePart, is_needed_after
from ringfence.capture.reader import Capture
from ringfence.diagnosis.many.census import Census
from ringfence.diagnosis.port_learning import PortLearner
from ringfence.diagnosis.recording import MOST_FRAMES
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports

_PORTS = Ports()


class FileEvents(msgspec.Struct, frozen=True):
    """All that is kept of a file: the frames that concern registrations, a thousandth of a usual capture.

    Frames and not verdicts, because a file may end in the middle of anything: only frames put together
    again say the same as one long capture would. `learned_ports`: with those that leases in it name.
    `octets`: the file's size. `last`: the time of its last frame, in seconds. `damage` says why it, or the
    end of it, could not be read, `cut_in_record` that it ends within a record; `cut`, that it holds more
    frames of interest than are kept. `looked_at`: the ports of which all frames were kept.
    """

    file: str
    octets: int = 0
    frames: int = 0
    last: float = 0.0
    kept: tuple[TappedFrame, ...] = ()
    learned_ports: Ports = _PORTS
    damage: str = ""
    cut: bool = False
    census: Census = msgspec.field(default_factory=Census)
    cut_in_record: bool = False
    looked_at: Ports = _PORTS


def events_of(path: Path | FilePart, ports: Ports = _PORTS) -> FileEvents:
    """What a capture file, or a range of it, holds; depends on nothing else; never raises for what it holds.

    Frames of a range are numbered from 1; `joined_ranges` counts on.
    """
    part = path if isinstance(path, FilePart) else FilePart(path)
    try:
        octets = part.path.stat().st_size if part.whole else part.size
        if part.stop is not None and is_needed_after(part):
            return FileEvents(str(path), damage="holds an interface that later ranges need")
        capture = Capture(part, ports=ports, hold=HELD)
        kept, census, learned = _kept(capture, ports)
    except InputError as error:
        return FileEvents(str(path), damage=error.what)
    except OSError as error:
        return FileEvents(str(path), damage=error.strerror or str(error))
    return FileEvents(
        str(path),
        octets,
        capture.summary.frames,
        capture.summary.last,
        kept,
        learned,
        capture.summary.damage,
        len(kept) == MOST_FRAMES,
        census,
        capture.summary.cut_in_record,
        ports if capture.summary.missed else learned,
    )


def _kept(capture: Capture, ports: Ports) -> tuple[tuple[TappedFrame, ...], Census, Ports]:
    """Its frames, who is seen in them, and the ports with those that they name: of these too all frames."""
    census, learner = Census(), PortLearner(ports)
    kept: list[TappedFrame] = []
    for frame in islice(chain(capture, _released(capture)), MOST_FRAMES):
        kept.append(frame)
        packet = dissect_frame(frame, 0)
        if isinstance(packet, Datagram):
            census.take(packet)
            if learner.take(packet):
                capture.look_at(learner.ports)
    kept.sort(key=_number)
    return tuple(kept), census, learner.ports


def _released(capture: Capture) -> Iterator[TappedFrame]:
    """Not before the capture was read."""
    yield from capture.released()


def _number(frame: TappedFrame) -> int:
    return frame.number


def joined_ranges(parts: Sequence[FileEvents]) -> FileEvents | None:
    """The events of a file from those of its ranges, in order; None: it has to be read in one piece.

    A range that does not end with a record shows that it, or the one after it, was cut at a wrong place.
    """
    if any(part.damage or part.cut for part in parts[:-1]) or parts[-1].cut:
        return None
    if parts[-1].damage and not parts[-1].cut_in_record:
        return None
    kept: list[TappedFrame] = []
    before = 0
    for part in parts:
        if part.frames == 0:
            return None
        kept += [msgspec.structs.replace(frame, number=frame.number + before) for frame in part.kept]
        before += part.frames
    census = Census()
    for part in parts:
        census.add(part.census)
    return FileEvents(
        parts[0].file,
        sum(part.octets for part in parts),
        before,
        parts[-1].last,
        tuple(kept[:MOST_FRAMES]),
        all_learned_ports(parts),
        parts[-1].damage,
        len(kept) >= MOST_FRAMES,
        census,
        cut_in_record=parts[-1].cut_in_record,
        looked_at=parts[0].looked_at if len({part.looked_at for part in parts}) == 1 else _PORTS,
    )


def all_learned_ports(files: Sequence[FileEvents]) -> Ports:
    """The ports that any of them, and there is one, names."""
    learned = [file.learned_ports for file in files]
    names = frozenset[int]().union(*(ports.files for ports in learned))
    return replace(
        learned[0],
        ras=frozenset[int]().union(*(ports.ras for ports in learned)),
        files=names,
        signalling=frozenset[int]().union(*(ports.signalling for ports in learned)) - names,
        h245=frozenset[int]().union(*(ports.h245 for ports in learned)),
    )
