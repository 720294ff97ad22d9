"""What is known of each H.323 inspection, one row each: what it rewrites, what it opens, for how long."""

from dataclasses import dataclass

from ringfence.model.flow import Basis, Evidence
from ringfence.model.nat import InspectionKind


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """`rewrites`: addresses in RAS messages follow the translation of the packet.

    `pinhole`: seconds from a full RRQ for which call signalling that the gatekeeper opens is led to the phone
    (0: none that is sure). `ras_state`: seconds that it remembers RAS for (0: as other UDP). `in_kernel`: the
    lab can run it itself. `doubts` are what nobody can count on, in sentences.
    """

    kind: InspectionKind
    basis: tuple[Basis, ...]
    rewrites: bool = False
    pinhole: int = 0
    ras_state: int = 0
    in_kernel: bool = False
    doubts: tuple[str, ...] = ()


def _vendor(citation: str) -> tuple[Basis, ...]:
    return (Basis(Evidence.VENDOR, citation),)


_ROWS = (
    InspectionRow(
        InspectionKind.OFF,
        (Basis(Evidence.STANDARD, "RFC 2663 section 2.9: nothing else translates payload"),),
        in_kernel=True,
    ),
    InspectionRow(
        InspectionKind.LINUX_HELPER,
        (Basis(Evidence.MEASURED, "nf_conntrack_h323 and nf_nat_h323 of Linux 6.18, message by message"),),
        rewrites=True,
        pinhole=240,
        ras_state=300,
        in_kernel=True,
        doubts=(
            "a full RRQ opens tcp to the phone's call-signalling port, from any port of the gatekeeper, for "
            "240 s; a light-weight RRQ does not renew that",
            "messages that its decoder cannot read pass as they are: an RRQ that ends with timeToLive, a "
            "Setup with tunnelling and an endpointIdentifier of 9-16 characters, Connect of newer encoders",
            "it expects media of the signalling peer alone, one packet for each port, and translates four "
            "port pairs of a signalling connection: media of third parties needs rules",
        ),
    ),
    InspectionRow(
        InspectionKind.CISCO_ASA,
        _vendor("Cisco ASA firewall CLI configuration guide, H.323 inspection; timeout h323 is 5 minutes"),
        rewrites=True,
        ras_state=300,
        doubts=(
            "it opens H.225 for a call on the ACF; pinholes on RRQ and RCF (ras-rcf-pinholes) are off by "
            "default, and open to every source when on: call signalling of the gatekeeper needs its rule",
        ),
    ),
    InspectionRow(
        InspectionKind.FORTIOS,
        _vendor("FortiOS handbook, H.323 and RAS session helpers, which translate addresses in messages"),
        rewrites=True,
        doubts=(
            "what the ras session helper opens, and for how long, is not documented: it is not counted on",
        ),
    ),
    InspectionRow(
        InspectionKind.JUNOS_SRX,
        _vendor(
            "Junos OS ALG guide, H.323 ALG: unicast discovery only, endpoint-registration-timeout 3600 s, "
            "unknown messages are dropped unless application-screen permits them"
        ),
        rewrites=True,
        doubts=(
            "messages that it does not know are dropped unless application-screen unknown-message permits "
            "them; whether private fields of handsets count as such is not documented",
        ),
    ),
    InspectionRow(
        InspectionKind.PANOS,
        _vendor("PAN-OS administrator's guide, App-ID, application level gateways"),
        doubts=("its H.323 gateway does not support gatekeeper-routed calls: nothing of it is counted on",),
    ),
)
_BY_KIND = {row.kind: row for row in _ROWS}


def inspection_of(kind: InspectionKind) -> InspectionRow:
    """The row of an inspection."""
    return _BY_KIND[kind]
