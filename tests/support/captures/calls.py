"""Calls as frames: of our own machines on the simulated network, and of messages that others encoded."""

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.capture.frame import Tap
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.policy.filter import StatefulFilter, Timers
from ringfence.wire import tpkt
from ringfence.wire.frame import frame_of
from support.calls_site import RULES, UntilBothHaveLeft, machines_of, topology

START = 1_700_000_000.0


def simulated_call(plan: CallPlan, tap: Tap = Tap.SERVERS) -> list[tuple[float, bytes]]:
    """A call through a routing gatekeeper, as a tap at one side of the firewall sees it."""
    machines, ann, bob = machines_of(plan)
    filters = {"firewall": StatefulFilter(RULES, Timers())}
    network = SimulatedNetwork(topology(), filters=filters, keepalive=False, start=START)
    for node, machine in machines.items():
        network.attach(node, machine)
    watch = UntilBothHaveLeft((ann, bob), START + 60)
    network.run(until=START + 1)
    network.run(until=watch.give_up_at, stop=lambda: watch.done)
    return [(frame.time, frame.data) for frame in network.frames(tap)]


class Conversation:
    """A TCP connection that a test writes message by message, each segment 10 ms after the last."""

    def __init__(self, opener: TransportAddress, responder: TransportAddress, start: float = START) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self._ends = opener, responder
        self._next = {opener: 1001, responder: 5001}
        self._now = start

    def say(self, by: TransportAddress, message: bytes, *cuts: int) -> None:
        """A TPKT with the message, cut into segments at `cuts`."""
        octets, start = tpkt.frame(message), 0
        for end in (*cuts, len(octets)):
            self._segment(by, octets[start:end], TcpFlags.ACK | TcpFlags.PSH)
            start = end

    def reset(self, by: TransportAddress) -> None:
        self._segment(by, b"", TcpFlags.RST)

    def _segment(self, by: TransportAddress, payload: bytes, flags: TcpFlags) -> None:
        to = self._ends[1] if by == self._ends[0] else self._ends[0]
        packet = Packet(Protocol.TCP, by.ip, by.port, to.ip, to.port, flags, payload)
        frame = frame_of(
            packet,
            source_mac=bytes.fromhex("020000000001"),
            destination_mac=bytes.fromhex("020000000002"),
            sequence=self._next[by],
            acknowledgement=self._next[to],
        )
        self._next[by] += len(payload)
        self._now += 0.01
        self.frames.append((self._now, frame))
