"""OFFERs and ACKs that were sent and that their client does not take."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address

from ringfence.diagnosis.exchange import arrived, tally
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import DhcpSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.phone_settings import voice_vlan
from ringfence.diagnosis.stages.dhcp_answer import answer_fault
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.address import DHCP_ACK_NOT_TAKEN, DHCP_OFFER_NOT_TAKEN
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType

# RFC 2131 section 4.1: the first retransmission comes after 4 s, the second 8 s later.
DHCP_PATIENCE = 8.0
# Requests of one round, relayed to several servers or by several agents, come closer together. A client
# repeats no sooner (RFC 2131 section 4.1: 4 s, less 1 s at random; some begin at 2 s or 3 s): assumed.
_SAME_ROUND = 1.0
_ASKED_AGAIN = 2  # times after an ACK, before it is called not taken: one may have been lost

_Kinds = Mapping[DhcpMessageType, Sequence[DhcpSeen]]


def offer_not_taken(stage: Stage, kinds: _Kinds, options: JudgeOptions) -> StageTimeline:
    """OFFERs and no REQUEST: decided once the client asks again, or has had time to take the first."""
    discovers, offers = kinds[DhcpMessageType.DISCOVER], arrived(kinds[DhcpMessageType.OFFER])
    first = offers[0]
    again = any(seen.time - first.time > _SAME_ROUND for seen in discovers)
    began, ended = min((discovers or offers)[0].time, first.time), offers[-1].time
    shown = tuple(
        PacketEvidence(seen) for seen in (*discovers[:1], first, *discovers[1:][-1:], *offers[1:][-1:])
    )
    because = f"{first.source.ip} offered {first.message.yiaddr}"
    waited = f"{because}, and no DHCPREQUEST in the rest of the capture"
    if stage not in options.expected and not again and options.end - first.time < DHCP_PATIENCE:
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, waited, None, began, None, shown)
    if len(offers) > 1:
        because += f", {tally(len(offers), 'OFFER')} in {ended - first.time:.0f} s"
    because += ", and no DHCPREQUEST followed"
    fault = answer_fault(discovers, offers)
    code = DHCP_OFFER_NOT_TAKEN if fault is None else fault.code
    because = because if fault is None else f"{fault.sentence}; {because}"
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.INCOMPLETE,
        began,
        ended,
        shown,
        max(0, len(discovers) - 1),
        code,
    )


def ack_not_taken(
    stage: Stage, kinds: _Kinds, acks: Sequence[DhcpSeen], history: HandsetHistory
) -> StageTimeline | None:
    """ACKs, and a client that goes on asking and uses no address; None where it took one, as far as is seen.

    `acks`: those that arrived, in order of time.
    """
    again = list(_asked_again(kinds, acks, history))
    if len(again) < _ASKED_AGAIN or _is_used({ack.message.yiaddr for ack in acks}, acks[0], history):
        return None
    first, last = acks[0], acks[-1]
    asked = again[-1].kind.name
    because = (
        f"{last.source.ip} acknowledged {last.message.yiaddr} ({tally(len(acks), 'DHCPACK')}); the handset"
        f" asked again {len(again)} times after that, last by DHCP{asked}, and never used the address: the"
        " DHCPACK does not reach it, or it cannot use it"
    )
    fault = answer_fault(kinds[DhcpMessageType.REQUEST], acks)
    code = DHCP_ACK_NOT_TAKEN if fault is None else fault.code
    because = because if fault is None else f"{fault.sentence}; {because}"
    asking = [seen for seen in kinds[DhcpMessageType.REQUEST] if seen.time <= first.time]
    shown = tuple(PacketEvidence(seen) for seen in (*asking[-1:], first, again[0], again[-1]))
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.INCOMPLETE,
        first.time,
        again[-1].time,
        shown,
        len(again),
        code,
    )


def _asked_again(kinds: _Kinds, acks: Sequence[DhcpSeen], history: HandsetHistory) -> Iterator[DhcpSeen]:
    """What a client sends that has no ACK: the same REQUEST, or a DISCOVER for the address that it has.

    One that moves to the VLAN of its lease, and one that gave its address back, asks anew by right.
    """
    given_back = {seen.message.ciaddr for seen in history.leases.releases}
    for seen in sorted((*kinds[DhcpMessageType.REQUEST], *kinds[DhcpMessageType.DISCOVER]), key=_time):
        before = [ack for ack in acks if seen.time - ack.time > _SAME_ROUND]
        if not before:
            continue
        same = any(ack.message.xid == seen.message.xid for ack in before)
        stays = voice_vlan(before[-1]) is None and before[-1].message.yiaddr not in given_back
        if same if seen.kind is DhcpMessageType.REQUEST else same or stays:
            yield seen


def _time(seen: DhcpSeen) -> float:
    return seen.time


def _is_used(addresses: set[IPv4Address], since: DhcpSeen, history: HandsetHistory) -> bool:
    others = (*history.ras, *history.streams, *history.echoes, *history.tftp)
    past = history.leases
    renewed = (seen.message.ciaddr for seen in (*past.renewals, *past.releases) if seen.from_handset)
    frame = max(since.crossing.frames.values())
    return (
        any(seen.source.ip in addresses and seen.time > since.time for seen in others)
        or any(each in addresses for each in renewed)
        or any(history.claims.get(each, 0) > frame for each in addresses)
    )
