"""The machines that play a site's roles, as the site says and fresh for each boot."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.colocated import Colocated
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import PHONE_46XX, PHONE_96X1, Fingerprint
from ringfence.actors.dhcp.relay import DhcpRelay, Downstream, RelaySettings, SourceAddress
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.dns.server import DnsServer
from ringfence.actors.files.server import FileServer, FileServerConfig
from ringfence.actors.files.tftp_server import TftpServer
from ringfence.actors.gatekeeper.config import AddressPolicy, GatekeeperConfig, Notification, Since
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.handset.router_check import RouterPatience
from ringfence.actors.handset.static_address import StaticSettings
from ringfence.actors.io import Machine
from ringfence.actors.media.talking import TalkingHandset
from ringfence.actors.ras.dialect import AVAYA, PHONE_FAMILIES, PLAIN, Dialect
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.dhcp_servers.phone_string import phone_strings
from ringfence.dhcp_servers.scopes import pools_of
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DNS_PORT, SITE_OPTION, SITE_OPTION_46XX
from ringfence.model.site import (
    Addressing,
    CallControl,
    Discovery,
    Family,
    Group,
    RelaySource,
    Scheme,
    Site,
    Vlan,
)
from ringfence.model.site import FileServer as FileEntry
from ringfence.model.topology import mac_octets
from ringfence.roles.calling import far_phone_users, switched, user_plan
from ringfence.roles.network import HANDSET, PHONE_PORT, ROUTER
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.talking import beside_registration, service_machines
from ringfence.roles.turns import FIRST_TURN, ServerList, Turn
from ringfence.wire.dhcp_options import DNS_SERVERS, DOMAIN_NAME
from ringfence.wire.phone_options import parse_option_string

_SEED = 20


def machines_of(
    site: Site, network: SiteNetwork, turn: Turn = FIRST_TURN, *, seed: int = _SEED, epoch: float = 0.0
) -> dict[str, Machine]:
    """A machine for every node that plays a role; of each list of servers one is in service.

    `epoch`: seconds since 1970 when the machines' clock stood at 0.
    """
    group = site.groups[0]
    servers: dict[str, list[Machine]] = {}

    def serve(address: IPv4Address, machine: Machine) -> None:
        servers.setdefault(network.nodes[address], []).append(machine)

    if group.addressing is Addressing.DHCP:
        for number in turn.numbers(ServerList.DHCP):
            serve(group.dhcp[number].address, DhcpServer(dhcp_settings(site, number, network)))
    for names in turn.serving(ServerList.DNS, group.dns) if group.hosts else ():
        serve(names.address, DnsServer(records(group), TransportAddress(names.address, DNS_PORT)))
    files = turn.serving(ServerList.FILES, group.files)
    for each in files:
        serve(each.address, file_machine(each))
    phone = phone_address(site)
    in_service = turn.serving(ServerList.GATEKEEPERS, group.gatekeepers)
    for number in turn.numbers(ServerList.GATEKEEPERS):
        settings = replace(gatekeeper_settings(site, number), epoch=epoch)
        machine = Gatekeeper(switched(settings, site, phone), Random(seed))
        serve(group.gatekeepers[number].address, machine)
    for node, relay in relays_of(site, network, turn).items():
        servers.setdefault(node, []).append(DhcpRelay(relay))
    listening = frozenset(TransportAddress(each.address, each.port) for each in files)
    for address, host in service_machines(site, phone, listening):
        serve(address, host)
    listed = tuple(TransportAddress(each.address, each.ras_port) for each in in_service)
    signalling = signalling_settings(site)
    for address, far in far_phone_users(site, listed, signalling, dialect_of(site), network.signalling):
        serve(address, far)
    own = replace(handset_settings(site), phone_user=user_plan(site), epoch=epoch)
    handset: Machine = Handset(own, Random(seed + 1))
    if (beside := beside_registration(site, phone)) is not None:
        handset = TalkingHandset(handset, beside)
    # The handset last: a relay agent that has not started yet would cost it a DISCOVER.
    return {
        **{node: one_machine(machines) for node, machines in servers.items()},
        HANDSET: handset,
    }


def phone_address(site: Site) -> IPv4Address:
    """The address that the phone of a proof gets on its voice VLAN: the first of the scope."""
    return pools_of(site, site.groups[0].voice)[0].first


def one_machine(machines: list[Machine]) -> Machine:
    return machines[0] if len(machines) == 1 else Colocated(machines)


def relays_of(site: Site, network: SiteNetwork, turn: Turn = FIRST_TURN) -> dict[str, RelaySettings]:
    """The relay agents by node: on the router, or on the firewall that is the router."""
    group = site.groups[0]
    if group.addressing is Addressing.STATIC:
        return {}
    by_node: dict[str, list[tuple[str, Vlan]]] = {}
    for key, vlan in group.vlans:
        if any(each.address not in vlan.network for each in group.dhcp):
            owner = site.own_addresses.get(vlan.router)
            by_node.setdefault(network.firewalls[owner] if owner else ROUTER, []).append((key, vlan))
    return {
        node: relay_settings(group, vlans, turn.relay)
        for node, vlans in by_node.items()
        if all(network.nodes[each.address] != node for each in group.dhcp)
    }


def relay_settings(group: Group, vlans: Sequence[tuple[str, Vlan]], asked: int = 0) -> RelaySettings:
    """A relay agent of these VLANs: one downstream interface for each, named like the VLAN."""
    relays = [vlan.relay for _, vlan in vlans if vlan.relay is not None]
    first, uplink = relays[0], vlans[0][1].uplink
    source = first.addresses[min(asked, len(first.addresses) - 1)]
    return RelaySettings(
        tuple(Downstream(key, _giaddr(vlan, asked)) for key, vlan in vlans),
        tuple(each.address for each in group.dhcp),
        source if first.source is RelaySource.UPLINK else uplink or source,
        SourceAddress.UPLINK if first.source is RelaySource.UPLINK else SourceAddress.GIADDR,
    )


def _giaddr(vlan: Vlan, number: int) -> IPv4Address:
    giaddrs = vlan.relay.giaddrs if vlan.relay else (vlan.router,)
    return giaddrs[min(number, len(giaddrs) - 1)]


def dhcp_settings(site: Site, number: int = 0, network: SiteNetwork | None = None) -> ServerSettings:
    """The server of that number: one scope for each VLAN, with the option 242/176 of each.

    A VLAN that it is itself in is served there directly where `network` says by which interface.
    """
    group = site.groups[0]
    server, strings = group.dhcp[number], phone_strings(group)
    return ServerSettings(
        server.address,
        tuple(
            Scope(
                name=name,
                subnet=vlan.network,
                pools=pools_of(site, vlan),
                lease_seconds=server.lease,
                routers=(vlan.router,),
                options=(*_dns_options(group), *_phone_option(server.option, strings[name])),
                interface=_attached(network, server.address, vlan) if network else "",
            )
            for name, vlan in group.vlans
        ),
    )


def _phone_option(code: int, told: str) -> tuple[tuple[int, bytes], ...]:
    """Nothing where phones need not be told anything: an option of no octets is malformed."""
    return ((code, told.encode("ascii")),) if told else ()


def records(group: Group) -> dict[str, tuple[IPv4Address, ...]]:
    """What the group's DNS servers know: its names in full, in lower case."""
    domain = next((each.domain for each in group.dns if each.domain), "")
    return {
        (f"{host}.{domain}" if domain and "." not in host else host).removesuffix(".").lower(): addresses
        for host, addresses in group.hosts.items()
    }


