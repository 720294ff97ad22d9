"""A phone's port and the far side of a relay agent: what was passed on, stripped, or never left."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome
from ringfence.model.packet import Packet
from ringfence.model.stage import Stage
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import RELAY_AGENT, SITE_242, DhcpMessageType
from ringfence.wire.frame import frame_of
from support.captures.judged_pairs import codes, judged
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FIREWALL,
    FIRST,
    MAC,
    ROUTER,
    SERVER,
    UPLINK,
    dhcp_message,
    udp,
)

EVERYBODY = IPv4Address("255.255.255.255")


class Access:
    """A phone's port and the server side, with a relay agent and a firewall between them."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.near: list[TappedFrame] = []
        self.far: list[TappedFrame] = []

    def at(self, side: list[TappedFrame], packet: Packet) -> None:
        self.now += 0.0005
        macs = (MAC, ROUTER) if side is self.near else (FIREWALL, SERVER)
        data = frame_of(packet, source_mac=macs[0], destination_mac=macs[1], ttl=64)
        side.append(TappedFrame(self.now, Tap.ONLY, data))

    def question(self, kind: DhcpMessageType, xid: int, *, relayed: bool = True) -> None:
        asked = udp(IPv4Address(0), 68, EVERYBODY, 67, dhcp_message(kind, 1, xid))
        self.at(self.near, asked)
        if relayed:
            passed = dhcp_message(kind, 1, xid, giaddr=DATA_GIADDR)
            self.at(self.far, udp(UPLINK, 67, DHCP, 67, passed))

    def answer(self, kind: DhcpMessageType, xid: int, *, keeps: set[int] | None, came: bool = True) -> None:
        """`keeps`: options that the relay agent passes on; None: all."""
        whole = dhcp.decode(dhcp_message(kind, 2, xid, giaddr=DATA_GIADDR, yiaddr=FIRST))
        first = [each for each in whole.options if each[0] != SITE_242.code]
        last = [each for each in whole.options if each[0] == SITE_242.code]
        whole = replace(whole, options=(*first, (RELAY_AGENT.code, b"\1\4port"), *last))
        self.at(self.far, udp(DHCP, 67, DATA_GIADDR, 67, dhcp.encode(whole)))
        kept = tuple(
            each
            for each in whole.options
            if each[0] != RELAY_AGENT.code and (keeps is None or each[0] in keeps)
        )
        if came:
            passed = dhcp.encode(replace(whole, options=kept))
            self.at(self.near, udp(DATA_GIADDR, 67, EVERYBODY, 68, passed))

    def ended(self) -> tuple[list[TappedFrame], list[TappedFrame]]:
        end = TappedFrame(self.now + 60, Tap.ONLY, bytes(14))
        return [*self.near, end], [*self.far, end]


EVERY_OPTION = {*range(256)}


@pytest.mark.parametrize("ahead", [0.0, 977.0])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("keeps", [None, EVERY_OPTION - {242}, {53}])
def test_what_a_relay_agent_takes_out_is_not_missing_in_the_scope(
    keeps: set[int] | None, swap: bool, ahead: float
) -> None:
    site = Access()
    for kind, reply in (
        (DhcpMessageType.DISCOVER, DhcpMessageType.OFFER),
        (DhcpMessageType.REQUEST, DhcpMessageType.ACK),
    ):
        site.question(kind, 5)
        site.answer(reply, 5, keeps=keeps)
    near, far = site.ended()
    far = [TappedFrame(each.time + ahead, each.tap, each.data) for each in far]
    judgement, aligned, legs = judged(*((far, near) if swap else (near, far)))
    assert aligned.swapped == swap
    assert aligned.offset == pytest.approx(-ahead if swap else ahead, abs=0.001)
    assert legs == ()
    (handset,) = judgement.handsets
    assert handset.reached >= {Stage.ADDRESS}
    found = codes(judgement)
    assert ("RELAY_STRIPS_OPTIONS" in found) == (keeps is not None)
    assert "PHONE_OPTION_MISSING" not in found
    if keeps is not None:
        (finding,) = [each for each in handset.findings if each.code == "RELAY_STRIPS_OPTIONS"]
        assert "242" in finding.sentence
        assert ("behind option 82" in finding.sentence) == (keeps != {53})


def test_a_request_that_is_relayed_to_nobody_is_named() -> None:
    site = Access()
    for _ in range(3):
        site.question(DhcpMessageType.DISCOVER, 5, relayed=False)
        site.now += 4
    near, far = site.ended()
    other = TappedFrame(near[0].time - 1, Tap.ONLY, bytes(14))
    judgement, _, _ = judged(near, [other, *far])
    assert "DHCP_NOT_RELAYED" in codes(judgement)
    assert judgement.handsets[0].verdict is HandsetVerdict.SILENT


def test_offers_that_die_between_the_server_and_the_relay_agent_are_lost() -> None:
    site = Access()
    for _ in range(3):
        site.question(DhcpMessageType.DISCOVER, 5)
        site.answer(DhcpMessageType.OFFER, 5, keeps=None, came=False)
        site.now += 4
    judgement, _, legs = judged(*site.ended())
    line = judgement.handsets[0].stage(Stage.ADDRESS)
    assert line.outcome is StageOutcome.ONE_WAY
    (leg,) = legs
    assert leg.rule is not None and leg.rule.id == "dhcp-answer"
    assert "DHCP_NOT_RELAYED" not in codes(judgement)
