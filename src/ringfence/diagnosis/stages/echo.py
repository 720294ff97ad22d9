"""ECHO: what ICMP echo between handset and gatekeeper shows."""

from ringfence.diagnosis.exchange import Wording, exchange, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import EchoSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.timeline import StageTimeline
from ringfence.model.findings.echo import ECHO_UNANSWERED
from ringfence.model.stage import Stage

_PATIENCE = 2.0  # assumed: no path to a gatekeeper takes longer


def _echo(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage = Stage.ECHO
    echoes = [seen for seen in history.echoes if {seen.source.ip, seen.destination.ip} & history.gatekeepers]
    requests = [seen for seen in echoes if seen.request]
    asked = {_number(seen) for seen in requests}
    replies = [seen for seen in echoes if not seen.request and _number(seen) in asked]
    wording = Wording("echo request", "echo reply", _PATIENCE)
    judged = exchange(stage, options, wording, requests, replies, errors=history.errors)
    return judged or unseen_stage(
        stage, options, states, "no echo between the handset and a gatekeeper is in the capture"
    )


def _number(seen: EchoSeen) -> tuple[int, int]:
    return seen.identifier, seen.sequence


ROWS = (StageRow(Stage.ECHO, _echo, {None: ECHO_UNANSWERED}),)
