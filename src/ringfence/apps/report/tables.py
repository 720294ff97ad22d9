"""A row per handset as CSV, or as Parquet for queries over many captures."""

import csv
import importlib
from pathlib import Path
from typing import Any

from ringfence.apps.report.explanation import ShownExplanation, ShownHandset
from ringfence.model.errors import InputError

_COLUMNS = (
    "verdict",
    "alias",
    "mac",
    "addresses",
    "endpoint_identifier",
    "reached",
    "stages_in_all",
    "stops_at",
    "cause",
    "findings",
    "captures",
)
# A spreadsheet takes these for the start of a formula, and aliases come from the network.
_FORMULA = ("=", "+", "-", "@")


def handset_rows(explanation: ShownExplanation) -> list[dict[str, str | int]]:
    """One a handset, worst first; the keys are the columns."""
    captures = " ".join(capture.file for capture in explanation.captures)
    return [_row(handset, captures) for handset in explanation.handsets]


def _row(handset: ShownHandset, captures: str) -> dict[str, str | int]:
    codes = dict.fromkeys(finding.code for finding in handset.findings)
    values = (
        handset.verdict,
        handset.alias,
        handset.mac,
        " ".join(handset.addresses),
        handset.endpoint_identifier,
        handset.reached,
        handset.stages_in_all,
        handset.stops_at,
        handset.sentence,
        " ".join(codes),
        captures,
    )
    return dict(zip(_COLUMNS, values, strict=True))


def write_handsets_csv(path: Path, explanation: ShownExplanation) -> None:
    """InputError when the file cannot be written."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(map(inert, row.values()) for row in handset_rows(explanation))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None


def inert(value: str | float) -> str | float:
    """`value` as no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_handsets_parquet(path: Path, explanation: ShownExplanation) -> None:
    """InputError when pyarrow is not installed or the file cannot be written."""
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow, which is not installed", where="--parquet", remedy="pip install pyarrow"
        ) from None
    found = handset_rows(explanation)
    kinds = {
        name: arrow.int32() if name in {"reached", "stages_in_all"} else arrow.string() for name in _COLUMNS
    }
    columns = {name: arrow.array([row[name] for row in found], kind) for name, kind in kinds.items()}
    try:
        parquet.write_table(arrow.table(columns), str(path))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
