"""PROVISION, SIGNAL: what TCP connections show."""

from collections.abc import Callable, Sequence

from ringfence.diagnosis.exchange import Wording, exchange, tally, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import StreamKind
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.stages.connection import SeenConnection, connections
from ringfence.diagnosis.stages.dhcp import told_by
from ringfence.diagnosis.stages.path import one_way, refused_on_path, unacknowledged
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.stages.tftp import provision_by_tftp
from ringfence.diagnosis.stream_messages import MessageKind, StreamMessage
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings import Code
from ringfence.model.findings.path import PATH_ASYMMETRIC
from ringfence.model.findings.provision import (
    FILES_MUTE,
    FILES_NOT_FOUND,
    FILES_REDIRECTED,
    FILES_REFUSED,
    FILES_REJECTED,
    FILES_TLS_FAILED,
    FILES_UNREACHABLE,
)
from ringfence.model.findings.signal import (
    SIGNALLING_ABSENT,
    SIGNALLING_DROPPED,
    SIGNALLING_MUTE,
    SIGNALLING_REFUSED,
    SIGNALLING_TLS_FAILED,
    SIGNALLING_UNANSWERED,
)
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType

# RFC 6298 section 2: the first SYN is repeated after 1 s, then 2 s later.
_SYN_PATIENCE = 3.0
_ANSWER_PATIENCE = 10.0  # assumed: a file server or gatekeeper that takes longer is silent to a handset


