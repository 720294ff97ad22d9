"""What any TCP connection of a stage shows: not open, half spoken, TLS; and which of several speaks."""

from collections.abc import Callable, Sequence

from ringfence.diagnosis.exchange import Wording, exchange, tally
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import StreamKind
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.connection import SeenConnection
from ringfence.diagnosis.stages.path import one_way, refused_on_path, unacknowledged
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings import Code
from ringfence.model.findings.path import PATH_ASYMMETRIC
from ringfence.model.findings.provision import FILES_MUTE
from ringfence.model.findings.signal import SIGNALLING_MUTE
from ringfence.model.stage import Stage

# RFC 6298 section 2: the first SYN is repeated after 1 s, then 2 s later.
_SYN_PATIENCE = 3.0
_ANSWER_PATIENCE = 10.0  # assumed: a file server or gatekeeper that takes longer is silent to a handset

ConnectionJudge = Callable[[Stage, SeenConnection, JudgeOptions], StageTimeline]


def best_connection(
    stage: Stage,
    tried: Sequence[SeenConnection],
    history: HandsetHistory,
    options: JudgeOptions,
    judge: ConnectionJudge,
) -> StageTimeline | None:
    """A handset tries again: the stage is reached when one connection got through; else the last speaks."""
    judged = [
        judge(stage, each, options) if each.is_open else unopened(stage, each, history, options)
        for each in tried
    ]
    if not judged:
        return None
    good = next((each for each in judged if each.state is StageStatus.REACHED), None)
    if good is not None:
        return good
    failed = [each for each in judged if each.state is StageStatus.FAILED] or judged
    # What the gatekeeper tried instead fails for its own reason.
    elsewhere = [each for each in failed if each.code is PATH_ASYMMETRIC]
    return (elsewhere or failed)[-1]


def unopened(
    stage: Stage, tried: SeenConnection, history: HandsetHistory, options: JudgeOptions
) -> StageTimeline:
    syns = tried.of(StreamKind.SYN, opener=True)
    # An RST that answers the end of a connection begun before refuses nothing.
    resets = [seen for seen in tried.of(StreamKind.RESET, opener=False) if syns and not seen.dropped]
    if resets and all(seen.dropped for seen in syns):
        return refused_on_path(stage, syns, resets[0], options)
    if resets:
        because = f"{tried.responder} refused the connection of {tried.opener.ip} with RST"
        shown = tuple(PacketEvidence(seen) for seen in (*syns[-1:], resets[0]))
        began = syns[0].time
        return StageTimeline(
            stage,
            StageStatus.FAILED,
            because,
            StageOutcome.REFUSED,
            began,
            resets[0].time,
            shown,
            max(0, len(syns) - 1),
        )
    accepts = tried.of(StreamKind.SYN_ACK, opener=False)
    unheard = tried.of(StreamKind.DATA, opener=True)
    if unheard and syns and not tried.answers:
        return one_way(stage, tried.events[0], unheard)
    judged = exchange(
        stage, options, Wording("SYN", "SYN/ACK", _SYN_PATIENCE), syns, accepts, errors=history.errors
    )
    return judged or StageTimeline(
        stage,
        StageStatus.NOT_VISIBLE,
        f"only the end of the connection to {tried.responder} is in the capture",
    )


def tls_session(stage: Stage, opened: SeenConnection, code: Code) -> StageTimeline | None:
    """TLS that carried data both ways, or failed with an alert; None when it did neither.

    Whether what was carried is a good answer stays inside. The responder speaks again only to an opener
    that finished the handshake, so its data counts after the opener's (RFC 8446 section 2).
    """
    requests, answers = opened.messages(opener=True), opened.messages(opener=False)
    began = opened.events[0].time
    asked = [seen for record, seen in requests if record.is_data]
    told = [seen for record, seen in answers if record.is_data and asked and seen.time > asked[0].time]
    if told:
        because = f"TLS session with {opened.responder} carried data both ways"
        shown = (PacketEvidence(asked[0]), PacketEvidence(told[0]))
        return StageTimeline(stage, StageStatus.REACHED, because, None, began, told[0].time, shown)
    for record, seen in (*answers, *requests):
        if record.is_failure:
            because = f"TLS with {opened.responder} failed: {seen.source.ip} sent {record.text}"
            return StageTimeline(
                stage,
                StageStatus.FAILED,
                because,
                StageOutcome.REJECTED,
                began,
                seen.time,
                (PacketEvidence(seen),),
                code=code,
            )
    return None


def half_spoken(
    stage: Stage, opened: SeenConnection, options: JudgeOptions, asked: str, answered: str
) -> StageTimeline:
    """Open, but one side or both never got a word through."""
    began, last = opened.events[0].time, opened.events[-1].time
    shown = tuple(PacketEvidence(seen) for seen in opened.events[-4:])
    lost = [seen for seen in opened.of(StreamKind.DATA, opener=True) if seen.dropped]
    lost += [seen for seen in opened.of(StreamKind.DATA, opener=False) if seen.dropped]
    acked = [seen for seen in opened.of(StreamKind.SYN_ACK, opener=False) if not seen.dropped]
    spoke = [side for side in (True, False) if opened.said(opener=side)]
    if not lost and not opened.of(StreamKind.SYN, opener=True) and not acked:
        because = f"the capture begins in the middle of a connection to {opened.responder}"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, began, None, shown)
    if not lost and spoke == [True] and not options.both_sides and not opened.answers:
        again = unacknowledged(opened.said(opener=True))
        if again:
            return one_way(stage, opened.events[0], again)
        # It says nothing before it is let in.
        because = f"{opened.opener} was answered; no packet of {opened.responder} is in the capture"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, began, None, shown)
    if not lost and not spoke and _carried_unseen(opened):
        because = f"what the connection to {opened.responder} carried is not in the capture"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, began, None, shown)
    if lost:
        because = (
            f"the connection to {opened.responder} opened, then {tally(len(lost), 'data segment')} of it"
        )
        because += " entered the firewall and never left it"
        return StageTimeline(stage, StageStatus.FAILED, because, StageOutcome.DROPPED, began, last, shown)
    waited = options.end - last
    closed = any(seen.kind in {StreamKind.RESET, StreamKind.FIN} for seen in opened.events)
    decided = stage in options.expected or closed or waited >= _ANSWER_PATIENCE
    if not spoke:
        what = f"the connection to {opened.responder} opened and carried nothing"
    else:
        who = opened.opener if spoke[0] else opened.responder
        what = f"{who} sent {asked}, and {answered} never came"
    if not decided:
        because = f"{what}; the capture ends {waited:.1f} s later"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, began, None, shown)
    outcome = StageOutcome.SILENT if acked or spoke else StageOutcome.INCOMPLETE
    code = FILES_MUTE if stage is Stage.PROVISION else SIGNALLING_MUTE
    return StageTimeline(stage, StageStatus.FAILED, what, outcome, began, last, shown, code=code)


def _carried_unseen(opened: SeenConnection) -> bool:
    """Whether sequence numbers went on from SYN to FIN (RFC 9293 section 3.4) although no data was seen: a
    capture that keeps headers only."""
    for opener, first in ((True, StreamKind.SYN), (False, StreamKind.SYN_ACK)):
        began, ended = opened.of(first, opener=opener), opened.of(StreamKind.FIN, opener=opener)
        if began and ended:
            octets = ended[0].crossing.packet.sequence - began[-1].crossing.packet.sequence - 1
            if octets % (1 << 32):
                return True
    return False
