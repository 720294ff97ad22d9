"""Two captures with a firewall or relay agent between them that does more than drop: each cause by name, and
no rule where none helps."""

from collections.abc import Callable
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import judge_pair
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome
from ringfence.model.errors import InputError
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire.frame import frame_of
from support.captures.judged_pairs import codes, judged, sides
from support.captures.recorded_site import (
    FILES,
    FIREWALL,
    GATEKEEPER,
    HANDSET,
    PUSH,
    SERVER,
    Run,
    boot,
    connect,
    rcf,
    rrq,
    segment,
    tpkt,
    udp,
)

OUTSIDE = IPv4Address("198.51.100.7")


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


@settings(deadline=None, max_examples=40)
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


@settings(deadline=None, max_examples=40)
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


@settings(deadline=None, max_examples=40)
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
    with pytest.raises(InputError, match="of the same side"):
        judged(near, [TappedFrame(each.time + ahead, each.tap, each.data) for each in near])


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 5), st.booleans())
def test_handsets_that_share_an_address_are_many_to_one(count: int, shared: bool) -> None:
    """The first keeps its port, as masquerading allows; with an address of its own each may."""
    run = Run()
    hosts = [IPv4Address(int(HANDSET) + number) for number in range(count)]
    for number, host in enumerate(hosts):
        run.send(udp(host, 49300, GATEKEEPER, 1719, rrq(10 + number, ip=host)))
        run.send(udp(GATEKEEPER, 1719, host, 49300, rcf(10 + number)), by=Tap.SERVERS)

    def outside(packet: Datagram) -> Datagram:
        for number, host in enumerate(hosts):
            ip, port = (OUTSIDE, 49300 + number) if shared else (IPv4Address(int(OUTSIDE) + number), 49300)
            if packet.source == host:
                return msgspec.structs.replace(packet, source=ip, source_port=port)
            if packet.destination == host:
                return msgspec.structs.replace(packet, destination=ip, destination_port=port)
        return packet

    near, far = sides(run)
    judgement, aligned, _ = judged(near, changed(far, outside))
    assert aligned.many_to_one == (set(hosts) if shared else set())
    assert {each.addresses for each in judgement.handsets} == {(host,) for host in hosts}
