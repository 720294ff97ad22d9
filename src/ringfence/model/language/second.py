"""The second edition of the site language, as it is written; each key with meaning, unit and source.

The JSON Schema and the reference page are made from these classes; `resolve` makes a site of the values.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import field

from ringfence.model import defaults
from ringfence.model.address import PortRange
from ringfence.model.language.first import Row
from ringfence.model.language.nat import NatText
from ringfence.model.language.reading import Part
from ringfence.model.language.saying import OWN, says, says_port
from ringfence.model.language.talk import MediaText, MonitoringText
from ringfence.model.nat import InspectionKind, PhoneAddress
from ringfence.model.site import Addressing, CallControl, Discovery, Family, Scheme
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon

_LINUX = "Linux nf_conntrack defaults; RFC 4787 section 4.3 asks for 120 s or more"


def _seconds(description: str, source: str) -> msgspec.Meta:
    return says(description, source, unit="seconds", ge=1, le=10_000_000)


class ZoneText(Part, frozen=True):
    """Networks that reach each other without crossing a firewall. The networks alone may stand for it."""

    SHORT: ClassVar[str] = "networks"

    networks: Annotated[tuple[IPv4Network, ...], says("The networks of the zone; no two zones overlap.", OWN)]
    interface: Annotated[
        str, says("What your firewall calls it: a zone or interface name; without it the zone's name.", OWN)
    ] = ""


class FirewallText(Part, frozen=True):
    """A firewall: zones meet where it has an address. The addresses alone may stand for it."""

    SHORT: ClassVar[str] = "addresses"

    addresses: Annotated[
        tuple[IPv4Address, ...],
        says("Its own addresses. One that is a VLAN's router makes it the router and relay there.", OWN),
    ] = ()
    zones: Annotated[
        tuple[str, ...], says("Zones that it joins although none of its addresses there is listed.", OWN)
    ] = ()
    udp_timeout: Annotated[int, _seconds("UDP state timeout, one way only.", _LINUX)] = defaults.UDP_STATE
    udp_stream_timeout: Annotated[int, _seconds("UDP state timeout, both ways.", _LINUX)] = (
        defaults.UDP_STREAM_STATE
    )
    icmp_timeout: Annotated[int, _seconds("State timeout of ICMP echo.", _LINUX)] = defaults.ICMP_STATE
    tcp_timeout: Annotated[int, _seconds("Idle timeout of established TCP.", _LINUX)] = defaults.TCP_STATE
    dhcp_daemon: Annotated[
        DhcpDaemon | None,
        says(
            "On Linux, the program that relays or serves DHCP here: it decides which rules for the "
            "firewall's own packets are needed. Without it rules are written for all of them.",
            "measured on Linux 6.18: dhcrelay, dhcpd and Kea read raw frames, dnsmasq and networkd do not",
        ),
    ] = None
    nat: Annotated[tuple[NatText, ...], says("Whose addresses it translates; default: none.", OWN)] = ()
    inspection: Annotated[
        InspectionKind, says("Its H.323 inspection (ALG), which rewrites addresses in H.225.0.", OWN)
    ] = InspectionKind.OFF


_NAME = says("What groups call it; without it its address.", OWN)
_ADDRESSES = says("Its address; several: as many servers with the same settings.", OWN)


class DhcpText(Part, frozen=True):
    """A DHCP server; its address alone may stand for it. All that a group lists answer for its VLANs."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[tuple[IPv4Address, ...], _ADDRESSES]
    name: Annotated[str, _NAME] = ""
    lease: Annotated[int, _seconds("Lease time (option 51).", "assumed: 8 hours")] = defaults.LEASE
    option: Annotated[
        int,
        says(
            "The option that carries the phone string: 242, or 176 for 46xx sets.",
            "4600 LAN administrator guide; 96x1 H.323 administrator guide (2018) p. 55",
            ge=1,
            le=254,
        ),
    ] = defaults.SITE_OPTION


