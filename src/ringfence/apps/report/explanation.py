"""A judgement as plain values, the same for the screen, JSON, CSV and the HTML page.

Everything that came out of packets is made printable here: an alias may hold escape sequences for a terminal.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ringfence.apps.report.calls import ShownCall, shown_call
from ringfence.diagnosis.explain import Explained
from ringfence.diagnosis.legs import LegRemedy, LostLeg
from ringfence.diagnosis.pairs.match import ClockBasis
from ringfence.diagnosis.timeline import (
    HandsetTimeline,
    HandsetVerdict,
    PacketEvidence,
    StageStatus,
    StageTimeline,
)
from ringfence.model.findings import Finding, Severity
from ringfence.model.findings.media import AUDIO_DROPPED, AUDIO_ONE_WAY
from ringfence.model.policy import Rule
from ringfence.model.printable import printable
from ringfence.model.stage import position
from ringfence.policy.words import rule_words

_HOSTS = 6  # shown of a rule


class ShownPacket(msgspec.Struct, frozen=True):
    """`time` is the capture's, in seconds; `frames` are numbers by tap."""

    time: float
    text: str
    frames: dict[str, int]
    dropped: bool


class ShownStage(msgspec.Struct, frozen=True):
    stage: str
    label: str
    state: str
    because: str
    outcome: str = ""
    began: float | None = None
    ended: float | None = None
    retries: int = 0
    packets: tuple[ShownPacket, ...] = ()


class ShownFinding(msgspec.Struct, frozen=True):
    """A finding with what the catalogue says about its code."""

    code: str
    severity: str
    sentence: str
    stage: str
    frames: tuple[int, ...]
    handset: str
    meaning: str
    check_first: str


class ShownHandset(msgspec.Struct, frozen=True):
    """`reached` of `stages_in_all`: stages that do not apply to this handset are not counted."""

    name: str
    mac: str
    addresses: tuple[str, ...]
    alias: str
    endpoint_identifier: str
    verdict: str
    sentence: str
    healthy: bool
    reached: int
    not_visible: int
    stages_in_all: int
    stops_at: str
    stages: tuple[ShownStage, ...]
    findings: tuple[ShownFinding, ...]

    @property
    def progress(self) -> str:
        """`6 of 9, 3 not visible`: what a capture cannot show is not held against the handset."""
        unseen = f", {self.not_visible} not visible" if self.not_visible else ""
        return f"{self.reached} of {self.stages_in_all}{unseen}"

    @property
    def failures(self) -> tuple[str, ...]:
        """Codes of what stops something, each once."""
        failing = (found.code for found in self.findings if found.severity == Severity.FAILURE)
        return tuple(dict.fromkeys(failing))

    @property
    def cause(self) -> str:
        return cause_words(self.sentence, self.verdict, self.failures)


class ShownLeg(msgspec.Struct, frozen=True):
    remedy: str
    sentence: str
    handsets: tuple[str, ...]
    frames: tuple[int, ...]
    rule: str


class ShownCapture(msgspec.Struct, frozen=True):
    """`last` is the time of its last frame, in seconds. `side` is empty for a single capture."""

    file: str
    frames: int
    of_interest: int
    last: float
    side: str = ""


