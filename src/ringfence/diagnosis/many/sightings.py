"""What is kept of a handset once a part of a long recording was judged: enough to go on with the next."""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import TypeAlias

import msgspec

from ringfence.diagnosis.history import handset_histories
from ringfence.diagnosis.leases import dhcp_history
from ringfence.diagnosis.observation import DhcpSeen, Observation, RasSeen
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageStatus, StageTimeline
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType

# RRJ reasons by which a gatekeeper says that it knows nothing of a registration (H.225.0 clause 7.9.3).
_FORGOT = frozenset({"fullRegistrationRequired", "discoveryRequired"})

_LOST_LATER = frozenset({HandsetVerdict.EXPIRED, HandsetVerdict.FLAPPING})
_STREAMS = frozenset({Stage.PROVISION, Stage.SIGNAL})
_CONNECTION = 30.0  # seconds in which a connection is made and used first: assumed

# A file and a frame's 1-based number in it.
FramePlace: TypeAlias = tuple[str, int]


class StageSighting(msgspec.Struct, frozen=True):
    """One stage of one handset. Times in seconds after the epoch. `frames` show it."""

    stage: Stage
    state: StageStatus
    outcome: str
    because: str
    began: float | None
    ended: float | None
    frames: tuple[FramePlace, ...]


class Life(msgspec.Struct, frozen=True):
    """What RAS shows of a registration's life, in numbers that add up over parts.

    `unanswered`: keep-alives after the gatekeeper's last word, or all when it is not `heard`. `confirmed`,
    `ended`: times of the last RCF, and of the last URQ of the gatekeeper.
    """

    began: float | None = None
    confirmed: float | None = None
    ended: float | None = None
    endings: int = 0
    forgotten: int = 0
    asked: int = 0
    unanswered: int = 0
    heard: bool = False


class Sighting(msgspec.Struct, frozen=True):
    """One handset in one part of the recording. Empty text: not seen.

    `leases`: addresses with the time of first use. `networks`: where it asked for an address, in order.
    `marked`: something in this part says that it is a handset and not any DHCP client.
    """

    files: tuple[str, ...]
    mac: str
    alias: str
    leases: tuple[tuple[str, float], ...]
    endpoint_identifier: str
    since: float
    until: float
    verdict: HandsetVerdict
    sentence: str
    stops_at: str
    steps: tuple[StageSighting, ...]
    codes: tuple[str, ...]
    networks: tuple[str, ...]
    life: Life
    marked: bool

    def state(self, stage: Stage) -> StageStatus | None:
        return next((step.state for step in self.steps if step.stage is stage), None)


def sighting_of(handset: HandsetTimeline, places: Sequence[FramePlace], *, opened: float | None) -> Sighting:
    """`places`: where each frame is, by its number; number 1 is the first. The handset was seen.

    `opened`: when this part begins, None for the first. What fails on a TCP connection just then may be
    the rest of one that the part before has the beginning of: it is not held against the handset.
    """
    seen = handset.observations
    cut = {line.stage for line in handset.stages if opened is not None and _cut(line, opened)}
    verdict, sentence, failed = handset.verdict, handset.sentence, handset.failed
    stops_at = handset.stops_at
    if failed is not None and failed.stage in cut and verdict not in _LOST_LATER:
        there = handset.stage(Stage.REGISTER)
        verdict = (
            HandsetVerdict.REGISTERED if there.state is StageStatus.REACHED else HandsetVerdict.UNDECIDED
        )
        sentence, stops_at = there.because, ""
    steps = tuple(
        StageSighting(
            line.stage,
            StageStatus.NOT_VISIBLE if line.stage in cut else line.state,
            line.outcome.value if line.outcome else "",
            line.because,
            line.began,
            line.ended,
            tuple(places[number - 1] for shown in line.evidence for _, number in shown.frames),
        )
        for line in handset.stages
        if line.state in {StageStatus.REACHED, StageStatus.FAILED} or line.evidence
    )
    dhcp = [each for each in seen if isinstance(each, DhcpSeen)]
    ras = [each for each in seen if isinstance(each, RasSeen)]
    numbers = (number for each in seen for number in each.crossing.frames.values())
    return Sighting(
        tuple(dict.fromkeys(places[number - 1][0] for number in numbers)),
        handset.mac,
        handset.alias,
        _leases(handset),
        handset.endpoint_identifier,
        seen[0].time,
        seen[-1].time,
        verdict,
        sentence,
        stops_at,
        steps,
        tuple(dict.fromkeys(found.code for found in handset.findings if found.stage not in cut)),
        tuple(dhcp_history(dhcp).networks),
        _life(ras),
        bool(handset_histories((*dhcp, *ras), phones_only=True)),
    )


def _cut(line: StageTimeline, opened: float) -> bool:
    early = line.began is not None and line.began - opened < _CONNECTION
    return line.stage in _STREAMS and line.state is StageStatus.FAILED and early


def _leases(handset: HandsetTimeline) -> tuple[tuple[str, float], ...]:
    first: dict[object, float] = {}
    for seen in handset.observations:
        for address in _used(seen):
            first.setdefault(address, seen.time)
    began = handset.observations[0].time
    return tuple((str(address), first.get(address, began)) for address in handset.addresses)


def _used(seen: Observation) -> tuple[object, ...]:
    """The addresses that a packet shows in use; an OFFER gives nothing away yet."""
    if not isinstance(seen, DhcpSeen):
        return (seen.source.ip, seen.destination.ip)
    given: IPv4Address = seen.message.yiaddr if seen.kind is DhcpMessageType.ACK else seen.message.ciaddr
    return (given,)


def _life(ras: Sequence[RasSeen]) -> Life:
    confirmed: float | None = None
    ended: float | None = None
    endings = forgotten = asked = unanswered = 0
    heard = False
    for seen in ras:
        forgotten += seen.message == "RRJ" and seen.reason in _FORGOT
        if seen.message == "RRQ":
            asked += not seen.keep_alive
            unanswered += seen.keep_alive
        elif not seen.from_handset:
            heard, unanswered = True, 0
            if seen.message == "RCF":
                confirmed = seen.time
            elif seen.message == "URQ":
                ended, endings = seen.time, endings + 1
    began = ras[0].time if ras else None
    return Life(began, confirmed, ended, endings, forgotten, asked, unanswered, heard)
