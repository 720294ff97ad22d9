"""The rows and the events of many captures as plain values, as CSV and as Parquet."""

import csv
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ringfence.apps.report.tables import inert
from ringfence.diagnosis.many.sightings import Sighting
from ringfence.diagnosis.many.sitewide import MergedSite, SiteRow
from ringfence.model.errors import InputError
from ringfence.model.printable import printable

_TEXT, _TIME, _FRAMES = "text", "time", "frames"
# One row for each handset, stage and file that shows it. The verdict is that of all files together.
_EVENT = {
    "handset": _TEXT,
    "mac": _TEXT,
    "alias": _TEXT,
    "address": _TEXT,
    "verdict": _TEXT,
    "stops_at": _TEXT,
    "codes": _TEXT,
    "stage": _TEXT,
    "state": _TEXT,
    "outcome": _TEXT,
    "because": _TEXT,
    "began": _TIME,
    "ended": _TIME,
    "file": _TEXT,
    "frames": _FRAMES,
}


def plain_row(row: SiteRow) -> dict[str, str | float]:
    """What a table shows of a handset; everything that came out of packets is printable."""
    return {
        "verdict": row.verdict.value,
        "handset": printable(row.handset),
        "alias": printable(row.alias),
        "mac": row.mac,
        "addresses": " ".join(row.addresses),
        "reached": " ".join(stage.value for stage in row.reached),
        "stops_at": row.stops_at,
        "cause": printable(row.sentence),
        "findings": " ".join(row.codes),
        "first": row.first,
        "last": row.last,
        "files": len(row.files),
    }


def events(site: MergedSite) -> Iterator[dict[str, object]]:
    """The keys are the columns of `write_events`; a stage that no frame shows has no row."""
    for row in site.rows:
        for seen in site.sightings[row.handset]:
            yield from _of(row, seen)


def _of(row: SiteRow, seen: Sighting) -> Iterator[dict[str, object]]:
    for step in seen.steps:
        by_file: dict[str, list[int]] = {}
        for file, number in step.frames:
            by_file.setdefault(file, []).append(number)
        for file, numbers in by_file.items():
            values = (
                printable(row.handset),
                row.mac,
                printable(row.alias),
                row.addresses[-1] if row.addresses else "",
                row.verdict.value,
                row.stops_at,
                " ".join(row.codes),
                step.stage.value,
                step.state.value,
                step.outcome,
                printable(step.because),
                step.began,
                step.ended,
                printable(file),
                numbers,
            )
            yield dict(zip(_EVENT, values, strict=True))


def write_rows(path: Path, rows: Sequence[SiteRow]) -> None:
    """CSV, a row for each handset; InputError when the file cannot be written."""
    plain = [plain_row(row) for row in rows]
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(plain[0] if plain else ())
            writer.writerows([inert(value) for value in row.values()] for row in plain)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None


def write_events(path: Path, site: MergedSite) -> None:
    """Parquet, a row for each event; InputError without pyarrow, or when the file cannot be written."""
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow, which is not installed",
            where="--parquet",
            remedy="pip install ringfence[bulk]",
        ) from None
    kinds = {_TEXT: arrow.string(), _TIME: arrow.float64(), _FRAMES: arrow.list_(arrow.int64())}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in _EVENT.items()])
    try:
        parquet.write_table(arrow.Table.from_pylist(list(events(site)), schema=schema), str(path))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
