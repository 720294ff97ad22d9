"""Wireshark reads a signed RRQ: profile, sender, recipient and hash where it looks for them."""

import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig, registration_request
from ringfence.capture.pcap_write import write_pcap
from ringfence.model.address import transport
from ringfence.model.packet import Packet, Protocol
from ringfence.wire import ras
from ringfence.wire.frame import frame_of
from ringfence.wire.h235_tokens import baseline_key, sign, token_of

pytestmark = pytest.mark.peers

PHONE, GATEKEEPER = transport("10.2.0.21", 49300), transport("10.1.0.30", 1719)


def test_a_signed_rrq(tmp_path: Path) -> None:
    config = RasClientConfig(PHONE.ip, (GATEKEEPER,), "4711", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    rrq = registration_request(config, PHONE, 5, crypto_tokens=None, gatekeeper_identifier="ringfence")
    octets = sign(
        rrq, baseline_key("1234"), time_stamp=1_700_000_000, random=9, recipient="ringfence", sender="4711"
    )
    token = token_of(ras.decode(octets))
    assert token is not None
    assert isinstance(PHONE.ip, IPv4Address)
    assert isinstance(GATEKEEPER.ip, IPv4Address)
    packet = Packet(Protocol.UDP, PHONE.ip, PHONE.port, GATEKEEPER.ip, GATEKEEPER.port, payload=octets)
    path = tmp_path / "rrq.pcap"
    with path.open("wb") as file:
        write_pcap(file, [(0.0, frame_of(packet, source_mac=bytes(6), destination_mac=bytes(6)))])
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-V"], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    number, _ = token.token.hash
    for expected in (
        "tokenOID: 0.0.8.235.0.2.1",
        "tokenOID: 0.0.8.235.0.2.5",
        "algorithmOID: 0.0.8.235.0.2.6 (HMAC-SHA1-96)",
        "generalID: ringfence",
        "sendersID: 4711",
        f"hash: {number:024x} [bit length 96]",
    ):
        assert any(line.startswith(expected) for line in lines), expected
    assert not any("alformed" in line for line in lines)
