"""A row per handset as CSV, or as Parquet for queries over many captures."""

import csv
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ringfence.apps.report.calls import ShownCall
from ringfence.apps.report.explanation import ShownCapture, ShownExplanation, ShownHandset
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
_OF_CALL = (
    "identifier",
    "calling",
    "called_party",
    "caller",
    "called",
    "state",
    "setup",
    "connected",
    "released",
    "released_by",
    "cause",
    "cause_words",
    "reason",
)
_OF_CHANNEL = ("sender", "kind", "codec", "negotiation", "media")
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


def write_calls_csv(path: Path, explanation: ShownExplanation) -> None:
    """A row per direction of media, and one for a call without any. InputError when it cannot be written."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow((*_OF_CALL, *_OF_CHANNEL, "packets", "lost", "greatest_jitter", "capture"))
            for call in explanation.calls:
                head = [inert(getattr(call, name) or "") for name in _OF_CALL]
                rows = list(_channel_rows(call, explanation.captures)) or [[]]
                writer.writerows([*head, *row] for row in rows)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None


def _channel_rows(call: ShownCall, captures: Sequence[ShownCapture]) -> Iterator[list[str | float]]:
    """A row for each capture that counted it."""
    for channel in call.channels:
        channel_cells = [inert(getattr(channel, name)) for name in _OF_CHANNEL]
        if not channel.traffic:
            yield channel_cells
        for counted, capture in zip(channel.traffic, captures, strict=False):
            yield [*channel_cells, counted.packets, counted.lost, counted.greatest_jitter, capture.file]


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
