"""A report as a list of outcomes, each with a code: what a pipeline's tools show, and end a run for."""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.check.report import Answer, CheckReport, ConfigLine, DiffReport, FlowCheck, LineFault
from ringfence.model.findings import Code, Severity
from ringfence.model.findings.policy import (
    CHANGE_IN_DOUBT,
    CHANGE_OPENS,
    CHANGE_WORSENS,
    FLOW_BLOCKED,
    FLOW_NOT_PROVED,
    LINE_DEAD,
    LINE_NOT_UNDERSTOOD,
    LINE_REDUNDANT,
    LINE_SHADOWED,
    LIST_UNBOUND,
    NOTHING_FILTERS,
    OPEN_WITHOUT_NEED,
)
from ringfence.policy.review import RowFault

# What makes the answer other than PERMITS, or a change harmful: no choice of severity passes over these.
DECISIVE = frozenset(
    {FLOW_BLOCKED, FLOW_NOT_PROVED, NOTHING_FILTERS, CHANGE_OPENS, CHANGE_IN_DOUBT, CHANGE_WORSENS}
)
_OF_FAULT = {
    RowFault.EMPTY: (LINE_DEAD, "matches no packet"),
    RowFault.SHADOWED: (LINE_SHADOWED, "is never reached, and earlier lines contradict it"),
    RowFault.DEAD: (LINE_DEAD, "is never reached"),
    RowFault.REDUNDANT: (LINE_REDUNDANT, "decides what would be decided without it"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing to be told of a configuration; `lines` are where, the first before all.

    `flow` is the id of the flow that it is about, "" for what is about none.
    """

    code: Code
    sentence: str
    lines: tuple[ConfigLine, ...] = ()
    flow: str = ""


def outcomes(report: CheckReport, changes: DiffReport | None = None) -> tuple[Outcome, ...]:
    """Everything that the report says beyond "permits", the decisive first."""
    flows = (flow for stage in report.stages for flow in stage.flows)
    found = [outcome for flow in flows if (outcome := flow_outcome(flow)) is not None]
    if report.unfiltered:
        found.append(Outcome(NOTHING_FILTERS, "no list in force matches packets between the two zones"))
    found += _of_change(changes) if changes is not None else ()
    found += (Outcome(one.code, one.sentence) for one in report.findings)
    found += (
        Outcome(
            OPEN_WITHOUT_NEED, f"opens {one.count:,} headers without need, such as {one.packet}", (one.line,)
        )
        for one in report.exposure
    )
    found += (
        Outcome(LIST_UNBOUND, f"{one.line.text} is bound to nothing", (one.line,)) for one in report.unbound
    )
    found += map(_of_fault, report.faults)
    found += (Outcome(LINE_NOT_UNDERSTOOD, part, (ConfigLine(part),)) for part in report.unread)
    return tuple(found)


def flow_outcome(flow: FlowCheck) -> Outcome | None:
    """What keeps a flow from passing for certain; None when nothing does."""
    if flow.answer is Answer.PERMITS:
        return None
    if flow.answer is Answer.NOT_PROVED:
        places = tuple(map(ConfigLine, flow.unread))
        return Outcome(FLOW_NOT_PROVED, f"{flow.stage}: {flow.words}: {flow.why}", places, flow.id)
    by = ", ".join(map(str, flow.by)) or "nothing"
    why = flow.why or f"{flow.packet} is stopped by {by}"
    return Outcome(FLOW_BLOCKED, f"{flow.stage}: {flow.words}: {why}", flow.by, flow.id)


def fails(outcome: Outcome, least: Severity | None) -> bool:
    """Whether the outcome ends a run with failure: a decisive one always, others from severity `least` on."""
    ranks = list(Severity)
    chosen = least is not None and ranks.index(outcome.code.severity) <= ranks.index(least)
    return outcome.code in DECISIVE or chosen


def _of_change(changes: DiffReport) -> Iterator[Outcome]:
    for flow in changes.flows:
        if flow.worse:
            unread = tuple(map(ConfigLine, flow.unread)) if flow.after is Answer.NOT_PROVED else ()
            sentence = f"{flow.stage}: {flow.id} fared as {flow.before}, and now {flow.after}"
            yield Outcome(CHANGE_WORSENS, sentence, unread or flow.by, flow.id)
    if changes.beyond:
        lines = tuple(one.line for one in changes.changes if one.opens)
        yield Outcome(CHANGE_OPENS, f"the change opens {changes.beyond:,} headers that no flow needs", lines)
    if changes.unproved:
        lines = tuple(map(ConfigLine, changes.unread))
        yield Outcome(CHANGE_IN_DOUBT, f"the change leaves {changes.unproved:,} headers in doubt", lines)


def _of_fault(fault: LineFault) -> Outcome:
    code, what = _OF_FAULT[fault.fault]
    by = f" ({', '.join(fault.by)})" if fault.by else ""
    return Outcome(code, f"{what}{by}", (fault.line,))
