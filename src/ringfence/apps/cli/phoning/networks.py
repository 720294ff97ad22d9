"""Where emulated handsets run: on sockets of this machine, or on a wire with an IP stack of their own."""

import errno
from collections.abc import Callable
from typing import Protocol

from ringfence.actors.io import LogOff
from ringfence.actors.journal import JournalEntry
from ringfence.apps.cli.live import unavailable
from ringfence.apps.cli.phoning.line import Phone
from ringfence.drivers.aio import Host
from ringfence.drivers.aio.socket_context import SocketFinding
from ringfence.drivers.raw.network import EthernetNetwork
from ringfence.drivers.tls import unverified_client
from ringfence.model.findings.network import BIND_FAILED

EntryObserver = Callable[[JournalEntry], None]
SocketReport = Callable[[SocketFinding], None]


class PhoneNetwork(Protocol):
    """Made inside a running loop."""

    def start(self, phone: Phone) -> None:
        """Switch it on. LabUnavailable: what it needs at its start cannot be had on this machine."""

    def log_off(self, phone: Phone) -> None: ...

    def close(self) -> None: ...


class SocketNetwork:
    """Each handset on sockets bound to its own address, which is one of this machine's."""

    def __init__(self, observer: EntryObserver, report: SocketReport) -> None:
        self._observer = observer
        self._report = report
        self._tls = unverified_client()
        self._hosts: dict[str, Host] = {}
        self._refused: list[SocketFinding] = []

    def start(self, phone: Phone) -> None:
        host = Host(
            phone.outside,
            name=phone.host,
            tls_client=self._tls,
            observer=self._observer,
            report=self._found,
        )
        self._hosts[phone.host] = host
        host.start()
        if self._refused:
            raise unavailable(self._refused[0].sentence, self._refused[0].errno)

    def log_off(self, phone: Phone) -> None:
        self._hosts[phone.host].deliver(LogOff())

    def close(self) -> None:
        for host in self._hosts.values():
            host.close()

    def _found(self, finding: SocketFinding) -> None:
        # A port that is taken is no obstacle: a handset takes the next one.
        if finding.code == BIND_FAILED and finding.errno != errno.EADDRINUSE:
            self._refused.append(finding)
        self._report(finding)


class WireNetwork:
    """All handsets on one interface, with MAC addresses of their own."""

    def __init__(self, network: EthernetNetwork, *, lldp: bool) -> None:
        self._network = network
        self._lldp = lldp

    def start(self, phone: Phone) -> None:
        mac = bytes.fromhex(phone.host.replace(":", ""))
        self._network.attach(phone.host, mac, phone.outside, lldp=self._lldp)

    def log_off(self, phone: Phone) -> None:
        self._network.tell(phone.host, LogOff())

    def close(self) -> None:
        self._network.close()
