"""Media, monitoring and management as written -> as the product works with them."""

from collections.abc import Sequence
from itertools import combinations

from msgspec.structs import asdict

from ringfence.model import site
from ringfence.model.address import PortRange
from ringfence.model.language.reading import Fault, unknown_name
from ringfence.model.language.second import PhonesText
from ringfence.model.language.talk import MediaText, MonitoringText
from ringfence.model.monitoring import usual_port

_FEWEST = 128  # Communication Manager 10.2, network region fields


def media_of(
    text: MediaText | None,
    lookup: site.Site,
    groups: Sequence[site.Group],
    written: dict[str, PhonesText],
    faults: list[Fault],
) -> site.Media | None:
    """Every end of RTP; None: the site says nothing of media."""
    if text is None:
        return None
    names = tuple(written) if text.direct is None else text.direct
    faults += [
        unknown_name(("media", "direct", number), "group of phones", name, written)
        for number, name in enumerate(names)
        if name not in written
    ]
    gateways = tuple(
        site.MediaGateway(each.name or str(address), address, each.ports or text.ports)
        for each in text.gateways
        for address in each.address
    )
    phones = tuple(
        site.MediaPhones(
            group.name,
            lookup.zone_of(group.voice.network) or "",
            group.voice,
            written[group.name].media_ports or text.ports,
            group.name in names,
        )
        for group in groups
    )
    return site.Media(gateways, phones)


def monitoring_of(text: MonitoringText | None) -> tuple[site.ServiceHost, ...]:
    """Every host, in the order in which the language names the kinds."""
    if text is None:
        return ()
    return tuple(
        site.ServiceHost(kind, address, each.port or usual_port(kind))
        for name, hosts in asdict(text).items()
        for kind in (site.ServiceKind(name),)
        for each in hosts
        for address in each.address
    )


def media_faults(site_: site.Site) -> list[Fault]:
    """Ranges of ports that no region can have, and ends that nothing joins."""
    media = site_.media
    if media is None:
        return []
    ranges = [(("media", "gateways"), each.name, each.ports) for each in media.gateways]
    ranges += [(("phones", each.group), each.group, each.ports) for each in media.phones]
    return [
        *(fault for at, name, ports in ranges for fault in _range(at, name, ports)),
        *_apart(site_, media),
    ]


def _apart(site_: site.Site, media: site.Media) -> list[Fault]:
    """Zones of phones that may talk directly must be joined, or be said to talk through gateways."""
    zones = {site_.zone_of(each.voice.network): each.group for each in media.phones if each.direct}
    found = []
    for (here, one), (there, other) in combinations(zones.items(), 2):
        if not site_.joined(here or "", there or ""):
            said = f"no firewall joins {one} to {other}"
            found.append(Fault(("media", "direct"), said, "name under direct: who talks without a gateway"))
    return found


def _range(at: tuple[str, ...], name: str, ports: PortRange) -> list[Fault]:
    if ports.first % 2:
        said = f"the media ports {ports} of {name} begin with an odd one"
        return [Fault(at, said, "RTP takes the even port, RTCP the next (RFC 3550 section 11)")]
    if len(ports) < _FEWEST:
        said = f"the media ports {ports} of {name} are {len(ports)}"
        return [Fault(at, said, f"a region has {_FEWEST} or more")]
    return []
