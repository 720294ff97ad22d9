"""What `ringfence check` shows: stages, what to add, what is open, what is odd, and the verdict last."""

from collections.abc import Iterator, Sequence

from ringfence.apps.cli.checking.leg import Leg
from ringfence.apps.cli.checking.plain_report import plain_report
from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText
from ringfence.check.packet_path import PacketPath
from ringfence.check.report import (
    Answer,
    CheckReport,
    ConfigLine,
    DiffReport,
    Exposed,
    Fix,
    FlowCheck,
    LineFault,
    StageCheck,
    UnboundList,
)
from ringfence.model.findings.policy import LINE_DEAD, LINE_NOT_UNDERSTOOD, LINE_REDUNDANT, LINE_SHADOWED
from ringfence.model.stage import Stage
from ringfence.policy.listing import Moment
from ringfence.policy.review import RowFault

_MARKS = {
    Answer.PERMITS: ("permits", "green"),
    Answer.NOT_PROVED: ("NOT PROVED", "bold yellow"),
    Answer.BLOCKS: ("BLOCKS", "bold red"),
}
_OF_FLOW = {Moment.ANSWERS: "the answers to ", Moment.CONTINUES: "what follows the first answer of "}
_LISTED = 12
_PLACES = 2
_EXACT = 1_000_000


def print_check(
    out: Screen, report: CheckReport, name: str, *, rows: int, changes: DiffReport | None = None
) -> None:
    """The whole report for a person; `rows` bounds the exposure table."""
    report, changes = plain_report(report), None if changes is None else plain_report(changes)
    if report.unfiltered:
        out.print(StyledText("NOTHING FILTERS", style="bold red").append(f"  {_unfiltered(report)}"))
    out.print(StyledText(report.site, style="bold").append(f"  {name}: {report.target}, "), end="")
    out.print(f"{report.lines} lines, SHA-256 {report.sha256[:16]}")
    out.print()
    out.print("stages", style="bold")
    out.print(table(("", "stage", "packet", "by"), map(_stage_row, report.stages), wrap="by"))
    _print_unbound(out, report.unbound)
    _print_fixes(out, report.fixes)
    _print_exposure(out, report, rows)
    _print_faults(out, report.faults)
    if changes is not None:
        _print_changes(out, changes, rows)
    _print_findings(out, report)
    _print_list(out, f"not understood (why {LINE_NOT_UNDERSTOOD})", report.unread)
    if report.unplaced and report.unread:
        out.print("  -> name the networks behind it: --zone servers=NAME, or --zone 10.1.0.0/24=NAME")
    _print_list(out, "assumed", (*report.assumed, *report.notes))
    _print_verdict(out, report)


def _unfiltered(report: CheckReport) -> str:
    what = "no list in force matches packets between the two zones: all of them pass"
    if not report.unbound:
        return what
    names = ", ".join(f"{one.line.text} ({one.line.place})" for one in report.unbound[:_PLACES])
    return f"{what}; bound to nothing: {names}{_more(report.unbound)}"


def _more(found: Sequence[object]) -> str:
    return f" and {len(found) - _PLACES} more" if len(found) > _PLACES else ""


def _print_unbound(out: Screen, found: Sequence[UnboundList]) -> None:
    if not found:
        return
    out.print()
    out.print("lists that are not bound, and the commands that bind them", style="bold")
    for one in found[:_LISTED]:
        out.print(f"  {one.line}", soft_wrap=True)
        for line in one.bind:
            out.print(f"    {line}", soft_wrap=True)
    if len(found) > _LISTED:
        out.print(f"  and {len(found) - _LISTED} more (--json lists them)")


def _stage_row(stage: StageCheck) -> tuple[StyledText | str, ...]:
    worst = next(flow for flow in stage.flows if flow.answer is stage.answer)
    word, style = _MARKS[stage.answer]
    return StyledText(word, style=style), stage.stage.value, worst.packet, _reason(stage, worst)


def _reason(stage: StageCheck, flow: FlowCheck) -> str:
    if flow.answer is Answer.BLOCKS and flow.why:
        return f"{flow.words} leads to nobody, whatever is permitted (see the findings)"
    if flow.answer is Answer.BLOCKS:
        what = f"{flow.words} " if flow.cut == flow.openings else f"{count_words(flow.cut)} of {flow.words} "
        answers = _OF_FLOW.get(flow.way, "")
        return f"{answers}{what}stopped by {_places(flow.by)}"
    if flow.answer is Answer.NOT_PROVED:
        word = "would be permitted" if flow.as_read is Answer.PERMITS else "would be stopped"
        return f"{flow.why}; as read it {word} by {_places(flow.by)}" if flow.by else flow.why
    by = _places(tuple(dict.fromkeys(line for one in stage.flows for line in one.by)), texts=False)
    answered = next((one.answered for one in stage.flows if one.answered), "")
    return f"{by}; answers {answered}" if answered else by


