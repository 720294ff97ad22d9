"""Frames that are in memory to a judgement, as `explain` makes one of files."""

from collections.abc import Sequence

from ringfence.capture.frame import LinkType, TappedFrame
from ringfence.capture.summary import Summary
from ringfence.diagnosis.explain import Explained, learned_ports
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.judge import Judgement, examine_recording
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.model.ports import Ports


@gc_paused()
def explain_frames(
    frames: Sequence[TappedFrame],
    summary: Summary,
    ports: Ports,
    *,
    state_timeout: float,
) -> Explained:
    """Judge what one interface has shown until `summary.last`.

    The `ports` of the result have those that leases in the frames name: for what comes later.
    """
    recording = CapturedPackets.of(frames)
    recording.end = max(recording.end, summary.last)
    told = learned_ports(recording.packets, ports)
    judgement = examine_recording(recording, ports=told, state_timeout=state_timeout)
    judgement = Judgement(judgement.handsets, (*judgement.findings, *summary.findings()))
    summary.selected = len(frames)
    summary.clipped = recording.clipped
    summary.link_types = [LinkType.ETHERNET]
    return Explained(judgement, (summary,), told, None, frozenset(recording.claims))