def _signal(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    signalling = options.ports.signalling | options.ports.signalling_tls
    calls = [seen for seen in history.streams if {seen.opener.port, seen.responder.port} & signalling]
    nothing = "no call-signalling connection was tried by either side"
    own, direct = _by_party(connections(calls), history)
    found = _best(Stage.SIGNAL, own, history, options, _signalled)
    if found is None:
        # A call to another terminal that fails is no fault of the registration.
        found = _best(Stage.SIGNAL, direct, history, options, _signalled)
        found = found if found is not None and found.state is StageStatus.REACHED else None
    return found or unseen_stage(Stage.SIGNAL, options, states, nothing)


def _by_party(
    tried: Sequence[SeenConnection], history: HandsetHistory
) -> tuple[list[SeenConnection], list[SeenConnection]]:
    """Connections of the registration; and those that the handset makes to neither its gatekeeper nor where
    the RCF sends calls."""
    named = {each.ip for seen in history.ras if seen.message == "RCF" for each in seen.call_signal_addresses}
    own: list[SeenConnection] = []
    direct: list[SeenConnection] = []
    for each in tried:
        outward = each.opener.ip in history.addresses
        elsewhere = named and outward and each.responder.ip not in named | history.gatekeepers
        (direct if elsewhere else own).append(each)
    return own, direct


def _provision(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    fetches = file_connections(history, options.ports)
    found = _best(Stage.PROVISION, fetches, history, options, _fetched) or provision_by_tftp(history, options)
    nothing = "no connection of this handset to a file server is in the capture"
    return found or unseen_stage(Stage.PROVISION, options, states, nothing)


def file_connections(history: HandsetHistory, ports: Ports) -> list[SeenConnection]:
    own = set(history.addresses)
    tried = connections(
        [seen for seen in history.streams if seen.responder.port in ports.files and seen.opener.ip in own]
    )
    named = _named_servers(history)
    return [each for each in tried if str(each.responder.ip) in named or not _asks_for_pages(each)]


def _named_servers(history: HandsetHistory) -> set[str]:
    """The file servers that any lease of the handset names."""
    told = [told_by(seen.message) for seen in history.dhcp if seen.kind is DhcpMessageType.ACK]
    return {name for each in told if each for name in (*each.http.servers, *each.tls.servers)}


def _asks_for_pages(opened: SeenConnection) -> bool:
    """Whether a connection fetches what is no set's file, as the browser of a set or of a computer does."""
    return bool(paths_asked(opened)) and not asks_for_set_files(opened)


def paths_asked(opened: SeenConnection) -> list[str]:
    return [message.target for message, _ in opened.messages(opener=True) if _asks(message)]


def asks_for_set_files(opened: SeenConnection) -> bool:
    """Whether it fetches what sets do: settings, upgrade scripts, firmware, languages, certificates."""
    return any(path.partition("?")[0].lower().endswith(_SET_FILES) for path in paths_asked(opened))


def _asks(message: StreamMessage) -> bool:
    """Whether a set would ask so: of the server itself, not of a proxy."""
    return message.kind is MessageKind.HTTP_REQUEST and message.target.startswith("/")


# RFC 9110 section 15: a file came, or the set's own is still good; there is none.
_NOT_MODIFIED = 304
_FETCHED = frozenset({*range(200, 300), _NOT_MODIFIED})
_NOT_FOUND = frozenset({404, 410})
# Settings and upgrade scripts, firmware, language and certificate files (manuals of 46xx, 16xx, 96xx sets).
_SET_FILES = (".txt", ".scr", ".bin", ".ebin", ".tar", ".zip", ".xml", ".lng", ".crt", ".cer", ".pem", ".p12")


_Judge = Callable[[Stage, SeenConnection, JudgeOptions], StageTimeline]


def _best(
    stage: Stage,
    tried: Sequence[SeenConnection],
    history: HandsetHistory,
    options: JudgeOptions,
    judge: _Judge,
) -> StageTimeline | None:
    """A handset tries again: the stage is reached when one connection got through; else the last speaks."""
    judged = [
        judge(stage, each, options) if each.is_open else _not_open(stage, each, history, options)
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


def _not_open(
    stage: Stage, tried: SeenConnection, history: HandsetHistory, options: JudgeOptions
) -> StageTimeline:
    syns = tried.of(StreamKind.SYN, opener=True)
    resets = [seen for seen in tried.of(StreamKind.RESET, opener=False) if not seen.dropped]
    if resets and syns and all(seen.dropped for seen in syns):
        return refused_on_path(stage, syns, resets[0], options)
    if resets:
        because = f"{tried.responder} refused the connection of {tried.opener.ip} with RST"
        shown = tuple(PacketEvidence(seen) for seen in (*syns[-1:], resets[0]))
        began = (syns or resets)[0].time
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


def _fetched(stage: Stage, opened: SeenConnection, options: JudgeOptions) -> StageTimeline:
    """HTTP: a 2xx answer, or 304, its own file is still good. TLS: data both ways, the status is inside."""
    requests = opened.messages(opener=True)
    began = opened.events[0].time
    answers = [(answer, seen) for answer, seen in opened.messages(opener=False) if answer.status]
    good = next((each for each in answers if each[0].status in _FETCHED), None)
    if good is not None:
        answer, seen = good
        before = [(asked, at) for asked, at in requests if at.time <= seen.time][-1:]
        what = next((asked.target for asked, _ in before if asked.target), "a file")
        had = "found unchanged on" if answer.status == _NOT_MODIFIED else "fetched from"
        because = f"{what} {had} {opened.responder}"
        shown = (*(PacketEvidence(at) for _, at in before), PacketEvidence(seen))
        return StageTimeline(stage, StageStatus.REACHED, because, None, began, seen.time, shown)
    if answers:
        answer, seen = answers[-1]
        because = f"{opened.responder} answered {answer.text}"
        shown = (*(PacketEvidence(at) for _, at in requests[-1:]), PacketEvidence(seen))
        return StageTimeline(
            stage,
            StageStatus.FAILED,
            because,
            StageOutcome.REJECTED,
            began,
            seen.time,
            shown,
            code=_status_code(answer.status),
        )
    heard = opened.said(opener=False)
    if heard and any(_asks(asked) for asked, _ in requests):
        because = f"{opened.responder} answered; no whole status line of it is in the capture"
        return StageTimeline(
            stage, StageStatus.NOT_VISIBLE, because, None, began, None, (PacketEvidence(heard[0]),)
        )
    return _tls(stage, opened, FILES_TLS_FAILED) or _half_spoken(
        stage, opened, options, "a request", "an answer"
    )


def _tls(stage: Stage, opened: SeenConnection, code: Code) -> StageTimeline | None:
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


def _status_code(status: int) -> Code:
    """The finding for an HTTP status that brought no file."""
    if status in _NOT_FOUND:
        return FILES_NOT_FOUND
    return FILES_REDIRECTED if status in range(300, 400) else FILES_REJECTED


def _signalled(stage: Stage, opened: SeenConnection, options: JudgeOptions) -> StageTimeline:
    """The connection and its first exchange: both sides have spoken, and were heard."""
    said = opened.said(opener=True), opened.said(opener=False)
    if any(m.kind is MessageKind.TLS for side in said for seen in side for m in seen.messages):
        return _tls(stage, opened, SIGNALLING_TLS_FAILED) or _half_spoken(
            stage, opened, options, "a TLS handshake", "its end"
        )
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
    return _half_spoken(stage, opened, options, "the first message", "an answer")


def _half_spoken(
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


ROWS = (
    StageRow(
        Stage.PROVISION,
        _provision,
        {
            StageOutcome.REFUSED: FILES_REFUSED,
            StageOutcome.REJECTED: FILES_REJECTED,
            None: FILES_UNREACHABLE,
        },
    ),
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
