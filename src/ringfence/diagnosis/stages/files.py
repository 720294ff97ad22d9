"""PROVISION: what the connections to file servers show."""

from itertools import chain
from math import inf

from ringfence.diagnosis.exchange import unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import StreamKind
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.phone_settings import named_file_servers
from ringfence.diagnosis.stages.connection import SeenConnection
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.stages.stream import best_connection, half_spoken, tls_session
from ringfence.diagnosis.stages.tftp import provision_by_tftp
from ringfence.diagnosis.stream_messages import MessageKind, StreamMessage
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings import Code
from ringfence.model.findings.provision import (
    FILES_NOT_FOUND,
    FILES_REDIRECTED,
    FILES_REFUSED,
    FILES_REJECTED,
    FILES_TLS_FAILED,
    FILES_UNREACHABLE,
)
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType


def _provision(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    fetches = file_connections(history, options.ports)
    found = best_connection(Stage.PROVISION, fetches, history, options, _fetched)
    nothing = "no start-up file of this handset was asked for in the capture"
    return (
        found
        or provision_by_tftp(history, options)
        or unseen_stage(Stage.PROVISION, options, states, nothing)
    )


def file_connections(history: HandsetHistory, ports: Ports) -> list[SeenConnection]:
    tried = [
        each
        for each in history.connections
        if each.responder.port in ports.files and each.opener.ip in history.addresses
    ]
    if not tried:
        return []
    named = set(
        chain.from_iterable(
            named_file_servers(seen.message) for seen in history.dhcp if seen.kind is DhcpMessageType.ACK
        )
    )
    known = [each for each in tried if each.responder.ip in named or asks_for_set_files(each)]
    if known:
        return known
    # A set fetches its files before it registers; what it opens later is another service.
    asked = min((seen.time for seen in history.ras if seen.from_handset), default=inf)
    return [
        each
        for each in tried
        if not paths_asked(each) and (_began(each) < asked or (not named and each.is_refused))
    ]


def _began(opened: SeenConnection) -> float:
    """When it was opened; before the capture where no SYN of it was seen."""
    syns = opened.of(StreamKind.SYN, opener=True)
    return syns[0].time if syns else -inf


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
    return tls_session(stage, opened, FILES_TLS_FAILED) or half_spoken(
        stage, opened, options, "a request", "an answer"
    )


def _status_code(status: int) -> Code:
    """The finding for an HTTP status that brought no file."""
    if status in _NOT_FOUND:
        return FILES_NOT_FOUND
    return FILES_REDIRECTED if status in range(300, 400) else FILES_REJECTED


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
)
