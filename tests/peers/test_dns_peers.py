"""DNS against software of others: dnsmasq answers our questions, tshark reads what we write."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ringfence.capture.pcap_write import write_pcap
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.dns import DnsMessage, Rcode, decode_dns, encode_dns
from ringfence.wire.frame import frame_of

pytestmark = pytest.mark.peers

PHONE, SERVER = IPv4Address("10.20.0.5"), IPv4Address("10.1.0.53")
ADDRESSES = (IPv4Address("10.1.0.30"), IPv4Address("10.1.0.31"))
_WITHIN = 10.0  # seconds, until dnsmasq listens and has answered


@contextmanager
def dnsmasq() -> Iterator[socket.socket]:
    """A socket that is connected to a dnsmasq that knows cm.example.net and an alias of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [
            "dnsmasq",
            "--no-daemon",
            "--conf-file=/dev/null",
            f"--port={port}",
            "--listen-address=127.0.0.1",
            "--bind-interfaces",
            "--no-hosts",
            "--no-resolv",
            "--local=/net/",
            *(f"--host-record=cm.example.net,{address}" for address in ADDRESSES),
            "--cname=call.example.net,cm.example.net",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(("127.0.0.1", port))
            asking.settimeout(0.1)
            yield asking
    finally:
        child.terminate()
        child.wait(10)


def asked(asking: socket.socket, name: str) -> DnsMessage:
    give_up, number = time.monotonic() + _WITHIN, 0
    while time.monotonic() < give_up:
        number = (number + 1) % 65536
        try:
            asking.send(encode_dns(DnsMessage(number, name)))
            answer = decode_dns(asking.recv(2048))
        except (TimeoutError, ConnectionRefusedError):
            continue
        if answer.id == number:
            return answer
    raise AssertionError("dnsmasq did not answer")


def test_dnsmasq_answers_our_questions() -> None:
    with dnsmasq() as asking:
        assert set(asked(asking, "cm.example.net").addresses) == set(ADDRESSES)
        assert set(asked(asking, "Call.Example.Net").addresses) == set(ADDRESSES)
        unknown = asked(asking, "gone.example.net")
        assert (unknown.rcode, unknown.addresses) == (Rcode.NAME_ERROR, ())


def test_tshark_reads_what_we_write(tmp_path: Path) -> None:
    question = DnsMessage(7, "cm.example.net")
    answer = DnsMessage(7, "cm.example.net", response=True, addresses=ADDRESSES)
    ends = ((PHONE, 40_000, SERVER, 53), (SERVER, 53, PHONE, 40_000))
    packets = [
        Packet(Protocol.UDP, source, sport, destination, dport, payload=encode_dns(message))
        for (source, sport, destination, dport), message in zip(ends, (question, answer), strict=True)
    ]
    path = tmp_path / "dns.pcap"
    frames = [frame_of(each, source_mac=bytes(6), destination_mac=bytes(6)) for each in packets]
    with path.open("wb") as file:
        write_pcap(file, ((float(number), frame) for number, frame in enumerate(frames)))
    fields = ("dns.id", "dns.qry.name", "dns.a", "_ws.malformed")
    shown = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-T", "fields", *shown],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows == [
        ["0x0007", "cm.example.net", "", ""],
        ["0x0007", "cm.example.net", ",".join(map(str, ADDRESSES)), ""],
    ]
