"""Our DHCP machines against programs that others wrote, in namespaces and real time."""

from collections.abc import Callable, Coroutine
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.server import DhcpServer
from ringfence.actors.io import Keep, SendDatagram, SetVlan, StageFailed, StageReached
from ringfence.lab.topology import Lab
from ringfence.model.stage import Stage
from support.actors.dhcp_answers import in_words
from support.peers.dhcp_lab import (
    SERVER,
    TO_VOICE,
    Hurried,
    Watcher,
    dhcrelay,
    dnsmasq,
    host,
    kea,
    our_relay,
    our_server,
    play,
    program,
)

pytestmark = [pytest.mark.peers, pytest.mark.kernel]

MAC = bytes.fromhex("001b4f1a2b3c")
LEASE = 120  # seconds; dnsmasq gives no shorter one
HURRY = 40.0  # so T1 comes after 1.5 s
T1 = 2  # where dhclient must renew

Server: TypeAlias = Callable[[Lab, Path], Coroutine[Any, Any, object]]
Relay: TypeAlias = Callable[[Lab], Coroutine[Any, Any, object]]


async def kea_server(lab: Lab, folder: Path) -> object:
    return await kea(lab, folder, LEASE)


async def dnsmasq_server(lab: Lab, folder: Path) -> object:
    return await dnsmasq(lab, folder, LEASE)


async def relay_of_ours(lab: Lab) -> object:
    return host(lab, "router", our_relay(), Watcher(), "data")


@pytest.mark.parametrize("relay", [dhcrelay, relay_of_ours], ids=["dhcrelay", "our-relay"])
@pytest.mark.parametrize("server", [kea_server, dnsmasq_server], ids=["kea", "dnsmasq"])
def test_our_phone_boots_moves_and_renews(tmp_path: Path, server: Server, relay: Relay) -> None:
    async def scenario(lab: Lab) -> None:
        await server(lab, tmp_path)
        await relay(lab)
        watcher = Watcher()
        phone = DhcpClient(ClientSettings(MAC, interface="eth0"), Random(3))
        host(lab, "phone", Hurried(phone, HURRY), watcher)
        await watcher.until_reached(Stage.RENEW)
        opinions = (StageReached, StageFailed, SetVlan)
        assert [in_words(each) for each in watcher.commands if isinstance(each, opinions)] == [
            "reached address",
            "reached release",
            SetVlan(30),
            "reached vlan-move",
            "reached renew",
        ]
        lease = phone.settled
        assert lease is not None
        assert lease.address in {IPv4Address(f"10.30.0.{last}") for last in range(50, 61)}
        assert (lease.router, lease.server_id) == (IPv4Address("10.30.0.1"), SERVER)
        assert lease.phone.gatekeepers == ("10.1.0.30",)
        renewals = [each for each in watcher.commands if isinstance(each, SendDatagram)]
        assert in_words(renewals[-1]) == f"REQUEST {lease.address}:68 > {SERVER}:67"

    play(scenario)


SCRIPT = """#!/bin/sh
case $reason in
BOUND|RENEW|REBIND|REBOOT)
    ip address replace $new_ip_address/24 dev $interface
    ip route replace default via $new_routers ;;
esac
"""


@pytest.mark.parametrize("relay", [dhcrelay, relay_of_ours], ids=["dhcrelay", "our-relay"])
def test_dhclient_gets_and_renews_a_lease_of_our_server(tmp_path: Path, relay: Relay) -> None:
    script = tmp_path / "script"
    script.write_text(SCRIPT, encoding="ascii")
    script.chmod(0o755)
    configuration = tmp_path / "dhclient.conf"
    configuration.write_text(
        "option phone code 242 = text;\nrequest subnet-mask, routers, phone;\n", encoding="ascii"
    )
    leases = tmp_path / "leases"
    arguments = ["dhclient", "-4", "-d", "-sf", str(script), "-cf", str(configuration), "-lf", str(leases)]
    arguments += ["-pf", str(tmp_path / "pid"), "eth0"]

    async def scenario(lab: Lab) -> None:
        watcher = Watcher()
        server: DhcpServer = our_server(LEASE, T1)
        host(lab, "server", server, watcher)
        await relay(lab)
        client = await program(lab, "phone", arguments, "bound to 10.20.0.50")
        before = len(watcher.commands)
        await client.until_line("DHCPREQUEST for 10.20.0.50 on eth0 to 10.255.0.2 port 67")
        await watcher.until_count(before + 2)
        kept, ack = watcher.commands[before : before + 2]
        assert isinstance(kept, Keep)
        assert in_words(ack) == f"ACK {SERVER}:67 > 10.20.0.50:68"
        assert TO_VOICE in leases.read_text(encoding="utf-8")
        assert [str(each.address) for each in server.leases] == ["10.20.0.50"]

    play(scenario)


@pytest.mark.parametrize("relay", [dhcrelay, relay_of_ours], ids=["dhcrelay", "our-relay"])
def test_udhcpc_without_an_address_is_reached_by_its_hardware_address(relay: Relay) -> None:
    """udhcpc leaves the BROADCAST flag clear and listens on a raw socket."""

    async def scenario(lab: Lab) -> None:
        watcher = Watcher()
        host(lab, "server", our_server(LEASE, T1), watcher)
        await relay(lab)
        arguments = ["udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true"]
        await program(lab, "phone", arguments, "lease of 10.20.0.50 obtained from 10.255.0.2")

    play(scenario)
