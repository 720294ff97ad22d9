"""A handset's start-up files: the upgrade file of its family, then what that GETs, then the settings file.

HTTPS servers are tried before HTTP servers (9600 R1.5 installation guide, file download). A 404 is an
answer: the stock upgrade files GET a `.scr` first that is often not there. Redirects are not followed:
GnuGk's notes on these handsets say that they never are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote

import h11

from ringfence.actors.files.config import SETTINGS_FILES, FileClientConfig
from ringfence.actors.files.tftp_transfer import TftpEnd, TftpTransfer
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    DatagramReceived,
    Event,
    Noted,
    OpenStream,
    SendStream,
    StageFailed,
    StageReached,
    Started,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.provision import (
    FILES_MUTE,
    FILES_NOT_FOUND,
    FILES_REDIRECTED,
    FILES_REFUSED,
    FILES_REJECTED,
    FILES_TLS_FAILED,
    FILES_UNREACHABLE,
    SETTINGS_LINE_SKIPPED,
)
from ringfence.model.site import Scheme
from ringfence.model.stage import Stage
from ringfence.wire import settings

_MAX_HEAD = 16 * 1024
_SMALL = 4096  # octets of an answer that is remembered
_INCOMPLETE = (0, b"")
# RFC 1350 section 4: the client chooses its port, a new one for each transfer.
_FIRST_PORT, _PORTS = 32_768, 8_192
_FAULTS: dict[StreamFault, Code] = {
    StreamFault.REFUSED: FILES_REFUSED,
    StreamFault.TLS: FILES_TLS_FAILED,
    StreamFault.UNREACHABLE: FILES_UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class _Fetching:
    """One file from one server. `body` grows; the connection is h11's, None while what was `said` is no more
    than many a phone was told.
    """

    file: str
    source: int
    round: int
    stream: StreamId
    http: h11.Connection | None
    body: bytearray
    deadline: float
    status: int | None = None
    asked: bool = False
    said: bytes = b""


@dataclass(frozen=True, slots=True)
class _Transferring:
    """One file from one TFTP server; `until` is when it is given up."""

    file: str
    source: int
    round: int
    transfer: TftpTransfer
    until: float

    @property
    def deadline(self) -> float:
        return min(self.until, self.transfer.again)


@dataclass(frozen=True, slots=True)
class _Pausing:
    """Every server has failed; the next round begins at the deadline."""

    file: str
    round: int
    deadline: float


@dataclass(frozen=True, slots=True)
class _Idle:
    deadline: None = None


@dataclass(frozen=True, slots=True)
class _Ended:
    """`succeeded`: some server answered for every file, if only to say that there is none."""

    succeeded: bool
    deadline: None = None


_Asking: TypeAlias = _Fetching | _Transferring
_State: TypeAlias = _Idle | _Asking | _Pausing | _Ended


class FileClient:
    """`settings` holds what the files SET; `succeeded` is None until it is over.

    `streams` gives stream numbers; it is shared by everyone on the host.
    """

    def __init__(self, config: FileClientConfig, streams: Iterator[StreamId]) -> None:
        self._config = config
        self._state: _State = _Idle()
        self._streams = streams
        self._fetched = 0
        self._source = 0  # who answered last is asked first
        self._unasked = list(SETTINGS_FILES)
        old = config.family == "46xx"
        self._interpreter = settings.Interpreter(config.variables, exact=not old, stops_at_missing=old)

    @property
    def deadline(self) -> float | None:
        return self._state.deadline

    @property
    def settings(self) -> Mapping[str, str]:
        return self._interpreter.settings

    @property
    def succeeded(self) -> bool | None:
        return self._state.succeeded if isinstance(self._state, _Ended) else None

    def handle(self, event: Event, now: float) -> Commands:
        state = self._state
        match event:
            case Started() if isinstance(state, _Idle):
                return self._fetch(self._config.first_file, self._source, 1, now)
            case TimeUp() if state.deadline is not None and now >= state.deadline:
                return self._late(state, now)
            case StreamOpened() | StreamReceived() | StreamClosed() | StreamFailed() if (
                isinstance(state, _Fetching) and event.stream == state.stream
            ):
                return self._streamed(state, event, now)
            case DatagramReceived() if isinstance(state, _Transferring):
                return self._transferred(state, state.transfer.take(event, now), now)
            case BindFailed() if isinstance(state, _Transferring):
                return self._next_server(state, FILES_UNREACHABLE, "no free port", now)
            case _:
                return NOTHING

    def owns(self, port: int) -> bool:
        """Whether a TFTP transfer goes on at this UDP port."""
        return isinstance(self._state, _Transferring) and self._state.transfer.local.port == port

    def _transferred(self, state: _Transferring, commands: Commands, now: float) -> Commands:
        transfer = state.transfer
        match transfer.end:
            case TftpEnd.WHOLE:
                self._source = state.source
                return (*commands, *self._read(state, bytes(transfer.body), now))
            case TftpEnd.MISSING:
                self._source = state.source
                return (*commands, *self._missing(now))
            case TftpEnd.FAILED:
                return (*commands, *self._next_server(state, FILES_REJECTED, transfer.reason, now))
            case None:
                return commands

    def _late(self, state: _State, now: float) -> Commands:
        if isinstance(state, _Pausing):
            return self._fetch(state.file, self._source, state.round, now)
        if isinstance(state, _Fetching):
            why = f"no whole answer within {self._config.timeout:g} s"
            return (CloseStream(state.stream, abort=True), *self._next_server(state, FILES_MUTE, why, now))
        if isinstance(state, _Transferring):
            if now < state.until:
                return state.transfer.repeat(now)
            why = f"no whole file within {self._config.timeout:g} s"
            return (*state.transfer.stop(), *self._next_server(state, FILES_MUTE, why, now))
        return NOTHING

    def _streamed(
        self, state: _Fetching, event: StreamOpened | StreamReceived | StreamClosed | StreamFailed, now: float
    ) -> Commands:
        match event:
            case StreamOpened():
                if state.asked:
                    return NOTHING
                self._state = replace(state, asked=True)
                return (SendStream(state.stream, self._request(state)),)
            case StreamReceived(data=b""):
                return NOTHING  # to h11 no octets are the end of the connection
            case StreamReceived(data=data):
                return self._take(state, data, now)
            case StreamClosed(reason=""):
                return self._take(state, b"", now)  # the end of a body without a length
            case StreamClosed(reason=reason):
                return self._next_server(state, FILES_MUTE, reason, now)
            case StreamFailed(reason=reason, fault=fault):
                return self._next_server(state, _FAULTS[fault], reason, now)

    def _request(self, state: _Fetching) -> bytes:
        source = self._config.sources[state.source]
        target = "/".join(("", *source.parts, state.file))
        return _get(target, str(source.address), self._config.user_agent)

    def _take(self, state: _Fetching, data: bytes, now: float) -> Commands:
        """Octets of the answer; none: the end of the connection."""
        ended = not data
        http = state.http
        if http is None:
            data = state.said + data
            whole = _whole_answer(data) if state.asked and len(data) <= _SMALL else None
            if whole == _INCOMPLETE and not ended:
                self._state = replace(state, said=data)
                return NOTHING
            if whole is not None and whole != _INCOMPLETE and len(whole[1]) <= self._config.max_octets:
                self._state = state = replace(state, status=whole[0], body=bytearray(whole[1]))
                return (CloseStream(state.stream), *self._whole(state, now))
            http = _asking()
            self._state = state = replace(state, http=http, said=b"")
            if ended and data:
                http.receive_data(data)
                data = b""
        try:
            http.receive_data(data)
            while True:
                event = http.next_event()
                if isinstance(event, h11.Response):
                    self._state = state = replace(state, status=event.status_code)
                elif isinstance(event, h11.Data):
                    state.body.extend(event.data)
                    if len(state.body) > self._config.max_octets:
                        raise h11.RemoteProtocolError(f"more than {self._config.max_octets} octets")
                elif isinstance(event, h11.EndOfMessage):
                    return (CloseStream(state.stream), *self._whole(state, now))
                elif event is h11.NEED_DATA or event is h11.PAUSED:
                    return NOTHING
                elif isinstance(event, h11.ConnectionClosed):
                    raise h11.RemoteProtocolError("closed without an answer")
        except h11.RemoteProtocolError as error:
            failed = self._next_server(state, FILES_REJECTED, str(error), now)
            return (CloseStream(state.stream, abort=True), *failed)

    def _whole(self, state: _Fetching, now: float) -> Commands:
        assert state.status is not None
        where = f"{self._config.sources[state.source]}{state.file}"
        if state.status >= 500:
            return self._next_server(state, FILES_REJECTED, f"status {state.status}", now)
        self._source = state.source
        if 300 <= state.status < 400:
            noted = _noted(FILES_REDIRECTED, f"{where} redirects (status {state.status}): not followed")
            return (noted, *self._missing(now))
        if state.status != 200:
            return self._missing(now)
        return self._read(state, bytes(state.body), now)

    def _read(self, state: _Asking, body: bytes, now: float) -> Commands:
        where = f"{self._config.sources[state.source]}{state.file}"
        try:
            script = settings.decode(body)
        except DecodeError as error:
            return (_noted(FILES_REJECTED, f"{where}: {error}"), *self._missing(now))
        self._fetched += 1
        if state.file in SETTINGS_FILES:
            self._unasked.clear()
        seen = len(self._interpreter.problems)
        wanted = self._interpreter.begin(script)
        return (*self._complaints(where, seen), *self._go_on(wanted, now))

    def _missing(self, now: float) -> Commands:
        return self._go_on(self._interpreter.missing(), now)

    def _go_on(self, wanted: str | None, now: float) -> Commands:
        """To the file that a script GETs; without one, to the settings files that no script asked for."""
        if wanted is None and self._unasked:
            wanted = self._unasked[0]
        if wanted is not None:
            return self._fetch(wanted, self._source, 1, now)
        self._state = _Ended(succeeded=True)
        source = self._config.sources[self._source]
        detail = f"{self._fetched} files from {source}"
        reached = StageReached(Stage.PROVISION, detail)
        if self._fetched:
            return (reached,)
        return (_noted(FILES_NOT_FOUND, f"{source} has none of the files"), reached)

    def _fetch(self, file: str, source: int, round_: int, now: float) -> Commands:
        if file in self._unasked:
            self._unasked.remove(file)
        config = self._config
        server = config.sources[source]
        if server.scheme is Scheme.TFTP:
            local = TransportAddress(config.local, _FIRST_PORT + next(self._streams) % _PORTS)
            name = "/".join((*server.parts, file))
            transfer = TftpTransfer(local, server.address, name, config.max_octets)
            self._state = _Transferring(file, source, round_, transfer, now + config.timeout)
            return transfer.start(now)
        deadline = now + config.timeout
        stream = next(self._streams)
        self._state = _Fetching(file, source, round_, stream, None, bytearray(), deadline)
        secure = server.scheme is Scheme.HTTPS
        patience = config.timeout / 2
        return (OpenStream(stream, config.local, server.address, tls=secure, timeout=patience),)

    def _next_server(self, state: _Asking, code: Code, why: str, now: float) -> Commands:
        """The same file from the server after this one; after the last of a round, a pause or the end."""
        servers = self._config.sources
        noted: Command = _noted(code, f"{servers[state.source]}{state.file}: {why}")
        following = (state.source + 1) % len(servers)
        if following != self._source:
            return (noted, *self._fetch(state.file, following, state.round, now))
        if state.round < self._config.rounds:
            self._state = _Pausing(state.file, state.round + 1, now + self._config.pause)
            return (noted,)
        self._state = _Ended(succeeded=False)
        return (noted, StageFailed(Stage.PROVISION, f"no file server answered for {state.file}: {why}"))

    def _complaints(self, where: str, seen: int) -> Commands:
        """One finding for the lines a file should not have; all of them would drown the rest."""
        problems = self._interpreter.problems[seen:]
        if not problems:
            return NOTHING
        first = problems[0]
        sentence = f"{where} line {first.line}: {first.what}"
        if len(problems) > 1:
            sentence += f"; and {len(problems) - 1} more lines"
        return (_noted(SETTINGS_LINE_SKIPPED, sentence),)


# When power returns, thousands of phones ask the same in the same words, and are told the same.


@lru_cache(maxsize=256)
def _get(target: str, host: str, agent: str) -> bytes:
    headers = [("Host", host), ("User-Agent", agent), ("Connection", "close")]
    request = h11.Request(method="GET", target=quote(target), headers=headers)
    http = h11.Connection(h11.CLIENT)
    return (http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b"")


def _asking() -> h11.Connection:
    """A connection on which a file has been asked for."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", ""), ("Connection", "close")]))
    http.send(h11.EndOfMessage())
    return http


@lru_cache(maxsize=256)
def _whole_answer(data: bytes) -> tuple[int, bytes] | None:
    """Status and body, when these octets are a whole answer that says its length; None: anything else."""
    http = _asking()
    http.receive_data(data)
    try:
        head, body = http.next_event(), b""
        if head is h11.NEED_DATA:
            return _INCOMPLETE
        if not isinstance(head, h11.Response) or not _says_its_length(head):
            return None
        while isinstance(event := http.next_event(), h11.Data):
            body += event.data
    except h11.RemoteProtocolError:
        return None
    if event is h11.NEED_DATA:
        return _INCOMPLETE
    return (head.status_code, body) if isinstance(event, h11.EndOfMessage) else None


def _says_its_length(head: h11.Response) -> bool:
    return any(name == b"content-length" for name, _ in head.headers)


def _noted(code: Code, sentence: str) -> Noted:
    return Noted(Finding(code, sentence, Stage.PROVISION))
