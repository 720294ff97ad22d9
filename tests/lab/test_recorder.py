"""What the recorder shows is what was on the cable, all of it or a complaint."""

import select
import socket
from ipaddress import IPv4Interface

import pytest

from ringfence.lab.evidence import EvidenceIncomplete
from ringfence.lab.recorder import Recorder
from ringfence.lab.ring import FrameDirection
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabTopology
from support.lab.firewalls import udp

pytestmark = pytest.mark.kernel

LEFT, RIGHT = IPv4Interface("192.0.2.1/24"), IPv4Interface("192.0.2.2/24")
CABLE = LabTopology(
    (LabNode("left"), LabNode("right")),
    (LabLink(End("left", "eth0", (LEFT,), "02:00:00:00:00:01"), End("right", "eth0", (RIGHT,))),),
)


def test_frames_are_kept_in_order_with_their_direction() -> None:
    with Lab(CABLE) as lab:
        recorder = Recorder(lab["left"], ["eth0"])
        lab.on_close(recorder.close)
        left, right = udp(lab, "left", LEFT.ip, 68), udp(lab, "right", RIGHT.ip, 67)
        for number in range(1000):
            left.sendto(number.to_bytes(2, "big"), (str(RIGHT.ip), 67))
        right.sendto(b"answer", (str(LEFT.ip), 68))
        assert select.select(recorder.filenos(), [], [], 2)[0]
        frames = [frame for frame in recorder.drain(3600.0) if frame.frame[12:14] == b"\x08\x00"]
        assert [frame.frame[42:44] for frame in frames[:-1]] == [n.to_bytes(2, "big") for n in range(1000)]
        assert {frame.direction for frame in frames[:-1]} == {FrameDirection.SENT}
        assert frames[-1].direction is FrameDirection.RECEIVED
        assert frames[0].frame[6:12] == bytes.fromhex("020000000001")
        assert [frame.timestamp for frame in frames] == sorted(frame.timestamp for frame in frames)
        assert recorder.drain() == []


def test_checksums_are_finished_as_on_a_real_cable() -> None:
    with Lab(CABLE) as lab:
        recorder = Recorder(lab["right"], ["eth0"])
        lab.on_close(recorder.close)
        left, _ = udp(lab, "left", LEFT.ip, 68), udp(lab, "right", RIGHT.ip, 67)
        left.sendto(b"discover", (str(RIGHT.ip), 67))
        (packet,) = [frame.frame[14:] for frame in recorder.drain() if frame.frame[12:14] == b"\x08\x00"]
        # RFC 768: the pseudo header, then the datagram; the sum of all with its checksum is all ones.
        covered = packet[12:20] + bytes([0, 17]) + packet[24:26] + packet[20:]
        total = sum(int.from_bytes(covered[at : at + 2], "big") for at in range(0, len(covered), 2))
        assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


def test_a_full_ring_is_reported_and_its_content_kept() -> None:
    with Lab(CABLE) as lab:
        recorder = Recorder(lab["left"], ["eth0"], slots=32)
        lab.on_close(recorder.close)
        left, _ = udp(lab, "left", LEFT.ip, 68), udp(lab, "right", RIGHT.ip, 67)
        for _ in range(100):
            left.sendto(b"flood", (str(RIGHT.ip), 67))
        with pytest.raises(EvidenceIncomplete, match="frames on eth0"):
            recorder.drain()
        assert len(recorder.drain()) == 32


def test_a_host_without_an_address_reaches_and_hears_a_dhcp_server() -> None:
    bare = LabTopology(
        (LabNode("phone"), LabNode("server")),
        (LabLink(End("phone", "eth0"), End("server", "eth0", (RIGHT,))),),
    )
    with Lab(bare) as lab:
        phone = lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM)
        server = lab["server"].socket(socket.AF_INET, socket.SOCK_DGRAM)
        with phone, server:
            for opened, port in ((phone, 68), (server, 67)):
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
                opened.bind(("0.0.0.0", port))
            phone.sendto(b"DHCPDISCOVER", ("255.255.255.255", 67))
            assert select.select([server], [], [], 2)[0]
            assert server.recvfrom(100) == (b"DHCPDISCOVER", ("0.0.0.0", 68))
            server.sendto(b"DHCPOFFER", ("255.255.255.255", 68))
            assert select.select([phone], [], [], 2)[0]
            assert phone.recv(100) == b"DHCPOFFER"
