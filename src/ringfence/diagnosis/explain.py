"""Capture files to a judgement: everything that needs more than one look at the files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeAlias

from ringfence.capture.dissect import Datagram
from ringfence.capture.reader import Capture
from ringfence.capture.select import has_identifier
from ringfence.capture.summary import Summary
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.judge import STATE_TIMEOUT, Judgement, compare, examine_recording
from ringfence.diagnosis.match import AlignedCaptures
from ringfence.diagnosis.ras_view import GRQ, RCF, RRQ, ras_view
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.stages.dhcp import told_by
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.ports import Ports

# Which capture (0 or 1), and how many octets of its file have been read.
ReadProgress: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Explained:
    """The judgement, what was read, the ports that were looked at, and for two captures how they fit.

    `claims` are the addresses that answer ARP.
    """

    judgement: Judgement
    summaries: tuple[Summary, ...]
    ports: Ports
    aligned: AlignedCaptures | None = None
    claims: frozenset[IPv4Address] = frozenset()


@gc_paused()
def explain(
    paths: Sequence[Path],
    *,
    ports: Ports | None = None,
    state_timeout: float = STATE_TIMEOUT,
    clock_offset: float | None = None,
    phones_only: bool = True,
    progress: ReadProgress | None = None,
) -> Explained:
    """Judge one capture, or two from both sides of a firewall.

    `ports` None: the usual ones, and those that the capture itself tells (`learned_ports`).
    The other arguments are those of `judge.examine` and `judge.compare`. InputError for unreadable files,
    and for two that do not belong together. `progress` starts again from 0 when a file is read again.
    """
    if not 1 <= len(paths) <= 2:
        raise InputError(f"{len(paths)} captures given", remedy="give one, or one from each side")
    chosen = ports or Ports()
    recordings, summaries = _read(paths, chosen, progress)
    if ports is None:
        told = learned_ports((packet for each in recordings for packet in each.packets), chosen)
        if told != chosen:
            chosen = told
            recordings, summaries = _read(paths, chosen, progress)
    aligned = None
    if len(recordings) == 1:
        judgement = examine_recording(
            recordings[0], ports=chosen, state_timeout=state_timeout, phones_only=phones_only
        )
    else:
        judgement, aligned = compare(
            recordings[0],
            recordings[1],
            ports=chosen,
            state_timeout=state_timeout,
            clock_offset=clock_offset,
            phones_only=phones_only,
        )
    damage = tuple(finding for summary in summaries for finding in summary.findings())
    judgement = Judgement(judgement.handsets, (*judgement.findings, *damage))
    claims = frozenset(address for recording in recordings for address in recording.claims)
    return Explained(judgement, summaries, chosen, aligned, claims)


def _read(
    paths: Sequence[Path], ports: Ports, progress: ReadProgress | None
) -> tuple[list[CapturedPackets], tuple[Summary, ...]]:
    captures = [
        Capture(path, ports=ports, progress=partial(progress, number) if progress else None)
        for number, path in enumerate(paths)
    ]
    recordings = [CapturedPackets.of(capture) for capture in captures]
    summaries = tuple(capture.summary for capture in captures)
    for recording, summary in zip(recordings, summaries, strict=True):
        # Silence lasts to the end of the capture, not to the last frame that concerns us.
        recording.end = max(recording.end, summary.last)
    return recordings, summaries


def learned_ports(packets: Iterable[Datagram], ports: Ports) -> Ports:
    """The ports that leases name, that RAS is found on, and that it names for call signalling, added to those
    already known."""
    files, ras, signalling = set(ports.files), set(ports.ras), set(ports.signalling)
    for packet in packets:
        if packet.protocol != Protocol.UDP:
            continue
        if packet.source_port == DHCP_SERVER_PORT:
            message = dhcp_message(packet.payload)
            parameters = told_by(message) if message is not None else None
            if parameters is not None:
                ras.add(parameters.gatekeeper_port)
                files |= {parameters.http.port, parameters.tls.port}
        elif has_identifier(packet.payload, 0, len(packet.payload)):
            kind = packet.payload[0] >> 2
            ras.add(packet.destination_port if kind in {GRQ, RRQ} else packet.source_port)
            view = ras_view(packet.payload) if kind in {RRQ, RCF} else None
            signalling |= {each.port for each in view.call_signal_addresses} if view is not None else set()
    return replace(
        ports,
        files=frozenset(files - {0}),
        ras=frozenset(ras - {0}),
        signalling=frozenset(signalling - {0} - ports.signalling_tls - files),
    )
