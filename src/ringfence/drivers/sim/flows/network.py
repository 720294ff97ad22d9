"""A network of flows in virtual time, for sites of many thousand phones.

    network = FlowNetwork(topology, filters={"firewall": StatefulFilter(policy)})
    network.attach("handset", machine)
    network.run(until=3600.0)

The same machines, policies and translators run here as on `SimulatedNetwork`, and see the same events: the
contract suite and random scenarios hold the two against each other. What it leaves out beyond that: frames,
so there is nothing to capture; ARP, but for what becomes of packets to nobody; segments of streams; and ICMP
errors about datagrams, which no machine hears.
"""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Interface

from ringfence.actors.io import Machine, Started
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.firewall import Drop, SimulatedFirewall
from ringfence.drivers.sim.flows.carrier import Carrier
from ringfence.drivers.sim.flows.host import FlowHost
from ringfence.drivers.sim.flows.kept import KeptStreams
from ringfence.drivers.sim.flows.linger import Closed, Orphans
from ringfence.drivers.sim.flows.process import FlowProcess
from ringfence.drivers.sim.flows.segment import FlowPort, FlowSegment
from ringfence.drivers.sim.flows.service import ServiceQueue
from ringfence.drivers.sim.flows.wiring import Wiring
from ringfence.drivers.sim.links import Link
from ringfence.drivers.sim.stack import LostPacket
from ringfence.model.packet import Packet
from ringfence.model.topology import Node, Topology
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.translator import Translator


class FlowNetwork:
    """As `SimulatedNetwork`, of which it takes the same description; taps are left out.

    Networks with one `clock` happen together; whoever runs one of them runs them all.

    `drops`: packets that a policy stopped; `losses`: packets that ended for another reason. Both are in
    order of time and keep the first `keep` of them; `dropped` hears of every one of the former.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        filters: Mapping[str, StatefulFilter] | None = None,
        translators: Mapping[str, Translator] | None = None,
        clock: Clock | None = None,
        delay: float = 50e-6,
        keepalive: bool = True,
        observer: Callable[[JournalEntry], None] | None = None,
        dropped: Callable[[Drop], None] | None = None,
        keep: int = 100_000,
    ) -> None:
        self.drops: list[Drop] = []
        self.losses: list[LostPacket] = []
        self._keep = keep
        self._dropped = dropped
        self._clock = clock or Clock()
        self._segments = {each.name: FlowSegment(each.name, each.vlan) for each in topology.segments}
        carrier = Carrier(self._clock, delay, self._lose)
        self._wiring = Wiring(
            self._clock,
            carrier,
            observer or _unobserved,
            Orphans(self._clock),
            Closed(self._clock),
            KeptStreams(),
            keepalive,
        )
        macs = topology.macs()
        self.hosts: dict[str, FlowHost] = {}
        for node in topology.nodes:
            self.add(node, {each.name: macs[node.name, each.name] for each in node.interfaces})
        filtering = {node.name for node in topology.nodes if node.filters}
        if wrong := filtering ^ set(filters or ()):
            raise ValueError(f"node {min(wrong)} filters in the topology or is given a filter, but not both")
        for name, filter_ in (filters or {}).items():
            self.enforce(name, filter_, (translators or {}).get(name))

    @property
    def now(self) -> float:
        """Virtual time, in seconds."""
        return self._clock.now

    def add(self, node: Node, macs: Mapping[str, bytes]) -> None:
        """One more host, on segments that are there, with a MAC address (six octets) for each interface."""
        host = FlowHost(node.name, self._wiring.carrier.send, forwards=node.forwards)
        self.hosts[node.name] = host
        for interface in node.interfaces:
            segments = {0: self._segments[interface.segment]}
            for name in interface.trunk:
                segments[self._segments[name].vlan] = self._segments[name]
            self.plug_in(host, interface.name, macs[interface.name], segments, interface.addresses)
        if node.routes:
            host.set_routes(tuple((route.destination, route.via) for route in node.routes))
        if node.multicast_routes:
            host.multicast = {
                (int(each.group), each.arrives): tuple(host.ports[name] for name in each.leaves)
                for each in node.multicast_routes
            }
        for port in host.ports.values():
            port.use(0)

    def join(self, name: str, mac: bytes, like: FlowPort) -> FlowHost:
        """One more host with one port, at a switch port that carries what `like`'s does."""
        host = self.hosts[name] = FlowHost(name, self._wiring.carrier.send, forwards=False)
        self.plug_in(host, like.name, mac, like.segments, ())
        port = host.ports[like.name]
        port.link = like.link
        port.use(0)
        return host

    def serve(self, node: str, queue: ServiceQueue) -> None:
        """Let what the node is asked wait in this queue."""
        self.hosts[node].queue = queue

    def plug_in(
        self,
        host: FlowHost,
        name: str,
        mac: bytes,
        segments: Mapping[int, FlowSegment],
        addresses: Iterable[IPv4Interface],
    ) -> None:
        port = host.ports[name] = FlowPort(host, name, mac, segments)
        for each in addresses:
            host.add_address(port, each.ip, each.network)
        port.fixed = frozenset(port.addresses)

    def attach(self, node: str, machine: Machine) -> None:
        """Let the node run this machine from now on, beside those it runs already. KeyError: no such node."""
        host = self.hosts[node]
        process = FlowProcess(machine, host, self._wiring)
        host.processes.append(process)
        process.deliver(Started())

    def power_off(self, node: str) -> None:
        """Its machines and all that they have set up are gone; `attach` boots it again."""
        self.hosts[node].stop()
        self.disturb()

    def unplug(self, node: str) -> None:
        """Pull out the node's cables; its machines hear LinkChanged."""
        self.hosts[node].switch_links(False)
        self.disturb()

    def plug(self, node: str) -> None:
        self.hosts[node].switch_links(True)
        self.disturb()

    def set_link(self, node: str, interface: str, link: Link[Packet] | None) -> None:
        """What the cable of this port does to packets, both ways (`links`); None: nothing."""
        self.hosts[node].ports[interface].link = link
        self.disturb()

    def enforce(self, node: str, filter_: StatefulFilter, translator: Translator | None = None) -> None:
        """Put another filter, with its own connections and translator, in place at a forwarding node."""
        host = self.hosts[node]
        if not host.forwards:
            raise ValueError(f"node {node} does not forward: there is nothing to filter")
        self.disturb()
        firewall = SimulatedFirewall(node, filter_, self._clock, self._drop, translator)
        host.firewall = self._wiring.kept.firewalls[node] = firewall

    def disturb(self) -> None:
        """A filter has been changed or flushed: nothing is taken for granted any more."""
        self._wiring.kept.disturb()

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Do something to the network at this virtual time, such as pulling out a cable."""
        self._clock.at(time, action)

    def run(self, until: float, stop: Callable[[], bool] | None = None) -> bool:
        """Let everything happen up to and at `until`; True as soon as `stop` holds, else False.

        An exception out of a machine is a defect of that machine and comes out here.
        """
        return self._clock.run(until, stop)

    def _drop(self, drop: Drop) -> None:
        if self._dropped is not None:
            self._dropped(drop)
        if len(self.drops) < self._keep:
            self.drops.append(drop)

    def _lose(self, lost: LostPacket) -> None:
        if len(self.losses) < self._keep:
            self.losses.append(lost)


def _unobserved(_entry: JournalEntry) -> None:
    pass
