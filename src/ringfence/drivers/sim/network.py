"""A network in virtual time, built from a topology: attach machines, run, read what happened.

    network = Network(topology, filters={"firewall": StatefulFilter(policy)})
    network.attach("handset", machine)
    network.run(until=3600.0, stop=lambda: registered)

The same topology, machines and seed give the same run. What it leaves out: IPv6, fragments, TLS, congestion,
ICMP rate limits, the ageing of ARP entries.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import BinaryIO

from ringfence.actors.io import Machine
from ringfence.actors.journal import JournalEntry
from ringfence.capture.frame import TappedFrame
from ringfence.capture.pcap_write import write_pcap
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.firewall import Drop, SimulatedFirewall
from ringfence.drivers.sim.frames import Frame, octets
from ringfence.drivers.sim.host import SimulatedHost
from ringfence.drivers.sim.links import Link
from ringfence.drivers.sim.process import NetworkContext
from ringfence.drivers.sim.segment import BroadcastDomain, NodePort, Recorded
from ringfence.drivers.sim.stack import LostPacket
from ringfence.model.packet import Packet
from ringfence.model.topology import Node, Topology
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.translator import Translator


class SimulatedNetwork:
    """`filters` names a filter for every node of the topology that filters, or ValueError: no default.
    `translators`: of those nodes that translate addresses.

    `start` is the virtual time at which it begins (seconds, any epoch), `delay` what a frame takes from
    port to port. `keepalive` False leaves out TCP keep-alive probes, which are most of an idle day's work;
    a lost peer is then noticed only by who sends. `observer` sees every entry after its event was handled
    and before its commands are performed.

    `drops`: packets that a policy stopped; `losses`: packets that ended for another reason. Both are in
    order of time and keep the first `keep` of them.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        filters: Mapping[str, StatefulFilter] | None = None,
        translators: Mapping[str, Translator] | None = None,
        seed: int = 0,
        start: float = 0.0,
        delay: float = 50e-6,
        keepalive: bool = True,
        observer: Callable[[JournalEntry], None] | None = None,
        keep: int = 100_000,
    ) -> None:
        self.topology = topology
        self.drops: list[Drop] = []
        self.losses: list[LostPacket] = []
        self._keep = keep
        self._clock = Clock(start)
        self._recorded: list[Recorded] = []
        self._segments = {
            segment.name: BroadcastDomain(segment.name, segment.vlan, self._clock, delay)
            for segment in topology.segments
        }
        wiring = NetworkContext(self._clock, Random(seed), observer or _unobserved, self._lose, keepalive)
        macs = topology.macs()
        self.hosts = {node.name: self._build(node, macs, wiring) for node in topology.nodes}
        for tap in topology.taps:
            self._port(tap.node, tap.interface).tap(tap.name)
        filtering = {node.name for node in topology.nodes if node.filters}
        if wrong := filtering ^ set(filters or ()):
            raise ValueError(f"node {min(wrong)} filters in the topology or is given a filter, but not both")
        for name, filter_ in (filters or {}).items():
            self.enforce(name, filter_, (translators or {}).get(name))

    @property
    def now(self) -> float:
        """Virtual time, in seconds."""
        return self._clock.now

    def attach(self, node: str, machine: Machine) -> None:
        """Let the node run this machine from now on, beside those it runs already. KeyError: no such node."""
        self.hosts[node].start(machine)

    def inject(self, node: str, packet: Packet) -> None:
        """Let a node send a packet that no machine asked for, whatever its source address says."""
        self.hosts[node].stack.send(packet)

    def power_off(self, node: str) -> None:
        """Its machines and all that they have set up are gone; `attach` boots it again."""
        self.hosts[node].stop()

    def unplug(self, node: str) -> None:
        """Pull out the node's cables; its machines hear LinkChanged."""
        self.hosts[node].switch_links(False)

    def plug(self, node: str) -> None:
        self.hosts[node].switch_links(True)

    def set_link(self, node: str, interface: str, link: Link[Frame] | None) -> None:
        """What the cable of this port does to frames, both ways (`links`); None: nothing."""
        self._port(node, interface).link = link

    def enforce(self, node: str, filter_: StatefulFilter, translator: Translator | None = None) -> None:
        """Put another filter, with its own connections and translator, in place at a forwarding node."""
        host = self.hosts[node]
        if not host.stack.forwards:
            raise ValueError(f"node {node} does not forward: there is nothing to filter")
        host.stack.firewall = SimulatedFirewall(node, filter_, self._clock, self._drop, translator)

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Do something to the network at this virtual time, such as pulling out a cable."""
        self._clock.at(time, action)

    def run(self, until: float, stop: Callable[[], bool] | None = None) -> bool:
        """Let everything happen up to and at `until`; True as soon as `stop` holds, else False.

        An exception out of a machine is a defect of that machine and comes out here.
        """
        return self._clock.run(until, stop)

    def frames(self, *taps: str) -> list[TappedFrame]:
        """What the taps saw (none named: all of them), in order of time, numbered from 1 at each tap."""
        numbers: dict[str, int] = {}
        seen = []
        for recorded in self._recorded:
            number = numbers[recorded.tap] = numbers.get(recorded.tap, 0) + 1
            if not taps or recorded.tap in taps:
                data = octets(recorded.frame, recorded.vlan)
                seen.append(TappedFrame(recorded.time, recorded.tap, data, number))
        return seen

    def write_pcap(self, file: BinaryIO, *taps: str) -> None:
        """The same as a capture file."""
        write_pcap(file, ((frame.time, frame.data) for frame in self.frames(*taps)))

    def _build(
        self, node: Node, macs: Mapping[tuple[str, str], bytes], wiring: NetworkContext
    ) -> SimulatedHost:
        ports = []
        for interface in node.interfaces:
            segments = {0: self._segments[interface.segment]}
            for name in interface.trunk:
                segments[self._segments[name].vlan] = self._segments[name]
            mac = macs[node.name, interface.name]
            ports.append(
                NodePort(
                    interface.name,
                    mac,
                    segments,
                    fixed=interface.addresses,
                    clock=self._clock,
                    record=self._recorded.append,
                )
            )
        host = SimulatedHost(node.name, tuple(ports), wiring, forwards=node.forwards)
        for route in node.routes:
            host.stack.add_route(route.destination, route.via)
        for multicast in node.multicast_routes:
            host.stack.add_multicast_route(multicast.group, multicast.arrives, multicast.leaves)
        return host

    def _port(self, node: str, interface: str) -> NodePort:
        return self.hosts[node].stack.ports[interface]

    def _drop(self, drop: Drop) -> None:
        if len(self.drops) < self._keep:
            self.drops.append(drop)

    def _lose(self, lost: LostPacket) -> None:
        if len(self.losses) < self._keep:
            self.losses.append(lost)


def _unobserved(_entry: JournalEntry) -> None:
    pass
