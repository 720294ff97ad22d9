"""A whole handset in virtual time: every stage in order, and what falls when something below it falls.

handset - switch (data VLAN untagged, voice VLAN 20 tagged) - router with relay - a server that is everything
"""

import itertools
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random

import pytest

from ringfence.actors import journal
from ringfence.actors.colocated import Colocated
from ringfence.actors.dhcp_client_states import ClientSettings
from ringfence.actors.dhcp_relay import DhcpRelay, Downstream, RelaySettings
from ringfence.actors.dhcp_scope import Scope
from ringfence.actors.dhcp_server import DhcpServer, ServerSettings
from ringfence.actors.file_server import FileServer, FileServerConfig
from ringfence.actors.gatekeeper import Gatekeeper
from ringfence.actors.gatekeeper_config import GatekeeperConfig
from ringfence.actors.handset import Handset, HandsetConfig
from ringfence.actors.io import (
    ConfigureAddress,
    Listen,
    Machine,
    Noted,
    OpenStream,
    RemoveAddress,
    SendEcho,
    StageFailed,
    StageReached,
    StopListening,
    Unbind,
)
from ringfence.actors.journal import Entry
from ringfence.actors.leases import Pool
from ringfence.actors.signalling_config import SignallingConfig
from ringfence.drivers.sim.links import cut
from ringfence.drivers.sim.network import Network
from ringfence.model.address import TransportAddress
from ringfence.model.site import CallControl
from ringfence.model.stage import Stage
from ringfence.model.topology import Interface, Node, Route, Segment, Topology
from ringfence.wire.dhcp_options import ROUTERS, SITE_242

SERVER = IPv4Address("10.30.0.10")
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
    return Topology((Segment("data"), Segment("voice", 20), Segment("servers")), (handset, router, server))


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
    ) -> None:
        self.entries: list[Entry] = []
        self.network = Network(topology(), observer=self._see)
        self.signalling = SignallingConfig(control)
        scopes = (scope("data", DATA, option), scope("voice", VOICE, option, routers))
        self.gatekeeper_config = GatekeeperConfig(SERVER, {"2001": "1234"}, signalling=self.signalling)
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
        self.config = HandsetConfig(
            ClientSettings(MAC, interface="eth0"), "2001", self.signalling, "1234", family
        )
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

    def _see(self, entry: Entry) -> None:
        if entry.host == "handset":
            self.entries.append(entry)


@pytest.mark.parametrize("control", [CallControl.GATEKEEPER, CallControl.HANDSET])
def test_every_stage_is_reached_in_order(control: CallControl) -> None:
    boot = Boot(control)
    assert boot.run(60, lambda: {Stage.SIGNAL, Stage.ECHO} <= set(boot.reached()))
    assert boot.reached()[:6] == EVERY_STAGE
    assert boot.commands(StageFailed) == []
    assert boot.findings() == []
    assert boot.handset.lease is not None
    assert boot.handset.lease.vlan == 20
    assert boot.handset.granted is not None


def test_the_journal_of_a_boot_replays_into_a_fresh_handset() -> None:
    boot = Boot()
    boot.run(2000)
    assert len(boot.entries) > 30
    lines = [journal.encode(entry) for entry in boot.entries]
    assert journal.replay(boot.fresh(), journal.read(lines)) is None


def test_call_signalling_is_accepted_from_the_gatekeeper_list_only() -> None:
    boot = Boot()
    boot.run(30)
    [listening] = boot.commands(Listen)
    assert listening.only_from == (SERVER,)
    assert listening.local.port == 1720


def test_tls_signalling_goes_to_its_own_port() -> None:
    boot = Boot(CallControl.HANDSET_TLS)
    boot.run(30)
    opening = boot.commands(OpenStream)[-1]
    assert (opening.destination, opening.tls) == (TransportAddress(SERVER, 1300), True)


def test_no_stream_number_is_used_twice() -> None:
    boot = Boot(CallControl.HANDSET)
    boot.run(30)
    numbers = [opening.stream for opening in boot.commands(OpenStream)]
    assert len(numbers) == 4  # three files, then call signalling
    assert len(set(numbers)) == 4


def test_without_a_file_server_it_stops_there_and_tries_again() -> None:
    boot = Boot(without=(FileServer,))
    boot.run(50)
    assert boot.reached() == EVERY_STAGE[:3]
    assert [failed.stage for failed in boot.commands(StageFailed)] == [Stage.PROVISION]
    boot.run(100)
    assert {failed.stage for failed in boot.commands(StageFailed)} == {Stage.PROVISION}
    assert len(boot.commands(StageFailed)) >= 2


