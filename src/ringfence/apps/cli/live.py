"""Machines on this computer's own sockets, for as long as a person wants."""

import asyncio
import errno
import signal
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress

from ringfence.actors.io import Machine
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import DIALECTS, PLAIN
from ringfence.drivers.aio import Host
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.drivers.aio.host import Keeper
from ringfence.drivers.aio.interface_watch import InterfaceWatch
from ringfence.drivers.aio.socket_context import SocketFinding
from ringfence.drivers.tls import unverified_client
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DISCOVERY_PORT
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.network import BIND_FAILED

MULTICAST_DISCOVERY = TransportAddress(UNSPECIFIED, DISCOVERY_PORT)  # discovery by unicast goes on without it
_LOOK = 0.05  # seconds between two looks at what is under way
_REMEDIES = {
    errno.EACCES: "ports below 1024 need sudo, or sysctl net.ipv4.ip_unprivileged_port_start=67, or "
    "CAP_NET_BIND_SERVICE",
    errno.EPERM: "run it with sudo, or give the interpreter CAP_NET_RAW and CAP_NET_ADMIN",
    errno.EADDRNOTAVAIL: "the address is not on this machine: name one that is with --address",
    errno.EADDRINUSE: "another program has that port: stop it, or name another address or port",
    errno.ENODEV: "name an interface of this machine with --interface",
}


class LiveHosts:
    """Runs each of `machines` on a host of its own, named by its key. Use once.

    `observer` sees every entry after its event was handled; `report` what sockets could not do. `stop` may be
    called by either. `secure`: connections may be opened with TLS; `identity` is shown where they are
    accepted. After SIGTERM what is under way has `drain` seconds to end, `calls` of the machines too.

    Raises LabUnavailable when a port that a machine needs at its start cannot be had; what it can do without
    is in `doubts` when `ready` is called, and reported after that.
    """

    def __init__(
        self,
        machines: Mapping[str, Machine],
        *,
        observer: Callable[[JournalEntry], None],
        report: Callable[[Finding], None],
        interface: str = "",
        secure: bool = False,
        identity: ssl.SSLContext | None = None,
        keeper: Keeper | None = None,
        files: FileRoot | None = None,
        drain: float = 0.0,
        calls: Callable[[], int] = lambda: 0,
    ) -> None:
        self._machines = machines
        self._observer = observer
        self._report = report
        self._interface = interface
        self._keeper = keeper
        self._tls_client = unverified_client() if secure else None
        self._tls_server = identity
        self._files = files
        self._drain = drain
        self._calls = calls
        self._hosts: list[Host] = []
        self._stopped = asyncio.Event()
        self._hurried = asyncio.Event()
        self._refused: list[SocketFinding] = []
        self.doubts: list[SocketFinding] = []
        self._starting = True
        self._early: list[JournalEntry] = []
        self._defects: list[BaseException] = []

    def stop(self) -> None:
        self._stopped.set()

    async def run(self, seconds: float | None, *, ready: Callable[[], None] = lambda: None) -> bool:
        """Until `stop`, a signal or the time is up; `ready` once all have started. False: by a signal."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._defect)
        signalled = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled, signalled, number)
        watch = InterfaceWatch(loop, self._interfaces_changed)
        self._hosts = hosts = [self._host(name, machine) for name, machine in self._machines.items()]
        try:
            for host in hosts:
                host.start()
            self._starting = False
            if self._refused:
                raise unavailable(self._refused[0].sentence, self._refused[0].errno)
            ready()
            for finding in self.doubts:
                self._report(finding)
            for entry in self._early:
                self._observer(entry)
            self._early.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), seconds)
            await self._drained()
        finally:
            watch.close()
            for host in hosts:
                host.close()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        if self._defects:
            raise self._defects[0]
        return not signalled.is_set()

    def show(self, identity: ssl.SSLContext | None) -> None:
        """Another certificate for connections that are accepted from now on."""
        for host in self._hosts:
            host.show(identity)

    def _interfaces_changed(self) -> None:
        for host in self._hosts:
            if not host.closed:
                host.interfaces_back()

    async def _drained(self) -> None:
        """Nobody more is accepted; returns when nothing is under way, its time is up, or a signal hurries."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._drain
        if self._hurried.is_set() or not self._drain:
            return
        for host in self._hosts:
            host.drain()
        while (self._calls() or any(host.busy for host in self._hosts)) and loop.time() < end:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurried.wait(), _LOOK)
                return

    def _signalled(self, signalled: asyncio.Event, number: int) -> None:
        if number == signal.SIGINT or signalled.is_set():
            self._hurried.set()
        signalled.set()
        self._stopped.set()

    def _host(self, name: str, machine: Machine) -> Host:
        return Host(
            machine,
            name=name,
            interface=self._interface,
            tls_client=self._tls_client,
            tls_server=self._tls_server,
            observer=self._saw,
            report=self._found,
            keeper=self._keeper,
            files=self._files,
        )

    def _saw(self, entry: JournalEntry) -> None:
        """What happens before all have started is told after that: until then it may come to nothing."""
        if self._starting:
            self._early.append(entry)
        else:
            self._observer(entry)

    def _found(self, finding: SocketFinding) -> None:
        # Nor does it need the broadcast.
        everybody = finding.local is not None and finding.local.ip == LIMITED_BROADCAST
        tolerated = finding.local == MULTICAST_DISCOVERY or everybody
        if self._starting and finding.code == BIND_FAILED and not tolerated:
            self._refused.append(finding)
        elif self._starting:
            self.doubts.append(finding)
        else:
            self._report(finding)

    def _defect(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._defects.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))
        self._stopped.set()


def dialect_named(given: str) -> str:
    """A key of DIALECTS; the plain one may be called so. InputError when there is none of that name."""
    name = PLAIN.name if given == "plain" else given
    if name not in DIALECTS:
        raise InputError(f"{given!r} is not a dialect", where="--dialect", remedy=", ".join(DIALECTS))
    return name


def unavailable(sentence: str, number: int | None) -> LabUnavailable:
    """What a socket could not do, with the remedy for errno `number` where there is a known one."""
    return LabUnavailable(sentence, 0, _REMEDIES.get(number or 0, "see the message above"))
