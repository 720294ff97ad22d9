"""RENEW: the lease renewed at T1."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

DHCP_LEASE_EXPIRED = Code(
    "DHCP_LEASE_EXPIRED",
    Severity.FAILURE,
    Stage.RENEW,
    "Neither renewal at T1 (unicast) nor rebinding at T2 (broadcast) was answered, and the lease expired. "
    "A real handset keeps its address (DHCPSTD=0) or gives it up and starts again (DHCPSTD=1).",
    "Both rules: handset -> DHCP server, udp 68 -> 67, and relay <-> DHCP server, udp 67 -> 67.",
)

DHCP_LEASE_UNCONFIRMED = Code(
    "DHCP_LEASE_UNCONFIRMED",
    Severity.WARNING,
    Stage.RENEW,
    "After a link loss the handset asked by broadcast to confirm its address (INIT-REBOOT), and no server "
    "answered; it uses the address until the lease ends.",
    "The relay agent and the rules between it and the DHCP server, as for the first lease.",
)

RENEWAL_BLOCKED = Code(
    "RENEWAL_BLOCKED",
    Severity.FAILURE,
    Stage.RENEW,
    "At T1 (half of the lease) the handset asked the server directly, not through the relay agent, and got "
    "no answer.",
    "The rule handset -> DHCP server, udp 68 -> 67.",
)

RENEWAL_RESCUED = Code(
    "RENEWAL_RESCUED",
    Severity.FAILURE,
    Stage.RENEW,
    "Renewal at T1 (half of the lease) failed; rebinding at T2 (seven eighths) by broadcast through the "
    "relay agent extended the lease. The handset works, but every lease is extended only in its last "
    "eighth.",
    "The rule handset -> DHCP server, udp 68 -> 67.",
)

RENEWAL_REFUSED = Code(
    "RENEWAL_REFUSED",
    Severity.WARNING,
    Stage.RENEW,
    "The server answered the renewal with DHCPNAK; the firewall passes both. The handset gives up its "
    "address and asks for another.",
    "The server: a changed scope, a deleted lease, or a lease of another server with which it shares no "
    "leases. No rule is missing.",
)
