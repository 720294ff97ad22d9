"""DISCOVER, REGISTER: what RAS shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from ringfence.diagnosis.exchange import Wording, arrived, exchange, tally, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import Observation, RasSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.ras_reasons import reject_words
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.discover import GRQ_REJECTED, GRQ_UNANSWERED
from ringfence.model.findings.register import (
    RAS_ANSWER_DROPPED,
    RAS_DROPPED,
    RAS_PORT_CLOSED,
    RRQ_REJECTED,
    RRQ_UNANSWERED,
)
from ringfence.model.stage import Stage

# H.225.0 recommends to repeat a GRQ after 5 s and an RRQ after 3 s.
RAS_PATIENCE = 5.0
_ON_THE_WAY = 1.0  # seconds in which an answer and a repetition may cross: assumed
_REPEATED = 2  # times after the answer, before it is called lost
_LONGEST_DELAY = 65.535  # seconds, of a RequestInProgress (H.225.0: delay is at most 65535 ms)


@dataclass(frozen=True, slots=True)
class RasExchange:
    """A request name, and the names of yes and no."""

    request: str
    confirm: str
    reject: str


_DISCOVERY = RasExchange("GRQ", "GCF", "GRJ")
REGISTRATION = RasExchange("RRQ", "RCF", "RRJ")
_ADMISSION = RasExchange("ARQ", "ACF", "ARJ")
# What only a registered endpoint is asked or granted (H.225.0 clause 7); any other is rejected.
_OF_REGISTERED = (
    ("ARQ", "ACF"),
    ("BRQ", "BCF"),
    ("DRQ", "DCF"),
    ("IRQ", "IRR"),
    ("RAI", "RAC"),
    ("URQ", "UCF"),
)
# ARJ reasons by which a gatekeeper says that the asker is not registered with it.
_UNREGISTERED = frozenset({"callerNotRegistered", "invalidEndpointIdentifier"})


def full_requests(history: HandsetHistory) -> list[RasSeen]:
    return [seen for seen in history.ras if seen.message == "RRQ" and not seen.keep_alive]


def keep_alives(history: HandsetHistory) -> list[RasSeen]:
    return [seen for seen in history.ras if seen.message == "RRQ" and seen.keep_alive]


def answers_to(requests: Sequence[RasSeen], history: HandsetHistory, name: str) -> list[RasSeen]:
    """Messages called `name` that bear a number of these requests and come after it.

    A capture without the requests (one direction missing) leaves the answers to speak alone.
    """
    asked: dict[int, float] = {}
    for request in requests:
        asked.setdefault(request.number, request.time)
    return [
        seen
        for seen in history.ras
        if seen.message == name and seen.number in asked and seen.time >= asked[seen.number]
    ]


def _discover(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    requests = [seen for seen in history.ras if seen.message == "GRQ"]
    judged = _asked(Stage.DISCOVER, _DISCOVERY, requests, history, options)
    if judged is not None:
        if judged.outcome is StageOutcome.SILENT and answers_unseen(history, options):
            because = "the handset went on from GRQ to RRQ, so it was answered; the capture missed the GCF"
            return replace(judged, state=StageStatus.NOT_VISIBLE, because=because, outcome=None)
        return judged
    if any(seen.message == "RRQ" for seen in history.ras) and Stage.DISCOVER not in options.expected:
        because = "the handset registers without a GRQ, or sent it before the capture began"
        return StageTimeline(Stage.DISCOVER, StageStatus.NOT_APPLICABLE, because)
    return unseen_stage(Stage.DISCOVER, options, states, "no GRQ of this handset is in the capture")


def answers_unseen(history: HandsetHistory, options: JudgeOptions) -> bool:
    """Whether one direction is missing: the handset goes on from GRQ to RRQ as only a GCF makes it, and
    nothing that any gatekeeper sent was seen."""
    if options.both_sides or options.expected & {Stage.DISCOVER, Stage.REGISTER}:
        return False
    asked = next((seen.time for seen in history.ras if seen.message == "GRQ"), None)
    if asked is None or not all(seen.from_handset for seen in history.ras):
        return False
    return any(seen.message == "RRQ" and seen.time > asked for seen in history.ras)


def _register(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage = Stage.REGISTER
    judged = _asked(stage, REGISTRATION, _of_last_login(history), history, options)
    if judged is not None and judged.state is StageStatus.REACHED:
        return judged
    if judged is not None and judged.outcome is StageOutcome.SILENT and answers_unseen(history, options):
        because = f"{tally(1 + judged.retries, 'RRQ')} sent; no packet of the gatekeeper is in the capture"
        return replace(judged, state=StageStatus.NOT_VISIBLE, because=because, outcome=None)
    refreshed = _asked(stage, REGISTRATION, keep_alives(history), history, options)
    if judged is None and refreshed is not None and refreshed.state is StageStatus.REACHED:
        return StageTimeline(
            stage,
            StageStatus.REACHED,
            f"a keep-alive is accepted, so it registered before: {refreshed.because}",
            None,
            refreshed.began,
            None,
            refreshed.evidence,
        )
    nothing = "no RRQ of this handset is in the capture"
    return judged or refreshed or _registered_before(history) or unseen_stage(stage, options, states, nothing)


def _of_last_login(history: HandsetHistory) -> list[RasSeen]:
    """The requests for the alias that asked last: what another had at this address before is not its own."""
    requests = full_requests(history)
    alias = next((set(seen.aliases) for seen in reversed(requests) if seen.aliases), set())
    return [seen for seen in requests if not seen.aliases or alias & set(seen.aliases)]


def _registered_before(history: HandsetHistory) -> StageTimeline | None:
    """What calls, reports and the end of a registration tell of one that began before the capture; None
    where they tell nothing."""
    asked = [seen for seen in history.ras if seen.message == "ARQ"]
    unknown = [seen for seen in answers_to(asked, history, "ARJ") if seen.reason in _UNREGISTERED]
    if not history.is_handset_end_known:
        return None
    for request, confirm in _OF_REGISTERED:
        requests = [seen for seen in history.ras if seen.message == request]
        confirms = [seen for seen in answers_to(requests, history, confirm) if not seen.dropped]
        if confirms and not unknown:
            because = f"registered before the capture: {request} answered by {confirm}"
            shown = (PacketEvidence(requests[0]), PacketEvidence(confirms[0]))
            return StageTimeline(
                Stage.REGISTER, StageStatus.REACHED, because, None, requests[0].time, None, shown
            )
    return rejected(Stage.REGISTER, _ADMISSION, asked, unknown[-1]) if unknown else None


def _asked(
    stage: Stage,
    names: RasExchange,
    requests: Sequence[RasSeen],
    history: HandsetHistory,
    options: JudgeOptions,
) -> StageTimeline | None:
    """One request kind and its confirm, reject, or silence."""
    if requests:
        confirms = answers_to(requests, history, names.confirm)
        rejects = answers_to(requests, history, names.reject)
    else:
        confirms = [
            seen for seen in history.ras if seen.message == names.confirm and not _any(history, names)
        ]
        rejects = []
    told = arrived(rejects)
    if requests and not told:  # the gatekeeper does not understand it
        told = [seen for seen in answers_to(requests, history, "XRS") if not seen.dropped]
    if told and not arrived(confirms):
        return rejected(stage, names, requests, told[-1])
    wording = Wording(names.request, names.confirm if confirms or not rejects else names.reject, RAS_PATIENCE)
    judged = exchange(stage, options, wording, requests, confirms or rejects, errors=history.errors)
    unheard = _asked_again(requests, confirms, history)
    if judged is not None and judged.state is StageStatus.REACHED and unheard:
        return _not_heard(judged, names, confirms, unheard)
    delayed = [seen for seen in answers_to(requests, history, "RIP") if not seen.dropped]
    if judged is not None and judged.outcome is StageOutcome.SILENT and delayed:
        asker = delayed[-1].source.ip
        because = (
            f"{judged.because}; {asker} answered RIP (request in progress), so it received {names.request}"
        )
        if options.end - delayed[-1].time > _LONGEST_DELAY:
            return replace(judged, because=because, outcome=StageOutcome.INCOMPLETE)
        return replace(judged, state=StageStatus.NOT_VISIBLE, because=because, outcome=None)
    if (
        judged is not None
        and judged.outcome is StageOutcome.ONE_WAY
        and confirms
        and _went_on(requests, history, options)
    ):
        because = (
            f"{names.request} was answered and not repeated: the capture missed that {names.confirm} arrived"
        )
        return replace(judged, state=StageStatus.REACHED, because=because, outcome=None)
    return judged


def _asked_again(
    requests: Sequence[RasSeen], confirms: Sequence[RasSeen], history: HandsetHistory
) -> list[RasSeen]:
    """The repetitions of a request that was answered, where nothing else follows it.

    What is sent again keeps its requestSeqNum (H.225.0 clause 7), and nobody repeats what was answered.
    """
    if not requests or not confirms:
        return []
    last = requests[-1]
    answered = next((seen.time for seen in confirms if seen.number == last.number), inf)
    later = [seen for seen in requests if seen.number == last.number and seen.time > answered + _ON_THE_WAY]
    if len(later) < _REPEATED:
        return []
    went_on = any(
        seen.time > last.time and _is_own(seen, history) for seen in (*history.ras, *history.streams)
    )
    return [] if went_on else later


def _is_own(seen: Observation, history: HandsetHistory) -> bool:
    return seen.source.ip in history.addresses


def _not_heard(
    judged: StageTimeline, names: RasExchange, confirms: Sequence[RasSeen], unheard: Sequence[RasSeen]
) -> StageTimeline:
    because = (
        f"{names.request} {unheard[0].number} was answered by {names.confirm} from {confirms[0].source.ip},"
        f" and sent again {len(unheard)} times after that: the answers do not reach the handset"
    )
    shown = tuple(PacketEvidence(seen) for seen in (confirms[0], *unheard[:3]))
    return replace(
        judged,
        state=StageStatus.FAILED,
        because=because,
        outcome=StageOutcome.ONE_WAY,
        ended=unheard[-1].time,
        evidence=shown,
        code=RAS_ANSWER_DROPPED,
    )


def _went_on(requests: Sequence[RasSeen], history: HandsetHistory, options: JudgeOptions) -> bool:
    """Whether the handset acts as if it had been answered: it asked once, and then did something else."""
    asked = requests[0].time if len(requests) == 1 else options.end
    others = (*history.ras, *history.streams)
    return options.end - asked > RAS_PATIENCE and any(
        seen.source.ip in history.addresses and seen.time > asked for seen in others
    )


def _any(history: HandsetHistory, names: RasExchange) -> bool:
    return any(seen.message == names.request for seen in history.ras)


def rejected(stage: Stage, names: RasExchange, requests: Sequence[RasSeen], reject: RasSeen) -> StageTimeline:
    request = next((seen for seen in reversed(requests) if seen.number == reject.number), requests[-1])
    because = (
        f"{reject.source.ip} answered {names.request} with {reject.message}: {reject_words(reject, request)}"
    )
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.REJECTED,
        requests[0].time,
        reject.time,
        (PacketEvidence(request), PacketEvidence(reject)),
        len(requests) - 1,
    )


REGISTER_CODES = {
    StageOutcome.DROPPED: RAS_DROPPED,
    StageOutcome.ONE_WAY: RAS_ANSWER_DROPPED,
    StageOutcome.REJECTED: RRQ_REJECTED,
    StageOutcome.REFUSED: RAS_PORT_CLOSED,
    None: RRQ_UNANSWERED,
}
ROWS = (
    StageRow(
        Stage.DISCOVER,
        _discover,
        {**REGISTER_CODES, StageOutcome.REJECTED: GRQ_REJECTED, None: GRQ_UNANSWERED},
        follows=Stage.PROVISION,
    ),
    StageRow(Stage.REGISTER, _register, REGISTER_CODES, follows=Stage.DISCOVER),
)
