"""Netlink messages and attributes (netlink(7)), as much as rtnetlink, ctnetlink and NFLOG share."""

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_DUMP = 0x300
NLM_F_REPLACE = 0x100
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400

NLA_F_NESTED = 0x8000

_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_CAPPED = 0x100
_NLM_F_ACK_TLVS = 0x200
_NLMSGERR_ATTR_MSG = 1
_SOL_NETLINK = 270
_NETLINK_CAP_ACK = 10
_NETLINK_EXT_ACK = 11
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")

# Every acknowledgement occupies the receive buffer (212992 octets by default) until it is read, and the
# kernel answers the whole datagram before send() returns.
_MESSAGES_PER_DATAGRAM = 100


class NetlinkError(OSError):
    """The kernel refused an operation. `operation` is what we asked for, `errno` its answer."""

    def __init__(self, operation: str, code: int, detail: str = "") -> None:
        super().__init__(code, os.strerror(code))
        self.operation = operation
        self.detail = detail

    def __str__(self) -> str:
        note = f" ({self.detail})" if self.detail else ""
        return f"{self.operation}: {self.strerror}{note}"


@dataclass(frozen=True, slots=True)
class NetlinkRequest:
    """One request to the kernel, with the words that name it in an error."""

    description: str
    kind: int
    flags: int
    body: bytes


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four octets."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def attributes(data: bytes) -> dict[int, bytes]:
    """The attributes in `data` by kind, nesting and byte-order marks removed. The last of a kind wins."""
    found: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def messages(datagram: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """(kind, flags, sequence, body) of each message in a datagram."""
    offset = 0
    while offset + 16 <= len(datagram):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(datagram, offset)
        if length < 16:
            return
        yield kind, flags, sequence, datagram[offset + 16 : offset + length]
        offset += (length + 3) & ~3


class Netlink:
    """Requests over one netlink socket, each acknowledged; the socket keeps the namespace it was made in."""

    def __init__(self, protocol: int) -> None:
        """Open the socket in the calling thread's namespace. `protocol` is one of linux/netlink.h. Raises
        OSError.
        """
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._socket.bind((0, 0))
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
        self._sequence = 0

    def close(self) -> None:
        self._socket.close()

    def perform(self, operations: Sequence[NetlinkRequest]) -> None:
        """Do all of it, in order. Raises NetlinkError for the first one the kernel refuses (later ones are
        still tried).
        """
        for start in range(0, len(operations), _MESSAGES_PER_DATAGRAM):
            self._perform(operations[start : start + _MESSAGES_PER_DATAGRAM])

    def _perform(self, operations: Sequence[NetlinkRequest]) -> None:
        pending: dict[int, NetlinkRequest] = {}
        datagram = bytearray()
        for operation in operations:
            self._sequence += 1
            pending[self._sequence] = operation
            datagram += _frame(operation, NLM_F_REQUEST | NLM_F_ACK, self._sequence)
        self._socket.send(datagram)
        refused: list[NetlinkError] = []
        while pending:
            for kind, flags, sequence, body in messages(self._socket.recv(1 << 16)):
                answered = pending.pop(sequence, None) if kind == _NLMSG_ERROR else None
                if answered is not None and (error := _refusal(answered, flags, body)) is not None:
                    refused.append(error)
        if refused:
            raise refused[0]

    def ask(self, operations: Sequence[NetlinkRequest]) -> list[bytes]:
        """The objects asked for, in order; one that the kernel does not have (ENOENT) is left out.

        Raises NetlinkError for any other refusal.
        """
        found: list[bytes] = []
        for start in range(0, len(operations), _MESSAGES_PER_DATAGRAM):
            found += self._ask(operations[start : start + _MESSAGES_PER_DATAGRAM])
        return found

    def _ask(self, operations: Sequence[NetlinkRequest]) -> list[bytes]:
        pending: dict[int, NetlinkRequest] = {}
        datagram = bytearray()
        for operation in operations:
            self._sequence += 1
            pending[self._sequence] = operation
            datagram += _frame(operation, NLM_F_REQUEST, self._sequence)
        self._socket.send(datagram)
        found: list[bytes] = []
        refused: list[NetlinkError] = []
        while pending:
            for kind, flags, sequence, body in messages(self._socket.recv(1 << 16)):
                asked = pending.pop(sequence, None)
                if asked is None:
                    continue
                if kind != _NLMSG_ERROR:
                    found.append(body)
                elif (error := _refusal(asked, flags, body)) is not None and error.errno != errno.ENOENT:
                    refused.append(error)
        if refused:
            raise refused[0]
        return found

    def dump(self, operation: NetlinkRequest) -> list[bytes]:
        """The bodies of all objects the kernel lists. Raises NetlinkError."""
        self._sequence += 1
        self._socket.send(_frame(operation, NLM_F_REQUEST | NLM_F_DUMP, self._sequence))
        found: list[bytes] = []
        while True:
            for kind, flags, sequence, body in messages(self._socket.recv(1 << 16)):
                if sequence != self._sequence:
                    continue
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR:
                    raise _refusal(operation, flags, body) or NetlinkError(operation.description, 0)
                found.append(body)


def _frame(operation: NetlinkRequest, flags: int, sequence: int) -> bytes:
    body = operation.body
    header = _HEADER.pack(16 + len(body), operation.kind, operation.flags | flags, sequence, 0)
    return header + body + b"\0" * (-len(body) % 4)


def _refusal(operation: NetlinkRequest, flags: int, body: bytes) -> NetlinkError | None:
    code = -struct.unpack_from("=i", body)[0]
    if code == 0:
        return None
    detail = ""
    if flags & _NLM_F_ACK_TLVS and flags & _NLM_F_CAPPED:
        detail = attributes(body[20:]).get(_NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode("ascii", "replace")
    return NetlinkError(operation.description, code, detail)
