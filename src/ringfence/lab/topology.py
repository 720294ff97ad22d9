"""A site as data, and the lab built from it.

    with Lab(topology) as lab:
        lab["handset"].socket(...)

The description is checked before the kernel is touched; building is one burst of netlink messages per
namespace.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import TracebackType

from ringfence.lab import rtnetlink
from ringfence.lab.netlink import NetlinkRequest
from ringfence.lab.netns import Namespace
from ringfence.lab.trunk import Trunk, TrunkPort
from ringfence.lab.unavailable import LabUnavailable

_READY_WITHIN = 5.0  # seconds; measured: median 0.001, worst 0.99
_LONGEST_NAME = 15  # IFNAMSIZ less its final zero


class TopologyError(ValueError):
    """A description that cannot be built; the message names the part."""


@dataclass(frozen=True, slots=True)
class LabRoute:
    """A static route of one node. `local`: every address of `destination` is the node's own (AnyIP)."""

    destination: IPv4Network
    via: IPv4Address | None = None
    local: bool = False

    def __post_init__(self) -> None:
        if self.local == (self.via is not None):
            raise TopologyError(f"route {self.destination}: give either a gateway or local=True")


@dataclass(frozen=True, slots=True)
class LabNode:
    """One host, router, firewall or switch: a namespace. `bridges` are the switches inside it, one per
    VLAN.
    """

    name: str
    forwarding: bool = False
    bridges: tuple[str, ...] = ()
    routes: tuple[LabRoute, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """An interface: where a link ends. A port of `bridge` has no address; `mac` "" lets the kernel choose."""

    node: str
    interface: str
    addresses: tuple[IPv4Interface, ...] = ()
    mac: str = ""
    bridge: str = ""


@dataclass(frozen=True, slots=True)
class LabLink:
    """A cable. `vlan` counts only in a trunk, where None travels untagged."""

    a: End
    b: End
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class TrunkLink:
    """Several links over one cable with 802.1Q tags: a telephone's line to its switch.

    The cable itself is a veth pair `near` - `far` inside the node `name`, which is made for it: record there
    to see the tagged frames. `near` is on the side of every link's `a`.
    """

    name: str
    links: tuple[LabLink, ...]


@dataclass(frozen=True, slots=True)
class LabTopology:
    """The whole lab. Raises TopologyError when its parts do not fit."""

    nodes: tuple[LabNode, ...]
    links: tuple[LabLink, ...] = ()
    trunks: tuple[TrunkLink, ...] = ()

    def __post_init__(self) -> None:
        _unique("node", [node.name for node in self.nodes] + [trunk.name for trunk in self.trunks])
        bridges = {node.name: set(node.bridges) for node in self.nodes}
        for end in self.ends():
            if end.node not in bridges:
                raise TopologyError(f"{end.node}:{end.interface}: there is no node {end.node}")
            if end.bridge and end.bridge not in bridges[end.node]:
                raise TopologyError(f"{end.node}:{end.interface}: {end.node} has no bridge {end.bridge}")
            if end.bridge and end.addresses:
                raise TopologyError(
                    f"{end.node}:{end.interface}: a port of a bridge has no address of its own"
                )
        devices = [(end.node, end.interface) for end in self.ends()]
        devices += [(node.name, bridge) for node in self.nodes for bridge in node.bridges]
        _unique("interface", [f"{node}:{interface}" for node, interface in devices])
        for node, interface in devices:
            if (
                not 0 < len(interface) <= _LONGEST_NAME
                or not interface.isascii()
                or set(interface) & set("/ :\n")
            ):
                raise TopologyError(f"{node}:{interface!r}: an interface name has 1 to 15 plain characters")
        for trunk in self.trunks:
            _check_trunk(trunk)

    def ends(self) -> Iterator[End]:
        """Every interface, those behind trunks too."""
        for link in itertools.chain(self.links, *(trunk.links for trunk in self.trunks)):
            yield link.a
            yield link.b


def _unique(what: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TopologyError(f"{what} {twice[0]} is described twice")


def _check_trunk(trunk: TrunkLink) -> None:
    _unique(f"trunk {trunk.name}: VLAN", [str(link.vlan) for link in trunk.links])
    for link in trunk.links:
        # IEEE 802.1Q 9.6: 0 is a priority tag, 4095 reserved.
        if link.vlan is not None and not 1 <= link.vlan <= 4094:
            raise TopologyError(f"trunk {trunk.name}: VLAN {link.vlan} is outside 1-4094")


class Lab:
    """The running site: a namespace per node, gone when the context ends."""

    def __init__(self, topology: LabTopology) -> None:
        self.topology = topology
        self._stack = ExitStack()
        self._namespaces: dict[str, Namespace] = {}
        self._indexes: dict[tuple[str, str], int] = {}
        self._operations: dict[str, list[NetlinkRequest]] = {}
        self._trunks: list[Trunk] = []
        # Unique over the whole lab, so the two ends of a veth differ (see rtnetlink.veth) and a number in the
        # evidence names one interface.
        self._next_index = itertools.count(10)

    def __enter__(self) -> "Lab":
        """Build and wait until no first frame would be lost. Raises LabUnavailable or NetlinkError."""
        with ExitStack() as stack:
            self._stack = stack
            self._build()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self._trunks.clear()
        self._namespaces.clear()

    def __getitem__(self, node: str) -> Namespace:
        return self._namespaces[node]

    def index(self, node: str, interface: str) -> int:
        """The interface index, unique within the lab. KeyError when there is no such interface."""
        return self._indexes[node, interface]

    def interface(self, index: int) -> tuple[str, str]:
        """(node, interface) of an index; KeyError for one that is not the lab's."""
        return next(key for key, value in self._indexes.items() if value == index)

    def quiet(self) -> bool:
        """Is no frame inside a trunk? Everywhere else a packet has arrived when the call that sent it
        returns.
        """
        return all(trunk.quiet() for trunk in self._trunks)

    def on_close(self, callback: Callable[[], object]) -> None:
        """Call this before the namespaces go, latest first."""
        self._stack.callback(callback)

    def _build(self) -> None:
        for node in self.topology.nodes:
            self._add_namespace(node.name)
            for bridge in node.bridges:
                index = self._add_index(node.name, bridge)
                self._operations[node.name].append(rtnetlink.bridge(index, bridge))
        for link in self.topology.links:
            self._cable(link.a, link.b)
        trunks = [self._lay_trunk(trunk) for trunk in self.topology.trunks]
        self._perform()
        self._configure()
        for name, ports in trunks:
            trunk = self._namespaces[name].run(partial(Trunk, ports))
            self._trunks.append(trunk)
            self._stack.callback(trunk.close)
        self._wait_ready()

    def _add_namespace(self, name: str) -> None:
        namespace = Namespace(name)
        self._stack.callback(namespace.close)
        self._namespaces[name] = namespace
        self._operations[name] = []

    def _add_index(self, node: str, interface: str) -> int:
        index = next(self._next_index)
        self._indexes[node, interface] = index
        return index

    def _cable(self, a: End, b: End) -> None:
        index, peer_index = self._add_index(a.node, a.interface), self._add_index(b.node, b.interface)
        peer = self._namespaces[b.node].fileno()
        self._operations[a.node].append(
            rtnetlink.veth(index, a.interface, peer_index, b.interface, peer, mac=a.mac, peer_mac=b.mac)
        )

    def _lay_trunk(self, trunk: TrunkLink) -> tuple[str, tuple[TrunkPort, ...]]:
        self._add_namespace(trunk.name)
        self._cable(End(trunk.name, "near"), End(trunk.name, "far"))
        near: dict[int | None, str] = {}
        far: dict[int | None, str] = {}
        for link in trunk.links:
            tag = "untagged" if link.vlan is None else f"vlan{link.vlan}"
            near[link.vlan], far[link.vlan] = f"n-{tag}", f"f-{tag}"
            self._cable(link.a, End(trunk.name, near[link.vlan]))
            self._cable(link.b, End(trunk.name, far[link.vlan]))
        return trunk.name, (TrunkPort("near", near), TrunkPort("far", far))

    def _perform(self) -> None:
        for name, operations in self._operations.items():
            if operations:
                self._namespaces[name].netlink.perform(operations)
            operations.clear()

    def _configure(self) -> None:
        ends = {(end.node, end.interface): end for end in self.topology.ends()}
        for (node, interface), index in self._indexes.items():
            end = ends.get((node, interface), End(node, interface))
            master = self._indexes[node, end.bridge] if end.bridge else 0
            operations = self._operations[node]
            operations.append(rtnetlink.link_up(index, interface, master=master))
            operations += [rtnetlink.assign_address(index, address) for address in end.addresses]
        for description in self.topology.nodes:
            operations = self._operations[description.name]
            for route in description.routes:
                if route.local:
                    operations.append(rtnetlink.add_local_network(route.destination))
                else:
                    operations.append(rtnetlink.add_route(route.destination, route.via))
        self._perform()
        bridges = {(node.name, bridge) for node in self.topology.nodes for bridge in node.bridges}
        for name, namespace in self._namespaces.items():
            cables = [
                interface
                for node, interface in self._indexes
                if node == name and (node, interface) not in bridges
            ]
            namespace.offloads_off(cables)
        for description in self.topology.nodes:
            settings = {"net.ipv4.ip_forward": "1"} if description.forwarding else {}
            if settings or description.sysctls:
                self._namespaces[description.name].sysctl({**settings, **description.sysctls})

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        for name, namespace in self._namespaces.items():
            monitor = partial(namespace.run, rtnetlink.open_monitor)
            waiting = rtnetlink.wait_ready(namespace.netlink, monitor, deadline)
            if waiting:
                remedy = "look for a link with one end down in the description"
                raise LabUnavailable(f"{name}: wait for {', '.join(waiting)}", 0, remedy)
