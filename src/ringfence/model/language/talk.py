"""The keys of media, monitoring and management. All are off unless they are written."""

from ipaddress import IPv4Address
from typing import Annotated, ClassVar

from msgspec import field

from ringfence.model.address import PortRange
from ringfence.model.language.reading import Part
from ringfence.model.language.saying import OWN, says, says_port
from ringfence.model.media import MEDIA_PORTS

_TEMPLATE = "Avaya settings template (2022)"
_REGION = "a login reply of Communication Manager 18: 2048-3329; IP Office: 49152-53246; 1600: 4000-10000"


class MediaGatewayText(Part, frozen=True):
    """A gateway, media server or IP Office; its address alone may stand for it."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[
        tuple[IPv4Address, ...], says("Its address; several: as many with the same settings.", OWN)
    ]
    name: Annotated[str, says("What it is called; without it its address.", OWN)] = ""
    ports: Annotated[
        PortRange | None,
        says("Its RTP and RTCP ports; default: those of `media`.", _REGION, unit="port"),
    ] = None


class MediaText(Part, frozen=True):
    """RTP and RTCP through the firewalls; the gateways alone may stand for it."""

    SHORT: ClassVar[str] = "gateways"

    gateways: Annotated[
        tuple[MediaGatewayText, ...],
        says("Media gateways and media servers that phones exchange audio with.", OWN),
    ] = ()
    ports: Annotated[
        PortRange,
        says("UDP ports of RTP and RTCP, as administered; the first is even.", _REGION, unit="port"),
    ] = field(default_factory=lambda: MEDIA_PORTS)
    direct: Annotated[
        tuple[str, ...] | None,
        says(
            "Groups of phones that exchange audio directly, without a gateway; default: all.",
            "Communication Manager 10.2, Shuffled audio connections",
        ),
    ] = None


class ServiceText(Part, frozen=True):
    """Who does it; the address alone may stand for it."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[tuple[IPv4Address, ...], says("Its address; several: as many hosts.", OWN)]
    port: Annotated[int, says_port("The destination port, if it is not the default.", _TEMPLATE)] | None = (
        None
    )


class MonitoringText(Part, frozen=True):
    """Who monitors and manages phones, and whom they tell and ask."""

    rtcp: Annotated[
        tuple[ServiceText, ...],
        says("Monitors that phones send copies of RTCP to: udp 5005.", "96x1 guide (2018) p. 35"),
    ] = ()
    snmp: Annotated[
        tuple[ServiceText, ...], says("Managers that ask phones by SNMP: udp 161.", _TEMPLATE)
    ] = ()
    syslog: Annotated[
        tuple[ServiceText, ...], says("Servers that phones log to (LOGSRVR): udp 514.", _TEMPLATE)
    ] = ()
    ssh: Annotated[
        tuple[ServiceText, ...], says("Hosts of technicians that log in to phones: tcp 22.", _TEMPLATE)
    ] = ()
    dns: Annotated[
        tuple[ServiceText, ...], says("DNS servers of the phones: udp 53.", "96x1 guide (2018) p. 33")
    ] = ()
    push: Annotated[
        tuple[ServiceText, ...],
        says(
            (
                "Hosts that push to phones (TPSLIST): tcp 80 (PUSHPORT). The phones fetch the content from "
                "`web`."
            ),
            _TEMPLATE,
        ),
    ] = ()
    web: Annotated[
        tuple[ServiceText, ...],
        says("Web servers for phones: tcp 80; a proxy (WMLPROXY) often 8000.", _TEMPLATE),
    ] = ()
    backup: Annotated[
        tuple[ServiceText, ...], says("Servers of user settings (BRURI): tcp 80 or as written.", _TEMPLATE)
    ] = ()
    qtest: Annotated[tuple[ServiceText, ...], says("Responders of Qtest: udp 7.", _TEMPLATE)] = ()
    sla: Annotated[
        tuple[ServiceText, ...],
        says("SLA Mon servers: udp 50011 to phones, tcp 50011 from them.", _TEMPLATE),
    ] = ()