class DnsText(Part, frozen=True):
    """A DNS server that phones are told of (option 6); its address alone may stand for it."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[tuple[IPv4Address, ...], _ADDRESSES]
    name: Annotated[str, _NAME] = ""
    domain: Annotated[
        str, says("What phones put behind a name without a dot (option 15).", "RFC 2132 section 3.17")
    ] = ""


_HOST = says(
    "The DNS name that phones are told instead of its addresses: they ask `dns` for it. Rules are made of "
    "the addresses.",
    "4600 LAN administrator guide: MCIPADD and file servers by name",
)


class FilesText(Part, frozen=True):
    """A server of upgrade and settings files; its address alone may stand for it (HTTP)."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[tuple[IPv4Address, ...], _ADDRESSES]
    name: Annotated[str, _NAME] = ""
    host: Annotated[str, _HOST] = ""
    scheme: Annotated[
        Scheme,
        says(
            "The protocol; tftp is for 46xx phones only. Of an HTTPS and an HTTP server, HTTP is the "
            "fallback.",
            "96x1 H.323 administrator guide (2018) p. 33",
        ),
    ] = Scheme.HTTP
    port: (
        Annotated[
            int,
            says_port(
                "Without it 80, 443 or 69 (TFTP). Start-up HTTPS uses TLSPORT, often 411.",
                "96x1 H.323 administrator guide (2018) p. 33: HTTPPORT 80, TLSPORT configurable",
            ),
        ]
        | None
    ) = None
    directory: Annotated[
        str, says("HTTPDIR or TLSDIR: stands before every file name.", "9600 SIP guide (2007) p. 55")
    ] = ""


class GatekeeperText(Part, frozen=True):
    """Communication Manager, IP Office or any H.323 gatekeeper; its address alone may stand for it."""

    SHORT: ClassVar[str] = "address"

    address: Annotated[tuple[IPv4Address, ...], _ADDRESSES]
    name: Annotated[str, _NAME] = ""
    host: Annotated[str, _HOST] = ""
    ras_port: Annotated[int, says_port("UDP port of RAS (MCPORT).", "H.225.0 Appendix IV")] = (
        defaults.RAS_PORT
    )
    signalling_port: Annotated[
        int, says_port("TCP port of call signalling where the phone opens it.", "H.225.0 Appendix IV")
    ] = defaults.SIGNALLING_PORT
    tls_port: Annotated[
        int, says_port("The same over TLS.", "96x1 H.323 administrator guide (2018) p. 34")
    ] = defaults.SIGNALLING_TLS_PORT
    phone_address: Annotated[
        PhoneAddress,
        says(
            "Where it reaches a phone behind NAT: as-seen, at the source of its packets, or "
            "as-registered, at the addresses in its messages.",
            "as-seen: Communication Manager, NAT shuffling; as-registered: H.225.0 section 7.9.1",
        ),
    ] = PhoneAddress.AS_SEEN


class ServersText(Part, frozen=True):
    """The servers of the site, each list in the order in which phones try them."""

    dhcp: Annotated[tuple[DhcpText, ...], says("DHCP servers; none where every phone is static.", OWN)] = ()
    dns: Annotated[
        tuple[DnsText, ...],
        says(
            "DNS servers; asked where a server has a `host`.", "96x1 H.323 administrator guide (2018) p. 33"
        ),
    ] = ()
    files: Annotated[
        tuple[FilesText, ...],
        says("File servers; phones work without any (9600 R6.0 guide p. 55).", OWN),
    ] = ()
    gatekeepers: Annotated[tuple[GatekeeperText, ...], says("Gatekeepers, survivable ones too.", OWN)] = ()


