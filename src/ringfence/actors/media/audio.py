"""One end of several exchanges of audio: RTP in both directions, and RTCP that says what arrived.

An end opens an exchange by speaking: a burst of RTP and a sender report. The other end answers with a burst
of its own, so that one exchange shows both directions, and who opened it. Addresses are configured here, and
not told by signalling.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.actors.io import (
    NOTHING,
    Bind,
    Command,
    Commands,
    DatagramReceived,
    Event,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.stage import Stage
from ringfence.wire.rtp import (
    PCMU,
    ReceptionReport,
    RtcpReport,
    RtpPacket,
    decode_rtcp,
    decode_rtp,
    encode_rtcp,
    encode_rtp,
)

BURST = 10  # packets; a firewall decides on the first
_FRAME = 0.02  # 20 ms of G.711 (RFC 3551 section 4.2)
_SAMPLES = 160
_SILENCE = b"\xff" * _SAMPLES  # G.711 mu-law
_AGAIN = 60.0  # assumed: longer than a firewall remembers UDP that was not answered


@dataclass(frozen=True, slots=True)
class AudioExchange:
    """Two ends of RTP; RTCP is on the next ports. `opens`: this end speaks first."""

    local: TransportAddress
    remote: TransportAddress
    opens: bool


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """`first`: seconds until this end first speaks; after `tries` without an answer it gives up.

    `reports`: it is the phone's end, whose opinion of the stage counts.
    """

    exchanges: tuple[AudioExchange, ...]
    first: float = 0.0
    tries: int = 7
    reports: bool = False


@dataclass(slots=True)
class _Progress:
    """How far one exchange has come. `at`: when it speaks next; None: it waits for the other end."""

    exchange: AudioExchange
    at: float | None = None
    left: int = 0
    sequence: int = 0
    tries: int = 0
    heard: ReceptionReport | None = None
    count: int = 0
    done: bool = False


class AudioEnd:
    """All exchanges of one end, side by side."""

    def __init__(self, config: AudioConfig) -> None:
        self._config = config
        self._all = [_Progress(exchange) for exchange in config.exchanges]
        self._give_up: float | None = None
        self._told = False

    @property
    def deadline(self) -> float | None:
        waits = [self._give_up, *(each.at for each in self._all)]
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return self._start(now)
            case TimeUp():
                due = [each for each in self._all if each.at is not None and each.at <= now]
                said = tuple(command for each in due for command in self._speak(each, now))
                return (*said, *self._given_up(now))
            case DatagramReceived():
                return (*self._hear(event, now), *self._settled())
            case _:
                return NOTHING

    def _start(self, now: float) -> Commands:
        for each in self._all:
            if each.exchange.opens:
                each.at, each.left = now + self._config.first, BURST
        if self._config.reports:
            self._give_up = now + _AGAIN * self._config.tries
        ports = dict.fromkeys(
            local for each in self._all for local in (each.exchange.local, beside(each.exchange.local))
        )
        return tuple(map(Bind, ports))

    def _speak(self, each: _Progress, now: float) -> Commands:
        if each.left == 0:  # nobody answered the last burst
            each.left = BURST
        each.left -= 1
        each.sequence = (each.sequence + 1) % 0x10000
        packet = RtpPacket(PCMU, each.sequence, each.sequence * _SAMPLES, _source(each), _SILENCE)
        exchange = each.exchange
        said: list[Command] = [SendDatagram(exchange.local, exchange.remote, encode_rtp(packet))]
        each.at = now + _FRAME
        if each.left == 0:
            each.tries += 1
            said.append(self._report(each, (each.sequence, each.sequence * _SAMPLES), now))
            again = exchange.opens and each.tries < self._config.tries
            each.at = now + _AGAIN if again else None
        return tuple(said)

    def _report(self, each: _Progress, sent: tuple[int, int] | None, now: float) -> SendDatagram:
        heard = () if each.heard is None else (each.heard,)
        report = RtcpReport(_source(each), str(each.exchange.local.ip), sent, heard)
        data = encode_rtcp(report, int(now * (1 << 32)) & 0xFFFFFFFFFFFFFFFF, each.sequence * _SAMPLES)
        return SendDatagram(beside(each.exchange.local), beside(each.exchange.remote), data)

    def _hear(self, event: DatagramReceived, now: float) -> Commands:
        for each in self._all:
            ends = (each.exchange.local, each.exchange.remote)
            if (event.destination, event.source) == ends:
                _count(each, event.data)
                return NOTHING
            if (event.destination, event.source) == tuple(map(beside, ends)):
                return self._told_of(each, event.data, now)
        return NOTHING

    def _told_of(self, each: _Progress, data: bytes, now: float) -> Commands:
        """The other end has spoken to its end, or says what it heard."""
        try:
            report = decode_rtcp(data)
        except DecodeError:
            return NOTHING
        if each.count == 0:
            return NOTHING
        if report.sent is None:
            each.done = True
        elif each.exchange.opens:
            each.at, each.done = None, True
            return (self._report(each, None, now),)
        elif each.at is None and not each.done:
            each.at, each.left = now + _FRAME, BURST
        return NOTHING

    def _settled(self) -> Commands:
        if not self._config.reports or self._told or not all(each.done for each in self._all):
            return NOTHING
        self._told, self._give_up = True, None
        return (StageReached(Stage.MEDIA, f"audio both ways in {len(self._all)} exchanges"),)

    def _given_up(self, now: float) -> Commands:
        if self._give_up is None or now < self._give_up:
            return NOTHING
        self._give_up = None
        missing = ", ".join(_missing(each for each in self._all if not each.done))
        return (StageFailed(Stage.MEDIA, f"no audio both ways with {missing}"),)


def beside(rtp: TransportAddress) -> TransportAddress:
    """Where the RTCP of an RTP port is."""
    return TransportAddress(rtp.ip, rtp.port + 1)


def _source(each: _Progress) -> int:
    """An SSRC that both ends of the exchange have apart; it need not be random where nobody else sends."""
    return each.exchange.local.port << 1 | each.exchange.opens


def _count(each: _Progress, data: bytes) -> None:
    try:
        packet = decode_rtp(data)
    except DecodeError:
        return
    each.count += 1
    highest = max(packet.sequence, each.heard.highest if each.heard else 0)
    each.heard = ReceptionReport(packet.ssrc, highest - each.count, highest)


def _missing(unfinished: Iterable[_Progress]) -> dict[str, None]:
    return dict.fromkeys(str(each.exchange.remote.ip) for each in unfinished)
