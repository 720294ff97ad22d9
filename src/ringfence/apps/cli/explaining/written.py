"""The files that `explain` writes beside the screen."""

from pathlib import Path

import msgspec

from ringfence.apps.cli.explaining.result import ExplainResult
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.explained import explanation_document
from ringfence.apps.report.page import write_page
from ringfence.apps.report.tables import write_calls_csv, write_handsets_csv, write_handsets_parquet
from ringfence.firewalls.common.document import Rendered


def write_files(
    answer: ExplainResult,
    rules: Rendered | None,
    *,
    csv: Path | None,
    parquet: Path | None,
    html: Path | None,
    calls: Path | None,
) -> None:
    """InputError: one cannot be written."""
    if csv is not None:
        write_handsets_csv(csv, answer.shown)
    if calls is not None:
        write_calls_csv(calls, answer.shown)
    if parquet is not None:
        write_handsets_parquet(parquet, answer.shown)
    if html is not None:
        page = explanation_document(answer.shown, answer.timelines, rules)
        made = ("made by", str(provenance_of()))
        write_page(html, msgspec.structs.replace(page, facts=(*page.facts, made)))
