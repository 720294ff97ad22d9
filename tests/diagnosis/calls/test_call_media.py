"""Media of calls: counts beside tshark's, and audio that goes one way only."""

import csv
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.apps.cli.explaining.result import ExplainRequest
from ringfence.apps.cli.explaining.rules import rendered
from ringfence.apps.report.explanation import explanation
from ringfence.apps.report.tables import write_calls_csv
from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.calls.call import Call, Side
from ringfence.diagnosis.calls.channels import offer_fast_start
from ringfence.diagnosis.calls.media import ChannelTraffic
from ringfence.diagnosis.calls.tracking import call_list
from ringfence.diagnosis.crossing import crossings
from ringfence.diagnosis.explain import Explained, explain
from ringfence.model.address import transport
from ringfence.model.findings.media import AUDIO_DROPPED, AUDIO_ONE_WAY
from ringfence.model.findings.recording import CAPTURE_NOT_COUNTED
from ringfence.model.packet import Protocol
from ringfence.model.ports import Ports
from ringfence.wire import per, tpkt
from ringfence.wire.h245.channel import ForwardLogicalChannelParameters, OpenLogicalChannel
from ringfence.wire.per.notation import UnknownAlternative
from support.captures.audio import ANN, BEGINS, BOB, speech, udp
from support.captures.calls import Conversation, simulated_call
from support.captures.capture_files import pcap, pcapng

Frames = list[tuple[float, bytes]]


def explained(path: Path, frames: Frames, *, ng: bool = False) -> Explained:
    ordered = sorted(frames)
    path.write_bytes(pcapng(ordered) if ng else pcap(ordered))
    return explain([path])


def traffic_of(found: Explained, sender: Side) -> ChannelTraffic:
    call = found.judgement.calls[0]
    channel = next(each for each in call.channels if each.sender is sender and each.media is not None)
    counted = found.media[0].traffic(call, channel)
    assert counted is not None
    return counted


def call_frames(tap: Tap = Tap.SERVERS) -> Frames:
    return simulated_call(CallPlan("4712", after=1.0, hold=5.0, fast_start=True), tap)


def rtp_streams(path: Path) -> list[list[str]]:
    """Rows of `-z rtp,streams`: two times, source, port, destination, port, SSRC, payload, packets, lost,
    share, then least, mean and greatest of the distances and of the jitter."""
    command = ["tshark", "-n", "-r", str(path), "-d", "udp.port==5004,rtp", "-q", "-z", "rtp,streams"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split() for line in done.stdout.splitlines() if "0x0000" in line]


