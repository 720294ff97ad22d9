"""One end of a TCP connection, as much of RFC 9293 as a firewall and a capture can tell.

Sequence numbers, acknowledgements, retransmission, orderly close, reset and keep-alive are there; congestion
control is not: a small flight keeps within the window that the frames announce. Numbers are taken modulo
2**32 in the frame only.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol

from ringfence.actors.io import (
    Event,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamFault,
    StreamId,
    StreamOpened,
    StreamReceived,
)
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import IpPacket, segment_of
from ringfence.model.address import TransportAddress
from ringfence.model.packet import TcpFlags

SYN, ACK, FIN, RST, PSH = TcpFlags.SYN, TcpFlags.ACK, TcpFlags.FIN, TcpFlags.RST, TcpFlags.PSH

SYN_ACK, FIN_ACK, PSH_ACK, RST_ACK = SYN | ACK, FIN | ACK, PSH | ACK, RST | ACK

_SEGMENT = 1460  # octets of data in a full Ethernet frame
WINDOW = 10 * _SEGMENT  # octets on their way at most: RFC 6928's first flight, which never grows here
_MAXIMUM_SEGMENT_OPTION = b"\x02\x04" + _SEGMENT.to_bytes(2, "big")
# Linux, Documentation/networking/ip-sysctl.rst: first retransmission of a SYN after 1 s, of data after
# 0.2 s or more, doubling up to 120 s; 5 repetitions of a SYN/ACK (tcp_synack_retries), 15 of data
# (tcp_retries2); 60 s until the rest of a closed connection is forgotten.
FIRST_SYN, FIRST_DATA, LONGEST = 1.0, 0.2, 120.0
SYN_TRIES, SYN_ACK_TRIES, DATA_TRIES = 6, 5, 15
_WAIT = 60.0
_HALF = 1 << 31
_RECEIVED_EARLY = 64240  # octets ahead of what is expected: the window that the frames announce


class TcpState(Enum):
    SYN_SENT = auto()
    SYN_RECEIVED = auto()
    OPEN = auto()
    TIME_WAIT = auto()
    GONE = auto()


class _Sent(NamedTuple):
    sequence: int
    flags: TcpFlags
    data: bytes

    @property
    def end(self) -> int:
        return self.sequence + len(self.data) + bool(self.flags & (SYN | FIN))


class ConnectionContext(Protocol):
    """What a connection needs of its host."""

    clock: Clock
    deliver: Callable[[Event], None]
    output: Callable[[IpPacket], bool]
    keepalive: bool

    def forget(self, connection: "SimulatedConnection") -> None: ...


class SimulatedConnection:
    """Exists in the host's table until `forget`. `quiet`: the machine has closed it and hears no more."""

    def __init__(
        self,
        context: ConnectionContext,
        stream: StreamId,
        local: TransportAddress,
        remote: TransportAddress,
        first: int,
    ) -> None:
        self.stream = stream
        self.local = local
        self.remote = remote
        self.state = TcpState.SYN_SENT
        self.quiet = False
        self._context = context
        self._keepalive: tuple[int, int, int] | None = None
        self._next = first  # the sequence number of what is sent next
        self._unacknowledged: deque[_Sent] = deque()
        self._waiting: deque[bytes] = deque()
        self._expected = 0
        self._early: dict[int, tuple[bytes, bool]] = {}
        self._finishing = False
        self._finished = False  # our FIN is out
        self._second = False  # and the peer's was there before it
        self._peer_finished = False
        self._alarm: float | None = None
        self._sent_at = 0.0
        self._pause = FIRST_SYN
        self._tries = 0
        self._heard = context.clock.now
        self._probes = 0

    # Opening

    def connect(self, timeout: float, keepalive: tuple[int, int, int] | None) -> None:
        self._keepalive = keepalive
        self._context.clock.after(timeout, self._give_up_opening)
        self._send(SYN)

    def accept(self, sequence: int, keepalive: tuple[int, int, int] | None) -> None:
        """Answer the SYN that had this sequence number."""
        self._keepalive = keepalive
        self.state = TcpState.SYN_RECEIVED
        self._expected = sequence + 1
        self._send(SYN_ACK)

    def _give_up_opening(self) -> None:
        if self.state is TcpState.SYN_SENT:
            self.lose("timed out")

    def _open(self) -> None:
        self.state = TcpState.OPEN
        self._tries, self._pause = 0, FIRST_DATA
        if self._keepalive is not None and self._context.keepalive:
            self._context.clock.after(self._keepalive[0], self._keep_alive)
        kind = StreamAccepted if self.stream < 0 else StreamOpened
        self._context.deliver(kind(self.stream, self.local, self.remote))

    # What the machine asks for

    def send(self, data: bytes) -> None:
        if self.state is TcpState.OPEN and not self._finishing:
            for start in range(0, len(data), _SEGMENT):
                self._waiting.append(data[start : start + _SEGMENT])
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
            self._emit(RST_ACK, self._next)
        self.vanish()

    def lose(self, why: str, fault: StreamFault = StreamFault.UNREACHABLE) -> None:
        """The connection ends here and now; the machine is told why."""
        was, told = self.state, not self.quiet
        self.vanish()
        if told and was is TcpState.SYN_SENT:
            self._context.deliver(StreamFailed(self.stream, why, fault))
        elif told and was is TcpState.OPEN:
            self._context.deliver(StreamClosed(self.stream, why))

    # What arrives

    def receive(self, packet: IpPacket) -> None:
        """A segment of this connection."""
        packet = self._unwrapped(packet)
        if self.state is TcpState.SYN_SENT:
            self._receive_answer(packet)
            return
        flags = packet.packet.flags
        self._heard, self._probes = self._context.clock.now, 0
        if flags & RST:
            if packet.sequence == self._expected:
                self.lose("reset by peer")
            elif packet.sequence > self._expected:
                self._emit(ACK, self._next)  # a challenge: something before it was lost (RFC 5961 section 3)
            return
        if flags & SYN:
            self._receive_syn(packet)
            return
        if flags & ACK:
            self._acknowledged(packet.acknowledgement)
        # The handlers above may have ended it: a reset, a machine that closed on being accepted.
        if self.state is not TcpState.GONE:
            self._take(packet)

    def _unwrapped(self, packet: IpPacket) -> IpPacket:
        acknowledgement = _near(packet.acknowledgement, self._next)
        opening = self.state is TcpState.SYN_SENT
        sequence = packet.sequence if opening else _near(packet.sequence, self._expected)
        if (sequence, acknowledgement) == (packet.sequence, packet.acknowledgement):
            return packet
        return packet._replace(sequence=sequence, acknowledgement=acknowledgement)

    def _receive_answer(self, packet: IpPacket) -> None:
        flags = packet.packet.flags
        if flags & ACK and packet.acknowledgement != self._next:
            if not flags & RST:  # an old connection's other end (RFC 9293 section 3.10.7.3)
                self._emit(RST, packet.acknowledgement)
        elif flags & RST:
            self.lose("refused", StreamFault.REFUSED)
        elif flags & SYN and flags & ACK:
            self._expected = packet.sequence + 1
            self._unacknowledged.clear()
            self._emit(ACK, self._next)
            self._open()

    def _receive_syn(self, packet: IpPacket) -> None:
        if self.state is TcpState.SYN_RECEIVED and packet.sequence + 1 == self._expected:
            first = self._unacknowledged[0]
            self._emit(first.flags, first.sequence)
        else:
            # Also the challenge to a peer that has lost its state (RFC 5961 section 4).
            self._emit(ACK, self._next)

    def _acknowledged(self, number: int) -> None:
        progress = False
        while self._unacknowledged and self._unacknowledged[0].end <= number:
            self._unacknowledged.popleft()
            progress = True
        if progress:
            self._tries, self._pause = 0, FIRST_DATA
            self._sent_at = self._context.clock.now
            if self.state is TcpState.SYN_RECEIVED:
                self._open()
            self._pump()
        if self._finished and not self._unacknowledged and self.state is TcpState.OPEN:
            self._our_side_done()

    def _take(self, packet: IpPacket) -> None:
        data, fin = packet.packet.payload, bool(packet.packet.flags & FIN)
        if not data and not fin:
            if packet.sequence == self._expected - 1:
                self._emit(ACK, self._next)  # a keep-alive probe (RFC 9293 section 3.8.4)
            return
        old = self._expected - packet.sequence
        if 0 < old < len(data) + fin:  # a repetition that goes on with what is new
            self._early[self._expected] = (data[old:], fin)
        elif old <= 0 and -old <= _RECEIVED_EARLY:
            self._early[packet.sequence] = (data, fin)
        fresh: list[bytes] = []
        while (found := self._early.pop(self._expected, None)) is not None:
            piece, last = found
            fresh.append(piece)
            self._expected += len(piece) + last
            self._peer_finished = self._peer_finished or last
        if self._early:
            self._early = {at: piece for at, piece in self._early.items() if at > self._expected}
        self._emit(ACK, self._next)
        if not self.quiet:
            self._tell(b"".join(fresh))
        if self._peer_finished and self._finished and not self._unacknowledged:
            self._our_side_done()

    def _tell(self, data: bytes) -> None:
        if data:
            self._context.deliver(StreamReceived(self.stream, data))
        if self._peer_finished and not self.quiet:
            # The peer's end is the stream's end: what was sent still goes out, then our FIN.
            self.quiet = True
            self._context.deliver(StreamClosed(self.stream))
            self._finish()

    # Sending

    def _send(self, flags: TcpFlags, data: bytes = b"") -> None:
        sent = _Sent(self._next, flags, data)
        self._next = sent.end
        if not self._unacknowledged:
            self._sent_at = self._context.clock.now
        self._unacknowledged.append(sent)
        self._arm()
        self._emit(flags, sent.sequence, data)

    def _emit(self, flags: TcpFlags, sequence: int, data: bytes = b"") -> None:
        acknowledgement = self._expected if flags & ACK else 0
        options = _MAXIMUM_SEGMENT_OPTION if flags & SYN else b""
        segment = segment_of(
            self.local,
            self.remote,
            flags,
            sequence=sequence,
            acknowledgement=acknowledgement,
            data=data,
            options=options,
        )
        if not self._context.output(segment) and self.state is TcpState.SYN_SENT:
            self._context.clock.after(0.0, self._no_way)

    def _no_way(self) -> None:
        if self.state is TcpState.SYN_SENT:
            self.lose("unreachable")

    def _pump(self) -> None:
        """Send what the window has room for, and the FIN behind the last of it."""
        if self.state is not TcpState.OPEN:
            return
        while self._waiting and self._next - self._oldest() < WINDOW:
            self._send(PSH_ACK, self._waiting.popleft())
        if self._finishing and not self._waiting and not self._finished:
            self._finished, self._second = True, self._peer_finished
            self._send(FIN_ACK)

    def _oldest(self) -> int:
        return self._unacknowledged[0].sequence if self._unacknowledged else self._next

    def _arm(self) -> None:
        due = self._sent_at + self._pause
        if self._alarm is None or due < self._alarm:
            self._alarm = due
            self._context.clock.at(due, self._ring, due)

    def _ring(self, alarm: float) -> None:
        if alarm != self._alarm:
            return  # an earlier one has taken its place
        self._alarm = None
        if not self._unacknowledged or self.state is TcpState.GONE:
            return
        if self._context.clock.now >= self._sent_at + self._pause:
            self._tries += 1
            if self._tries > self._limit():
                self.lose("timed out")
                return
            self._pause = min(2 * self._pause, LONGEST)
            self._sent_at = self._context.clock.now
            first = self._unacknowledged[0]
            self._emit(first.flags, first.sequence, first.data)
        self._arm()

    def _limit(self) -> int:
        if self.state is TcpState.SYN_SENT:
            return SYN_TRIES
        return SYN_ACK_TRIES if self.state is TcpState.SYN_RECEIVED else DATA_TRIES

    def _keep_alive(self) -> None:
        if self.state is not TcpState.OPEN or self._keepalive is None:
            return
        idle, interval, count = self._keepalive
        clock = self._context.clock
        if self._probes == 0 and clock.now < self._heard + idle:
            clock.at(self._heard + idle, self._keep_alive)
        elif self._probes >= count:
            self._emit(RST_ACK, self._next)
            self.lose("timed out")
        else:
            self._probes += 1
            self._emit(ACK, self._next - 1)
            clock.after(interval, self._keep_alive)

    # Closing

    def _finish(self) -> None:
        self._finishing = True
        self._pump()

    def _our_side_done(self) -> None:
        """Our FIN is acknowledged. Who closed first waits for stray segments (RFC 9293 section 3.6.1)."""
        if self.state is not TcpState.OPEN:
            return
        if self._peer_finished and self._second:
            self.vanish()
        elif self._peer_finished:
            self.state = TcpState.TIME_WAIT
            self._context.clock.after(_WAIT, self.vanish)
        else:
            self._context.clock.after(_WAIT, self._orphaned)

    def _orphaned(self) -> None:
        if self.state is TcpState.OPEN and not self._peer_finished:
            self.vanish()

    def vanish(self) -> None:
        """Be over, without a word to anybody."""
        if self.state is not TcpState.GONE:
            self.state = TcpState.GONE
            self._context.forget(self)


def _near(number: int, known: int) -> int:
    """The number that is the same modulo 2**32 and nearest to `known` (RFC 9293 section 3.4)."""
    away = number - known
    if -_HALF <= away < _HALF:
        return number
    return known + (away + _HALF) % (2 * _HALF) - _HALF
