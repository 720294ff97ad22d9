"""A phone, a relay agent with a data and a voice network, and a server, joined in virtual time.

Datagrams take a millisecond. `firewall` sees what passes between the relay's side and the server's.
"""

import heapq
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from random import Random

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.relay import DhcpRelay, Downstream, RelaySettings
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.io import (
    AddressConfigured,
    Command,
    ConfigureAddress,
    DatagramReceived,
    Event,
    Machine,
    RemoveAddress,
    SendDatagram,
    SetVlan,
    Started,
    TimeUp,
)
from ringfence.model.address import Address
from ringfence.wire.dhcp_options import ROUTERS, SITE_242

SERVER = IPv4Address("10.1.0.10")
UPLINK = IPv4Address("10.255.0.1")
DATA = Downstream("data", IPv4Address("10.20.0.1"))
VOICE = Downstream("voice", IPv4Address("10.30.0.1"))
NETWORK_OF_VLAN = {0: DATA, 30: VOICE}
TO_VOICE = "L2Q=1,L2QVLAN=30"

Firewall = Callable[[SendDatagram], bool]


def scope(name: str, third: int, *, phone: str = TO_VOICE, seconds: int = 3600, most: int = 99) -> Scope:
    """10.<third>.0.0/24, pool .50 onwards."""
    base = IPv4Address(f"10.{third}.0.0")
    return Scope(
        name,
        IPv4Network((base, 24)),
        (Pool(base + 50, base + most),),
        lease_seconds=seconds,
        options=(ROUTERS((base + 1,)), SITE_242(phone)),
    )


class DhcpSite:
    """`run(until)` plays; `commands` is everything the phone commanded, with its instant."""

    def __init__(
        self,
        *,
        firewall: Firewall = lambda datagram: True,
        relay: RelaySettings | None = None,
        server: ServerSettings | None = None,
    ) -> None:
        self.phone = DhcpClient(ClientSettings(bytes.fromhex("001b4f1a2b3c"), interface="lan"), Random(1))
        self.relay = DhcpRelay(relay or RelaySettings((DATA, VOICE), (SERVER,), UPLINK))
        self.server = DhcpServer(server or ServerSettings(SERVER, (scope("data", 20), scope("voice", 30))))
        self.commands: list[tuple[float, Command]] = []
        self.passed: list[SendDatagram] = []
        self.dropped: list[SendDatagram] = []
        self._firewall = firewall
        self._vlan = 0
        self._address: Address | None = None
        self._now = 0.0
        self._ticket = 0
        self._flight: list[tuple[float, int, Machine, Event]] = []
        for machine in (self.server, self.relay, self.phone):
            self._later(machine, Started(), 0)

    def run(self, until: float) -> None:
        while True:
            machines: tuple[Machine, ...] = (self.phone, self.relay, self.server)
            due = [(each.deadline, each) for each in machines if each.deadline is not None]
            timer = min(due, key=lambda pair: pair[0], default=None)
            arrival = self._flight[0][0] if self._flight else None
            if timer is not None and timer[0] <= until and (arrival is None or timer[0] < arrival):
                self._now = max(self._now, timer[0])
                self._handle(timer[1], TimeUp())
            elif arrival is not None and arrival <= until:
                self._now, _, machine, event = heapq.heappop(self._flight)
                self._handle(machine, event)
            else:
                self._now = until
                return

    def _handle(self, machine: Machine, event: Event) -> None:
        for command in machine.handle(event, self._now):
            if machine is self.phone:
                self.commands.append((self._now, command))
            self._perform(machine, command)

    def _perform(self, machine: Machine, command: Command) -> None:
        match command:
            case SendDatagram():
                self._send(machine, command)
            case SetVlan(vlan=vlan):
                self._vlan = vlan
            case ConfigureAddress(address=address):
                self._address = address
                self._later(machine, AddressConfigured(address), 0.001)
            case RemoveAddress():
                self._address = None

    def _send(self, machine: Machine, datagram: SendDatagram) -> None:
        network = NETWORK_OF_VLAN[self._vlan]
        to = datagram.destination.ip
        routed = machine is self.server or to == SERVER
        if routed:
            passes = self._firewall(datagram)
            (self.passed if passes else self.dropped).append(datagram)
            if not passes:
                return
        if to == SERVER:
            self._arrive(self.server, datagram)
        elif machine is self.phone:
            self._arrive(self.relay, datagram, network.interface)
        elif to in {DATA.giaddr, VOICE.giaddr, UPLINK} and routed:
            self._arrive(self.relay, datagram)
        elif to == self._address or datagram.interface == network.interface:
            self._arrive(self.phone, datagram, "lan")

    def _arrive(self, machine: Machine, datagram: SendDatagram, interface: str = "") -> None:
        event = DatagramReceived(datagram.source, datagram.destination, datagram.data, interface)
        self._later(machine, event, 0.001)

    def _later(self, machine: Machine, event: Event, wait: float) -> None:
        self._ticket += 1
        heapq.heappush(self._flight, (self._now + wait, self._ticket, machine, event))
