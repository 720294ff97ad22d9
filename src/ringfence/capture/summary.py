"""What became of a capture file while it was read: its kind, its size, what is wrong with it."""

from dataclasses import dataclass, field
from typing import NoReturn

from ringfence.capture.frame import LinkType
from ringfence.capture.octets import Octets
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.recording import CAPTURE_DAMAGED, CAPTURE_TOO_LONG


@dataclass(slots=True)
class Summary:
    """Complete once the frames were read. `where` is the file; `damage` is empty for a sound file."""

    where: str
    frames: int = 0
    selected: int = 0
    clipped: int = 0  # selected frames of which the capture kept only the beginning
    strays: int = 0  # frames of interfaces that a pcapng file does not describe, so in nobody knows what form
    snap_length: int = 0
    # From when to when it is known to have run: the times of frames, of interest or not, and what the file
    # itself says. `first` is None while no frame had a time.
    first: float | None = None
    last: float = 0.0
    link_types: list[LinkType] = field(default_factory=list)
    damage: str = ""
    cut_in_record: bool = False  # that is the damage: the file ends within its last record
    missed: frozenset[int] = frozenset()  # ports that were named too late for their first frames to be kept

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the file, once it was read."""
        wrong = [self.damage] if self.damage else []
        if self.strays:
            wrong.append(
                f"{self.strays} frames are of interfaces that it does not describe, and were not read"
            )
        found = [Finding(CAPTURE_DAMAGED, f"{self.where}: {each}") for each in wrong]
        if self.missed:
            ports = ", ".join(map(str, sorted(self.missed)))
            late = (
                f"{self.where}: port {ports} is named late in the capture; earlier frames of it are not all "
                "judged"
            )
            found.append(Finding(CAPTURE_TOO_LONG, late))
        return tuple(found)

    def ran_at(self, time: float) -> None:
        """It was running then."""
        if self.first is None:
            self.first = self.last = time
        self.first, self.last = min(self.first, time), max(self.last, time)

    def refuse(self, what: str, offset: int = 0) -> NoReturn:
        where = f"{self.where}, octet {offset}" if offset else self.where
        raise InputError(what, where=where, remedy="capture again, or copy the file again in binary mode")

    def stop(self, frames: int, offset: int, what: str) -> None:
        """The rest cannot be read. When nothing could be, that is the user's mistake and is refused."""
        if not frames:
            self.refuse(what, offset)
        self.frames = frames
        self.damage = f"{what} at octet {offset}; the {frames} frames before it were read"

    def finish(self, frames: int, rest: int, octets: Octets) -> None:
        """The end of the stream; `rest` octets are of a record that is not all there."""
        self.frames = frames
        if octets.damage:
            self.damage = f"{octets.damage}; {frames} frames were read"
            if not frames:
                self.refuse(octets.damage)
        elif rest:
            self.damage = f"the last record is cut short: {rest} octets of it are there"
            self.cut_in_record = True


def link_type_of(number: int, summary: Summary) -> LinkType:
    """InputError for a link type that we cannot read."""
    try:
        link = LinkType(number)
    except ValueError:
        known = ", ".join(f"{each.name} ({each.value})" for each in LinkType)
        raise InputError(
            f"link type {number} cannot be read ({known} can)",
            where=summary.where,
            remedy="capture on an Ethernet interface or on 'any'",
        ) from None
    if link not in summary.link_types:
        summary.link_types.append(link)
    return link
