"""The end of a run of emulated handsets: as a table, as JSON, as a page."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ringfence.apps.cli.phoning.line import Phone
from ringfence.apps.cli.screen import console, print_json, table
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.page import write_page
from ringfence.apps.report.phones import (
    PhonesReport,
    phones_document,
    phones_report,
    stage_headings,
    stage_rows,
)
from ringfence.model.printable import printable

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


def print_phones_json(line: Sequence[Phone], report: PhonesReport) -> None:
    rated = {**msgspec.to_builtins(report, str_keys=True, enc_hook=str), "rate": report.rate}
    print_json({"phones": [_as_data(phone) for phone in line], "report": rated}, provenance_of())


def write_phones_page(path: Path, report: PhonesReport, gatekeeper: str) -> None:
    """InputError when the file cannot be written."""
    write_page(path, phones_document(report, gatekeeper, provenance_of()))


def _as_data(phone: Phone) -> dict[str, object]:
    return {
        "extension": phone.extension,
        "address": None if phone.address is None else str(phone.address),
        "host": phone.host,
        "registered": phone.good,
        "trouble": phone.trouble,
        "reached": phone.reached,
        "seconds": {stage.value: round(at, 6) for stage, at in phone.times.items()},
        "failed": phone.failed,
        "findings": phone.findings,
        "call": phone.call,
    }
