"""RESOLVE, judged by the packets on both sides of the firewalls: each name asked for and answered."""

from dataclasses import dataclass, field

from ringfence.diagnosis.crossing import Crossing, crossings
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.drivers.recording import RunRecording
from ringfence.model.defaults import DNS_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.packet import Protocol
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.roles.roles import records
from ringfence.verify.inside_view import inside_view
from ringfence.verify.report import StageResult, StageState
from ringfence.wire.dns import DnsMessage, decode_dns

_SHOWN = 4  # lines of a stage


@dataclass(slots=True)
class _Lookup:
    """One name. `lost`: a question that a firewall dropped; `lines`: what was said, in order."""

    ended: float | None = None
    lost: str = ""
    lines: list[str] = field(default_factory=list)


def lookup_result(site: Site, recording: RunRecording) -> StageResult:
    """The stage of a site whose phones are told names."""
    names = {name: _Lookup() for name in records(site.groups[0])}
    packets = inside_view(site, CapturedPackets.of(recording.frames).packets)
    for crossing in crossings(packets, both_sides=True):
        message = _dns(crossing)
        if message is not None and (lookup := names.get(message.name)) is not None:
            _note(lookup, crossing, message)
    missing = [name for name, lookup in names.items() if lookup.ended is None]
    lines = tuple(line for lookup in names.values() for line in lookup.lines)[:_SHOWN]
    if not missing:
        ended = max(lookup.ended for lookup in names.values() if lookup.ended is not None)
        return StageResult(Stage.RESOLVE, StageState.REACHED, ended, lines)
    lost = names[missing[0]].lost
    why = f"no answer for {missing[0]}"
    return StageResult(Stage.RESOLVE, StageState.FAILED, None, lines, lost, why)


def _dns(crossing: Crossing) -> DnsMessage | None:
    packet = crossing.packet
    if packet.protocol != Protocol.UDP or DNS_PORT not in {packet.source_port, packet.destination_port}:
        return None
    try:
        return decode_dns(packet.payload)
    except DecodeError:
        return None


def _note(lookup: _Lookup, crossing: Crossing, message: DnsMessage) -> None:
    packet = crossing.packet
    ends = f"{packet.source}:{packet.source_port} > {packet.destination}:{packet.destination_port}"
    said = ", ".join(map(str, message.addresses)) if message.response else "?"
    line = f"{ends} DNS {message.name} {said}"
    if not crossing.passed:
        lookup.lost = lookup.lost or line
    elif message.addresses:
        lookup.ended = crossing.time
    lookup.lines.append(line)
