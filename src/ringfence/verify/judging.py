"""A recording becomes a result by the judge that also judges a customer's capture."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address
from types import MappingProxyType

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import judge
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetTimeline, PacketEvidence, StageStatus
from ringfence.drivers.recording import RunRecording
from ringfence.model.defaults import DISCOVERY_PORT
from ringfence.model.kinds import Kind
from ringfence.model.ports import Ports
from ringfence.model.registration import procedure
from ringfence.model.site import Addressing, Scheme, Site
from ringfence.model.stage import BESIDE_REGISTRATION, MAIN_LINE, Stage
from ringfence.verify.beside import beside_results
from ringfence.verify.inside_view import inside_view, outside_addresses
from ringfence.verify.lookups import lookup_result
from ringfence.verify.report import NetworkKind, RunResult, StageResult, StageState

# Of an untagged Ethernet frame with IPv4 in it.
_ETHERTYPE, _IPV4, _DESTINATION = slice(12, 14), b"\x08\x00", slice(30, 34)
_SHOWN = 4  # packets in a stage's line


@lru_cache(maxsize=16)
def expected_stages(site: Site) -> frozenset[Stage]:
    """The stages that a boot at this site goes through."""
    group = site.groups[0]
    asked = {Stage.ADDRESS} if group.addressing is Addressing.DHCP else set()
    moved = {Stage.VLAN_MOVE} if group.moves else set()
    needed = {flow.stage for flow in procedure(site, Kind((group,)))}
    return frozenset(needed | asked | moved | {Stage.DISCOVER, Stage.REGISTER})


def judged(
    site: Site, kind: NetworkKind, recording: RunRecording, without: IPv4Address | None = None
) -> RunResult:
    """What the recorded packets say about each stage; `without`: those of a server that died do not count."""
    line = timeline_of(site, recording, without)
    expected = expected_stages(site)
    beside = beside_results(site, recording) if expected & BESIDE_REGISTRATION else {}
    if Stage.RESOLVE in expected:
        beside[Stage.RESOLVE] = lookup_result(site, recording)
    stages = stage_results(line, expected, beside)
    dropped = tuple(str(drop.packet) for drop in recording.dropped)
    return RunResult(kind, stages, dict(recording.counters), dropped)


def stage_results(
    line: HandsetTimeline | None,
    expected: frozenset[Stage],
    beside: Mapping[Stage, StageResult] = MappingProxyType({}),
) -> tuple[StageResult, ...]:
    """What a handset's timeline says of each stage that had to be reached, in order; `beside`: of others."""
    first = min(expected, key=lambda stage: stage.order)
    return _in_order(beside.get(stage) or _result(line, stage, first) for stage in Stage if stage in expected)


def _in_order(results: Iterable[StageResult]) -> tuple[StageResult, ...]:
    """A failure after a stage that was not completed is its consequence, not another failure.

    Nor is it one that a stage was never tried, once the boot was given up at an earlier one.
    """
    found: dict[Stage, StageResult] = {}
    given_up: Stage | None = None
    for result in results:
        settled = result
        before = [s for s in Stage if s in found and s in result.stage.after]
        missing = next((s for s in before if found[s].state is not StageState.REACHED), None)
        if result.state is StageState.FAILED:
            if missing is not None:
                settled = _unreached(result.stage, f"{missing.label} comes first")
            elif given_up is not None and not result.packets:
                settled = _unreached(result.stage, f"the boot ended at {given_up.label}")
            elif result.stage in MAIN_LINE:
                given_up = result.stage
        found[result.stage] = settled
    return tuple(found.values())


def _unreached(stage: Stage, why: str) -> StageResult:
    return StageResult(stage, StageState.NOT_REACHED, reason=why)


def timeline_of(
    site: Site, recording: RunRecording, without: IPv4Address | None = None
) -> HandsetTimeline | None:
    """The handset's timeline; None when it was never seen at the firewall."""
    group = site.groups[0]
    options = JudgeOptions(
        both_sides=True,
        expected=expected_stages(site),
        ports=ports_of(site),
        state_timeout=min(each.udp_stream_timeout for each in site.firewalls),
        phones_only=False,
    )
    own = {address.packed for address in site.own_addresses if address not in outside_addresses(site)}
    frames = [frame for frame in recording.frames if not _for_a_firewall(frame, own)]
    captured = CapturedPackets.of(frames)
    captured.packets = [
        packet
        for packet in inside_view(site, captured.packets)
        if without not in {packet.source, packet.destination}
    ]
    found = judge(captured, options)
    mac = group.user.mac.lower()
    return next(
        (
            line
            for line in found.handsets
            if line.mac == mac or any(address in group.voice.network for address in line.addresses)
        ),
        None,
    )


def _for_a_firewall(frame: TappedFrame, own: set[bytes]) -> bool:
    """Whether a packet on the servers' side ends at a firewall itself: it was not forwarded, nor lost."""
    return frame.tap == Tap.SERVERS and frame.data[_ETHERTYPE] == _IPV4 and frame.data[_DESTINATION] in own


def ports_of(site: Site) -> Ports:
    """Where this site's services listen."""
    group = site.groups[0]
    return Ports(
        ras=frozenset({*(each.ras_port for each in group.gatekeepers), DISCOVERY_PORT}),
        signalling=frozenset(
            {*(each.signalling_port for each in group.gatekeepers), group.calls.signalling_port}
        ),
        signalling_tls=frozenset(each.tls_port for each in group.gatekeepers),
        files=frozenset(each.port for each in group.files if each.scheme is not Scheme.TFTP),
        tftp=frozenset(each.port for each in group.files if each.scheme is Scheme.TFTP),
    )


def _result(line: HandsetTimeline | None, stage: Stage, first: Stage) -> StageResult:
    if line is None:
        state = StageState.FAILED if stage is first else StageState.NOT_REACHED
        return StageResult(stage, state, reason="nothing of the handset reached the firewall")
    seen = line.stage(stage)
    shown = _spread(seen.evidence)
    dropped = next((evidence for evidence in seen.evidence if evidence.dropped), None)
    telling = dropped or (shown[-1] if shown else None)
    return StageResult(
        stage,
        _STATES[seen.state],
        at=seen.ended,
        packets=tuple(evidence.text for evidence in shown),
        dropped=dropped.text if dropped else "",
        reason=seen.because,
        message=telling.seen.text if telling else "",
    )


# A stage that the site has and the recording does not show has not been reached: nothing is given away.
_STATES = {
    StageStatus.REACHED: StageState.REACHED,
    StageStatus.FAILED: StageState.FAILED,
    StageStatus.NOT_REACHED: StageState.NOT_REACHED,
    StageStatus.NOT_VISIBLE: StageState.FAILED,
    StageStatus.NOT_APPLICABLE: StageState.FAILED,
}


def _spread(evidence: tuple[PacketEvidence, ...]) -> tuple[PacketEvidence, ...]:
    """The first packets and the last one."""
    return evidence if len(evidence) <= _SHOWN else (*evidence[: _SHOWN - 1], evidence[-1])
