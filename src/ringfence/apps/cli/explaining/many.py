"""`ringfence explain --many CAP...`: a site's captures as one, a row for each handset."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.explaining.table import HandsetRow, print_handset_rows, print_verdict
from ringfence.apps.cli.screen import Screen, console, print_json, progress_bar
from ringfence.apps.cli.screens.styled import StyledText
from ringfence.apps.cli.workers import JobFailed, Workers, cluster, local_workers
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.explanation import cause_words
from ringfence.apps.report.sitewide import plain_row, write_events, write_rows
from ringfence.capture.ranges import LEAST, FilePart, parts_of
from ringfence.diagnosis.many.census import Census
from ringfence.diagnosis.many.events import FileEvents, all_learned_ports, events_of, joined_ranges
from ringfence.diagnosis.many.sitewide import MergedSite, SiteRow, merge
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.errors import InputError
from ringfence.model.findings import Severity
from ringfence.model.ports import Ports
from ringfence.model.printable import printable


@dataclass(frozen=True, slots=True)
class Many:
    """What to read and by whom. `workers` 0: one for each processor; `scheduler` empty: this machine.

    `least`: octets of a range of a file that is read by itself.
    """

    captures: tuple[Path, ...]
    workers: int = 0
    scheduler: str = ""
    least: int = LEAST


def explain_many(
    asked: Many, *, json: bool = False, csv: Path | None = None, parquet: Path | None = None
) -> int:
    """Read, judge, write and show; the exit status.

    A file that cannot be read is named and the others are judged. InputError when none can be read.
    """
    files, site = read_many(asked)
    if all(file.damage and not file.frames for file in files):
        first = files[0]
        raise InputError(first.damage, where=first.file, remedy="none of the captures can be read")
    if csv is not None:
        write_rows(csv, site.rows)
    if parquet is not None:
        write_events(parquet, site)
    if json:
        document: ManyDocument = {"files": [_plain_file(file) for file in files], "handsets": list(site.rows)}
        print_json(document, provenance_of())
    else:
        console().print(str(provenance_of()), soft_wrap=True)
        print_site(console(), files, site)
    sound = not any(file.damage or file.cut for file in files)
    return OK if sound and site.rows and all(row.healthy for row in site.rows) else NOT_PROVED


def read_many(asked: Many) -> tuple[list[FileEvents], MergedSite]:
    """What each file holds, in the order given, and what they say together."""
    paths = tuple(dict.fromkeys(asked.captures))
    parts = {path: parts_of(path, least=asked.least) for path in paths}
    count = min(asked.workers or os.cpu_count() or 1, sum(map(len, parts.values())))
    with cluster(asked.scheduler) if asked.scheduler else local_workers(count) as workers:
        files = _read(workers, parts, Ports())
        learned = all_learned_ports(files)
        # Another file names a port, and its packets were passed over in these.
        late = {
            path: parts[path] for path, file in zip(paths, files, strict=True) if file.looked_at != learned
        }
        if late:
            again = dict(zip(late, _read(workers, late, learned), strict=True))
            files = [again.get(path, file) for path, file in zip(paths, files, strict=True)]
    return files, merge(files, learned)


def _read(workers: Workers, parts: Mapping[Path, tuple[FilePart, ...]], ports: Ports) -> list[FileEvents]:
    """On a terminal with a bar: octets, files, and handsets so far."""
    found: dict[Path, FileEvents] = {}
    ranges: dict[FilePart, FileEvents] = {}
    with progress_bar() as bar:
        task = bar.add_task("reading", total=sum(map(_size, parts)) or None)
        census = Census()
        waiting = [part for each in parts.values() for part in each]
        while waiting:
            again: list[FilePart] = []
            for number, done in workers(events_of, [(part, ports) for part in waiting]):
                part = waiting[number]
                events = FileEvents(str(part), damage=done.why) if isinstance(done, JobFailed) else done
                ranges[part] = events
                census.add(events.census)
                path = part.path
                siblings = (part,) if part.whole else parts[path]
                if all(each in ranges for each in siblings):
                    whole = events if part.whole else joined_ranges([ranges.pop(each) for each in siblings])
                    if whole is None:
                        again.append(FilePart(path, size=_size(path)))
                    else:
                        found[path] = whole
                words = f"{len(found)} of {len(parts)} files, {census.handsets} handsets"
                bar.update(task, advance=part.size, description=words)
            waiting = again
    return [found[path] for path in parts]


def _size(path: Path) -> int:
    """0 where it cannot be known."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class ReadFile(TypedDict):
    """`last` is the time of the last frame in seconds, `cut` that it was too long to be judged whole."""

    file: str
    octets: int
    frames: int
    of_interest: int
    last: float
    damage: str
    cut: bool


class ManyDocument(TypedDict):
    files: list[ReadFile]
    handsets: list[SiteRow]


def _plain_file(file: FileEvents) -> ReadFile:
    return {
        "file": printable(file.file),
        "octets": file.octets,
        "frames": file.frames,
        "of_interest": len(file.kept),
        "last": file.last,
        "damage": printable(file.damage),
        "cut": file.cut,
    }


def print_site(out: Screen, files: Sequence[FileEvents], site: MergedSite) -> None:
    """What was read, what is wrong with it, a line for each handset, and the verdict."""
    frames, kept = sum(file.frames for file in files), sum(len(file.kept) for file in files)
    octets = sum(file.octets for file in files)
    out.print(f"{len(files)} files, {octets} octets, {frames} frames, {kept} of interest")
    for file in files:
        if file.damage or file.cut:
            what = file.damage or f"only the first {len(file.kept)} frames of interest were judged"
            line = StyledText("DAMAGED" if file.damage else "TOO LONG", style="bold yellow")
            out.print(line.append(f"  {printable(file.file)}: {printable(what)}"))
    for finding in site.findings:
        out.print(f"{finding.code}  {printable(finding.sentence)}", soft_wrap=True)
    lines = [_line(row) for row in site.rows]
    if lines:
        out.print()
        print_handset_rows(out, "files", lines)
    out.print()
    flawed = sum(bool(file.damage or file.cut) for file in files)
    print_verdict(out, lines, qualification=f"{flawed} of the files not read to the end" if flawed else "")


def _line(row: SiteRow) -> HandsetRow:
    plain = plain_row(row)
    names = dict.fromkeys((plain["alias"], plain["mac"], *row.addresses[-1:]))
    failures = tuple(code for code in row.codes if CATALOGUE[code].severity is Severity.FAILURE)
    return HandsetRow(
        row.verdict.value,
        " ".join(str(name) for name in names if name),
        str(len(row.files)),
        row.stops_at,
        # What an earlier part found may have passed.
        cause_words(str(plain["cause"]), row.verdict, () if row.healthy else failures),
        row.healthy,
        failures,
    )
