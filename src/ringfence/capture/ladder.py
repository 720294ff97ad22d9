"""The message ladder of one handset as text: a line for each packet, a column for each party."""

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.capture.frame import Tap
from ringfence.capture.observation import DhcpSeen, Observation, RasSeen, StreamSeen
from ringfence.capture.timeline import Evidence, HandsetTimeline
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address

_WIDTH = 24  # octets of a column
_TAPS = tuple(Tap)


@dataclass(frozen=True, slots=True)
class Column:
    """One party: what it is called, and every address it uses."""

    name: str
    addresses: frozenset[Address]

    @property
    def title(self) -> str:
        return f"{self.name} {min(self.addresses)}" if len(self.addresses) == 1 else self.name


def ladder(timeline: HandsetTimeline) -> str:
    """The whole dialogue; the packets of the first failed stage are marked.

    Times are seconds after the first packet. Frames are numbered at each tap, `-` where a tap did not see
    the packet. The arrow of a dropped packet ends in `X`.
    """
    seen = timeline.observations
    if not seen:
        return "no packet of this handset\n"
    columns = _columns(timeline)
    taps = [tap for tap in _TAPS if any(tap in each.crossing.frames for each in seen)]
    failed = timeline.failed
    guilty = {(shown.time, shown.text) for shown in failed.evidence} if failed else set()
    frames = [_frames(each, taps) for each in seen]
    room = max(len("/".join(taps)), *map(len, frames))
    titles = "".join(column.title[: _WIDTH - 1].ljust(_WIDTH) for column in columns)
    lines = [f"{'seconds':>10}  {'/'.join(taps):>{room}}  {titles}"]
    for each, numbers in zip(seen, frames, strict=True):
        mark = f" <= {failed.stage}" if failed and (each.time, each.line) in guilty else ""
        arrow = _arrow(each, columns)
        lines.append(f"{each.time - seen[0].time:10.3f}  {numbers:>{room}}  {arrow}{mark}")
    if failed is not None:
        lines.append(f"stops at {failed.stage.label}: {failed.because}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _frames(seen: Observation, taps: Sequence[str]) -> str:
    return "/".join(str(seen.crossing.frames.get(tap, "-")) for tap in taps)


def _columns(timeline: HandsetTimeline) -> list[Column]:
    """The handset with all its addresses, the relay with both of its own, then the servers."""
    relay: set[Address] = set()
    dhcp: set[Address] = set()
    files: set[Address] = set()
    gatekeepers: set[Address] = set()
    own: set[Address] = {UNSPECIFIED, *timeline.addresses}
    for seen in timeline.observations:
        near, far = seen.source.ip, seen.destination.ip
        if isinstance(seen, DhcpSeen):
            asking, asked = (near, far) if seen.from_handset else (far, near)
            at_client = 68 in {seen.source.port, seen.destination.port}
            relayed = int(seen.message.giaddr) != 0
            (own if at_client else relay).add(asking)
            (relay if at_client and relayed else dhcp).add(asked)
        elif isinstance(seen, RasSeen):
            gatekeepers.add(far if seen.from_handset else near)
        elif isinstance(seen, StreamSeen):
            other = seen.responder.ip if seen.opener.ip in own else seen.opener.ip
            files.add(other)
    own -= {LIMITED_BROADCAST}
    dhcp -= {*own, LIMITED_BROADCAST}
    relay -= own
    gatekeepers -= own
    named = (
        ("relay", relay),
        ("DHCP server", dhcp - relay),
        ("file server", files - gatekeepers - own - dhcp),
        ("gatekeeper", gatekeepers - dhcp),
    )
    found = [Column(name, frozenset(addresses)) for name, addresses in named if addresses]
    current = f" {timeline.addresses[-1]}" if timeline.addresses else ""
    return [Column(f"handset{current}", frozenset(own)), *found]


def _arrow(seen: Observation, columns: Sequence[Column]) -> str:
    """`|---- GRQ 5 ---->|` over as many columns as lie between; every other column is a `|`."""
    text = f"DHCP {seen.kind.name}" if isinstance(seen, DhcpSeen) else seen.text
    near, far = _place(seen.source.ip, columns), _place(seen.destination.ip, columns)
    if seen.destination.ip == LIMITED_BROADCAST and len(columns) > 1:
        # The handset's neighbour hears it, relay or server; the neighbour's own broadcast is for the handset.
        far = 0 if near else 1
    if near is None or far is None or near == far:
        return f"{seen.crossing.packet.ends()} {text}"
    low, high = min(near, far), max(near, far)
    room = (high - low) * _WIDTH - 1
    body = f" {text[: room - 5]} ".center(room - 1, "-")
    head = "X" if seen.dropped else ">" if far > near else "<"
    shaft = body + head if far > near else head + body
    before = "|".ljust(_WIDTH) * low
    after = "|".ljust(_WIDTH) * (len(columns) - high - 1)
    return f"{before}|{shaft}{'|'.ljust(_WIDTH) if after else '|'}{after}"


def _place(address: Address, columns: Sequence[Column]) -> int | None:
    return next((place for place, column in enumerate(columns) if address in column.addresses), None)


def trace(evidence: Sequence[Evidence]) -> str:
    """The packets of one stage, one a line: time, frames by tap, what it says."""
    lines = []
    for shown in evidence:
        frames = " ".join(f"{tap}#{number}" for tap, number in shown.frames)
        lines.append(f"{shown.time:.6f} {frames} {shown.line}")
    return "\n".join(lines)
