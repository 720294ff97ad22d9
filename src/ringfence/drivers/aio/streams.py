"""The TCP side of one host: listening, accepting, opening from a range of source ports."""

import errno
import resource
import socket
import ssl
from contextlib import ExitStack
from ipaddress import ip_address

from ringfence.actors.fair_slots import FairSlots
from ringfence.actors.io import (
    BindFailed,
    CloseStream,
    Listen,
    OpenStream,
    SendFile,
    SendStream,
    StopListening,
    StreamFailed,
    StreamFault,
    StreamId,
)
from ringfence.drivers.aio import linux
from ringfence.drivers.aio.connection import TcpConnection, fault_of, reason
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.drivers.aio.socket_context import SocketContext, SocketFinding
from ringfence.drivers.tls import Tls
from ringfence.model.address import UNSPECIFIED, Address, TransportAddress
from ringfence.model.findings.network import ACCEPT_PAUSED, BIND_FAILED, CONNECTIONS_PUT_OUT
from ringfence.model.findings.signal import STRANGERS_RESET

_PER_WAKE = 16  # connections accepted before the loop serves others
_BACKLOG = 128
_HANDSHAKE_TIMEOUT = 10.0
_PAUSE = 1.0  # seconds without accepting when the process has no descriptor left
_MOST_ACCEPTED = 16_384  # ASSUMED; less than a machine has room for, so that what is fair is decided here
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_TAKEN = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}


