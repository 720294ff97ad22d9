"""ICMP echo requests from a chosen address, and the replies to them (RFC 792)."""

import socket
import struct
from ipaddress import IPv4Address

from ringfence.actors.io import EchoReplied, SendEcho
from ringfence.drivers.aio import linux
from ringfence.drivers.aio.socket_context import SocketContext, SocketFinding
from ringfence.model.address import Address
from ringfence.model.findings.echo import ECHO_NOT_SENT
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST
from ringfence.wire.ipv4 import checksum

_PER_WAKE = 32
_HEAD = struct.Struct("!BBHHH")
_DATA = bytes(range(32))


class Echoes:
    """Performs SendEcho; delivers EchoReplied for identifiers that this host has used.

    A raw socket needs CAP_NET_RAW; without it the kernel's ping socket is tried, which
    net.ipv4.ping_group_range must allow (icmp(7)).
    """

    def __init__(self, context: SocketContext) -> None:
        self._loop = context.loop
        self._sockets = context.sockets
        self._deliver = context.deliver
        self._report = context.report
        self._raw: socket.socket | None = None
        self._pings: dict[int, socket.socket] = {}
        self._asked: set[tuple[int, Address]] = set()

    def send(self, command: SendEcho) -> None:
        try:
            sock = self._socket(command.identifier)
            head = _HEAD.pack(ECHO_REQUEST, 0, 0, command.identifier, command.sequence)
            request = head[:2] + checksum(head + _DATA).to_bytes(2, "big") + head[4:] + _DATA
            sock.sendmsg([request], linux.send_info(command.source), 0, (str(command.destination), 0))
        except OSError as error:
            sentence = f"{command.source} -> {command.destination}: {error}"
            self._report(SocketFinding(ECHO_NOT_SENT, sentence))
        else:
            self._asked.add((command.identifier, command.source))

    def close(self) -> None:
        for sock in (*self._pings.values(), *([self._raw] if self._raw else [])):
            self._loop.remove_reader(sock)
            sock.close()
        self._pings.clear()
        self._raw = None

    def _socket(self, identifier: int) -> socket.socket:
        if self._raw is not None:
            return self._raw
        if identifier in self._pings:
            return self._pings[identifier]
        try:
            self._raw = sock = self._sockets(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            wanted = 0xFFFFFFFF & ~(1 << ECHO_REPLY)
            sock.setsockopt(linux.SOL_RAW, linux.ICMP_FILTER, struct.pack("@I", wanted))
        except PermissionError:
            sock = self._ping_socket(identifier)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, linux.IP_PKTINFO, 1)
        self._loop.add_reader(sock, self._readable, sock)
        return sock

    def _ping_socket(self, identifier: int) -> socket.socket:
        sock = self._sockets(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        try:
            sock.bind(("0.0.0.0", identifier))  # the "port" of a ping socket is the echo identifier
        except OSError:
            sock.close()
            raise
        self._pings[identifier] = sock
        return sock

    def _readable(self, sock: socket.socket) -> None:
        for _ in range(_PER_WAKE):
            if sock.fileno() < 0:
                return
            try:
                data, messages, _, peer = sock.recvmsg(2048, linux.PKTINFO_SPACE)
            except OSError:  # nothing more, or an ICMP error about an earlier request
                return
            if sock is self._raw:
                data = data[(data[0] & 0x0F) * 4 :] if data else b""
            info = linux.received_info(messages)
            if info is None or len(data) < _HEAD.size:
                continue
            kind, _, _, identifier, sequence = _HEAD.unpack_from(data)
            if kind == ECHO_REPLY and (identifier, info[1]) in self._asked:
                self._deliver(EchoReplied(IPv4Address(peer[0]), identifier, sequence))
