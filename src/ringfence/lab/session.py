"""One network built once and booted many times: the same machines, real sockets, the kernel's firewall.

Time is elastic (see `elastic`): packets are real and take what they take, idle waits are skipped, and the
firewall's connection table ages by what was skipped.
"""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import NamedTuple

from ringfence.actors.io import Machine
from ringfence.actors.journal import JournalEntry
from ringfence.capture.frame import TappedFrame
from ringfence.drivers.aio import Host
from ringfence.drivers.recording import RunRecording, Watch
from ringfence.lab.conntrack import Conntrack
from ringfence.lab.elastic import ElasticLoop
from ringfence.lab.evidence import EvidenceIncomplete
from ringfence.lab.expectations import Expectations
from ringfence.lab.injector import Injector
from ringfence.lab.multicast import MulticastRoutes
from ringfence.lab.nat_text import has_helpers
from ringfence.lab.nflog import NflogReader
from ringfence.lab.nft import Nft
from ringfence.lab.phone_line import PhoneLine
from ringfence.lab.recorder import Recorder
from ringfence.lab.ruleset import load
from ringfence.lab.topology import Lab
from ringfence.lab.wiring import wire
from ringfence.model import topology as model
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Finding
from ringfence.model.packet import Packet
from ringfence.policy.filter import DEFAULT, Dropped, Timers
from ringfence.wire.frame import packet_of

NFLOG_GROUP = 5
# What is on the wire when a run is declared over still arrives; virtual seconds, so it costs one grace.
_SETTLE = 0.5
# Real seconds; the packets cross in microseconds unless this process is not running.
_OFFERS_WITHIN = 2.0
_ETHERNET = bytes(12) + b"\x08\x00"


class _FilteringNode(NamedTuple):
    """What is the kernel's at one firewall: its rules, its connections, what it drops."""

    nft: Nft
    conntrack: Conntrack
    drops: NflogReader
    expectations: Expectations


