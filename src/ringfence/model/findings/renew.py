"""RENEW: the lease renewed at T1."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

DHCP_LEASE_EXPIRED = Code(
    "DHCP_LEASE_EXPIRED",
    Severity.FAILURE,
    Stage.RENEW,
    "Neither the unicast renewal nor the broadcast at seven eighths was answered, and the lease ran out. A "
    "real handset keeps its address (DHCPSTD=0) or gives it up and starts again (DHCPSTD=1).",
    "Both rules: handset -> DHCP server, udp 68 -> 67, and relay <-> DHCP server, udp 67 -> 67.",
)

DHCP_LEASE_UNCONFIRMED = Code(
    "DHCP_LEASE_UNCONFIRMED",
    Severity.WARNING,
    Stage.RENEW,
    "After a link loss the handset asked by broadcast whether its address is still its own, and no server "
    "answered; the rest of the lease is used.",
    "The relay agent and the rules between it and the DHCP server, as for the first lease.",
)

RENEWAL_BLOCKED = Code(
    "RENEWAL_BLOCKED",
    Severity.FAILURE,
    Stage.RENEW,
    "At half of the lease the handset asks the server directly, without the relay, and got no answer.",
    "The rule handset -> DHCP server, udp 68 -> 67.",
)

RENEWAL_RESCUED = Code(
    "RENEWAL_RESCUED",
    Severity.FAILURE,
    Stage.RENEW,
    "Renewal at half of the lease failed; at seven eighths the handset broadcast and the relay saved the "
    "lease. It looks healthy, and every lease lives on its last eighth.",
    "The rule handset -> DHCP server, udp 68 -> 67.",
)

RENEWAL_REFUSED = Code(
    "RENEWAL_REFUSED",
    Severity.WARNING,
    Stage.RENEW,
    "The server answered the renewal with DHCPNAK: the request and the answer pass. The handset gives its "
    "address up and asks for another.",
    "The server: a scope that was changed, a lease that was deleted or belongs to another server that "
    "shares none with it. No rule is missing.",
)
