"""Streams whose keep-alive probes are known to be answered until something changes.

Probes are most of an idle day's work. While the cables are good, both hosts have power and the firewalls
remember the connection for longer than the time between two probes, each probe is answered as the last one
was: they are left out, and the firewalls told that the connection lives. What changes any of that calls
`disturb`; the next probe that is due is then sent.
"""

from typing import TYPE_CHECKING

from ringfence.drivers.sim.connection import ACK, RST_ACK, TcpState
from ringfence.drivers.sim.firewall import SimulatedFirewall
from ringfence.drivers.sim.flows import arrivals
from ringfence.model.packet import Packet, Protocol

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.stream import FlowEnd


class KeepAlive:
    """The probes of one end: the first after `idle` seconds without a word, then every `interval`.

    After `count` of them without an answer the stream is given up. `_heard`: when the last word came.
    """

    __slots__ = ("_count", "_end", "_heard", "_idle", "_interval", "_probes", "_resting")

    def __init__(self, end: "FlowEnd", idle: int, interval: int, count: int) -> None:
        self._end = end
        self._idle = idle
        self._interval = interval
        self._count = count
        self._heard = end.wiring.clock.now
        self._probes = 0
        self._resting = False

    def start(self) -> None:
        """The stream is open."""
        self.hear()
        self._end.wiring.clock.after(self._idle, self._look)

    def hear(self) -> None:
        """Something has come from the peer. Its probes, and what answers ours, are no reason to send one."""
        self._heard, self._probes = self._end.wiring.clock.now, 0

    def resume(self) -> None:
        """Something changes, or octets are on their way: the firewalls' timers run from now on.

        The probes that were left out until now were answered, the next is sent.
        """
        if self._resting:
            self._heard += (self._end.wiring.clock.now - self._heard) // self._idle * self._idle
            self._wake()

    def _wake(self) -> None:
        wiring, self._resting = self._end.wiring, False
        wiring.kept.wake(self, self._probe(), self._heard)
        wiring.clock.at(self._heard + self._idle, self._look)

    def _look(self) -> None:
        end = self._end
        if end.state is not TcpState.OPEN or self._resting:
            return
        clock = end.wiring.clock
        if self._probes == 0 and clock.now < self._heard + self._idle:
            clock.at(self._heard + self._idle, self._look)
        elif self._probes >= self._count:
            end.emit(RST_ACK, arrivals.reset_arrived, end.peer)
            end.lose("timed out")
        else:
            self._probes += 1
            end.emit(ACK, arrivals.probe_arrived, end, at_once=True)
            if self._probes == 0 and end.wiring.kept.rest(self, self._probe(), self._idle):
                self._resting = True  # it was answered without delay, and will be
            elif end.state is TcpState.OPEN:
                clock.after(self._interval, self._look)

    def _probe(self) -> Packet:
        local, remote = self._end.local, self._end.remote
        return Packet(Protocol.TCP, local.ip, local.port, remote.ip, remote.port, ACK)


class KeptStreams:
    """`firewalls`: all of the network's."""

    __slots__ = ("_resting", "firewalls")

    def __init__(self) -> None:
        self.firewalls: dict[str, SimulatedFirewall] = {}
        self._resting: dict[KeepAlive, None] = {}

    def rest(self, stream: KeepAlive, probe: Packet, every: float) -> bool:
        """Leave out the probes of this stream, which are sent so often (seconds); False: that cannot be."""
        if any(each.translates for each in self.firewalls.values()):
            return False
        if not all(each.holds(probe, every) for each in self.firewalls.values()):
            return False
        self._resting[stream] = None
        return True

    def wake(self, stream: KeepAlive, probe: Packet, last: float) -> None:
        """Probes are sent again; the last one that was left out was due then."""
        if self._resting.pop(stream, 0) is None:
            for each in self.firewalls.values():
                each.released(probe, last)

    def disturb(self) -> None:
        """A cable, a host or a firewall has changed."""
        for stream in tuple(self._resting):
            stream.resume()
