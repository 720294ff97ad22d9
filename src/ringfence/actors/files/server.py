"""The provisioning server: a fixed set of files over HTTP/1.1, nothing else.

Names are looked up in a mapping; there is no file system behind it. Answers are as plain as they come, with
Content-Length, since some handset loads accept nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import h11

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import (
    NOTHING,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    Event,
    Listen,
    SendStream,
    StageFailed,
    Started,
    StreamAccepted,
    StreamClosed,
    StreamId,
    StreamReceived,
    TimeUp,
)
from ringfence.model.address import TransportAddress
from ringfence.model.stage import Stage

_MAX_REQUEST = 16 * 1024  # octets of one request's head
_MAX_AT_ONCE = 8  # requests answered out of one piece of input: nobody honest pipelines more
_SERVED = frozenset({b"GET", b"HEAD"})
_REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found", 405: b"Method Not Allowed"}


@dataclass(frozen=True, slots=True)
class FileServerConfig:
    """`files`: path without its leading slash -> content. At least one of `http` and `https` is given.

    `idle`: seconds a client may take for one request, from the opening or from its last answer; assumed.
    `keep_alive` False closes after each answer.
    """

    files: Mapping[str, bytes]
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

    @property
    def deadline(self) -> float | None:
        return self._idle.next

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (
                    *(Listen(local) for local in self.config.http),
                    *(Listen(local, tls=True) for local in self.config.https),
                )
            case BindFailed(local=local):
                return (StageFailed(Stage.PROVISION, f"the file server cannot listen on {local}"),)
            case StreamAccepted(stream=stream):
                return self._accept(stream, now)
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

    def _accept(self, stream: StreamId, now: float) -> Commands:
        if len(self._clients) >= self.config.max_connections:
            return (CloseStream(stream, abort=True),)
        self._clients[stream] = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST)
        self._idle.put(stream, now + self.config.idle)
        return NOTHING

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
        content = self.config.files.get(_name(event.target))
        if content is None:
            return self._say(client, stream, 404)
        return self._say(client, stream, 200, content, bodiless=event.method == b"HEAD")

    def _say(
        self,
        client: h11.Connection,
        stream: StreamId,
        status: int,
        content: bytes = b"",
        *,
        bodiless: bool = False,
    ) -> list[Command]:
        headers = [("Content-Length", str(len(content))), ("Content-Type", "text/plain")]
        if status == 405:
            headers.append(("Allow", "GET, HEAD"))
        if status in {400, 405} or not self.config.keep_alive:
            headers.append(("Connection", "close"))
        head = client.send(h11.Response(status_code=status, headers=headers, reason=_REASONS[status]))
        commands: list[Command] = [SendStream(stream, head or b"")]
        if content and not bodiless:
            # The octets as they are: a large file is not copied for every client.
            client.send_with_data_passthrough(h11.Data(data=content))
            commands.append(SendStream(stream, content))
        client.send(h11.EndOfMessage())
        self.served[status] = self.served.get(status, 0) + 1
        return commands

    def _refuse(self, client: h11.Connection, stream: StreamId) -> Commands:
        if client.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return (self._close(stream),)
        return (*self._say(client, stream, 400, b""), self._close(stream))

    def _close(self, stream: StreamId) -> Command:
        self._forget(stream)
        return CloseStream(stream)

    def _forget(self, stream: StreamId) -> None:
        self._clients.pop(stream, None)
        self._idle.drop(stream)


def _has_body(request: h11.Request) -> bool:
    names = {name for name, value in request.headers if (name, value) != (b"content-length", b"0")}
    return bool(names & {b"content-length", b"transfer-encoding"})


def _name(target: bytes) -> str:
    """A request target's path, as the mapping has it: no query, no escapes, no leading slashes."""
    path = target.decode("latin-1").partition("?")[0]
    return unquote(path, errors="replace").lstrip("/")
