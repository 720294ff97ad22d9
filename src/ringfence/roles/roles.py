"""The machines that play a site's roles, fresh for each boot."""

from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.colocated import Colocated
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import PHONE_46XX, PHONE_96X1, Fingerprint
from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.relay import DhcpRelay, Downstream, RelaySettings, SourceAddress
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig, Notification, Since
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.handset.router_check import RouterPatience
from ringfence.actors.io import Machine
from ringfence.actors.ras.dialect import AVAYA, PLAIN, Dialect
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import TransportAddress
from ringfence.model.site import Discovery, Family, RelaySource, Scheme, Site, Vlan
from ringfence.model.topology import mac_octets
from ringfence.roles.network import HANDSET, PHONE_PORT, ROUTER, node_at
from ringfence.wire.dhcp_options import RawOption
from ringfence.wire.phone_options import write_option_string

# A proof needs no lease longer than this: T1 comes at half of it, and only the silence before it is skipped.
LONGEST_LEASE = 1200
_SEED = 20


def machines_of(site: Site, gatekeeper: int = 0) -> dict[str, Machine]:
    """A machine for every node that plays a role. Only the gatekeeper of that number is in service."""
    servers: dict[str, list[Machine]] = {}
    for address, machine in (
        (site.dhcp_server.address, DhcpServer(dhcp_settings(site))),
        (site.file_server.address, FileServer(file_settings(site))),
        (
            site.gatekeeper.addresses[gatekeeper],
            Gatekeeper(gatekeeper_settings(site, gatekeeper), Random(_SEED)),
        ),
    ):
        servers.setdefault(node_at(site, address), []).append(machine)
    # The handset last: a relay agent that has not started yet would cost it a DISCOVER.
    return {
        **{node: _together(machines) for node, machines in servers.items()},
        ROUTER: DhcpRelay(relay_settings(site)),
        HANDSET: Handset(handset_settings(site), Random(_SEED + 1)),
    }


def _together(machines: list[Machine]) -> Machine:
    return machines[0] if len(machines) == 1 else Colocated(machines)


def relay_settings(site: Site) -> RelaySettings:
    """The router's relay agent: one downstream interface for each VLAN, named like the VLAN."""
    return RelaySettings(
        tuple(Downstream(name, vlan.router) for name, vlan in _vlans(site)),
        (site.dhcp_server.address,),
        site.relay.uplink,
        SourceAddress.UPLINK if site.relay.source is RelaySource.UPLINK else SourceAddress.GIADDR,
    )


def dhcp_settings(site: Site) -> ServerSettings:
    """One scope for each VLAN; the first one's option 242/176 sends handsets to the second."""
    return ServerSettings(
        site.dhcp_server.address,
        tuple(
            Scope(
                name=name,
                subnet=vlan.network,
                pools=(_pool(vlan),),
                lease_seconds=min(site.dhcp_server.lease, LONGEST_LEASE),
                routers=(vlan.router,),
                options=(_phone_option(site),),
            )
            for name, vlan in _vlans(site)
        ),
    )


def _phone_option(site: Site) -> RawOption:
    """Option 242/176 as sites write it: the same string on both VLANs."""
    files = site.file_server
    kind = "TLS" if files.scheme is Scheme.HTTPS else "HTTP"
    parameters: list[tuple[str, str | int | list[str]]] = []
    if site.registration.discovery is Discovery.UNICAST:
        addresses = [str(address) for address in site.gatekeeper.addresses]
        parameters += [("MCIPADD", addresses), ("MCPORT", site.gatekeeper.ras_port)]
    parameters += [(f"{kind}SRVR", str(files.address)), (f"{kind}PORT", files.tcp_port)]
    if files.directory:
        parameters.append((f"{kind}DIR", files.directory))
    if site.moves:
        parameters += [
            ("L2Q", 1),
            ("L2QVLAN", site.vlans.voice.id),
            ("VLANTEST", site.handsets.vlan_test),
        ]
    return site.dhcp_server.option, write_option_string(parameters).encode("ascii")


