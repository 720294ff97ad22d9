"""What the firewall logged (`log group N`): the packet itself, at once, with the words of the rule.

A log to the kernel ring buffer is silent outside the first network namespace; NFLOG is not.
"""

import errno
import socket
import struct
import time
from dataclasses import dataclass

from ringfence.lab.evidence import EvidenceIncomplete
from ringfence.lab.netlink import NLM_F_ACK, NLM_F_REQUEST, attribute, attributes, messages
from ringfence.lab.netns import Namespace

_NETLINK_NETFILTER = 12
_PACKET = 4 << 8  # NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET
_CONFIG = 4 << 8 | 1
_NLMSG_ERROR = 2
_CFG_CMD, _CFG_MODE, _CFG_QTHRESH, _CFG_FLAGS = 1, 2, 5, 6
_CMD_BIND = 1
_COPY_PACKET = 2
_F_SEQ = 1
_TIMESTAMP, _INDEV, _OUTDEV, _PAYLOAD, _PREFIX, _SEQ = 3, 4, 5, 9, 10, 12
_WHOLE_PACKET = 0xFFFF
_SO_RCVBUFFORCE = 33
_BUFFER = 8 << 20


@dataclass(frozen=True, slots=True)
class LoggedPacket:
    """`packet` is the IP packet; `in_index` and `out_index` are interface indexes (0: none).

    `timestamp` is in seconds since the epoch.
    """

    prefix: str
    in_index: int
    out_index: int
    timestamp: float
    packet: bytes


class NflogReader:
    """The only listener of one group in one namespace."""

    def __init__(self, namespace: Namespace, group: int) -> None:
        """Raises OSError when the kernel refuses, EBUSY when somebody else has the group."""
        self._socket = namespace.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        self._group = group
        self._expected = 0
        self._kept: list[LoggedPacket] = []
        try:
            self._socket.bind((0, 0))
            self._enlarge()
            self._configure()
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def _enlarge(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        except PermissionError:
            # In a user namespace the system's own ceiling holds; a loss is noticed either way.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def _configure(self) -> None:
        # One packet per message without delay: the default gathers them for a second.
        self._command(attribute(_CFG_CMD, struct.pack("=B", _CMD_BIND)))
        self._command(
            attribute(_CFG_MODE, struct.pack("!IBx", _WHOLE_PACKET, _COPY_PACKET))
            + attribute(_CFG_QTHRESH, struct.pack("!I", 1))
            + attribute(_CFG_FLAGS, struct.pack("!H", _F_SEQ))
        )

    def _command(self, body: bytes) -> None:
        # nfgenmsg: family, version 0, resource id (the group) in network order.
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, self._group) + body
        header = struct.pack("=IHHII", 16 + len(body), _CONFIG, NLM_F_REQUEST | NLM_F_ACK, 0, 0)
        self._socket.send(header + body)
        # The kernel answers before send() returns.
        for kind, _, _, answer in messages(self._socket.recv(1 << 16)):
            code = -struct.unpack_from("=i", answer)[0] if kind == _NLMSG_ERROR else 0
            if code:
                raise OSError(code, f"NFLOG group {self._group}: {errno.errorcode.get(code, code)}")

    def drain(self, skipped: float = 0.0) -> list[LoggedPacket]:
        """Everything logged since the last call, without waiting; `skipped` seconds are added to the
        timestamps.

        Raises EvidenceIncomplete when the kernel could not deliver all of it.
        """
        lost = ""
        while True:
            try:
                datagram = self._socket.recv(1 << 18)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                lost = "the kernel's buffer was full"
                continue
            for kind, _, _, body in messages(datagram):
                if kind == _PACKET:
                    sequence = self._keep(attributes(body[4:]), skipped)
                    if sequence is not None and sequence != self._expected:
                        lost = lost or f"{sequence - self._expected} packets are missing"
                    self._expected = self._expected + 1 if sequence is None else sequence + 1
        if lost:
            raise EvidenceIncomplete(f"NFLOG group {self._group}: {lost}")
        kept, self._kept = self._kept, []
        return kept

    def _keep(self, found: dict[int, bytes], skipped: float) -> int | None:
        # Forwarded packets often bear no timestamp of their own.
        seconds, micros = struct.unpack("!QQ", found[_TIMESTAMP]) if _TIMESTAMP in found else (0, 0)
        stamp = seconds + micros / 1e6 if seconds else time.time()
        self._kept.append(
            LoggedPacket(
                found.get(_PREFIX, b"").rstrip(b"\0").decode("utf-8", "replace"),
                _u32(found.get(_INDEV)),
                _u32(found.get(_OUTDEV)),
                stamp + skipped,
                found.get(_PAYLOAD, b""),
            )
        )
        return _u32(found[_SEQ]) if _SEQ in found else None


def _u32(value: bytes | None) -> int:
    return 0 if value is None else int.from_bytes(value, "big")
