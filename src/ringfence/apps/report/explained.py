"""An explanation as a document for a change ticket."""

from collections.abc import Sequence

from ringfence.apps.report.calls import calls_sections
from ringfence.apps.report.document import (
    Card,
    Cell,
    CodeBlock,
    Document,
    DocumentBlock,
    Ladder,
    Points,
    Prose,
    Section,
    TableBlock,
    Tone,
)
from ringfence.apps.report.explanation import (
    ShownExplanation,
    ShownFinding,
    ShownHandset,
    ShownLeg,
    ShownStage,
    by_code,
    clock_words,
    moment,
    where_they_stop,
)
from ringfence.diagnosis.ladder import laid_out
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.firewalls.common.document import Rendered

# A page with thousands of ladders opens in no browser; the command line shows any one of them.
_LADDERS = 30
_ROWS = 2000
_POINTS = 5

_STATES = {
    "reached": Tone.GOOD,
    "failed": Tone.BAD,
    "not reached": Tone.FAINT,
    "not visible": Tone.WARN,
    "not applicable": Tone.FAINT,
}
_SEVERITIES = {"failure": Tone.BAD, "warning": Tone.WARN, "note": Tone.PLAIN}


def explanation_document(
    found: ShownExplanation, timelines: Sequence[HandsetTimeline], rendered: Rendered | None
) -> Document:
    """`timelines` in the order of `found.handsets`."""
    registered = sum(handset.verdict == "registered" for handset in found.handsets)
    every = len(found.handsets)
    table = _handsets(found.handsets)
    calls = calls_sections(found.calls)
    about = (*_findings(found), *_legs(found.legs), *_rules(rendered, found.legs), *calls)
    # A table of many pages would hide what comes behind it.
    first = (*about, table) if every > _LADDERS else (table, *about)
    sections = (*first, *_each(found.handsets, timelines))
    return Document(
        "Where handset registration stops, and why",
        _headline(found, registered),
        Tone.GOOD if found.healthy else Tone.WARN if found.undecided else Tone.BAD,
        _lead(found, registered),
        _facts(found),
        sections,
    )


def _headline(found: ShownExplanation, registered: int) -> str:
    if not found.handsets:
        return f"{len(found.calls)} calls, no registration" if found.calls else "no handset in the capture"
    return f"{registered} of {len(found.handsets)} handsets registered"


def _lead(found: ShownExplanation, registered: int) -> str:
    if found.calls and not found.handsets:
        connected = sum(call.connected is not None for call in found.calls)
        return f"{connected} of {len(found.calls)} calls were answered; the capture shows no registration."
    if not found.handsets:
        return "The capture shows no handset: see the findings about the capture itself."
    worst = found.handsets[0]
    if found.undecided:
        return "Nothing failed in what the capture shows; it does not show every handset registering."
    if found.healthy:
        return "Every handset in the captures registered, and nothing that would stop one was found."
    if registered == len(found.handsets):
        return "Every handset registered, and something fails after registration: see the findings."
    stops = [(handset.name, handset.stops_at) for handset in found.handsets]
    where = where_they_stop(stops)
    counted = f"{where}. " if sum(bool(stage) for _, stage in stops) > 1 else ""
    return f"{counted}{worst.name}: {worst.sentence}."


def _facts(found: ShownExplanation) -> tuple[tuple[str, str], ...]:
    facts = [
        (
            f"capture, {capture.side} side" if capture.side else "capture",
            f"{capture.file}: {capture.frames} frames, {capture.of_interest} of interest, "
            f"ends {moment(capture.last)}",
        )
        for capture in found.captures
    ]
    clocks = clock_words(found)
    if clocks:
        facts.append(("clocks", clocks))
    return tuple(facts)


