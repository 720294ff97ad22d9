"""Calls that were captured on both sides of a firewall: each leg once, and a Setup that the firewall kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.apps.report.explanation import explanation
from ringfence.capture.frame import Tap
from ringfence.diagnosis.calls.call import Call, Side
from ringfence.diagnosis.explain import Explained, explain
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.frame import decode_frame
from support.captures.calls import simulated_call
from support.captures.capture_files import pcap

Frames = Sequence[tuple[float, bytes]]
PLAN = CallPlan("4712", after=1.0, hold=5.0, fast_start=False, tunnelling=True)


def sides() -> tuple[Frames, Frames]:
    return simulated_call(PLAN, Tap.HANDSETS), simulated_call(PLAN, Tap.SERVERS)


def explained(folder: Path, near: Frames, far: Frames) -> Explained:
    paths = [folder / "near.pcap", folder / "far.pcap"]
    for path, frames in zip(paths, (near, far), strict=True):
        path.write_bytes(pcap(sorted(frames)))
    return explain(paths)


def identity(call: Call) -> tuple[object, ...]:
    ends = call.caller.ip, call.called.ip, call.reference, call.identifier, call.calling, call.called_party
    channels = sorted((each.sender, each.codec, str(each.media), each.state) for each in call.channels)
    return *ends, call.cause, call.released_by, tuple(channels)


def packet_in(data: bytes) -> Packet | None:
    seen = decode_frame(data)
    return seen.packet if seen else None


def is_tcp(data: bytes) -> bool:
    packet = packet_in(data)
    return packet is not None and packet.protocol is Protocol.TCP


def is_call_data(data: bytes) -> bool:
    packet = packet_in(data)
    return packet is not None and packet.protocol is Protocol.TCP and bool(packet.payload)


@pytest.mark.parametrize("ahead", [0.0, -1800.0])
def test_each_leg_of_a_call_is_listed_once(tmp_path: Path, ahead: float) -> None:
    near, far = sides()
    found = explained(tmp_path, near, [(time + ahead, data) for time, data in far])
    alone = tmp_path / "alone.pcap"
    alone.write_bytes(pcap(far))
    assert list(map(identity, found.judgement.calls)) == list(map(identity, explain([alone]).judgement.calls))
    assert {call.released_by for call in found.judgement.calls} == {Side.CALLER}
    assert explanation(found, (), in_full=False).healthy


@pytest.mark.parametrize("passes", [True, False])
def test_a_setup_that_the_firewall_keeps_is_in_the_list(tmp_path: Path, passes: bool) -> None:
    """It is repeated by TCP until it passes, or until nobody waits any more."""
    near, far = sides()
    time, setup = next(each for each in near if is_call_data(each[1]))
    copies = [(time + 0.01 + again * 0.3, setup) for again in range(4)]
    if passes:  # 1 s later; all that came after it does so too
        far, near = (
            [each if each[0] < time else (each[0] + 1, each[1]) for each in side] for side in (far, near)
        )
    else:
        far, near = ([each for each in side if not is_tcp(each[1]) or each[0] < time] for side in (far, near))
    found = explained(tmp_path, [*near, *copies[:3]], far)
    first, *others = found.judgement.calls
    shown, *_ = explanation(found, (), in_full=False).calls
    assert (first.calling, first.called_party, first.is_undelivered) == ("4711", "4712", not passes)
    assert shown.failed is not passes
    assert len(others) == passes
    assert passes or shown.state == "Setup entered the firewall and did not leave it"
