"""DISCOVER, REGISTER, NOTIFY, KEEP_ALIVE: what RAS shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ringfence.diagnosis.exchange import Wording, arrived, exchange, lost, tally, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import RasSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.discover import GRQ_REJECTED, GRQ_UNANSWERED
from ringfence.model.findings.keep_alive import KEEP_ALIVE_UNANSWERED
from ringfence.model.findings.notify import NOTIFY_DROPPED
from ringfence.model.findings.register import RAS_ANSWER_DROPPED, RAS_DROPPED, RRQ_REJECTED, RRQ_UNANSWERED
from ringfence.model.stage import Stage

# H.225.0 recommends to repeat a GRQ after 5 s and an RRQ after 3 s.
_PATIENCE = 5.0
_LOST_KEEP_ALIVES = 3
_LONGEST_DELAY = 65.535  # seconds, of a RequestInProgress (H.225.0: delay is at most 65535 ms)
# What a gatekeeper sends unasked (H.225.0 clauses 7.10-7.15). NSM is an answer when it repeats the number
# of the handset's own NSM (seen with 16xx sets: switch information request and response).
_UNASKED = frozenset({"URQ", "IRQ", "NSM", "DRQ", "BRQ", "SCI"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request name, and the names of yes and no."""

    request: str
    confirm: str
    reject: str


_DISCOVERY = _Asked("GRQ", "GCF", "GRJ")
_REGISTRATION = _Asked("RRQ", "RCF", "RRJ")
_ADMISSION = _Asked("ARQ", "ACF", "ARJ")
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
    judged = _asked(stage, _REGISTRATION, full_requests(history), history, options)
    if judged is not None and judged.state is StageStatus.REACHED:
        return judged
    if judged is not None and judged.outcome is StageOutcome.SILENT and answers_unseen(history, options):
        because = f"{tally(1 + judged.retries, 'RRQ')} sent; no packet of the gatekeeper is in the capture"
        return replace(judged, state=StageStatus.NOT_VISIBLE, because=because, outcome=None)
    refreshed = _asked(stage, _REGISTRATION, keep_alives(history), history, options)
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
    return _rejected(Stage.REGISTER, _ADMISSION, asked, unknown[-1]) if unknown else None


