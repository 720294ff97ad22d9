"""One TCP connection, with or without TLS, from its first step to its last octet."""

import asyncio
import errno
import os
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from ringfence.actors.io import (
    SendFile,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamId,
    StreamOpened,
    StreamReceived,
)
from ringfence.drivers.aio.file_root import is_unchanged
from ringfence.drivers.aio.linux import transport_of
from ringfence.drivers.aio.socket_context import SocketContext
from ringfence.drivers.tls import Tls

_CHUNK = 1 << 16
_PAUSE_READING = (
    1 << 18
)  # octets waiting to be sent above which we stop reading: the peer must take its answers
_SEND_LIMIT = 1 << 26  # octets waiting to be sent above which the connection is given up
_LAST_OCTETS = 30.0  # seconds for the peer to take some of what was sent before CloseStream
_LINGER = 2.0  # seconds to wait for the peer's FIN after ours
_FILE_STEP = 1 << 20  # octets of a file given to the kernel before the loop serves others

_WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timed out",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ECONNRESET: "reset by peer",
    errno.EPIPE: "reset by peer",
}


def reason(code: int | None) -> str:
    """An errno in the words that StreamFailed and StreamClosed use."""
    return _WORDS.get(code or 0) or os.strerror(code or 0)


def fault_of(code: int | None) -> StreamFault:
    """What an errno means for a machine whose stream did not open."""
    return StreamFault.REFUSED if code == errno.ECONNREFUSED else StreamFault.UNREACHABLE


class _Phase(Enum):
    CONNECTING = auto()
    HANDSHAKE = auto()
    OPEN = auto()
    CLOSING = auto()  # what was sent goes out, nothing is delivered any more
    LINGERING = auto()  # our FIN is out: closing with unread data would reset what the peer has not read yet
    CLOSED = auto()


class _FilePart:
    """Octets of an open file that are still to be sent; closes it."""

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self.descriptor = descriptor
        self.offset = offset
        self.length = length

    def advance(self, count: int) -> None:
        self.offset += count
        self.length -= count

    def close(self) -> None:
        os.close(self.descriptor)


