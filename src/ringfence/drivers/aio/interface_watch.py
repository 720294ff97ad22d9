"""That interfaces or their addresses have changed, as the kernel says it (rtnetlink(7))."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

_GROUPS = 0x1 | 0x10  # linux/rtnetlink.h: RTMGRP_LINK, RTMGRP_IPV4_IFADDR
_SETTLE = 0.2  # seconds: an interface comes back in several steps


class InterfaceWatch:
    """Calls `changed` a moment after each change, until `close`. Where the kernel does not say, never."""

    def __init__(self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]) -> None:
        self._loop = loop
        self._changed = changed
        self._timer: asyncio.TimerHandle | None = None
        self._socket: socket.socket | None = None
        with suppress(OSError):
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            self._socket = sock
            sock.setblocking(False)
            sock.bind((0, _GROUPS))
            loop.add_reader(sock, self._readable, sock)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self, sock: socket.socket) -> None:
        # What has changed is looked up when it has settled; too much at once (ENOBUFS) is a change, too.
        with suppress(OSError):
            while sock.recv(1 << 16):
                pass
        if self._timer is None:
            self._timer = self._loop.call_at(self._loop.time() + _SETTLE, self._settled)

    def _settled(self) -> None:
        self._timer = None
        self._changed()