class VlanText(Part, frozen=True):
    """One VLAN that phones get addresses on; its network alone may stand for it."""

    SHORT: ClassVar[str] = "network"

    network: Annotated[IPv4Network, says("Its network, inside one zone.", OWN)]
    vlan: Annotated[
        int, says("Its 802.1Q id; 0: untagged at the phone.", "IEEE 802.1Q section 9.6", ge=0, le=4094)
    ] = 0
    router: Annotated[
        str,
        says(
            "The phones' router, which is also giaddr where it relays: an address, or `first` or `last` of "
            "the network. Without it the address that a firewall has in the network.",
            OWN,
        ),
    ] = ""
    giaddr: Annotated[
        tuple[IPv4Address, ...],
        says(
            "The giaddr of relay agents, if it is not `router`: routers that share a virtual address "
            "(HSRP, VRRP) relay with their own address. On a firewall they must be among its addresses.",
            "RFC 2131 section 4.1; first-hop redundancy: the virtual address is never giaddr (derived)",
        ),
    ] = ()
    relay: Annotated[
        tuple[str, ...] | None,
        says("Like the group's `relay`, for this VLAN only.", "RFC 1542 section 4"),
    ] = None


class PhonesText(Part, frozen=True):
    """A group of phones that are told the same things."""

    voice: Annotated[VlanText, says("The VLAN that the phones work on.", OWN)]
    signalling: Annotated[
        CallControl,
        says(
            "Who opens the call-signalling connection: gatekeeper (Communication Manager with "
            "time-to-service), handset (IP Office, plain H.323), or handset-tls.",
            "Avaya time-to-service; 1600 R1.0 guide p. 28; 96x1 guide (2018) p. 34",
        ),
    ]
    data: Annotated[
        VlanText | None,
        says(
            "The VLAN that they boot on, if option 242/176 sends them to the voice VLAN. Without it they "
            "use the voice VLAN from the first frame: access port, LLDP-MED, or a VLAN id entered by hand.",
            OWN,
        ),
    ] = None
    relay: Annotated[
        tuple[str, ...],
        says(
            "The source address of the router's relay agent: `giaddr`, or the addresses of its uplinks. "
            "Required if a DHCP server is in another network and no firewall is the router.",
            "RFC 1542 section 4; measured: ISC dhcrelay asks from its uplink, dnsmasq from giaddr",
        ),
    ] = ()
    routed_by: Annotated[
        str,
        says(
            "The firewall that is router and relay of the group's VLANs; their routers become addresses of "
            "its own (without a router the first of the network).",
            OWN,
        ),
    ] = ""
    uplink: Annotated[
        IPv4Address | None,
        says("The router's address towards the firewall; without it that of `relay`.", OWN),
    ] = None
    addressing: Annotated[
        Addressing, says("dhcp, or static: addresses are entered on the phones.", "RFC 2131")
    ] = Addressing.DHCP
    dhcp: Annotated[
        tuple[str, ...] | None, says("The DHCP servers of this group, by name; default: all.", OWN)
    ] = None
    dns: Annotated[tuple[str, ...] | None, says("Its DNS servers in order, by name; default: all.", OWN)] = (
        None
    )
    files: Annotated[
        tuple[str, ...] | None, says("Its file servers in order, by name; default: all.", OWN)
    ] = None
    gatekeepers: Annotated[
        tuple[str, ...] | None, says("Its gatekeepers in order, by name; default: all.", OWN)
    ] = None
    alternates: Annotated[
        tuple[str, ...],
        says(
            "Gatekeepers that no option names: the call server tells them to phones that register (its "
            "alternate gatekeeper list), in order, by name.",
            "DEFINITY administration for network connectivity p. 141: the list is computed for each phone",
        ),
    ] = ()
    family: Annotated[
        Family, says("The family of the emulated phone.", "administrator guides of the families")
    ] = Family.AVAYA_96X1
    ras_ports: Annotated[
        PortRange,
        says(
            "Source ports of RAS: 49300 with older firmware, 49300-49309 with newer.",
            "1600 R1.0 guide p. 28; 96x1 guide (2018) p. 34",
            unit="port",
        ),
    ] = field(default_factory=lambda: defaults.RAS_SOURCE_FIXED)
    signalling_port: Annotated[
        int, says_port("Where the phone accepts the gatekeeper's connection.", "H.225.0 Appendix IV")
    ] = defaults.SIGNALLING_PORT
    discovery: Annotated[
        Discovery,
        says("unicast: GRQ to each listed gatekeeper; multicast: to 224.0.1.41.", "H.225.0 section 7.2"),
    ] = Discovery.UNICAST
    gatekeeper_ports: Annotated[
        PortRange,
        says(
            "Source ports of the gatekeeper when it opens call signalling; administered per network region.",
            "field report: Painter",
            unit="port",
        ),
    ] = field(default_factory=lambda: defaults.GATEKEEPER_SOURCE_PORTS)
    echo_interval: Annotated[
        int, _seconds("Interval of echo requests to the gatekeeper.", "field report: Painter")
    ] = defaults.ECHO_INTERVAL
    notify_after: Annotated[
        int,
        _seconds(
            "Silence after which the gatekeeper sends first in the proof; longer than the UDP state timeout.",
            "assumed",
        ),
    ] = defaults.NOTIFY_AFTER
    refresh: Annotated[
        int, _seconds("How often the phone registers again.", "a login reply of Communication Manager 18")
    ] = defaults.REFRESH
    vlan_test: Annotated[
        int,
        says(
            "VLANTEST: how long it waits for an OFFER on the voice VLAN; 0: without limit.",
            "96x1 H.323 administrator guide (2018) p. 104",
            unit="seconds",
            ge=0,
            le=999,
        ),
    ] = defaults.VLANTEST
    media_ports: Annotated[
        PortRange | None,
        says(
            "Its RTP and RTCP ports, if its network region has other ports than `media`.",
            "Communication Manager 10.2, network region fields",
            unit="port",
        ),
    ] = None
    mac: Annotated[str, says("MAC address of the emulated phone.", "Avaya OUI 00-1B-4F")] = (
        "00:1b:4f:00:00:01"
    )
    extension: Annotated[str, says("Extension of the emulated user.", "assumed")] = "2001"
    password: Annotated[str, says("Password of the emulated user.", "assumed")] = "1234"


