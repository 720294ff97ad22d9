"""A TCP connection that worked and then died: state that was forgotten while it was idle, or a peer gone."""

from ringfence.diagnosis.crossing import SIDES
from ringfence.diagnosis.exchange import tally
from ringfence.diagnosis.observation import StreamKind, StreamSeen
from ringfence.diagnosis.stages.connection import SeenConnection
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.signal import SIGNALLING_DIED, SIGNALLING_STATE_LOST
from ringfence.model.stage import Stage

# Assumed: no firewall forgets an established connection that was idle for less. RFC 5382 section 5 asks for
# 2 h 4 min; cloud firewalls keep 240 s or 350 s.
SHORTEST_IDLE_TIMER = 60.0
_SENT = 3  # times that a segment was sent, each after twice the time (RFC 6298 section 5.5)
_ANSWER = 2.0  # assumed: an RST that comes so soon after data answers it


def died(opened: SeenConnection) -> StageTimeline | None:
    """How a call-signalling connection died that both sides had used; None: it did not, or was closed."""
    if _is_closed(opened) or not (opened.answers and opened.said(opener=True) + opened.said(opener=False)):
        return None
    return _by_reset(opened) or _by_silence(opened)


def _is_closed(opened: SeenConnection) -> bool:
    return any(seen.kind is StreamKind.FIN for seen in opened.events) or any(
        message.is_release for seen in opened.events for message in seen.messages
    )


def _by_silence(opened: SeenConnection) -> StageTimeline | None:
    """Data that is sent again and again, and nothing more from the other side."""
    for opener in (True, False):
        heard = [seen.time for seen in opened.events if seen.from_opener is not opener and not seen.dropped]
        if not heard:
            continue
        after = [seen for seen in opened.of(StreamKind.DATA, opener=opener) if seen.time > heard[-1]]
        # A keep-alive may be of one octet (RFC 9293 section 3.8.4).
        sent = [seen for seen in after if len(seen.crossing.packet.payload) > 1 and not seen.acknowledged]
        copies: dict[int, list[StreamSeen]] = {}
        for seen in sent:
            copies.setdefault(seen.crossing.packet.sequence, []).append(seen)
        again = next((each for each in copies.values() if len(each) >= _SENT), None)
        if again is not None:
            return _unacknowledged(again)
    return None


def _unacknowledged(again: list[StreamSeen]) -> StageTimeline:
    first = again[0]
    lost = all(seen.dropped for seen in again)
    outcome = StageOutcome.DROPPED if lost else StageOutcome.SILENT
    sent = f"{tally(len(again), 'data segment')} from {first.source} to {first.destination}"
    end = "entered the firewall and never left it" if lost else "were not acknowledged"
    if first.idle < SHORTEST_IDLE_TIMER:
        because = f"the connection had worked, then {sent} {end}"
    else:
        who = "the firewall" if lost else "a device on the path, or the other end,"
        because = (
            f"the connection had worked, was idle for {first.idle:.0f} s, then {sent} {end}: {who} has lost "
            "its state"
        )
    return _dead(first, again[:3], because, outcome, again[-1].time)


def _by_reset(opened: SeenConnection) -> StageTimeline | None:
    """An RST after a time of silence: to data, or on its own from something that is not its source."""
    for place, reset in enumerate(opened.events):
        if reset.kind is not StreamKind.RESET or reset.dropped:
            continue
        before = opened.events[place - 1] if place else reset
        asked = before.kind is StreamKind.DATA and reset.time - before.time < _ANSWER
        idle = max(reset.idle, before.idle if asked else 0.0)
        forged = _is_forged(opened.events[:place], reset)
        if idle < SHORTEST_IDLE_TIMER or not (forged or asked):
            return None
        who = (
            "by a device on the path that used its address" if forged else "by that host or with its address"
        )
        because = (
            f"the connection had worked, was idle for {idle:.0f} s, then {reset.destination} was sent an "
            f"RST from {reset.source}, {who}: its state was lost"
        )
        first = before if asked else reset
        return _dead(first, [first, reset] if asked else [reset], because, StageOutcome.REFUSED, reset.time)
    return None


def _is_forged(before: list[StreamSeen], reset: StreamSeen) -> bool:
    """Whether another device sent it: it is not on its source's own side, or took another number of hops."""
    packet = reset.crossing.packet
    earlier = [seen for seen in before if seen.source == reset.source]
    if any(seen.crossing.passed for seen in earlier):
        home = next(iter(earlier[-1].crossing.frames))
        if home in SIDES and home not in reset.crossing.frames:
            return True
    hops = {seen.crossing.packet.ttl for seen in earlier if seen.crossing.packet.tap == packet.tap}
    return bool(hops) and packet.ttl not in hops


def _dead(
    first: StreamSeen, shown: list[StreamSeen], because: str, outcome: StageOutcome, ended: float
) -> StageTimeline:
    idle = max(seen.idle for seen in shown[:2])
    code = SIGNALLING_DIED if idle < SHORTEST_IDLE_TIMER else SIGNALLING_STATE_LOST
    evidence = tuple(PacketEvidence(seen) for seen in shown)
    return StageTimeline(
        Stage.SIGNAL, StageStatus.FAILED, because, outcome, first.time, ended, evidence, code=code
    )
