"""Two handsets behind a firewall call each other through the gatekeeper; tshark reads both sides of it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.capture.pcap_write import write_pcap
from ringfence.drivers.recording import RunRecording
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab.session import NFLOG_GROUP, LabSession
from ringfence.model.policy import Policy
from support.calls_site import RULES, UntilBothHaveLeft, machines_of, topology

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def lab() -> Iterator[LabSession]:
    with LabSession(topology()) as session:
        yield session


def boot(lab: LabSession, policy: Policy, plan: CallPlan) -> tuple[RunRecording, Endpoint, Endpoint]:
    lab.load(nftables.write(policy, Device(log_group=NFLOG_GROUP, exclusive=True)).text)
    machines, ann, bob = machines_of(plan)
    return lab.boot(machines, UntilBothHaveLeft((ann, bob))), ann, bob


def tshark(recording: RunRecording, tap: str, folder: Path, *arguments: str) -> list[str]:
    path = folder / f"{tap}.pcap"
    with path.open("wb") as file:
        write_pcap(file, ((frame.time, frame.data) for frame in recording.frames if frame.tap == tap))
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.peers
@pytest.mark.parametrize("fast_start", [True, False])
def test_both_sides_read_clean(lab: LabSession, tmp_path: Path, fast_start: bool) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0, fast_start=fast_start)
    recording, ann, bob = boot(lab, RULES, plan)
    for one in (ann, bob):
        assert one.call is not None
        assert (one.call.connected, one.call.media) == (True, True)
    assert recording.dropped == ()
    for tap in ("handsets", "servers"):
        bad = "_ws.malformed || _ws.expert.severity >= 6291456 || _ws.unreassembled"
        assert tshark(recording, tap, tmp_path, "-Y", bad) == []
        spoken = tshark(recording, tap, tmp_path, "-Y", "q931", "-T", "fields", "-e", "q931.message_type")
        names = [int(value, 16) for line in spoken for value in line.split(",")]
        # Setup, CallProceeding, Alerting, Connect, ReleaseComplete: each on both legs.
        assert {kind: names.count(kind) for kind in (0x05, 0x02, 0x01, 0x07, 0x5A)} == dict.fromkeys(
            (0x05, 0x02, 0x01, 0x07, 0x5A), 2
        )
        assert len(tshark(recording, tap, tmp_path, "-Y", "h225.setup_element")) == 2
        opened = "h245.openLogicalChannel_element || h245.OpenLogicalChannel_element || h225.FastStart_item"
        assert tshark(recording, tap, tmp_path, "-Y", opened)
        if not fast_start:
            assert tshark(recording, tap, tmp_path, "-Y", "h245.terminalCapabilitySet_element")
            assert tshark(recording, tap, tmp_path, "-Y", "h245.masterSlaveDeterminationAck_element")
        assert len(tshark(recording, tap, tmp_path, "-Y", "h225.disengageRequest_element")) == 2


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("calls-in", "no connection to 10.1.0.30:1720: timed out"),
        ("calls-out", "released by the peer: unreachableDestination, cause 3"),
    ],
)
def test_each_rule_for_calls_is_needed(lab: LabSession, rule: str, why: str) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0)
    recording, ann, _ = boot(lab, RULES.without(rule), plan)
    assert ann.call is not None
    assert not ann.call.connected
    assert ann.call.ended == why
    assert {dropped.packet.destination_port for dropped in recording.dropped} == {1720}