class TableText(Part, frozen=True):
    """A table of groups, one a row. Its columns are the keys of a group, `voice.network` for those within.

    The file's name alone may stand for it.
    """

    SHORT: ClassVar[str] = "file"

    file: Annotated[
        str,
        says(
            "A CSV file beside the site file (UTF-8, first row the columns), or NetBox's prefixes (CSV, or "
            "JSON of its API): each scope with an active voice prefix is a group.",
            "NetBox 4.6.8, its source",
        ),
    ]
    voice_role: Annotated[str, says("The role of voice prefixes in NetBox.", OWN)] = "voice"
    data_role: Annotated[str, says("The role of data prefixes in NetBox.", OWN)] = "data"


class SiteText(Part, frozen=True):
    """Everything a person writes."""

    site: Annotated[str, says("The name of the site.", OWN)]
    zones: Annotated[dict[str, ZoneText], says("The zones, by name.", OWN)]
    firewalls: Annotated[
        dict[str, FirewallText], says("The firewalls, by name; one, or several on one path.", OWN)
    ]
    servers: Annotated[ServersText, says("The servers.", OWN)]
    phones: Annotated[dict[str, PhonesText], says("The groups of phones, by name.", OWN)] = field(
        default_factory=dict
    )
    all_phones: Annotated[
        dict[str, Any] | None,
        says(
            "Default keys of every group; `voice` and `data` here complete the VLANs that a group has.",
            OWN,
        ),
    ] = None
    phones_table: Annotated[
        TableText | None, says("More groups, from a table with one row for each.", OWN)
    ] = None
    media: Annotated[
        MediaText | None,
        says("RTP and RTCP through the firewalls; without it the rules permit registration only.", OWN),
    ] = None
    monitoring: Annotated[
        MonitoringText | None, says("Hosts that monitor and manage phones; default: none.", OWN)
    ] = None
    rules: Annotated[
        tuple[Row, ...],
        says("A rule table to be proved instead of the generated rules (one firewall).", OWN),
    ] = ()
