"""What an interface of this machine sends and receives, as it happens, in bounded memory."""

import errno
import select
import socket
import threading
from collections import deque
from itertools import islice

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.capture.kernel_filter import kernel_filter
from ringfence.diagnosis.recording import MOST_FRAMES
from ringfence.drivers.aio.linux import attach_filter
from ringfence.drivers.raw.packet_socket import ETHERNET_KINDS
from ringfence.lab.ring import Ring
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports

_SLOTS = 8192  # 16 MiB; a thousand handsets that boot at once fill it in some ten seconds
_LOOK = 0.1  # seconds between two looks at whether to end


class Listener:
    """Keeps the frames that concern registrations until closed, in a thread of its own.

    Of more than `longest` the oldest are let go and counted in `forgotten`; `lost` counts what the kernel had
    no room for. `ended` says why the interface gives no more, empty while it does.
    """

    def __init__(
        self, interface: str, ports: Ports, *, promiscuous: bool = False, longest: int = MOST_FRAMES
    ) -> None:
        """Listen in this thread's namespace. InputError: no such interface, no right, or not Ethernet."""
        self.interface = interface
        self.ports = ports
        self.lost = self.forgotten = self.seen = 0
        self.ended = ""
        self._frames: deque[TappedFrame] = deque(maxlen=longest)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._ring = _opened(interface, ports, promiscuous)
        self._thread = threading.Thread(target=self._listen, name=f"listen {interface}", daemon=True)
        self._thread.start()

    def frames(self) -> tuple[TappedFrame, ...]:
        """All that is kept, oldest first."""
        with self._lock:
            return tuple(self._frames)

    def look_at(self, ports: Ports) -> None:
        """Keep frames of these ports from now on."""
        if ports != self.ports:
            attach_filter(self._ring.socket, kernel_filter(ports))
            self.ports = ports

    def wait(self, seconds: float) -> bool:
        """Until then; at once, and True, when the interface gives no more."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Take what is there, and end."""
        self._done.set()
        self._thread.join()
        self._ring.close()

    def _listen(self) -> None:
        poller = select.poll()
        poller.register(self._ring.socket, select.POLLIN | select.POLLERR)
        while not self._done.is_set():
            happened = poller.poll(_LOOK * 1000)
            self._take()
            if any(event & select.POLLERR for _, event in happened):
                number = self._ring.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number:
                    down = number in {errno.ENETDOWN, errno.ENODEV, errno.ENXIO}
                    self.ended = f"{self.interface} went down" if down else errno.errorcode.get(number, "")
                    return
        self._take()

    def _take(self) -> None:
        for frame in self._ring.drain(0.0):
            self.seen += 1
            original = len(frame.frame) + frame.missing if frame.missing else 0
            kept = TappedFrame(frame.timestamp, Tap.ONLY, frame.frame, self.seen, original_length=original)
            with self._lock:
                self.forgotten += len(self._frames) == self._frames.maxlen
                self._frames.append(kept)
        self.lost += self._ring.lost()


def _opened(interface: str, ports: Ports, promiscuous: bool) -> Ring:
    if not hasattr(socket, "AF_PACKET"):
        raise InputError(
            "this system has no packet sockets; Linux has",
            where="--interface",
            remedy="tcpdump -U -w FILE, and --follow FILE",
        )
    known = [name for _, name in islice(socket.if_nameindex(), 20)]
    try:
        ring = Ring(interface, _SLOTS, kernel_filter(ports), promiscuous=promiscuous)
    except PermissionError:
        raise InputError(
            "listening on an interface needs root or CAP_NET_RAW",
            where=interface,
            remedy="sudo, or tcpdump -U -w FILE by who may, and --follow FILE",
        ) from None
    except OSError as error:
        what = error.strerror or str(error)
        if interface not in known:
            what = "there is no such interface"
        raise InputError(what, where=interface, remedy=f"there are: {', '.join(known)}") from None
    except ValueError:  # an octet of 0, say
        raise InputError("is no name of an interface", where="--interface") from None
    kind = ring.socket.getsockname()[3]
    error_number = ring.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if kind not in ETHERNET_KINDS:
        ring.close()
        raise InputError("is no Ethernet interface", where=interface, remedy=f"there are: {', '.join(known)}")
    if error_number:
        ring.close()
        raise InputError("is down", where=interface, remedy=f"ip link set {interface} up")
    return ring
