"""Call signalling that came after an inspection's pinhole for it had ended, as a proof ends it too."""

from collections.abc import Iterable, Iterator

from ringfence.diagnosis.observation import RasSeen, StreamKind, StreamSeen
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.findings import Finding
from ringfence.model.findings.register import RAS_REWRITTEN
from ringfence.model.findings.signal import PINHOLE_ENDED
from ringfence.model.inspections import inspection_of
from ringfence.model.nat import InspectionKind
from ringfence.model.stage import Stage

_LIFE = inspection_of(InspectionKind.LINUX_HELPER).pinhole


def ended_pinholes(handset: HandsetTimeline, between: Iterable[Finding]) -> Iterator[Finding]:
    """The first connection of a gatekeeper that was dropped after the life of a pinhole.

    `between`: what two captures together show; without a rewritten RAS message nobody has opened anything.
    """
    if all(each.code is not RAS_REWRITTEN for each in between):
        return
    full: RasSeen | None = None
    for seen in handset.observations:
        if isinstance(seen, RasSeen) and seen.message == "RRQ" and seen.crossing.passed:
            full = full if seen.keep_alive else seen
        elif full is not None and isinstance(seen, StreamSeen) and seen.kind is StreamKind.SYN:
            called = seen.dropped and seen.opener.ip == full.destination.ip
            silence = seen.time - full.time
            if called and silence > _LIFE:
                sentence = (
                    f"{seen.line} came {silence:.0f} s after the last full RRQ ({full.number}): Linux's "
                    f"RAS helper lets call signalling in for {_LIFE} s from it, and a light-weight RRQ adds "
                    "nothing"
                )
                frames = tuple(seen.crossing.frames.values())
                yield Finding(PINHOLE_ENDED, sentence, Stage.SIGNAL, frames, handset.name)
                return
