"""Audio, monitoring and management, judged by the packets on both sides of the firewalls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.actors.io import MediaTold
from ringfence.actors.media.conversation import BURST, beside
from ringfence.capture.dissect import Datagram
from ringfence.diagnosis.crossing import Crossing, crossings
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.drivers.recording import RunRecording
from ringfence.model.address import Address, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.roles.far_ends import far_ends
from ringfence.roles.network import HANDSET
from ringfence.roles.roles import phone_address
from ringfence.roles.talking import ServiceDialogue, services
from ringfence.verify.inside_view import inside_view
from ringfence.verify.report import StageResult, StageState
from ringfence.wire.rtp import decode_rtcp, decode_rtp

_SHOWN = 4  # lines of a stage
_Ends: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction between two ends: its packets in order of time; `arrived`: those that can be decoded."""

    source: TransportAddress
    destination: TransportAddress
    packets: tuple[Crossing, ...]
    arrived: int

    @property
    def whole(self) -> bool:
        return bool(self.packets) and all(each.passed for each in self.packets)

    @property
    def ends(self) -> str:
        return f"{self.source} > {self.destination}"


@dataclass(frozen=True, slots=True)
class _Audio:
    """One direction of a stretch of audio. `opens`: its sender spoke first."""

    rtp: _Way
    rtcp: _Way
    opens: bool

    @property
    def whole(self) -> bool:
        enough = self.rtp.arrived >= BURST and self.rtcp.arrived > 0
        return self.rtp.whole and self.rtcp.whole and enough

    @property
    def blocked(self) -> bool:
        return any(not each.passed for each in (*self.rtp.packets, *self.rtcp.packets))

    @property
    def counts(self) -> str:
        rtp, rtcp = self.rtp, self.rtcp
        return f"RTP {rtp.arrived} of {len(rtp.packets)}, RTCP {rtcp.arrived} of {len(rtcp.packets)}"

    @property
    def line(self) -> str:
        return f"{self.rtp.ends} {self.counts}"


def beside_results(site: Site, recording: RunRecording) -> dict[Stage, StageResult]:
    """What the packets say of the stages beside registration, those that the site has."""
    packets = inside_view(site, CapturedPackets.of(recording.frames).packets)
    found = crossings(packets, both_sides=True)
    results: dict[Stage, StageResult] = {}
    if far := far_ends(site):
        results[Stage.MEDIA] = _audio([each.address for each in far], _told(recording), found)
    if every := services(site, phone_address(site)):
        results[Stage.SERVICES] = _services(every, found)
    return results


def _told(recording: RunRecording) -> list[MediaTold]:
    """Where the phone was told by call signalling to send audio, in order."""
    return [
        command
        for entry in recording.journal
        if entry.host == HANDSET
        for command in entry.commands
        if isinstance(command, MediaTold)
    ]


def _audio(far: Sequence[Address], told: Sequence[MediaTold], found: Sequence[Crossing]) -> StageResult:
    """Both directions of every stretch of audio, RTP and RTCP, between the addresses that signalling gave;
    with every far end one that the phone opened, and one that the far end did.
    """
    by_ends: dict[_Ends, list[Crossing]] = {}
    for crossing in found:
        packet = crossing.packet
        ends = (packet.source, packet.source_port, packet.destination, packet.destination_port)
        by_ends.setdefault(ends, []).append(crossing)
    ways = [way for each in told for way in _both(by_ends, each)]
    times = [each.time for way in ways for each in way.rtp.packets if each.passed]
    ended = max(times, default=None)
    lost = [each for each in ways if not each.whole]
    if lost:
        return _silence(lost, told[0].local.ip, ended)
    opened = {(each.remote.ip, each.opens) for each in told}
    missing = [str(each) for each in far if not {(each, True), (each, False)} <= opened]
    if missing:
        words = f"no call: {', '.join(missing)} and the phone were not told each other's addresses"
        return StageResult(Stage.MEDIA, StageState.FAILED, ended, (), "", words)
    shown = tuple(each.line for each in (*ways[:-1][: _SHOWN - 1], ways[-1]))
    return StageResult(Stage.MEDIA, StageState.REACHED, ended, shown, message=ways[-1].counts)


def _both(by_ends: Mapping[_Ends, list[Crossing]], told: MediaTold) -> tuple[_Audio, _Audio]:
    def way(source: TransportAddress, to: TransportAddress, decode: Callable[[bytes], object]) -> _Way:
        packets = tuple(by_ends.get((source.ip, source.port, to.ip, to.port), ()))
        arrived = sum(each.passed and _decodes(each.packet.payload, decode) for each in packets)
        return _Way(source, to, packets, arrived)

    rtcp = beside(told.local)
    return (
        _Audio(
            way(told.local, told.remote, decode_rtp), way(rtcp, told.control, decode_rtcp), opens=told.opens
        ),
        _Audio(
            way(told.remote, told.local, decode_rtp),
            way(told.control, rtcp, decode_rtcp),
            opens=not told.opens,
        ),
    )


def _decodes(payload: bytes, decode: Callable[[bytes], object]) -> bool:
    try:
        decode(payload)
    except DecodeError:
        return False
    return True


def _silence(lost: Sequence[_Audio], phone: Address, ended: float | None) -> StageResult:
    """Where one end was never heard by the other, what is missing is the direction of the end that opens."""
    missing = [each for each in lost if each.opens and each.blocked] or [each for each in lost if each.opens]
    first = missing[0] if missing else lost[0]
    way, medium = (first.rtcp, "RTCP") if first.rtp.whole and first.blocked else (first.rtp, "RTP")
    here, there = way.source.ip, way.destination.ip
    if medium == "RTCP":
        words = f"no reports: RTCP that {here} sends does not arrive at {there}"
    elif any((each.rtp.source.ip, each.rtp.destination.ip) == (there, here) for each in missing):
        near, far = (here, there) if here == phone else (there, here)
        words = f"no audio: nothing arrives either way between {near} and {far}"
    else:
        words = f"one-way audio: nothing that {here} says first arrives at {there}"
    message = f"{medium} ({words})" if first.blocked else ""
    dropped = f"{way.ends} {message}" if message else ""
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
