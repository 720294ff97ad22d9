"""Two captures under clock error, translation, rewriting and new sequence numbers; strangers refused."""

from collections.abc import Callable
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import Judgement, judge_pair
from ringfence.diagnosis.pairs.match import AlignedCaptures, ClockBasis, Sightings
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import StageOutcome, StageStatus
from ringfence.model.errors import InputError
from ringfence.model.findings.register import RAS_NAT_WITHOUT_ALG, RAS_REWRITTEN
from ringfence.model.findings.signal import PINHOLE_ENDED
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import BY_PROOF_ALONE, Stage
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.frame import frame_of
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FIRST,
    GATEKEEPER,
    HANDSET,
    VOICE_GIADDR,
    Lost,
    Run,
    ask,
    boot,
    dhcp_message,
    fetch,
    gcf,
    grq,
    lease,
    rcf,
    rrq,
    segment,
    udp,
)

OUTSIDE = IPv4Address("198.51.100.7")


def judged_pair(
    first: list[TappedFrame], second: list[TappedFrame], clock_offset: float | None = None
) -> tuple[Judgement, AlignedCaptures]:
    here, there = CapturedPackets.of(first), CapturedPackets.of(second)
    return judge_pair(here, there, clock_offset=clock_offset)


def sides(run: Run) -> tuple[list[TappedFrame], list[TappedFrame]]:
    """As two files would give them: nobody says which side is which."""
    near = [TappedFrame(each.time, Tap.ONLY, each.data) for each in run.frames if each.tap == Tap.HANDSETS]
    far = [TappedFrame(each.time, Tap.ONLY, each.data) for each in run.frames if each.tap == Tap.SERVERS]
    return near, far


def later(frames: list[TappedFrame], seconds: float) -> list[TappedFrame]:
    return [TappedFrame(each.time + seconds, each.tap, each.data) for each in frames]


def changed(frames: list[TappedFrame], change: Callable[[Datagram], Datagram]) -> list[TappedFrame]:
    """Every packet put through `change` (Datagram to Datagram) and written again."""
    found = []
    for each in frames:
        packet = dissect_frame(each, 1)
        assert isinstance(packet, Datagram)
        new = change(packet)
        data = frame_of(
            Packet(
                Protocol(new.protocol),
                new.source,
                new.source_port,
                new.destination,
                new.destination_port,
                flags=TcpFlags(new.flags),
                payload=new.payload,
            ),
            source_mac=each.data[6:12],
            destination_mac=each.data[:6],
            ttl=new.ttl,
            sequence=new.sequence,
            acknowledgement=new.acknowledgement,
        )
        found.append(TappedFrame(each.time, each.tap, data))
    return found


LOSSES: list[tuple[Lost, Stage, StageOutcome]] = [
    (lambda p: p.destination_port == 1719 and p.payload == rrq(11), Stage.REGISTER, StageOutcome.DROPPED),
    (lambda p: p.destination_port == 1720, Stage.SIGNAL, StageOutcome.DROPPED),
    (lambda p: p.destination == VOICE_GIADDR, Stage.VLAN_MOVE, StageOutcome.ONE_WAY),
]


@settings(max_examples=30, deadline=None)
@given(st.floats(-2000, 2000), st.booleans(), st.integers(0, len(LOSSES) - 1))
def test_the_lost_leg_is_named_under_any_clock_error_and_order(ahead: float, swap: bool, which: int) -> None:
    lost, stage, outcome = LOSSES[which]
    near, far = sides(boot(lost))
    far = later(far, ahead)
    judgement, aligned = judged_pair(far, near) if swap else judged_pair(near, far)
    assert aligned.swapped == swap
    assert aligned.offset == pytest.approx(-ahead if swap else ahead, abs=1e-3)
    line = judgement.handsets[0].stage(stage)
    assert (line.state, line.outcome) == (StageStatus.FAILED, outcome)
    assert any(shown.dropped for shown in line.evidence)


def no_failures(result: tuple[Judgement, AlignedCaptures]) -> set[Stage]:
    (timeline,) = result[0].handsets
    return {line.stage for line in timeline.stages if line.state is StageStatus.FAILED}


def test_nothing_is_called_lost_when_all_came_through() -> None:
    near, far = sides(boot())
    result = judged_pair(near, later(far, 1800.0))
    assert no_failures(result) == set()
    assert result[0].findings == ()
    assert result[0].handsets[0].reached == frozenset(Stage) - BY_PROOF_ALONE


def translated(packet: Datagram) -> Datagram:
    def outside(ip: object) -> object:
        return OUTSIDE if ip == HANDSET else ip

    moved = msgspec.structs.replace(
        packet, source=outside(packet.source), destination=outside(packet.destination)
    )
    if moved.source == OUTSIDE and moved.source_port == 49300:
        return msgspec.structs.replace(moved, source_port=1024)
    if moved.destination == OUTSIDE and moved.destination_port == 49300:
        return msgspec.structs.replace(moved, destination_port=1024)
    return moved


def test_translated_addresses_are_brought_back() -> None:
    near, far = sides(boot())
    assert no_failures(judged_pair(near, changed(later(far, -30), translated))) == set()


