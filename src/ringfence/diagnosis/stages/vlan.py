"""A handset that goes back from the voice VLAN: once, as VLANTEST says, or again and again."""

from collections.abc import Iterator
from itertools import pairwise

from ringfence.diagnosis.exchange import arrived
from ringfence.diagnosis.leases import Acquisition, DhcpHistory
from ringfence.diagnosis.observation import DhcpSeen
from ringfence.diagnosis.phone_settings import told_by, voice_vlan
from ringfence.model.defaults import VLANTEST
from ringfence.model.findings import Finding
from ringfence.model.findings.vlan_move import VLAN_LOOP, VLANTEST_EXPIRED
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType

# VLANTEST against what a capture shows: the tagging and the first DISCOVER take a few seconds.
_EARLIEST, _LATEST = 0.9, 2.0
_VISITS = 2  # to another network, each followed by a return: that is no single fall-back


def vlan_findings(past: DhcpHistory) -> Iterator[Finding]:
    """Of one boot."""
    networks = past.networks
    returns = [
        (there, back)
        for there, back in pairwise(past.acquisitions)
        if there.network != networks[0] and back.network in networks[: networks.index(there.network)]
    ]
    sent_away = [there for there, _ in returns if there.ack is not None]
    if sent_away or len(returns) >= _VISITS:
        sentence = f"the handset asked for an address on {', then '.join(networks[:5])}"
        yield Finding(VLAN_LOOP, sentence, Stage.VLAN_MOVE, _numbers(past.on_later()[:1]))
    for there, back in returns[:1]:
        if there.ack is None:
            yield _expired(past, there, back)
    if len(networks) == 1:
        yield from _unseen_visit(past)


def _expired(past: DhcpHistory, there: Acquisition, back: Acquisition) -> Finding:
    first, last = there.messages[0], back.messages[0]
    offers = arrived(there.of(DhcpMessageType.OFFER))
    missing = "no DHCPACK" if offers else "no DHCPOFFER"
    sentence = (
        f"{missing} on {there.network} in {last.time - first.time:.0f} s{_vlantest(past.first_ack)}: the"
        f" handset went back to {back.network}"
    )
    return Finding(VLANTEST_EXPIRED, sentence, Stage.VLAN_MOVE, _numbers([first, last]))


def _vlantest(ack: DhcpSeen | None) -> str:
    told = told_by(ack.message) if ack is not None else None
    if told is None or told.vlantest is None:
        return f" (VLANTEST is {VLANTEST} s where nothing says otherwise)"
    return f" (VLANTEST={told.vlantest})"


def _unseen_visit(past: DhcpHistory) -> Iterator[Finding]:
    """The lease named a VLAN, and the handset asks for an address on the first network again after VLANTEST:
    what it asked on that VLAN does not come to this point."""
    ack = past.first_ack
    vlan, told = voice_vlan(ack), told_by(ack.message) if ack is not None else None
    if ack is None or vlan is None or told is None or ack.crossing.packet.vlan == vlan or not past.releases:
        return  # it gives the address back before it moves (96x1 guide p. 104)
    patience = VLANTEST if told.vlantest is None else told.vlantest
    asked = [
        seen
        for each in past.acquisitions
        for seen in each.of(DhcpMessageType.DISCOVER)
        if patience * _EARLIEST <= seen.time - ack.time <= patience * _LATEST
    ]
    if patience and asked:
        sentence = (
            f"{asked[0].time - ack.time:.0f} s after the lease that names VLAN {vlan}{_vlantest(ack)} the"
            " handset asks for an address where it began, and nothing from that VLAN is in the capture"
        )
        yield Finding(VLANTEST_EXPIRED, sentence, Stage.VLAN_MOVE, _numbers([ack, asked[0]]))


def _numbers(seen: list[DhcpSeen]) -> tuple[int, ...]:
    return tuple(next(iter(each.crossing.frames.values())) for each in seen)
