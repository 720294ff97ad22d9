"""One end of a stream: what TCP does that a machine or a firewall can tell, a message at a time.

A firewall is asked about what opens, closes and resets a stream, about each message and its acknowledgement.
A message that it drops or that a cable loses is sent again as TCP would. Messages are not cut into segments,
and at most a first flight's octets are under way, as in the network of frames.
"""

from typing import TYPE_CHECKING, Any

from ringfence.actors.io import (
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamId,
    StreamOpened,
    StreamReceived,
)
from ringfence.drivers.sim.connection import (
    ACK,
    DATA_TRIES,
    FIN_ACK,
    FIRST_DATA,
    FIRST_SYN,
    LONGEST,
    PSH_ACK,
    RST_ACK,
    SYN,
    SYN_ACK,
    SYN_ACK_TRIES,
    SYN_TRIES,
    WINDOW,
    TcpState,
)
from ringfence.drivers.sim.flows import arrivals
from ringfence.drivers.sim.flows.kept import KeepAlive
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol, TcpFlags

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.carrier import Arrived
    from ringfence.drivers.sim.flows.process import FlowProcess
    from ringfence.drivers.sim.flows.wiring import Wiring

_TRIES = {TcpState.SYN_SENT: SYN_TRIES, TcpState.SYN_RECEIVED: SYN_ACK_TRIES}


class Sent:
    """A message that is not acknowledged yet; `number` counts the messages of this end."""

    __slots__ = ("data", "flags", "number")

    def __init__(self, number: int, flags: TcpFlags, data: bytes) -> None:
        self.number = number
        self.flags = flags
        self.data = data


