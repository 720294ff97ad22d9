"""A phone's two networks, a router and a server in namespaces, and foreign DHCP programs inside them."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.relay import DhcpRelay, Downstream, RelaySettings
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.io import Command, Commands, Event, Machine, StageReached
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.aio.host import Host
from ringfence.lab.phone_line import PhoneLine
from ringfence.lab.privilege import acquire
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.lab.wiring import PhonePort
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import ROUTERS, SITE_242

SERVER = IPv4Address("10.255.0.2")
UPLINK = IPv4Address("10.255.0.1")
TO_VOICE = "MCIPADD=10.1.0.30,L2Q=1,L2QVLAN=30"
PATIENCE = 20.0  # seconds that any of these programs may take
NETWORKS = {"data": 20, "voice": 30}  # 10.<n>.0.0/24, router .1, pool from .50

_DOWNSTREAMS = tuple(Downstream(name, IPv4Address(f"10.{n}.0.1")) for name, n in NETWORKS.items())


def topology() -> LabTopology:
    """phone -- switch (bridges data and voice) == router -- server."""
    phone = End("phone", "eth0", mac="00:1b:4f:1a:2b:3c")
    links = [
        LabLink(phone, End("switch", "port", bridge="data")),
        LabLink(
            End("router", "uplink", (IPv4Interface(f"{UPLINK}/30"),)),
            End("server", "eth0", (IPv4Interface(f"{SERVER}/30"),)),
        ),
    ]
    for name, n in NETWORKS.items():
        router = End("router", name, (IPv4Interface(f"10.{n}.0.1/24"),))
        links.append(LabLink(router, End("switch", f"up-{name}", bridge=name)))
    nodes = (
        LabNode("phone"),
        LabNode("switch", bridges=tuple(NETWORKS)),
        LabNode("router", forwarding=True),
        LabNode("server", routes=(LabRoute(IPv4Network("0.0.0.0/0"), UPLINK),)),
    )
    return LabTopology(nodes, tuple(links))


class Hurried:
    """A machine whose seconds are short, so that its timers come soon in a real network."""

    def __init__(self, machine: Machine, factor: float) -> None:
        self._machine = machine
        self._factor = factor

    @property
    def deadline(self) -> float | None:
        due = self._machine.deadline
        return None if due is None else due / self._factor

    def handle(self, event: Event, now: float) -> Commands:
        then, due = now * self._factor, self._machine.deadline
        if due is not None and now >= due / self._factor:
            then = max(then, due)  # the last bit may be lost, and an early TimeUp means nothing
        return self._machine.handle(event, then)


def play(scenario: Callable[[Lab], Coroutine[Any, Any, None]]) -> None:
    """Build the lab, run the scenario in it, take everything down again."""

    async def main() -> None:
        with Lab(topology()) as lab:
            await scenario(lab)

    acquire()
    asyncio.run(main())


class Watcher:
    """Keeps what machines did and lines that programs print; `until` waits for something among them."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.lines: list[str] = []
        self._changed = asyncio.Event()
        self._transports: list[asyncio.BaseTransport] = []
        self._readers: list[asyncio.Task[None]] = []

    def saw(self, entry: JournalEntry) -> None:
        self.commands += entry.commands
        self._changed.set()

    async def follow(self, child: subprocess.Popen[bytes]) -> None:
        """Read the program's standard output to its end, so that it never blocks."""
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), child.stdout
        )
        self._transports.append(transport)
        self._readers.append(asyncio.ensure_future(self._read(stream)))

    def close(self) -> None:
        for transport in self._transports:
            transport.close()
        for reader in self._readers:
            reader.cancel()

    async def until_line(self, part: str) -> None:
        await self._until(lambda: any(part in line for line in self.lines), part)

    async def until_reached(self, stage: Stage) -> None:
        await self._until(lambda: any(_reached(each, stage) for each in self.commands), stage)

    async def until_count(self, count: int) -> None:
        """Until there are that many commands."""
        await self._until(lambda: len(self.commands) >= count, f"{count} commands")

    async def _until(self, true: Callable[[], bool], what: object) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            story = "\n".join([*self.lines[-40:], *(str(each)[:200] for each in self.commands[-40:])])
            raise AssertionError(f"{what!r} did not come; so far:\n{story}") from None

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.lines.append(line.decode(errors="replace").rstrip())
            self._changed.set()