def _places(lines: Sequence[ConfigLine], *, texts: bool = True) -> str:
    words = [str(line) if texts else line.place for line in lines[:_PLACES]]
    if len(lines) > _PLACES:
        words.append(f"{len(lines) - _PLACES} more")
    return ", ".join(words) or "nothing"


def _print_fixes(out: Screen, fixes: Sequence[Fix]) -> None:
    if not fixes:
        return
    out.print()
    out.print("what to add, as narrow as it is needed", style="bold")
    for fix in fixes:
        out.print(f"  {fix.where} (for {', '.join(fix.flows)}):", soft_wrap=True)
        for line in fix.lines:
            out.print(line, soft_wrap=True)
        if fix.refused:
            out.print(f"    no such rule: {fix.refused}", soft_wrap=True)


def _print_exposure(out: Screen, report: CheckReport, rows: int) -> None:
    out.print()
    extra = sum(item.count for item in report.exposure)
    out.print("open between the two zones without need", style="bold")
    if not report.exposure:
        out.print("  nothing")
        return
    out.print(
        f"  {count_words(extra)} headers beyond the {count_words(report.needed)} that the procedure needs"
    )
    if rows:
        shown = report.exposure[:rows]
        out.print(
            table(("headers", "line", "for example", "way"), map(_exposed_row, shown), wrap="for example")
        )
    if len(report.exposure) > rows:
        out.print(f"  and {len(report.exposure) - rows} more lines (--exposure N shows N, --json all)")


def _exposed_row(item: Exposed) -> tuple[StyledText | str, ...]:
    kind = "also serves a need" if item.useful else "serves no need"
    line = _clipped(str(item.line))
    return (
        StyledText(count_words(item.count), right=True),
        line,
        item.packet,
        f"{', '.join(item.ways)}; {kind}",
    )


def _clipped(text: str, width: int = 90) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _print_faults(out: Screen, found: Sequence[LineFault]) -> None:
    if not found:
        return
    out.print()
    out.print(
        f"lines without effect (why {LINE_SHADOWED}, {LINE_DEAD}, {LINE_REDUNDANT})",
        style="bold",
    )
    for fault in found[:_LISTED]:
        by = ", ".join(fault.by[:_PLACES]) + (
            f" and {len(fault.by) - _PLACES} more" if fault.by[_PLACES:] else ""
        )
        words = {
            RowFault.EMPTY: "matches no packet",
            RowFault.SHADOWED: f"is never reached, and contradicts {by}",
            RowFault.DEAD: f"is never reached; decided first by {by}",
            RowFault.REDUNDANT: f"is redundant: {by or 'the default'} decides the same",
        }[fault.fault]
        out.print(f"  {_clipped(str(fault.line))}  {words}", soft_wrap=True)
    if len(found) > _LISTED:
        out.print(f"  and {len(found) - _LISTED} more (--json lists them)")


def _print_changes(out: Screen, changes: DiffReport, rows: int) -> None:
    out.print()
    out.print("the change", style="bold")
    opened, closed = count_words(changes.opened), count_words(changes.closed)
    out.print(f"  opens {opened} headers, closes {closed}")
    if changes.beyond:
        out.print(f"  {count_words(changes.beyond)} of those between the two zones no flow needs")
    if changes.unproved or changes.proved:
        more, less = count_words(changes.unproved), count_words(changes.proved)
        out.print(f"  between the two zones {more} headers are in doubt that were not, {less} are no more")
    for flow in changes.flows:
        places = _places(flow.by, texts=False)
        by = ", ".join(flow.unread[:_LISTED]) if flow.after is Answer.NOT_PROVED else places
        verb = "worse " if flow.worse else "better"
        why = f" ({by})" if by else ""
        out.print(f"  {verb} {flow.id}: {flow.before.upper()} -> {flow.after.upper()}{why}", soft_wrap=True)
    for change in changes.changes[:rows]:
        verb = "opens " if change.opens else "closes"
        before = f" (before: {_places(change.before, texts=False)})" if change.before else ""
        needed = f"  NEEDED BY {', '.join(change.needed)}" if change.needed else ""
        line = f"  {verb} {count_words(change.count)}  {_clipped(str(change.line))}{before}"
        out.print(f"{line}  {change.packet}{needed}", soft_wrap=True)
    if len(changes.changes) > rows:
        out.print(f"  and {len(changes.changes) - rows} more lines (--json lists them)")
    _print_list(out, "changed and not understood, so not compared", changes.unread)


