"""`ringfence why WORDS`: what a finding, a phone's display or a call server's event means."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NotRequired, TypedDict

import click

from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.flows import BasisDocument, basis_as_data
from ringfence.apps.cli.screen import Screen, console, print_json, table
from ringfence.apps.provenance import provenance_of
from ringfence.model.catalogue import CATALOGUE, FORMER
from ringfence.model.displays import DeniedEvent, Display
from ringfence.model.displays.capture_filter import capture_filter
from ringfence.model.displays.denied_events import EVENTS
from ringfence.model.displays.lookup import DISPLAYS, Meant, meant_by
from ringfence.model.errors import InputError
from ringfence.model.findings import Code, Severity
from ringfence.model.flow import Evidence, Flow
from ringfence.model.registration import flows
from ringfence.model.stage import Stage, position


@click.command()
@click.argument(
    "words", required=False, nargs=-1, help="A code, the words on a display, or the number of an event."
)
@click.option("--site", help="The site whose ports the capture filters name; default: the branch office.")
@click.option("--json", is_flag=True, help="As JSON.")
def command(
    words: tuple[str, ...],
    site: str | None,
    json: bool,
) -> None:
    """Explain a finding: what it means, and what to check first.

    WORDS are the code of a finding, what a phone displays ("Discover", "Extension in use"), or the number of
    a denied event of Communication Manager (1924). Without WORDS all of them are listed.
    """
    if not words:
        _list(json)
        return
    name = "_".join(words).upper().replace("-", "_").replace(" ", "_")
    known = CATALOGUE.get(name) or FORMER.get(name)
    # "Extension in Use" is on a screen, EXTENSION_IN_USE in a report.
    meant = Meant() if known and len(words) == 1 and " " not in words[0] else meant_by(" ".join(words))
    if not meant and known is not None:
        _show_finding(known, name, json)
        return
    if not meant:
        raise InputError(
            f"no finding, display or event is called {' '.join(words)!r}",
            where="why",
            remedy=_suggestion(name, " ".join(words)),
        )
    found = flows(read_site(site))
    if json:
        print_json(_meant_document(meant, found), provenance_of())
        return
    _print_meant(console(), meant, found)


def _suggestion(name: str, said: str) -> str:
    spelled = {spelling.casefold(): spelling for row in DISPLAYS for spelling in (row.words, *row.also)}
    close = [
        *get_close_matches(name, CATALOGUE, n=3),
        *(spelled[each] for each in get_close_matches(said.casefold(), spelled, n=2)),
    ]
    return f"did you mean {', '.join(close)}?" if close else "`ringfence why` lists all that it knows"


def _show_finding(known: Code, name: str, json: bool) -> None:
    if json:
        print_json(_finding_document(known), provenance_of())
        return
    out = console()
    stage = f", stage {known.stage}" if known.stage else ""
    former = f", formerly {name}" if name != known else ""
    out.print(f"{known}  ({known.severity}{stage}{former})", style="bold")
    out.print(f"\n{known.meaning}\n")
    out.print(f"Check first: {known.check_first}")


def _print_meant(out: Screen, meant: Meant, found: Sequence[Flow]) -> None:
    for number, display in enumerate(meant.displays):
        out.print(
            "\n" * bool(number) + f"{display.words}  ({display.families}{_of_stage(display.stage)})",
            style="bold",
        )
        out.print(f"\n{display.meaning}\n")
        out.print(f"Check first: {display.check_first}")
        _print_rest(out, display, found)
    for event in meant.events:
        numbers = ", ".join(map(str, event.numbers))
        out.print(f"{numbers}  {event.keyword}  (denied event{_of_stage(event.stage)})", style="bold")
        out.print(f"\n{event.meaning}\n")
        if event.displays:
            out.print(f"The phone probably shows: {', '.join(event.displays)}")
        _print_rest(out, event, found)


def _print_rest(out: Screen, row: Display | DeniedEvent, found: Sequence[Flow]) -> None:
    out.print(f"Capture: {_capture_words(row.stage, found)}")
    if row.codes:
        out.print("`ringfence explain` tells apart:")
        out.print(
            table(("finding", "meaning"), [(code, code.meaning) for code in row.codes], wrap="meaning"),
            indent=2,
        )
    unsourced = "No source: " if row.basis.kind is Evidence.ASSUMED else "Source: "
    out.print(f"{unsourced}{row.basis.citation}")


def _of_stage(stage: Stage | None) -> str:
    return f"; stage {stage}" if stage else ""


def _capture_words(stage: Stage | None, found: Sequence[Flow]) -> str:
    if stage is None:
        return "everything on the phone's switch port (mirror it) from power-up on"
    chosen = capture_filter(found, stage)
    if not chosen:
        return "everything of the phone's address, on both sides of the firewall"
    return f"both sides of the firewall, from power-up on; what this stage needs: '{chosen}'"


class FindingDocument(TypedDict):
    """`stage` is null where it belongs to none."""

    code: str
    severity: Severity
    stage: Stage | None
    meaning: str
    check_first: str


class DisplayDocument(TypedDict):
    """What a phone shows. `capture_filter`: where words were asked for; null: everything."""

    words: str
    also: tuple[str, ...]
    families: str
    stage: Stage | None
    meaning: str
    check_first: str
    findings: list[str]
    basis: BasisDocument
    capture_filter: NotRequired[str | None]


class EventDocument(TypedDict):
    """A denied event of Communication Manager; `displays`: what the phone probably shows."""

    numbers: tuple[int, ...]
    keyword: str
    stage: Stage
    meaning: str
    displays: tuple[str, ...]
    findings: list[str]
    basis: BasisDocument
    capture_filter: NotRequired[str | None]


class MeantDocument(TypedDict):
    displays: list[DisplayDocument]
    events: list[EventDocument]


class ListDocument(MeantDocument):
    findings: list[FindingDocument]


def _finding_document(code: Code) -> FindingDocument:
    return {
        "code": str(code),
        "severity": code.severity,
        "stage": code.stage,
        "meaning": code.meaning,
        "check_first": code.check_first,
    }


def _display_document(display: Display) -> DisplayDocument:
    return {
        "words": display.words,
        "also": display.also,
        "families": display.families,
        "stage": display.stage,
        "meaning": display.meaning,
        "check_first": display.check_first,
        "findings": [str(code) for code in display.codes],
        "basis": basis_as_data(display.basis),
    }


def _event_document(event: DeniedEvent) -> EventDocument:
    return {
        "numbers": event.numbers,
        "keyword": event.keyword,
        "stage": event.stage,
        "meaning": event.meaning,
        "displays": event.displays,
        "findings": [str(code) for code in event.codes],
        "basis": basis_as_data(event.basis),
    }


def _meant_document(meant: Meant, found: Sequence[Flow]) -> MeantDocument:
    displays, events = list(map(_display_document, meant.displays)), list(map(_event_document, meant.events))
    for row in (*displays, *events):
        row["capture_filter"] = capture_filter(found, row["stage"]) if row["stage"] else None
    return {"displays": displays, "events": events}


def _list(json: bool) -> None:
    every = sorted(CATALOGUE.values(), key=lambda code: (position(code.stage), code))
    if json:
        document: ListDocument = {
            "findings": [_finding_document(code) for code in every],
            "displays": [_display_document(each) for each in DISPLAYS],
            "events": [_event_document(each) for each in EVENTS],
        }
        print_json(document, provenance_of())
        return
    out = console()
    out.print("findings", style="bold")
    _print_rows(out, "code", ((code, code.severity.value, code.stage, code.meaning) for code in every))
    out.print("\nwhat phones display (* no source)", style="bold")
    _print_rows(
        out,
        "words",
        (
            (
                each.words + " *" * (each.basis.kind is Evidence.ASSUMED),
                each.families,
                each.stage,
                each.meaning,
            )
            for each in DISPLAYS
        ),
    )
    out.print("\ndenied events of Communication Manager", style="bold")
    _print_rows(
        out,
        "event",
        ((", ".join(map(str, each.numbers)), each.keyword, each.stage, each.meaning) for each in EVENTS),
    )


_KINDS = {"code": "severity", "words": "families", "event": "keyword"}


def _print_rows(out: Screen, first: str, rows: Iterable[tuple[str, str, Stage | None, str]]) -> None:
    shown = [(name, kind, stage.value if stage else "", meaning) for name, kind, stage, meaning in rows]
    out.print(table((first, _KINDS[first], "stage", "meaning"), shown, wrap="meaning"))
