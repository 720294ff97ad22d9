"""Who exchanges audio with the phone of a site, who asks it and is asked: machines beside registration."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ringfence.actors.io import Machine
from ringfence.actors.media.audio import AudioConfig, AudioEnd, AudioExchange
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


def exchanges(site: Site, phone: IPv4Address) -> tuple[AudioExchange, ...]:
    """The phone's exchanges: two with every far end, one that it opens from the bottom of its ports and one
    that the far end opens at their top.
    """
    if site.media is None:
        return ()
    ports = media_ports(site, Kind((site.groups[0],)))
    found = []
    for number, far in enumerate(far_ends(site)):
        low, high = _pair(ports, number), _pair(ports, -1 - number)
        there_low, there_high = _pair(far.ports, 0), _pair(far.ports, -1)
        found.append(
            AudioExchange(TransportAddress(phone, low), TransportAddress(far.address, there_low), opens=True)
        )
        found.append(
            AudioExchange(
                TransportAddress(phone, high), TransportAddress(far.address, there_high), opens=False
            )
        )
    return tuple(found)


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


def beside_registration(site: Site, phone: IPv4Address) -> tuple[Machine, ...]:
    """What runs on the phone itself once it has its signalling channel."""
    found: list[Machine] = []
    if audio := exchanges(site, phone):
        found.append(AudioEnd(AudioConfig(audio, reports=True)))
    if every := services(site, phone):
        errands = tuple(each.errand for each in every if not each.row.inward)
        attendants = tuple(each.attendant for each in every if each.row.inward)
        found.append(ServiceEnd(ServicesConfig(errands, attendants, reports=True)))
    return tuple(found)


def far_machines(
    site: Site, phone: IPv4Address, listening: frozenset[TransportAddress]
) -> Iterator[tuple[IPv4Address, Machine]]:
    """The machines of gateways, far phones and hosts, by address. `listening`: where servers that are in
    service answer on TCP themselves. A phone that is translated on the way has its outside address to them.
    """
    audio: dict[IPv4Address, list[AudioExchange]] = {}
    for each in exchanges(site, phone):
        phones = end_seen_at(site, phone, each.local, each.remote.ip)
        turned = AudioExchange(each.remote, phones, not each.opens)
        audio.setdefault(turned.local.ip, []).append(turned)  # type: ignore[arg-type]
    for address, own in audio.items():
        yield address, AudioEnd(AudioConfig(tuple(own), _FIRST))
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
