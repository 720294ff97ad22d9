"""The message ladder of one handset: a row for each packet, a column for each party; and as text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.capture.frame import Tap
from ringfence.diagnosis.observation import DhcpSeen, EchoSeen, Observation, RasSeen, StreamSeen
from ringfence.diagnosis.stream_messages import MessageKind
from ringfence.diagnosis.timeline import HandsetTimeline, PacketEvidence
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address
from ringfence.model.defaults import DHCP_CLIENT_PORT, SIGNALLING_PORT, SIGNALLING_TLS_PORT

_WIDTH = 24  # octets of a column
_TAPS = tuple(Tap)
_SIGNALLING = frozenset({SIGNALLING_PORT, SIGNALLING_TLS_PORT})


@dataclass(frozen=True, slots=True)
class Column:
    """One party: what it is called, every address it uses, and the one to show; None where it has several."""

    party: str
    addresses: frozenset[Address]
    shown: Address | None

    @property
    def title(self) -> str:
        return f"{self.party} {self.shown}" if self.shown is not None else self.party


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One packet. `near` and `far` are column numbers, sender and receiver; equal or None: no arrow fits.

    `time` is seconds after the first packet, `frames` the numbers by tap. `label` is `text` without what
    differs between repetitions. `hidden` is not 0 for a row that stands for so many packets, repetitions of
    what was shown.
    """

    time: float
    frames: str
    text: str
    label: str
    near: int | None = None
    far: int | None = None
    dropped: bool = False
    guilty: bool = False
    hidden: int = 0

    @property
    def is_arrow(self) -> bool:
        return self.near is not None and self.far is not None and self.near != self.far


@dataclass(frozen=True, slots=True)
class Layout:
    """Who stands where, and what happened, in order. `stops` is a sentence, empty when no stage failed."""

    columns: tuple[Column, ...]
    taps: tuple[str, ...]
    steps: tuple[LadderStep, ...]
    stops: str


# Of packets that say the same, between the same parties, so many are shown at the start and at the end.
_FIRST, _LAST = 5, 1


def laid_out(timeline: HandsetTimeline) -> Layout:
    """The whole dialogue; packets of the first failed stage are `guilty`, and always shown."""
    seen = timeline.observations
    columns = _columns(timeline)
    taps = tuple(tap for tap in _TAPS if any(tap in each.crossing.frames for each in seen))
    failed = timeline.failed
    guilty = {id(shown.seen) for shown in failed.evidence} if failed else set()
    steps = [_step(each, seen[0].time, columns, taps, guilty) for each in seen]
    words = "stops at" if timeline.stops_at else "not stopped by"
    stops = f"{words} {failed.stage.label}: {failed.because}" if failed else ""
    return Layout(tuple(columns), taps, tuple(_condensed(steps)), stops)


def _step(
    seen: Observation,
    start: float,
    columns: Sequence[Column],
    taps: Sequence[str],
    guilty: set[int],
) -> LadderStep:
    text = f"DHCP {seen.kind.name}" if isinstance(seen, DhcpSeen) else seen.text
    near, far = _place(seen.source.ip, columns), _place(seen.destination.ip, columns)
    if seen.destination.ip == LIMITED_BROADCAST and len(columns) > 1:
        # The handset's neighbour hears it, relay or server; the neighbour's own broadcast is for the handset.
        far = 0 if near else 1
    if near is None or far is None or near == far:
        text = f"{seen.crossing.packet.ends()} {text}"
    blamed = id(seen) in guilty
    frames = _frames(seen, taps)
    return LadderStep(seen.time - start, frames, text, _label(seen), near, far, seen.dropped, blamed)


def _label(seen: Observation) -> str:
    """A sequence number differs in each of a thousand equal messages."""
    if isinstance(seen, DhcpSeen):
        return f"DHCP {seen.kind.name}"
    if isinstance(seen, RasSeen):
        return " ".join(filter(None, (seen.message, seen.reason, "keep-alive" if seen.keep_alive else "")))
    if isinstance(seen, EchoSeen):
        return "echo request" if seen.request else "echo reply"
    if isinstance(seen, StreamSeen):
        return ", ".join(message.text for message in seen.messages) or seen.kind.value
    return seen.text


def _condensed(steps: Sequence[LadderStep]) -> Iterator[LadderStep]:
    """Hide what repeats: a gatekeeper that tries for an hour says no more than one that tries five times."""
    total = Counter(map(_sameness, steps))
    seen: Counter[object] = Counter()
    hidden: list[LadderStep] = []
    for step in steps:
        key = _sameness(step)
        seen[key] += 1
        if _FIRST < seen[key] <= total[key] - _LAST and not step.guilty:
            hidden.append(step)
            continue
        if hidden:
            yield _hidden(hidden)
            hidden.clear()
        yield step
    if hidden:
        yield _hidden(hidden)


def _sameness(step: LadderStep) -> tuple[object, ...]:
    return step.near, step.far, step.dropped, step.label


def _hidden(steps: Sequence[LadderStep]) -> LadderStep:
    label = ", ".join(dict.fromkeys(step.label for step in steps))
    text = f"{len(steps)} more until {steps[-1].time:.3f}: {label}"
    return LadderStep(steps[0].time, "", text, label, hidden=len(steps))


def ladder(timeline: HandsetTimeline) -> str:
    """The ladder as text."""
    return "".join(f"{line.text}\n" for line in ladder_lines(timeline))


class LadderLine(NamedTuple):
    """`is_cause`: of the first failed stage."""

    text: str
    is_cause: bool = False