class FlowEnd:
    """In its host's table until it is `GONE`. `quiet`: the machine has closed it and hears no more."""

    __slots__ = (
        "_alarm",
        "_alive",
        "_early",
        "_expected",
        "_finished",
        "_finishing",
        "_next",
        "_pause",
        "_peer_finished",
        "_process",
        "_second",
        "_sent_at",
        "_tries",
        "_unacknowledged",
        "_waiting",
        "host",
        "local",
        "peer",
        "quiet",
        "remote",
        "state",
        "stream",
    )

    def __init__(
        self, process: "FlowProcess", stream: StreamId, local: TransportAddress, remote: TransportAddress
    ) -> None:
        self.host = process.host
        self.stream = stream
        self.local = local
        self.remote = remote
        self.peer: FlowEnd | None = None
        self.state = TcpState.SYN_SENT
        self.quiet = False
        self._process = process
        self._alive: KeepAlive | None = None
        self._next = 0
        self._unacknowledged: list[Sent] | None = None
        self._waiting: list[bytes] | None = None
        self._expected = 0
        self._early: dict[int, tuple[bytes, bool]] | None = None
        self._finishing = False
        self._finished = False  # our FIN is out
        self._second = False  # and the peer's was there before it
        self._peer_finished = False
        self._alarm: float | None = None
        self._sent_at = 0.0
        self._pause = FIRST_SYN
        self._tries = 0
        process.numbers[stream] = self
        self.host.streams.ends[self._ends()] = self

    @property
    def wiring(self) -> "Wiring":
        return self._process.wiring

    def _ends(self) -> tuple[int, int, int, int]:
        return int(self.local.ip), self.local.port, int(self.remote.ip), self.remote.port

    # Opening

    def connect(self, timeout: float, keepalive: tuple[int, int, int] | None) -> None:
        self._keep(keepalive)
        self.wiring.clock.after(timeout, self._give_up_opening)
        self._send(SYN)

    def accept(self, opener: "FlowEnd", keepalive: tuple[int, int, int] | None) -> None:
        """Answer this end's SYN."""
        self._keep(keepalive)
        self.state = TcpState.SYN_RECEIVED
        self.peer, opener.peer = opener, self
        self._expected = 1
        self._send(SYN_ACK)

    def answered(self) -> None:
        """The peer's SYN/ACK is here."""
        if self.state is TcpState.SYN_SENT:
            self._expected = 1
            self._unacknowledged = None
            self.emit(ACK, arrivals.acknowledgement_arrived, (self, 1))
            self._open()
        else:
            self._hear()
            self.emit(ACK, arrivals.acknowledgement_arrived, (self, self._expected))

    def repeat(self) -> None:
        """The SYN that this end has answered is here again."""
        if self.state is TcpState.SYN_RECEIVED and self._unacknowledged:
            self._transmit(self._unacknowledged[0])

    def unreachable(self, fault: StreamFault) -> None:
        if self.state is TcpState.SYN_SENT:
            self.lose(fault, fault)

    def _give_up_opening(self) -> None:
        if self.state is TcpState.SYN_SENT:
            self.lose("timed out")

    def _no_way(self) -> None:
        if self.state is TcpState.SYN_SENT:
            self.lose("unreachable")

    def _open(self) -> None:
        self.state = TcpState.OPEN
        self._tries, self._pause = 0, FIRST_DATA
        process = self._process
        if self._alive is not None:
            self._alive.start()
        if self.stream < 0:
            process.deliver(StreamAccepted(self.stream, self.local, self.remote))
        else:
            process.deliver(StreamOpened(self.stream, self.local, self.remote))

    # What the machine asks for

    def send(self, data: bytes) -> None:
        if self.state is TcpState.OPEN and not self._finishing and data:
            waiting = self._waiting
            if waiting is None:
                waiting = self._waiting = []
            for start in range(0, len(data), WINDOW):
                waiting.append(data[start : start + WINDOW])
            self._pump()

    def close(self) -> None:
        """Close after what was sent has gone."""
        if self.state is not TcpState.OPEN:
            self.abort()
            return
        self.quiet = True
        self._finish()

    def abort(self) -> None:
        """Reset, without a word to the machine."""
        self.quiet = True
        if self.state in {TcpState.OPEN, TcpState.SYN_RECEIVED}:
            self.emit(RST_ACK, arrivals.reset_arrived, self.peer)
        self.vanish()

    def lose(self, why: str, fault: StreamFault = StreamFault.UNREACHABLE) -> None:
        """The stream ends here and now; the machine is told why."""
        was, told = self.state, not self.quiet
        self.vanish()
        if told and was is TcpState.SYN_SENT:
            self._process.deliver(StreamFailed(self.stream, why, fault))
        elif told and was is TcpState.OPEN:
            self._process.deliver(StreamClosed(self.stream, why))

    def probed(self) -> None:
        """The peer asks whether this end is still there."""
        self._hear()
        self.emit(ACK, arrivals.acknowledgement_arrived, (self, self._expected), at_once=True)

    def _keep(self, every: tuple[int, int, int] | None) -> None:
        if every is not None and self.wiring.keepalive:
            self._alive = KeepAlive(self, *every)

    def _hear(self) -> None:
        if self._alive is not None:
            self._alive.hear()

    # What arrives

    def take(self, number: int, data: bytes, fin: bool) -> None:
        """The peer's message of this number, which may have come before."""
        if self._alive is not None:
            self._alive.resume()
            self._alive.hear()
        if self.state is TcpState.SYN_RECEIVED:
            self.acknowledged(1)
        if self.state is TcpState.GONE:
            return
        if number == self._expected and not self._early:
            fresh = data
            self._expected += 1
            self._peer_finished = fin
        else:
            fresh = self._in_order(number, data, fin)
        self.emit(ACK, arrivals.acknowledgement_arrived, (self, self._expected), at_once=True)
        if not self.quiet:
            self._tell(fresh)
        if self._peer_finished and self._finished and not self._unacknowledged:
            self._our_side_done()

    def _in_order(self, number: int, data: bytes, fin: bool) -> bytes:
        early = self._early
        if early is None:
            early = self._early = {}
        if number >= self._expected:
            early[number] = (data, fin)
        fresh: list[bytes] = []
        while (found := early.pop(self._expected, None)) is not None:
            fresh.append(found[0])
            self._expected += 1
            self._peer_finished = self._peer_finished or found[1]
        return b"".join(fresh)

    def acknowledged(self, number: int) -> None:
        """The peer has everything before the message of this number."""
        self._hear()
        sent = self._unacknowledged
        if sent and sent[0].number < number:
            while sent and sent[0].number < number:
                del sent[0]
            if not sent:
                self._unacknowledged = None
            self._tries, self._pause = 0, FIRST_DATA
            self._sent_at = self.wiring.clock.now
            if self.state is TcpState.SYN_RECEIVED:
                self._open()
            self._pump()
        if self._finished and not self._unacknowledged and self.state is TcpState.OPEN:
            self._our_side_done()

    def _tell(self, data: bytes) -> None:
        if data:
            self._process.serve(StreamReceived(self.stream, data))
        if self._peer_finished and not self.quiet:
            # The peer's end is the stream's end: what was sent still goes out, then our FIN.
            self.quiet = True
            self._process.serve(StreamClosed(self.stream))
            self._finish()

    # Sending

    def _send(self, flags: TcpFlags, data: bytes = b"") -> None:
        sent = Sent(self._next, flags, data)
        self._next += 1
        if not self._unacknowledged:
            self._sent_at = self.wiring.clock.now
            self._unacknowledged = []
        assert self._unacknowledged is not None
        self._unacknowledged.append(sent)
        self._arm()
        self._transmit(sent)

    def _transmit(self, sent: Sent) -> None:
        if not self.emit(sent.flags, arrivals.message_arrived, (self, sent.number), sent.data) and (
            self.state is TcpState.SYN_SENT
        ):
            self.wiring.clock.after(0.0, self._no_way)

    def emit(
        self,
        flags: TcpFlags,
        then: "Arrived",
        given: Any,
        data: bytes = b"",
        *,
        at_once: bool = False,
    ) -> bool:
        """Send the peer something, for `then` to hear of; False: there is no way to it."""
        local, remote = self.local, self.remote
        packet = Packet(Protocol.TCP, local.ip, local.port, remote.ip, remote.port, flags, data)
        return self.wiring.carrier.send(self.host, packet, then, given, at_once=at_once)

    def _pump(self) -> None:
        """Send what a flight has room for, and the FIN behind the last of it."""
        if self.state is not TcpState.OPEN:
            return
        while self._waiting and self._under_way() + len(self._waiting[0]) <= WINDOW:
            if self._alive is not None:
                self._alive.resume()
            self._send(PSH_ACK, self._waiting.pop(0))
        if not self._waiting:
            self._waiting = None
        if self._finishing and not self._waiting and not self._finished:
            self._finished, self._second = True, self._peer_finished
            self._send(FIN_ACK)

    def _under_way(self) -> int:
        return sum(len(sent.data) for sent in self._unacknowledged or ())

    def _arm(self) -> None:
        due = self._sent_at + self._pause
        if self._alarm is None or due < self._alarm:
            self._alarm = due
            self.wiring.clock.at(due, self._ring, due)

    def _ring(self, alarm: float) -> None:
        if alarm != self._alarm:
            return  # an earlier one has taken its place
        self._alarm = None
        if not self._unacknowledged or self.state is TcpState.GONE:
            return
        now = self.wiring.clock.now
        if now >= self._sent_at + self._pause:
            self._tries += 1
            if self._tries > _TRIES.get(self.state, DATA_TRIES):
                self.lose("timed out")
                return
            self._pause = min(2 * self._pause, LONGEST)
            self._sent_at = now
            self._transmit(self._unacknowledged[0])
        self._arm()

    # Closing

    def _finish(self) -> None:
        self._finishing = True
        self._pump()

    def _our_side_done(self) -> None:
        """Our FIN is acknowledged. Who closed first keeps the ports a while (RFC 9293 section 3.6.1)."""
        if self.state is not TcpState.OPEN:
            return
        if self._peer_finished:
            self.vanish(waits=not self._second)
        else:
            self.wiring.orphans.add(self)

    def orphaned(self) -> None:
        """The peer has not closed for a minute."""
        if self.state is TcpState.OPEN and not self._peer_finished:
            self.vanish()

    def vanish(self, *, waits: bool = False) -> None:
        """Be over, without a word to anybody. `waits`: the ports are not free yet."""
        if self.state is TcpState.GONE:
            return
        if self._alive is not None:
            self._alive.resume()
        self.wiring.orphans.drop(self)
        self.state = TcpState.GONE
        process, ends, table = self._process, self._ends(), self.host.streams.ends
        if process.numbers.get(self.stream) is self:
            del process.numbers[self.stream]
        if table.get(ends) is self:
            if waits:
                table[ends] = None
                self.wiring.closed.add(table, ends)
            else:
                del table[ends]
        peer = self.peer
        if peer is not None and peer.state is TcpState.GONE:
            self.peer = peer.peer = None
