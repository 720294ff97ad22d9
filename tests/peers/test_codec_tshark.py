"""Wireshark reads what we send: RAS, call signalling and tunnelled H.245, with nothing malformed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from ringfence.capture.pcap_write import write_pcap
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire import call_signalling, per, ras, tpkt
from ringfence.wire.call_signalling import signal
from ringfence.wire.frame import frame_of
from ringfence.wire.h225 import H323messagebody, RasMessage
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per.notation import Size
from support.peers.pycrate_oracle import Values, alternatives

pytestmark = pytest.mark.peers

PHONE, GATEKEEPER = IPv4Address("10.1.1.7"), IPv4Address("10.9.0.5")


class Plain(Values):
    """Without integers of five octets, which Wireshark 4.0 does not read.

    It looks into some octet strings for what they ought to hold: zeros are a message there.
    """

    def of(self, annotation: Any, depth: int = 0) -> Any:
        value = super().of(annotation, depth)
        return value % 2**31 if annotation is int else value

    def _octets(self, size: Size) -> bytes:
        return bytes(60 if size.last is None else size.first)


def readable(values: Iterable[Any]) -> list[Any]:
    """Wireshark 4.0 does not dissect SIGNED{}; and zeros are no H.245 message."""
    hidden = ("toBeSigned", "parallelH245Control", "h245Control=", "fastStart=")
    return [value for value in values if not any(word in repr(value) for word in hidden)]


def complaints(path: Path, packets: Iterable[tuple[Packet, int]], expected: str) -> list[str]:
    frames = (
        (float(index), frame_of(packet, source_mac=bytes(6), destination_mac=bytes(6), sequence=sequence))
        for index, (packet, sequence) in enumerate(packets)
    )
    with path.open("wb") as file:
        write_pcap(file, frames)
    fields = ["frame.protocols", "_ws.col.Info", "_ws.expert.message"]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-o", "tcp.analyze_sequence_numbers:false"]
    command += [word for field in fields for word in ("-e", field)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = done.stdout.splitlines()
    assert lines
    return [line for line in lines if expected not in line or "alformed" in line or "error" in line.lower()]


def datagram(payload: bytes) -> tuple[Packet, int]:
    return Packet(Protocol.UDP, PHONE, 49300, GATEKEEPER, 1719, payload=payload), 0


def segments(messages: Iterable[bytes]) -> Iterable[tuple[Packet, int]]:
    sequence = 1
    for message in messages:
        payload = tpkt.frame(message)
        flags = TcpFlags.ACK | TcpFlags.PSH
        yield Packet(Protocol.TCP, PHONE, 50000, GATEKEEPER, 1720, flags, payload), sequence
        sequence += len(payload)


def test_ras(tmp_path: Path) -> None:
    kinds: list[Any] = [kind for _, kind in alternatives(RasMessage)[0] if isinstance(kind, type)]
    messages = readable(Plain(seed, optional=0.3, deepest=5).of(kind) for kind in kinds for seed in range(3))
    assert complaints(tmp_path / "ras.pcap", map(datagram, map(ras.encode, messages)), "h225") == []


def test_call_signalling(tmp_path: Path) -> None:
    bodies = readable(
        (name, Plain(seed, optional=0.3, deepest=5).of(kind))
        for name, kind in alternatives(H323messagebody)[0]
        for seed in range(3)
    )
    octets = [call_signalling.encode(signal(7, body)) for body in bodies]
    assert complaints(tmp_path / "call.pcap", segments(octets), "h225") == []


def test_tunnelled_h245(tmp_path: Path) -> None:
    octets = []
    for seed in range(40):
        value = Plain(seed, optional=0.3, deepest=4).of(MultimediaSystemControlMessage)
        message = signal(7, ("empty", True), h245Tunneling=True)
        information = message.user_information
        assert information is not None
        control = [per.encode(MultimediaSystemControlMessage, value)]
        pdu = type(information.h323_uu_pdu)(
            h323_message_body=("empty", True), h245Tunneling=True, h245Control=control
        )
        octets.append(
            call_signalling.encode(message._replace(user_information=type(information)(h323_uu_pdu=pdu)))
        )
    assert complaints(tmp_path / "control.pcap", segments(octets), "h245") == []
