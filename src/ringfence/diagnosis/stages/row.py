"""What the judge knows of one stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import StageOutcome, StageTimeline
from ringfence.model.findings import Code
from ringfence.model.findings.path import STAGE_ABSENT
from ringfence.model.stage import Stage

# What was judged of the stages before.
Judged: TypeAlias = Mapping[Stage, StageTimeline]
StageJudge: TypeAlias = Callable[[HandsetHistory, JudgeOptions, Judged], StageTimeline]


@dataclass(frozen=True, slots=True)
class StageRow:
    """How one stage is judged, and which finding its failure is.

    `codes` are by outcome; None: whatever outcome is not listed. `absent`: no packet of the stage was seen
    although it was due. `reads`: stages that `judge` looks at beside `stage.after`. `follows`: the stage that
    this one normally begins at once after.
    """

    stage: Stage
    judge: StageJudge
    codes: Mapping[StageOutcome | None, Code]
    absent: Code = STAGE_ABSENT
    reads: frozenset[Stage] = frozenset()
    follows: Stage | None = None

    def code(self, line: StageTimeline) -> Code:
        """The finding of a failed stage: its own where it knows a finer one than its outcome tells."""
        if line.code is not None:
            return line.code
        if not line.evidence:
            return self.absent
        return self.codes.get(line.outcome) or self.codes[None]
