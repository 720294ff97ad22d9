"""The kernel itself runs the filter: a socket pair of any user takes one."""

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.capture.kernel_filter import kernel_filter
from ringfence.drivers.aio.linux import attach_filter
from ringfence.model.ports import Ports
from support.captures.capture_files import tagged

LINK = bytes(12)
TAG = (0x8100, 100)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        attach_filter(receiver, kernel_filter(Ports()))
        sender.setblocking(False)
        receiver.setblocking(False)
        yield sender, receiver


def passes(pair: tuple[socket.socket, socket.socket], frame: bytes) -> bool:
    sender, receiver = pair
    try:
        sender.send(frame)
    except PermissionError:  # how a refusing filter answers on this kind of socket
        return False
    try:
        return receiver.recv(4096) == frame
    except BlockingIOError:
        return False


def ipv4(protocol: int, source: int, destination: int, *, place: int = 0, options: int = 0) -> bytes:
    header = struct.pack("!BBHHHBBH8s", 0x45 + options, 0, 60, 1, place, 64, protocol, 0, bytes(8))
    rest = bytes(4 * options) + struct.pack("!HH", source, destination) + bytes(20)
    return LINK + b"\x08\x00" + header + rest


def ipv6(protocol: int, source: int, destination: int) -> bytes:
    header = struct.pack("!IHBB32s", 6 << 28, 24, protocol, 64, bytes(32))
    return LINK + b"\x86\xdd" + header + struct.pack("!HH", source, destination) + bytes(20)


KEPT = [
    LINK + b"\x08\x06" + bytes(28),
    ipv4(17, 49300, 1719),
    ipv4(17, 1718, 49300, options=3),
    ipv4(17, 68, 67),
    ipv4(6, 61440, 1720),
    ipv4(6, 80, 40000, options=10),
    ipv4(6, 40000, 1300),
    ipv4(1, 0x0301, 0),
    ipv4(17, 5000, 5002, place=0x2000),
    ipv4(17, 5000, 5002, place=0x00B9),
    ipv6(17, 49300, 1719),
    ipv6(6, 1720, 61440),
    ipv6(58, 0x8000, 0),
    ipv6(44, 0, 0),
    ipv4(47, 1719, 1719),
    ipv6(47, 1719, 1719),
    ipv4(17, 5000, 4789),
    *(ipv4(17, *ends) for ends in ((5000, 37008), (1701, 1701), (5247, 5000), (5000, 6081), (5000, 8472))),
    *(ipv4(protocol, 1, 1) for protocol in (4, 41, 50, 97, 115, 137)),
    *(ipv6(protocol, 1, 1) for protocol in (4, 41, 50, 97, 115, 137)),
    ipv4(17, 5000, 2719)[:-20] + bytes(8) + bytes.fromhex("060008914a00") + bytes(10),
    ipv4(17, 5000, 2719, options=2)[:-20] + bytes(8) + bytes.fromhex("060008914a00") + bytes(10),
    ipv6(17, 5000, 2719)[:-20] + bytes(8) + bytes.fromhex("060008914a00") + bytes(10),
    LINK + b"\x88\x64" + bytes(28),
    LINK + b"\x88\x47" + bytes(28),
    LINK + b"\x00\x40" + bytes(28),
    LINK + b"\x88\xe5" + bytes(28),
    LINK + b"\x12\x34" + bytes(28),
]
LEFT = [
    ipv4(17, 5000, 5002),
    ipv4(17, 80, 1720),  # ports of TCP
    ipv4(6, 1719, 40000),  # a port of UDP
    ipv4(6, 40000, 22, place=0x4000),
    ipv4(89, 1719, 1719),
    ipv6(17, 5000, 5002),
    ipv6(6, 22, 40000),
]


@pytest.mark.parametrize("tags", range(5))
@pytest.mark.parametrize("frame", KEPT)
def test_what_concerns_registrations_passes_under_any_tags(
    pair: tuple[socket.socket, socket.socket], frame: bytes, tags: int
) -> None:
    assert passes(pair, tagged(frame, *[TAG] * tags))


@pytest.mark.parametrize("tags", range(5))
@pytest.mark.parametrize("frame", LEFT)
def test_the_rest_stays_in_the_kernel(
    pair: tuple[socket.socket, socket.socket], frame: bytes, tags: int
) -> None:
    assert not passes(pair, tagged(frame, *[TAG] * tags))


@given(source=st.integers(0, 65535), destination=st.integers(0, 65535), udp=st.booleans())
def test_every_port_is_told(
    pair: tuple[socket.socket, socket.socket], source: int, destination: int, udp: bool
) -> None:
    ports = Ports()
    tunnels = {4789, 8472, 6081, 1701, 4500, 5247, 37008}
    wanted = {*ports.ras, 67, 68, *tunnels} if udp else ports.streams
    frame = ipv4(17 if udp else 6, source, destination)
    assert passes(pair, frame) == bool({source, destination} & wanted)
