"""Who looks after the phone of a site: whom it asks and who asks it, as machines beside registration."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ringfence.actors.io import Machine
from ringfence.actors.media.dialogues import DIALOGUES
from ringfence.actors.media.services import Attendant, Errand, ServiceEnd, ServicesConfig
from ringfence.model.address import PortRange, TransportAddress
from ringfence.model.kinds import Kind
from ringfence.model.media import media_ports
from ringfence.model.monitoring import SERVICE_ROWS, ServiceRow
from ringfence.model.packet import Protocol
from ringfence.model.site import ServiceHost, Site
from ringfence.roles.far_ends import far_ends
from ringfence.roles.translations import end_seen_at, seen_at

# Seconds until the far ends first speak: the phone is registered by then in a boot without trouble.
_FIRST = 60.0
_PORT = 40_000  # of errands; any port above 1023 will do


@dataclass(frozen=True, slots=True)
class ServiceDialogue:
    """One thing that a host does with the phone, as the two ends' parts in it."""

    row: ServiceRow
    host: ServiceHost
    errand: Errand
    attendant: Attendant


def _pair(ports: PortRange, number: int) -> int:
    """The even port of the pair of that number; negative: from the top."""
    return ports.first + 2 * (number % (len(ports) // 2))


def services(site: Site, phone: IPv4Address) -> tuple[ServiceDialogue, ...]:
    """Every service that meets a firewall, in the order of the table."""
    return tuple(_services(site, phone))


def _services(site: Site, phone: IPv4Address) -> Iterator[ServiceDialogue]:
    group = site.groups[0]
    ports = media_ports(site, Kind((group,)))
    number = 0
    for row in SERVICE_ROWS:
        for host in site.monitoring:
            if host.kind is not row.kind or not site.crossed(group.voice, host.address):
                continue
            number += 1
            asker, asked = (host.address, phone) if row.inward else (phone, host.address)
            # The middle of the media ports: audio takes them from both ends.
            own = _pair(ports, len(ports) // 4 + number) + 1 if row.beside_media else _PORT + number
            question, answer = DIALOGUES[row.id]
            local, remote = TransportAddress(asker, own), TransportAddress(asked, host.port)
            yield ServiceDialogue(
                row,
                host,
                Errand(row.protocol, local, remote, question, answer),
                Attendant(row.protocol, remote, asker, answer),
            )


def beside_registration(site: Site, phone: IPv4Address) -> Machine | None:
    """What runs on the phone itself once it has its signalling channel; None: nothing."""
    every = services(site, phone)
    if not every:
        return None
    # What a phone that calls sends beside its audio is of its calls.
    calls = bool(far_ends(site))
    errands = tuple(
        each.errand for each in every if not each.row.inward and not (calls and each.row.beside_media)
    )
    attendants = tuple(each.attendant for each in every if each.row.inward)
    return ServiceEnd(ServicesConfig(errands, attendants, reports=True))


def service_machines(
    site: Site, phone: IPv4Address, listening: frozenset[TransportAddress]
) -> Iterator[tuple[IPv4Address, Machine]]:
    """The machines of hosts that look after phones, by address. `listening`: where servers that are in
    service answer on TCP themselves. A phone that is translated on the way has its outside address to them.
    """
    hosts: dict[IPv4Address, list[ServiceDialogue]] = {}
    for service in services(site, phone):
        hosts.setdefault(service.host.address, []).append(service)
    for address, mine in hosts.items():
        seen = seen_at(site, phone, address)
        errands = tuple(
            replace(each.errand, remote=end_seen_at(site, phone, each.errand.remote, address))
            for each in mine
            if each.row.inward
        )
        attendants = tuple(
            replace(each.attendant, asker=seen)
            for each in mine
            if not each.row.inward
            and not (each.row.protocol is Protocol.TCP and each.attendant.local in listening)
        )
        yield address, ServiceEnd(ServicesConfig(errands, attendants, _FIRST))
