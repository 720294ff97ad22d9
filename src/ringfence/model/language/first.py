"""The first edition of the site language: one branch, one relay agent, one firewall between two zones.

Still read, and never longer to write than the second edition; `upgrade` says it in the second.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

import msgspec

from ringfence.model import defaults
from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.language.reading import Part, WrittenHost
from ringfence.model.site import CallControl, Discovery, Family, RelaySource, Scheme

Seconds = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
VlanId = Annotated[int, msgspec.Meta(ge=0, le=4094)]


class Zones(Part, frozen=True):
    """The networks on each side of the firewall. They may not overlap."""

    handsets: tuple[IPv4Network, ...]
    servers: tuple[IPv4Network, ...]


class Vlan(Part, frozen=True):
    """One VLAN of the handset zone. `id` 0 is untagged; `router` is also the relay's giaddr there."""

    id: VlanId
    network: IPv4Network
    router: IPv4Address


class Vlans(Part, frozen=True):
    """Where handsets boot and, when it differs, where option 242/176 sends them."""

    voice: Vlan
    data: Vlan | None = None


class Relay(Part, frozen=True):
    uplink: IPv4Address
    source: RelaySource = RelaySource.UPLINK


class Firewall(Part, frozen=True):
    """The firewall's own addresses and its idle timers (Linux defaults; RFC 4787 asks >= 120 s)."""

    handset_side: IPv4Address
    server_side: IPv4Address
    udp_timeout: Seconds = defaults.UDP_STATE
    udp_stream_timeout: Seconds = defaults.UDP_STREAM_STATE
    icmp_timeout: Seconds = defaults.ICMP_STATE
    tcp_timeout: Seconds = defaults.TCP_STATE


class DhcpServer(Part, frozen=True):
    """`addresses` is a further list, for two servers that answer for the same VLANs."""

    address: tuple[IPv4Address, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()
    lease: Seconds = defaults.LEASE
    option: int = defaults.SITE_OPTION


class FileServer(Part, frozen=True):
    """`port` defaults to 80 or 443. 96x1 start-up HTTPS uses TLSPORT, which need not be 443."""

    address: IPv4Address
    scheme: Scheme = Scheme.HTTP
    port: Port | None = None
    directory: str = ""


class Gatekeeper(Part, frozen=True):
    """Communication Manager, IP Office or any H.323 gatekeeper ("session manager" in the post)."""

    addresses: tuple[WrittenHost, ...]
    ras_port: Port = defaults.RAS_PORT
    signalling_port: Port = defaults.SIGNALLING_PORT
    tls_port: Port = defaults.SIGNALLING_TLS_PORT


class Handsets(Part, frozen=True):
    """`ras_ports`: source ports of RAS. `extension` and `password` are the emulated user's."""

    family: Family = Family.AVAYA_96X1
    ras_ports: PortRange = msgspec.field(default_factory=lambda: defaults.RAS_SOURCE_FIXED)
    signalling_port: Port = defaults.SIGNALLING_PORT
    mac: str = "00:1b:4f:00:00:01"
    extension: str = "2001"
    password: str = "1234"
    vlan_test: Annotated[int, msgspec.Meta(ge=0, le=999)] = defaults.VLANTEST  # 0 = for ever


class Registration(Part, frozen=True):
    """How handsets find and talk to the gatekeeper; see `site.Calls`."""

    call_control: CallControl
    discovery: Discovery = Discovery.UNICAST
    gatekeeper_ports: PortRange = msgspec.field(default_factory=lambda: defaults.GATEKEEPER_SOURCE_PORTS)
    echo_interval: Seconds = defaults.ECHO_INTERVAL
    notify_after: Seconds = defaults.NOTIFY_AFTER
    refresh: Seconds = defaults.REFRESH


class Row(Part, frozen=True, rename={"from_": "from"}):
    """One row of a rule table that somebody wrote and wants judged."""

    from_: str
    to: str
    protocol: str
    from_ports: PortRange = msgspec.field(default_factory=lambda: ANY_PORT)
    to_ports: PortRange = msgspec.field(default_factory=lambda: ANY_PORT)
    icmp_type: int | None = None
    note: str = ""


class BranchText(Part, frozen=True):
    """Everything a person writes. `rules`, when given, is judged instead of the generated policy."""

    site: str
    zones: Zones
    vlans: Vlans
    firewall: Firewall
    dhcp_server: DhcpServer
    file_server: FileServer
    gatekeeper: Gatekeeper
    registration: Registration
    relay: Relay | None = None
    handsets: Handsets = msgspec.field(default_factory=Handsets)
    rules: tuple[Row, ...] = ()