def _handsets(handsets: Sequence[ShownHandset]) -> Section:
    rows = tuple(
        (
            Cell(handset.verdict, _tone(handset)),
            Cell(handset.name),
            Cell(handset.progress),
            Cell(handset.stops_at),
            Cell(handset.cause),
        )
        for handset in handsets[:_ROWS]
    )
    blocks: list[DocumentBlock] = [
        TableBlock(("verdict", "handset", "stages reached", "stops at", "cause"), rows, wide=4)
    ]
    if len(handsets) > _ROWS:
        blocks.append(Prose(f"{len(handsets) - _ROWS} more handsets are left out here; --csv lists them."))
    return Section("Handsets, worst first", tuple(blocks))


def _tone(handset: ShownHandset) -> Tone:
    if handset.healthy:
        return Tone.GOOD
    return Tone.WARN if handset.verdict in {"undecided", "registered"} else Tone.BAD


def _findings(found: ShownExplanation) -> tuple[Section, ...]:
    cards = by_code((*found.findings, *(each for handset in found.handsets for each in handset.findings)))
    return (Section("Findings, and what to check first", tuple(map(_card, cards))),) if cards else ()


def _card(same: Sequence[ShownFinding]) -> Card:
    first = same[0]
    points = [_point(finding) for finding in same[:_POINTS]]
    if len(same) > _POINTS:
        points.append(f"and {len(same) - _POINTS} more")
    tone = _SEVERITIES[first.severity]
    return Card(first.code, tone, first.severity, first.meaning, tuple(points), first.check_first)


def _point(finding: ShownFinding) -> str:
    name = f"{finding.handset}: " if finding.handset else ""
    frames = f" (frame {', '.join(map(str, finding.frames))})" if finding.frames else ""
    return f"{name}{finding.sentence}{frames}"


def _legs(legs: Sequence[ShownLeg]) -> tuple[Section, ...]:
    if not legs:
        return ()
    certain = any(leg.remedy != LegRemedy.PERHAPS_RULE for leg in legs)
    title = "Lost in the firewall" if certain else "Asked and not answered"
    rows = tuple((Cell(leg.remedy), Cell(leg.sentence), Cell(leg.rule or "none")) for leg in legs)
    return (
        Section(
            title, (TableBlock(("remedy", "what happened", "rule that would let it pass"), rows, wide=1),)
        ),
    )


def _rules(rendered: Rendered | None, legs: Sequence[ShownLeg]) -> tuple[Section, ...]:
    if rendered is None:
        return ()
    certain = any(leg.remedy == LegRemedy.RULE for leg in legs)
    why = (
        "These rules are missing, for the hosts that were seen. Add them to the running policy; do not"
        " replace it with them."
        if certain
        else "One capture cannot prove that these rules are missing: check whether the firewall has them."
    )
    notes = (Points("Where it goes, and what the text cannot do:", rendered.notes),) if rendered.notes else ()
    return (Section("Rules", (Prose(why), CodeBlock(rendered.target, rendered.text.rstrip("\n")), *notes)),)


def _each(handsets: Sequence[ShownHandset], timelines: Sequence[HandsetTimeline]) -> tuple[Section, ...]:
    sections = [
        Section(
            f"{handset.name}: {handset.verdict}",
            (_stages(handset.stages), Ladder("Every message; the failing leg is marked", laid_out(timeline))),
            folded=number > 0,
        )
        for number, (handset, timeline) in enumerate(
            zip(handsets[:_LADDERS], timelines[:_LADDERS], strict=True)
        )
    ]
    if len(handsets) > _LADDERS:
        text = f"Ladders of the {_LADDERS} worst handsets are shown; explain --handset shows any other."
        sections.append(Section("More handsets", (Prose(text),)))
    return tuple(sections)


def _stages(stages: Sequence[ShownStage]) -> TableBlock:
    start = min((stage.began for stage in stages if stage.began is not None), default=0.0)
    rows = tuple(
        (
            Cell(stage.state, _STATES[stage.state]),
            Cell(stage.label),
            Cell("" if stage.ended is None else f"{stage.ended - start:.1f} s"),
            Cell(str(stage.retries) if stage.retries else ""),
            Cell(stage.because),
        )
        for stage in stages
    )
    return TableBlock(("state", "stage", "after", "retries", "because"), rows, wide=4)
