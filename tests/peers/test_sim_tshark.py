"""A foreign dissector reads what the simulated taps recorded and finds nothing wrong with it."""

import subprocess
from pathlib import Path
from random import Random

import pytest

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    CloseStream,
    Commands,
    ConfigureAddress,
    Event,
    Listen,
    OpenStream,
    SendDatagram,
    SendEcho,
    SendStream,
    SetVlan,
    StreamOpened,
)
from ringfence.drivers.sim.links import cable, lossy
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED
from support.networks import Puppet
from support.sim_branch import DHCP, GATEKEEPER, GIADDR, HANDSET, UPLINK, VOICE, at, network

pytestmark = pytest.mark.peers

_CHECKS = [
    option for protocol in ("ip", "udp", "tcp") for option in ("-o", f"{protocol}.check_checksum:TRUE")
]


def tshark(file: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["tshark", "-n", "-r", str(file), *_CHECKS, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def discover(mac: bytes) -> bytes:
    """A DHCPDISCOVER with nothing but its message type (RFC 2131 section 2)."""
    fixed = b"\x01\x01\x06\x00" + b"\x12\x34\x56\x78" + bytes(20) + mac.ljust(16, b"\0") + bytes(192)
    return fixed + bytes.fromhex("63825363 350101 ff") + bytes(60)


def boot(site: SimulatedNetwork) -> None:
    """A handset boots untagged, moves to its VLAN, is called, pings; a relay asks its server."""
    mac = site.topology.macs()["handset", "eth0"]
    client, signalling = at(UNSPECIFIED, 68), at(HANDSET, 1720)
    broadcast = SendDatagram(client, at(LIMITED_BROADCAST, 67), discover(mac))

    def on(event: Event) -> Commands:
        if not isinstance(event, AddressConfigured):
            return NOTHING
        pings = (SendEcho(HANDSET, there, 7, n) for n, there in enumerate((GIADDR, GATEKEEPER)))
        return (Listen(signalling), *pings)

    move = (SetVlan(20), broadcast, ConfigureAddress(HANDSET, VOICE, GIADDR))
    site.attach("handset", Puppet((Bind(client), broadcast, *move), on))
    relayed = SendDatagram(at(UPLINK, 67), at(DHCP, 67), discover(mac))
    site.attach("router", Puppet((Bind(at(UNSPECIFIED, 67)), relayed)))

    def talk(event: Event) -> Commands:
        if isinstance(event, StreamOpened):
            return (SendStream(1, bytes(100_000)), CloseStream(1))
        return NOTHING

    site.attach("gatekeeper", Puppet((OpenStream(1, GATEKEEPER, signalling, (61440, 61444)),), talk))


def recorded(site: SimulatedNetwork, tap: str, folder: Path) -> Path:
    path = folder / f"{tap}.pcap"
    with path.open("wb") as file:
        site.write_pcap(file, tap)
    return path


@pytest.mark.parametrize("tap", ["trunk", "inside", "outside"])
def test_nothing_is_malformed_and_every_checksum_is_right(tap: str, tmp_path: Path) -> None:
    site = network()
    boot(site)
    site.run(until=300.0)
    file = recorded(site, tap, tmp_path)
    bad = (
        "_ws.malformed || _ws.short || ip.checksum.status == 0 || udp.checksum.status == 0"
        " || tcp.checksum.status == 0 || icmp.checksum.status == 0 || tcp.analysis.flags"
    )
    assert tshark(file, "-Y", bad) == []
    assert len(tshark(file)) == len(site.frames(tap)) > 50


def test_it_sees_the_protocols_that_we_sent(tmp_path: Path) -> None:
    site = network()
    boot(site)
    site.run(until=300.0)
    trunk = recorded(site, "trunk", tmp_path)
    vlans = tshark(trunk, "-Y", "dhcp", "-T", "fields", "-e", "vlan.id", "-e", "dhcp.option.dhcp")
    assert vlans == ["\t1", "20\t1"]
    assert len(tshark(trunk, "-Y", "icmp.resp_to")) == 2  # each reply has its request
    handshake = tshark(trunk, "-Y", "tcp.flags.syn == 1", "-T", "fields", "-e", "tcp.flags.str")
    assert [flags.strip("·") for flags in handshake] == ["S", "A··S"]
    ends = tshark(trunk, "-Y", "tcp.completeness == 31", "-T", "fields", "-e", "tcp.stream")
    assert set(ends) == {"0"}  # SYN, SYN/ACK, ACK, data and FIN: a complete conversation
    outside = recorded(site, "outside", tmp_path)
    [relayed] = tshark(outside, "-Y", "dhcp", "-T", "fields", "-e", "ip.src", "-e", "udp.srcport")
    assert relayed == f"{UPLINK}\t67"


def test_it_recognises_our_retransmissions_as_such(tmp_path: Path) -> None:
    site = network()
    boot(site)
    site.set_link("handset", "eth0", lossy(cable, 0.05, Random(3)))
    site.run(until=600.0)
    file = recorded(site, "inside", tmp_path)
    assert tshark(file, "-Y", "tcp.analysis.retransmission || tcp.analysis.fast_retransmission")
    assert tshark(file, "-Y", "_ws.malformed || tcp.checksum.status == 0") == []
