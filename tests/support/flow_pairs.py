"""Random scenarios on the networks of frames and of flows: every machine must see the same on both.

python -m support.flow_pairs [how many] [first seed] names each scenario that differs, and where.
"""

import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TypeVar

import msgspec

from ringfence.actors.io import Command, DatagramReceived, Event, Keep, SendDatagram, StreamReceived, TimeUp
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.links import cable, choosing, cut, slow
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.media import MEDIA_PORTS
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.policy.compile import generated
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.translator import Translator
from ringfence.roles.filters import timers_of
from ringfence.roles.inspecting import inspection
from ringfence.roles.network import HANDSET, PHONE_PORT, network_for
from ringfence.roles.outside import with_outside
from ringfence.roles.roles import machines_of
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.translations import nat_rules
from ringfence.verify.testbeds import with_short_leases
from support.example_sites import example

Said = TypeVar("Said", bound=object)
AnyLink = Callable[[object], tuple[float, ...]]
AnyNetwork = SimulatedNetwork | FlowNetwork
SITES = (
    "branch",
    "campus",
    "enterprise",
    "handset-opens",
    "https-multicast",
    "plain-h323",
    "nat-one-to-one",
    "nat-linux-helper",
)
# What frames take longer for: ARP before the first packet to each neighbour, acknowledgements of segments.
_CLOSE = 0.02
_RTCP = range(MEDIA_PORTS.first + 1, MEDIA_PORTS.last + 1, 2)


@dataclass(frozen=True)
class Disturbance:
    """Something that happens to a node for a while. `share` (of 256) of the packets is lost once each."""

    at: float
    lasts: float
    what: str
    node: str
    share: int = 0


@dataclass(frozen=True)
class Scenario:
    """`without`: rules that are missing, by place modulo number; `delay`: of the phone's cable."""

    site: str
    until: float
    without: tuple[int, ...] = ()
    delay: float = 0.0
    disturbances: tuple[Disturbance, ...] = ()


def scenario(seed: int) -> Scenario:
    random = Random(seed)
    delay = random.choice((0.0, 0.0, 0.0, 0.031, 0.3))
    nodes = ("gatekeeper-1", "dhcp-server", "file-server", "router", "firewall", HANDSET)
    early = random.random() < 0.5
    found = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        what = random.choice(("unplug", "power", "flush", "cut", "lose", "deny"))
        at = random.uniform(0.03, 2.0) if early else random.uniform(0.0, 1000.0)
        share = random.choice((16, 64, 160))
        found.append(
            Disturbance(at, random.choice((0.317, 3.7, 41.3, 193.1)), what, random.choice(nodes), share)
        )
    return Scenario(
        random.choice(SITES),
        random.choice((180.0, 1400.0)),
        tuple(random.randrange(100) for _ in range(random.choice((0, 0, 1, 2)))),
        delay,
        tuple(sorted(found, key=lambda each: each.at)),
    )


class Run:
    """A scenario on one of the networks; `journal` by host, in order."""

    def __init__(self, wanted: Scenario, kind: type[SimulatedNetwork] | type[FlowNetwork]) -> None:
        self.site = with_short_leases(example(wanted.site))
        self.nodes: SiteNetwork = with_outside(self.site, network_for(self.site))
        self.journal: dict[str, list[JournalEntry]] = {}
        self._filters = {node: self._filter(name, wanted) for name, node in self.nodes.firewalls.items()}
        self.network: AnyNetwork = kind(
            self.nodes.topology,
            filters=self._filters,
            translators=self._translators(),
            # Two ends that probe each other over a slow cable do so at the same instant: no microsecond may
            # decide whose probe counts.
            keepalive=not wanted.delay,
            observer=lambda entry: self.journal.setdefault(entry.host, []).append(entry),
        )
        if wanted.delay:
            self._link(HANDSET, PHONE_PORT, slow(cable, wanted.delay, 0.0, Random(0)))
        for each in wanted.disturbances:
            self._disturb(each)
        for node, machine in machines_of(self.site, self.nodes).items():
            self.network.attach(node, machine)
        self.network.run(wanted.until)

    def _filter(self, name: str, wanted: Scenario) -> StatefulFilter:
        policy = generated(self.site, name)
        missing = {number % len(policy.rules) for number in wanted.without}
        kept = tuple(rule for number, rule in enumerate(policy.rules) if number not in missing)
        return StatefulFilter(replace(policy, rules=kept), timers_of(self.site.firewall(name)))

    def _translators(self) -> dict[str, Translator]:
        found = {}
        for name, node in self.nodes.firewalls.items():
            rules = nat_rules(self.site, self.site.firewall(name))
            looking = inspection(self.site, name, self._filters[node])
            if rules or looking is not None:
                found[node] = Translator(rules, self._filters[node], looking)
        return found

    def _disturb(self, wanted: Disturbance) -> None:
        network, name = self.network, wanted.node
        firewall = next(iter(self.nodes.firewalls.values()))
        if name == "firewall" or wanted.what in {"flush", "deny"}:
            name = firewall
        if name not in network.hosts:
            return
        begin, end = self._pair(wanted, name)
        network.at(wanted.at, begin)
        network.at(wanted.at + wanted.lasts, end)

    def _pair(self, wanted: Disturbance, name: str) -> tuple[Callable[[], None], Callable[[], None]]:
        network = self.network
        forwards = (
            network.hosts[name].ports
            if isinstance(network, FlowNetwork)
            else (network.hosts[name].stack.ports)
        )
        match wanted.what:
            case "unplug":
                return partial(network.unplug, name), partial(network.plug, name)
            case "power" if name in machines_of(self.site, self.nodes):
                machine = machines_of(self.site, self.nodes)[name]
                return partial(network.power_off, name), partial(network.attach, name, machine)
            case "flush" | "deny":
                return partial(self._flush, name, wanted.what), partial(self._load, name)
            case "lose":
                links = [(port, _losing(wanted.share)) for port in forwards]
                return partial(self._each, name, links), partial(
                    self._each, name, [(p, None) for p in forwards]
                )
            case _:
                return (
                    partial(self._each, name, [(port, cut) for port in forwards]),
                    partial(self._each, name, [(port, None) for port in forwards]),
                )

    def _each(self, name: str, links: Sequence[tuple[str, AnyLink | None]]) -> None:
        for port, link in links:
            self._link(name, port, link)

    def _link(self, name: str, port: str, link: AnyLink | None) -> None:
        if isinstance(self.network, FlowNetwork):
            self.network.set_link(name, port, link)
        else:
            self.network.set_link(name, port, link)

    def _flush(self, node: str, what: str) -> None:
        self._disturbed()
        self._filters[node].flush()
        if what == "deny":
            self._policy = self._filters[node].policy
            self._filters[node].load(replace(self._policy, rules=()))

    def _load(self, node: str) -> None:
        self._disturbed()
        policy = self._filters[node].policy
        if not policy.rules:
            self._filters[node].load(self._policy)

    def _disturbed(self) -> None:
        if isinstance(self.network, FlowNetwork):
            self.network.disturb()


