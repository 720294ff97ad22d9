"""The site comes up whole, answers its first packet at once, and goes without a trace."""

import os
import select
import signal
import socket
import subprocess
import time
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from ringfence.lab.netlink import NetlinkError
from ringfence.lab.netns import Namespace
from ringfence.lab.recorder import Recorder
from ringfence.lab.ring import FrameDirection
from ringfence.lab.rtnetlink import add_route
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology, TopologyError, TrunkLink
from ringfence.lab.unavailable import LabUnavailable
from support.lab.processes import command
from support.lab.sites import GATEKEEPER, PHONE_DATA, VOICE, branch_office

EXAMPLE = Path(__file__).parents[1] / "support/lab/example.py"


def ping(lab: Lab, node: str, address: IPv4Address, *, source: IPv4Address | None = None) -> float | None:
    """Milliseconds to the first echo reply; None after two seconds."""
    with lab[node].socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        if source is not None:
            sock.bind((str(source), 0))
        began = time.perf_counter()
        sock.sendto(b"\x08\0\0\0\0\0\0\x01" + b"ringfence", (str(address), 0))
        if not select.select([sock], [], [], 2)[0]:
            return None
        return (time.perf_counter() - began) * 1e3


@pytest.mark.kernel
def test_first_packet_is_not_lost() -> None:
    for _ in range(3):
        with Lab(branch_office()) as lab:
            milliseconds = ping(lab, "phone", GATEKEEPER.ip)
        # A lost ARP request costs a whole second.
        assert milliseconds is not None
        assert milliseconds < 500