def test_a_site_without_file_servers_goes_straight_to_discovery() -> None:
    boot = Boot(option=f"MCIPADD={SERVER}")
    boot.run(60)
    assert boot.reached()[:3] == [Stage.ADDRESS, Stage.DISCOVER, Stage.REGISTER]


def test_names_are_told_and_passed_over() -> None:
    boot = Boot(option=f"MCIPADD=gk.example.net,{SERVER},HTTPSRVR=files.example.net")
    boot.run(60)
    assert boot.findings()[:2] == ["FILES_SERVER_NAMED", "GATEKEEPER_NAMED"]
    assert Stage.REGISTER in boot.reached()


def test_the_settings_file_wins_over_dhcp() -> None:
    settings = f"SET MCIPADD {SERVER}\n".encode()
    boot = Boot(option=f"MCIPADD=10.30.0.99,HTTPSRVR={SERVER}", files={"46xxsettings.txt": settings})
    boot.run(30)
    assert boot.handset.granted is not None
    assert boot.handset.granted.gatekeeper == TransportAddress(SERVER, 1719)


def test_an_echo_goes_out_every_quarter_of_an_hour() -> None:
    boot = Boot()
    boot.run(3000)
    times = [
        entry.time
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, SendEcho) and command.destination == SERVER
    ]
    assert [round(after - before) for before, after in itertools.pairwise(times)] == [900] * 3


def test_a_lost_registration_takes_signalling_down_and_a_new_one_brings_it_back() -> None:
    boot = Boot()
    boot.run(30)
    assert Stage.SIGNAL in boot.reached()
    boot.network.power_off("server")
    boot.run(3 * 3600, lambda: boot.handset.granted is None)
    assert boot.handset.granted is None
    assert [command.local.port for command in boot.commands(StopListening)] == [1720]
    boot.network.attach("server", Gatekeeper(boot.gatekeeper_config, Random(3)))
    assert boot.run(3600, lambda: len(boot.commands(Listen)) == 2)
    assert boot.reached().count(Stage.REGISTER) == 2


def test_a_lost_address_takes_everything_down_before_it_goes() -> None:
    boot = Boot(option=OPTION + ",DHCPSTD=1")
    boot.run(30)
    boot.network.set_link("handset", "eth0", cut)
    boot.run(3600)
    last = next(
        entry.commands
        for entry in reversed(boot.entries)
        if any(isinstance(command, RemoveAddress) for command in entry.commands)
    )
    kinds = [type(command) for command in last]
    assert kinds.index(Unbind) < kinds.index(RemoveAddress)
    assert boot.handset.lease is None
    boot.network.set_link("handset", "eth0", None)
    before = len(boot.commands(ConfigureAddress))
    assert boot.run(600, lambda: boot.handset.granted is not None)
    assert len(boot.commands(ConfigureAddress)) > before
    assert boot.reached().count(Stage.PROVISION) == 2


def test_a_family_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such family"):
        Boot(family="97x2")


def test_a_router_is_looked_for_before_the_files_and_only_on_the_last_vlan() -> None:
    boot = Boot()
    boot.run(30)
    assert boot.commands(SendEcho)[0].destination == VOICE[1]
    order = [
        type(command)
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, SendEcho | OpenStream)
    ]
    assert order[:2] == [SendEcho, OpenStream]
    assert "ROUTER_UNANSWERED" not in boot.findings()


def test_the_router_of_the_list_that_answers_is_used() -> None:
    boot = Boot(routers=(VOICE[9], VOICE[1]))
    assert boot.run(60, lambda: boot.handset.granted is not None)
    routers = [command.router for command in boot.commands(ConfigureAddress)]
    assert routers[-2:] == [VOICE[9], VOICE[1]]


def test_a_router_that_answers_nothing_is_said_and_does_not_stop_the_boot() -> None:
    boot = Boot(routers=(VOICE[9],), option=f"MCIPADD={SERVER},HTTPSRVR={SERVER},L2Q=1,L2QVLAN=20")
    boot.run(30)
    assert boot.findings()[0] == "ROUTER_UNANSWERED"
    assert Stage.PROVISION in {failed.stage for failed in boot.commands(StageFailed)}
