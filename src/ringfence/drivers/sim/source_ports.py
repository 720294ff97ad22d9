"""Which source port a host gives a stream that it opens."""

from collections.abc import Iterable
from itertools import chain

# Linux, Documentation/networking/ip-sysctl.rst, ip_local_port_range.
LINUX_EPHEMERAL = range(32768, 61000)


class SourcePorts:
    """The ports of a range in order; of the ephemeral ones each time the next."""

    __slots__ = ("_next",)

    def __init__(self, first: int = LINUX_EPHEMERAL.start) -> None:
        self._next = first

    def candidates(self, ports: tuple[int, int]) -> Iterable[int]:
        """The ports to try; 0-0: the ephemeral ones."""
        if ports != (0, 0):
            return range(ports[0], ports[1] + 1)
        return chain(range(self._next, LINUX_EPHEMERAL.stop), range(LINUX_EPHEMERAL.start, self._next))

    def taken(self, ports: tuple[int, int], port: int) -> None:
        """The one of `candidates(ports)` that was free."""
        if ports == (0, 0):
            self._next = port + 1 if port + 1 in LINUX_EPHEMERAL else LINUX_EPHEMERAL.start