def _asked(
    stage: Stage, names: _Asked, requests: Sequence[RasSeen], history: HandsetHistory, options: JudgeOptions
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
        return _rejected(stage, names, requests, told[-1])
    wording = Wording(names.request, names.confirm if confirms or not rejects else names.reject, _PATIENCE)
    judged = exchange(stage, options, wording, requests, confirms or rejects, errors=history.errors)
    delayed = [seen for seen in answers_to(requests, history, "RIP") if not seen.dropped]
    if judged is not None and judged.outcome is StageOutcome.SILENT and delayed:
        asker = delayed[-1].source.ip
        because = f"{judged.because}; {asker} asked for patience with RIP, so it got {names.request}"
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


def _went_on(requests: Sequence[RasSeen], history: HandsetHistory, options: JudgeOptions) -> bool:
    """Whether the handset acts as if it had been answered: it asked once, and then did something else."""
    asked = requests[0].time if len(requests) == 1 else options.end
    others = (*history.ras, *history.streams)
    return options.end - asked > _PATIENCE and any(
        seen.source.ip in history.addresses and seen.time > asked for seen in others
    )


def _any(history: HandsetHistory, names: _Asked) -> bool:
    return any(seen.message == names.request for seen in history.ras)


def _rejected(stage: Stage, names: _Asked, requests: Sequence[RasSeen], reject: RasSeen) -> StageTimeline:
    request = next((seen for seen in reversed(requests) if seen.number == reject.number), requests[-1])
    because = (
        f"{reject.source.ip} answered {names.request} with {reject.message}: {reason_words(reject.reason)}"
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


def reason_words(reason: str) -> str:
    """H.225.0's name of a reject reason, and what it means for an operator."""
    meaning = REASONS.get(reason)
    return f"{reason} ({meaning})" if meaning else reason or "no reason given"


REASONS = {
    "duplicateAlias": "the extension is registered from another address",
    "securityDenial": "the password or PIN is wrong, or the clocks differ",
    "securityError": "the security token does not fit",
    "discoveryRequired": "the gatekeeper wants a GRQ first",
    "fullRegistrationRequired": "the gatekeeper does not know this registration any more",
    "invalidAlias": "the gatekeeper does not know this extension",
    "invalidCallSignalAddress": "the address in the message is not acceptable, NAT perhaps",
    "invalidRASAddress": "the address in the message is not acceptable, NAT perhaps",
    "invalidTerminalType": "the extension is administered as another kind of set",
    "resourceUnavailable": "the gatekeeper is full",
    "terminalExcluded": "the gatekeeper does not serve this address or extension",
    "invalidRevision": "the gatekeeper does not speak this version of H.225.0",
    "callerNotRegistered": "the gatekeeper does not know this endpoint: it has to register again",
    "invalidEndpointIdentifier": "the gatekeeper does not know this endpoint: it has to register again",
    "undefinedReason": "the gatekeeper's own log says more",
}


def _notify(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage = Stage.NOTIFY
    unasked, idle = unasked_after(history, options.state_timeout)
    if not unasked:
        nothing = "the gatekeeper sent nothing of its own accord"
        if idle is not None:
            nothing = (
                f"the gatekeeper spoke first after {idle:.0f} s of silence only, within the "
                f"{options.state_timeout:.0f} s that a firewall remembers UDP"
            )
        return unseen_stage(stage, options, states, nothing)
    first = unasked[0]
    came = arrived(unasked)
    answer = _reply_to(came[0] if came else first, history)
    if not came:
        because = f"{first.message} from {first.source.ip} did not arrive: {lost(first, options)}"
        shown = tuple(PacketEvidence(seen) for seen in unasked[:3])
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.DROPPED, first.time, unasked[-1].time, shown
        )
    if answer is None and (not options.both_sides or came[0].unsure):
        because = f"{tally(len(came), came[0].message)} sent, not answered: arrival is not shown"
        return StageTimeline(
            stage, StageStatus.NOT_VISIBLE, because, None, first.time, None, (PacketEvidence(came[0]),)
        )
    because = f"{came[0].message} from {came[0].source.ip} reached the handset after a long silence"
    shown = tuple(PacketEvidence(seen) for seen in (came[0], answer) if seen is not None)
    return StageTimeline(stage, StageStatus.REACHED, because, None, first.time, shown[-1].time, shown)


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
        shown = tuple(PacketEvidence(seen) for seen in (requests[0], confirms[0]))
        because = f"registered again {confirms[0].time - first.time:.0f} s later"
        return StageTimeline(
            stage, StageStatus.REACHED, because, None, requests[0].time, shown[-1].time, shown
        )
    rejects = [seen for seen in later if seen.message == "RRJ" and not seen.dropped]
    if rejects:
        return _rejected(stage, _REGISTRATION, requests, rejects[-1])
    answers = [seen for seen in later if seen.message in {"GCF", "RCF"}]
    wording = Wording(requests[0].message, "answer", _PATIENCE)
    found = exchange(stage, options, wording, requests, answers, errors=history.errors)
    if found is not None and found.state is StageStatus.REACHED:
        because = "discovery was answered, the registration that should follow was not"
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.SILENT, found.began, None, found.evidence
        )
    return found or unseen_stage(stage, options, states, "the handset did not renew its registration")


def unasked_after(history: HandsetHistory, silence: float) -> tuple[list[RasSeen], float | None]:
    """Messages that the gatekeeper opened with after more than `silence` seconds without RAS between the
    same ports, and the longest shorter silence that it broke."""
    last: dict[frozenset[object], float] = {}
    own: set[tuple[str, int]] = set()
    found: list[RasSeen] = []
    shorter: float | None = None
    if not any(seen.message in _UNASKED for seen in history.ras):
        return found, shorter
    for seen in history.ras:
        pair = frozenset((seen.source, seen.destination))
        if seen.from_handset:
            own.add((seen.message, seen.number))
        elif seen.message in _UNASKED and (seen.message, seen.number) not in own:
            idle = seen.time - last[pair] if pair in last else float("inf")
            repeated = bool(found) and found[-1].number == seen.number
            if idle > silence or repeated:
                found.append(seen)
            else:
                shorter = max(shorter or 0.0, idle)
        if not seen.dropped:
            last[pair] = seen.time
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
    return unanswered if len(unanswered) >= _LOST_KEEP_ALIVES else []


_REGISTER_CODES = {
    StageOutcome.DROPPED: RAS_DROPPED,
    StageOutcome.ONE_WAY: RAS_ANSWER_DROPPED,
    StageOutcome.REJECTED: RRQ_REJECTED,
    None: RRQ_UNANSWERED,
}
ROWS = (
    StageRow(
        Stage.DISCOVER,
        _discover,
        {**_REGISTER_CODES, StageOutcome.REJECTED: GRQ_REJECTED, None: GRQ_UNANSWERED},
        follows=Stage.PROVISION,
    ),
    StageRow(Stage.REGISTER, _register, _REGISTER_CODES, follows=Stage.DISCOVER),
    StageRow(Stage.NOTIFY, _notify, {None: NOTIFY_DROPPED}),
    StageRow(Stage.KEEP_ALIVE, _keep_alive, {**_REGISTER_CODES, None: KEEP_ALIVE_UNANSWERED}),
)
