"""What several boots of one handset say together: how far each came, and whether it begins again at one
point."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ringfence.diagnosis.history import HandsetHistory, handset_name
from ringfence.diagnosis.observation import RasSeen, StreamKind
from ringfence.diagnosis.timeline import HandsetVerdict, StageStatus, StageTimeline
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Finding
from ringfence.model.findings.boot import HANDSET_RESTARTED, RESTART_LOOP
from ringfence.model.stage import Purpose, Stage
from ringfence.wire import ras

# A handset that cannot bear an answer restarts at once, and takes so long to get to it again: assumed.
_LOOP = 300.0
_ROUNDS = 3  # of discovery without a registration, before it is called a loop
_REGISTRATION = frozenset({"GRQ", "GCF", "GRJ", "RRQ", "RCF", "RRJ", "URQ", "UCF"})
_TRANSACTION = 5.0  # H.225.0: a GRQ that is not answered is repeated after 5 s


def restart_verdict(parts: Sequence[HandsetHistory]) -> tuple[HandsetVerdict, str] | None:
    """FLAPPING, where it restarts again and again after the same answer."""
    ends = _same_ends(parts)
    if ends is None:
        return None
    return HandsetVerdict.FLAPPING, f"restarts repeatedly after {ends[0].message}: {len(ends)} times"


def restart_findings(
    history: HandsetHistory, parts: Sequence[HandsetHistory], lines: Sequence[Sequence[StageTimeline]]
) -> Iterator[Finding]:
    """`lines`: what was judged of each boot."""
    name = handset_name(history)
    if len(parts) > 1:
        times = {2: "once", 3: "twice"}.get(len(parts), f"{len(parts) - 1} times")
        moments = ", ".join(f"{part.began - parts[0].began:.0f} s" for part in parts[1:])
        reached = [_furthest(each) for each in lines]
        came = (
            f"each boot reached {reached[0]}"
            if len({*reached}) == 1
            else f"the boots reached {', then '.join(reached)}"
        )
        sentence = f"restarted {times} ({moments} after the first packet): {came}"
        frames = tuple(next(iter(part.first.crossing.frames.values())) for part in parts)
        yield Finding(HANDSET_RESTARTED, sentence, None, frames, name)
    ends = _same_ends(parts)
    if ends is not None:
        sentence = f"restarted {len(ends)} times after {ends[-1].message}{_identifier(ends[-1])}"
    else:
        ends = _rounds(history)
        if len(ends) < _ROUNDS:
            return
        sentence = f"asked {len(ends)} times by GRQ and was answered by GCF{_identifier(ends[-1])}, and never"
        sentence += " sent an RRQ: it restarts, or cannot use the answer"
    stage = Stage.DISCOVER if ends[-1].message == "GCF" else Stage.REGISTER
    frames = tuple(next(iter(each.crossing.frames.values())) for each in ends[:5])
    yield Finding(RESTART_LOOP, sentence, stage, frames, name)


def _furthest(lines: Sequence[StageTimeline]) -> str:
    reached = [line for line in lines if line.state is StageStatus.REACHED]
    main = [line for line in reached if line.stage.purpose is not Purpose.UPKEEP]
    return max(main, key=lambda line: line.stage.order).stage.label if main else "no stage"


def _same_ends(parts: Sequence[HandsetHistory]) -> list[RasSeen] | None:
    """The answer after which boots ended, at least two of them in the same way; None: no such thing."""
    for message in ("GCF", "RCF"):
        ends = [
            end
            for part, after in pairwise(parts)
            if (end := _end(part, message)) is not None and after.began - end.time < _LOOP
        ]
        if len(ends) > 1:
            return ends
    return None


def _end(part: HandsetHistory, message: str) -> RasSeen | None:
    """The answer that a boot has last of registration and call signalling; None where it was not.

    What a gatekeeper asks at once of a set that it has registered (NSM, IRQ) is of neither.
    """
    heard = [seen for seen in part.ras if seen.message in _REGISTRATION and not seen.dropped]
    if not heard or heard[-1].message != message:
        return None
    later = (seen for seen in part.streams if seen.time > heard[-1].time)
    went_on = any(seen.kind in {StreamKind.SYN_ACK, StreamKind.DATA} and not seen.dropped for seen in later)
    return None if went_on else heard[-1]


def _rounds(history: HandsetHistory) -> list[RasSeen]:
    """The GCF of each discovery of a handset that never sends an RRQ."""
    if any(seen.message == "RRQ" for seen in history.ras):
        return []
    found: list[RasSeen] = []
    for seen in history.ras:
        if seen.message != "GCF" or seen.dropped:
            continue
        if not found or (seen.number != found[-1].number and seen.time - found[-1].time > _TRANSACTION):
            found.append(seen)
    return found


def _identifier(answer: RasSeen) -> str:
    try:
        message: Any = ras.decode(answer.crossing.packet.payload)
    except DecodeError:
        return ""
    name = getattr(message, "gatekeeperIdentifier", None)
    return f" with gatekeeperIdentifier {name!r}, on which some handsets restart" if name else ""
