"""A whole handset at one site, in virtual time, and its journal.

handset - switch (data VLAN untagged, voice VLAN 20 tagged) - router with relay - a server that is everything
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random
from typing import Any

from ringfence.actors.colocated import Colocated
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.relay import DhcpRelay, Downstream, RelaySettings
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import (
    Machine,
    Noted,
    StageReached,
)
from ringfence.actors.journal import JournalEntry
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import TransportAddress
from ringfence.model.site import CallControl
from ringfence.model.stage import Stage
from ringfence.model.topology import Interface, Node, Route, Segment, Topology
from ringfence.wire.dhcp_options import ROUTERS, SITE_242

SERVER = IPv4Address("10.30.0.10")
SPARE = IPv4Address("10.30.0.20")  # a second server, which runs nothing until it is told to
DATA, VOICE = IPv4Network("10.10.0.0/24"), IPv4Network("10.20.0.0/24")
MAC = bytes.fromhex("020000000001")
OPTION = f"MCIPADD={SERVER},MCPORT=1719,HTTPSRVR={SERVER},L2Q=1,L2QVLAN=20,VLANTEST=60"
FILES = {
    "96x1Hupgrade.txt": b"GET 46xxsettings.scr\nGET 46xxsettings.txt\n",
    "46xxsettings.txt": b"SET L2QAUD 6\n",
}
EVERY_STAGE = [
    Stage.ADDRESS,
    Stage.RELEASE,
    Stage.VLAN_MOVE,
    Stage.PROVISION,
    Stage.DISCOVER,
    Stage.REGISTER,
]


def topology() -> Topology:
    router = Node(
        "router",
        (
            Interface("data", "data", (IPv4Interface("10.10.0.1/24"),)),
            Interface("voice", "voice", (IPv4Interface("10.20.0.1/24"),)),
            Interface("uplink", "servers", (IPv4Interface("10.30.0.1/24"),)),
        ),
        forwards=True,
    )
    route = Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.30.0.1"))
    server = Node("server", (Interface("eth0", "servers", (IPv4Interface(f"{SERVER}/24"),)),), (route,))
    handset = Node("handset", (Interface("eth0", "data", mac=MAC.hex(":"), trunk=("voice",)),))
    spare = Node("spare", (Interface("eth0", "servers", (IPv4Interface(f"{SPARE}/24"),)),), (route,))
    segments = Segment("data"), Segment("voice", 20), Segment("servers")
    return Topology(segments, (handset, router, server, spare))


def scope(name: str, network: IPv4Network, option: str, routers: tuple[IPv4Address, ...] = ()) -> Scope:
    base = network.network_address
    options = (ROUTERS(routers or (base + 1,)), SITE_242(option))
    return Scope(name, network, (Pool(base + 50, base + 99),), lease_seconds=3600, options=options)


class Boot:
    """One site and its handset; `entries` is the handset's journal."""

    def __init__(
        self,
        control: CallControl = CallControl.GATEKEEPER,
        option: str = OPTION,
        family: str = "96x1",
        files: dict[str, bytes] | None = None,
        without: tuple[type[Machine], ...] = (),
        routers: tuple[IPv4Address, ...] = (),
        unnamed: bool = False,
        **details: Any,
    ) -> None:
        self.entries: list[JournalEntry] = []
        self.network = SimulatedNetwork(topology(), observer=self._see)
        self.signalling = SignallingConfig(control)
        scopes = (scope("data", DATA, option), scope("voice", VOICE, option, routers))
        self.gatekeeper_config = GatekeeperConfig(
            SERVER, {"2001": "1234"}, signalling=self.signalling, unnamed=unnamed
        )
        self.gatekeeper = Gatekeeper(self.gatekeeper_config, Random(1))
        servers: list[Machine] = [
            DhcpServer(ServerSettings(SERVER, scopes)),
            FileServer(
                FileServerConfig(FILES if files is None else files, http=(TransportAddress(SERVER, 80),))
            ),
            self.gatekeeper,
        ]
        downstream = (Downstream("data", DATA[1]), Downstream("voice", VOICE[1]))
        relay = DhcpRelay(RelaySettings(downstream, (SERVER,), IPv4Address("10.30.0.1")))
        self.network.attach("server", Colocated(m for m in servers if not isinstance(m, without)))
        self.network.attach("router", relay)
        details = {
            "extension": "2001",
            "password": "1234",
            "dhcp": ClientSettings(MAC, interface="eth0"),
            "family": family,
            **details,
        }
        self.config = HandsetConfig(signalling=self.signalling, **details)
        self.handset = self.fresh()
        self.network.attach("handset", self.handset)

    def fresh(self) -> Handset:
        return Handset(self.config, Random(2))

    def run(self, seconds: float, stop: Callable[[], bool] | None = None) -> bool:
        return self.network.run(self.network.now + seconds, stop)

    def reached(self) -> list[Stage]:
        return [command.stage for command in self.commands(StageReached)]

    def commands(self, kind: type) -> list:  # type: ignore[type-arg]
        found = [command for entry in self.entries for command in entry.commands]
        return [command for command in found if isinstance(command, kind)]

    def findings(self) -> list[str]:
        return [command.finding.code for command in self.commands(Noted)]

    def _see(self, entry: JournalEntry) -> None:
        if entry.host == "handset":
            self.entries.append(entry)
