"""Two captures with a firewall or relay agent between them that does more than drop: each cause by name, and
no rule where none helps."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import Judgement, judge_pair
from ringfence.diagnosis.legs import LegRemedy, LostLeg, lost_legs
from ringfence.diagnosis.match import AlignedCaptures
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome
from ringfence.model.errors import InputError
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import RELAY_AGENT, SITE_242, DhcpMessageType
from ringfence.wire.frame import frame_of
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FILES,
    FIREWALL,
    FIRST,
    GATEKEEPER,
    HANDSET,
    MAC,
    PUSH,
    ROUTER,
    SERVER,
    UPLINK,
    Run,
    boot,
    connect,
    dhcp_message,
    segment,
    tpkt,
    udp,
)

OUTSIDE = IPv4Address("198.51.100.7")
EVERYBODY = IPv4Address("255.255.255.255")


def sides(run: Run, seconds: float = 60.0) -> tuple[list[TappedFrame], list[TappedFrame]]:
    """As two files that went on `seconds` longer."""
    both = []
    for tap in (Tap.HANDSETS, Tap.SERVERS):
        frames = [TappedFrame(each.time, Tap.ONLY, each.data) for each in run.frames if each.tap == tap]
        both.append([*frames, TappedFrame(run.now + seconds, Tap.ONLY, bytes(14))])
    return both[0], both[1]


def judged(
    near: list[TappedFrame], far: list[TappedFrame]
) -> tuple[Judgement, AlignedCaptures, tuple[LostLeg, ...]]:
    judgement, aligned = judge_pair(CapturedPackets.of(near), CapturedPackets.of(far))
    legs = lost_legs(
        judgement.handsets, both_sides=True, state_timeout=120.0, many_to_one=aligned.many_to_one
    )
    return judgement, aligned, legs


def codes(judgement: Judgement) -> set[str]:
    return {each.code for each in (*judgement.findings, *(f for h in judgement.handsets for f in h.findings))}


def changed(frames: list[TappedFrame], change: Callable[[Datagram], Datagram]) -> list[TappedFrame]:
    found = []
    for each in frames:
        packet = dissect_frame(each, 1)
        if not isinstance(packet, Datagram):
            found.append(each)
            continue
        new = change(packet)
        whole = Packet(
            Protocol(new.protocol),
            new.source,
            new.source_port,
            new.destination,
            new.destination_port,
            TcpFlags(new.flags),
            new.payload,
        )
        data = frame_of(
            whole,
            source_mac=each.data[6:12],
            destination_mac=each.data[:6],
            ttl=new.ttl,
            sequence=new.sequence,
            acknowledgement=new.acknowledgement,
        )
        found.append(TappedFrame(each.time, each.tap, data))
    return found


def hidden(*, ports: bool) -> Callable[[Datagram], Datagram]:
    """Source translation: of the address, and with `ports` of the handset's ports too."""

    def change(packet: Datagram) -> Datagram:
        moved = packet
        if packet.source == HANDSET:
            moved = msgspec.structs.replace(moved, source=OUTSIDE)
            if ports and packet.protocol != Protocol.ICMP and packet.source_port != 1720:
                moved = msgspec.structs.replace(moved, source_port=packet.source_port + 9000)
        if packet.destination == HANDSET:
            moved = msgspec.structs.replace(moved, destination=OUTSIDE)
            if ports and packet.protocol != Protocol.ICMP and packet.destination_port != 1720:
                moved = msgspec.structs.replace(moved, destination_port=packet.destination_port + 9000)
        return moved

    return change


@pytest.mark.parametrize("ports", [True, False])
def test_port_translation_is_told_from_one_to_one(ports: bool) -> None:
    """Call signalling that the gatekeeper opens is lost either way; a rule is what is missing in one only."""
    near, far = sides(boot(lambda packet: packet.destination_port == 1720))
    judgement, _, legs = judged(near, changed(far, hidden(ports=ports)))
    (handset,) = judgement.handsets
    line = handset.stage(Stage.SIGNAL)
    assert line.outcome is StageOutcome.DROPPED
    # The frame that is quoted has the outside address.
    assert f"> {OUTSIDE}:1720 SYN" in line.because
    assert all(f"> {OUTSIDE}:1720" in shown.text for shown in line.evidence)
    (leg,) = [each for each in legs if str(OUTSIDE) in each.what and each.what.endswith("SYN")]
    assert leg.remedy is (LegRemedy.TRANSLATION if ports else LegRemedy.RULE_IF_STATIC)
    assert (leg.rule is None) == ports
    assert ("NAT_MANY_TO_ONE" in codes(judgement)) == ports
    assert "RAS_NAT_WITHOUT_ALG" in codes(judgement)


