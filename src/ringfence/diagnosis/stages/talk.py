"""RESOLVE, MEDIA, SERVICES: what captures are not asked for. A proof judges them by what a site says."""

from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.row import Judged, StageJudge, StageRow
from ringfence.diagnosis.timeline import StageStatus, StageTimeline
from ringfence.model.stage import BY_PROOF_ALONE, Stage


def _beside(stage: Stage) -> StageJudge:
    def judge(_history: HandsetHistory, _options: JudgeOptions, _states: Judged) -> StageTimeline:
        return StageTimeline(stage, StageStatus.NOT_APPLICABLE, f"{stage.label} is judged by proofs alone")

    return judge


ROWS = tuple(StageRow(stage, _beside(stage), {}) for stage in sorted(BY_PROOF_ALONE))