def ladder_lines(timeline: HandsetTimeline) -> list[LadderLine]:
    """The ladder as text; the packets of the first failed stage are marked.

    Times are seconds after the first packet. Frames are numbered at each tap, `-` where a tap did not see
    the packet. The arrow of a dropped packet ends in `X`.
    """
    if not timeline.observations:
        return [LadderLine("no packet of this handset")]
    layout = laid_out(timeline)
    taps = "/".join(layout.taps)
    room = max(len(taps), *(len(step.frames) for step in layout.steps))
    titles = "".join(column.title[: _WIDTH - 1].ljust(_WIDTH) for column in layout.columns)
    failed = timeline.failed
    lines = [LadderLine(f"{'seconds':>10}  {taps:>{room}}  {titles}".rstrip())]
    for step in layout.steps:
        mark = f" <= {failed.stage}" if failed and step.guilty else ""
        arrow = _arrow(step, len(layout.columns))
        text = f"{step.time:10.3f}  {step.frames:>{room}}  {arrow}{mark}"
        lines.append(LadderLine(text.rstrip(), bool(mark)))
    return [*lines, *_stops(layout, timeline)]


def _stops(layout: Layout, timeline: HandsetTimeline) -> list[LadderLine]:
    return [LadderLine(layout.stops, bool(timeline.stops_at))] if layout.stops else []


def listing_lines(timeline: HandsetTimeline) -> list[LadderLine]:
    """The ladder for where it has no room: the parties, then a line for each packet.

    `A > B` is a packet from A to B, `A X B` one that was dropped on the way.
    """
    if not timeline.observations:
        return [LadderLine("no packet of this handset")]
    layout = laid_out(timeline)
    failed = timeline.failed
    room = max(len(step.frames) for step in layout.steps)
    lines = [LadderLine(", ".join(column.title for column in layout.columns))]
    for step in layout.steps:
        text = f"... {step.text}" if step.hidden else step.text
        if step.is_arrow and step.near is not None and step.far is not None:
            near, far = (layout.columns[place].party for place in (step.near, step.far))
            text = f"{near} {'X' if step.dropped else '>'} {far}  {text}"
        mark = f" <= {failed.stage}" if failed and step.guilty else ""
        lines.append(LadderLine(f"{step.time:10.3f}  {step.frames:>{room}}  {text}{mark}", bool(mark)))
    return [*lines, *_stops(layout, timeline)]


def _frames(seen: Observation, taps: Sequence[str]) -> str:
    return "/".join(str(seen.crossing.frames.get(tap, "-")) for tap in taps)


def _columns(timeline: HandsetTimeline) -> list[Column]:
    """The handset with all its addresses, the relay with both of its own, then the servers."""
    relay: set[Address] = set()
    dhcp: set[Address] = set()
    files: set[Address] = set()
    gatekeepers: set[Address] = set()
    called: set[Address] = set()  # by call signalling: the gatekeeper, or the other party of a call
    own: set[Address] = {UNSPECIFIED, *timeline.addresses}
    for seen in timeline.observations:
        near, far = seen.source.ip, seen.destination.ip
        if isinstance(seen, DhcpSeen):
            asking, asked = (near, far) if seen.from_handset else (far, near)
            at_client = DHCP_CLIENT_PORT in {seen.source.port, seen.destination.port}
            relayed = int(seen.message.giaddr) != 0
            (own if at_client else relay).add(asking)
            (relay if at_client and relayed else dhcp).add(asked)
        elif isinstance(seen, RasSeen):
            gatekeepers.add(far if seen.from_handset else near)
        elif isinstance(seen, StreamSeen):
            other = seen.responder.ip if seen.opener.ip in own else seen.opener.ip
            signals = {seen.opener.port, seen.responder.port} & _SIGNALLING or any(
                message.kind is MessageKind.TPKT for message in seen.messages
            )
            (called if signals else files).add(other)
    own -= {LIMITED_BROADCAST}
    dhcp -= {*own, LIMITED_BROADCAST}
    relay -= own
    gatekeepers -= own
    named = (
        ("relay", relay),
        ("DHCP server", dhcp - relay),
        ("file server", files - gatekeepers - own - dhcp - called),
        ("gatekeeper", gatekeepers - dhcp),
        ("other party", called - gatekeepers - own - dhcp),
    )
    found = [
        Column(party, frozenset(addresses), min(addresses) if len(addresses) == 1 else None)
        for party, addresses in named
        if addresses
    ]
    return [Column("handset", frozenset(own), timeline.addresses[-1] if timeline.addresses else None), *found]


def _arrow(step: LadderStep, columns: int) -> str:
    """`|---- GRQ 5 ---->|` over as many columns as lie between; every other column is a `|`."""
    if step.near is None or step.far is None or step.near == step.far:
        return f"... {step.text}" if step.hidden else step.text
    low, high = min(step.near, step.far), max(step.near, step.far)
    room = (high - low) * _WIDTH - 1
    body = f" {step.text[: room - 5]} ".center(room - 1, "-")
    head = "X" if step.dropped else ">" if step.far > step.near else "<"
    shaft = body + head if step.far > step.near else head + body
    before = "|".ljust(_WIDTH) * low
    after = "|".ljust(_WIDTH) * (columns - high - 1)
    return f"{before}|{shaft}{'|'.ljust(_WIDTH) if after else '|'}{after}"


def _place(address: Address, columns: Sequence[Column]) -> int | None:
    return next((place for place, column in enumerate(columns) if address in column.addresses), None)


def trace(evidence: Sequence[PacketEvidence]) -> str:
    """The packets of one stage, one a line: time, frames by tap, what it says."""
    lines = []
    for shown in evidence:
        frames = " ".join(f"{tap}#{number}" for tap, number in shown.frames)
        lines.append(f"{shown.time:.6f} {frames} {shown.line}")
    return "\n".join(lines)
