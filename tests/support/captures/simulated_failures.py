"""Boots in the simulator that go wrong in one certain way, captured on both sides of the firewall."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path

from ringfence.actors.io import Command, Commands, Event, Machine
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.drivers.sim.frames import Frame
from ringfence.drivers.sim.links import Link
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Policy
from ringfence.model.site import Site
from ringfence.policy.compile import generated
from ringfence.policy.filter import StatefulFilter
from ringfence.roles.filters import timers_of
from ringfence.roles.network import FIREWALL_NODE, network_for
from ringfence.roles.roles import machines_of
from ringfence.verify.testbeds import with_short_leases
from ringfence.wire.frame import decode_frame, frame_of
from support.captures.capture_files import pcap
from support.example_sites import example

Cast = dict[str, Machine]
Frames = list[TappedFrame]
# Long enough for every retry, and for the renewals of the branch office (1200 s) where a case needs them.
BOOT, RENEWALS = 150.0, 1260.0
POWER_UP = 1_700_000_000.0  # looks like a date


@dataclass
class Tampered:
    """A machine whose commands go through `change`, which may drop one."""

    machine: Machine
    change: Callable[[Command], Command | None]

    @property
    def deadline(self) -> float | None:
        return self.machine.deadline

    def handle(self, event: Event, now: float) -> Commands:
        changed = map(self.change, self.machine.handle(event, now))
        return tuple(command for command in changed if command is not None)


@dataclass(frozen=True)
class Scene:
    """What is different from a good boot. `links`: (node, interface) to what its cable does."""

    site: Site = field(default_factory=lambda: example("branch"))
    without: tuple[str, ...] = ()
    recast: Callable[[Cast], None] | None = None
    links: tuple[tuple[str, str, Link[Frame]], ...] = ()
    later: tuple[tuple[float, tuple[str, ...]], ...] = ()  # at this time, these rules are gone too
    seconds: float = BOOT
    frames: Callable[[Frames], Frames] | None = None

    def policy(self, *without: str) -> Policy:
        return generated(self.site).without(*self.without, *without)


def play(scene: Scene) -> Frames:
    """Frames of both sides and the trunk, in order of time."""
    timers = timers_of(scene.site.firewalls[0])
    described = network_for(scene.site)
    network = SimulatedNetwork(
        described.topology,
        filters={FIREWALL_NODE: StatefulFilter(scene.policy(), timers)},
        keepalive=False,
        start=POWER_UP,
    )
    for node, interface, link in scene.links:
        network.set_link(node, interface, link)
    machines = machines_of(with_short_leases(scene.site), described)
    if scene.recast is not None:
        scene.recast(machines)
    for node, machine in machines.items():
        network.attach(node, machine)
    for time, gone in scene.later:
        filter_ = StatefulFilter(scene.policy(*gone), timers)
        network.at(network.now + time, lambda held=filter_: network.enforce(FIREWALL_NODE, held))  # type: ignore[misc]
    network.run(until=network.now + scene.seconds)
    frames = network.frames()
    return scene.frames(frames) if scene.frames is not None else frames


# A switch says something on every link every two seconds (IEEE 802.1D): no capture begins or ends with us.
_BRIDGE = bytes.fromhex("0180c2000000027266aaaaaa0026424203") + bytes(43)


def files(frames: Sequence[TappedFrame], folder: Path, seconds: float, snap: int = 262144) -> dict[str, Path]:
    """A capture file for each tap, all from power-up until `seconds` after it."""
    paths = {}
    for tap in (Tap.HANDSETS, Tap.SERVERS, Tap.TRUNK):
        ours = [(each.time, each.data) for each in frames if each.tap == tap]
        chosen = [(POWER_UP, _BRIDGE), *ours, (POWER_UP + seconds, _BRIDGE)]
        paths[str(tap)] = folder / f"{tap}.pcap"
        paths[str(tap)].write_bytes(pcap(chosen, snap=snap))
    return paths


Change = Callable[[Packet, str], Packet | None]


def packets(change: Change) -> Callable[[Frames], Frames]:
    """Every packet put through `change`, with its tap; None leaves it out."""

    def changed(frames: Frames) -> Frames:
        found = []
        for each in frames:
            seen = decode_frame(each.data)
            if seen is None or seen.packet is None:
                found.append(each)
                continue
            packet = change(seen.packet, each.tap)
            if packet is seen.packet:
                found.append(each)
            elif packet is not None:
                found.append(replaced(each, packet))
        return found

    return changed


def replaced(frame: TappedFrame, packet: Packet) -> TappedFrame:
    """The frame with another packet in it, addresses of the link and numbers of TCP kept."""
    seen = decode_frame(frame.data)
    assert seen is not None
    data = frame_of(
        packet,
        source_mac=seen.ethernet.source,
        destination_mac=seen.ethernet.destination,
        ttl=seen.ip.ttl,
        identification=seen.ip.identification,
        sequence=seen.tcp.sequence if seen.tcp else 0,
        acknowledgement=seen.tcp.acknowledgement if seen.tcp else 0,
    )
    return TappedFrame(frame.time, frame.tap, data)


def readdressed(
    packet: Packet, old: IPv4Address, new: IPv4Address, ports: dict[int, int] | None = None
) -> Packet:
    """Address translation of `old`, both ways; `ports` maps its ports."""
    if packet.source == old:
        port = (ports or {}).get(packet.source_port, packet.source_port)
        return replace(packet, source=new, source_port=port)
    if packet.destination == old:
        port = (ports or {}).get(packet.destination_port, packet.destination_port)
        return replace(packet, destination=new, destination_port=port)
    return packet


def is_udp(packet: Packet, port: int) -> bool:
    return packet.protocol is Protocol.UDP and port in {packet.source_port, packet.destination_port}