def _dns_options(group: Group) -> tuple[tuple[int, bytes], ...]:
    """Options 6 and 15."""
    if not group.dns:
        return ()
    domain = next((each.domain for each in group.dns if each.domain), "")
    told = DNS_SERVERS(tuple(each.address for each in group.dns))
    return (told, DOMAIN_NAME(domain)) if domain else (told,)


def _attached(network: SiteNetwork, address: IPv4Address, vlan: Vlan) -> str:
    """The interface by which the server's node is on this VLAN; empty: it is not."""
    node = network.topology.node(network.nodes[address])
    return next(
        (each.name for each in node.interfaces if any(a.network == vlan.network for a in each.addresses)), ""
    )


def file_machine(server: FileEntry) -> Machine:
    """The server of the stock files, by its scheme."""
    if server.scheme is Scheme.TFTP:
        return TftpServer(stock_files(server), TransportAddress(server.address, server.port))
    return FileServer(file_settings(server))


def file_settings(server: FileEntry) -> FileServerConfig:
    """The stock files over HTTP or HTTPS."""
    here = (TransportAddress(server.address, server.port),)
    if server.scheme is Scheme.HTTPS:
        return FileServerConfig(stock_files(server), https=here)
    return FileServerConfig(stock_files(server), http=here)


def stock_files(server: FileEntry) -> dict[str, bytes]:
    """The stock pair: an upgrade file that GETs the settings file, and the settings file."""
    directory = f"{server.directory.strip('/')}/" if server.directory else ""
    upgrade = b"## upgrade file\nGET 46xxsettings.scr\nGET 46xxsettings.txt\n"
    settings = b'## settings file\nSET SNMPSTRING ""\n'
    names = ("46xxupgrade.scr", "16xxupgrade.txt", "96xxupgrade.txt", "96x1Hupgrade.txt")
    files = {f"{directory}{name}": upgrade for name in names}
    files[f"{directory}46xxsettings.txt"] = settings
    return files


