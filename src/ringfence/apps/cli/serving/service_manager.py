"""What systemd is told of a serve (sd_notify(3)): datagrams to the socket that the environment names."""

import asyncio
import os
import socket
import time
from contextlib import suppress


class ServiceManager:
    """Says nothing where nobody asked for it. A manager that does not listen holds nothing up."""

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        """`address`: NOTIFY_SOCKET; `watchdog`: seconds in which a sign of life is due."""
        self._watchdog = _watchdog_interval() if watchdog is None else watchdog
        self._timer: asyncio.TimerHandle | None = None
        # Now, as whoever we are, and while there are descriptors.
        self._socket = _connected(os.environ.get("NOTIFY_SOCKET", "") if address is None else address)

    def ready(self, status: str) -> None:
        """It serves; from now on signs of life come from the loop itself, twice as often as they are due."""
        self._say(f"READY=1\nSTATUS={status}")
        if self._socket and self._watchdog and self._timer is None:
            self._alive()

    def reloading(self) -> None:
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _alive(self) -> None:
        self._say("WATCHDOG=1")
        self._timer = asyncio.get_running_loop().call_later(self._watchdog / 2, self._alive)

    def _say(self, words: str) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(words.encode())


def _connected(address: str) -> socket.socket | None:
    if not address:
        return None
    # "@" is an abstract name (sd_notify(3)).
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.setblocking(False)
    with suppress(OSError):
        sock.connect("\0" + address[1:] if address.startswith("@") else address)
        return sock
    sock.close()
    return None


def _watchdog_interval() -> float:
    """Seconds; 0: no sign of life is wanted, or not of this process."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    with suppress(ValueError):
        return max(0, int(os.environ.get("WATCHDOG_USEC", "0"))) / 1e6
    return 0.0