class TcpConnection:
    """Owns one non-blocking socket until `forget` is called with the stream's number."""

    def __init__(
        self,
        context: SocketContext,
        sock: socket.socket,
        stream: StreamId,
        tls: Tls | None,
        *,
        timeout: float,
        forget: Callable[[StreamId], None],
    ) -> None:
        self.sock = sock
        self._loop = loop = context.loop
        self._stream = stream
        self._tls = tls
        self._deliver = context.deliver
        self._forget = forget
        self._waiting: deque[memoryview | _FilePart] = deque()  # for the socket
        self._clear: deque[bytes | _FilePart] = deque()  # for TLS, behind a file: records have their order
        self._said_goodbye = tls is None
        self._size = 0
        self._phase = _Phase.CONNECTING
        self._timer: asyncio.TimerHandle | None = loop.call_at(loop.time() + timeout, self._expired)

    def begin(self) -> None:
        """Go on from an accepted socket, or from a connect under way; events can follow at once."""
        if self._stream < 0:
            self._connected()
        else:
            self._loop.add_writer(self.sock, self._writable)

    def send(self, data: bytes) -> None:
        if self._phase is not _Phase.OPEN or not data:
            return
        if self._clear:
            self._clear.append(data)
            self._size += len(data)
        elif self._tls is not None:
            self._tls.encrypt(data)
            self._enqueue(self._tls.output())
        else:
            self._enqueue(data)
        if self._size > _SEND_LIMIT:
            self._lost("the peer does not read what is sent")
        else:
            self._flush()

    def send_file(self, descriptor: int, command: SendFile) -> None:
        """The descriptor is ours from now on."""
        if self._phase is not _Phase.OPEN or not is_unchanged(descriptor, command.size, command.modified):
            os.close(descriptor)
            self._lost("the file has changed since it was promised")
            return
        part = _FilePart(descriptor, command.offset, command.length)
        if self._tls is None:
            self._waiting.append(part)
        else:
            self._clear.append(part)
        self._flush()

    @property
    def busy(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._waiting or self._clear)

    def finish(self) -> None:
        """Close after what was sent has gone; nothing is delivered from now on."""
        if self._phase is not _Phase.OPEN:
            self.abort()
            return
        self._phase = _Phase.CLOSING
        self._arm(_LAST_OCTETS)
        self._flush()

    def abort(self) -> None:
        """Reset the connection (RFC 9293 section 3.10.5); at once, also before it is open."""
        if self._phase is not _Phase.CLOSED:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
            self._shut()

    def lose(self, why: str) -> None:
        """Reset it and tell the machine."""
        self._lost(why)

    def _connected(self) -> None:
        self._loop.add_reader(self.sock, self._readable)
        if self._tls is None:
            self._opened()
            return
        self._phase = _Phase.HANDSHAKE
        self._shake(b"")

    def _shake(self, data: bytes) -> None:
        assert self._tls is not None
        try:
            complete = self._tls.handshake(data)
        except ssl.SSLError as error:
            self._enqueue(self._tls.output())  # the alert that tells the peer why
            self._flush()
            self._lost(f"TLS: {error.reason or error}", StreamFault.TLS)
            return
        self._enqueue(self._tls.output())
        self._flush()
        if complete and self._phase is _Phase.HANDSHAKE:
            self._opened()
            self._take(b"")  # data can follow the handshake in one segment

    def _opened(self) -> None:
        try:
            local, remote = transport_of(self.sock.getsockname()), transport_of(self.sock.getpeername())
        except OSError as error:  # reset between the accept and now
            self._lost(reason(error.errno), fault_of(error.errno))
            return
        self._phase = _Phase.OPEN
        self._disarm()
        kind = StreamAccepted if self._stream < 0 else StreamOpened
        self._deliver(kind(self._stream, local, remote))

    def _readable(self) -> None:
        try:
            data = self.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lost(reason(error.errno), fault_of(error.errno))
            return
        if not data:
            self._ended()
        elif self._phase is _Phase.HANDSHAKE:
            self._shake(data)
        elif self._phase is _Phase.OPEN:
            self._take(data)

    def _take(self, data: bytes) -> None:
        ended = False
        if self._tls is not None:
            try:
                data, ended = self._tls.decrypt(data)
            except ssl.SSLError as error:
                self._lost(f"TLS: {error.reason or error}", StreamFault.TLS)
                return
            self._enqueue(self._tls.output())  # key updates
            self._flush()
        if data and self._phase is _Phase.OPEN:
            self._deliver(StreamReceived(self._stream, data))
        if ended:
            self._ended()

    def _ended(self) -> None:
        """The peer sends no more. What we have sent before still goes out."""
        if self._phase is not _Phase.OPEN:
            if self._phase is _Phase.CLOSING and self.busy:
                self._loop.remove_reader(self.sock)
            else:
                self._lost("closed by the peer before it was open")
            return
        self._phase = _Phase.CLOSING
        self._loop.remove_reader(self.sock)
        self._arm(_LAST_OCTETS)
        self._deliver(StreamClosed(self._stream))
        self._flush()

    def _writable(self) -> None:
        if self._phase is not _Phase.CONNECTING:
            self._flush()
            return
        self._loop.remove_writer(self.sock)
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._lost(reason(code), fault_of(code))
        else:
            self._connected()

    def _enqueue(self, data: bytes) -> None:
        if data:
            self._waiting.append(memoryview(data))
            self._size += len(data)

    def _flush(self) -> None:
        if self._phase in {_Phase.CLOSED, _Phase.LINGERING}:
            return
        step = _FILE_STEP
        while self._next() and step > 0:
            first = self._waiting[0]
            try:
                if isinstance(first, _FilePart):
                    step -= self._send_part(first)
                else:
                    step -= self._send_octets(first)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self._lost(reason(error.errno), fault_of(error.errno))
                return
            if self._phase is _Phase.CLOSING:
                self._arm(_LAST_OCTETS)
        self._watch()
        if not self.busy and self._phase is _Phase.CLOSING:
            self._linger()

    def _next(self) -> bool:
        """Whether there is something for the socket; TLS makes a record of the next piece if need be."""
        if self._waiting or self._tls is None:
            return bool(self._waiting)
        if self._clear:
            self._encrypt_next(self._tls)
        elif self._phase is _Phase.CLOSING and not self._said_goodbye:
            self._said_goodbye = True
            self._tls.goodbye()
            self._enqueue(self._tls.output())
        return bool(self._waiting)

    def _encrypt_next(self, tls: Tls) -> None:
        first = self._clear[0]
        if isinstance(first, _FilePart):
            clear = os.pread(first.descriptor, min(first.length, _CHUNK), first.offset)
            first.advance(len(clear))
            if not clear or not first.length:
                first.close()
                self._clear.popleft()
            if not clear:
                self._lost("the file has become shorter")
                return
        else:
            clear = first
            self._size -= len(clear)
            self._clear.popleft()
        tls.encrypt(clear)
        self._enqueue(tls.output())

    def _send_octets(self, octets: memoryview) -> int:
        sent = self.sock.send(octets[:_CHUNK])
        self._size -= sent
        if rest := octets[sent:]:
            self._waiting[0] = rest
        else:
            self._waiting.popleft()
        return sent

    def _send_part(self, part: _FilePart) -> int:
        """Octets of the file that were taken: from the kernel's pages, past this process."""
        sent = os.sendfile(self.sock.fileno(), part.descriptor, part.offset, min(part.length, _FILE_STEP))
        if not sent:
            raise OSError(errno.EIO, "the file has become shorter")
        part.advance(sent)
        if not part.length:
            self._waiting.popleft()
            part.close()
        return sent

    def _watch(self) -> None:
        if self.busy:
            self._loop.add_writer(self.sock, self._writable)
        else:
            self._loop.remove_writer(self.sock)
        if self._phase is _Phase.OPEN:
            if self._size > _PAUSE_READING or self._clear or isinstance(self._last(), _FilePart):
                self._loop.remove_reader(self.sock)
            else:
                self._loop.add_reader(self.sock, self._readable)

    def _last(self) -> memoryview | _FilePart | None:
        return self._waiting[-1] if self._waiting else None

    def _linger(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:  # the peer has reset it
            self._shut()
            return
        self._phase = _Phase.LINGERING
        self._loop.add_reader(self.sock, self._readable)
        self._arm(_LINGER)

    def _lost(self, why: str, fault: StreamFault = StreamFault.UNREACHABLE) -> None:
        """It is no more; the machine hears of that if it has heard of the stream, or asked for it."""
        phase = self._phase
        if phase is _Phase.CLOSED:
            return
        if phase is _Phase.LINGERING:
            self._shut()
            return
        self.abort()
        if phase is _Phase.OPEN:
            self._deliver(StreamClosed(self._stream, why))
        elif phase in {_Phase.CONNECTING, _Phase.HANDSHAKE} and self._stream > 0:
            self._deliver(StreamFailed(self._stream, why, fault))

    def _expired(self) -> None:
        self._timer = None
        self._lost("timed out")

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self._loop.call_at(self._loop.time() + seconds, self._expired)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _shut(self) -> None:
        self._phase = _Phase.CLOSED
        self._disarm()
        self._loop.remove_reader(self.sock)
        self._loop.remove_writer(self.sock)
        self.sock.close()
        for each in (*self._waiting, *self._clear):
            if isinstance(each, _FilePart):
                each.close()
        self._waiting.clear()
        self._clear.clear()
        self._forget(self._stream)
