"""Who opens what to whom, and how we know."""

from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.stage import Stage


class Evidence(StrEnum):
    """Where a statement about the wire comes from, strongest first."""

    STANDARD = "standard"  # an RFC or ITU-T recommendation
    VENDOR = "vendor"  # a vendor manual
    CAPTURE = "capture"  # seen in a capture, log or implementation of the real thing
    MEASURED = "measured"  # measured by us on real peers
    FIELD_REPORT = "field-report"  # one person's observation
    ASSUMED = "assumed"  # no source found: configurable, and said to be assumed


@dataclass(frozen=True, slots=True)
class Basis:
    """The kind of evidence and its citation, shown wherever a rule is shown."""

    kind: Evidence
    citation: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.citation}"


class Role(StrEnum):
    """The parties of the procedure. One machine may play several."""

    HANDSET = "handset"
    RELAY_UPLINK = "relay-uplink"  # the address the relay agent sends from, towards the server
    RELAY_GIADDR = "relay-giaddr"  # the address the server answers to (RFC 2131 section 4.1)
    DHCP_SERVER = "dhcp-server"
    DNS_SERVER = "dns-server"
    FILE_SERVER = "file-server"
    GATEKEEPER = "gatekeeper"
    DISCOVERY_GROUP = "discovery-group"  # 224.0.1.41, H.225.0 section 7.2
    MEDIA_GATEWAY = "media-gateway"  # an end of RTP that is no phone
    MANAGER = "manager"  # opens something to phones: SNMP, SSH, push
    SERVER = "server"  # takes something from phones: syslog, RTCP reports, DNS


@dataclass(frozen=True, slots=True)
class Party:
    """A role bound to the addresses it has at this site. Never empty: an empty set is not "any"."""

    role: Role
    networks: tuple[Network, ...]
    label: str = ""  # tells two parties of one role apart: "voice", "data"

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValueError(f"{self.role} has no address; an empty address set is never 'any'")

    def __str__(self) -> str:
        return f"{self.label} {self.role}" if self.label else str(self.role)


@dataclass(frozen=True, slots=True)
class Flow:
    """The direction of the first packet and nothing else; replies are the firewall's own business.

    For ICMP `icmp_type` is set and the port ranges are ANY_PORT. `dialogue` says in the field's words
    what travels on it. `crosses` are the firewalls on its way, in order; `groups` the phones that need it.
    """

    id: str
    stage: Stage
    initiator: Party
    responder: Party
    protocol: Protocol
    initiator_ports: PortRange
    responder_ports: PortRange
    dialogue: str
    basis: tuple[Basis, ...]
    icmp_type: int | None = None
    crosses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.basis:
            raise ValueError(f"flow {self.id} has no basis")
        ports = {self.initiator_ports, self.responder_ports}
        if self.icmp_type is not None and ports != {ANY_PORT}:
            raise ValueError(f"flow {self.id}: ICMP has no ports")
