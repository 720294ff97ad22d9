"""What the path did to a TCP connection, and neither of its ends."""

from collections.abc import Sequence

from ringfence.diagnosis.exchange import lost, tally
from ringfence.diagnosis.observation import StreamSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.path import PATH_ASYMMETRIC
from ringfence.model.stage import Stage

_UNACKNOWLEDGED = 3  # times that a segment was sent, each after twice the time (RFC 6298 section 5.5)


def one_way(stage: Stage, begun: StreamSeen, unheard: Sequence[StreamSeen]) -> StageTimeline:
    """Of a connection that `begun` with, its opener's data did not arrive, and no answer passed here.

    An opener sends data only once it was answered (RFC 9293 section 3.5).
    """
    because = (
        f"{begun.opener} sent data to {begun.responder}, so it was answered, by another path (asymmetric"
        f" routing): no answer passes here, and {tally(len(unheard), 'data segment')} did not arrive"
    )
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.ONE_WAY,
        begun.time,
        unheard[-1].time,
        tuple(PacketEvidence(seen) for seen in (begun, *unheard[:3])),
        max(0, len(unheard) - 1),
        PATH_ASYMMETRIC,
    )


def unacknowledged(data: Sequence[StreamSeen]) -> list[StreamSeen]:
    """The segments that were sent again and again; empty where that happened to none. A keep-alive of one
    octet is no such segment (RFC 9293 section 3.8.4)."""
    first = data[0].crossing.packet
    again = [seen for seen in data if seen.crossing.packet.sequence == first.sequence]
    return again if len(again) >= _UNACKNOWLEDGED and len(first.payload) > 1 else []


def refused_on_path(
    stage: Stage, syns: Sequence[StreamSeen], reset: StreamSeen, options: JudgeOptions
) -> StageTimeline:
    """The SYN never arrived, so whoever the RST names did not send it."""
    because = f"SYN did not arrive: {lost(syns[-1], options)}; the RST to it is the firewall's own"
    shown = tuple(PacketEvidence(seen) for seen in (*syns[-1:], reset))
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.DROPPED,
        syns[0].time,
        reset.time,
        shown,
        len(syns) - 1,
    )
