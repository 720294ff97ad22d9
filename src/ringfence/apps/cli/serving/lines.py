"""What a server does, as one line for each event that somebody watching wants to see."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ringfence.actors.io import (
    DatagramReceived,
    Event,
    Noted,
    SendDatagram,
    SendStream,
    StageFailed,
    StreamClosed,
    StreamReceived,
)
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.fields import aliases_of, choice_in_words
from ringfence.actors.signalling.messages import MessageStream, content, why_released
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Finding
from ringfence.wire import call_signalling, dhcp, h225, ras
from ringfence.wire.call_signalling import CallSignal

_MOST_STREAMS = 10_000
_DHCP_PORTS = {DHCP_SERVER_PORT, DHCP_CLIENT_PORT}
# The messages that make a line.
_TOLD = {
    h225.RegistrationConfirm,
    h225.RegistrationReject,
    h225.GatekeeperReject,
    h225.UnregistrationConfirm,
    h225.UnregistrationRequest,
    h225.AdmissionReject,
}
_Stream: TypeAlias = tuple[str, int]  # numbers are a host's own


class LogLine(NamedTuple):
    """`event`: its kind, for programs; `code`: of a finding."""

    event: str
    text: str
    code: str = ""


class EventFormatter:
    """Reads what passes; remembers who asked for what, so that an answer has a name to it."""

    def __init__(self) -> None:
        self._asked: dict[TransportAddress, str] = {}  # RAS address -> extension
        self._paths: dict[_Stream, str] = {}
        self._incoming: dict[_Stream, MessageStream] = {}
        self._expired: set[TransportAddress] = set()

    def lines(self, entry: JournalEntry) -> Iterator[LogLine]:
        """The lines of one event and its commands, in order."""
        match entry.event:
            case StreamReceived(stream=stream, data=data):
                self._note_path((entry.host, stream), data)
                yield from self._call((entry.host, stream), data)
            case StreamClosed(stream=stream):
                self._paths.pop((entry.host, stream), None)
                self._incoming.pop((entry.host, stream), None)
            case _:
                pass
        for command in entry.commands:
            match command:
                case SendDatagram(destination=to, data=data) if to.port in _DHCP_PORTS:
                    yield from _dhcp(data)
                case SendDatagram(destination=to, data=data):
                    yield from self._ras(to, data, entry.event)
                case SendStream(stream=stream, data=data) if data.startswith(b"HTTP/1."):
                    path = self._paths.pop((entry.host, stream), "?")
                    yield LogLine("file", f"file {path}: {_first_line(data)}")
                case Noted(finding=finding):
                    yield finding_line(finding)
                case StageFailed(stage=stage, detail=detail):
                    yield LogLine("failed", f"{stage} failed: {detail}")
                case _:
                    pass

    def _ras(self, to: TransportAddress, data: bytes, event: Event) -> Iterator[LogLine]:
        # Most answers make no line: a keep-alive costs a look at its first octets, and no second decoding.
        glimpse = ras.peek(data)
        if glimpse is None or glimpse.kind not in _TOLD:
            return
        try:
            message = ras.decode(data)
        except DecodeError:
            return
        if isinstance(message, h225.RegistrationConfirm) and not message.callSignalAddress:
            return
        if isinstance(message, h225.RegistrationConfirm | h225.RegistrationReject):
            self._note_extension(to, event)
        who = self._asked.get(to, "")
        name = f"{who} at {to}" if who else str(to)
        match message:
            case h225.RegistrationConfirm():
                self._expired.discard(to)
                yield LogLine("registered", f"registered {name}")
            case h225.RegistrationReject(rejectReason=reason):
                yield LogLine("rejected", f"rejected {name}: {choice_in_words(reason)}")
            case h225.GatekeeperReject(rejectReason=reason):
                yield LogLine("rejected", f"rejected discovery of {to}: {choice_in_words(reason)}")
            case h225.UnregistrationConfirm():
                yield LogLine("unregistered", f"unregistered {name}")
            case h225.UnregistrationRequest(reason=("ttlExpired", _)) if to not in self._expired:
                self._expired.add(to)
                yield LogLine("expired", f"expired {name}")
            case h225.AdmissionReject(rejectReason=reason):
                yield LogLine("rejected", f"no call for {name}: {choice_in_words(reason)}")
            case _:
                pass

    def _note_extension(self, asker: TransportAddress, event: Event) -> None:
        if not isinstance(event, DatagramReceived) or event.source != asker:
            return
        try:
            message = ras.decode(event.data)
        except DecodeError:
            return
        if isinstance(message, h225.RegistrationRequest) and message.terminalAlias:
            if len(self._asked) >= _MOST_STREAMS:
                self._asked.clear()
            self._asked[asker] = ", ".join(aliases_of(message.terminalAlias))

    def _note_path(self, stream: _Stream, data: bytes) -> None:
        method, _, rest = data.partition(b" ")
        if method in {b"GET", b"HEAD"} and len(self._paths) < _MOST_STREAMS:
            self._paths[stream] = rest.split(b" ", 1)[0].decode("ascii", "replace")[:200]

    def _call(self, stream: _Stream, data: bytes) -> Iterator[LogLine]:
        """Calls as their parties tell of them; the gatekeeper only passes it on."""
        if not data.startswith(b"\x03\x00") and stream not in self._incoming:
            return
        if len(self._incoming) >= _MOST_STREAMS:
            self._incoming.clear()
        try:
            whole = self._incoming.setdefault(stream, MessageStream()).take(data)
            for octets in whole:
                yield from _told(call_signalling.decode(octets))
        except DecodeError:
            self._incoming.pop(stream, None)


def finding_line(finding: Finding) -> LogLine:
    return LogLine("finding", f"{finding.code}: {finding.sentence}", finding.code)


def _told(signal: CallSignal) -> Iterator[LogLine]:
    body = content(signal)
    if isinstance(body, h225.SetupUUIE) and body.destinationAddress:
        yield LogLine("call", f"call {_names(body.sourceAddress)} -> {_names(body.destinationAddress)}")
    elif isinstance(body, h225.ConnectUUIE) and body.connectedAddress:
        yield LogLine("call", f"call answered by {_names(body.connectedAddress)}")
    elif isinstance(body, h225.ConnectUUIE):
        yield LogLine("call", f"call answered (call reference {signal.call_reference})")
    elif isinstance(body, h225.ReleaseCompleteUUIE):
        yield LogLine(
            "call", f"call released (call reference {signal.call_reference}): {why_released(signal)}"
        )


def _names(aliases: list[h225.AliasAddress] | None) -> str:
    return ", ".join(aliases_of(aliases)) or "somebody"


def _dhcp(data: bytes) -> Iterator[LogLine]:
    try:
        message = dhcp.decode(data)
    except DecodeError:
        return
    kind = message.message_type
    if message.op == 2 and kind is not None:
        address = f" {message.yiaddr}" if int(message.yiaddr) else ""
        yield LogLine("dhcp", f"dhcp {kind.name}{address} for {message.chaddr.hex(':')}")


def _first_line(data: bytes) -> str:
    return data.split(b"\r\n", 1)[0].decode("ascii", "replace")
