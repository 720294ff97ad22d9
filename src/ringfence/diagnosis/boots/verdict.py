"""The stages of one boot to the state that the handset was left in."""

from ringfence.diagnosis.exchange import tally
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.stages.ras import full_requests
from ringfence.diagnosis.stages.ras_upkeep import lost_keep_alives, rejected_keep_alives
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.notify import NOTIFY_UNANSWERED
from ringfence.model.stage import Purpose, Stage
from ringfence.wire.dhcp_options import DhcpMessageType

_BY_OUTCOME = {
    StageOutcome.SILENT: HandsetVerdict.SILENT,
    StageOutcome.DROPPED: HandsetVerdict.SILENT,
    StageOutcome.REFUSED: HandsetVerdict.REFUSED,
    StageOutcome.REJECTED: HandsetVerdict.REJECTED,
    StageOutcome.ONE_WAY: HandsetVerdict.ONE_WAY,
    StageOutcome.PROHIBITED: HandsetVerdict.PROHIBITED,
    StageOutcome.UNREACHABLE: HandsetVerdict.SILENT,
    StageOutcome.INCOMPLETE: HandsetVerdict.SILENT,
}
_FLAPS = 2


def verdict_of(history: HandsetHistory, lines: tuple[StageTimeline, ...]) -> tuple[HandsetVerdict, str]:
    """The state that one boot ends in, and why in one sentence."""
    by_stage = {line.stage: line for line in lines}
    registered = by_stage[Stage.REGISTER]
    if registered.state is StageStatus.REACHED:
        return _after_registration(history, by_stage)
    failed = next(
        (
            line
            for line in lines
            if line.state is StageStatus.FAILED and line.stage.purpose is not Purpose.UPKEEP
        ),
        None,
    )
    if failed is None:
        return HandsetVerdict.UNDECIDED, _undecided(history)
    verdict = _BY_OUTCOME[failed.outcome or StageOutcome.INCOMPLETE]
    return verdict, f"stops at {failed.stage.label}: {failed.because}"


def _undecided(history: HandsetHistory) -> str:
    if not history.is_handset_end_known:
        kinds = " and ".join(dict.fromkeys(seen.message for seen in history.ras))
        return f"{kinds} go both ways: the capture does not show which end is the handset"
    asked = {seen.kind for seen in history.dhcp if seen.from_handset}
    if asked == {DhcpMessageType.INFORM} and not history.ras:
        return (
            "it only asked for options (DHCPINFORM), as a softphone does; no registration is in the capture"
        )
    return "no stage failed, and no registration is in the capture"


def _after_registration(
    history: HandsetHistory, states: dict[Stage, StageTimeline]
) -> tuple[HandsetVerdict, str]:
    gone = lost_keep_alives(history)
    if gone:
        return HandsetVerdict.EXPIRED, f"registered, then {len(gone)} keep-alives in a row were not answered"
    ended = [
        seen for seen in history.ras if seen.message == "URQ" and not seen.dropped and not seen.from_handset
    ]
    confirmed = [seen for seen in history.ras if seen.message == "RCF" and not seen.dropped]
    again = [seen for seen in history.ras if seen.message == "RRJ" and seen.reason in _START_AGAIN]
    if len(again) >= _FLAPS or (len(full_requests(history)) > _FLAPS and len(ended) >= _FLAPS):
        return (
            HandsetVerdict.FLAPPING,
            f"registers repeatedly: the gatekeeper lost its registration {len(again)} times",
        )
    if ended and (not confirmed or confirmed[-1].time < ended[-1].time):
        return (
            HandsetVerdict.EXPIRED,
            f"the gatekeeper ended the registration with URQ {ended[-1].reason}".rstrip(),
        )
    signal = states[Stage.SIGNAL]
    if signal.state is StageStatus.FAILED:
        verdict = _BY_OUTCOME[signal.outcome or StageOutcome.INCOMPLETE]
        return verdict, f"registered, but stops at {Stage.SIGNAL.label}: {signal.because}"
    left = [seen for seen in history.ras if seen.message == "URQ" and seen.from_handset and not seen.dropped]
    if left and (not confirmed or confirmed[-1].time < left[-1].time):
        return (
            HandsetVerdict.REGISTERED,
            "registered, then the handset itself ended the registration with URQ",
        )
    notify = states[Stage.NOTIFY]
    if notify.code is NOTIFY_UNANSWERED:
        return HandsetVerdict.REGISTERED, f"registered, but {notify.because}"
    refused = rejected_keep_alives(history)
    if refused:
        count = sum(map(len, refused.values()))
        sentence = f"registered, but {tally(count, 'keep-alive')} rejected: {', '.join(refused)}"
        return HandsetVerdict.REGISTERED, sentence
    return HandsetVerdict.REGISTERED, states[Stage.REGISTER].because


_START_AGAIN = frozenset({"fullRegistrationRequired", "discoveryRequired"})
