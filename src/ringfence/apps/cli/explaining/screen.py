"""What `ringfence explain` shows: the captures, a line per handset, the findings, the lost legs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ringfence.apps.cli.explaining.calls import print_calls, print_calls_verdict
from ringfence.apps.cli.explaining.table import HandsetRow, print_handset_rows, print_verdict, verdict_text
from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText, assemble
from ringfence.apps.report.explanation import (
    ShownCapture,
    ShownExplanation,
    ShownFinding,
    ShownHandset,
    ShownLeg,
    ShownStage,
    by_code,
    clock_words,
    moment,
)
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.ladder import ladder_lines, listing_lines
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.findings.media import AUDIO_DROPPED, AUDIO_ONE_WAY
from ringfence.model.printable import printable

if TYPE_CHECKING:
    from ringfence.firewalls.common.document import Rendered

_MARKS = {
    "reached": ("ok", "green"),
    "failed": ("FAILED", "bold red"),
    "not reached": ("-", "dim"),
    "not visible": ("?", "yellow"),
    "not applicable": ("n/a", "dim"),
}
_EXAMPLES = 3  # sentences shown for one code


@gc_paused()
def print_explanation(out: Screen, found: ShownExplanation) -> None:
    """All handsets; findings once for each code."""
    lines = [_line(handset) for handset in found.handsets]
    _print_captures(out, found)
    if lines:
        out.print()
        print_handset_rows(out, "reached", lines)
    every = (*found.findings, *(each for handset in found.handsets for each in handset.findings))
    print_findings(out, every, [handset.name for handset in found.handsets])
    print_legs(out, found.legs)
    print_calls(out, found.calls)
    out.print()
    lacking = "the firewall lacks a rule" if any(leg.remedy == LegRemedy.RULE for leg in found.legs) else ""
    if not lacking and any(each.code == AUDIO_DROPPED for each in found.findings):
        lacking = "audio of a call does not cross the firewall"
    elif not lacking and any(each.code == AUDIO_ONE_WAY for each in found.findings):
        lacking = "audio of a call goes one way only"
    if found.calls and not lines:
        print_calls_verdict(out, found.calls, healthy=found.healthy, undecided=found.undecided)
    else:
        print_verdict(out, lines, qualification=lacking)


def print_handset(out: Screen, found: ShownHandset, timeline: HandsetTimeline) -> None:
    """One handset whole: every stage, the ladder, the findings."""
    name = StyledText(found.name, style="bold")
    out.print(assemble(name, "  ", verdict_text(found.verdict, healthy=found.healthy)))
    out.print(found.cause, soft_wrap=True)
    out.print()
    start = min((stage.began for stage in found.stages if stage.began is not None), default=0.0)
    out.print(
        table(
            ("", "stage", "after", "because"),
            (_stage_row(stage, start) for stage in found.stages),
            wrap="because",
        )
    )
    out.print()
    lines = ladder_lines(timeline)
    if out.is_terminal and max(len(line.text) for line in lines) > out.width:
        lines = listing_lines(timeline)
    for line in lines:
        out.print(StyledText(printable(line.text), style="bold red" if line.is_cause else ""), soft_wrap=True)
    print_findings(out, found.findings, [found.name])


def print_findings(out: Screen, findings: Sequence[ShownFinding], handsets: Sequence[str]) -> None:
    """Grouped by code: what is wrong, in which frames, what to check first."""
    for same in by_code(findings):
        code = same[0].code
        out.print()
        style = "bold red" if same[0].severity == "failure" else "bold yellow"
        whose = {finding.handset for finding in same if finding.handset}
        many = f"  {len(whose)} handsets" if len(whose) > 1 else ""
        out.print(StyledText(code, style=style).append(many))
        for finding in same[:_EXAMPLES]:
            name = f"{finding.handset}: " if finding.handset and len(handsets) > 1 else ""
            frames = f" (frame {', '.join(map(str, finding.frames))})" if finding.frames else ""
            out.print(f"  {name}{finding.sentence}{frames}", soft_wrap=True)
        if len(same) > _EXAMPLES:
            out.print(f"  and {len(same) - _EXAMPLES} more (--json lists them)")
        out.print(f"  check first: {same[0].check_first}", soft_wrap=True)


def print_legs(out: Screen, legs: Sequence[ShownLeg]) -> None:
    if not legs:
        return
    certain = any(leg.remedy != LegRemedy.PERHAPS_RULE for leg in legs)
    title = "entered the firewall and did not leave it" if certain else "asked and not answered"
    out.print()
    out.print(title, style="bold")
    for leg in legs:
        out.print(f"  {leg.sentence}", soft_wrap=True)
        if leg.rule:
            word = (
                "would let it pass" if leg.remedy == LegRemedy.RULE else "rule it needs, if that is the cause"
            )
            out.print(f"    {word}: {leg.rule}", soft_wrap=True, style="bold")


def print_rules(out: Screen, notes: Screen, rendered: "Rendered", *, certain: bool) -> None:
    """The missing rules as the firewall's own text; the rest of what its engineer needs, on `notes`."""
    out.print()
    why = (
        "the rules that are missing"
        if certain
        else "the rules to check for; the capture cannot prove them missing"
    )
    out.print(f"{rendered.target}: {why} (for the hosts that were seen)", style="bold")
    out.print("add them to the running policy; this text must not replace it", style="bold")
    out.print(rendered.text.rstrip("\n"), soft_wrap=True)
    for note in rendered.notes:
        notes.print(f"note: {note}", soft_wrap=True)
    for widening in rendered.widenings:
        notes.print(f"wider than asked: {widening.rule}: {widening.extra}", soft_wrap=True)


def _print_captures(out: Screen, found: ShownExplanation) -> None:
    for capture in found.captures:
        out.print(_capture_line(capture), soft_wrap=True)
    clocks = clock_words(found)
    if clocks:
        out.print(clocks, soft_wrap=True)


def _capture_line(capture: ShownCapture) -> str:
    side = f", {capture.side} side" if capture.side else ""
    if not capture.frames:
        return f"{printable(capture.file)}{side}: no frames"
    counts = f"{capture.frames} frames, {capture.of_interest} of interest"
    return f"{printable(capture.file)}{side}: {counts}, ends {moment(capture.last)}"


def _line(handset: ShownHandset) -> HandsetRow:
    return HandsetRow(
        handset.verdict,
        handset.name,
        handset.progress,
        handset.stops_at,
        handset.cause,
        handset.healthy,
        handset.failures,
    )


def _stage_row(stage: ShownStage, start: float) -> tuple[StyledText | str, ...]:
    word, style = _MARKS[stage.state]
    at = "" if stage.ended is None else f"{stage.ended - start:.1f} s"
    tries = f" ({stage.retries} retries)" if stage.retries > 1 else " (1 retry)" if stage.retries else ""
    prefix = "not visible, because " if stage.state == "not visible" else ""
    return (
        StyledText(word, style=style),
        stage.stage,
        StyledText(at, right=True),
        StyledText(f"{prefix}{stage.because}{tries}"),
    )
