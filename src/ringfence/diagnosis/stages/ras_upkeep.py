"""NOTIFY, KEEP_ALIVE: what RAS shows of a registration's life."""

from collections import Counter
from collections.abc import Sequence
from math import inf

from ringfence.diagnosis.exchange import Wording, arrived, exchange, lost, tally, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import RasSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.ras import (
    RAS_PATIENCE,
    REGISTER_CODES,
    REGISTRATION,
    answers_to,
    keep_alives,
    rejected,
)
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.diagnosis.udp_state import UdpStates, timers_by_stream
from ringfence.model.findings.keep_alive import KEEP_ALIVE_UNANSWERED
from ringfence.model.findings.notify import NOTIFY_DROPPED, NOTIFY_UNANSWERED
from ringfence.model.stage import Stage

_TRIES = 3  # asked so often, nobody is there
# What a gatekeeper sends unasked (H.225.0 clauses 7.10-7.15). NSM is an answer when it repeats the number
# of the handset's own NSM (seen with 16xx sets: switch information request and response).
_UNASKED = frozenset({"URQ", "IRQ", "NSM", "DRQ", "BRQ", "SCI"})
_NEEDS_NO_ANSWER = frozenset({"NSM"})


def _notify(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage = Stage.NOTIFY
    unanswered = _unanswered(history, options)
    unasked, shorter = unasked_after(history, options.state_timeout)
    came = arrived(unasked)
    if unasked and not came:
        first = unasked[0]
        because = f"{first.message} from {first.source.ip} did not arrive: {lost(first, options)}"
        shown = tuple(PacketEvidence(seen) for seen in unasked[:3])
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.DROPPED, first.time, unasked[-1].time, shown
        )
    if unanswered:
        return _not_answered(unanswered)
    if not unasked:
        nothing = "the gatekeeper sent no request of its own"
        if shorter is not None:
            idle, lifetime = shorter
            nothing = (
                f"the gatekeeper sent first after only {idle:.0f} s of silence, within the UDP state "
                f"timeout of {lifetime:.0f} s"
            )
        return unseen_stage(stage, options, states, nothing)
    answer = _reply_to(came[0], history)
    if answer is None and (not options.both_sides or came[0].unsure):
        because = f"{tally(len(came), came[0].message)} sent, not answered: arrival is not shown"
        return StageTimeline(
            stage, StageStatus.NOT_VISIBLE, because, None, came[0].time, None, (PacketEvidence(came[0]),)
        )
    because = f"{came[0].message} from {came[0].source.ip} reached the handset after a long silence"
    shown = tuple(PacketEvidence(seen) for seen in (came[0], answer) if seen is not None)
    return StageTimeline(stage, StageStatus.REACHED, because, None, came[0].time, shown[-1].time, shown)


def _unanswered(history: HandsetHistory, options: JudgeOptions) -> list[RasSeen]:
    """What the gatekeeper asked last of each kind, and nobody answered.

    An NSM need not be answered (H.225.0 clause 7.15); one that is repeated waits for it. Where nothing at all
    of the handset is in the capture, its answers are not missing alone.
    """
    sent = {seen.message for seen in history.ras if not seen.from_handset} & _UNASKED
    if not sent or not any(seen.from_handset for seen in history.ras):
        return []
    found: list[RasSeen] = []
    for message in sorted(sent):
        asked = [seen for seen in history.ras if seen.message == message and not seen.from_handset]
        own = {seen.number for seen in history.ras if seen.message == message and seen.from_handset}
        came = [seen for seen in arrived(asked) if seen.number not in own]
        last = max((seen.time for seen in came if _reply_to(seen, history)), default=-inf)
        open_ = [seen for seen in came if seen.time > last]
        repeated = any(count > 1 for count in Counter(seen.number for seen in open_).values())
        waited = bool(open_) and options.end - open_[-1].time >= RAS_PATIENCE
        if len(open_) >= _TRIES or (waited and (repeated or message not in _NEEDS_NO_ANSWER)):
            found += open_ if repeated or message not in _NEEDS_NO_ANSWER else []
    return sorted(found, key=lambda seen: seen.time)


