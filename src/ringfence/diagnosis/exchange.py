"""Question and answer: the one rule by which every stage's packets become a state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from ringfence.diagnosis.crossing import SIDES
from ringfence.diagnosis.observation import IcmpErrorSeen, Observation
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.address import Address
from ringfence.model.packet import Protocol
from ringfence.model.stage import Stage

# RFC 1812 section 5.2.7.1: what a router or firewall says when its rules forbid the packet.
_PROHIBITED = frozenset({9, 10, 13})
_PORT_UNREACHABLE = 3
# RFC 1812 section 5.2.7.1: network or host unreachable or unknown, or not for this type of service.
_NO_ROUTE = frozenset({0, 1, 6, 7, 11, 12})
_TIME_EXCEEDED = 11
_TRIES = 3  # asked this often, the asker has given up whatever its timer
_SHOWN = 4  # repetitions shown as evidence; more add nothing


# Protocol, source, its port, destination, its port.
ErrorKey: TypeAlias = tuple[int, Address, int, Address, int]
Errors: TypeAlias = Mapping[ErrorKey, Sequence[IcmpErrorSeen]]
_NO_ERRORS: Errors = MappingProxyType({})
_Seen = TypeVar("_Seen", bound=Observation)


@dataclass(frozen=True, slots=True)
class Wording:
    """`asked` and `answered` name the messages; `patience`: seconds of silence that decide it."""

    asked: str
    answered: str
    patience: float


def exchange(
    stage: Stage,
    options: JudgeOptions,
    wording: Wording,
    requests: Sequence[Observation],
    answers: Sequence[Observation],
    *,
    errors: Errors = _NO_ERRORS,
) -> StageTimeline | None:
    """The state that requests and their answers show; None when there are neither."""
    if not requests and not answers:
        return None
    through = arrived(answers)
    if through:
        return _answered(stage, wording, requests, through[0])
    began = (requests or answers)[0].time
    shown = _shown(requests)
    retries = max(0, len(requests) - 1)
    if answers:
        gone = next(answer for answer in reversed(answers) if answer.dropped)
        because = f"{wording.answered} from {gone.source.ip} did not arrive: {lost(gone, options)}"
        return StageTimeline(
            stage,
            StageStatus.FAILED,
            because,
            StageOutcome.ONE_WAY,
            began,
            answers[-1].time,
            (*shown, *_shown(answers)),
            retries,
        )
    told = _told_about(requests, errors)
    if told:
        return _told(stage, wording, requests, told)
    compared = [request for request in requests if not request.unsure]
    last = (compared or requests)[-1]
    if last.dropped:
        because = f"{wording.asked} did not arrive: {lost(last, options)}"
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.DROPPED, began, last.time, shown, retries
        )
    last = requests[-1]
    waited = options.end - last.time
    if stage not in options.expected and waited < wording.patience and len(requests) < _TRIES:
        because = f"the capture ends {waited:.1f} s after the {wording.asked}, before an answer was due"
        if not options.timed:
            because = f"{tally(len(requests), wording.asked)}, not answered in the frames, which have no time"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, began, None, shown, retries)
    asked = f"{tally(len(requests), wording.asked)} to {last.destination}"
    because = f"{asked}, no {wording.answered}"
    if options.timed:
        because += f" in {options.end - began:.1f} s"
    if options.both_sides and not compared:
        because += "; only one of the captures was running then, so the other cannot show whether it passed"
    unheard = _told_about(requests, errors, dropped=True)
    if unheard:
        because += f"; {unheard[0].source.ip} answered {unheard[0].text}, which did not pass the firewall"
    return StageTimeline(
        stage, StageStatus.FAILED, because, StageOutcome.SILENT, began, last.time, shown, retries
    )


def arrived(seen: Sequence[_Seen]) -> list[_Seen]:
    """Those that got through; of what only one capture could show, nobody knows where its like were lost."""
    if any(each.dropped for each in seen):
        return [each for each in seen if not each.dropped and not each.unsure]
    return list(seen)


def _answered(
    stage: Stage, wording: Wording, requests: Sequence[Observation], answer: Observation
) -> StageTimeline:
    before = [request for request in requests if request.time <= answer.time]
    if not before:
        because = f"{wording.answered} seen; the {wording.asked} that it answers is not in the capture"
        return StageTimeline(
            stage, StageStatus.REACHED, because, None, answer.time, answer.time, (PacketEvidence(answer),)
        )
    because = f"{wording.asked} answered by {wording.answered} from {answer.source.ip}"
    return StageTimeline(
        stage,
        StageStatus.REACHED,
        because,
        None,
        before[0].time,
        answer.time,
        (PacketEvidence(before[-1]), PacketEvidence(answer)),
        len(before) - 1,
    )


def _told(
    stage: Stage, wording: Wording, requests: Sequence[Observation], told: Sequence[IcmpErrorSeen]
) -> StageTimeline:
    error = told[0]
    outcome = StageOutcome.SILENT
    if error.type == 3 and error.code in _PROHIBITED:
        outcome = StageOutcome.PROHIBITED
    elif error.type == 3 and error.code == _PORT_UNREACHABLE:
        outcome = StageOutcome.REFUSED
    elif is_no_route(error):
        outcome = StageOutcome.UNREACHABLE
    because = f"{wording.asked} to {requests[-1].destination}: {error.source.ip} answered {error.text}"
    shown = (*_shown(requests), PacketEvidence(error))
    retries = len(requests) - 1
    return StageTimeline(
        stage, StageStatus.FAILED, because, outcome, requests[0].time, error.time, shown, retries
    )


def _told_about(
    requests: Sequence[Observation], errors: Errors, *, dropped: bool = False
) -> list[IcmpErrorSeen]:
    """The ICMP errors that arrived (or were dropped) and quote one of these requests, in order of time."""
    keys = {about(request) for request in requests}
    found = [error for key in keys for error in errors.get(key, ()) if error.dropped is dropped]
    return sorted(found, key=lambda error: error.time)


def is_no_route(error: IcmpErrorSeen) -> bool:
    """Whether it says that the way or the host is missing, and not that a rule forbids it."""
    return error.type == _TIME_EXCEEDED or (error.type == 3 and error.code in _NO_ROUTE)


def about(seen: Observation) -> ErrorKey:
    """The key under which errors about this packet, or this error, are found."""
    if isinstance(seen, IcmpErrorSeen):
        protocol, source, destination = seen.about_protocol, seen.about_source, seen.about_destination
    else:
        protocol, source, destination = seen.crossing.packet.protocol, seen.source, seen.destination
    if protocol == Protocol.ICMP:  # an echo has no ports
        return protocol, source.ip, 0, destination.ip, 0
    return protocol, *source, *destination


def lost(seen: Observation, options: JudgeOptions) -> str:
    """The place where a packet vanished, for a sentence."""
    frames = seen.crossing.frames
    beside = [tap for tap in frames if tap in SIDES] or list(frames)
    where = ", ".join(f"frame {frames[tap]} at {tap}" for tap in beside)
    gone = "never left it" if options.both_sides else "was not seen again"
    return f"{seen.line} entered the firewall ({where}) and {gone}"


def tally(number: int, what: str) -> str:
    """`one GRQ`, `3 x GRQ`."""
    return f"one {what}" if number == 1 else f"{number} x {what}"


def _shown(seen: Sequence[Observation]) -> tuple[PacketEvidence, ...]:
    return tuple(PacketEvidence(each) for each in seen[:_SHOWN])


def unseen_stage(
    stage: Stage,
    options: JudgeOptions,
    states: Mapping[Stage, StageTimeline],
    nothing: str,
) -> StageTimeline:
    """The state of a stage of which no packet was seen; `nothing` is the sentence for that."""
    blocked = [
        before
        for before in stage.after
        if before in states and states[before].state in {StageStatus.FAILED, StageStatus.NOT_REACHED}
    ]
    if blocked:
        first = min(blocked, key=lambda each: each.order)
        return StageTimeline(stage, StageStatus.NOT_REACHED, f"{first.label} comes first and was not reached")
    if stage in options.expected:
        return StageTimeline(stage, StageStatus.FAILED, nothing, StageOutcome.INCOMPLETE)
    return StageTimeline(stage, StageStatus.NOT_VISIBLE, nothing)
