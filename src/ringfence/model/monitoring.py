"""The flows of monitoring and management: one row for each thing that somebody at a site may do with phones.

All are off until a site names who does them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.model import citations, defaults
from ringfence.model.address import EPHEMERAL, port
from ringfence.model.flow import Basis, Flow, Role
from ringfence.model.kinds import Kind
from ringfence.model.media import media_ports
from ringfence.model.packet import Protocol
from ringfence.model.parties import alike, handsets, hosts_as
from ringfence.model.site import ServiceHost, ServiceKind, Site
from ringfence.model.stage import Stage


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """`inward`: the host opens to the phone. `beside_media`: the phone sends from a port of its media."""

    id: str
    kind: ServiceKind
    inward: bool
    protocol: Protocol
    usual_port: int
    dialogue: str
    basis: tuple[Basis, ...]
    beside_media: bool = False


_TCP, _UDP = Protocol.TCP, Protocol.UDP
SERVICE_ROWS = (
    ServiceRow(
        "rtcp-monitor",
        ServiceKind.RTCP,
        False,
        _UDP,
        5005,
        "copies of RTCP reports, unencrypted",
        (citations.RTCP_MONITOR, citations.RTCP_MONITOR_TOLD),
        beside_media=True,
    ),
    ServiceRow(
        "snmp",
        ServiceKind.SNMP,
        True,
        _UDP,
        161,
        "SNMP queries, read only",
        (citations.SNMP,),
    ),
    ServiceRow(
        "syslog",
        ServiceKind.SYSLOG,
        False,
        _UDP,
        514,
        "syslog messages, without a reply",
        (citations.SYSLOG,),
    ),
    ServiceRow("ssh", ServiceKind.SSH, True, _TCP, 22, "SSH login of a technician", (citations.SSH,)),
    ServiceRow("dns", ServiceKind.DNS, False, _UDP, 53, "DNS queries", (citations.DNS,)),
    ServiceRow(
        "push", ServiceKind.PUSH, True, _TCP, defaults.HTTP_PORT, "HTTP POST of a push", (citations.PUSH,)
    ),
    ServiceRow(
        "web",
        ServiceKind.WEB,
        False,
        _TCP,
        defaults.HTTP_PORT,
        "pages of the WML browser, content of a push",
        (citations.WEB,),
    ),
    ServiceRow(
        "backup",
        ServiceKind.BACKUP,
        False,
        _TCP,
        defaults.HTTP_PORT,
        "backup and restore of user settings",
        (citations.BACKUP,),
    ),
    ServiceRow(
        "qtest", ServiceKind.QTEST, False, _UDP, 7, "Qtest packets and their echo", (citations.QTEST,)
    ),
    ServiceRow(
        "sla-discovery",
        ServiceKind.SLA,
        True,
        _UDP,
        50011,
        "SLA Mon discovery and tests",
        (citations.SLA,),
    ),
    ServiceRow(
        "sla-registration",
        ServiceKind.SLA,
        False,
        _TCP,
        50011,
        "SLA Mon registration",
        (citations.SLA,),
    ),
)


def usual_port(kind: ServiceKind) -> int:
    """The port of a service where the site says none."""
    return next(row.usual_port for row in SERVICE_ROWS if row.kind is kind)


def service_flows(site: Site, kind: Kind) -> Iterator[Flow]:
    """What the hosts that the site names do with these phones."""
    for row in SERVICE_ROWS:
        named = [each for each in site.monitoring if each.kind is row.kind]
        for path, same in alike(site, kind.first.voice, named, lambda each: each.port):
            yield _flow(site, kind, row, same, path)


def _flow(site: Site, kind: Kind, row: ServiceRow, same: list[ServiceHost], path: tuple[str, ...]) -> Flow:
    phones = handsets(kind)
    host = hosts_as(Role.MANAGER if row.inward else Role.SERVER, same, row.kind.value)
    own = media_ports(site, kind) if row.beside_media else EPHEMERAL
    return Flow(
        row.id,
        Stage.SERVICES,
        host if row.inward else phones,
        phones if row.inward else host,
        row.protocol,
        own,
        port(same[0].port),
        row.dialogue,
        row.basis,
        crosses=path[::-1] if row.inward else path,
    )