def renumbered(packet: Datagram) -> Datagram:
    if packet.protocol != Protocol.TCP:
        return packet
    add = 1_000_003 if packet.source == HANDSET else 77
    back = 77 if packet.source == HANDSET else 1_000_003
    acknowledgement = packet.acknowledgement + back if packet.flags & 16 else 0
    return msgspec.structs.replace(packet, sequence=packet.sequence + add, acknowledgement=acknowledgement)


def test_new_initial_sequence_numbers_do_no_harm() -> None:
    near, far = sides(boot())
    assert no_failures(judged_pair(near, changed(far, renumbered))) == set()


def rewritten(packet: Datagram) -> Datagram:
    if packet.payload == rrq(11):
        packet = msgspec.structs.replace(packet, payload=rrq(11, ip=OUTSIDE))
    return translated(packet)


def test_an_inspection_that_rewrites_ras_is_reported() -> None:
    near, far = sides(boot())
    judgement, aligned = judged_pair(near, changed(far, rewritten))
    assert no_failures((judgement, aligned)) == set()
    # The RRQ alone was rewritten: the GRQ before it still says where the handset really is.
    said = {finding.code: finding.sentence for finding in judgement.findings}
    assert set(said) == {RAS_REWRITTEN, RAS_NAT_WITHOUT_ALG}
    assert "198.51.100.7:1720" in said[RAS_REWRITTEN]


@pytest.mark.parametrize(("silence", "ended"), [(230, False), (250, True)])
def test_call_signalling_after_the_life_of_a_helpers_pinhole_is_told(silence: int, ended: bool) -> None:
    run = Run(lambda packet: packet.destination_port == 1720)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))
    run.wait(100)
    ask(run, rrq(12, keep_alive=True), rcf(12))
    run.wait(silence - 100)
    run.tcp(segment((GATEKEEPER, 61440), (HANDSET, 1720), TcpFlags.SYN), by=Tap.SERVERS)
    run.wait(1)
    ask(run, rrq(13, keep_alive=True), rcf(13))
    near, far = sides(run)
    (handset,) = judged_pair(near, changed(far, rewritten))[0].handsets
    assert (PINHOLE_ENDED in {finding.code for finding in handset.findings}) is ended


def test_captures_of_different_things_are_refused() -> None:
    near, _ = sides(boot())
    other = Run()
    ask(other, grq(500), gcf(500))
    ask(other, rrq(501), rcf(501))
    with pytest.raises(InputError, match="in common"):
        judged_pair(near, sides(other)[1])
    with pytest.raises(InputError):
        judged_pair([], [])


@settings(deadline=None, max_examples=40)
@given(swap=st.booleans(), seconds=st.floats(2, 200))
def test_a_first_leg_that_is_blocked_is_named_though_nothing_is_in_both(swap: bool, seconds: float) -> None:
    run = Run(lambda _: True)
    lease(run, DATA_GIADDR, FIRST, 1)
    near, far = sides(run)
    noise = Run(now=near[0].time - 1)
    for number in range(40):
        noise.send(udp(GATEKEEPER, 5000, DHCP, 53, bytes((number,) * 20)), by=Tap.SERVERS)
        noise.wait(1)
    other = [each for each in noise.frames if each.tap == Tap.SERVERS and each.time < near[0].time + seconds]
    assert not far
    for there in (other, []):
        judgement, aligned = judged_pair(there, near) if swap and there else judged_pair(near, there)
        assert aligned.basis is ClockBasis.ASSUMED
        assert "CLOCKS_ASSUMED" in {each.code for each in judgement.findings}
        line = judgement.handsets[0].stage(Stage.ADDRESS)
        compared = [each for each in near if not there or each.time < there[-1].time - 0.2]
        assert line.state is StageStatus.FAILED
        assert (line.outcome is StageOutcome.DROPPED) == bool(compared)
        assert aligned.swapped == (swap and bool(there))


def test_other_traffic_settles_the_clocks() -> None:
    run = Run(lambda _: True)
    lease(run, DATA_GIADDR, FIRST, 1)
    near, _ = sides(run)
    far = [TappedFrame(near[0].time + 1795, Tap.ONLY, b""), TappedFrame(near[-1].time + 1860, Tap.ONLY, b"")]
    here: Sightings = {number: [near[0].time + number] for number in range(9)}
    there: Sightings = {number: [near[0].time + number + 1800.0] for number in range(3, 9)}
    captured = CapturedPackets.of(near), CapturedPackets.of(far)
    judgement, aligned = judge_pair(captured[0], captured[1], others=lambda: (here, there))
    assert (aligned.basis, aligned.offset) == (ClockBasis.OTHER_TRAFFIC, 1800.0)
    assert judgement.handsets[0].stage(Stage.ADDRESS).outcome is StageOutcome.DROPPED
    with pytest.raises(InputError, match="no time in common") as caught:
        judge_pair(captured[0], captured[1])
    assert "--clock-offset" in caught.value.remedy


