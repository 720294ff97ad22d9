"""Everything that the frames of one recording hold, and what they say about the recording itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import msgspec

from ringfence.capture.defragment import Defragmenter
from ringfence.capture.dissect import ArpClaim, Datagram, OpaqueFrame, dissect_frame
from ringfence.capture.frame import TappedFrame
from ringfence.diagnosis.calls.call import Call
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.findings import Finding
from ringfence.model.findings.address import ADDRESS_DUPLICATE
from ringfence.model.findings.path import FRAGMENTS_LOST
from ringfence.model.findings.recording import (
    CAPTURE_CLIPPED,
    CAPTURE_DUPLICATED,
    CAPTURE_NOT_COUNTED,
    CAPTURE_NOT_LOOKED_INTO,
    CAPTURE_TOO_LONG,
    CAPTURE_UNTIMED,
    CAPTURE_WITHOUT_HANDSETS,
)

# Frames of interest that are judged together, about 1 KiB of memory each.
MOST_FRAMES = 500_000
# One frame in this many being a copy is a mirror port, not a retransmission that came too fast.
_MIRRORED_SHARE = 20
# Frames of several interfaces may stand in another order, by so many seconds.
OUT_OF_ORDER = 0.125
# A clock that shows 1970 in some frames and not in others is none: those frames have no time.
_EARLIEST = 366 * 86400.0


@dataclass(slots=True)
class CapturedPackets:
    """`claims`: for each IP address the hardware addresses that ARP claims it for, with the frame.

    `start` to `end`: when it was running, as far as that is known; `start` is None while nothing was seen.
    `untimed` frames have no time (simple packet blocks of pcapng, which other formats keep as time 0). With
    any of those no time is believed: packets then bear their order, a microsecond apart, for a time.
    """

    packets: list[Datagram] = field(default_factory=list)
    claims: dict[IPv4Address, dict[bytes, int]] = field(default_factory=dict)
    start: float | None = None
    end: float = 0.0
    frames: int = 0
    clipped: int = 0
    fragments_lost: int = 0
    cut: bool = False  # there was more
    unjudged: int = 0  # frames of handsets that cannot be judged apart from one another, beyond MOST_FRAMES
    untimed: int = 0
    unread: Counter[str] = field(default_factory=Counter)  # frames that hold a packet that is not read
    went_back: bool = False  # a frame shows an earlier time than one before it in the file

    @classmethod
    def of(
        cls,
        frames: Iterable[TappedFrame],
        *,
        longest: int = MOST_FRAMES,
        watch: Callable[[Datagram], object] | None = None,
    ) -> "CapturedPackets":
        """Take at most `longest` frames in, fragments put together; `watch` is given each packet at once.

        Frames of one file may come late; by their numbers they get the place that they have there.
        """
        taker = FrameTaker()
        packets = taker.found.packets
        for frame in frames:
            if taker.found.frames >= longest:
                taker.found.cut = True
                break
            packet = taker.take(frame)
            if packet is not None:
                packets.append(packet)
                if watch is not None:
                    watch(packet)
        return taker.done()

    def ran_at(self, time: float) -> None:
        """It was running then."""
        self.start = time if self.start is None else min(self.start, time)
        self.end = max(self.end, time)

    @property
    def has_order_only(self) -> bool:
        """Whether times are not to be believed, once all frames were taken."""
        return bool(self.untimed) and (self.end > _EARLIEST or (not self.end and self.frames > 1))

    def order_only(self) -> None:
        """Let the packets bear their order for a time."""
        replace = msgspec.structs.replace
        self.packets = [replace(packet, time=order * 1e-6) for order, packet in enumerate(self.packets)]
        self.start, self.end = 0.0, len(self.packets) * 1e-6

    def joined(self, other: "CapturedPackets") -> "CapturedPackets":
        """Counts and claims of two recordings; the packets stay where they are.

        Claims are not mixed: a firewall that answers ARP for a handset on the other side is no duplicate.
        """
        return CapturedPackets(
            [],
            {**other.claims, **self.claims},
            self.start,
            max(self.end, other.end),
            self.frames + other.frames,
            self.clipped + other.clipped,
            self.fragments_lost + other.fragments_lost,
            self.cut or other.cut,
            self.unjudged + other.unjudged,
            self.untimed + other.untimed,
            self.unread + other.unread,
        )


class FrameTaker:
    """Takes the frames of a recording, and counts in `found` what is not the packets'. `seen`: what the last
    frame holds, a fragment too."""

    def __init__(self) -> None:
        self.found = CapturedPackets()
        self.seen: Datagram | None = None
        self.is_late = False  # a frame came after another that stands behind it in its file
        self._whole = Defragmenter()
        self._counts: dict[str, int] = {}
        self._latest = 0

    def take(self, frame: TappedFrame) -> Datagram | None:
        """The packet that is whole by this frame."""
        found, counts = self.found, self._counts
        number = counts[frame.tap] = counts.get(frame.tap, 0) + 1
        if 0 < frame.number < self._latest:
            self.is_late = True
        elif frame.time < found.end - OUT_OF_ORDER:
            found.went_back = True
        self._latest = frame.number
        seen = dissect_frame(frame, number)
        if found.start is None or frame.time < found.start:
            found.ran_at(frame.time)
        elif frame.time > found.end:  # as nearly always
            found.end = frame.time
        self.seen = None
        if isinstance(seen, OpaqueFrame):
            found.unread[seen.form] += 1
            return None
        found.frames += 1
        if not frame.time:
            found.untimed += 1
        if isinstance(seen, Datagram):
            # `editcap -L` writes the length that it kept for the length that was: IP still says that one.
            if seen.missing > 0 or frame.original_length > len(frame.data):
                found.clipped += 1
            self.seen = seen
            return self._held(self._whole.take(seen))
        if frame.original_length > len(frame.data):
            found.clipped += 1
        return self._held(seen)

    def _held(self, seen: Datagram | ArpClaim | OpaqueFrame | None) -> Datagram | None:
        """The packet itself; what is none is counted."""
        if isinstance(seen, Datagram):
            return seen
        if isinstance(seen, OpaqueFrame):
            self.found.unread[seen.form] += 1
        elif seen is not None and int(seen.address):
            self.found.claims.setdefault(seen.address, {}).setdefault(seen.hardware, seen.number)
        return None

    def done(self) -> CapturedPackets:
        """What was found, `packets` in the order of their file."""
        found = self.found
        found.fragments_lost = self._whole.lost
        if self.is_late and len(self._counts) == 1:
            found.packets.sort(key=_number)
        if found.has_order_only:
            found.order_only()
        else:
            found.untimed = 0
        return found


def _number(packet: Datagram) -> int:
    return packet.number


@dataclass(slots=True)
class PacketCount:
    """Packets that were told apart, what mirror ports delivered twice, and calls that are not listed."""

    packets: int = 0
    copies: int = 0
    missed_calls: int = 0

    def add(self, crossed: Sequence[Crossing]) -> None:
        self.packets += len(crossed)
        self.copies += sum(crossing.copies for crossing in crossed)


def recording_findings(
    recording: CapturedPackets,
    count: PacketCount,
    handsets: Sequence[HandsetTimeline],
    calls: Sequence[Call],
) -> tuple[Finding, ...]:
    found = tuple(_findings(recording, count, handsets))
    return tuple(each for each in found if each.code is not CAPTURE_WITHOUT_HANDSETS or not calls)


def _findings(
    recording: CapturedPackets, count: PacketCount, handsets: Sequence[HandsetTimeline]
) -> Iterator[Finding]:
    if recording.unjudged:
        yield Finding(
            CAPTURE_TOO_LONG,
            f"{recording.unjudged} of {recording.frames} frames of interest were not judged: they are the"
            f" later ones of handsets that talk to one another, and of those {MOST_FRAMES} are",
        )
    if recording.cut:
        yield Finding(CAPTURE_TOO_LONG, f"only the first {recording.frames} frames of interest were judged")
    if recording.clipped:
        yield Finding(CAPTURE_CLIPPED, f"{recording.clipped} of {recording.frames} frames are cut short")
    if recording.untimed:
        yield Finding(
            CAPTURE_UNTIMED,
            f"{recording.untimed} of {recording.frames} frames have no time, so nothing is concluded from how"
            " long anything took, and the times shown are the order of the frames",
        )
    if recording.unread:
        forms = ", ".join(f"{count} in {form}" for form, count in sorted(recording.unread.items()))
        yield Finding(CAPTURE_NOT_LOOKED_INTO, f"packets that were not looked into: {forms}")
    if recording.fragments_lost:
        yield Finding(FRAGMENTS_LOST, f"{recording.fragments_lost} packets never became whole")
    if count.missed_calls:
        yield Finding(CAPTURE_NOT_COUNTED, f"{count.missed_calls} calls are not listed: there are too many")
    if count.copies * _MIRRORED_SHARE > count.packets > 0:
        yield Finding(CAPTURE_DUPLICATED, f"{count.copies} of {recording.frames} frames are copies")
    if not handsets:
        yield Finding(CAPTURE_WITHOUT_HANDSETS, f"no handset in {recording.frames} frames of interest")
    owned = {address for handset in handsets for address in handset.addresses}
    for address, claims in recording.claims.items():
        if len(claims) > 1 and address in owned:
            macs = ", ".join(hardware.hex(":") for hardware in claims)
            yield Finding(ADDRESS_DUPLICATE, f"{address} is claimed by {macs}", None, tuple(claims.values()))