def gatekeeper_settings(site: Site, number: int) -> GatekeeperConfig:
    """The gatekeeper of that number, which speaks first after the site's `notify_after` of silence."""
    group = site.groups[0]
    gatekeeper, calls = group.gatekeepers[number], group.calls
    return GatekeeperConfig(
        address=gatekeeper.address,
        users={group.user.extension: group.user.password},
        ras_port=gatekeeper.ras_port,
        signalling_port=gatekeeper.signalling_port,
        multicast=calls.discovery is Discovery.MULTICAST,
        dialect=dialect_of(site),
        # Where a TTL is granted, the keep-alive comes as late as a renewal without one.
        time_to_live=round(calls.refresh / PLAIN.timers.keep_alive_at),
        notification=Notification(float(calls.notify_after), since=Since.REGISTRATION),
        signalling=signalling_settings(site),
        alternates=tuple(
            TransportAddress(each.address, each.ras_port) for each in group.alternates if each != gatekeeper
        ),
        addresses=AddressPolicy(gatekeeper.phone_address.value),
    )


def dialect_of(site: Site) -> Dialect:
    return PLAIN if site.groups[0].calls.family is Family.PLAIN else AVAYA


def signalling_settings(site: Site) -> SignallingConfig:
    group = site.groups[0]
    calls, gatekeeper = group.calls, group.gatekeepers[0]
    opens_to_handset = calls.call_control is CallControl.GATEKEEPER
    return SignallingConfig(
        calls.call_control,
        gatekeeper_ports=calls.gatekeeper_ports,
        handset_ports=PHONE_FAMILIES[calls.family.value].signalling_ports,
        signalling_port=calls.signalling_port if opens_to_handset else gatekeeper.signalling_port,
        tls_port=gatekeeper.tls_port,
    )


def handset_settings(site: Site) -> HandsetConfig:
    """A handset out of its box: what it does not know it learns from option 242/176 and the files."""
    group, dialect = site.groups[0], dialect_of(site)
    calls, user = group.calls, group.user
    option = group.dhcp[0].option if group.dhcp else SITE_OPTION
    return HandsetConfig(
        dhcp=ClientSettings(mac_octets(user.mac), _fingerprint(option), interface=PHONE_PORT),
        extension=user.extension,
        signalling=signalling_settings(site),
        password=user.password,
        family=calls.family.value,
        dialect=dialect,
        ras_ports=calls.ras_ports,
        ras_timers=replace(dialect.timers, registration=float(calls.refresh)),
        multicast=calls.discovery is Discovery.MULTICAST,
        routers=RouterPatience() if dialect is AVAYA else None,
        echo_interval=float(calls.echo_interval),
        static=_static(site) if group.addressing is Addressing.STATIC else None,
    )


def _static(site: Site) -> StaticSettings:
    voice = site.groups[0].voice
    return StaticSettings(
        pools_of(site, voice)[0].first,
        voice.network,
        voice.router,
        parse_option_string(phone_strings(site.groups[0])["voice"]),
        tuple(each.address for each in site.groups[0].dns),
        next((each.domain for each in site.groups[0].dns if each.domain), ""),
    )


def _fingerprint(option: int) -> Fingerprint:
    # Sets of the 46xx family ask for option 176, later ones for 242 (public DHCP fingerprints).
    return PHONE_46XX if option == SITE_OPTION_46XX else PHONE_96X1
