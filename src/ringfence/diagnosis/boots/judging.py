"""One handset's history to its timeline: every boot judged for itself, and what they say together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ringfence.diagnosis.boots.restarts import restart_findings, restart_verdict
from ringfence.diagnosis.boots.split import boots
from ringfence.diagnosis.boots.verdict import verdict_of
from ringfence.diagnosis.findings import handset_findings
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.table import JUDGING_ORDER
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageStatus, StageTimeline
from ringfence.model.findings import Finding
from ringfence.model.stage import Stage


@dataclass(frozen=True, slots=True)
class _JudgedBoot:
    history: HandsetHistory
    lines: tuple[StageTimeline, ...]
    verdict: HandsetVerdict
    sentence: str
    findings: tuple[Finding, ...]


def timeline(history: HandsetHistory, options: JudgeOptions) -> HandsetTimeline:
    """Judge one handset. Of several boots the last one that decides gives the stages."""
    parts = boots(history)
    ends = [*(part.began for part in parts[1:]), options.end]
    judged = [
        # What an earlier boot did not do is no failure of the recording.
        _judge(part, options if part is parts[-1] else replace(options, end=end, expected=frozenset()))
        for part, end in zip(parts, ends, strict=True)
    ]
    shown = _decisive(judged)
    verdict, sentence = shown.verdict, shown.sentence
    if shown is not judged[-1]:
        sentence += "; it restarted after that, and the capture ends before the new boot has a result"
        if verdict is HandsetVerdict.REGISTERED:
            verdict = HandsetVerdict.UNDECIDED
    found: tuple[Finding, ...] = shown.findings
    if len(parts) > 1:
        lines = [each.lines for each in judged]
        again = restart_verdict(parts)
        verdict, sentence = again if again is not None else (verdict, sentence)
        found = (*restart_findings(history, parts, lines), *found, *_before(judged, shown))
    else:
        found = (*found, *restart_findings(history, parts, [shown.lines]))
    return HandsetTimeline(
        mac=history.mac,
        addresses=tuple(history.addresses),
        alias=history.alias,
        endpoint_identifier=history.endpoint_identifier,
        verdict=verdict,
        sentence=sentence,
        stages=shown.lines,
        findings=found,
        observations=tuple(history.everything()),
    )


def _judge(history: HandsetHistory, options: JudgeOptions) -> _JudgedBoot:
    states: dict[Stage, StageTimeline] = {}
    for row in JUDGING_ORDER:
        states[row.stage] = row.judge(history, options, states)
    lines = tuple(states[stage] for stage in Stage)
    return _JudgedBoot(history, lines, *verdict_of(history, lines), handset_findings(history, lines, options))


def _decisive(judged: Sequence[_JudgedBoot]) -> _JudgedBoot:
    """The last boot that came to a verdict; the last of all where none did."""
    return next(
        (each for each in reversed(judged) if each.verdict is not HandsetVerdict.UNDECIDED), judged[-1]
    )


def _before(judged: Sequence[_JudgedBoot], shown: _JudgedBoot) -> Iterator[Finding]:
    """What other boots found of stages that no later boot reached."""
    known = {(each.code, each.stage) for each in shown.findings}
    for index, boot in enumerate(judged):
        later = {line.stage for each in judged[index + 1 :] for line in each.lines if _reached(line)}
        for finding in boot.findings:
            if finding.stage not in later and (finding.code, finding.stage) not in known:
                known.add((finding.code, finding.stage))
                yield finding


def _reached(line: StageTimeline) -> bool:
    return line.state is StageStatus.REACHED
