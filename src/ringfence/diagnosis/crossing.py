"""The same packet seen at several taps is one crossing; seen on one side only, it was dropped between.

Works on taps that share a clock and do not rewrite packets: the laboratory's, and two captures that
`match` has brought together.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.model.address import Address
from ringfence.model.packet import Protocol, TcpFlags

# A copy of a packet reaches the other tap within this many seconds. A retransmission is no copy: RAS
# repeats after seconds, TCP after at least 200 ms (RFC 6298 section 2.4 says 1 s, Linux uses 0.2 s).
_SAME_PACKET = 0.2
# Mirror ports deliver a frame twice within microseconds; nothing retransmits that fast.
_MIRRORED = 0.002
# Identical packets within that time to choose from; a flood of them may not cost more.
_CANDIDATES = 16

SIDES = frozenset({Tap.HANDSETS, Tap.SERVERS})


class Crossing(msgspec.Struct, gc=False):
    """One packet on its way: `packet` as recorded first. `way`: every tap that saw it, when not just one did.

    `dropped`: recorded where it entered the firewall and never where it should have left it. `unsure`: that
    would be so, but the other capture was not running then.
    """

    packet: Datagram
    way: dict[str, int] | None = None
    copies: int = 0  # mirror-port duplicates
    dropped: bool = False
    unsure: bool = False

    @property
    def time(self) -> float:
        return self.packet.time

    @property
    def passed(self) -> bool:
        """Seen on both sides; what is on one and was not dropped never had to cross, or nobody looked."""
        return self.way is not None and len(SIDES & self.way.keys()) == len(SIDES)

    @property
    def frames(self) -> dict[str, int]:
        """Its frame number at each tap that saw it, in the order of its way."""
        return self.way or {self.packet.tap: self.packet.number}


def crossings(packets: Iterable[Datagram], *, both_sides: bool, timed: bool = True) -> list[Crossing]:
    """Bring sightings together, in order of time.

    `both_sides`: the recording was made on both sides of the firewall, so that absence means a drop.
    `timed`: False where times are but an order, in which no copy can be told from a repetition.
    """
    ordered = sorted(packets, key=_time)
    found: list[Crossing] = []
    recent: dict[tuple[object, ...], list[Crossing]] = {}
    older: dict[tuple[object, ...], list[Crossing]] = {}
    since = 0.0
    for packet in ordered:
        if not packet.time - since <= _SAME_PACKET:  # what is older than twice that is of no use any more
            older, recent, since = recent, {}, packet.time
        key = _identity(packet)
        before = recent.get(key)
        if before is None:
            before = recent[key] = older.pop(key, [])
        crossing = _continued(before, packet, timed=timed)
        if crossing is None:
            crossing = Crossing(packet)
            found.append(crossing)
            before.append(crossing)
    if both_sides:
        _mark_dropped(found)
        _acquit_acknowledged(found)
    return found


def _time(packet: Datagram) -> float:
    return packet.time


def _identity(packet: Datagram) -> tuple[object, ...]:
    return (
        packet.protocol,
        packet.source,
        packet.source_port,
        packet.destination,
        packet.destination_port,
        packet.flags,
        packet.sequence,
        packet.acknowledgement,
        packet.payload,
    )


def _continued(before: list[Crossing], packet: Datagram, *, timed: bool) -> Crossing | None:
    """The latest crossing that this sighting can belong to.

    The latest, because when a first copy was dropped and its repetition passed, the far side saw the
    repetition.
    """
    for crossing in before[: -_CANDIDATES - 1 : -1]:
        age = packet.time - crossing.packet.time
        if age > _SAME_PACKET:
            return None
        frames = crossing.frames
        if packet.tap not in frames:
            here = {packet.tap: packet.number}
            # Routers lower it (RFC 791): it was here before, whatever two clocks say about microseconds.
            crossing.way = {**here, **frames} if packet.ttl > crossing.packet.ttl else {**frames, **here}
            if crossing.packet.vlan is None and packet.vlan is not None:  # an access port does not tell it
                crossing.packet = msgspec.structs.replace(crossing.packet, vlan=packet.vlan)
            return crossing
        if timed and is_copy(crossing.packet, packet):
            crossing.copies += 1
            return crossing
    return None


def is_copy(packet: Datagram, later: Datagram) -> bool:
    """Whether a mirror port delivered a packet twice, which is otherwise the same. A host that sends again
    gives the packet another IP identification, unless it always writes 0 (RFC 6864 section 4.1)."""
    if packet.identification != later.identification:
        return False
    return later.time - packet.time <= (_SAME_PACKET if packet.identification else _MIRRORED)


def _mark_dropped(found: list[Crossing]) -> None:
    """Decide for one-sided sightings whether the packet was dropped or the far tap saw it alone.

    An address lives on the side where its packets are seen first. Captures miss frames, so a packet seen
    only where it should have come *out* was delivered all the same.
    """
    homes: dict[Address, Counter[str]] = {}
    for crossing in found:
        sides = [tap for tap in crossing.frames if tap in SIDES]
        if sides:
            votes = homes.setdefault(crossing.packet.source, Counter())
            votes[sides[0]] += len(sides)
    home = {address: votes.most_common(1)[0][0] for address, votes in homes.items()}
    for crossing in found:
        sides = [tap for tap in crossing.frames if tap in SIDES]
        packet = crossing.packet
        if len(sides) == 2 or _stays_on_its_link(packet.destination):
            continue
        far = home.get(packet.destination)
        if not sides:  # on the trunk alone: lost only if it had to go through the firewall
            crossing.dropped = far == Tap.SERVERS
        elif far != home[packet.source]:  # else both live on this side and the firewall was not asked
            crossing.dropped = sides[0] == home[packet.source]


def _acquit_acknowledged(found: list[Crossing]) -> None:
    """TCP data that its receiver acknowledged was delivered: the capture there missed the segment.

    The acknowledgement has to be seen on the receiver's side; a firewall that plays the server itself
    acknowledges on the sender's side only.
    """
    suspects: dict[tuple[object, ...], list[Crossing]] = {}
    for crossing in found:
        packet = crossing.packet
        if crossing.dropped and packet.protocol == Protocol.TCP and packet.payload:
            reverse = packet.destination, packet.destination_port, packet.source, packet.source_port
            suspects.setdefault(reverse, []).append(crossing)
    if not suspects:
        return
    for crossing in found:
        packet = crossing.packet
        if packet.protocol != Protocol.TCP or not packet.flags & TcpFlags.ACK:
            continue
        key = packet.source, packet.source_port, packet.destination, packet.destination_port
        for suspect in suspects.get(key, ()):
            sent = suspect.packet
            beyond = packet.acknowledgement - sent.sequence - len(sent.payload)
            elsewhere = SIDES & set(crossing.frames) - set(suspect.frames)
            if elsewhere and crossing.time >= suspect.time and beyond % (1 << 32) < 1 << 31:
                suspect.dropped = False


def _stays_on_its_link(address: Address) -> bool:
    """Limited broadcast and link-local groups are not routed (RFC 1812 section 5.3.5, RFC 5771 section 4)."""
    value = int(address)
    return address.version == 4 and (value == 0xFFFFFFFF or value >> 8 == 0xE00000)
