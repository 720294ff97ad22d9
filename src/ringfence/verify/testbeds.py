"""The two networks a site is proved on: simulated, and namespaces with the kernel's own firewall."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from ringfence.actors.journal import JournalEntry
from ringfence.drivers.recording import RunRecording, Watch
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab import privilege, tls
from ringfence.lab.nat_text import helper_text, nat_text
from ringfence.lab.nft import NftError
from ringfence.lab.session import NFLOG_GROUP, LabSession
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.errors import InputError
from ringfence.model.inspections import inspection_of
from ringfence.model.nat import InspectionKind
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.model.site import CallControl, Group, Scheme, Site
from ringfence.policy.filter import StatefulFilter
from ringfence.roles.filters import filters_of, timers_of, translators_of
from ringfence.roles.inspecting import inspected_ras_ports, inspected_signalling_ports
from ringfence.roles.network import network_for
from ringfence.roles.outside import with_outside
from ringfence.roles.paths import on_the_way
from ringfence.roles.roles import machines_of
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.translations import nat_rules
from ringfence.roles.turns import ANEW, FIRST_TURN, Turn, listed, of_turn
from ringfence.verify.judging import expected_stages
from ringfence.verify.report import NetworkKind
from ringfence.verify.testbed import Testbed
from ringfence.verify.watch import BootWatch, FailoverWatch

# A proof needs no lease longer than this: T1 comes at half of it, and only the silence before it is skipped.
LONGEST_LEASE = 1200
# Past the last thing that is due: its retries.
_SLACK = 120.0


class SimulatedTestbed:
    """Virtual time, no privilege; what it claims the kernel must confirm.

    `policies`: what the site's firewalls enforce until `load` says otherwise; none named: everything drops.
    """

    kind = NetworkKind.SIMULATED

    def __init__(self, site: Site, policies: Mapping[str, Policy] = MappingProxyType({})) -> None:
        self._site = with_short_leases(site)
        self._network = with_outside(site, network_for(site))
        self._policies = dict(policies)

    @property
    def network(self) -> SiteNetwork:
        return self._network

    def load(self, policy: Policy, firewall: str = "") -> None:
        self._policies[firewall or next(iter(self._network.firewalls))] = policy

    def boot(self, turn: Turn = FIRST_TURN) -> RunRecording:
        site = of_turn(self._site, turn)
        watch = watch_of(site, self._network, turn)
        filters = self._filters()
        journal: list[JournalEntry] = []
        dead: set[str] = set()

        def observe(entry: JournalEntry) -> None:
            journal.append(entry)
            watch.saw(entry)
            for name in watch.dead - dead:
                dead.add(name)
                network.at(network.now, partial(network.power_off, name))

        network = SimulatedNetwork(
            self._network.topology,
            filters=filters,
            translators=translators_of(self._site, self._network, filters),
            observer=observe,
            keepalive=False,
        )
        for node, machine in machines_of(site, self._network, turn).items():
            network.attach(node, machine)
        while not watch.done and network.now < watch.give_up_at:
            network.run(until=watch.give_up_at, stop=lambda: watch.done)
        network.run(until=network.now + 0.5)
        counters: Counter[str] = Counter()
        for filter_ in filters.values():
            counters.update(filter_.counters)
        dropped = [drop for filter_ in filters.values() for drop in filter_.dropped]
        return RunRecording(
            tuple(network.frames()),
            tuple(sorted(dropped, key=lambda drop: drop.time)),
            dict(counters),
            tuple(journal),
        )

    def _filters(self) -> dict[str, StatefulFilter]:
        return filters_of(self._site, self._network, self._policies)

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        def passes(packet: Packet) -> bool:
            filters = self._filters()
            crossed = [self._network.firewalls[name] for name in on_the_way(self._site, packet)]
            return all(filters[node].permits(packet, 0.0).permitted for node in crossed)

        return frozenset(filter(passes, packets))


class KernelTestbed:
    """Namespaces, real sockets, nftables. Use inside `open_testbeds`, which builds and removes it."""

    kind = NetworkKind.KERNEL

    def __init__(self, site: Site, network: SiteNetwork, session: LabSession) -> None:
        self._site = with_short_leases(site)
        self._network = network
        self._session = session
        self._loaded: dict[str, str] = {}  # the text of the rules, by firewall

    @property
    def network(self) -> SiteNetwork:
        return self._network

    def load(self, policy: Policy, firewall: str = "") -> None:
        name = firewall or next(iter(self._network.firewalls))
        text = nftables.write(policy, Device(log_group=NFLOG_GROUP, exclusive=True)).text
        self._loaded[name] = text
        try:
            self._session.load(text, self._network.firewalls[name], self._beside(name))
        except NftError as error:
            if self._site.firewall(name).inspection is InspectionKind.OFF:
                raise
            remedy = "modprobe nf_conntrack_h323 and nf_nat_h323, on a kernel that has them"
            raise LabUnavailable(f"assign the H.323 helpers ({error})", 0, remedy) from error

    def _beside(self, name: str) -> str:
        """What the firewall does to packets beside permitting them."""
        site, firewall = self._site, self._site.firewall(name)
        helped = firewall.inspection is InspectionKind.LINUX_HELPER
        helpers = helper_text(inspected_ras_ports(site), inspected_signalling_ports(site)) if helped else ""
        return nat_text(nat_rules(site, firewall), firewall.addresses) + helpers

    def boot(self, turn: Turn = FIRST_TURN) -> RunRecording:
        site = of_turn(self._site, turn)
        return self._session.boot(machines_of(site, self._network, turn), watch_of(site, self._network, turn))

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        # Rules are about inside addresses: they are offered those, untranslated.
        translating = [name for name in self._loaded if self._beside(name)]
        for name in translating:
            self._session.load(self._loaded[name], self._network.firewalls[name])
        passed = self._session.offer(packets)
        for name in translating:
            self._session.load(self._loaded[name], self._network.firewalls[name], self._beside(name))
        return passed


@contextmanager
def open_testbeds(
    site: Site,
    *,
    simulated_only: bool,
    trunk: bool,
    policies: Mapping[str, Policy] = MappingProxyType({}),
) -> Iterator[tuple[Testbed, ...]]:
    """The networks of a site with one group of phones, the most real one last.

    `policies` are loaded at once. Raises InputError for a trunk without VLANs, and LabUnavailable before
    anything was built.

    Call it from a process without threads: a normal user's namespaces need that.
    """
    group = site.groups[0]
    simulated = SimulatedTestbed(site, policies)
    if trunk and not group.moves:
        raise InputError(
            "no handset of this site changes VLAN, so no link carries tags",
            where="--trunk",
            remedy="leave it out, or describe the data VLAN that handsets boot on",
        )
    if simulated_only:
        yield (simulated,)
        return
    foreign = [each for each in site.firewalls if not inspection_of(each.inspection).in_kernel]
    if foreign:
        what = f"inspect H.323 as {foreign[0].inspection} does"
        raise LabUnavailable(what, 0, "its model follows documents; ask a device of that kind")
    privilege.acquire()
    secure = any(each.scheme is Scheme.HTTPS for each in group.files)
    secure = secure or group.calls.call_control is CallControl.HANDSET_TLS
    network = simulated.network
    session = LabSession(
        network.topology,
        timers={node: timers_of(site.firewall(name)) for name, node in network.firewalls.items()},
        trunk=trunk or _told_by_tags(group),
        tls=tls.contexts() if secure else None,
    )
    with session:
        kernel = KernelTestbed(site, network, session)
        for name in network.firewalls:
            if name in policies:
                kernel.load(policies[name], name)
        yield simulated, kernel


def _told_by_tags(group: Group) -> bool:
    """Whether tags alone tell the DHCP of one VLAN from another: no relay agent adds its giaddr."""
    beside = any(each.address in vlan.network for _, vlan in group.vlans for each in group.dhcp)
    return group.moves and beside


def shortened_leases(site: Site) -> tuple[int, ...]:
    """The site's leases (seconds) that are shorter where a boot is proved."""
    leases = {server.lease for group in site.groups for server in group.dhcp}
    return tuple(sorted(lease for lease in leases if lease > LONGEST_LEASE))


def with_short_leases(site: Site) -> Site:
    """The site whose renewals a boot has time for."""
    groups = (
        replace(
            group,
            dhcp=tuple(replace(server, lease=min(server.lease, LONGEST_LEASE)) for server in group.dhcp),
        )
        for group in site.groups
    )
    return replace(site, groups=tuple(groups))


def watch_of(site: Site, network: SiteNetwork, turn: Turn) -> Watch:
    """When a boot of this turn has shown enough."""
    horizon = max(site.groups[0].calls.refresh, LONGEST_LEASE / 2) + _SLACK
    expected, dying = expected_stages(site), turn.dying
    if dying is None:
        return BootWatch(expected, horizon)
    node = network.nodes[listed(site.groups[0], dying.of)[0].address]
    # It is missed at the next refresh or renewal, and what follows takes as long again.
    return FailoverWatch(expected, node, dying.after, ANEW[dying.of], 3 * horizon)
