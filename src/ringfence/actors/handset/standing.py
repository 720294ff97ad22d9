"""What stands on an address of a handset, and on a registration; it goes with either."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.dhcp.lease import Lease
from ringfence.actors.dns.resolver import Resolver, ResolverPatience
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.files.client import FileClient
from ringfence.actors.handset.pinger import Pinger
from ringfence.actors.handset.router_check import RouterCheck
from ringfence.actors.handset.servers import names_in
from ringfence.actors.io import Machine, StreamId
from ringfence.actors.ras.states import Granted
from ringfence.wire.phone_options import PhoneParameters


@dataclass(slots=True)
class Lookup:
    """Names being asked for; `then`: what the handset registers with next, or (None) it fetches files."""

    resolver: Resolver
    names: tuple[str, ...]
    then: PhoneParameters | None


@dataclass(slots=True)
class OnRegistration:
    """What stands on one registration."""

    granted: Granted
    pinger: Pinger | None


@dataclass(slots=True)
class OnAddress:
    """What stands on one address. `files` and `endpoint` take turns; `again`: when the files are tried anew.

    `returned`: the link is back, and the stages above DHCP have not heard of it. `prompt`: when a handset
    without an extension registers unnamed, and what it has been told by then. `names`: what DNS has said.
    """

    lease: Lease
    returned: bool = False
    check: RouterCheck | None = None
    files: FileClient | None = None
    again: float | None = None
    prompt: tuple[float, PhoneParameters] | None = None
    endpoint: Endpoint | None = None
    registered: OnRegistration | None = None
    streams: dict[StreamId, Machine] = field(default_factory=dict)
    names: dict[str, tuple[IPv4Address, ...]] = field(default_factory=dict)
    lookup: Lookup | None = None


def lookup_of(
    up: OnAddress,
    phone: PhoneParameters,
    patience: ResolverPatience,
    random: Random,
    then: PhoneParameters | None,
) -> Lookup | None:
    """Of the names of servers in `phone` that have not been asked for; None: there is nothing to ask."""
    lease = up.lease
    names = [name for name in names_in(phone) if name not in up.names]
    if not names or not lease.dns_servers:
        return None
    resolver = Resolver(
        lease.address, lease.dns_servers, names, random, domain=lease.domain_name, patience=patience
    )
    return Lookup(resolver, tuple(names), then)