def _print_findings(out: Screen, report: CheckReport) -> None:
    if not report.findings:
        return
    out.print()
    out.print("findings (`ringfence why CODE` explains)", style="bold")
    for finding in report.findings:
        out.print(f"  {finding.code}: {finding.sentence}", soft_wrap=True)


def _print_list(out: Screen, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    out.print()
    out.print(title, style="bold")
    for line in lines[:_LISTED]:
        out.print(f"  {line}", soft_wrap=True)
    if len(lines) > _LISTED:
        out.print(f"  and {len(lines) - _LISTED} more (--json lists them)")


def _print_verdict(out: Screen, report: CheckReport) -> None:
    out.print()
    stopped = [stage for stage in report.stages if stage.answer is Answer.BLOCKS]
    if report.unfiltered:
        word, style, what = (
            "NOT PROVED",
            "bold red",
            "nothing filters: every stage passes, and so does all other traffic",
        )
    elif report.answer is Answer.PERMITS:
        word, style, what = "PERMITS", "bold green", f"every one of {len(report.stages)} stages"
        if report.exposure:
            what += f"; {len(report.exposure)} lines open more than that"
    elif stopped:
        word, style = "BLOCKS", "bold red"
        what = "; ".join(f"{stage.stage}: {stage.stage.label}" for stage in stopped)
    else:
        word, style = "NOT PROVED", "bold yellow"
        as_read = [flow for stage in report.stages for flow in stage.flows]
        fine = all(flow.as_read is Answer.PERMITS for flow in as_read)
        what = "permits every stage" if fine else "stops a stage as read"
        if report.except_for:
            what += f", except for what stands at {', '.join(report.except_for[:_LISTED])}"
        else:
            doubted = [stage.stage for stage in report.stages if stage.answer is Answer.NOT_PROVED]
            what += f", with doubts at {', '.join(doubted)}"
    out.print(StyledText(word, style=style).append(f"  {what}"), soft_wrap=True)


def print_path_verdict(out: Screen, legs: Sequence[Leg]) -> None:
    """Of firewalls one behind the other: the worst of them, and where each stage stops."""
    out.print("the path", style="bold")
    out.print("  assumed: what answers a flow passes the same firewalls as what opens it", soft_wrap=True)
    for leg in legs:
        word, style = _MARKS[leg.report.answer]
        out.print(StyledText(f"  {word}", style=style).append(f"  {leg}"), soft_wrap=True)
    worst = max((leg.report.answer for leg in legs), key=lambda answer: answer.rank)
    word, style = _MARKS[worst]
    what = "; ".join(_stopping(legs, worst)) or f"every stage, at each of {len(legs)} firewalls"
    out.print(StyledText(word.upper(), style=style).append(f"  {what}"), soft_wrap=True)


def _stopping(legs: Sequence[Leg], worst: Answer) -> Iterator[str]:
    """Each stage of that answer with the firewalls at which it is so; nothing where all permit."""
    if worst is Answer.PERMITS:
        return
    at: dict[Stage, list[str]] = {}
    for leg in legs:
        if leg.report.unfiltered:
            yield f"nothing filters at {leg}"
        for stage in leg.report.stages:
            if stage.answer is worst:
                at.setdefault(stage.stage, []).append(str(leg))
    yield from (f"{stage}: {stage.label} at {', '.join(names)}" for stage, names in at.items())


def print_path(out: Screen, path: PacketPath) -> None:
    """One packet's way, list by list."""
    path = plain_report(path)
    out.print(path.packet, style="bold")
    for step in path.steps:
        out.print(f"  {step.chain}: {step.rows_before} lines do not match", soft_wrap=True)
        for miss in step.near:
            out.print(f"    nearly {miss.line}: {miss.field}", soft_wrap=True)
        for gap in step.gaps:
            out.print(f"    NOT UNDERSTOOD and before the decision: {gap}", soft_wrap=True)
        out.print(f"    {step.verdict} by {step.decided_by}", soft_wrap=True)
    if not path.steps:
        out.print("  no list applies to it")
    if path.answer is not Answer.BLOCKS:
        out.print(f"  its reply: {path.reply}", soft_wrap=True)
    out.print(f"  the packet itself as a reply: {path.as_reply}", soft_wrap=True)
    word, style = _MARKS[path.answer]
    what = f"  except for {', '.join(path.unread)}" if path.answer is Answer.NOT_PROVED else ""
    out.print(StyledText(word.upper(), style=style).append(what), soft_wrap=True)


def count_words(count: int) -> str:
    """Exact up to a million, then 1.2e+12."""
    return f"{count:,}" if count < _EXACT else f"{count:.1e}"
