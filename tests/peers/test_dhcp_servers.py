"""What `ringfence dhcp` writes, in Kea, ISC dhcpd and dnsmasq: what a phone and a stranger get of it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import PHONE_46XX
from ringfence.actors.io import SetVlan, StageReached
from ringfence.dhcp_servers.document import DeviceNames
from ringfence.dhcp_servers.scopes import scopes_of
from ringfence.dhcp_servers.table import write_server
from ringfence.lab.topology import Lab
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.stage import Stage
from support.peers.dhcp_lab import Watcher, host, our_relay, play, program

pytestmark = [pytest.mark.peers, pytest.mark.kernel]

Kind: TypeAlias = Callable[[Path, Path], tuple[list[str], str]]
"""How to run a server with that text, its files in that folder; and what it prints when it serves."""

MAC = bytes.fromhex("001b4f1a2b3c")

# Where the lab of these tests is; quotes, commas and every sign that some configuration takes for its own.
SITE = """
site: lab
zones:
  phones: [10.20.0.0/24, 10.30.0.0/24]
  servers: [10.255.0.0/29, 10.1.0.0/24]
firewalls:
  edge: [10.20.0.1, 10.30.0.1, 10.255.0.1, 10.1.0.1]
servers:
  dhcp: {address: 10.255.0.2, lease: 600}
  files: {address: 10.1.0.20, directory: "DIRECTORY"}
  gatekeepers: [10.1.0.30, 10.1.0.31]
phones:
  branch: {data: 10.20.0.0/24, voice: {vlan: 30, network: 10.30.0.0/24}, signalling: gatekeeper}
"""
DIRECTORIES = ("phones/96x1", "a'b$c;d#e`f{g}h%i&j")


def site(directory: str) -> Site:
    return parse(SITE.replace("DIRECTORY", directory))


# A small office: the router serves both VLANs itself, to 46xx sets, which ask for option 176.
DIRECT = (
    SITE.replace("{address: 10.255.0.2, lease: 600}", "{address: 10.20.0.1, lease: 600, option: 176}")
    .replace('directory: "DIRECTORY"', "scheme: tftp, directory: phones")
    .replace("signalling: gatekeeper", "signalling: gatekeeper, family: 46xx")
)


def kea(folder: Path, text: Path) -> tuple[list[str], str]:
    # It keeps its leases where the package has them; a folder of its own stands there for this run.
    quiet = f"mount -t tmpfs none /var/lib && mkdir /var/lib/kea && exec kea-dhcp4 -d -c {text}"
    return ["unshare", "-m", "sh", "-c", quiet], "DHCP4_STARTED"


def isc(folder: Path, text: Path) -> tuple[list[str], str]:
    leases = folder / "leases"
    leases.touch()
    run = [
        "dhcpd",
        "-4",
        "-d",
        "-f",
        "-cf",
        str(text),
        "-lf",
        str(leases),
        "-pf",
        str(folder / "pid"),
    ]
    return run, "Server starting service"


def dnsmasq(folder: Path, text: Path) -> tuple[list[str], str]:
    run = ["dnsmasq", f"--conf-file={text}", "--no-daemon", "--log-dhcp", "--no-ping", "--user=root"]
    run += [f"--dhcp-leasefile={folder / 'leases'}", f"--pid-file={folder / 'pid'}", "--no-resolv"]
    return run, "DHCP, IP range 10.30"


async def start(lab: Lab, kind: Kind, folder: Path, told: Site, node: str = "server") -> None:
    text = folder / "text"
    text.write_text(write_server(kind.__name__, scopes_of(told), DeviceNames()).text, encoding="ascii")
    arguments, ready = kind(folder, text)
    places = {"KEA_PIDFILE_DIR": str(folder), "KEA_LOCKFILE_DIR": str(folder)}
    await program(lab, node, arguments, ready, places)


SERVERS = [kea, isc, dnsmasq]


@pytest.mark.parametrize("directory", DIRECTORIES)
@pytest.mark.parametrize("kind", SERVERS)
def test_a_phone_moves_and_is_told_every_character(tmp_path: Path, kind: Kind, directory: str) -> None:
    async def scenario(lab: Lab) -> None:
        told = site(directory)
        await start(lab, kind, tmp_path, told)
        host(lab, "router", our_relay(), Watcher(), "data")
        watcher = Watcher()
        phone = DhcpClient(ClientSettings(MAC, interface="eth0"), Random(3))
        host(lab, "phone", phone, watcher)
        await watcher.until_reached(Stage.VLAN_MOVE)
        moves = [each for each in watcher.commands if isinstance(each, StageReached | SetVlan)]
        assert [each.vlan if isinstance(each, SetVlan) else each.stage for each in moves] == [
            Stage.ADDRESS,
            Stage.RELEASE,
            30,
            Stage.VLAN_MOVE,
        ]
        lease = phone.settled
        assert lease is not None
        pool = scopes_of(told).scopes[1].pools[0]
        assert lease.address in pool
        assert str(lease.router) == "10.30.0.1"
        # Neither siaddr nor anything else adds to what the string says.
        assert {(each.name, each.value) for each in lease.phone.parameters} == {
            ("MCIPADD", "10.1.0.30,10.1.0.31"),
            ("MCPORT", "1719"),
            ("HTTPSRVR", "10.1.0.20"),
            ("HTTPPORT", "80"),
            ("HTTPDIR", directory),
        }

    play(scenario)


ASK = """#!/bin/sh
[ "$1" = bound ] && echo "bound $ip siaddr=$siaddr dns=$dns lease=$lease told=$opt242 end"
"""


@pytest.mark.parametrize("kind", SERVERS)
def test_only_the_vendor_class_is_told(tmp_path: Path, kind: Kind) -> None:
    script = tmp_path / "ask"
    script.write_text(ASK, encoding="ascii")
    script.chmod(0o755)
    once = ["udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", str(script), "-O", "242", "-V"]

    async def scenario(lab: Lab) -> None:
        await start(lab, kind, tmp_path, site(DIRECTORIES[0]))
        host(lab, "router", our_relay(), Watcher(), "data")
        phone = await program(lab, "phone", [*once, "ccp.avaya.com"], "bound")
        stranger = await program(lab, "phone", [*once, "MSFT 5.0"], "bound")
        told = "L2Q=1,L2QVLAN=30,VLANTEST=60".encode("ascii").hex()
        said = {line.partition(" siaddr")[2].lower() for line in phone.lines if "bound" in line}
        assert said == {f"= dns= lease=600 told={told} end"}
        said = {line.partition(" siaddr")[2] for line in stranger.lines if "bound" in line}
        assert said == {"= dns= lease=600 told= end"}

    play(scenario)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_46xx_set_is_told_by_a_server_in_its_own_vlans(tmp_path: Path, kind: Kind) -> None:
    async def scenario(lab: Lab) -> None:
        await start(lab, kind, tmp_path, parse(DIRECT), "router")
        watcher = Watcher()
        phone = DhcpClient(ClientSettings(MAC, PHONE_46XX, interface="eth0"), Random(3))
        host(lab, "phone", phone, watcher)
        await watcher.until_reached(Stage.VLAN_MOVE)
        lease = phone.settled
        assert lease is not None
        assert str(lease.router) == "10.30.0.1"
        assert lease.phone.gatekeepers == ("10.1.0.30", "10.1.0.31")
        assert (lease.phone.tftp.servers, lease.phone.tftp.directory) == (("10.1.0.20",), "phones")
        assert lease.phone.http.servers == lease.phone.tls.servers == ()

    play(scenario)