def test_the_same_dialogue_in_both_without_a_common_packet_is_refused() -> None:
    """Another boot of the same handset: equal clocks would make a loss of every packet."""
    runs = [Run(), Run(now=Run().now + 0.1)]
    for number, run in enumerate(runs):
        for each in range(3):
            ask(run, grq(1 + 100 * number + each), gcf(1 + 100 * number + each))
            run.wait(5)
    with pytest.raises(InputError, match="no packet is in common") as caught:
        judged_pair(sides(runs[0])[0], sides(runs[1])[1])
    assert "--clock-offset" in caught.value.remedy


def test_with_clocks_known_to_agree_nothing_in_common_is_a_total_block() -> None:
    run = Run(lambda packet: packet.destination == GATEKEEPER)
    for _ in range(3):
        run.send(udp(HANDSET, 49300, GATEKEEPER, 1719, grq(1)))
        run.wait(5)
    near, _ = sides(run)
    other = Run(now=run.now - 10)
    other.send(udp(GATEKEEPER, 1719, IPv4Address("10.20.0.51"), 49300, gcf(9)), by=Tap.SERVERS)
    other.wait(8)
    other.send(udp(GATEKEEPER, 1719, IPv4Address("10.20.0.51"), 49300, gcf(8)), by=Tap.SERVERS)
    judgement, _ = judged_pair(near, sides(other)[1], clock_offset=0.0)
    line = judgement.handsets[0].stage(Stage.DISCOVER)
    assert line.state is StageStatus.FAILED


def test_a_lost_answer_is_seen_although_the_clocks_hide_the_order_of_the_sides() -> None:
    """The path takes less time than the clocks can be compared to; TTLs tell which side came first."""
    near, far = sides(boot(lambda packet: packet.destination == VOICE_GIADDR))
    together_at_once = [
        TappedFrame(round(each.time, 3), each.tap, each.data) for each in sorted(far, key=lambda f: f.time)
    ]
    judgement, _ = judged_pair([TappedFrame(round(f.time, 3), f.tap, f.data) for f in near], together_at_once)
    line = judgement.handsets[0].stage(Stage.VLAN_MOVE)
    assert (line.state, line.outcome) == (StageStatus.FAILED, StageOutcome.ONE_WAY), line.because


def test_what_was_sent_after_the_other_capture_ended_is_not_called_lost() -> None:
    run = Run(lambda packet: packet.protocol is Protocol.TCP)
    lease(run, DATA_GIADDR, FIRST, 1)
    lease(run, VOICE_GIADDR, HANDSET, 2)
    run.wait(60)
    fetch(run)
    judgement, _ = judged_pair(*sides(run))
    line = judgement.handsets[0].stage(Stage.PROVISION)
    assert (line.state, line.outcome) == (StageStatus.FAILED, StageOutcome.SILENT)
    assert "only one of the captures" in line.because
    assert not any(shown.dropped for shown in line.evidence)
    (finding,) = judgement.findings
    assert finding.code == "CAPTURES_OVERLAP_IN_PART"


def test_what_is_lost_before_the_shorter_capture_ends_is_lost_and_the_rest_is_said() -> None:
    """The same SYNs: those that both could show, and those that one could."""
    run = Run(lambda packet: packet.destination_port == 80)
    lease(run, DATA_GIADDR, FIRST, 1)
    lease(run, VOICE_GIADDR, HANDSET, 2)
    fetch(run)
    near, far = sides(run)
    syns = [each.time for each in near[-3:]]
    for cut in (syns[0] + 0.5, syns[1] + 0.5, syns[2] + 0.5):
        ended = TappedFrame(cut, Tap.ONLY, bytes(14))
        judgement, _ = judged_pair(near, [*far, ended])
        line = judgement.handsets[0].stage(Stage.PROVISION)
        assert line.outcome is StageOutcome.DROPPED
        assert sum(shown.dropped for shown in line.evidence) == sum(syn < cut - 0.2 for syn in syns)
        said = [each for each in judgement.findings if each.code == "CAPTURES_OVERLAP_IN_PART"]
        assert bool(said) == (cut < syns[2])


def is_relayed(frame: TappedFrame) -> bool:
    packet = dissect_frame(frame, 1)
    assert isinstance(packet, Datagram)
    return packet.source_port == packet.destination_port == 67


def test_what_a_relay_passes_on_is_not_lost() -> None:
    """The handset side was captured before the relay: requests there are broadcasts of their own."""
    near, far = sides(boot())
    before = [each for each in near if not is_relayed(each)]
    relay = Run(now=near[0].time)
    for kind, op, xid in ((DhcpMessageType.OFFER, 2, 2), (DhcpMessageType.ACK, 2, 2)):
        told = dhcp_message(kind, op, xid, giaddr=VOICE_GIADDR, yiaddr=HANDSET)
        relay.send(udp(VOICE_GIADDR, 67, HANDSET, 68, told))
    judgement, _ = judged_pair([*sides(relay)[0], *before], far)
    line = judgement.handsets[0].stage(Stage.VLAN_MOVE)
    assert line.state is StageStatus.REACHED, line.because
