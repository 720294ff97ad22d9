"""Whole Ethernet frames in and out of one interface (packet(7)), with times and 802.1Q tags put back."""

import errno
import fcntl
import socket
import struct
from collections.abc import Collection
from contextlib import ExitStack
from typing import NamedTuple

from ringfence.drivers.aio import linux
from ringfence.wire.ethernet import tag_frame

# linux/if_packet.h, linux/sockios.h, net/if.h, asm-generic/socket.h
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
ETH_P_ALL = 3
_PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 1, 1
_SIOCGIFFLAGS = 0x8913
_UP, _RUNNING = 0x1, 0x40
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_TP_STATUS_VLAN_VALID = 0x10
_AUXDATA = struct.Struct("=IIIHHHH")
_TIME = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_AUXDATA.size) + socket.CMSG_SPACE(_TIME.size)
_LONGEST_FRAME = 1 << 17  # a sender on this machine leaves segmentation to a network card that is not there
_BUFFER = 1 << 26  # octets: a boot storm of some ten thousand handsets while we are busy
ETHERNET_KINDS = frozenset({1, 772})  # ARPHRD_ETHER, ARPHRD_LOOPBACK

# Classic BPF on the frame: who asks for these addresses, or everybody.
_LOAD_WORD, _LOAD_BYTE, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x30, 0x15, 0x45, 0x06
_WHOLE = 0xFFFFFFFF


class ReceivedFrame(NamedTuple):
    """`time` in seconds since 1970. `control`: of a tag that the kernel took out; None: it found none."""

    time: float
    octets: bytes
    control: int | None = None

    @property
    def as_sent(self) -> bytes:
        """With its tag."""
        return self.octets if self.control is None else tag_frame(self.octets, self.control)


class PacketSocket:
    """OSError when there is no such interface, or not the privilege (CAP_NET_RAW).

    `prefixes`: the first four octets of the MAC addresses that frames are wanted for, beside groups and
    broadcast; the interface is put into promiscuous mode for them, which ends with the socket.
    """

    def __init__(self, sockets: linux.SocketFactory, interface: str, prefixes: Collection[bytes]) -> None:
        self.interface = interface
        with ExitStack() as unless_open:
            # Protocol 0: nothing arrives until it is bound, when the filter is in place.
            self.sock = sockets(socket.AF_PACKET, socket.SOCK_RAW, 0)
            unless_open.callback(self.sock.close)
            self.sock.setblocking(False)
            self.index = linux.interface_index(self.sock, interface)
            linux.attach_filter(self.sock, _wanted(prefixes))
            self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            _enlarge(self.sock)
            self.sock.bind((interface, ETH_P_ALL))
            membership = struct.pack("=iHH8s", self.index, _PACKET_MR_PROMISC, 0, b"")
            self.sock.setsockopt(SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
            unless_open.pop_all()

    @property
    def kind(self) -> int:
        """ARPHRD_ number of the interface."""
        kind: int = self.sock.getsockname()[3]
        return kind

    @property
    def mac(self) -> bytes:
        """The interface's own address."""
        mac: bytes = self.sock.getsockname()[4]
        return mac

    def receive(self) -> ReceivedFrame | None:
        """The next frame; None: there is none. OSError: the interface went down."""
        try:
            return receive_frame(self.sock)
        except BlockingIOError:
            return None

    def send(self, frame: bytes) -> None:
        """OSError when the interface is down, the frame is too long for it, or its queue is full."""
        self.sock.send(frame)

    def running(self) -> bool:
        """Whether the interface is up and has a carrier. OSError when it is no longer there."""
        name = self.interface.encode()
        reply = fcntl.ioctl(self.sock, _SIOCGIFFLAGS, struct.pack("16sH22x", name, 0))
        flags: int = struct.unpack_from("H", reply, 16)[0]
        return flags & (_UP | _RUNNING) == _UP | _RUNNING

    def is_another(self) -> bool:
        """Whether the name belongs to another interface by now. OSError when there is none of that name."""
        return linux.interface_index(self.sock, self.interface) != self.index

    def close(self) -> None:
        self.sock.close()


def receive_frame(sock: socket.socket) -> ReceivedFrame:
    """The next frame (PACKET_AUXDATA has its tag). The time is 0 unless SO_TIMESTAMPNS asks for it."""
    octets, ancillary, _, _ = sock.recvmsg(_LONGEST_FRAME, _ANCILLARY)
    time, tag = 0.0, None
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, control, _ = _AUXDATA.unpack(data)
            tag = control if status & _TP_STATUS_VLAN_VALID else None
        elif level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIME.unpack(data)
            time = seconds + nanoseconds / 1e9
    return ReceivedFrame(time, octets, tag)


def is_gone(error: OSError) -> bool:
    """Whether an interface went down or away, rather than one frame."""
    return error.errno in {errno.ENETDOWN, errno.ENODEV, errno.ENXIO}


def _enlarge(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    except PermissionError:  # without CAP_NET_ADMIN as much as anybody may have
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)


def _wanted(prefixes: Collection[bytes]) -> list[tuple[int, int, int, int]]:
    """Frames to groups and to addresses that begin so."""
    program = [(_LOAD_BYTE, 0, 0, 0), (_IF_ANY_BIT, len(prefixes) + 2, 0, 1), (_LOAD_WORD, 0, 0, 0)]
    for number, prefix in enumerate(prefixes):
        program.append((_IF_EQUAL, len(prefixes) - number, 0, int.from_bytes(prefix, "big")))
    return [*program, (_RETURN, 0, 0, 0), (_RETURN, 0, 0, _WHOLE)]
