"""A site: the procedure's parties bound to addresses, and the choices that decide which flows exist.

Default ports and timers, with where they come from, are in `model.defaults`. Times are in seconds.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

import msgspec

from ringfence.model import defaults
from ringfence.model.address import ANY_PORT, PortRange

Seconds = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
VlanId = Annotated[int, msgspec.Meta(ge=0, le=4094)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Misspelt keys are errors: a firewall tool may not ignore what it was told."""


class RelaySource(StrEnum):
    """Which of its addresses a relay agent asks the server from; vendors differ."""

    UPLINK = "uplink"  # ISC dhcrelay, AlaxalA: the address of the sending interface
    GIADDR = "giaddr"  # dnsmasq, Enterasys: the client-facing address


class Discovery(StrEnum):
    UNICAST = "unicast"  # GRQ to each address of MCIPADD
    MULTICAST = "multicast"  # GRQ to 224.0.1.41:1718


class CallControl(StrEnum):
    """Who opens the call-signalling TCP connection."""

    GATEKEEPER = "gatekeeper"  # time-to-service on: 61440-61444 -> handset:1720
    HANDSET = "handset"  # time-to-service off, IP Office, plain H.323: -> gatekeeper:1720
    HANDSET_TLS = "handset-tls"  # -> gatekeeper:1300


class Scheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"


class Family(StrEnum):
    """What kind of endpoint the emulated handset is; its ports and habits follow."""

    AVAYA_46XX = "46xx"
    AVAYA_16XX = "16xx"
    AVAYA_96X0 = "96x0"
    AVAYA_96X1 = "96x1"
    AVAYA_J100 = "j100"
    PLAIN = "h323"  # any H.323 endpoint: standard RAS only


class Zones(_Strict, frozen=True):
    """The networks on each side of the firewall. They may not overlap."""

    handsets: tuple[IPv4Network, ...]
    servers: tuple[IPv4Network, ...]


class Vlan(_Strict, frozen=True):
    """One VLAN of the handset zone. `id` 0 is untagged; `router` is also the relay's giaddr there."""

    id: VlanId
    network: IPv4Network
    router: IPv4Address


class Vlans(_Strict, frozen=True):
    """Where handsets boot and, when it differs, where option 242/176 sends them."""

    voice: Vlan
    data: Vlan | None = None


class Relay(_Strict, frozen=True):
    uplink: IPv4Address
    source: RelaySource = RelaySource.UPLINK


class Firewall(_Strict, frozen=True):
    """The firewall's own addresses and its idle timers (Linux defaults; RFC 4787 asks >= 120 s)."""

    handset_side: IPv4Address
    server_side: IPv4Address
    udp_timeout: Seconds = defaults.UDP_STATE
    udp_stream_timeout: Seconds = defaults.UDP_STREAM_STATE
    icmp_timeout: Seconds = defaults.ICMP_STATE
    tcp_timeout: Seconds = defaults.TCP_STATE


class DhcpServer(_Strict, frozen=True):
    address: IPv4Address
    lease: Seconds = defaults.LEASE
    option: int = 242  # 176 for 46xx (4600 LAN administrator guide), 242 for 96xx and 16xx


class FileServer(_Strict, frozen=True):
    """`port` defaults to 80 or 443. 96x1 start-up HTTPS uses TLSPORT, which need not be 443."""

    address: IPv4Address
    scheme: Scheme = Scheme.HTTP
    port: Port | None = None
    directory: str = ""

    @property
    def tcp_port(self) -> int:
        if self.port is not None:
            return self.port
        return defaults.HTTPS_PORT if self.scheme is Scheme.HTTPS else defaults.HTTP_PORT


class Gatekeeper(_Strict, frozen=True):
    """Communication Manager, IP Office or any H.323 gatekeeper ("session manager" in the post)."""

    addresses: tuple[IPv4Address, ...]
    ras_port: Port = defaults.RAS_PORT
    signalling_port: Port = defaults.SIGNALLING_PORT
    tls_port: Port = defaults.SIGNALLING_TLS_PORT


class Handsets(_Strict, frozen=True):
    """`ras_ports`: source ports of RAS. `extension` and `password` are the emulated user's."""

    family: Family = Family.AVAYA_96X1
    ras_ports: PortRange = msgspec.field(default_factory=lambda: defaults.RAS_SOURCE_FIXED)
    signalling_port: Port = defaults.SIGNALLING_PORT
    mac: str = "00:1b:4f:00:00:01"
    extension: str = "2001"
    password: str = "1234"
    vlan_test: Annotated[int, msgspec.Meta(ge=0, le=999)] = defaults.VLANTEST  # 0 = for ever


class Registration(_Strict, frozen=True):
    """How handsets find and talk to the gatekeeper.

    `gatekeeper_ports` (61440-61444) and `echo_interval` (15 minutes) are the post's own observations.
    `notify_after`: silence after which the gatekeeper speaks first in the proof; longer than any UDP
    timer of the firewall, so that no state is left. `refresh`: when the handset registers anew (a login
    reply of Communication Manager 18 gave 1200 s).
    """

    call_control: CallControl
    discovery: Discovery = Discovery.UNICAST
    gatekeeper_ports: PortRange = msgspec.field(default_factory=lambda: defaults.GATEKEEPER_SOURCE_PORTS)
    echo_interval: Seconds = defaults.ECHO_INTERVAL
    notify_after: Seconds = defaults.NOTIFY_AFTER
    refresh: Seconds = defaults.REFRESH


class Row(_Strict, frozen=True, rename={"from_": "from"}):
    """One row of a rule table that somebody wrote and wants judged.

    `from` and `to` are role names (handset, relay, dhcp-server, file-server, gatekeeper) or a network.
    """

    from_: str
    to: str
    protocol: str
    from_ports: PortRange = msgspec.field(default_factory=lambda: ANY_PORT)
    to_ports: PortRange = msgspec.field(default_factory=lambda: ANY_PORT)
    icmp_type: int | None = None
    note: str = ""


class Site(_Strict, frozen=True):
    """Everything a person writes. `rules`, when given, is judged instead of the generated policy."""

    site: str
    zones: Zones
    vlans: Vlans
    relay: Relay
    firewall: Firewall
    dhcp_server: DhcpServer
    file_server: FileServer
    gatekeeper: Gatekeeper
    registration: Registration
    handsets: Handsets = msgspec.field(default_factory=Handsets)
    rules: tuple[Row, ...] = ()

    @property
    def boot_vlan(self) -> Vlan:
        return self.vlans.data or self.vlans.voice

    @property
    def moves(self) -> bool:
        """Whether option 242/176 sends the handset to another VLAN."""
        return self.vlans.data is not None and self.vlans.data.id != self.vlans.voice.id
