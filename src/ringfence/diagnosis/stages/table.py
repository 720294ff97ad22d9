"""Every stage's row, and the order in which stages are judged."""

from collections.abc import Iterable
from graphlib import TopologicalSorter

from ringfence.diagnosis.stages import dhcp, echo, files, ras, ras_upkeep, signalling, talk
from ringfence.diagnosis.stages.row import StageRow
from ringfence.model.stage import Stage


def _by_stage(rows: Iterable[StageRow]) -> dict[Stage, StageRow]:
    found = {row.stage: row for row in rows}
    for stage in Stage:
        if stage not in found:
            raise TypeError(
                f"Stage.{stage.name} has no StageRow: add one, with its judge and its codes, to ROWS of a "
                "module in diagnosis/stages"
            )
    return found


STAGE_ROWS = _by_stage(
    (*dhcp.ROWS, *files.ROWS, *signalling.ROWS, *ras.ROWS, *ras_upkeep.ROWS, *echo.ROWS, *talk.ROWS)
)


def _in_judging_order() -> tuple[StageRow, ...]:
    """Each stage behind those it depends on. CycleError where two wait for one another."""
    needs = {stage: sorted(stage.after | STAGE_ROWS[stage].reads) for stage in Stage}
    return tuple(STAGE_ROWS[stage] for stage in TopologicalSorter(needs).static_order())


JUDGING_ORDER = _in_judging_order()
