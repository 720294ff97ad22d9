"""The proof on real packets in the kernel's own firewall, and its captures in tshark's eyes."""

import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.registration import flows
from ringfence.model.stage import BY_PROOF_ALONE, Stage
from ringfence.policy.compile import generated
from ringfence.verify.judging import judged
from ringfence.verify.pcaps import write_pcaps
from ringfence.verify.proof import prove
from ringfence.verify.report import NetworkKind, ProofVerdict, Report, StageState
from ringfence.verify.testbeds import open_testbeds
from support.captures.lost_legs import lost_legs
from support.example_sites import NAMES, example

pytestmark = pytest.mark.kernel
SITES = [name for name in NAMES if name != "blog-as-written"]


def quiet(what: str) -> None:
    """Nobody watches."""


@cache
def proved(name: str) -> Report:
    site = example(name)
    with open_testbeds(site, simulated_only=False, trunk=False) as both:
        return prove(site, both, quiet)[0]


@pytest.mark.parametrize("name", SITES)
def test_the_kernel_confirms_what_the_simulator_says(name: str) -> None:
    report = proved(name)
    assert report.reasons == ()
    assert report.verdict is ProofVerdict.PROVED
    assert report.networks == (NetworkKind.SIMULATED, NetworkKind.KERNEL)


@pytest.mark.parametrize("name", SITES)
def test_without_any_one_rule_exactly_its_own_stage_stops_in_the_kernel_too(name: str) -> None:
    site = example(name)
    for rule in proved(name).rules:
        own = min((f.stage for f in flows(site) if f.id in rule.flows), key=lambda stage: stage.order)
        assert (rule.needed, rule.stops_at) == (True, own), rule.id


def test_the_posts_own_table_is_disproved_by_the_kernel() -> None:
    report = proved("blog-as-written")
    assert report.verdict is ProofVerdict.NOT_PROVED
    assert report.disagreements == ()
    assert [run.counters.get("row-1", 0) for run in report.runs] == [0, 0]
    assert "udp 10.1.0.10:67 -> 10.10.0.1:67" in {correction.dropped for correction in report.corrections}


def test_the_firewall_logs_exactly_what_the_captures_lack() -> None:
    site = example("branch")
    with open_testbeds(site, simulated_only=False, trunk=False) as (_, kernel):
        kernel.load(generated(site).without("dhcp-answer-voice"))
        recording = kernel.boot()
    result = judged(site, kernel.kind, recording)
    assert result.failed is not None
    assert result.dropped
    entered = {frame.data[14:] for frame in recording.frames if frame.tap == "servers"}
    left = {frame.data[14:] for frame in recording.frames if frame.tap == "handsets"}
    # The answer to the voice VLAN's giaddr is on the servers' side only.
    assert any(b"\x0a\x14\x00\x01" in packet[16:20] for packet in entered)
    assert not any(
        packet[16:20] == b"\x0a\x14\x00\x01" and packet[12:16] == b"\x0a\x01\x00\x0a" for packet in left
    )


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures")
    site = example("branch")
    with open_testbeds(site, simulated_only=False, trunk=True) as both:
        recordings = {}
        for testbed in both:
            testbed.load(generated(site))
            recordings[testbed.kind] = testbed.boot()
    assert all(
        stage.state is StageState.REACHED
        for kind, recording in recordings.items()
        for stage in judged(site, kind, recording).stages
    )
    write_pcaps(folder, recordings)
    return folder