def _not_answered(unanswered: Sequence[RasSeen]) -> StageTimeline:
    counts = Counter(seen.message for seen in unanswered)
    what = " and ".join(tally(count, message) for message, count in counts.items())
    first = unanswered[0]
    because = f"{what} of the gatekeeper {first.source.ip} got no answer from {first.destination}"
    return StageTimeline(
        Stage.NOTIFY,
        StageStatus.FAILED,
        because,
        StageOutcome.SILENT,
        first.time,
        unanswered[-1].time,
        tuple(PacketEvidence(seen) for seen in unanswered[:4]),
        len(unanswered) - 1,
        NOTIFY_UNANSWERED,
    )


def _keep_alive(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    """Whether the handset could renew what it had: by light-weight RRQ, full RRQ, or discovery again."""
    stage = Stage.KEEP_ALIVE
    first = next((seen for seen in history.ras if seen.message == "RCF" and not seen.dropped), None)
    if first is None:
        return unseen_stage(stage, options, states, "there was no registration to renew")
    later = [seen for seen in history.ras if seen.time > first.time]
    requests = [seen for seen in later if seen.message in {"GRQ", "RRQ"}]
    if not requests:
        return unseen_stage(stage, options, states, "the handset did not renew its registration")
    confirms = [seen for seen in later if seen.message == "RCF" and not seen.dropped]
    if confirms:
        asked = [seen for seen in requests if seen.number == confirms[0].number] or requests
        shown = tuple(PacketEvidence(seen) for seen in (asked[0], confirms[0]))
        because = f"registered again {confirms[0].time - first.time:.0f} s later"
        return StageTimeline(stage, StageStatus.REACHED, because, None, asked[0].time, shown[-1].time, shown)
    rejects = [seen for seen in later if seen.message == "RRJ" and not seen.dropped]
    if rejects:
        return rejected(stage, REGISTRATION, requests, rejects[-1])
    answers = [seen for seen in later if seen.message in {"GCF", "RCF"}]
    wording = Wording(requests[0].message, "answer", RAS_PATIENCE)
    found = exchange(stage, options, wording, requests, answers, errors=history.errors)
    if found is not None and found.state is StageStatus.REACHED:
        because = "discovery was answered, the registration that should follow was not"
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.SILENT, found.began, None, found.evidence
        )
    return found or unseen_stage(stage, options, states, "the handset did not renew its registration")


def unasked_after(
    history: HandsetHistory, state_timeout: float
) -> tuple[list[RasSeen], tuple[float, float] | None]:
    """Messages that the gatekeeper opened with when a firewall had forgotten these ports; and the longest
    silence that it broke before that, with how long it would have been remembered."""
    if not any(seen.message in _UNASKED for seen in history.ras):
        return [], None
    states = UdpStates(timers_by_stream(state_timeout))
    own: set[tuple[str, int]] = set()
    found: list[RasSeen] = []
    shorter: tuple[float, float] | None = None
    for seen in history.ras:
        if seen.from_handset:
            own.add((seen.message, seen.number))
        elif seen.message in _UNASKED and (seen.message, seen.number) not in own:
            repeated = bool(found) and found[-1].number == seen.number
            if repeated or not states.is_known(seen):
                found.append(seen)
            else:
                shorter = max(shorter or (0.0, 0.0), (states.idle(seen), states.lifetime(seen)))
        if not seen.dropped:
            states.passed(seen)
    return found, shorter


def _reply_to(request: RasSeen, history: HandsetHistory) -> RasSeen | None:
    return next(
        (
            seen
            for seen in history.ras
            if seen.from_handset and seen.number == request.number and seen.time >= request.time
        ),
        None,
    )


def lost_keep_alives(history: HandsetHistory) -> list[RasSeen]:
    """The unanswered keep-alives at the end of the history, when nothing the gatekeeper said follows them."""
    unanswered: list[RasSeen] = []
    for seen in history.ras:
        if seen.message == "RRQ" and seen.keep_alive:
            unanswered.append(seen)
        elif not seen.from_handset and not seen.dropped:
            unanswered.clear()
    return unanswered if len(unanswered) >= _TRIES else []


def rejected_keep_alives(history: HandsetHistory) -> dict[str, list[RasSeen]]:
    """The RRJs to keep-alives, by reason."""
    found: dict[str, list[RasSeen]] = {}
    for seen in answers_to(keep_alives(history), history, "RRJ"):
        if not seen.dropped:
            found.setdefault(seen.reason, []).append(seen)
    return found


ROWS = (
    StageRow(Stage.NOTIFY, _notify, {None: NOTIFY_DROPPED}),
    StageRow(Stage.KEEP_ALIVE, _keep_alive, {**REGISTER_CODES, None: KEEP_ALIVE_UNANSWERED}),
)
