"""What became of many emulated handsets: how many reached each stage, after how long, and what went wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

import msgspec

from ringfence.apps.report.document import Cell, Document, Section, TableBlock, Tone
from ringfence.model.provenance import Provenance
from ringfence.model.stage import Stage

PERCENTILES = (50, 90, 95, 99, 100)
_MOST_TROUBLES = 20


class StageTimes(msgspec.Struct, frozen=True):
    """`reached`: how many handsets. `seconds`: from power-up, by percentile; empty where none reached it."""

    stage: Stage
    reached: int
    seconds: dict[int, float]


class PhonesReport(msgspec.Struct, frozen=True):
    """`good`: registered, with all that they were to have, until they left. `troubles`: how often each."""

    count: int
    good: int
    seconds: float
    stages: tuple[StageTimes, ...]
    troubles: dict[str, int]

    @property
    def rate(self) -> float:
        """Registrations a second over the whole run."""
        return self.good / self.seconds if self.seconds > 0 else 0.0


def phones_report(
    times: Sequence[Mapping[Stage, float]], troubles: Iterable[str], seconds: float
) -> PhonesReport:
    """`times`: of each handset, seconds from its power-up to each stage; `troubles`: of each, empty: none."""
    told = list(troubles)
    counted = Counter(each for each in told if each)
    stages = tuple(
        StageTimes(stage, len(found), percentiles(found))
        for stage in Stage
        if (found := sorted(each[stage] for each in times if stage in each))
    )
    return PhonesReport(
        len(times), sum(not each for each in told), seconds, stages, dict(counted.most_common(_MOST_TROUBLES))
    )


def percentiles(ascending: Sequence[float]) -> dict[int, float]:
    """Nearest rank: a value that was measured, never one in between."""
    return (
        {p: ascending[max(0, ceil(p / 100 * len(ascending)) - 1)] for p in PERCENTILES} if ascending else {}
    )


def phones_document(report: PhonesReport, gatekeeper: str, made: Provenance) -> Document:
    """For a change ticket or an acceptance test."""
    good = report.good == report.count
    headings = ("stage", "handsets", *(_heading(each) for each in PERCENTILES))
    rows = tuple(
        (
            Cell(each.stage.label, Tone.GOOD if each.reached == report.count else Tone.BAD),
            Cell(str(each.reached)),
            *(Cell(f"{each.seconds[p]:.3f} s") for p in PERCENTILES),
        )
        for each in report.stages
    )
    troubles = tuple((Cell(str(count)), Cell(words)) for words, count in report.troubles.items())
    sections = (
        Section("Time from power-up to each stage", (TableBlock(headings, rows),)),
        Section("What went wrong", (TableBlock(("handsets", "why"), troubles, 1),) if troubles else ()),
    )
    return Document(
        f"Emulated handsets: {gatekeeper}",
        "registered" if good else "not all registered",
        Tone.GOOD if good else Tone.BAD,
        f"{report.good} of {report.count} handsets registered, and stayed so until they left.",
        (
            ("handsets", str(report.count)),
            ("duration", f"{report.seconds:.1f} s"),
            ("registrations", f"{report.rate:.1f} a second"),
            ("made by", str(made)),
        ),
        tuple(section for section in sections if section.blocks),
    )


def stage_rows(report: PhonesReport) -> list[tuple[str, ...]]:
    """A row of text for each stage."""
    return [
        (str(each.stage), str(each.reached), *(f"{each.seconds[p]:.3f}" for p in PERCENTILES))
        for each in report.stages
    ]


def stage_headings() -> tuple[str, ...]:
    return ("stage", "handsets", *map(_heading, PERCENTILES))


def _heading(percentile: int) -> str:
    return "slowest" if percentile == 100 else f"p{percentile} s"