def _reached(command: Command, stage: Stage) -> bool:
    return isinstance(command, StageReached) and command.stage is stage


async def program(
    lab: Lab,
    node: str,
    arguments: Sequence[str],
    ready: str,
    environment: Mapping[str, str] | None = None,
) -> Watcher:
    """Start it on a node and wait until it has printed `ready`."""
    child = lab[node].popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        environment={**os.environ, **(environment or {})},
    )
    watcher = Watcher()
    lab.on_close(watcher.close)
    await watcher.follow(child)
    await watcher.until_line(ready)
    return watcher


def host(lab: Lab, node: str, machine: Machine, watcher: Watcher, interface: str = "eth0") -> Host:
    """Run a machine on a node until the lab closes; the phone may change VLAN."""
    port = PhonePort("switch", "port", {0: "data", 30: "voice"}) if node == "phone" else None
    running = Host(
        machine,
        name=node,
        sockets=lab[node].socket,
        network=PhoneLine(lab, (node, interface), port),
        interface=interface,
        observer=watcher.saw,
    )
    lab.on_close(running.close)
    running.start()
    return running


def our_relay() -> DhcpRelay:
    return DhcpRelay(RelaySettings(_DOWNSTREAMS, (SERVER,), UPLINK))


def our_server(lease_seconds: int, renew_seconds: int) -> DhcpServer:
    scopes = [
        Scope(
            name,
            IPv4Network(f"10.{n}.0.0/24"),
            (Pool(IPv4Address(f"10.{n}.0.50"), IPv4Address(f"10.{n}.0.60")),),
            lease_seconds=lease_seconds,
            renew_seconds=renew_seconds,
            options=(ROUTERS((IPv4Address(f"10.{n}.0.1"),)), SITE_242(TO_VOICE)),
        )
        for name, n in NETWORKS.items()
    ]
    return DhcpServer(ServerSettings(SERVER, tuple(scopes)))


async def dhcrelay(lab: Lab) -> Watcher:
    down = [word for name in NETWORKS for word in ("-id", name)]
    arguments = ["dhcrelay", "-4", "-d", "--no-pid", *down, "-iu", "uplink", str(SERVER)]
    return await program(lab, "router", arguments, "Socket/fallback")


async def kea(lab: Lab, folder: Path, lease_seconds: int) -> Watcher:
    subnets = [
        {
            "subnet": f"10.{n}.0.0/24",
            "id": n,
            "pools": [{"pool": f"10.{n}.0.50-10.{n}.0.60"}],
            "option-data": [
                {"name": "routers", "data": f"10.{n}.0.1"},
                {"name": "phone", "data": TO_VOICE.replace(",", "\\,")},
            ],
        }
        for n in NETWORKS.values()
    ]
    configuration = {
        "Dhcp4": {
            "interfaces-config": {"interfaces": ["eth0"], "dhcp-socket-type": "udp"},
            "lease-database": {"type": "memfile", "persist": False},
            "option-def": [{"name": "phone", "code": 242, "type": "string"}],
            "valid-lifetime": lease_seconds,
            "calculate-tee-times": True,
            "subnet4": subnets,
            "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
        }
    }
    file = folder / "kea.json"
    file.write_text(json.dumps(configuration), encoding="utf-8")
    environment = {"KEA_PIDFILE_DIR": str(folder), "KEA_LOCKFILE_DIR": str(folder)}
    return await program(lab, "server", ["kea-dhcp4", "-c", str(file)], "DHCP4_STARTED", environment)


async def dnsmasq(lab: Lab, folder: Path, lease_seconds: int) -> Watcher:
    lines = ["port=0", "no-ping", "log-dhcp", "log-facility=-", "user=root", "dhcp-authoritative"]
    lines += [f"dhcp-leasefile={folder / 'leases'}", f"pid-file={folder / 'pid'}"]
    for name, n in NETWORKS.items():
        lines += [
            f"dhcp-range=set:{name},10.{n}.0.50,10.{n}.0.60,255.255.255.0,{lease_seconds}s",
            f"dhcp-option=tag:{name},option:router,10.{n}.0.1",
            f'dhcp-option=tag:{name},242,"{TO_VOICE}"',
        ]
    # In a file, not as arguments: there the quotes would become part of the value.
    file = folder / "dnsmasq.conf"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    arguments = ["dnsmasq", f"--conf-file={file}", "--no-daemon"]
    return await program(lab, "server", arguments, "DHCP, IP range 10.30")
