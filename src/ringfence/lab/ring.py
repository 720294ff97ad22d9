"""Frames of one interface in a ring that the kernel writes, with times and 802.1Q tags put back.

A mapped ring (packet(7), TPACKET_V2) rather than socket buffers: its size is ours to choose even without
root, and the kernel counts what did not fit.
"""

import mmap
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ringfence.drivers.aio.linux import attach_filter
from ringfence.drivers.raw.packet_socket import ETH_P_ALL, SOL_PACKET
from ringfence.wire.ethernet import tag_frame

_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION = 5, 6, 10
_TPACKET_V2 = 1
_PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 1, 1
_PACKET_OUTGOING = 4
_STATUS_KERNEL, _STATUS_USER, _STATUS_LOSING, _STATUS_VLAN_VALID = 0, 1, 4, 0x10
# tpacket2_hdr: status, length, captured, mac, net, sec, nsec, vlan_tci, vlan_tpid
_HEADER = struct.Struct("=IIIHHIIHH")
_SOCKADDR_LL = 32  # TPACKET_ALIGN(sizeof(struct tpacket2_hdr))
_PKTTYPE = _SOCKADDR_LL + 10
# A slot holds a full Ethernet frame (1518) behind its header; with offloads off nothing longer exists.
_SLOT = 2048
_BLOCK = 1 << 16


class FrameDirection(StrEnum):
    """As the namespace that owns the interface sees it."""

    RECEIVED = "received"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """`timestamp` is in seconds since the epoch; `frame` is the whole Ethernet frame, without FCS.

    `missing` octets of it did not fit in a slot.
    """

    timestamp: float
    interface: str
    direction: FrameDirection
    frame: bytes
    missing: int = 0


class Ring:
    """`slots` frames of room, a multiple of 32. With a `program` only what it lets through is stored."""

    def __init__(
        self,
        interface: str,
        slots: int,
        program: Sequence[tuple[int, int, int, int]] = (),
        *,
        promiscuous: bool = False,
    ) -> None:
        self.interface = interface
        self._slots = slots
        self._next = 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        try:
            self.socket.setsockopt(SOL_PACKET, _PACKET_VERSION, struct.pack("=i", _TPACKET_V2))
            size = slots * _SLOT
            request = struct.pack("=IIII", _BLOCK, size // _BLOCK, _SLOT, slots)
            self.socket.setsockopt(SOL_PACKET, _PACKET_RX_RING, request)
            self._map = mmap.mmap(self.socket.fileno(), size)
            if program:
                attach_filter(self.socket, program)  # before bind: nothing passes unfiltered
            self.socket.bind((interface, ETH_P_ALL))
            if promiscuous:
                index = socket.if_nametoindex(interface)
                membership = struct.pack("=iHH8s", index, _PACKET_MR_PROMISC, 0, b"")
                self.socket.setsockopt(SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
        except OSError:
            self.socket.close()
            raise

    def close(self) -> None:
        self._map.close()
        self.socket.close()

    def lost(self) -> int:
        """Frames the kernel could not store since the last call."""
        _, drops = struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, _PACKET_STATISTICS, 8))
        return int(drops)

    def drain(self, skipped: float) -> list[RecordedFrame]:
        found: list[RecordedFrame] = []
        for _ in range(self._slots):
            base = self._next * _SLOT
            status, length, captured, mac, _net, sec, nsec, tci, _tpid = _HEADER.unpack_from(self._map, base)
            if not status & _STATUS_USER:
                break
            frame = self._map[base + mac : base + mac + captured]
            if status & _STATUS_VLAN_VALID:
                frame = tag_frame(frame, tci)
            sent = self._map[base + _PKTTYPE] == _PACKET_OUTGOING
            direction = FrameDirection.SENT if sent else FrameDirection.RECEIVED
            when = sec + nsec / 1e9 + skipped
            missing = length - captured
            found.append(RecordedFrame(when, self.interface, direction, frame, missing))
            struct.pack_into("=I", self._map, base, _STATUS_KERNEL)
            self._next = (self._next + 1) % self._slots
        return found
