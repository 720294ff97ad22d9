"""Audio, monitoring and management, judged by the packets on both sides of the firewalls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.actors.media.audio import BURST, AudioExchange, beside
from ringfence.capture.dissect import Datagram
from ringfence.diagnosis.crossing import Crossing, crossings
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.drivers.recording import RunRecording
from ringfence.model.address import TransportAddress
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.roles.roles import phone_address
from ringfence.roles.talking import ServiceDialogue, exchanges, services
from ringfence.verify.inside_view import inside_view
from ringfence.verify.report import StageResult, StageState

_SHOWN = 4  # lines of a stage
_Ends: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """The packets of one direction between two ends, in order of time."""

    source: TransportAddress
    destination: TransportAddress
    packets: tuple[Crossing, ...]

    @property
    def arrived(self) -> int:
        return sum(each.passed for each in self.packets)

    @property
    def whole(self) -> bool:
        """Nothing is lost behind the first that arrived: before it the other end may not have been up."""
        first = next((n for n, each in enumerate(self.packets) if each.passed), None)
        return first is not None and all(each.passed for each in self.packets[first:])

    @property
    def ends(self) -> str:
        return f"{self.source} > {self.destination}"


@dataclass(frozen=True, slots=True)
class _Audio:
    """One direction of an exchange. `opens`: its sender spoke first."""

    rtp: _Way
    rtcp: _Way
    opens: bool

    @property
    def whole(self) -> bool:
        return self.rtp.whole and self.rtcp.whole and self.rtp.arrived >= BURST

    @property
    def counts(self) -> str:
        rtp, rtcp = self.rtp, self.rtcp
        return f"RTP {rtp.arrived} of {len(rtp.packets)}, RTCP {rtcp.arrived} of {len(rtcp.packets)}"

    @property
    def line(self) -> str:
        return f"{self.rtp.ends} {self.counts}"


def beside_results(site: Site, recording: RunRecording) -> dict[Stage, StageResult]:
    """What the packets say of the stages beside registration, those that the site has."""
    phone = phone_address(site)
    packets = inside_view(site, CapturedPackets.of(recording.frames).packets)
    found = crossings(packets, both_sides=True)
    by_ends: dict[_Ends, list[Crossing]] = {}
    for crossing in found:
        packet = crossing.packet
        ends = (packet.source, packet.source_port, packet.destination, packet.destination_port)
        by_ends.setdefault(ends, []).append(crossing)
    results: dict[Stage, StageResult] = {}
    if told := exchanges(site, phone):
        results[Stage.MEDIA] = _audio([way for each in told for way in _both(by_ends, each)])
    if every := services(site, phone):
        results[Stage.SERVICES] = _services(every, found)
    return results


def _both(by_ends: Mapping[_Ends, list[Crossing]], exchange: AudioExchange) -> tuple[_Audio, _Audio]:
    def way(source: TransportAddress, to: TransportAddress) -> _Way:
        return _Way(source, to, tuple(by_ends.get((source.ip, source.port, to.ip, to.port), ())))

    def audio(source: TransportAddress, to: TransportAddress, *, opens: bool) -> _Audio:
        return _Audio(way(source, to), way(beside(source), beside(to)), opens)

    here, there = exchange.local, exchange.remote
    return audio(here, there, opens=exchange.opens), audio(there, here, opens=not exchange.opens)


def _audio(ways: Sequence[_Audio]) -> StageResult:
    """Both directions of every exchange, RTP and RTCP. Where one was never heard by the other end, what is
    missing is the direction of the end that opens it.
    """
    times = [each.time for way in ways for each in way.rtp.packets if each.passed]
    ended = max(times, default=None)
    lost = [each for each in ways if not each.whole]
    if not lost:
        shown = tuple(each.line for each in (*ways[:-1][: _SHOWN - 1], ways[-1]))
        return StageResult(Stage.MEDIA, StageState.REACHED, ended, shown, message=ways[-1].counts)
    missing = [each for each in lost if each.opens] or lost
    first = missing[0].rtp
    here, there = first.source.ip, first.destination.ip
    if any((each.rtp.source.ip, each.rtp.destination.ip) == (there, here) for each in missing):
        words = f"no audio: nothing arrives either way between {here} and {there}"
    else:
        words = f"one-way audio: nothing that {here} says first arrives at {there}"
    message = f"RTP ({words})" if first.packets and not first.whole else ""
    dropped = f"{first.ends} {message}" if message else ""
    shown = tuple(each.line for each in missing[:_SHOWN])
    return StageResult(Stage.MEDIA, StageState.FAILED, ended, shown, dropped, words, message)


def _services(every: Sequence[ServiceDialogue], found: Sequence[Crossing]) -> StageResult:
    shown: list[str] = []
    ended: list[float] = []
    last = ""
    for service in every:
        errand = service.errand
        ends = f"{errand.local.ip} > {errand.remote}"
        message = f"{errand.protocol.word} {service.row.id}"
        line = f"{ends} {message}"
        asked = [each for each in found if _asks(each.packet, service)]
        said = [each.time for each in asked if each.passed and each.packet.payload]
        answers = [each for each in found if _answers(each.packet, service)]
        answered = any(each.passed and each.packet.payload for each in answers)
        if not said or (errand.answer and not answered):
            reason = f"{line}: {'is not answered' if said else 'does not arrive'}"
            message = f"{message}: {service.row.dialogue}" if asked and not said else ""
            dropped = f"{ends} {message}" if message else ""
            return StageResult(
                Stage.SERVICES, StageState.FAILED, None, tuple(shown), dropped, reason, message
            )
        if len(shown) < _SHOWN:
            last = f"{message}, {'answered' if errand.answer else 'arrived'}"
            shown.append(f"{ends} {last}")
        ended.append(said[-1])
    return StageResult(Stage.SERVICES, StageState.REACHED, max(ended), tuple(shown), message=last)


def _asks(packet: Datagram, service: ServiceDialogue) -> bool:
    errand = service.errand
    ends = (packet.protocol, packet.source, packet.destination, packet.destination_port)
    return ends == (errand.protocol, errand.local.ip, errand.remote.ip, errand.remote.port)


def _answers(packet: Datagram, service: ServiceDialogue) -> bool:
    errand = service.errand
    ends = (packet.protocol, packet.destination, packet.source, packet.source_port)
    return ends == (errand.protocol, errand.local.ip, errand.remote.ip, errand.remote.port)