def file_settings(site: Site) -> FileServerConfig:
    """The stock pair: an upgrade file that GETs the settings file, and the settings file."""
    directory = f"{site.file_server.directory.strip('/')}/" if site.file_server.directory else ""
    here = (TransportAddress(site.file_server.address, site.file_server.tcp_port),)
    upgrade = b"## upgrade file\nGET 46xxsettings.scr\nGET 46xxsettings.txt\n"
    settings = b'## settings file\nSET SNMPSTRING ""\n'
    names = ("46xxupgrade.scr", "16xxupgrade.txt", "96xxupgrade.txt", "96x1Hupgrade.txt")
    files = {f"{directory}{name}": upgrade for name in names}
    files[f"{directory}46xxsettings.txt"] = settings
    if site.file_server.scheme is Scheme.HTTPS:
        return FileServerConfig(files, https=here)
    return FileServerConfig(files, http=here)


def gatekeeper_settings(site: Site, number: int) -> GatekeeperConfig:
    """The gatekeeper of that number, which speaks first after the site's `notify_after` of silence."""
    return GatekeeperConfig(
        address=site.gatekeeper.addresses[number],
        users={site.handsets.extension: site.handsets.password},
        ras_port=site.gatekeeper.ras_port,
        signalling_port=site.gatekeeper.signalling_port,
        multicast=site.registration.discovery is Discovery.MULTICAST,
        dialect=dialect_of(site),
        # Where a TTL is granted, the keep-alive comes as late as a renewal without one.
        time_to_live=round(site.registration.refresh / PLAIN.timers.keep_alive_at),
        notification=Notification(float(site.registration.notify_after), since=Since.REGISTRATION),
        signalling=signalling_settings(site),
    )


def dialect_of(site: Site) -> Dialect:
    return PLAIN if site.handsets.family is Family.PLAIN else AVAYA


def signalling_settings(site: Site) -> SignallingConfig:
    choice = site.registration
    opens_to_handset = choice.call_control.value == "gatekeeper"
    return SignallingConfig(
        choice.call_control,
        gatekeeper_ports=choice.gatekeeper_ports,
        signalling_port=(
            site.handsets.signalling_port if opens_to_handset else site.gatekeeper.signalling_port
        ),
        tls_port=site.gatekeeper.tls_port,
    )


def handset_settings(site: Site) -> HandsetConfig:
    """A handset out of its box: what it does not know it learns from option 242/176 and the files."""
    handsets, dialect = site.handsets, dialect_of(site)
    return HandsetConfig(
        dhcp=ClientSettings(
            mac_octets(handsets.mac), _fingerprint(site.dhcp_server.option), interface=PHONE_PORT
        ),
        extension=handsets.extension,
        signalling=signalling_settings(site),
        password=handsets.password,
        family=handsets.family.value,
        dialect=dialect,
        ras_ports=handsets.ras_ports,
        ras_timers=replace(dialect.timers, registration=float(site.registration.refresh)),
        multicast=site.registration.discovery is Discovery.MULTICAST,
        routers=RouterPatience() if dialect is AVAYA else None,
        echo_interval=float(site.registration.echo_interval),
    )


def _fingerprint(option: int) -> Fingerprint:
    # Sets of the 46xx family ask for option 176, later ones for 242 (public DHCP fingerprints).
    return PHONE_46XX if option == 176 else PHONE_96X1


def _vlans(site: Site) -> tuple[tuple[str, Vlan], ...]:
    if site.moves and site.vlans.data is not None:
        return (("data", site.vlans.data), ("voice", site.vlans.voice))
    return (("voice", site.vlans.voice),)


def _pool(vlan: Vlan) -> Pool:
    """The upper half of the network, less its broadcast address: the router is at the bottom as a rule."""
    size = vlan.network.num_addresses
    first = IPv4Address(int(vlan.network.network_address) + size // 2)
    last = IPv4Address(int(vlan.network.broadcast_address) - 1)
    if first <= vlan.router <= last:
        return Pool(IPv4Address(int(vlan.network.network_address) + 1), IPv4Address(int(first) - 1))
    return Pool(first, last)
