"""What is kept of a handset once a part of a long recording was judged: enough to go on with the next."""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import TypeAlias

import msgspec

from ringfence.capture.observation import DhcpSeen, Observation, RasSeen
from ringfence.capture.stage_dhcp import history
from ringfence.capture.story import stories
from ringfence.capture.timeline import HandsetTimeline, State, Verdict
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import MessageType

# RRJ reasons by which a gatekeeper says that it knows nothing of a registration (H.225.0 clause 7.9.3).
_FORGOT = frozenset({"fullRegistrationRequired", "discoveryRequired"})

# A file and a frame's 1-based number in it.
Place: TypeAlias = tuple[str, int]


class Step(msgspec.Struct, frozen=True):
    """One stage of one handset. Times in seconds after the epoch. `frames` show it."""

    stage: Stage
    state: State
    outcome: str
    because: str
    began: float | None
    ended: float | None
    frames: tuple[Place, ...]


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
    verdict: Verdict
    sentence: str
    stops_at: str
    steps: tuple[Step, ...]
    codes: tuple[str, ...]
    networks: tuple[str, ...]
    life: Life
    marked: bool

    def state(self, stage: Stage) -> State | None:
        return next((step.state for step in self.steps if step.stage is stage), None)


def sighting_of(handset: HandsetTimeline, places: Sequence[Place]) -> Sighting:
    """`places`: where each frame is, by its number; number 1 is the first. The handset was seen."""
    seen = handset.observations
    failed = handset.failed
    stopped = failed is not None and handset.verdict not in {Verdict.REGISTERED, Verdict.UNDECIDED}
    steps = tuple(
        Step(
            line.stage,
            line.state,
            line.outcome.value if line.outcome else "",
            line.because,
            line.began,
            line.ended,
            tuple(places[number - 1] for shown in line.evidence for _, number in shown.frames),
        )
        for line in handset.stages
        if line.state in {State.REACHED, State.FAILED} or line.evidence
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
        handset.verdict,
        handset.sentence,
        failed.stage.value if failed is not None and stopped else "",
        steps,
        tuple(dict.fromkeys(finding.code for finding in handset.findings)),
        tuple(history(dhcp).networks),
        _life(ras),
        bool(stories((*dhcp, *ras), phones_only=True)),
    )


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
    given: IPv4Address = seen.message.yiaddr if seen.kind is MessageType.ACK else seen.message.ciaddr
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