class TcpSockets:
    """Performs Listen, StopListening, OpenStream, SendStream and CloseStream; delivers every stream event."""

    def __init__(
        self,
        context: SocketContext,
        tls_client: ssl.SSLContext | None,
        tls_server: ssl.SSLContext | None,
        files: FileRoot | None,
    ) -> None:
        self._context = context
        self._loop = context.loop
        self._deliver = context.deliver
        self._report = context.report
        self._tls_client = tls_client
        self._tls_server = tls_server
        self._files = files
        self._listening: dict[TransportAddress, socket.socket] = {}
        self._connections: dict[StreamId, TcpConnection] = {}
        self._last_accepted: StreamId = 0
        self._slots: FairSlots[str, StreamId] = FairSlots(_most_accepted())
        self._put_out = 0

    def listen(self, command: Listen) -> None:
        if command.local in self._listening:
            return
        try:
            sock = self._listener(command)
        except (OSError, ValueError) as error:
            number = error.errno if isinstance(error, OSError) else None
            sentence = f"tcp {command.local}: {error}"
            self._report(SocketFinding(BIND_FAILED, sentence, local=command.local, errno=number))
            self._deliver(BindFailed(command.local))
            return
        self._listening[command.local] = sock
        self._loop.add_reader(sock, self._acceptable, sock, command)

    def stop_listening(self, command: StopListening) -> None:
        sock = self._listening.pop(command.local, None)
        if sock is not None:
            self._loop.remove_reader(sock)
            sock.close()

    def open(self, command: OpenStream) -> None:
        if command.tls and self._tls_client is None:
            self._deliver(StreamFailed(command.stream, "TLS: no client context", StreamFault.TLS))
            return
        try:
            sock = self._dial(command)
        except (OSError, ValueError) as error:
            why = reason(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            fault = fault_of(error.errno if isinstance(error, OSError) else None)
            self._deliver(StreamFailed(command.stream, why, fault))
            return
        tls = None
        if command.tls and self._tls_client is not None:
            tls = Tls(self._tls_client, server_side=False, peer=str(command.destination.ip))
        self._add(sock, command.stream, tls, command.timeout)

    def send(self, command: SendStream | SendFile) -> None:
        # The peer may have ended the stream since: then its StreamClosed is on the way, or was delivered.
        connection = self._connections.get(command.stream)
        if connection is None:
            return
        if isinstance(command, SendStream):
            connection.send(command.data)
            return
        try:
            if self._files is None:
                raise FileNotFoundError("no directory is served")
            descriptor = self._files.open(command.name)
        except (OSError, ValueError) as error:
            connection.lose(f"{command.name}: {error}")
        else:
            connection.send_file(descriptor, command)

    @property
    def busy(self) -> bool:
        """Whether something is still to be sent to somebody."""
        return any(connection.busy for connection in self._connections.values())

    def drain(self) -> None:
        """Accept nobody more."""
        for local in list(self._listening):
            self.stop_listening(StopListening(local))

    def close(self, command: CloseStream) -> None:
        if connection := self._connections.get(command.stream):
            if command.abort:
                connection.abort()
            else:
                connection.finish()

    def address_gone(self, address: Address) -> None:
        for local in [local for local in self._listening if local.ip == address]:
            self.stop_listening(StopListening(local))
        for connection in list(self._connections.values()):
            if connection.sock.getsockname()[0] == str(address):
                connection.lose("the local address was removed")

    def show(self, tls_server: ssl.SSLContext | None) -> None:
        """From now on this certificate is shown; who is connected stays."""
        self._tls_server = tls_server

    def close_all(self) -> None:
        self.drain()
        for connection in list(self._connections.values()):
            connection.abort()

    def _listener(self, command: Listen) -> socket.socket:
        if command.tls and self._tls_server is None:
            raise ValueError("TLS: no server context")
        sock = self._stream_socket(command.local.ip)
        with ExitStack() as unless_listening:
            unless_listening.callback(sock.close)
            # A restart must not wait for old connections to leave TIME-WAIT.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(linux.sockaddr(command.local))
            _keep_alive(sock, command.keepalive)
            if command.only_from:
                self._silence_strangers(sock, command)
            sock.listen(_BACKLOG)
            # Not before: another program's listener must count as taken. From now on a connection of ours may
            # leave from this port, as a set's call signalling does from the port where it awaits calls.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            unless_listening.pop_all()
        return sock

    def _silence_strangers(self, sock: socket.socket, command: Listen) -> None:
        try:
            linux.pass_only_from(sock, command.only_from)
        except PermissionError as error:
            self._report(SocketFinding(STRANGERS_RESET, f"tcp {command.local}: {error}"))

    def _acceptable(self, listener: socket.socket, command: Listen) -> None:
        for _ in range(_PER_WAKE):
            if self._listening.get(command.local) is not listener:  # a machine stopped listening meanwhile
                return
            try:
                sock, peer = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._report(SocketFinding(ACCEPT_PAUSED, f"tcp {command.local}: {error}"))
                    self._loop.remove_reader(listener)
                    self._loop.call_at(self._loop.time() + _PAUSE, self._resume, listener, command)
                    return
                continue  # that connection was reset before it was accepted (accept(2))
            if command.only_from and ip_address(peer[0]) not in command.only_from:
                # Only where the kernel would not filter for us.
                linux.reset(sock)
                continue
            sock.setblocking(False)
            tls = None
            if command.tls and self._tls_server is not None:
                tls = Tls(self._tls_server, server_side=True, peer="")
            self._last_accepted -= 1
            if self._has_slot(peer[0], self._last_accepted):
                self._add(sock, self._last_accepted, tls, _HANDSHAKE_TIMEOUT)
            else:
                linux.reset(sock)

    def _has_slot(self, source: str, stream: StreamId) -> bool:
        """Whether it may stay; for that another one of whoever has most may have to go."""
        leaves = self._slots.take(source, stream)
        if leaves is None:
            return True
        self._put_out += 1
        if str(self._put_out).strip("0") == "1":  # the first, the tenth, the hundredth ...
            sentence = f"{self._put_out} of whoever had most, of {len(self._slots)} at once"
            self._report(SocketFinding(CONNECTIONS_PUT_OUT, sentence))
        if leaves != stream and (connection := self._connections.get(leaves)):
            connection.lose("its address has most of the connections, and others want one")
        return leaves != stream

    def _resume(self, listener: socket.socket, command: Listen) -> None:
        if self._listening.get(command.local) is listener:
            self._loop.add_reader(listener, self._acceptable, listener, command)

    def _add(self, sock: socket.socket, stream: StreamId, tls: Tls | None, timeout: float) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = TcpConnection(self._context, sock, stream, tls, timeout=timeout, forget=self._forget)
        self._connections[stream] = connection
        connection.begin()

    def _forget(self, stream: StreamId) -> None:
        self._connections.pop(stream, None)
        self._slots.free(stream)

    def _dial(self, command: OpenStream) -> socket.socket:
        """A socket whose connection is under way from the first port of the range that is free."""
        first, last = command.source_ports
        for port in range(first, last + 1):
            sock = self._stream_socket(command.source_ip)
            with ExitStack() as unless_connecting:
                unless_connecting.callback(sock.close)
                code = _connect(sock, command, port)
                if code in {0, errno.EINPROGRESS}:
                    unless_connecting.pop_all()
                    return sock
                if code not in _TAKEN or port == 0:
                    raise OSError(code, reason(code))
        raise ValueError(f"no free port in {first}-{last}")

    def _stream_socket(self, ip: Address) -> socket.socket:
        if ip.version != 4:
            raise ValueError("IPv4 only")
        sock = self._context.sockets(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setblocking(False)
        return sock


def _most_accepted() -> int:
    """Three quarters of this process's descriptors: the rest is for what it opens itself."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_ACCEPTED if soft == resource.RLIM_INFINITY else min(_MOST_ACCEPTED, max(16, soft * 3 // 4))


def _connect(sock: socket.socket, command: OpenStream, port: int) -> int:
    """Bind and begin to connect; 0 or the errno. OSError when the source address is not ours."""
    _keep_alive(sock, command.keepalive)
    if port:
        # A gatekeeper opens to many handsets from five ports: a port is free when this pair of ends is.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    elif command.source_ip != UNSPECIFIED:
        sock.setsockopt(socket.IPPROTO_IP, linux.IP_BIND_ADDRESS_NO_PORT, 1)
    if port or command.source_ip != UNSPECIFIED:
        try:
            sock.bind((str(command.source_ip), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return errno.EADDRINUSE
            raise
    return sock.connect_ex(linux.sockaddr(command.destination))


def _keep_alive(sock: socket.socket, times: tuple[int, int, int] | None) -> None:
    """Idle s, interval s, count. What a listening socket has, Linux gives to those that it accepts."""
    if times is None:
        return
    idle, interval, count = times
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)