@given(st.floats(0, 0.0015), st.booleans(), st.booleans())
def test_a_side_that_was_mirrored_twice_matches(late: float, first: bool, routed: bool) -> None:
    near, far = sides(boot())

    def again(frame: TappedFrame) -> TappedFrame:
        """On the other side of a router, one TTL lower, or the same frame."""
        data = bytearray(frame.data)
        if routed and len(data) > 34:
            data[22] -= 1
        return TappedFrame(frame.time + late, frame.tap, bytes(data))

    doubled = [copy for each in (near if first else far) for copy in (each, again(each))]
    judgement, aligned, legs = judged(*((doubled, far) if first else (near, doubled)))
    assert judgement.handsets[0].verdict is HandsetVerdict.REGISTERED
    assert legs == ()
    assert codes(judgement) == {"CAPTURE_DUPLICATED"}
    assert not aligned.swapped


def test_an_answer_by_another_path_is_named() -> None:
    """The SYN passes, the SYN/ACK does not pass here, and what follows is dropped."""
    run = boot(lambda packet: packet.destination_port == 1720)
    here, there = (HANDSET, 40500), (GATEKEEPER, 1720)
    run.tcp(segment(here, there, TcpFlags.SYN), by=Tap.HANDSETS)
    run.lost = lambda packet: packet.destination_port == 1720
    for seconds in (0.3, 0.6, 1.2, 2.4):
        run.tcp(segment(here, there, PUSH, tpkt(5)), by=Tap.HANDSETS)
        run.wait(seconds)
    near, far = sides(run)
    judgement, _, legs = judged(near, far)
    (handset,) = judgement.handsets
    line = handset.stage(Stage.SIGNAL)
    assert line.code == "PATH_ASYMMETRIC"
    assert "asymmetric" in line.because
    assert LegRemedy.ASYMMETRIC in {each.remedy for each in legs if "data" in each.what}
    alone = judge_pair(CapturedPackets.of(near), CapturedPackets.of([]))[0]
    assert "PATH_ASYMMETRIC" in codes(alone)


ENDINGS = st.lists(
    st.tuples(st.sampled_from([TcpFlags.RST, TcpFlags.FIN | TcpFlags.ACK]), st.booleans()),
    min_size=1,
    max_size=4,
)


@given(ENDINGS)
def test_the_end_of_a_connection_that_only_one_side_sees_is_nothing(
    endings: list[tuple[TcpFlags, bool]],
) -> None:
    run = boot()
    run.lost = lambda packet: bool(packet.flags & (TcpFlags.RST | TcpFlags.FIN))
    ends = (GATEKEEPER, 61440), (HANDSET, 1720)
    for flags, outward in endings:
        source, to = reversed(ends) if outward else ends
        run.wait(0.5)
        run.tcp(segment(source, to, flags), by=Tap.HANDSETS if outward else Tap.SERVERS)
    judgement, _, legs = judged(*sides(run))
    assert legs == ()
    assert codes(judgement) == set()
    assert judgement.handsets[0].verdict is HandsetVerdict.REGISTERED


def test_a_reset_that_never_arrives_while_the_peer_goes_on_is_told() -> None:
    run = boot()
    run.lost = lambda packet: bool(packet.flags & TcpFlags.RST)
    here, there = (HANDSET, 1720), (GATEKEEPER, 61440)
    run.tcp(segment(here, there, TcpFlags.RST), by=Tap.HANDSETS)
    run.wait(1)
    run.tcp(segment(there, here, PUSH, tpkt(2, 0x8001)), by=Tap.SERVERS)
    _, _, legs = judged(*sides(run))
    assert [each.remedy for each in legs] == [LegRemedy.STATE]


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


