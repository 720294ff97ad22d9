"""SIGNAL: what the call-signalling connections show."""

from collections.abc import Iterator, Sequence

from ringfence.diagnosis.exchange import unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import StreamKind, StreamSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.release_reasons import ORDINARY
from ringfence.diagnosis.stages.connection import SeenConnection
from ringfence.diagnosis.stages.death import died
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.stages.stream import best_connection, half_spoken, tls_session
from ringfence.diagnosis.stream_messages import MessageKind, StreamMessage
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings import Finding
from ringfence.model.findings.signal import (
    CALL_REFUSED,
    SIGNALLING_ABSENT,
    SIGNALLING_DIED,
    SIGNALLING_DROPPED,
    SIGNALLING_REFUSED,
    SIGNALLING_REJECTED,
    SIGNALLING_TLS_FAILED,
    SIGNALLING_UNANSWERED,
)
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage


def _signal(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    own, direct = _by_party(signalling_connections(history, options.ports), history)
    found = best_connection(Stage.SIGNAL, own, history, options, _signalled)
    if found is None:
        # A call to another terminal that fails is no fault of the registration.
        found = best_connection(Stage.SIGNAL, direct, history, options, _signalled)
        found = found if found is not None and found.state is StageStatus.REACHED else None
    if found is not None and found.state is StageStatus.REACHED:
        return _last_death(own) or found
    nothing = "no call-signalling connection was tried by either side"
    return found or unseen_stage(Stage.SIGNAL, options, states, nothing)


def signalling_connections(history: HandsetHistory, ports: Ports) -> list[SeenConnection]:
    numbers = ports.signalling | ports.signalling_tls
    return [
        each for each in history.connections if each.opener.port in numbers or each.responder.port in numbers
    ]


def _last_death(own: Sequence[SeenConnection]) -> StageTimeline | None:
    """How the last of them died that worked; None where one works on, or a new one does."""
    deaths = [(each, death) for each in own if (death := died(each)) is not None]
    if not deaths:
        return None
    death = max((death for _, death in deaths), key=lambda line: line.began or 0.0)
    dead = {id(each) for each, _ in deaths}
    others = [each for each in own if id(each) not in dead and each.answers and each.is_open]
    alive = any(each.events[-1].time > (death.began or 0.0) for each in others)
    return None if alive else death


def _by_party(
    tried: Sequence[SeenConnection], history: HandsetHistory
) -> tuple[list[SeenConnection], list[SeenConnection]]:
    """Connections of the registration; and those with the other party of a call: the handset makes them to
    neither its gatekeeper nor where the RCF sends calls, or takes them from neither."""
    named = {each.ip for seen in history.ras if seen.message == "RCF" for each in seen.call_signal_addresses}
    own: list[SeenConnection] = []
    direct: list[SeenConnection] = []
    known = named | history.gatekeepers
    for each in tried:
        outward = each.opener.ip in history.addresses
        other = each.responder.ip if outward else each.opener.ip
        # What a handset does not answer may be its gatekeeper's, from an address that it does not know.
        elsewhere = other not in known and (bool(named) if outward else bool(known) and each.is_open)
        (direct if elsewhere else own).append(each)
    return own, direct


def _signalled(stage: Stage, opened: SeenConnection, options: JudgeOptions) -> StageTimeline:
    """The connection and its first exchange: both sides have spoken, and were heard."""
    said = opened.said(opener=True), opened.said(opener=False)
    if any(m.kind is MessageKind.TLS for side in said for seen in side for m in seen.messages):
        return tls_session(stage, opened, SIGNALLING_TLS_FAILED) or half_spoken(
            stage, opened, options, "a TLS handshake", "its end"
        )
    refused = refusals(opened)
    if refused and not _accepted(opened) and refused[-1][0].reason not in ORDINARY:
        return _rejected_setup(opened, refused)
    if all(said):
        last = max(said[0][0], said[1][0], key=lambda seen: seen.time)
        shown = tuple(
            PacketEvidence(seen)
            for seen in (
                *opened.of(StreamKind.SYN, opener=True)[-1:],
                *sorted((said[0][0], said[1][0]), key=lambda seen: seen.time),
            )
        )
        because = f"{opened.opener} opened to {opened.responder} and both sides spoke"
        return StageTimeline(
            stage, StageStatus.REACHED, because, None, opened.events[0].time, last.time, shown
        )
    return half_spoken(stage, opened, options, "the first message", "an answer")


def refusals(opened: SeenConnection) -> list[tuple[StreamMessage, StreamSeen]]:
    """The ReleaseCompletes that answer a Setup of the other side, on a connection that carries no more."""
    found = []
    for opener in (True, False):
        asked = [seen for message, seen in opened.messages(opener=opener) if message.is_setup]
        found += [
            (message, seen)
            for message, seen in opened.messages(opener=not opener)
            if message.is_release and asked and seen.time >= asked[0].time
        ]
    return found


def _accepted(opened: SeenConnection) -> bool:
    """Whether a Setup got anything better than a ReleaseComplete."""
    for opener in (True, False):
        asked = any(message.is_setup for message, _ in opened.messages(opener=opener))
        said = [message for message, _ in opened.messages(opener=not opener)]
        if asked and any(each.is_answer for each in said):
            return True
    return False


def _rejected_setup(
    opened: SeenConnection, refused: Sequence[tuple[StreamMessage, StreamSeen]]
) -> StageTimeline:
    message, seen = refused[-1]
    because = f"{seen.source} answered Setup with ReleaseComplete: {message.reason or 'no reason given'}"
    shown = tuple(PacketEvidence(each) for each in (*_setups(opened)[-1:], seen))
    return StageTimeline(
        Stage.SIGNAL,
        StageStatus.FAILED,
        because,
        StageOutcome.REJECTED,
        opened.events[0].time,
        seen.time,
        shown,
        max(0, len(refused) - 1),
        SIGNALLING_REJECTED,
    )


def _setups(opened: SeenConnection) -> list[StreamSeen]:
    return [seen for seen in opened.events if any(message.is_setup for message in seen.messages)]


def signalling_findings(
    history: HandsetHistory, line: StageTimeline, options: JudgeOptions
) -> Iterator[Finding]:
    """Connections that died and were opened anew, and calls that were refused, beside what `line` says."""
    tried = signalling_connections(history, options.ports)
    own, _ = _by_party(tried, history)
    for death in filter(None, map(died, own)):
        if death.because != line.because:
            numbers = tuple(number for shown in death.evidence for _, number in shown.frames[:1])
            yield Finding(death.code or SIGNALLING_DIED, death.because, Stage.SIGNAL, numbers)
    for each in tried:
        for message, seen in refusals(each):
            if line.code is not SIGNALLING_REJECTED:
                reason = message.reason or "no reason given"
                sentence = f"{seen.source} answered Setup with ReleaseComplete: {reason}"
                yield Finding(
                    CALL_REFUSED, sentence, Stage.SIGNAL, (next(iter(seen.crossing.frames.values())),)
                )


ROWS = (
    StageRow(
        Stage.SIGNAL,
        _signal,
        {
            StageOutcome.DROPPED: SIGNALLING_DROPPED,
            StageOutcome.ONE_WAY: SIGNALLING_DROPPED,
            StageOutcome.REFUSED: SIGNALLING_REFUSED,
            None: SIGNALLING_UNANSWERED,
        },
        absent=SIGNALLING_ABSENT,
        follows=Stage.REGISTER,
    ),
)