def tshark(path: Path, *arguments: str) -> list[str]:
    program = shutil.which("tshark")
    assert program is not None
    done = subprocess.run(
        [program, "-n", "-r", str(path), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["kernel", "simulated"])
@pytest.mark.parametrize("tap", ["handsets", "servers", "trunk"])
def test_tshark_reads_our_captures(captures: Path, kind: str, tap: str) -> None:
    path = captures / f"{kind}-{tap}.pcap"
    checked = (
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
    )
    bad = "_ws.malformed || ip.checksum.status==0 || udp.checksum.status==0 || tcp.checksum.status==0"
    assert tshark(path, *checked, "-Y", bad) == []
    words = "\n".join(tshark(path))
    assert "10.20.0.128 → 10.1.0.30" in words
    for name in ("gatekeeperRequest", "gatekeeperConfirm", "registrationRequest", "registrationConfirm"):
        assert name in words, name
    ras = tshark(path, "-Y", "h225.RasMessage==3 && udp.srcport==49300 && udp.dstport==1719")
    assert ras
    option = tshark(path, "-Y", "dhcp.option.type==242", "-T", "fields", "-e", "dhcp.option.dhcp")
    assert option
    assert tshark(
        path, "-Y", "tcp.flags.syn==1 && tcp.flags.ack==0 && tcp.srcport==61440 && tcp.dstport==1720"
    )
    assert tshark(path, "-Y", "tpkt && q931 && h225")
    assert tshark(path, "-Y", "icmp.type==8")
    assert tshark(path, "-Y", "icmp.type==0")


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["kernel", "simulated"])
def test_the_trunk_carries_real_tags(captures: Path, kind: str) -> None:
    path = captures / f"{kind}-trunk.pcap"
    assert set(tshark(path, "-Y", "h225", "-T", "fields", "-e", "vlan.id")) == {"20"}
    untagged = tshark(path, "-Y", "dhcp && !vlan", "-T", "fields", "-e", "dhcp.option.dhcp")
    assert {"1", "2", "3", "5", "7"} <= set(untagged)  # DORA and the RELEASE, before the move


@pytest.mark.parametrize("kind", ["kernel", "simulated"])
@pytest.mark.parametrize("near", ["handsets", "trunk"])
def test_a_good_boot_is_explained_without_a_finding(captures: Path, kind: str, near: str) -> None:
    """Both ends reset their connection at power-off, of which the first RST ends the state for the other; and
    the trunk is a phone's port, with the relay agent between it and the firewall."""
    found = explain([captures / f"{kind}-{near}.pcap", captures / f"{kind}-servers.pcap"])
    (handset,) = found.judgement.handsets
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert len(handset.reached) == len(set(Stage) - BY_PROOF_ALONE)
    assert found.judgement.findings == handset.findings == ()
    assert lost_legs([handset], both_sides=True, state_timeout=120.0) == ()


def namespaces_of(process: str) -> set[str]:
    """The network namespaces that a process lives in or holds by a descriptor; `process`: a pid or a glob."""
    found = set()
    for link in [*Path("/proc").glob(f"{process}/ns/net"), *Path("/proc").glob(f"{process}/fd/*")]:
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return {name for name in found if name.startswith("net:[")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_behind(number: signal.Signals) -> None:
    code = (
        "import sys; from ringfence.apps.cli.main import main\n"
        "from ringfence.lab.session import LabSession\n"
        "boot = LabSession.boot\n"
        "def told(self, *given):\n"
        "    print('booting', flush=True)\n"
        "    return boot(self, *given)\n"
        "LabSession.boot = told\n"
        "main(['prove'])\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"booting\n"
    made = namespaces_of(str(child.pid)) - namespaces_of("self")
    assert len(made) > 1  # the lab's own; other labs on this machine are none of our business
    child.send_signal(number)
    _, complaint = child.communicate(timeout=20)
    assert b"Traceback" not in complaint
    if number is signal.SIGINT:
        assert child.returncode == 130
        assert b"interrupted" in complaint
    assert not made & namespaces_of("[0-9]*")


def test_two_proofs_at_once_do_not_meet() -> None:
    command = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main(['prove', '--kernel'])"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for child in running:
        out, complaint = child.communicate(timeout=60)
        assert child.returncode == 0, complaint.decode()
        assert b"PROVED" in out
