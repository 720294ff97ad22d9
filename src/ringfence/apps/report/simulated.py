"""A simulation in words, as CSV and as a document: how long until everybody can call, and what held it up."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from ringfence.apps.report.document import (
    Cell,
    Chart,
    ChartLine,
    Document,
    Points,
    Prose,
    Section,
    TableBlock,
    Tone,
)
from ringfence.apps.report.tables import inert
from ringfence.model.errors import InputError
from ringfence.model.provenance import Provenance
from ringfence.simulation.outcome import Found, Percentiles
from ringfence.simulation.scenario import Scenario

_MOST_BROKEN = 25
_MINUTE, _HOUR = 60, 60 * 60


def duration(seconds: float | None) -> str:
    """In the unit that a person would say; None: never."""
    if seconds is None:
        return "never"
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 10 * _MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds / _MINUTE:.1f} min" if seconds < 10 * _HOUR else f"{seconds / _HOUR:.1f} h"


def verdict(found: Found) -> str:
    """One line: the answer."""
    if found.everybody is not None:
        said = (
            f"EVERYBODY CAN CALL  {duration(found.everybody)} after power returned: all {found.phones} phones"
        )
    else:
        said = f"NOT EVERYBODY CAN CALL  {found.ready} of {found.phones} phones could be called at some time"
    holding = found.holding
    return said if holding == found.phones else f"{said}; {holding} are registered at the end"


def well(found: Found) -> bool:
    """Whether every phone could be called, and is registered at the end."""
    return found.everybody is not None and found.holding == found.phones


def quantile_rows(found: Found) -> list[tuple[str, ...]]:
    """SimulatedSeconds since each phone got its power."""

    def row(what: str, each: Percentiles) -> tuple[str, ...]:
        return (what, *map(duration, (each.median, each.p90, each.p99, each.last)))

    return [row("registered", found.registered), row("can be called", found.can_be_called)]


def queue_rows(found: Found) -> list[tuple[str, ...]]:
    return [
        (
            each.server,
            str(each.served),
            str(each.most),
            duration(each.waited),
            duration(each.longest),
            str(each.lost),
        )
        for each in found.queues
    ]


QUANTILES = ("since its power came", "median", "90 %", "99 %", "last")
QUEUES = ("server", "messages", "waited at most", "on average", "at longest", "lost")


def broken_lines(found: Found) -> list[str]:
    """What went wrong, in order of its first time; what came first is what to look at."""
    shown = [f"{each.at:9.2f} s  {each.what} ({each.times}x)" for each in found.broken[:_MOST_BROKEN]]
    left = len(found.broken) - len(shown)
    return [*shown, f"and {left} more kinds"] if left > 0 else shown


def fact_lines(found: Found) -> list[str]:
    """What else a person asks."""
    lines = [f"peak states of {name}: {count}" for name, count in found.peak_states.items()]
    lines.append(f"registrations lost: {found.lost}")
    retries = ", ".join(f"{name} {count}" for name, count in found.repeated.items()) or "none"
    lines.append(f"messages sent again by phones: {retries}")
    return lines


def notes(found: Found) -> list[str]:
    """What the figures do not say."""
    said = [
        "States and queues are looked at once a second: a peak between two looks is higher.",
        "Phones and servers are ringfence's own; a capacity that is not given is unlimited.",
    ]
    if found.shares > 1:
        said.append(
            f"The phones were simulated in {found.shares} parts, each with its share of every server's "
            "capacity and of the firewalls' states; --workers 1 simulates all of them together."
        )
    return said


def simulated_document(
    name: str, scenario: Scenario, found: Found, warnings: Iterable[str], made: Provenance
) -> Document:
    """The page of one run."""
    good = well(found)
    marks = tuple((each.at, f"{each.whom} {each.failure}") for each in scenario.happenings)
    return Document(
        f"Power returns to {found.phones} phones of {name}",
        verdict(found),
        Tone.GOOD if good else Tone.BAD,
        f"Power comes back within {duration(scenario.within)}; each phone then gets its addresses, files, "
        "registration and call signalling from the site's servers through its firewalls.",
        (
            ("Everybody can call after", duration(found.everybody)),
            *((f"Peak states of {node}", f"{count:,}") for node, count in found.peak_states.items()),
            ("Registrations lost", f"{found.lost:,}"),
            ("Messages sent again", f"{sum(found.repeated.values()):,}"),
            ("Seed", str(scenario.seed)),
            ("Made", str(made)),
        ),
        tuple(_sections(scenario, found, list(warnings), marks)),
    )


def _sections(
    scenario: Scenario, found: Found, warnings: list[str], marks: tuple[tuple[float, str], ...]
) -> Iterator[Section]:
    yield Section(
        "How long until phones can call",
        (
            Chart(
                "Phones that can be called, by time since power returned",
                "seconds since power returned",
                "phones",
                (
                    ChartLine(
                        "can be called now", tuple((each.at, float(each.ready)) for each in found.samples)
                    ),
                    ChartLine("could be called once", tuple((at, float(count)) for at, count in found.curve)),
                ),
                marks,
            ),
            _table(QUANTILES, quantile_rows(found)),
        ),
    )
    broken = broken_lines(found)
    first = Points("In order of the first time; what came first is what to look at.", tuple(broken))
    yield Section("What went wrong first", (first if broken else Prose("Nothing."),))
    if found.queues:
        yield Section(
            "Servers",
            (
                _sampled(
                    "Messages that wait", "messages", [each.waiting for each in found.samples], found, marks
                ),
                _table(QUEUES, queue_rows(found)),
            ),
        )
    yield Section(
        "Firewalls",
        (
            _sampled(
                "Connections remembered", "states", [each.states for each in found.samples], found, marks
            ),
        ),
    )
    yield Section("Retries", (Points("Messages that phones sent again.", tuple(fact_lines(found))),))
    yield Section("What this says and does not say", (Points("", (*warnings, *notes(found))),))
    yield Section("The scenario", (_scenario_table(scenario),), True)


def _sampled(
    caption: str, what: str, rows: list[dict[str, int]], found: Found, marks: tuple[tuple[float, str], ...]
) -> Chart:
    names = dict.fromkeys(name for row in rows for name in row)
    times = [each.at for each in found.samples]
    lines = tuple(
        ChartLine(name, tuple((at, float(row.get(name, 0))) for at, row in zip(times, rows, strict=True)))
        for name in names
    )
    return Chart(caption, "seconds since power returned", what, lines, marks)


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> TableBlock:
    return TableBlock(headings, tuple(tuple(Cell(text) for text in row) for row in rows))


def _scenario_table(scenario: Scenario) -> TableBlock:
    rows: list[tuple[str, ...]] = [
        ("phones", str(scenario.phones)),
        ("power returns within", duration(scenario.within)),
        ("watched for", "until all can be called" if scenario.until is None else duration(scenario.until)),
        ("seed", str(scenario.seed)),
        ("states of each firewall", str(scenario.states)),
    ]
    for part, cable in scenario.cables.items():
        rows.append(
            (
                f"cables: {part}",
                f"loss {cable.loss:.3%}, doubled {cable.doubled:.3%}, "
                f"delay {cable.delay * 1000:g} ms and up to {cable.spread * 1000:g} ms more",
            )
        )
    for name, capacity in scenario.servers.items():
        rows.append(
            (
                f"capacity: {name}",
                f"{capacity.service * 1000:.3g} ms a message, {capacity.workers} at once, "
                f"{capacity.waiting} may wait",
            )
        )
    for each in scenario.happenings:
        lasts = "" if each.lasts is None else f" for {duration(each.lasts)}"
        rows.append(("fails", f"{each.whom} {each.failure} at {duration(each.at)}{lasts}"))
    return _table(("what", "value"), rows)


def write_samples(path: Path, found: Found) -> None:
    """CSV: a row for each look. InputError when the file cannot be written."""
    states = sorted({name for each in found.samples for name in each.states})
    waiting = sorted({name for each in found.samples for name in each.waiting})
    headings = (
        "seconds",
        "can_be_called",
        *(f"states {n}" for n in states),
        *(f"waiting {n}" for n in waiting),
    )
    rows = (
        (
            each.at,
            each.ready,
            *(each.states.get(name, 0) for name in states),
            *(each.waiting.get(name, 0) for name in waiting),
        )
        for each in found.samples
    )
    write_csv(path, headings, rows)


def write_csv(path: Path, headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """InputError when the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([inert(each) for each in headings])
            writer.writerows([inert(each) if isinstance(each, str) else each for each in row] for row in rows)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
