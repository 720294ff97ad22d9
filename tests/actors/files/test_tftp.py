"""TFTP client and server against each other, with packets lost, repeated and from strangers."""

from collections import deque
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.files.client import FileClient
from ringfence.actors.files.config import FileClientConfig, FileSource
from ringfence.actors.files.tftp_server import TftpServer
from ringfence.actors.files.tftp_transfer import TftpEnd, TftpTransfer
from ringfence.actors.io import Commands, DatagramReceived, SendDatagram, StageReached, Started, TimeUp
from ringfence.model.address import TransportAddress, transport
from ringfence.model.site import Scheme
from ringfence.wire.tftp import TftpOpcode, TftpPacket, encode_tftp

PHONE, SERVER = transport("10.20.0.50", 33000), transport("10.1.0.20", 69)


def sent(commands: Commands) -> list[SendDatagram]:
    return [each for each in commands if isinstance(each, SendDatagram)]


def received(datagram: SendDatagram) -> DatagramReceived:
    return DatagramReceived(datagram.source, datagram.destination, datagram.data)


def transferred(content: bytes, lost: frozenset[int]) -> TftpTransfer:
    """A transfer in which the packets of these numbers, counted over both ways, are lost."""
    server = TftpServer({"a.scr": content}, SERVER)
    client = TftpTransfer(PHONE, SERVER, "a.scr", 100_000)
    now, numbers = 0.0, count()
    server.handle(Started(), now)
    wire = deque(sent(client.start(now)))
    while client.end is None and now < 100.0:
        while wire:
            datagram = wire.popleft()
            if next(numbers) in lost:
                continue
            to_server = datagram.destination.ip == SERVER.ip
            event = received(datagram)
            answer = server.handle(event, now) if to_server else client.take(event, now)
            wire.extend(sent(answer))
        if client.end is None:
            now = min(client.again, server.deadline or client.again)
            if now >= client.again:
                wire.extend(sent(client.repeat(now)))
            wire.extend(sent(server.handle(TimeUp(), now)))
    return client


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 5000])
def test_a_file_of_any_size_arrives_whole(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    done = transferred(content, frozenset())
    assert (done.end, bytes(done.body)) == (TftpEnd.WHOLE, content)


@given(st.sets(st.integers(0, 40), max_size=3))
def test_lost_packets_are_sent_again(lost: set[int]) -> None:
    content = bytes(number % 251 for number in range(2000))
    done = transferred(content, frozenset(lost))
    assert (done.end, bytes(done.body)) == (TftpEnd.WHOLE, content)


def test_a_file_that_is_not_there_is_an_answer() -> None:
    client = TftpTransfer(PHONE, SERVER, "b.scr", 1000)
    server = TftpServer({"a.scr": b""}, SERVER)
    (request,) = sent(client.start(0.0))
    (answer,) = sent(server.handle(received(request), 0.0))
    client.take(received(answer), 0.0)
    assert client.end is TftpEnd.MISSING


def test_blocks_from_another_port_than_the_first_are_no_part_of_the_transfer() -> None:
    client = TftpTransfer(PHONE, SERVER, "a.scr", 1000)
    client.start(0.0)

    def block(source: TransportAddress, number: int, data: bytes) -> Commands:
        packet = encode_tftp(TftpPacket(TftpOpcode.DATA, number, data))
        return client.take(DatagramReceived(source, PHONE, packet), 0.0)

    assert sent(block(transport("10.1.0.20", 40001), 1, bytes(512)))
    assert not sent(block(transport("10.1.0.20", 40002), 2, b"x"))
    assert not sent(block(transport("10.1.0.99", 40001), 2, b"x"))
    assert client.end is None


def test_a_server_writes_nothing_and_answers_nobody_twice() -> None:
    server = TftpServer({"a.scr": b"x" * 600}, SERVER)
    write = encode_tftp(TftpPacket(TftpOpcode.WRQ, 0, b"a.scr"))
    (refused,) = sent(server.handle(DatagramReceived(PHONE, SERVER, write), 0.0))
    assert refused.data.startswith(b"\0\x05\0\x04")
    assert not server.handle(DatagramReceived(PHONE, SERVER, b"\xff" * 40), 0.0)
    for number in range(1000):
        ask = encode_tftp(TftpPacket(TftpOpcode.RRQ, 0, b"a.scr"))
        server.handle(DatagramReceived(transport("10.20.0.50", 1024 + number), SERVER, ask), 0.0)
    given_up = 0.0
    while server.deadline is not None and given_up < 60.0:
        given_up = server.deadline
        server.handle(TimeUp(), given_up)
    assert server.deadline is None


def test_a_handset_reads_its_files_by_tftp() -> None:
    files = {"46xxupgrade.scr": b"GET 46xxsettings.txt\n", "46xxsettings.txt": b'SET SIG "1"\n'}
    server = TftpServer(files, SERVER)
    config = FileClientConfig(PHONE.ip, (FileSource(SERVER, Scheme.TFTP),), "46xx", {})
    client = FileClient(config, count(1))
    reached: list[StageReached] = []
    wire = deque(sent(client.handle(Started(), 0.0)))
    while wire:
        datagram = wire.popleft()
        machine = server if datagram.destination.ip == SERVER.ip else client
        commands = machine.handle(received(datagram), 0.0)
        reached += [each for each in commands if isinstance(each, StageReached)]
        wire.extend(sent(commands))
    assert client.succeeded
    assert client.settings["SIG"] == "1"
    assert len(reached) == 1


def test_a_silent_server_is_asked_again_and_given_up() -> None:
    config = FileClientConfig(PHONE.ip, (FileSource(SERVER, Scheme.TFTP),), "46xx", {})
    client = FileClient(config, count(1))
    client.handle(Started(), 0.0)
    asked = 1
    while client.succeeded is None and client.deadline is not None and client.deadline < 1000:
        asked += len(sent(client.handle(TimeUp(), client.deadline)))
    assert client.succeeded is False
    assert asked > config.rounds