class LabSession:
    """Use as a context; `privilege.acquire()` must have been called. Raises LabUnavailable or OSError.

    `timers`: the idle timers of each filtering node, Linux's own where none are given.
    """

    def __init__(
        self,
        network: model.Topology,
        *,
        timers: Mapping[str, Timers] | None = None,
        trunk: bool = False,
        tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
    ) -> None:
        self._network = network
        self._timers = timers or {}
        self._wiring = wire(network, trunk=trunk)
        self._tls = tls
        self._firewalls = [node.name for node in network.nodes if node.filters]
        self._helped: set[str] = set()  # nodes whose kernel may expect something
        self._stack = ExitStack()

    def __enter__(self) -> "LabSession":
        with ExitStack() as stack:
            self._lab = stack.enter_context(Lab(self._wiring.topology))
            self._build(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _build(self, stack: ExitStack) -> None:
        self._filters = {name: self._filter(stack, name) for name in self._firewalls}
        self._recorders: list[tuple[Recorder, dict[str, str]]] = []
        for node in dict.fromkeys(node for node, _ in self._wiring.taps):
            names = {interface: tap for (where, interface), tap in self._wiring.taps.items() if where == node}
            recorder = Recorder(self._lab[node], tuple(names))
            stack.callback(recorder.close)
            self._recorders.append((recorder, names))
        for node_description in self._network.nodes:
            for route in node_description.multicast_routes:
                index = partial(self._lab.index, node_description.name)
                leaves = [index(name) for name in route.leaves]
                routes = MulticastRoutes(
                    self._lab[node_description.name], [index(route.arrives)], leaves, [route.group]
                )
                stack.callback(routes.close)
        self._loop = ElasticLoop(on_jump=self._jumped, quiet=self._lab.quiet)
        self._loop.set_exception_handler(self._defect)
        stack.callback(self._loop.close)

    def _filter(self, stack: ExitStack, name: str) -> _FilteringNode:
        namespace = self._lab[name]
        namespace.sysctl(_sysctls(self._timers.get(name, Timers())))
        found = _FilteringNode(
            Nft(namespace), Conntrack(namespace), NflogReader(namespace, NFLOG_GROUP), Expectations(namespace)
        )
        for part in found:
            stack.callback(part.close)
        return found

    def load(self, text: str, firewall: str = "", beside: str = "") -> None:
        """Put this ruleset into a filtering node's kernel (the first's when none is named) and read it back.

        `beside`: tables of `nat_text`, loaded in the same transaction. Raises RulesetDiffers, or NftError.
        """
        name = firewall or self._firewalls[0]
        load(self._filters[name].nft, text, beside)
        if has_helpers(beside):
            self._helped.add(name)
        self._flush()

    def _flush(self) -> None:
        for node in self._filters.values():
            node.conntrack.flush()

    def _counters(self) -> Counter[str]:
        """Packets by rule, over all filtering nodes."""
        found: Counter[str] = Counter()
        for node in self._filters.values():
            found.update(node.nft.counters())
        return found

    def boot(self, machines: Mapping[str, Machine], watch: Watch) -> RunRecording:
        """Run fresh machines on their nodes until `watch` has seen enough."""
        self._begin(watch)
        before = self._counters()
        lines = {name: self._line(name) for name in machines}
        hosts = [self._host(name, machine, lines[name]) for name, machine in machines.items()]
        self._alive = {host.name: host for host in hosts}
        try:
            self._arm()
            for host in hosts:
                host.start()
            self._loop.run_forever()
            self._raise_defect()
        finally:
            for host in hosts:
                host.close()
            self._drain()
            for line in lines.values():
                line.restore()
            if self._over is not None:
                self._over.cancel()
        after = self._counters()
        counters = {rule: after[rule] - before.get(rule, 0) for rule in after}
        return RunRecording(
            tuple(sorted(self._frames, key=lambda frame: frame.time)),
            tuple(self._dropped),
            counters,
            tuple(self._journal),
            tuple(self._findings),
        )

    def _begin(self, watch: Watch) -> None:
        self._forget()
        self._started = self._loop.time()
        self._epoch = time.time() + self._loop.skipped
        self._frames: list[TappedFrame] = []
        self._dropped: list[Dropped] = []
        self._journal: list[JournalEntry] = []
        self._findings: list[Finding] = []
        self._defects: list[BaseException] = []
        self._watch = watch
        self._over: asyncio.TimerHandle | None = None

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        """Send each packet at the firewall from the side it belongs to; the ones that came out.

        They meet the rules alone: no connection is remembered from a run before or from one another.
        """
        self._flush()
        self._forget()
        self._epoch, self._frames, self._dropped = 0.0, [], []
        with Injector(self._lab, self._network, self._firewalls) as injector:
            for packet in packets:
                injector.send(packet)
                self._flush()
        seen: dict[Packet, set[str]] = {packet: set() for packet in packets}
        give_up = time.monotonic() + _OFFERS_WITHIN
        while not all(seen.values()) and time.monotonic() < give_up:
            self._drain()
            for frame in self._frames:
                crossed = _packet(frame.data)
                if crossed in seen:
                    seen[crossed].add(frame.tap)
        if missing := [str(packet) for packet, taps in seen.items() if not taps]:
            raise EvidenceIncomplete(
                f"the firewall never received {missing[0]} (and {len(missing) - 1} more)"
            )
        return frozenset(packet for packet, taps in seen.items() if len(taps) > 1)

    def _line(self, name: str) -> PhoneLine:
        place = name, self._network.node(name).interfaces[0].name
        return PhoneLine(self._lab, place, self._wiring.phone_ports.get(place))

    def _host(self, name: str, machine: Machine, line: PhoneLine) -> Host:
        namespace = self._lab[name]
        node = self._network.node(name)
        return Host(
            machine,
            name=name,
            loop=self._loop,
            sockets=namespace.socket,
            network=line,
            interface="" if node.forwards else node.interfaces[0].name,
            tls_client=self._tls[0] if self._tls else None,
            tls_server=self._tls[1] if self._tls else None,
            observer=self._saw,
            report=self._findings.append,
        )

    def _saw(self, entry: JournalEntry) -> None:
        entry = JournalEntry(entry.time - self._started, entry.host, entry.event, entry.commands)
        self._journal.append(entry)
        self._watch.saw(entry)
        for name in self._watch.dead & self._alive.keys():
            # What it was about to say is still said: the machine that speaks now may be its own.
            self._loop.call_soon(self._alive.pop(name).close)
        self._arm()

    def _arm(self) -> None:
        now = self._loop.time()
        at = now + _SETTLE if self._watch.done else self._started + self._watch.give_up_at
        if self._over is not None:
            if self._over.when() == at or (self._watch.done and self._over.when() <= at):
                return
            self._over.cancel()
        self._over = self._loop.call_at(at, self._loop.stop)

    def _jumped(self, seconds: float) -> None:
        # Everything recorded so far belongs to the time before the jump.
        self._drain()
        for node in self._filters.values():
            node.conntrack.age(seconds)
        for name in self._helped:
            self._filters[name].expectations.age(seconds)

    def _drain(self) -> None:
        skipped = self._loop.skipped - self._epoch
        for recorder, names in self._recorders:
            for frame in recorder.drain(skipped):
                self._frames.append(TappedFrame(frame.timestamp, names[frame.interface], frame.frame))
        for node in self._filters.values():
            for logged in node.drops.drain(skipped):
                packet = _packet(_ETHERNET + logged.packet)
                if packet is not None:
                    self._dropped.append(Dropped(logged.timestamp, packet, DEFAULT))

    def _forget(self) -> None:
        """Throw away what was recorded between runs."""
        for recorder, _ in self._recorders:
            recorder.drain()
        for node in self._filters.values():
            node.drops.drain()

    def _raise_defect(self) -> None:
        if self._defects:
            raise self._defects[0]

    def _defect(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._defects.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))
        loop.stop()


def _packet(frame: bytes) -> Packet | None:
    try:
        return packet_of(frame)
    except DecodeError:
        return None


def _sysctls(timers: Timers) -> dict[str, str]:
    names = {
        "udp_timeout": timers.udp,
        "udp_timeout_stream": timers.udp_stream,
        "icmp_timeout": timers.icmp,
        "tcp_timeout_established": timers.established,
    }
    return {f"net.netfilter.nf_conntrack_{name}": str(int(value)) for name, value in names.items()}
