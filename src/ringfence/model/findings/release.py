"""RELEASE: the first address given back before the handset changes VLAN."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

DHCP_RELEASE_DROPPED = Code(
    "DHCP_RELEASE_DROPPED",
    Severity.WARNING,
    Stage.RELEASE,
    "DHCPRELEASE goes straight from the handset to the server before it changes VLAN. It was dropped, so "
    "every boot leaves an address of the first VLAN leased.",
    "The rule handset -> DHCP server, udp 68 -> 67, for the first VLAN too.",
)