def _losing(share: int) -> AnyLink:
    """Loses each packet of this share of them once: which, its own octets say, on either network."""
    lost: set[bytes] = set()

    def passes(carried: object) -> bool:
        content = carried.content if isinstance(carried, Frame) else carried
        packet = content.packet if isinstance(content, IpPacket) else content
        if not isinstance(packet, Packet) or packet.source_port == 0 == packet.destination_port:
            return True  # ARP, or what stands for it
        opens = packet.flags & (TcpFlags.SYN | TcpFlags.FIN)
        if packet.protocol is Protocol.TCP and not packet.payload and not opens:
            return True  # an acknowledgement of nobody knows how many segments
        key = repr((packet.protocol, packet.source, packet.destination, int(opens), packet.payload)).encode()
        if key in lost or zlib.crc32(key) % 256 >= share:
            return True
        lost.add(key)
        return False

    return choosing(cable, passes)


def differences(wanted: Scenario) -> Iterator[str]:
    """Where the two networks told a machine different things."""
    yield from between(Run(wanted, FlowNetwork), Run(wanted, SimulatedNetwork))


def between(one: Run, other: Run) -> Iterator[str]:
    """What only one of a run on flows and a run on frames told, the first two for each host."""
    flows, frames = one.journal, other.journal
    for host in sorted({*frames, *flows}):
        missing = _unmatched(_told(flows.get(host, [])), _told(frames.get(host, [])))
        for network, (time, told) in missing[:2]:
            yield f"{host} at {time:.4f}, {network} alone: {told}"


_Told = tuple[float, Event | Command]


def _unmatched(flows: list[_Told], frames: list[_Told]) -> list[tuple[str, _Told]]:
    """What only one of them told, in order of time; what is told within `_CLOSE` may be in another order."""
    left = list(frames)
    found: list[tuple[str, _Told]] = []
    for one in flows:
        for place, other in enumerate(left[:12]):
            if one[1] == other[1] and abs(one[0] - other[0]) <= _CLOSE:
                del left[place]
                break
        else:
            found.append(("flows", one))
    return sorted(found + [("frames", other) for other in left], key=lambda each: each[1][0])


def _told(entries: list[JournalEntry]) -> list[_Told]:
    """What was said to a machine, but for the time; what it asked for; octets however they were cut."""
    found: list[_Told] = []
    for entry in entries:
        event = entry.event
        before = found[-1][1] if found else None
        if (
            isinstance(event, StreamReceived)
            and isinstance(before, StreamReceived)
            and before.stream == event.stream
        ):
            found[-1] = (found[-1][0], StreamReceived(event.stream, before.data + event.data))
        elif not isinstance(event, TimeUp):
            found.append((entry.time, _plain(event)))
        found += [(entry.time, _plain(command)) for command in entry.commands]
    return found


def _plain(said: Said) -> Said:
    """Without the octets that a tenth of a millisecond decides: times to the second, and what is kept."""
    if isinstance(said, Keep):
        return msgspec.structs.replace(said, until=None, body=None)
    if isinstance(said, DatagramReceived | SendDatagram) and said.destination.port in {67, 68}:
        return msgspec.structs.replace(said, data=said.data[:8] + said.data[10:])  # RFC 2131: secs
    if isinstance(said, DatagramReceived | SendDatagram) and said.source.port in _RTCP:
        return msgspec.structs.replace(said, data=said.data[:8] + bytes(len(said.data) - 8))
    return said


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    count, first, width = (*given, *(1000, 0, 500)[len(given) :])
    bad: Counter[str] = Counter()
    for seed in range(first, first + count):
        found = list(differences(scenario(seed)))
        if found:
            bad[scenario(seed).site] += 1
            print(seed, scenario(seed), *(each[:width] for each in found), sep="\n  ")
    print(f"{count} scenarios, {sum(bad.values())} differ {dict(bad)}")


if __name__ == "__main__":
    main()
