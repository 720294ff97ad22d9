"""The two networks a site is proved on: simulated, and namespaces with the kernel's own firewall."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ringfence.actors.journal import JournalEntry
from ringfence.drivers.recording import RunRecording
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab import privilege, tls
from ringfence.lab.session import NFLOG_GROUP, LabSession
from ringfence.model.errors import InputError
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.model.site import CallControl, Scheme, Site
from ringfence.policy.filter import StatefulFilter, Timers
from ringfence.roles.network import FIREWALL, network_for
from ringfence.roles.roles import LONGEST_LEASE, machines_of
from ringfence.verify.judging import expected_stages
from ringfence.verify.report import NetworkKind
from ringfence.verify.testbed import Testbed
from ringfence.verify.watch import BootWatch

# Past the last thing that is due: its retries.
_SLACK = 120.0


class SimulatedTestbed:
    """Virtual time, no privilege; what it claims the kernel must confirm."""

    kind = NetworkKind.SIMULATED

    def __init__(self, site: Site) -> None:
        self._site = site
        self._network = network_for(site)

    def load(self, policy: Policy) -> None:
        self._policy = policy

    def boot(self, gatekeeper: int = 0) -> RunRecording:
        watch = _watch(self._site)
        filter_ = StatefulFilter(self._policy, timers_of(self._site))
        journal: list[JournalEntry] = []

        def observe(entry: JournalEntry) -> None:
            journal.append(entry)
            watch.saw(entry)

        network = SimulatedNetwork(
            self._network, filters={FIREWALL: filter_}, observer=observe, keepalive=False
        )
        for node, machine in machines_of(self._site, gatekeeper).items():
            network.attach(node, machine)
        while not watch.done and network.now < watch.give_up_at:
            network.run(until=watch.give_up_at, stop=lambda: watch.done)
        network.run(until=network.now + 0.5)
        return RunRecording(
            tuple(network.frames()), tuple(filter_.dropped), dict(filter_.counters), tuple(journal)
        )

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        def passes(packet: Packet) -> bool:
            return StatefulFilter(self._policy, timers_of(self._site)).permits(packet, 0.0).permitted

        return frozenset(filter(passes, packets))


class KernelTestbed:
    """Namespaces, real sockets, nftables. Use inside `open_testbeds`, which builds and removes it."""

    kind = NetworkKind.KERNEL

    def __init__(self, site: Site, session: LabSession) -> None:
        self._site = site
        self._session = session

    def load(self, policy: Policy) -> None:
        self._session.load(nftables.write(policy, Device(log_group=NFLOG_GROUP)).text)

    def boot(self, gatekeeper: int = 0) -> RunRecording:
        return self._session.boot(machines_of(self._site, gatekeeper), _watch(self._site))

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        return self._session.offer(packets)


@contextmanager
def open_testbeds(site: Site, *, simulated_only: bool, trunk: bool) -> Iterator[tuple[Testbed, ...]]:
    """The networks at hand, the most real one last.

    Raises InputError for a trunk without VLANs, and LabUnavailable before anything was built.

    Call it from a process without threads: a normal user's namespaces need that.
    """
    simulated = SimulatedTestbed(site)
    if trunk and not site.moves:
        raise InputError(
            "no handset of this site changes VLAN, so no line carries tags",
            where="--trunk",
            remedy="leave it out, or describe the data VLAN that handsets boot on",
        )
    if simulated_only:
        yield (simulated,)
        return
    privilege.acquire()
    secure = site.file_server.scheme is Scheme.HTTPS
    secure = secure or site.registration.call_control is CallControl.HANDSET_TLS
    session = LabSession(
        network_for(site), timers=timers_of(site), trunk=trunk, tls=tls.contexts() if secure else None
    )
    with session:
        yield simulated, KernelTestbed(site, session)


def timers_of(site: Site) -> Timers:
    """The firewall's idle timers."""
    return Timers(
        udp=site.firewall.udp_timeout,
        udp_stream=site.firewall.udp_stream_timeout,
        icmp=site.firewall.icmp_timeout,
        established=site.firewall.tcp_timeout,
    )


def _watch(site: Site) -> BootWatch:
    return BootWatch(expected_stages(site), max(site.registration.refresh, LONGEST_LEASE / 2) + _SLACK)