def test_file_connections_do_not_make_a_translation() -> None:
    """Ports that are the same on both sides are no port translation, whatever the address."""
    run = Run()
    connect(run, (HANDSET, 40001), (FILES, 80))
    near, far = sides(run)
    _, aligned, _ = judged(near, changed(far, hidden(ports=False)))
    assert aligned.many_to_one == frozenset()


@pytest.mark.parametrize("anew", [False, True])
def test_a_syn_that_is_sent_again_begins_no_other_connection(anew: bool) -> None:
    """The answer to the first is lost, and that to the last is not in the capture."""
    run = boot(lambda packet: 1720 in {packet.source_port, packet.destination_port})
    here, there = (GATEKEEPER, 61441), (HANDSET, 1720)
    answer = TcpFlags.SYN | TcpFlags.ACK
    run.lost = lambda packet: packet.flags == answer
    run.send(segment(here, there, TcpFlags.SYN), by=Tap.SERVERS, sequence=7_000_000)
    run.send(segment(there, here, answer), sequence=99)
    run.wait(3)
    again = 8_000_000 if anew else 7_000_000
    run.send(segment(here, there, TcpFlags.SYN), by=Tap.SERVERS, sequence=again)
    judgement, _, _ = judged(*sides(run))
    line = judgement.handsets[0].stage(Stage.SIGNAL)
    assert line.outcome is (StageOutcome.SILENT if anew else StageOutcome.ONE_WAY)


def test_a_reset_in_the_name_of_a_handset_that_heard_nothing_is_the_firewalls() -> None:
    run = boot(lambda packet: packet.destination_port == 1720)
    here, there = (GATEKEEPER, 61440), (HANDSET, 1720)
    run.now += 5
    run.send(segment(here, there, TcpFlags.SYN), by=Tap.SERVERS, sequence=77_000_000)
    refused = frame_of(
        segment(there, here, TcpFlags.RST | TcpFlags.ACK), source_mac=FIREWALL, destination_mac=SERVER, ttl=64
    )
    run.frames.append(TappedFrame(run.now + 0.0001, Tap.SERVERS, refused))
    judgement, _, legs = judged(*sides(run))
    line = judgement.handsets[0].stage(Stage.SIGNAL)
    assert line.outcome is StageOutcome.DROPPED
    assert "firewall's own" in line.because
    assert LegRemedy.RULE in {each.remedy for each in legs}
    alone = judge_pair(CapturedPackets.of([]), CapturedPackets.of(sides(run)[1]))
    assert alone[0].handsets


def test_an_opening_that_was_translated_back_shows_static_translation() -> None:
    """The gatekeeper's call signalling is led back to the handset; its echo, which is lost, lacks a rule."""
    run = boot()
    run.wait(5)
    run.lost = lambda packet: packet.protocol is Protocol.ICMP
    body = bytes((0, 9, 0, 1)) + b"ping"
    run.send(Packet(Protocol.ICMP, GATEKEEPER, 8, HANDSET, 0, payload=body), by=Tap.SERVERS)
    near, far = sides(run)
    _, _, legs = judged(near, changed(far, hidden(ports=False)))
    assert [each.remedy for each in legs] == [LegRemedy.RULE]


@given(st.sampled_from([60, 90, 120, 200]), st.booleans())
def test_what_one_capture_cut_short_is_not_called_rewritten(kept: int, first: bool) -> None:
    near, far = sides(boot())

    def clipped(frames: list[TappedFrame]) -> list[TappedFrame]:
        return [
            TappedFrame(each.time, each.tap, each.data[:kept], original_length=len(each.data))
            for each in frames
        ]

    judgement, _, _ = judged(*((clipped(near), far) if first else (near, clipped(far))))
    assert not codes(judgement) & {"RAS_REWRITTEN", "RAS_NAT_WITHOUT_ALG", "NAT_MANY_TO_ONE"}


@pytest.mark.parametrize("ahead", [0.0, 3.5])
def test_one_capture_twice_is_no_pair(ahead: float) -> None:
    near, _ = sides(boot())
    with pytest.raises(InputError, match="one side, twice"):
        judged(near, [TappedFrame(each.time + ahead, each.tap, each.data) for each in near])
