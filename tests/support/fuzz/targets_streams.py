"""Machines that take streams: file server and client, call signalling at both ends, routed calls.

An input is what a peer says on one connection, in pieces; connections open, close and fail around it.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from random import Random

from ringfence.actors.endpoint import media_channels
from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.actors.files.client import FileClient
from ringfence.actors.files.config import FileClientConfig, FileSource
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.call_router import CallRouter
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.io import (
    CloseStream,
    Command,
    Machine,
    OpenStream,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.ras.dialect import H225_V2
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.machine import SignallingListener, SignallingOpener
from ringfence.model.address import TransportAddress, transport
from ringfence.model.flow import Role
from ringfence.model.site import CallControl, Scheme
from ringfence.wire import call_signalling, h225, per, tpkt
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from support.fuzz import seeds
from support.fuzz.mutate import Mutator
from support.fuzz.subject import Target
from support.fuzz.targets_datagrams import Driven

SERVER = transport("10.1.0.20", 80)
GATEKEEPER = transport("10.1.0.30", 1720)
HANDSET = transport("10.2.0.21", 1720)
_MOST_STREAMS = 40  # open at once

_REQUESTS = (
    b"GET /46xxsettings.txt HTTP/1.1\r\nHost: files\r\n\r\n",
    b"HEAD /dir/96x1Hupgrade.txt HTTP/1.1\r\nHost: files\r\nConnection: close\r\n\r\n",
    b"GET /%2e%2e/%00?x HTTP/1.0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /46xxsettings.txt HTTP/1.1\r\nHost: f\r\n\r\n" * 12,
)
_ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nSET L2Q 1\r\n ",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n" + seeds.SETTINGS_FILES[0],
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nSET A\r\n3\r\n 1\n\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
)
_HTTP_TOKENS = (
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b":",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"\0",
    b"\xff",
    b"ffffffff\r\n",
)
TPKT_TOKENS = (b"\x03\0\0\x04", b"\x03\0\xff\xff", b"\x08\x02\0\x01", b"\x7e\0\x03\x05\x20\x80")


class Streamed(Driven):
    """Peers of one machine; the driver's part is played as `actors.io` says."""

    def __init__(
        self,
        machine: Machine,
        random: Random,
        said: tuple[bytes, ...],
        tokens: tuple[bytes, ...],
        ends: tuple[TransportAddress, TransportAddress | None],
    ) -> None:
        self._local, self._remote = ends
        self._accepted = count(-1, -1)
        self._opening: list[OpenStream] = []
        self._open: list[int] = []
        super().__init__(machine, random, said)
        self.mutator = Mutator(random, said, tokens)

    def performed(self, command: Command) -> None:
        match command:
            case OpenStream():
                self._opening.append(command)
            case CloseStream(stream=stream):
                self._opening = [each for each in self._opening if each.stream != stream]
                if stream in self._open:
                    self._open.remove(stream)
            case SendStream(stream=stream):
                assert stream in self._open, f"octets for stream {stream}, which is not open"
            case _:
                pass

    def feed(self, data: bytes) -> None:
        random = self.random
        self.wait(self.pause())
        while self._opening:
            self._conclude(self._opening.pop(0))
        if self._remote is not None and len(self._open) < _MOST_STREAMS and not random.getrandbits(1):
            self._accept(self._remote)
        if not self._open:  # nothing to talk on before the machine tries again
            self.wait(max(0.0, (self.machine.deadline or self.now) - self.now))
            return
        stream = random.choice(self._open)
        size = random.choice((len(data) + 1, len(data) // 2 + 1, 7 if len(data) < 3000 else 700))
        for start in range(0, len(data), size):
            if stream not in self._open:
                return
            self.handle(StreamReceived(stream, data[start : start + size]))
        if stream in self._open and not random.getrandbits(2):
            self._open.remove(stream)
            self.handle(StreamClosed(stream, random.choice(("", "reset"))))

    def _conclude(self, opening: OpenStream) -> None:
        if not self.random.getrandbits(3):
            self.handle(StreamFailed(opening.stream, self.random.choice(("refused", "timed out", "TLS: x"))))
            return
        self._open.append(opening.stream)
        local = TransportAddress(opening.source_ip, 40000)
        self.handle(StreamOpened(opening.stream, local, opening.destination))

    def _accept(self, remote: TransportAddress) -> None:
        stream = next(self._accepted)
        self._open.append(stream)
        port = 1024 + self.random.getrandbits(10)
        self.handle(StreamAccepted(stream, self._local, TransportAddress(remote.ip, port)))


def _file_server(random: Random) -> Streamed:
    files = {"46xxsettings.txt": b"SET L2Q 1\n", "dir/96x1Hupgrade.txt": b"x" * 5000}
    machine = FileServer(FileServerConfig(files, http=(SERVER,)))
    return Streamed(machine, random, _REQUESTS, _HTTP_TOKENS, (SERVER, HANDSET))


def _file_client(random: Random) -> Streamed:
    sources = (FileSource(transport("10.1.0.21", 411), Scheme.HTTPS), FileSource(SERVER))
    machine = FileClient(FileClientConfig(HANDSET.ip, sources, rounds=50), count(1))
    return Streamed(machine, random, _ANSWERS, _HTTP_TOKENS, (HANDSET, None))


def _said() -> tuple[bytes, ...]:
    """Streams that carry several messages, and single ones that come in any order."""
    own = [each for each in seeds.signalling_messages() if len(each) < 1500]
    return (*seeds.tpkt_streams(), *map(tpkt.frame, own))


def _listener(role: Role, random: Random) -> Streamed:
    config = SignallingConfig(CallControl.GATEKEEPER if role is Role.HANDSET else CallControl.HANDSET)
    local, remote = (HANDSET, GATEKEEPER) if role is Role.HANDSET else (GATEKEEPER, HANDSET)
    machine = SignallingListener(config, role, local.ip, only_from=(remote.ip,), random=random)
    return Streamed(machine, random, _said(), TPKT_TOKENS, (local, remote))


def _opener(role: Role, random: Random) -> Streamed:
    config = SignallingConfig(CallControl.HANDSET if role is Role.HANDSET else CallControl.GATEKEEPER)
    local, remote = (HANDSET, GATEKEEPER) if role is Role.HANDSET else (GATEKEEPER, HANDSET)
    machine = SignallingOpener(config, role, local.ip, remote, streams=count(1), random=random)
    return Streamed(machine, random, _said(), TPKT_TOKENS, (local, None))


def calls() -> tuple[bytes, ...]:
    """Calls between the two endpoints of `_router`, under the call references that come first."""
    guid = h225.CallIdentifier(guid=bytes(range(16)))
    found: list[h225.H323messagebody] = []
    for alias in ("4711", "4712", "9999", None):
        setup = h225.SetupUUIE(
            protocolIdentifier=H225_V2,
            sourceAddress=[("dialedDigits", "4711")],
            sourceInfo=TERMINAL_TYPE,
            destinationAddress=[("dialedDigits", alias)] if alias else None,
            activeMC=False,
            conferenceID=bytes(16),
            conferenceGoal=("create", True),
            callType=("pointToPoint", True),
            callIdentifier=guid,
            multipleCalls=alias == "4712",
            maintainConnection=alias != "9999",
        )
        found.append(("setup", setup))
    connect = h225.ConnectUUIE(
        protocolIdentifier=H225_V2,
        destinationInfo=TERMINAL_TYPE,
        conferenceID=bytes(16),
        callIdentifier=guid,
        multipleCalls=True,
        maintainConnection=True,
    )
    facility = h225.FacilityUUIE(
        protocolIdentifier=H225_V2,
        reason=("callForwarded", True),
        callIdentifier=guid,
        alternativeAddress=address_field(GATEKEEPER),
        alternativeAliasAddress=[("dialedDigits", "4711")],
    )
    over = h225.ReleaseCompleteUUIE(protocolIdentifier=H225_V2, callIdentifier=guid)
    found += [("connect", connect), ("facility", facility), ("releaseComplete", over)]
    return tuple(
        tpkt.frame(call_signalling.encode(call_signalling.signal(reference, body, from_destination=answer)))
        for body in found
        for reference in (1, 2, 3)
        for answer in (False, True)
    )


def _router(random: Random) -> Streamed:
    table = Registrations()
    for name, alias, host in (("1_endp", "4711", 21), ("2_endp", "4712", 22)):
        ras, call = transport(f"10.2.0.{host}", 1719), transport(f"10.2.0.{host}", 1720)
        table.add(RegisteredEndpoint(name, (alias,), ras, call, 300.0, heard=0.0), 0.0)
    machine = CallRouter(RouterConfig(), GATEKEEPER, table, streams=count(1), random=random)
    known = calls()
    return Streamed(machine, random, (*known * 8, *_said()), (*TPKT_TOKENS, *known), (GATEKEEPER, HANDSET))


class Control:
    """H.245 of one end against damaged words of another, who says the right ones too."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._one = H245Control(HANDSET, random)
        self._other = H245Control(GATEKEEPER, random)
        proposals = tuple(media_channels.propose(GATEKEEPER))
        self._mutator = Mutator(random, (*seeds.h245_messages(), *proposals))
        self._pending = [*self._other.open(), *proposals]
        self._one.open()

    def next(self) -> bytes:
        if self._pending and self._random.getrandbits(1):
            return self._mutator.damage(self._pending.pop(0), 1)
        return self._mutator.next()

    def feed(self, data: bytes) -> None:
        for said in self._one.receive([data]):
            per.decode(MultimediaSystemControlMessage, said)
            if len(self._pending) < 50:
                self._pending += self._other.receive([said])
        media_channels.accept([data], HANDSET)


TARGETS: tuple[Target, ...] = (
    Target("h245-control", Control, episode=100),
    Target("file-server", _file_server),
    Target("file-client", _file_client, most_ms=500.0, episode=40),
    Target("signalling-handset", partial(_listener, Role.HANDSET)),
    Target("signalling-gatekeeper", partial(_listener, Role.GATEKEEPER)),
    Target("signalling-opener", partial(_opener, Role.HANDSET)),
    Target("signalling-time-to-service", partial(_opener, Role.GATEKEEPER)),
    Target("call-router", _router),
)
