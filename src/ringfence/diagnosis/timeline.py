"""One handset's way from power-up to registered, stage by stage, and what it ended in."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from sys import intern

from ringfence.diagnosis.observation import Observation
from ringfence.model.address import Address
from ringfence.model.findings import Code, Finding
from ringfence.model.stage import Stage


class StageStatus(StrEnum):
    """What the packets say about one stage."""

    REACHED = "reached"
    FAILED = "failed"
    NOT_REACHED = "not reached"  # a stage before it failed
    NOT_VISIBLE = "not visible"  # the capture cannot show it, or ends before it is decided
    NOT_APPLICABLE = "not applicable"


class StageOutcome(StrEnum):
    """How a stage failed."""

    SILENT = "silent"  # asked, never answered
    DROPPED = "dropped"  # entered the firewall and did not come out: silence with a known place
    REFUSED = "refused"  # RST, or port unreachable
    REJECTED = "rejected"  # the peer said no, with a reason
    ONE_WAY = "one-way"  # answered, but the answer did not arrive
    PROHIBITED = "prohibited"  # a router or firewall said so by ICMP
    UNREACHABLE = "unreachable"  # a router said by ICMP that it has no way there
    INCOMPLETE = "incomplete"  # something else went wrong; `because` says what


class HandsetVerdict(StrEnum):
    """The state a handset was left in."""

    REGISTERED = "registered"
    FLAPPING = "flapping"
    EXPIRED = "expired"
    REJECTED = "rejected"
    SILENT = "silent"
    REFUSED = "refused"
    ONE_WAY = "one-way"
    PROHIBITED = "prohibited"
    UNDECIDED = "undecided"  # the capture does not show how it ended


@dataclass(frozen=True, slots=True)
class PacketEvidence:
    """One packet that shows something. It is put into words when somebody asks: most are never shown."""

    seen: Observation

    @property
    def time(self) -> float:
        return self.seen.time

    @property
    def frames(self) -> tuple[tuple[str, int], ...]:
        """(tap, 1-based frame number) for each sighting."""
        return tuple(self.seen.crossing.frames.items())

    @property
    def text(self) -> str:
        return self.seen.line

    @property
    def dropped(self) -> bool:
        return self.seen.dropped

    @property
    def line(self) -> str:
        return f"{self.text}  (entered the firewall, never left it)" if self.dropped else self.text


@dataclass(frozen=True, slots=True)
class StageTimeline:
    """`because` is one sentence. Times are the capture's, None where nothing was seen. `retries` counts
    repetitions of the stage's first request. `code` is a finding's where the stage itself knows a finer one
    than its outcome tells."""

    stage: Stage
    state: StageStatus
    because: str
    outcome: StageOutcome | None = None
    began: float | None = None
    ended: float | None = None
    evidence: tuple[PacketEvidence, ...] = ()
    retries: int = 0
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class HandsetTimeline:
    """One handset. `mac`, `alias` and `endpoint_identifier` are empty when they were not seen."""

    mac: str
    addresses: tuple[Address, ...]
    alias: str
    endpoint_identifier: str
    verdict: HandsetVerdict
    sentence: str
    stages: tuple[StageTimeline, ...]
    findings: tuple[Finding, ...] = ()
    observations: tuple[Observation, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What a person would call it."""
        where = str(self.addresses[-1]) if self.addresses else ""
        return " ".join(part for part in (self.alias, self.mac, where) if part) or "unknown handset"

    def stage(self, stage: Stage) -> StageTimeline:
        return next(line for line in self.stages if line.stage is stage)

    @property
    def reached(self) -> frozenset[Stage]:
        return frozenset(line.stage for line in self.stages if line.state is StageStatus.REACHED)

    @property
    def failed(self) -> StageTimeline | None:
        """The first stage, in the procedure's order, that failed."""
        return next((line for line in self.stages if line.state is StageStatus.FAILED), None)

    @property
    def stops_at(self) -> str:
        """The stage that failed, empty where it stopped nothing: sets register without a settings file."""
        stopped = self.verdict not in {HandsetVerdict.REGISTERED, HandsetVerdict.UNDECIDED}
        return self.failed.stage.value if stopped and self.failed is not None else ""


class Shortener:
    """Takes from timelines what only who looks at one handset wants: its packets, and what each stage showed.

    What is left of the stages is alike for most handsets of a site, and is kept once.
    """

    def __init__(self) -> None:
        self._stages: dict[tuple[StageTimeline, ...], tuple[StageTimeline, ...]] = {}

    def short(self, timeline: HandsetTimeline) -> HandsetTimeline:
        stages = tuple(
            StageTimeline(each.stage, each.state, "", each.outcome, code=each.code)
            for each in timeline.stages
        )
        stages = self._stages.setdefault(stages, stages)
        return replace(timeline, sentence=intern(timeline.sentence), stages=stages, observations=())
