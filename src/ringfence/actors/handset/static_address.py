"""An address and servers entered at the phone (STATIC, administrator guides): no DHCP is spoken at all."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from ringfence.actors.dhcp.lease import Lease
from ringfence.actors.dhcp.vlan import VlanState
from ringfence.actors.io import NOTHING, Commands, ConfigureAddress, Event, Started
from ringfence.model.address import UNSPECIFIED
from ringfence.wire.phone_options import PhoneParameters


@dataclass(frozen=True, slots=True)
class StaticSettings:
    """What a person enters; `phone` are the servers, as option 242/176 would name them, DNSSRVR and DOMAIN
    apart.
    """

    address: IPv4Address
    network: IPv4Network
    router: IPv4Address
    phone: PhoneParameters = field(default_factory=PhoneParameters)
    dns_servers: tuple[IPv4Address, ...] = ()
    domain: str = ""


class StaticAddress:
    """Stands where a handset has its DHCP client otherwise: a lease that never ends."""

    deadline: float | None = None
    asking = False
    vlan = VlanState()

    def __init__(self, settings: StaticSettings, interface: str) -> None:
        self._interface = interface
        self._lease = Lease(
            address=settings.address,
            network=settings.network,
            routers=(settings.router,),
            dns_servers=settings.dns_servers,
            domain_name=settings.domain,
            server_id=UNSPECIFIED,
            vlan=0,
            phone=settings.phone,
            renew_at=None,
            rebind_at=None,
            expires_at=None,
        )

    @property
    def lease(self) -> Lease:
        return self._lease

    @property
    def settled(self) -> Lease:
        return self._lease

    def handle(self, event: Event, now: float) -> Commands:
        if not isinstance(event, Started):
            return NOTHING
        lease = self._lease
        return (ConfigureAddress(lease.address, lease.network, lease.router, self._interface),)
