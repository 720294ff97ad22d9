"""802.1Q on a cable without the kernel's 8021q module: frames get their tag on the way in and lose it on the
way out.

Each side of the trunk has a tagged port and one access port per VLAN. Received tags arrive beside the frame
(PACKET_AUXDATA), because the kernel strips them before any packet socket sees them.
"""

import os
import select
import selectors
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ringfence.drivers.raw.packet_socket import (
    ETH_P_ALL,
    PACKET_AUXDATA,
    PACKET_IGNORE_OUTGOING,
    SOL_PACKET,
    receive_frame,
)
from ringfence.wire.ethernet import tag_frame

_VLAN_ID = 0x0FFF


@dataclass(frozen=True, slots=True)
class TrunkPort:
    """One side: the tagged interface, and the access interface of each VLAN (None: untagged)."""

    tagged: str
    access: Mapping[int | None, str]


@dataclass(frozen=True, slots=True)
class _Tagged:
    members: Mapping[int | None, socket.socket]


@dataclass(frozen=True, slots=True)
class _Access:
    trunk: socket.socket
    vlan: int | None


class Trunk:
    """Forwards between the ports until closed, in a thread of its own. `dropped` counts frames it had to
    lose.
    """

    def __init__(self, ports: tuple[TrunkPort, ...]) -> None:
        """Open the ports in the calling thread's namespace."""
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._sockets: list[socket.socket] = []
        self.dropped = 0
        self._begun = self._done = 0
        for port in ports:
            self._open_side(port)
        self._thread = threading.Thread(target=self._forward, name="trunk", daemon=True)
        self._thread.start()

    def _open_side(self, port: TrunkPort) -> None:
        tagged = self._open(port.tagged)
        access = {vlan: self._open(interface) for vlan, interface in port.access.items()}
        self._selector.register(tagged, selectors.EVENT_READ, (tagged, _Tagged(access)))
        for vlan, member in access.items():
            self._selector.register(member, selectors.EVENT_READ, (member, _Access(tagged, vlan)))

    def _open(self, interface: str) -> socket.socket:
        # Protocol 0: a hook set here and moved by bind() would cost an RCU grace period (15 ms measured).
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._sockets.append(opened)
        opened.bind((interface, ETH_P_ALL))
        opened.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        opened.setblocking(False)
        return opened

    def quiet(self) -> bool:
        """Is no frame on its way through? A frame passed on before this answer is at its receiver."""
        # The thread counts a frame before it takes it from its socket and again when it has passed it on, so
        # no frame can slip from one of these three looks to the next.
        begun = self._begun
        idle = begun == self._done
        waiting = bool(select.select([self._selector], [], [], 0)[0])
        return idle and not waiting and begun == self._begun

    def close(self) -> None:
        os.write(self._wake_write, b"x")
        self._thread.join()
        self._selector.close()
        # Each close waits for all processors; side by side they wait together (80 ms otherwise, measured).
        with ThreadPoolExecutor(max_workers=max(1, len(self._sockets))) as pool:
            for opened in self._sockets:
                pool.submit(opened.close)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _forward(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fd == self._wake_read:
                    return
                receiver: socket.socket = key.data[0]
                self._begun += 1
                self._pass_on(receiver, key.data[1])
                self._done += 1

    def _pass_on(self, receiver: socket.socket, port: "_Tagged | _Access") -> None:
        try:
            _, frame, tci = receive_frame(receiver)
            match port:
                case _Access(trunk, None):
                    trunk.send(frame)
                case _Access(trunk, int(vlan)):
                    trunk.send(tag_frame(frame, vlan))
                case _Tagged(members):
                    member = members.get(None if tci is None else tci & _VLAN_ID)
                    # A tag the other side does not know is dropped, as a switch does.
                    if member is not None:
                        member.send(frame)
        except OSError:
            # A cable without power at its other end, or a full queue: both lose the frame, and say so.
            self.dropped += 1