class ShownExplanation(msgspec.Struct, frozen=True):
    """Handsets in the order of the judgement. `clock_offset`: seconds by which the second clock is ahead.

    `clock_basis` is what that rests on (`ClockBasis`), `packets_in_both` how many packets.
    """

    captures: tuple[ShownCapture, ...]
    handsets: tuple[ShownHandset, ...]
    findings: tuple[ShownFinding, ...]
    legs: tuple[ShownLeg, ...]
    clock_offset: float | None = None
    packets_in_both: int | None = None
    clock_basis: str = ""
    calls: tuple[ShownCall, ...] = ()

    @property
    def healthy(self) -> bool:
        """Every handset registered, nothing stops one or its audio, no rule is missing; in a capture of calls
        alone, every call was answered or ended as people end calls. No handset and no call is not health."""
        if self._stopped or self._one_way:
            return False
        if not self.handsets:
            return bool(self.calls) and not self.undecided and not any(call.failed for call in self.calls)
        return all(handset.healthy for handset in self.handsets)

    @property
    def _stopped(self) -> bool:
        """A message, or the audio of a call, did not cross the firewall, and a rule would let it pass."""
        rules = any(leg.remedy == LegRemedy.RULE for leg in self.legs)
        return rules or any(each.code == AUDIO_DROPPED for each in self.findings)

    @property
    def _one_way(self) -> bool:
        """One capture shows the audio of one direction, and cannot show where the other is."""
        return any(each.code == AUDIO_ONE_WAY for each in self.findings)

    @property
    def undecided(self) -> bool:
        """Nothing failed, and there is a handset whose registration, or without handsets a call
        whose outcome or audio, is not in the captures."""
        if self._stopped:
            return False
        if not self.handsets:
            failed = any(call.failed for call in self.calls)
            open_end = any(call.connected is None is call.released for call in self.calls)
            return not failed and (open_end or self._one_way)
        return not self.healthy and all(
            nothing_failed(handset.verdict, handset.failures, healthy=handset.healthy)
            for handset in self.handsets
        )


def nothing_failed(verdict: str, failures: Sequence[str], *, healthy: bool) -> bool:
    """Whether a handset is well, or may be for all that the capture shows."""
    return healthy or (verdict == HandsetVerdict.UNDECIDED and not failures)


def cause_words(sentence: str, verdict: str, failures: Sequence[str]) -> str:
    """Why a handset has its verdict; a registration with something failing beside it says what."""
    passing = verdict == HandsetVerdict.REGISTERED and failures
    return f"{sentence}, but {' '.join(failures)}" if passing else sentence


def by_code(findings: Iterable[ShownFinding]) -> list[list[ShownFinding]]:
    """Findings of one code together, failures first and notes last."""
    found: dict[str, list[ShownFinding]] = {}
    for finding in findings:
        found.setdefault(finding.code, []).append(finding)
    order = [Severity.FAILURE, Severity.WARNING, Severity.NOTE]
    return sorted(found.values(), key=lambda same: order.index(Severity(same[0].severity)))


def where_they_stop(handsets: Iterable[tuple[str, str]]) -> str:
    """`3 stop at discover, 1 at signal`, of names and stages, in order; a single one by name; or empty."""
    stopped = [(name, stage) for name, stage in handsets if stage]
    if len(stopped) == 1:
        return "{} stops at {}".format(*stopped[0])
    counts = Counter(stage for _, stage in stopped)
    return ", ".join(
        f"{count} {'at' if number else 'stop at'} {stage}"
        for number, (stage, count) in enumerate(counts.items())
    )


def clock_words(found: ShownExplanation) -> str:
    """How the clocks of two captures were brought together; empty for one capture."""
    if found.clock_offset is None:
        return ""
    if found.clock_basis == ClockBasis.ASSUMED:
        return "the clocks of the two captures are assumed to agree; no packet is in both"
    way = "ahead of" if found.clock_offset >= 0 else "behind"
    ahead = f"the second capture's clock is {abs(found.clock_offset):.3f} s {way} the first's"
    if found.clock_basis == ClockBasis.OTHER_TRAFFIC:
        return f"{ahead}, by {found.packets_in_both} packets of other traffic that are in both"
    given = ", as given" if found.clock_basis == ClockBasis.GIVEN else ""
    return f"{ahead}{given}; {found.packets_in_both} packets are in both"


def explanation(explained: Explained, legs: Sequence[LostLeg], *, in_full: bool) -> ShownExplanation:
    """What was found, ready to be shown; not `in_full`: without the stages of each handset."""
    aligned = explained.aligned
    sides = ("", "")
    if aligned is not None:
        sides = ("servers", "handsets") if aligned.swapped else ("handsets", "servers")
    captures = tuple(
        ShownCapture(Path(summary.where).name, summary.frames, summary.selected, summary.last, side)
        for summary, side in zip(explained.summaries, sides, strict=False)
    )
    return ShownExplanation(
        captures,
        tuple(shown_handset(each, in_full) for each in explained.judgement.handsets),
        tuple(map(shown_finding, explained.judgement.findings)),
        tuple(map(_leg, legs)),
        aligned.offset if aligned else None,
        aligned.pairs if aligned else None,
        aligned.basis if aligned else "",
        tuple(shown_call(call, explained.media) for call in explained.judgement.calls),
    )


