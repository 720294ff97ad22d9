"""What a proof found: plain values, the same for the screen, for JSON and for tests."""

from enum import StrEnum

import msgspec

from ringfence.model.stage import Stage


class ProofVerdict(StrEnum):
    PROVED = "proved"
    NOT_PROVED = "not proved"


class NetworkKind(StrEnum):
    SIMULATED = "simulated"
    KERNEL = "kernel"


class StageState(StrEnum):
    REACHED = "reached"
    FAILED = "failed"
    NOT_REACHED = "not reached"  # a stage before it failed


class StageResult(msgspec.Struct, frozen=True):
    """One stage of one run. `at` is seconds since power-up; `packets` show it, one line each.

    `dropped` is the first packet of the stage that the firewall dropped, empty when there is none. `message`
    is what `dropped` says, or else the last of `packets`, without its addresses and ports: `GCF 4711`.
    """

    stage: Stage
    state: StageState
    at: float | None = None
    packets: tuple[str, ...] = ()
    dropped: str = ""
    reason: str = ""
    message: str = ""


class RunResult(msgspec.Struct, frozen=True):
    """One boot through one rule set on one network."""

    network: NetworkKind
    stages: tuple[StageResult, ...]
    counters: dict[str, int]  # packets per rule id that opened something by it
    dropped: tuple[str, ...]

    @property
    def failed(self) -> StageResult | None:
        """The first failed stage in the procedure's order; None: every stage was reached."""
        return next((stage for stage in self.stages if stage.state is StageState.FAILED), None)

    @property
    def passed(self) -> bool:
        return all(stage.state is StageState.REACHED for stage in self.stages)

    def signature(self) -> tuple[tuple[Stage, StageState], ...]:
        """What two networks must agree on."""
        return tuple((stage.stage, stage.state) for stage in self.stages)


class RuleResult(msgspec.Struct, frozen=True):
    """One rule and what becomes of the boot without it. `message` is what `first_dropped` says, without its
    addresses and ports; it is empty where no packet was dropped and `first_dropped` is the reason.
    """

    id: str
    words: str
    flows: tuple[str, ...]
    evidence: tuple[str, ...]
    packets: int
    needed: bool
    stops_at: Stage | None = None
    first_dropped: str = ""
    message: str = ""


class FailoverResult(msgspec.Struct, frozen=True):
    """A boot in which the first server of a list died after a stage; `reason`: why the next did not take
    over, empty where it did.
    """

    network: NetworkKind
    servers: str
    dead: str
    living: str
    after: Stage
    reason: str = ""


class Disagreement(msgspec.Struct, frozen=True):
    """Simulator and kernel saw different things with the same rules."""

    rules: str
    simulated: str
    kernel: str


class ProbeResult(msgspec.Struct, frozen=True):
    """A packet that no flow needs. It must be dropped."""

    packet: str
    kind: str
    passed_on: tuple[NetworkKind, ...]  # empty, as it must be: dropped everywhere


class Correction(msgspec.Struct, frozen=True):
    """What has to change in a rule table for the boot to get one stage further."""

    stage: Stage
    dropped: str
    row: str  # the row that meant to permit it, empty when none did
    write: str  # the rule that permits it, in words
    nft: str
    sentence: str


class MeasuredExposure(msgspec.Struct, frozen=True):
    """How much is open: (source, destination, protocol, ports) combinations, not packets on the wire."""

    opened: int
    any_any: int

    @property
    def ratio(self) -> float:
        return self.any_any / self.opened if self.opened else float("inf")


class KindResult(msgspec.Struct, frozen=True):
    """Groups of phones that are alike: the one that was booted, all of them, and its run with all rules."""

    booted: str
    groups: tuple[str, ...]
    run: RunResult


class Report(msgspec.Struct, frozen=True):
    """Everything a proof found."""

    site: str
    verdict: ProofVerdict
    networks: tuple[NetworkKind, ...]
    runs: tuple[RunResult, ...]  # one per network, all rules in place
    rules: tuple[RuleResult, ...]
    unneeded: tuple[str, ...]
    corrections: tuple[Correction, ...]
    probes: tuple[ProbeResult, ...]
    exposure: MeasuredExposure
    disagreements: tuple[Disagreement, ...]
    reasons: tuple[str, ...]  # why it is not proved, in the order to mend them
    notes: tuple[str, ...]  # what is open without need
    boots: int
    seconds: float
    kinds: tuple[KindResult, ...] = ()  # empty for a site with one group and one firewall
    shortened_leases: tuple[int, ...] = ()  # seconds, of the site; in the boots they are `proved_lease` long
    proved_lease: int = 0
    translation: tuple[str, ...] = ()  # whose addresses are translated, who looks into messages, and so what
    failovers: tuple[FailoverResult, ...] = ()
