"""The provisioning server: files over HTTP/1.1, nothing else.

Names are looked up in a mapping; what the mapping calls a stored file the host sends from its disk. Answers
are as plain as they come, with Content-Length, since some handset loads accept nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import h11

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.fair_slots import FairSlots
from ringfence.actors.files.content import (
    Content,
    ContentPart,
    Page,
    StoredFile,
    content_type,
    part_asked_for,
)
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    SendFile,
    SendStream,
    StageFailed,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamId,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import Address, TransportAddress
from ringfence.model.stage import Stage

_MAX_REQUEST = 16 * 1024  # octets of one request's head
_MAX_AT_ONCE = 8  # requests answered out of one piece of input: nobody honest pipelines more
_RANGE_HEADERS = frozenset({b"range", b"if-range"})
_SERVED = frozenset({b"GET", b"HEAD"})
_REASONS = {
    200: b"OK",
    206: b"Partial Content",
    400: b"Bad Request",
    404: b"Not Found",
    405: b"Method Not Allowed",
    416: b"Range Not Satisfiable",
    503: b"Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class FileServerConfig:
    """`files`: path without its leading slash -> content. At least one of `http` and `https` is given.

    `idle`: seconds a client may take for one request, from the opening or from its last answer; assumed.
    `max_connections` are shared fairly between addresses. `keep_alive` False closes after each answer.
    """

    files: Mapping[str, Content]
    http: tuple[TransportAddress, ...] = ()
    https: tuple[TransportAddress, ...] = ()
    idle: float = 30.0
    max_connections: int = 1024
    keep_alive: bool = True

    def __post_init__(self) -> None:
        if not self.http and not self.https:
            raise ValueError("a file server needs an address")


@dataclass(slots=True)
class FileServer:
    """`served` counts answers by status code."""

    config: FileServerConfig
    served: dict[int, int] = field(default_factory=dict)
    _clients: dict[StreamId, h11.Connection] = field(default_factory=dict)
    _idle: Deadlines[StreamId] = field(default_factory=Deadlines)
    _slots: FairSlots[Address, StreamId] = field(init=False)

    def __post_init__(self) -> None:
        self._slots = FairSlots(self.config.max_connections)

    @property
    def deadline(self) -> float | None:
        return self._idle.next

    def files_changed(self, files: Mapping[str, Content]) -> None:
        """Between two events: these are served from now on."""
        self.config = replace(self.config, files=files)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (
                    *(Listen(local) for local in self.config.http),
                    *(Listen(local, tls=True) for local in self.config.https),
                )
            case BindFailed(local=local):
                return (StageFailed(Stage.PROVISION, f"the file server cannot listen on {local}"),)
            case StreamAccepted(stream=stream, remote=remote):
                return self._accept(stream, remote.ip, now)
            # To h11 no octets are the end of the connection.
            case StreamReceived(stream=stream, data=data) if data and stream in self._clients:
                return self._receive(stream, data, now)
            case StreamClosed(stream=stream):
                self._forget(stream)
                return NOTHING
            case TimeUp():
                return tuple(self._close(stream) for stream in self._idle.take(now))
            case _:
                return NOTHING

    def _accept(self, stream: StreamId, source: Address, now: float) -> Commands:
        leaves = self._slots.take(source, stream)
        if leaves == stream:
            return (CloseStream(stream, abort=True),)
        self._clients[stream] = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST)
        self._idle.put(stream, now + self.config.idle)
        return NOTHING if leaves is None else (self._close(leaves, abort=True),)

    def _receive(self, stream: StreamId, data: bytes, now: float) -> Commands:
        client = self._clients[stream]
        client.receive_data(data)
        commands: list[Command] = []
        for _ in range(_MAX_AT_ONCE):
            try:
                answer = self._next_answer(client, stream)
            except h11.RemoteProtocolError:
                return (*commands, *self._refuse(client, stream))
            if answer is None:
                return tuple(commands)
            commands += answer
            self._idle.put(stream, now + self.config.idle)
            if client.our_state is not h11.DONE or client.their_state is not h11.DONE:
                return (*commands, self._close(stream))
            client.start_next_cycle()
        return (*commands, self._close(stream))

    def _next_answer(self, client: h11.Connection, stream: StreamId) -> list[Command] | None:
        """The answer to the next whole request, None when it is not whole yet."""
        event = client.next_event()
        if not isinstance(event, h11.Request):
            return None
        if event.method not in _SERVED:
            return self._say(client, stream, 405)
        if client.they_are_waiting_for_100_continue or _has_body(event):
            return self._say(client, stream, 400)
        client.next_event()  # the end of a request without a body comes with it
        name = _name(event.target)
        content = self.config.files.get(name)
        if content is None:
            return self._say(client, stream, 404)
        return self._give(client, stream, event, name, content)

    def _give(
        self, client: h11.Connection, stream: StreamId, request: h11.Request, name: str, content: Content
    ) -> list[Command]:
        bodiless = request.method == b"HEAD"
        if isinstance(content, Page):
            headers = [("Content-Type", content.content_type), ("Cache-Control", "no-store")]
            return self._say(client, stream, content.status, content.data, headers, bodiless=bodiless)
        headers = [("Content-Type", content_type(name)), ("Accept-Ranges", "bytes")]
        if isinstance(content, StoredFile):
            headers += [("ETag", content.entity_tag), ("Last-Modified", content.last_modified)]
        size = len(content)
        try:
            part = None if bodiless else part_asked_for(_range(request, content), size)
        except ValueError:
            headers.append(("Content-Range", f"bytes */{size}"))
            return self._say(client, stream, 416, b"", headers)
        if part is None:
            return self._say(client, stream, 200, content, headers, bodiless=bodiless)
        end = part.offset + part.length - 1
        headers.append(("Content-Range", f"bytes {part.offset}-{end}/{size}"))
        return self._say(client, stream, 206, content, headers, part=part)

    def _say(
        self,
        client: h11.Connection,
        stream: StreamId,
        status: int,
        content: bytes | StoredFile = b"",
        headers: Sequence[tuple[str, str]] = (("Content-Type", "text/plain"),),
        *,
        part: ContentPart | None = None,
        bodiless: bool = False,
    ) -> list[Command]:
        """The answer with its `content`, or `part` of it."""
        part = part or ContentPart(0, len(content))
        said = [("Content-Length", str(part.length)), *headers]
        if status == 405:
            said.append(("Allow", "GET, HEAD"))
        if status in {400, 405} or not self.config.keep_alive:
            said.append(("Connection", "close"))
        head = client.send(h11.Response(status_code=status, headers=said, reason=_REASONS[status]))
        commands: list[Command] = [SendStream(stream, head or b"")]
        if part.length and not bodiless:
            body: bytes | range
            if isinstance(content, StoredFile):
                body = range(part.length)  # h11 wants to know its length alone
                commands.append(
                    SendFile(stream, content.name, part.offset, part.length, content.size, content.modified)
                )
            else:
                # The octets as they are: a large file is not copied for every client.
                whole = part.length == len(content)
                body = content if whole else content[part.offset : part.offset + part.length]
                commands.append(SendStream(stream, body))
            client.send_with_data_passthrough(h11.Data(data=body))  # type: ignore[arg-type]
        client.send(h11.EndOfMessage())
        self.served[status] = self.served.get(status, 0) + 1
        return commands

    def _refuse(self, client: h11.Connection, stream: StreamId) -> Commands:
        if client.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return (self._close(stream),)
        return (*self._say(client, stream, 400, b""), self._close(stream))

    def _close(self, stream: StreamId, *, abort: bool = False) -> Command:
        self._forget(stream)
        return CloseStream(stream, abort)

    def _forget(self, stream: StreamId) -> None:
        self._clients.pop(stream, None)
        self._idle.drop(stream)
        self._slots.free(stream)


def _has_body(request: h11.Request) -> bool:
    names = {name for name, value in request.headers if (name, value) != (b"content-length", b"0")}
    return bool(names & {b"content-length", b"transfer-encoding"})


def _range(request: h11.Request, content: bytes | StoredFile) -> str:
    """The Range header; empty where there is none, or the content is not that which If-Range names."""
    found = {name: value.decode("latin-1") for name, value in request.headers if name in _RANGE_HEADERS}
    condition = found.get(b"if-range")
    known = (content.entity_tag, content.last_modified) if isinstance(content, StoredFile) else ()
    return found.get(b"range", "") if condition is None or condition in known else ""


def _name(target: bytes) -> str:
    """A request target's path, as the mapping has it: no query, no escapes, no leading slashes."""
    path = target.decode("latin-1").partition("?")[0]
    return unquote(path, errors="replace").lstrip("/")
