"""A handset's start-up files: the upgrade file of its family, then what that GETs, then the settings file.

HTTPS servers are tried before HTTP servers (9600 R1.5 installation guide, file download). A 404 is an
answer: the stock upgrade files GET a `.scr` first that is often not there. Redirects are not followed:
GnuGk's notes on these handsets say that they never are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import quote

import h11

from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Command,
    Commands,
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
from ringfence.model.address import Address, TransportAddress
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
from ringfence.model.stage import Stage
from ringfence.wire import settings

# 9600 SIP guide 2007 p. 69 and 96x1 SIP guide 2020 p. 26; those of 46xx and 16xx are assumed.
UPGRADE_FILES: Mapping[str, str] = MappingProxyType(
    {
        "46xx": "46xxupgrade.scr",
        "16xx": "16xxupgrade.txt",
        "96x0": "96xxupgrade.txt",
        "96x1": "96x1Hupgrade.txt",
        "j100": "J100Supgrade.txt",
    }
)
SETTINGS_FILES = ("46xxsettings.scr", "46xxsettings.txt")
_MAX_HEAD = 16 * 1024
_FAULTS: dict[StreamFault, Code] = {
    StreamFault.REFUSED: FILES_REFUSED,
    StreamFault.TLS: FILES_TLS_FAILED,
    StreamFault.UNREACHABLE: FILES_UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file server: where it listens, and the directory put before every name (HTTPDIR, TLSDIR)."""

    address: TransportAddress
    tls: bool = False
    directory: str = ""

    def __str__(self) -> str:
        directory = self.directory.strip("/")
        return f"{'https' if self.tls else 'http'}://{self.address}/{directory + '/' if directory else ''}"


@dataclass(frozen=True, slots=True)
class FileClientConfig:
    """`sources` in the order of trial, HTTPS first; at least one.

    `variables` are what IF can test (MODEL, MACADDR, GROUP). `timeout`: seconds for one file, connection
    included; `rounds` over all servers, `pause` seconds apart; `max_octets` of one file. Timers, rounds and
    User-Agent are assumed: no manual gives them.
    """

    local: Address
    sources: tuple[FileSource, ...]
    family: str = "96x1"
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 20.0
    rounds: int = 3
    pause: float = 5.0
    max_octets: int = settings.MAX_OCTETS
    user_agent: str = "AVAYA"

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("a file client without a file server")
        if [source.tls for source in self.sources] != sorted((s.tls for s in self.sources), reverse=True):
            raise ValueError("HTTPS servers come before HTTP servers")
        if self.timeout <= 0 or self.pause <= 0 or self.rounds < 1:
            raise ValueError("timeout and pause are above zero, and there is at least one round")

    @property
    def first_file(self) -> str:
        """Other families, such as plain H.323 endpoints, have settings files only."""
        return UPGRADE_FILES.get(self.family, SETTINGS_FILES[0])


@dataclass(frozen=True, slots=True)
class _Fetching:
    """One file from one server. `body` grows; the connection is h11's."""

    file: str
    source: int
    round: int
    stream: StreamId
    http: h11.Connection
    body: bytearray
    deadline: float
    status: int | None = None


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


_State: TypeAlias = _Idle | _Fetching | _Pausing | _Ended


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
            case _:
                return NOTHING

    def _late(self, state: _State, now: float) -> Commands:
        if isinstance(state, _Pausing):
            return self._fetch(state.file, self._source, state.round, now)
        if isinstance(state, _Fetching):
            why = f"no whole answer within {self._config.timeout:g} s"
            return (CloseStream(state.stream, abort=True), *self._next_server(state, FILES_MUTE, why, now))
        return NOTHING

    def _streamed(
        self, state: _Fetching, event: StreamOpened | StreamReceived | StreamClosed | StreamFailed, now: float
    ) -> Commands:
        match event:
            case StreamOpened():
                if state.http.our_state is not h11.IDLE:
                    return NOTHING
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
        parts = [part for part in (*source.directory.split("/"), state.file) if part]
        headers = [
            ("Host", str(source.address)),
            ("User-Agent", self._config.user_agent),
            ("Connection", "close"),
        ]
        request = h11.Request(method="GET", target="/" + quote("/".join(parts)), headers=headers)
        return (state.http.send(request) or b"") + (state.http.send(h11.EndOfMessage()) or b"")

    def _take(self, state: _Fetching, data: bytes, now: float) -> Commands:
        try:
            state.http.receive_data(data)
            while True:
                event = state.http.next_event()
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
        try:
            script = settings.decode(bytes(state.body))
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
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        deadline = now + config.timeout
        stream = next(self._streams)
        self._state = _Fetching(file, source, round_, stream, http, bytearray(), deadline)
        server = config.sources[source]
        patience = config.timeout / 2
        return (OpenStream(stream, config.local, server.address, tls=server.tls, timeout=patience),)

    def _next_server(self, state: _Fetching, code: Code, why: str, now: float) -> Commands:
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


def _noted(code: Code, sentence: str) -> Noted:
    return Noted(Finding(code, sentence, Stage.PROVISION))