@pytest.mark.peers
@pytest.mark.parametrize("ng", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_losses_and_jitter_are_tsharks(tmp_path: Path, seed: int, ng: bool) -> None:
    path = tmp_path / "call.pcap"
    frames = [*call_frames(), *speech(ANN, BOB, 200, seed=seed), *speech(BOB, ANN, 150, ssrc=0x99)]
    found = explained(path, frames, ng=ng)
    rows = {row[2]: row for row in rtp_streams(path)}
    for sender, source in ((Side.CALLER, ANN), (Side.CALLED, BOB)):
        ours, theirs = traffic_of(found, sender), rows[str(source.ip)]
        packets, lost = int(theirs[8]), int(theirs[9])
        assert (ours.packets, ours.lost, ours.sources) == (packets, lost, (source,))
        assert ours.greatest_jitter * 1000 == pytest.approx(float(theirs[16]), abs=0.01)


def test_audio_in_one_direction_is_found(tmp_path: Path) -> None:
    found = explained(tmp_path / "call.pcap", [*call_frames(), *speech(BOB, ANN, 100)])
    said = [each for each in found.judgement.findings if each.code is AUDIO_ONE_WAY]
    assert len(said) == 2  # one for each leg of the routed call
    shown = explanation(found, (), in_full=False)
    assert (shown.healthy, shown.undecided) == (False, True)
    assert all("from the caller side to 10.20.0.22:5004" in each.sentence for each in said)


@pytest.mark.parametrize("both", [True, False])
def test_audio_that_was_not_captured_is_not_called_lost(tmp_path: Path, both: bool) -> None:
    media = [*speech(ANN, BOB, 100), *speech(BOB, ANN, 100)] if both else []
    found = explained(tmp_path / "call.pcap", [*call_frames(), *media])
    assert not {each.code for each in found.judgement.findings} & {AUDIO_ONE_WAY, AUDIO_DROPPED}


def test_audio_that_only_one_side_of_the_firewall_has(tmp_path: Path) -> None:
    there, back = speech(ANN, BOB, 100), speech(BOB, ANN, 100)
    near, far = tmp_path / "near.pcap", tmp_path / "far.pcap"
    near.write_bytes(pcap(sorted([*call_frames(Tap.HANDSETS), *there, *back])))
    far.write_bytes(pcap(sorted([*call_frames(), *back])))
    found = explain([near, far])
    said = [each for each in found.judgement.findings if each.code is AUDIO_DROPPED]
    assert said
    assert all("from the caller side" in each.sentence for each in said)
    shown = explanation(found, (), in_full=False)
    assert (shown.healthy, shown.undecided) == (False, False)


@pytest.mark.parametrize("swapped", [False, True])
def test_the_rule_that_audio_lacks_is_offered(tmp_path: Path, *, swapped: bool) -> None:
    near, far = tmp_path / "near.pcap", tmp_path / "far.pcap"
    there, back = speech(ANN, BOB, 100), speech(BOB, ANN, 100)
    near.write_bytes(pcap(sorted([*call_frames(Tap.HANDSETS), *there, *back])))
    far.write_bytes(pcap(sorted([*call_frames(), *back])))
    answer = ExplainRequest((far, near) if swapped else (near, far), 120.0, None).answer()
    (leg,) = [each for each in answer.legs if "RTP" in each.what]
    assert leg.count == 200  # each leg of the routed call has the same stream
    assert leg.sentence.startswith("10.20.0.21:5004 > 10.20.0.22:5004 RTP (200 packets, at ")
    written = rendered(answer.legs, "nftables")
    assert written is not None
    # The administered range that the port is of: the next call has another port.
    assert "ip daddr 10.20.0.22 udp sport 4000-10000 udp dport 4000-10000" in " ".join(written.text.split())


def test_streams_that_are_not_counted_are_said(tmp_path: Path) -> None:
    frames: Frames = []
    for number in range(70_000):
        source = transport("192.0.2.1", 1024 + number % 60_000)
        to = transport(f"198.51.100.{1 + number // 60_000}", 4000)
        frames.append((BEGINS, udp(source, to, struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + bytes(160))))
    found = explained(tmp_path / "flood.pcap", [*call_frames(), *frames])
    (said,) = [each for each in found.judgement.findings if each.code is CAPTURE_NOT_COUNTED]
    # A few of the ports are those of signalling.
    assert 4400 < int(said.sentence.split()[0]) <= 4464
    assert "packets of media are not counted" in said.sentence


def test_fax_packets_that_are_no_rtp_are_no_audio(tmp_path: Path) -> None:
    """UDPTL (T.38) begins with a sequence number of its own."""
    fax = [(BEGINS + n * 0.02, udp(ANN, BOB, struct.pack("!H", n) + bytes(40))) for n in range(100)]
    found = explained(tmp_path / "call.pcap", [*call_frames(), *fax])
    assert traffic_of(found, Side.CALLER).packets == 0


def test_the_calls_as_a_table(tmp_path: Path) -> None:
    path, table = tmp_path / "call.pcap", tmp_path / "calls.csv"
    found = explained(path, [*call_frames(), *speech(ANN, BOB, 100), *speech(BOB, ANN, 80)])
    write_calls_csv(table, explanation(found, (), in_full=False))
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    directions = [(row["calling"], row["sender"], row["packets"], row["capture"]) for row in rows]
    leg = [("4711", "caller", "100", "call.pcap"), ("4711", "called", "80", "call.pcap")]
    assert directions == [*leg, *leg]


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_spoilt_signalling_raises_nothing(data: st.DataObject) -> None:
    talk = Conversation(transport("192.0.2.1", 33_000), transport("192.0.2.2", 1720))
    for octets in _messages():
        spoilt = bytearray(octets)
        for _ in range(data.draw(st.integers(0, 4))):
            spoilt[data.draw(st.integers(4, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
        talk.say(transport("192.0.2.1", 33_000), bytes(spoilt))
    packets = [
        seen
        for number, (time, frame) in enumerate(talk.frames)
        if isinstance(seen := dissect_frame(TappedFrame(time, Tap.ONLY, frame, number)), Datagram)
    ]
    call_list(crossings(packets, both_sides=False), Ports())


@cache
def _messages() -> tuple[bytes, ...]:
    """What is said on the connections of a call by fastStart and of one by tunnelled H.245."""
    found: list[bytes] = []
    for fast_start in (True, False):
        for time, frame in simulated_call(CallPlan("4712", after=1.0, hold=2.0, fast_start=fast_start)):
            seen = dissect_frame(TappedFrame(time, Tap.ONLY, frame, 1))
            if isinstance(seen, Datagram) and seen.protocol == Protocol.TCP and seen.payload:
                found += [message for message in tpkt.split(seen.payload)[0] if len(message) > 5]
    return tuple(found)


def test_a_medium_of_a_later_revision_is_listed() -> None:
    later = UnknownAlternative(40, b"\0")
    parameters = ForwardLogicalChannelParameters(dataType=later, multiplexParameters=("none", True))
    opened = OpenLogicalChannel(forwardLogicalChannelNumber=1, forwardLogicalChannelParameters=parameters)
    call = Call(ANN, BOB, 1, 0.0)
    offer_fast_start(call, [per.encode(OpenLogicalChannel, opened)])
    assert [(each.kind, each.codec) for each in call.channels] == [("unknown", "of a later revision")]
