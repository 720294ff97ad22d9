"""Two handsets behind a firewall and a gatekeeper that routes their calls: the same for every network."""

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from random import Random

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Machine
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.model.address import ANY_PORT, PortRange, TransportAddress
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.topology import Interface, Node, Route, Segment, TapPoint, Topology
from support.actors.logging_off import LogsOff

ANN, BOB = IPv4Interface("10.20.0.21/24"), IPv4Interface("10.20.0.22/24")
GATEKEEPER = IPv4Interface("10.1.0.30/24")
HANDSETS, SERVERS = (IPv4Network("10.20.0.0/24"),), (IPv4Network("10.1.0.30/32"),)
GIVE_UP = 60.0

RULES = Policy(
    "calls",
    (
        Rule("ras", HANDSETS, SERVERS, Protocol.UDP, PortRange(49300, 49309), PortRange(1719, 1719)),
        Rule("calls-in", HANDSETS, SERVERS, Protocol.TCP, ANY_PORT, PortRange(1720, 1720)),
        Rule("calls-out", SERVERS, HANDSETS, Protocol.TCP, ANY_PORT, PortRange(1720, 1720)),
    ),
)


def topology() -> Topology:
    gateway = IPv4Interface("10.20.0.1/24"), IPv4Interface("10.1.0.1/24")
    to_servers = (Route(GATEKEEPER.network, gateway[0].ip),)
    return Topology(
        (Segment("voice"), Segment("servers")),
        (
            Node("ann", (Interface("eth0", "voice", (ANN,)),), to_servers),
            Node("bob", (Interface("eth0", "voice", (BOB,)),), to_servers),
            Node(
                "firewall",
                (
                    Interface("handsets", "voice", (gateway[0],)),
                    Interface("servers", "servers", (gateway[1],)),
                ),
                forwards=True,
                filters=True,
            ),
            Node(
                "gatekeeper",
                (Interface("eth0", "servers", (GATEKEEPER,)),),
                (Route(ANN.network, gateway[1].ip),),
            ),
        ),
        (TapPoint("handsets", "firewall", "handsets"), TapPoint("servers", "firewall", "servers")),
    )


@dataclass
class UntilBothHaveLeft:
    """The run is over when both have unregistered."""

    phones: tuple[Endpoint, ...]
    give_up_at: float = GIVE_UP
    dead: frozenset[str] = frozenset()

    def saw(self, entry: JournalEntry) -> None:
        pass

    @property
    def done(self) -> bool:
        return all(phone.deadline is None and phone.granted is None for phone in self.phones)


def phone(address: IPv4Interface, extension: str, plan: CallPlan) -> Endpoint:
    gatekeeper = TransportAddress(GATEKEEPER.ip, 1719)
    config = RasClientConfig(
        address.ip, (gatekeeper,), extension, dialect=PLAIN, family=PHONE_FAMILIES["h323"]
    )
    return Endpoint(config, Random(int(extension)), calls=plan)


def machines_of(plan: CallPlan) -> tuple[dict[str, Machine], Endpoint, Endpoint]:
    """The machines by their nodes; Ann's plan, and Bob who answers."""
    ann, bob = phone(ANN, "4711", plan), phone(BOB, "4712", CallPlan())
    config = GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, calls=RouterConfig())
    machines: dict[str, Machine] = {"gatekeeper": Gatekeeper(config, Random(1))}
    return machines | {"bob": LogsOff(bob, 30.0), "ann": LogsOff(ann, 30.0)}, ann, bob
