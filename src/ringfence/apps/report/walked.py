"""A walk as a document for the change ticket: which stages, which rules, and what is missing."""

from ringfence.apps.report.document import (
    Cell,
    CodeBlock,
    Document,
    Ladder,
    Points,
    Section,
    TableBlock,
    Tone,
)
from ringfence.diagnosis.ladder import laid_out
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.firewalls.common.document import Rendered
from ringfence.model.provenance import Provenance
from ringfence.verify.report import StageState
from ringfence.verify.walked import CrossingState, RuleCrossing, WalkReport

_STAGES = {
    StageState.REACHED: Tone.GOOD,
    StageState.FAILED: Tone.BAD,
    StageState.NOT_REACHED: Tone.FAINT,
}
_RULES = {
    CrossingState.PASSED: Tone.GOOD,
    CrossingState.BLOCKED: Tone.BAD,
    CrossingState.UNANSWERED: Tone.WARN,
    CrossingState.UNSHOWN: Tone.WARN,
    CrossingState.UNTRIED: Tone.WARN,
}


def headline(report: WalkReport) -> str:
    """The verdict in a line."""
    passed = len(report.in_state(CrossingState.PASSED))
    if report.passed:
        return f"PASSED  every stage was reached, {passed} rules let their flows through"
    blocked = report.in_state(CrossingState.BLOCKED)
    if blocked:
        return f"NOT PASSED  lost between the two ends, which these rules should permit: {_ids(blocked)}"
    silent = report.in_state(CrossingState.UNANSWERED)
    if silent:
        return (
            f"NOT PASSED  no answer to what these rules permit: {_ids(silent)}; the recording of the other "
            "end shows whether it arrived"
        )
    failed = next((each for each in report.stages if each.state is StageState.FAILED), None)
    if failed is not None:
        return f"NOT PASSED  the handset stops at {failed.stage.value}: {failed.reason}"
    if untried := report.in_state(CrossingState.UNTRIED):
        return f"NOT PASSED  not tried: {_ids(untried)}"
    if unshown := report.in_state(CrossingState.UNSHOWN):
        return (
            f"PASSED HERE  {passed} rules let their flows through; the other end's recording shows "
            f"what became of {_ids(unshown)}"
        )
    return "NOT PASSED  not every stage was reached"


def walk_document(
    report: WalkReport, line: HandsetTimeline | None, rules: Rendered | None, made: Provenance
) -> Document:
    """`line`: the handset's timeline as its end saw it; None: it was not seen."""
    sections = (
        Section("What is missing", (CodeBlock(rules.target, rules.text),) if rules is not None else ()),
        Section("Stages", (TableBlock(("state", "stage", "shown by"), _stages(report), 2),)),
        Section("Rules", (TableBlock(("state", "rule", "permits", "shown by"), _rules(report), 3),)),
        Section("Not walked", (Points("Rules that a walk does not try:", report.not_walked),))
        if report.not_walked
        else Section("Not walked", ()),
        Section("Every message", (Ladder("at the handset's end", laid_out(line)),), True)
        if line is not None
        else Section("Every message", ()),
    )
    return Document(
        f"Cut-over test: {report.site}",
        "passed" if report.passed else "not passed",
        Tone.GOOD if report.passed else Tone.BAD,
        headline(report),
        (("recorded at", " and ".join(report.ends)), ("made by", str(made))),
        tuple(section for section in sections if section.blocks),
    )


def _ids(rules: tuple[RuleCrossing, ...]) -> str:
    return ", ".join(each.id for each in rules)


def _stages(report: WalkReport) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            Cell(each.state.value, _STAGES[each.state]),
            Cell(each.stage.label),
            Cell(each.dropped or " ... ".join((*each.packets[:1], *each.packets[1:][-1:])) or each.reason),
        )
        for each in report.stages
    )


def _rules(report: WalkReport) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (Cell(each.state.value, _RULES[each.state]), Cell(each.id), Cell(each.words), Cell(each.shown))
        for each in report.rules
    )
