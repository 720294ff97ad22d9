"""The end of a run of emulated handsets: as a table, as JSON, as a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from ringfence.actors.endpoint.call_states import CallRecord
from ringfence.apps.cli.phoning.line import Phone
from ringfence.apps.cli.screen import console, print_json, table
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.page import write_page
from ringfence.apps.report.phones import (
    PhonesReport,
    StageTimes,
    phones_document,
    phones_report,
    stage_headings,
    stage_rows,
)
from ringfence.model.printable import printable
from ringfence.model.stage import Stage

MOST_TOLD = 10  # beyond so many handsets only what goes wrong is told


def report_of(line: Sequence[Phone], seconds: float) -> PhonesReport:
    return phones_report([phone.times for phone in line], (phone.trouble for phone in line), seconds)


def print_summary(line: Sequence[Phone], report: PhonesReport, call: str) -> None:
    out = console()
    for phone in [each for each in line if each.trouble][:MOST_TOLD]:
        out.print(printable(f"{phone.name}: {phone.trouble}"), soft_wrap=True)
    if len(line) > 1:
        out.print(table(stage_headings(), stage_rows(report)))
        out.print(f"{report.seconds:.1f} s, {report.rate:.1f} registrations a second")
    words = f"{report.good} of {len(line)} registered"
    if call:
        placed = line[0].call
        words += ", the call connected" if placed is not None and placed.connected else ", no call"
    out.print(words, style="bold")


class PhoneDocument(TypedDict):
    """`address` is null where it never got one. `seconds` when each stage was reached. `findings`: code and
    sentence. `call`: null where none was asked for."""

    extension: str
    address: str | None
    host: str
    registered: bool
    trouble: str
    reached: dict[Stage, str]
    seconds: dict[Stage, float]
    failed: dict[Stage, str]
    findings: list[str]
    call: CallRecord | None


class RatedReport(TypedDict):
    """Of all of them together; `rate` is in registrations a second."""

    count: int
    good: int
    seconds: float
    stages: tuple[StageTimes, ...]
    troubles: dict[str, int]
    rate: float


class PhonesDocument(TypedDict):
    phones: list[PhoneDocument]
    report: RatedReport


def print_phones_json(line: Sequence[Phone], report: PhonesReport) -> None:
    rated: RatedReport = {
        "count": report.count,
        "good": report.good,
        "seconds": report.seconds,
        "stages": report.stages,
        "troubles": report.troubles,
        "rate": report.rate,
    }
    document: PhonesDocument = {"phones": [_as_data(phone) for phone in line], "report": rated}
    print_json(document, provenance_of())


def write_phones_page(path: Path, report: PhonesReport, gatekeeper: str) -> None:
    """InputError when the file cannot be written."""
    write_page(path, phones_document(report, gatekeeper, provenance_of()))


def _as_data(phone: Phone) -> PhoneDocument:
    return {
        "extension": phone.extension,
        "address": None if phone.address is None else str(phone.address),
        "host": phone.host,
        "registered": phone.good,
        "trouble": phone.trouble,
        "reached": phone.reached,
        "seconds": {stage: round(at, 6) for stage, at in phone.times.items()},
        "failed": phone.failed,
        "findings": phone.findings,
        "call": phone.call,
    }