@pytest.mark.kernel
def test_two_labs_do_not_see_each_other() -> None:
    with (
        Lab(branch_office()) as one,
        Lab(branch_office()) as other,
        one["gatekeeper"].socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        here.bind((str(GATEKEEPER.ip), 1719))
        with other["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.sendto(b"GRQ", (str(GATEKEEPER.ip), 1719))
        with one["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.sendto(b"RRQ", (str(GATEKEEPER.ip), 1719))
        assert select.select([here], [], [], 2)[0]
        assert here.recv(100) == b"RRQ"


@pytest.mark.kernel
def test_trunk_carries_the_voice_vlan_tagged_and_the_data_vlan_bare() -> None:
    with Lab(branch_office(trunk=True)) as lab:
        recorder = Recorder(lab["line1"], ["near"])
        lab.on_close(recorder.close)
        assert ping(lab, "phone", GATEKEEPER.ip) is not None
        assert ping(lab, "phone", IPv4Address("10.10.0.1"), source=PHONE_DATA.ip) is not None
        frames = recorder.drain()
    tagged = [frame for frame in frames if frame.frame[12:14] == b"\x81\x00"]
    assert {int.from_bytes(frame.frame[14:16], "big") & 0xFFF for frame in tagged} == {VOICE}
    assert {frame.direction for frame in tagged} == {FrameDirection.SENT, FrameDirection.RECEIVED}
    # The echo request inside: IPv4 behind the tag, its destination 16 octets into the header.
    assert any(
        frame.frame[16:18] == b"\x08\x00" and frame.frame[34:38] == GATEKEEPER.ip.packed for frame in tagged
    )
    bare = [frame for frame in frames if frame.frame[12:14] == b"\x08\x00"]
    assert {frame.frame[26:30] for frame in bare} == {PHONE_DATA.ip.packed, IPv4Address("10.10.0.1").packed}


@pytest.mark.kernel
@pytest.mark.parametrize("trunk", [False, True])
def test_tcp_passes_with_checksums_that_a_receiver_accepts(trunk: bool) -> None:
    with (
        Lab(branch_office(trunk=trunk)) as lab,
        lab["gatekeeper"].socket(socket.AF_INET, socket.SOCK_STREAM) as listener,
        lab["phone"].socket(socket.AF_INET, socket.SOCK_STREAM) as phone,
    ):
        listener.bind((str(GATEKEEPER.ip), 1720))
        listener.listen()
        phone.connect_ex((str(GATEKEEPER.ip), 1720))
        assert select.select([listener], [], [], 2)[0]
        accepted, _ = listener.accept()
        with accepted:
            accepted.setblocking(True)
            accepted.sendall(bytes(20000))
            received = 0
            while received < 20000 and select.select([phone], [], [], 2)[0]:
                received += len(phone.recv(1 << 16))
        assert received == 20000


@pytest.mark.kernel
def test_every_address_of_a_local_network_answers() -> None:
    wide = IPv4Network("10.1.0.0/16")
    gateway = IPv4Interface("192.0.2.1/24")
    topology = LabTopology(
        (
            LabNode("crowd", routes=(LabRoute(wide, local=True),)),
            LabNode("server", routes=(LabRoute(wide, IPv4Address("192.0.2.1")),)),
        ),
        (LabLink(End("crowd", "eth0", (gateway,)), End("server", "eth0", (IPv4Interface("192.0.2.2/24"),))),),
    )
    with Lab(topology) as lab:
        assert ping(lab, "server", IPv4Address("10.1.200.7")) is not None


@pytest.mark.kernel
def test_a_refused_operation_is_named() -> None:
    namespace = Namespace("lonely")
    try:
        unreachable = add_route(IPv4Network("10.0.0.0/8"), IPv4Address("192.0.2.1"))
        with pytest.raises(NetlinkError, match=r"add route 10\.0\.0\.0/8"):
            namespace.netlink.perform([unreachable])
    finally:
        namespace.close()


@pytest.mark.kernel
def test_a_foreign_program_runs_inside() -> None:
    with Lab(branch_office()) as lab:
        child = lab["gatekeeper"].popen(["ip", "-4", "-brief", "address"], stdout=subprocess.PIPE)
        output, _ = child.communicate()
        assert str(GATEKEEPER).encode() in output


@pytest.mark.kernel
def test_a_missing_program_is_named() -> None:
    namespace = Namespace("lonely")
    try:
        with pytest.raises(LabUnavailable, match="no-such-daemon"):
            namespace.popen(["no-such-daemon"])
    finally:
        namespace.close()


@pytest.mark.kernel
def test_children_end_with_the_lab() -> None:
    with Lab(branch_office()) as lab:
        child = lab["phone"].popen(["sleep", "600"])
    assert child.returncode == -signal.SIGKILL


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.kernel
@pytest.mark.parametrize("user", ["own", "nobody"])
def test_kill_9_leaves_nothing(user: str) -> None:
    argv, environment = command([str(EXAMPLE)], nobody=user == "nobody")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as lab:
        assert lab.stdout is not None
        words = lab.stdout.readline().split()
        assert words, "the example printed nothing"
        milliseconds, child, namespace = float(words[0]), int(words[1]), words[2]
        assert milliseconds < 500
        assert _alive(child)
        lab.kill()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        os.sched_yield()
    assert not _alive(child)
    assert namespace not in _namespaces()


def _namespaces() -> set[str]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.add(str((process / "ns/net").readlink()))
        except OSError:
            continue
    return found


def test_a_link_to_nowhere_is_refused() -> None:
    with pytest.raises(TopologyError, match="there is no node b"):
        LabTopology((LabNode("a"),), (LabLink(End("a", "eth0"), End("b", "eth0")),))


def test_an_interface_described_twice_is_refused() -> None:
    links = (LabLink(End("a", "eth0"), End("b", "eth0")), LabLink(End("a", "eth0"), End("b", "eth1")))
    with pytest.raises(TopologyError, match="a:eth0 is described twice"):
        LabTopology((LabNode("a"), LabNode("b")), links)


def test_a_long_interface_name_is_refused() -> None:
    with pytest.raises(TopologyError, match="1 to 15"):
        LabTopology((LabNode("a"), LabNode("b")), (LabLink(End("a", "sixteen-letters-"), End("b", "eth0")),))


def test_a_vlan_outside_802_1q_is_refused() -> None:
    line = TrunkLink("t", (LabLink(End("a", "v"), End("b", "v"), vlan=4095),))
    with pytest.raises(TopologyError, match="VLAN 4095"):
        LabTopology((LabNode("a"), LabNode("b")), trunks=(line,))