def worst_first(timelines: Iterable[HandsetTimeline]) -> list[HandsetTimeline]:
    """Who stops earliest comes first; registered ones come last, the faulty of them before the healthy."""
    return sorted(timelines, key=_goodness)


def _goodness(timeline: HandsetTimeline) -> tuple[int, int, str]:
    if timeline.verdict is HandsetVerdict.REGISTERED:
        rank = 4 if _healthy(timeline) else 3
    elif timeline.verdict is HandsetVerdict.UNDECIDED:
        rank = 2
    else:
        rank = 1 if timeline.verdict in {HandsetVerdict.EXPIRED, HandsetVerdict.FLAPPING} else 0
    failed = timeline.failed
    return rank, position(failed.stage if failed else None), timeline.name


def _healthy(timeline: HandsetTimeline) -> bool:
    failures = (found.code.severity is Severity.FAILURE for found in timeline.findings)
    return timeline.verdict is HandsetVerdict.REGISTERED and not any(failures)


def shown_handset(timeline: HandsetTimeline, in_full: bool) -> ShownHandset:
    applicable = [line for line in timeline.stages if line.state is not StageStatus.NOT_APPLICABLE]
    return ShownHandset(
        name=printable(timeline.name),
        mac=timeline.mac,
        addresses=tuple(map(str, timeline.addresses)),
        alias=printable(timeline.alias),
        endpoint_identifier=printable(timeline.endpoint_identifier),
        verdict=timeline.verdict.value,
        sentence=printable(timeline.sentence),
        healthy=_healthy(timeline),
        reached=len(timeline.reached),
        not_visible=sum(line.state is StageStatus.NOT_VISIBLE for line in timeline.stages),
        stages_in_all=len(applicable),
        stops_at=timeline.stops_at,
        stages=tuple(map(_stage, timeline.stages)) if in_full else (),
        findings=tuple(map(shown_finding, timeline.findings)),
    )


def _stage(line: StageTimeline) -> ShownStage:
    return ShownStage(
        line.stage.value,
        line.stage.label,
        line.state.value,
        printable(line.because),
        line.outcome.value if line.outcome else "",
        line.began,
        line.ended,
        line.retries,
        tuple(map(_packet, line.evidence)),
    )


def _packet(evidence: PacketEvidence) -> ShownPacket:
    return ShownPacket(evidence.time, printable(evidence.text), dict(evidence.frames), evidence.dropped)


def shown_finding(finding: Finding) -> ShownFinding:
    return ShownFinding(
        finding.code,
        finding.code.severity.value,
        printable(finding.sentence),
        finding.stage.value if finding.stage else "",
        finding.frames,
        printable(finding.handset),
        finding.code.meaning,
        finding.code.check_first,
    )


def _leg(leg: LostLeg) -> ShownLeg:
    return ShownLeg(
        leg.remedy.value,
        printable(leg.sentence),
        tuple(map(printable, leg.handsets)),
        leg.frames,
        _rule_words(leg.rule) if leg.rule else "",
    )


def _rule_words(rule: Rule) -> str:
    """The rule, a long list of hosts cut: the firewall's own text has them all."""
    left_out = sum(max(0, len(side) - _HOSTS) for side in (rule.source, rule.destination))
    words = rule_words(replace(rule, source=rule.source[:_HOSTS], destination=rule.destination[:_HOSTS]))
    return f"{words} and {left_out} more hosts" if left_out else words


def certain(legs: Iterable[LostLeg]) -> tuple[LostLeg, ...]:
    """Legs that were seen to be lost, and so not those of a single capture."""
    return tuple(leg for leg in legs if leg.remedy is not LegRemedy.PERHAPS_RULE)


_YEAR_OF_CAPTURES = 100_000_000.0  # before 1973 nobody captured: a simulation counts from 0


def moment(time: float) -> str:
    """A capture's time of day, in UTC; seconds when it is no date."""
    if time < _YEAR_OF_CAPTURES:
        return f"at {time:.0f} s"
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"at {time:.0f} s"
