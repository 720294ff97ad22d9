"""A share of a group's phones, from the return of power on, in virtual time on the network of flows."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

import msgspec

from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import Machine
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.firewall import Drop
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.flows.segment import FlowPort
from ringfence.drivers.sim.flows.service import ServiceQueue
from ringfence.drivers.sim.links import Link, cable, doubling, lossy, slow
from ringfence.model.defaults import DISCOVERY_PORT, RAS_PORT, SIGNALLING_PORT, SIGNALLING_TLS_PORT
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.model.site import Firewall, Site
from ringfence.policy.filter import DEFAULT, INVALID, TABLE_FULL, StatefulFilter
from ringfence.roles.filters import timers_of, translators_of
from ringfence.roles.network import HANDSET, PHONE_PORT, ROUTER, UPLINK, network_for
from ringfence.roles.outside import with_outside
from ringfence.roles.site_network import SiteNetwork
from ringfence.simulation.census import PHONE, PhoneCensus
from ringfence.simulation.failures import PHONES, Failures, nodes_of
from ringfence.simulation.population import Population
from ringfence.simulation.scenario import Cable, Capacity, Failure, Scenario, SitePart

_FIRST_OF_CLIENTS = 1024  # RFC 6335 section 6
_OF_H323 = {SIGNALLING_TLS_PORT, DISCOVERY_PORT, RAS_PORT, SIGNALLING_PORT}


class GroupShare(msgspec.Struct, frozen=True):
    """`phones` of the group of this name, numbered from `first` over the whole site; `of` all phones."""

    group: str
    first: int
    phones: int
    of: int


def _unwatched(_node: str, machine: Machine) -> Machine:
    return machine


class Together:
    """What the shares of one run have in common: time, the firewalls' memory, the servers' queues.

    `part` (0-1): the phones of this run among all that are simulated.
    """

    def __init__(self, scenario: Scenario, part: float) -> None:
        self.clock = Clock()
        self.filters: dict[str, StatefulFilter] = {}
        self.queues: dict[str, ServiceQueue] = {}
        self.broken: dict[str, tuple[float, int]] = {}
        self._scenario = scenario
        self._part = part

    def filter_of(self, firewall: Firewall, policy: Policy) -> StatefulFilter:
        """The filter of a firewall, whose policy is that of the whole site."""
        found = self.filters.get(firewall.name)
        if found is None:
            room = max(1, round(self._scenario.states * self._part))
            found = self.filters[firewall.name] = StatefulFilter(policy, timers_of(firewall), room=room)
        return found

    def queue_of(self, server: str, capacity: Capacity) -> ServiceQueue:
        found = self.queues.get(server)
        if found is None:
            own = scaled(capacity, self._part)
            found = ServiceQueue(self.clock, own.service, own.workers, own.waiting)
            self.queues[server] = found
        return found

    def note(self, what: str, now: float) -> None:
        """Something went wrong."""
        first, times = self.broken.get(what, (now, 0))
        self.broken[what] = (first, times + 1)


class SiteRun:
    """One group's phones. `site` has that group alone; `policies`: by firewall, of the whole site.

    `watched` may put something in front of the machines of a node.
    """

    def __init__(
        self,
        site: Site,
        policies: Mapping[str, Policy],
        scenario: Scenario,
        share: GroupShare,
        common: Together,
        *,
        watched: Callable[[str, Machine], Machine] = _unwatched,
    ) -> None:
        self._watched = watched
        self._site = site
        self._scenario = scenario
        self._share = share
        self._common = common
        self._random = Random(f"{scenario.seed} {share.group} {share.first}")
        self._nodes: SiteNetwork = with_outside(site, network_for(site))
        self.census = PhoneCensus(site, share.phones)
        filters = {
            node: common.filter_of(site.firewall(name), policies[name])
            for name, node in self._nodes.firewalls.items()
        }
        self._network = FlowNetwork(
            self._nodes.topology,
            clock=common.clock,
            filters=filters,
            translators=translators_of(site, self._nodes, filters),
            observer=self.census.saw,
            dropped=self._dropped,
            keep=0,
        )
        self._population = Population(site, self._nodes, share.phones, share.first, self._random)
        self._roles = self._population.roles()
        self._phones: dict[int, Handset] = {}
        self._like: FlowPort = self._network.hosts[HANDSET].ports[PHONE_PORT]
        self._give_capacities()
        self._bad_cables()
        failures = Failures(self._network, self._population, filters, self._reboot)
        for each in scenario.happenings:
            phones = each.failure is Failure.REBOOT or each.whom == PHONES
            failures.plan(each, [] if phones else self.nodes(each.whom))

    def nodes(self, whom: str) -> list[str]:
        """The nodes that this name means."""
        return nodes_of(whom, self._site, self._nodes, self._roles)

    def begin(self) -> None:
        """Servers run, and power returns."""
        for node in self._population.nodes():
            self._network.attach(node, self._watched(node, self._population.machine(node)))
        starts = sorted(self._random.uniform(0.0, self._scenario.within) for _ in range(self._share.phones))
        self._power(list(enumerate(starts)), 0)

    @property
    def holding(self) -> int:
        """Phones that are registered now."""
        return sum(phone.granted is not None for phone in self._phones.values())

    # Before

    def _give_capacities(self) -> None:
        addresses = {node: str(address) for address, node in self._nodes.nodes.items()}
        for name, capacity in self._scenario.servers.items():
            for node in self.nodes(name):
                served = " ".join(dict.fromkeys(part for part, _ in self._roles.get(node, ())))
                queue = self._common.queue_of(f"{served or node} {addresses.get(node, '')}".strip(), capacity)
                self._network.serve(node, queue)

    def _bad_cables(self) -> None:
        for name, wanted in self._scenario.cables.items():
            link = _link(wanted, self._random)
            for node, port in self._cables(SitePart(name)):
                self._network.set_link(node, port, link)

    def _cables(self, part: SitePart) -> list[tuple[str, str]]:
        if part is SitePart.PHONES:
            return [(HANDSET, PHONE_PORT)]  # every phone's is like it
        if part is SitePart.UPLINK:
            return [(ROUTER, UPLINK)] if ROUTER in self._network.hosts else []
        return [
            (node, port)
            for node, here in self._roles.items()
            if part is SitePart.SERVERS or any(each is part for each, _ in here)
            for port in self._network.hosts[node].ports
        ]

    # Phones

    def _power(self, starts: list[tuple[int, float]], place: int) -> None:
        """The phone at this place of `starts` gets power at its time, then the next."""
        if place < len(starts):
            self._network.at(starts[place][1], partial(self._boot, starts, place))

    def _boot(self, starts: list[tuple[int, float]], place: int) -> None:
        number, network = starts[place][0], self._network
        name = f"{PHONE}{number}"
        if name not in network.hosts:
            network.join(name, self._population.mac(number), self._like)
        phone = self._phones[number] = self._population.phone(number, self._phones.get(number))
        self.census.power(number, network.now)
        network.attach(name, phone)
        self._power(starts, place + 1)

    def _reboot(self, within: float) -> None:
        for number in self._phones:
            self._network.power_off(f"{PHONE}{number}")
            self.census.dark(number)
        now = self._network.now
        back = sorted((now + self._random.uniform(0.0, within), number) for number in self._phones)
        self._power([(number, at) for at, number in back], 0)

    # While it runs

    def _dropped(self, drop: Drop) -> None:
        packet = drop.packet
        place = f"{packet.protocol.word} to {_end(packet)}"
        match drop.by:
            case word if word == TABLE_FULL:
                what = f"{drop.node}: the state table is full"
            case word if word == INVALID:
                what = f"{drop.node} knows no connection: {place}"
            case word if word == DEFAULT:
                what = f"{drop.node} has no rule: {place}"
            case rule:
                what = f"{drop.node} denies by {rule}: {place}"
        self._common.note(what, drop.time)


def scaled(capacity: Capacity, part: float) -> Capacity:
    """What this part (0-1) of all phones has of a server: fewer workers, and less may wait; where the workers
    cannot be divided so, they take longer.
    """
    workers = max(1, round(capacity.workers * part))
    service = capacity.service * workers / (capacity.workers * part)
    return Capacity(service, workers, round(capacity.waiting * part))


def _link(wanted: Cable, random: Random) -> Link[Packet]:
    link: Link[Packet] = cable
    if wanted.delay or wanted.spread:
        link = slow(link, wanted.delay, wanted.spread, random)
    if wanted.doubled:
        link = doubling(link, wanted.doubled, random)
    return lossy(link, wanted.loss, random) if wanted.loss else link


def _end(packet: Packet) -> str:
    """A server by its address and port; of a phone its port alone, or the list would be one of phones."""
    if packet.destination_port < _FIRST_OF_CLIENTS or packet.destination_port in _OF_H323:
        return f"port {packet.destination_port}"
    return "another port"
