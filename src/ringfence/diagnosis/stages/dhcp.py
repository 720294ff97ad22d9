"""ADDRESS, RELEASE, VLAN_MOVE, RENEW: what DHCP shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from math import inf

from ringfence.diagnosis.exchange import Wording, arrived, exchange, lost, unseen_stage
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.leases import DhcpHistory
from ringfence.diagnosis.observation import DhcpSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.phone_settings import voice_vlan
from ringfence.diagnosis.stages.dhcp_answer import misdirected
from ringfence.diagnosis.stages.dhcp_taken import DHCP_PATIENCE, ack_not_taken, offer_not_taken
from ringfence.diagnosis.stages.row import Judged, StageRow
from ringfence.diagnosis.timeline import PacketEvidence, StageOutcome, StageStatus, StageTimeline
from ringfence.model.findings.address import (
    ADDRESS_DUPLICATE,
    DHCP_ANSWER_DROPPED,
    DHCP_PORT_CLOSED,
    DHCP_REFUSED,
    DHCP_REQUEST_DROPPED,
    DHCP_SILENT,
)
from ringfence.model.findings.release import DHCP_RELEASE_DROPPED
from ringfence.model.findings.renew import RENEWAL_BLOCKED, RENEWAL_REFUSED, RENEWAL_RESCUED
from ringfence.model.findings.vlan_move import VLAN_MOVE_ABSENT
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    DhcpMessageType,
)


def _address(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    judged = _acquired(Stage.ADDRESS, history.leases.on_first(), history, options)
    if judged is not None:
        return judged
    nothing = "no DHCP of this handset is in the capture"
    if history.addresses:
        nothing += "; it has an address, so it got one elsewhere or earlier"
    return unseen_stage(Stage.ADDRESS, options, states, nothing)


def _acquired(
    stage: Stage, messages: Sequence[DhcpSeen], history: HandsetHistory, options: JudgeOptions
) -> StageTimeline | None:
    """DISCOVER, OFFER, REQUEST, ACK: the first of them that is missing decides."""
    if not messages:
        return None
    kinds = {kind: [seen for seen in messages if seen.kind is kind] for kind in DhcpMessageType}
    declined = {seen.requested: seen for seen in history.dhcp if seen.kind is DhcpMessageType.DECLINE}
    granted = arrived(kinds[DhcpMessageType.ACK])
    acks = [ack for ack in granted if not _is_declined(ack, declined)]
    if granted and not acks:
        return _declined(stage, granted[-1], declined[granted[-1].message.yiaddr])
    if acks:
        return ack_not_taken(stage, kinds, acks, history) or _leased(stage, kinds, acks)
    naks = arrived(kinds[DhcpMessageType.NAK])
    if naks:
        because = f"{naks[0].source.ip} refused the address with DHCPNAK"
        shown = tuple(PacketEvidence(seen) for seen in (*kinds[DhcpMessageType.REQUEST][-1:], naks[0]))
        began = messages[0].time
        return StageTimeline(
            stage, StageStatus.FAILED, because, StageOutcome.REJECTED, began, naks[0].time, shown
        )
    if kinds[DhcpMessageType.REQUEST]:
        asked, answer = DhcpMessageType.REQUEST, DhcpMessageType.ACK
    elif arrived(kinds[DhcpMessageType.OFFER]):
        return offer_not_taken(stage, kinds, options)
    else:
        asked, answer = DhcpMessageType.DISCOVER, DhcpMessageType.OFFER
    wording = Wording(f"DHCP{asked.name}", f"DHCP{answer.name}", DHCP_PATIENCE)
    judged = exchange(stage, options, wording, kinds[asked], kinds[answer], errors=history.errors)
    if judged is not None and judged.outcome is StageOutcome.SILENT:
        return _used_all_the_same(judged, kinds[DhcpMessageType.REQUEST], history)
    if judged is not None and judged.outcome is StageOutcome.ONE_WAY:
        fault = misdirected(kinds[asked], kinds[answer])
        if fault is not None:
            return replace(judged, because=f"{fault.sentence}; {judged.because}", code=fault.code)
    return judged


def _is_declined(ack: DhcpSeen, declined: Mapping[IPv4Address | None, DhcpSeen]) -> bool:
    later = declined.get(ack.message.yiaddr)
    return later is not None and later.time >= ack.time


def _declined(stage: Stage, ack: DhcpSeen, decline: DhcpSeen) -> StageTimeline:
    because = f"{ack.message.yiaddr} leased from {ack.source.ip}, and declined: the handset found it in use"
    shown = (PacketEvidence(ack), PacketEvidence(decline))
    return StageTimeline(
        stage,
        StageStatus.FAILED,
        because,
        StageOutcome.INCOMPLETE,
        ack.time,
        decline.time,
        shown,
        code=ADDRESS_DUPLICATE,
    )


def _used_all_the_same(
    judged: StageTimeline, requests: Sequence[DhcpSeen], history: HandsetHistory
) -> StageTimeline:
    """An address that is used after it was asked for was granted, or leased before (RFC 2131 section 3.2):
    then the capture missed the ACK."""
    for request in requests:
        address = request.requested
        if address is None:
            continue
        went_on = (*history.ras, *history.streams, *history.echoes)
        used = any(seen.source.ip == address and seen.time > request.time for seen in went_on)
        claimed = history.claims.get(address, 0) > max(request.crossing.frames.values())
        if used or claimed:
            because = (
                f"{address} is in use after the DHCPREQUEST for it, so it was leased, now or before: the"
                " capture missed the DHCPACK"
            )
            return replace(judged, state=StageStatus.NOT_VISIBLE, because=because, outcome=None)
    return judged


def _leased(
    stage: Stage, kinds: dict[DhcpMessageType, list[DhcpSeen]], acks: Sequence[DhcpSeen]
) -> StageTimeline:
    """By the last ACK: a handset has the address that was acknowledged last.

    A relay agent hands on what it is sent: two packets of one exchange, of which the server's own is shown.
    """
    last = (acks[-1].message.xid, acks[-1].message.yiaddr)
    ack = next(each for each in acks if (each.message.xid, each.message.yiaddr) == last)
    since = max((each.time for each in acks if each.time < ack.time), default=-inf)
    before = [
        [seen for seen in kinds[kind] if since < seen.time <= ack.time]
        for kind in (DhcpMessageType.DISCOVER, DhcpMessageType.OFFER, DhcpMessageType.REQUEST)
    ]
    shown = tuple(PacketEvidence(seen) for part in (*(each[-1:] for each in before), [ack]) for seen in part)
    seconds = ack.message.raw(LEASE_TIME.code)
    lease = f" for {int.from_bytes(seconds, 'big')} s" if seconds else ""
    because = f"{ack.message.yiaddr} leased from {ack.source.ip}{lease}"
    retries = max(0, len(before[0]) - 1)
    return StageTimeline(stage, StageStatus.REACHED, because, None, shown[0].time, ack.time, shown, retries)


def _vlan_move(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage, past = Stage.VLAN_MOVE, history.leases
    judged = _acquired(stage, past.on_later(), history, options)
    if judged is not None:
        return judged
    ack = past.first_ack
    vlan = voice_vlan(ack)
    if vlan is None and stage not in options.expected:
        if ack is not None:
            because = "the lease names no other VLAN (no L2QVLAN in option 242 or 176)"
            return StageTimeline(stage, StageStatus.NOT_APPLICABLE, because)
        return unseen_stage(stage, options, states, "no lease is in the capture, so neither is a move")
    if vlan is not None and ack is not None and stage not in options.expected:
        went_on = (*history.ras, *history.streams)
        if ack.crossing.packet.vlan == vlan:
            because = f"the handset already uses VLAN {vlan}"
            return StageTimeline(stage, StageStatus.NOT_APPLICABLE, because)
        if any(ack.message.yiaddr in (seen.source.ip, seen.destination.ip) for seen in went_on):
            because = f"the handset went on with its first address {ack.message.yiaddr}"
            return StageTimeline(stage, StageStatus.NOT_APPLICABLE, because)
    told = f"the lease sends the handset to VLAN {vlan}" if vlan else "the lease names no other VLAN"
    nothing = f"{told}; no DHCP from a second network was seen"
    return unseen_stage(stage, options, states, nothing)


def _release(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    stage, past = Stage.RELEASE, history.leases
    if not past.releases:
        moved = states[Stage.VLAN_MOVE].state
        if moved is StageStatus.NOT_APPLICABLE and stage not in options.expected:
            return StageTimeline(
                stage, StageStatus.NOT_APPLICABLE, "the handset stays where it got its address"
            )
        return unseen_stage(stage, options, states, "no DHCPRELEASE was seen")
    first, shown = past.releases[0], tuple(PacketEvidence(seen) for seen in past.releases[:2])
    if not options.both_sides or first.unsure:
        because = "sent; nothing answers a DHCPRELEASE, so one capture cannot show that it arrived"
        return StageTimeline(stage, StageStatus.NOT_VISIBLE, because, None, first.time, None, shown)
    came = next((seen for seen in past.releases if not seen.dropped), None)
    if came is not None:
        because = f"{came.message.ciaddr} given back to {came.destination.ip}"
        return StageTimeline(stage, StageStatus.REACHED, because, None, first.time, came.time, shown)
    because = f"DHCPRELEASE did not arrive: {lost(first, options)}"
    return StageTimeline(
        stage, StageStatus.FAILED, because, StageOutcome.DROPPED, first.time, past.releases[-1].time, shown
    )


def _renew(history: HandsetHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    """Reached only by the unicast way: RFC 2131 section 4.4.5 sends the rescue at T2 through the relay,
    so a blocked renewal looks like a working one until the lease is nearly over."""
    stage, past = Stage.RENEW, history.leases
    requests = [seen for seen in past.renewals if seen.unicast_by_client]
    asking = {request.message.ciaddr for request in requests}
    answers = [
        seen
        for seen in past.renewals
        if seen.kind is DhcpMessageType.ACK
        and not int(seen.message.giaddr)
        and seen.crossing.packet.destination in asking
    ]
    refused = _refused(past)
    if refused is not None:
        return refused
    wording = Wording("DHCPREQUEST (renewal)", "DHCPACK", DHCP_PATIENCE)
    judged = exchange(stage, options, wording, requests, answers) if requests else None
    if judged is None:
        return _no_renewal(past, options, states)
    rescued = [
        seen for seen in past.renewals if seen.kind is DhcpMessageType.ACK and int(seen.message.giaddr)
    ]
    if judged.state is not StageStatus.REACHED and rescued:
        because = f"{judged.because}; rebinding through the relay {rescued[0].message.giaddr} saved the lease"
        shown = (*judged.evidence, PacketEvidence(rescued[0]))
        return StageTimeline(
            stage,
            StageStatus.FAILED,
            because,
            judged.outcome or StageOutcome.SILENT,
            judged.began,
            rescued[0].time,
            shown,
            judged.retries,
            RENEWAL_RESCUED,
        )
    return judged


def _refused(past: DhcpHistory) -> StageTimeline | None:
    """DHCPNAK is the last answer to a renewal: it arrived, and was answered (RFC 2131 section 4.3.2)."""
    answers = [seen for seen in past.renewals if not seen.from_handset]
    heard = arrived(answers)
    if not heard or heard[-1].kind is not DhcpMessageType.NAK:
        return None
    nak = heard[-1]
    requests = [seen for seen in past.renewals if seen.from_handset and seen.message.xid == nak.message.xid]
    whose = f" of {requests[-1].message.ciaddr}" if requests else ""
    because = f"{nak.source.ip} answered the renewal{whose} with DHCPNAK"
    shown = tuple(PacketEvidence(seen) for seen in (*requests[-1:], nak))
    began = shown[0].time
    return StageTimeline(
        Stage.RENEW,
        StageStatus.FAILED,
        because,
        StageOutcome.REJECTED,
        began,
        nak.time,
        shown,
        code=RENEWAL_REFUSED,
    )


def _no_renewal(past: DhcpHistory, options: JudgeOptions, states: Judged) -> StageTimeline:
    """A renewal that was not due yet is no failure, however long the recording was to be."""
    stage = Stage.RENEW
    acks = [each.ack for each in past.acquisitions if each.ack]
    seconds = acks[-1].message.raw(LEASE_TIME.code) if acks else None
    if not acks or not seconds:
        return unseen_stage(stage, options, states, "no renewal was seen")
    due, recorded = int.from_bytes(seconds, "big") / 2, options.end - acks[-1].time
    because = f"renewal is due {due:.0f} s after the lease; {recorded:.0f} s of it were recorded"
    absent = unseen_stage(stage, options, states, because)
    early = recorded < due and absent.state is StageStatus.FAILED
    return StageTimeline(stage, StageStatus.NOT_VISIBLE, because) if early else absent


_LEASE_CODES = {
    StageOutcome.DROPPED: DHCP_REQUEST_DROPPED,
    StageOutcome.ONE_WAY: DHCP_ANSWER_DROPPED,
    StageOutcome.REJECTED: DHCP_REFUSED,
    StageOutcome.REFUSED: DHCP_PORT_CLOSED,
    None: DHCP_SILENT,
}
ROWS = (
    StageRow(Stage.ADDRESS, _address, _LEASE_CODES),
    # A RELEASE is owed only when the handset moves.
    StageRow(Stage.RELEASE, _release, {None: DHCP_RELEASE_DROPPED}, reads=frozenset({Stage.VLAN_MOVE})),
    StageRow(Stage.VLAN_MOVE, _vlan_move, _LEASE_CODES, absent=VLAN_MOVE_ABSENT, follows=Stage.ADDRESS),
    StageRow(Stage.RENEW, _renew, {None: RENEWAL_BLOCKED}),
)
