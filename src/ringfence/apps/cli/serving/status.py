"""What a serve holds at this moment, as one value: the page, the metrics and `ringfence status` show it."""

import os
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import msgspec

from ringfence import __version__
from ringfence.actors.dhcp.leases import LeaseRecord
from ringfence.actors.dhcp.server import DhcpServer
from ringfence.actors.files.server import FileServer
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.io import Machine
from ringfence.actors.security.h235_baseline import H235Gatekeeper
from ringfence.apps.cli.serving.observed import Observed
from ringfence.apps.cli.serving.roles import ServedMachines

MOST_SHOWN = 500  # rows of each kind; the totals count all


class RegistrationRow(msgspec.Struct):
    extensions: tuple[str, ...]
    address: str
    signalling: str
    heard: float  # seconds ago
    lifetime: float | None  # seconds after it was heard; None: for ever
    vendor: str


class LeaseRow(msgspec.Struct):
    address: str
    client: str
    state: str
    left: float | None  # seconds; None: no end


class SeenRow(msgspec.Struct):
    address: str
    stage: str
    ago: float  # seconds


class Status(msgspec.Struct):
    """`rates` are per second over the last ten; rows are at most 500 of each kind."""

    version: str
    roles: tuple[str, ...]
    addresses: tuple[str, ...]
    uptime: float
    healthy: bool
    trouble: tuple[str, ...]
    registered: int
    calls: int
    leases: dict[str, int]
    connections: int
    rates: dict[str, float]
    registrations: tuple[RegistrationRow, ...]
    lease_rows: tuple[LeaseRow, ...]
    handsets: tuple[SeenRow, ...]


class Holdings:
    """Looks into the machines of a serve. `trouble` is what is the matter with it, by a name."""

    def __init__(self, machines: ServedMachines, observed: Observed) -> None:
        self.machines = machines
        self.observed = observed
        self.trouble: dict[str, str] = {}

    @property
    def healthy(self) -> bool:
        return not self.trouble

    @property
    def gatekeeper(self) -> Gatekeeper | None:
        return next((found for each in self.machines.parts.values() if (found := _gatekeeper(each))), None)

    @property
    def leases(self) -> tuple[LeaseRecord, ...]:
        return tuple(
            record
            for each in self.machines.parts.values()
            if isinstance(each, DhcpServer)
            for record in each.leases
        )

    @property
    def files_served(self) -> Counter[int]:
        served: Counter[int] = Counter()
        for each in self.machines.parts.values():
            if isinstance(each, FileServer):
                served.update(each.served)
        return served

    def status(self, clock: float, now: float) -> Status:
        """`clock`: seconds since 1970, `now`: of the machines' clock."""
        observed, gatekeeper, leases = self.observed, self.gatekeeper, self.leases
        registrations = gatekeeper.registrations if gatekeeper else ()
        latest = islice(reversed(observed.handsets.items()), MOST_SHOWN)
        return Status(
            version=__version__,
            roles=tuple(self.machines.parts),
            addresses=tuple(self.machines.hosts),
            uptime=clock - observed.started,
            healthy=self.healthy,
            trouble=tuple(self.trouble.values()),
            registered=len(registrations),
            calls=gatekeeper.calls if gatekeeper else 0,
            leases=Counter(record.state.value for record in leases),
            connections=len(observed.connections),
            rates=observed.rates(),
            registrations=tuple(islice(_registrations(registrations, now), MOST_SHOWN)),
            lease_rows=tuple(lease_row(record, now) for record in leases[:MOST_SHOWN]),
            handsets=tuple(
                SeenRow(str(address), seen.stage, max(0.0, clock - seen.at)) for address, seen in latest
            ),
        )


def _gatekeeper(machine: Machine) -> Gatekeeper | None:
    inner = machine.inner if isinstance(machine, H235Gatekeeper) else machine
    return inner if isinstance(inner, Gatekeeper) else None


def _registrations(found: Iterable[RegisteredEndpoint], now: float) -> Iterable[RegistrationRow]:
    for each in found:
        lifetime = each.lifetime if each.lifetime < float("inf") else None
        ago = max(0.0, now - each.heard)
        yield RegistrationRow(
            each.aliases, str(each.ras), str(each.call_signalling), ago, lifetime, each.vendor
        )


def lease_row(record: LeaseRecord, now: float) -> LeaseRow:
    left = None if record.expires_at is None else record.expires_at - now
    return LeaseRow(str(record.address), client_in_words(record.client), record.state, left)


def client_in_words(client: bytes) -> str:
    """A hardware address, or a client identifier in hexadecimal; empty: nobody's."""
    if client[:1] == b"\0" and len(client) == 8:
        return client[2:].hex(":")
    return f"id {client[1:].hex()}" if client else ""


def open_descriptors() -> int | None:
    """None: this process may not look (its identity has changed)."""
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    except OSError:
        return None


def resident_octets() -> int | None:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
