"""A handset that restarted while the capture ran: its history cut into boots.

A new boot begins where it asks for an address from the beginning although it has one and has used it. Going
back and forth between VLANs is no restart: there the lease before was not used, or sent it on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import TypeVar

from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.observation import DhcpSeen, Observation, StreamSeen
from ringfence.diagnosis.phone_settings import voice_vlan
from ringfence.diagnosis.stream_messages import MessageKind
from ringfence.wire.dhcp_options import SERVER_ID, DhcpMessageType

# Messages of one transaction come closer together: RFC 2131 section 4.1 doubles the delay up to 64 s.
_SAME_TRANSACTION = 70.0
_DISCOVERY_FOLLOWS = 300.0  # seconds from the upgrade script to the GRQ of that boot: assumed


_Seen = TypeVar("_Seen", bound=Observation)


def boots(history: HandsetHistory) -> list[HandsetHistory]:
    """What belongs to each boot, in order; the history itself where there was no restart."""
    starts = sorted({*_by_dhcp(history), *_by_files(history)})
    if not starts:
        return [history]
    edges = [-inf, *starts, inf]
    return [_between(history, since, until) for since, until in pairwise(edges)]


def _between(history: HandsetHistory, since: float, until: float) -> HandsetHistory:
    def part(seen: Sequence[_Seen]) -> list[_Seen]:
        first, last = (bisect_left(seen, edge, key=_time) for edge in (since, until))
        return list(seen[first:last])

    found = HandsetHistory(
        hardware=history.hardware,
        addresses=dict(history.addresses),
        claims=history.claims,
        dhcp=part(history.dhcp),
        ras=part(history.ras),
        streams=part(history.streams),
        tftp=part(history.tftp),
        echoes=part(history.echoes),
        gatekeepers=history.gatekeepers,
        is_phone=history.is_phone,
    )
    for key, errors in history.errors.items():
        found.errors[key] = part(errors)
    return found


def _time(seen: Observation) -> float:
    return seen.time


def begins(seen: DhcpSeen) -> bool:
    """DISCOVER, or the REQUEST of a client that restarts with an address it knows (RFC 2131 section 3.2)."""
    if not seen.from_handset or int(seen.message.ciaddr):
        return False
    restarting = seen.kind is DhcpMessageType.REQUEST and seen.message.raw(SERVER_ID.code) is None
    return seen.kind is DhcpMessageType.DISCOVER or restarting


def _by_dhcp(history: HandsetHistory) -> Iterator[float]:
    """When it asked for an address again that it had, and had used."""
    names = history.leases.network_names
    others = (history.ras, history.streams, history.tftp, history.echoes)
    lately: dict[int, float] = {}  # by transaction
    first, leased = "", set[str]()
    ack: DhcpSeen | None = None
    told: int | None = None  # the VLAN that its first lease names
    for seen in history.dhcp:
        xid = seen.message.xid
        network = names.get(xid, "")
        again = seen.time - lately.get(xid, -inf) < _SAME_TRANSACTION
        lately[xid] = seen.time
        if begins(seen) and not again and ack is not None and network in {first, *leased}:
            went_on = any(_went_on(used, ack.time, seen.time) for used in others)
            if went_on or (names.get(ack.message.xid, "") != first and not _sent_on(ack, told)):
                yield seen.time
                first, leased, ack, told = network, set(), None, None
        first = first or network
        if seen.kind is DhcpMessageType.ACK and not seen.dropped and int(seen.message.yiaddr):
            ack, told = seen, told or voice_vlan(seen)
            leased.add(network)
        elif seen.kind in {DhcpMessageType.DECLINE, DhcpMessageType.NAK}:
            ack = None  # it has no address any more, and asks for one without a restart


def _went_on(used: Sequence[Observation], since: float, until: float) -> bool:
    """Whether any of these, in order of time, is later than `since` and not than `until`."""
    return bisect_right(used, until, key=_time) > bisect_right(used, since, key=_time)


def _sent_on(ack: DhcpSeen, told: int | None) -> bool:
    """Whether a lease on the VLAN that was told before names another: that is a loop, and no restart."""
    tag, vlan = ack.crossing.packet.vlan, voice_vlan(ack)
    return vlan is not None and vlan != (told if tag is None else tag)


def _by_files(history: HandsetHistory) -> Iterator[float]:
    """When it fetched its upgrade script again after RAS, and went on to discovery: for a capture without
    its DHCP. Only a starting set does (9600 R1.5 guide, file download)."""
    if history.dhcp:
        return
    asked = [seen for seen in history.ras if seen.from_handset]
    began = dict[object, float]()
    since = -inf
    for seen in history.streams:
        key = seen.opener, seen.responder
        began.setdefault(key, seen.time)
        if not _fetches_upgrade(seen):
            continue
        before = any(since < each.time < began[key] for each in asked)
        after = any(
            each.message == "GRQ" and 0 < each.time - seen.time < _DISCOVERY_FOLLOWS for each in asked
        )
        if before and after:
            since = began[key]
            yield since


def _fetches_upgrade(seen: StreamSeen) -> bool:
    """`96x1Hupgrade.txt`, `16xxupgrade.txt`, `46xxupgrade.scr`: the first file of every boot."""
    return any(
        message.kind is MessageKind.HTTP_REQUEST and "upgrade." in message.target.lower()
        for message in seen.messages
    )
