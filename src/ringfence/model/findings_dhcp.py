"""The findings that our own DHCP client, relay agent and server give beside those of captures."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

DHCP = (
    Explanation(
        "DHCP_MALFORMED",
        _WARNING,
        Stage.ADDRESS,
        "A message on the DHCP ports is no DHCP message, or lacks what its kind must have. It was ignored.",
        "The octet or option that the finding names; who sent it.",
    ),
    Explanation(
        "DHCP_LEASE_EXPIRED",
        _FAILURE,
        Stage.RENEW,
        "Neither the unicast renewal nor the broadcast at seven eighths was answered, and the lease ran out."
        " A real handset keeps its address (DHCPSTD=0) or gives it up and starts again (DHCPSTD=1).",
        "Both rules: handset -> DHCP server, udp 68 -> 67, and relay <-> DHCP server, udp 67 -> 67.",
    ),
    Explanation(
        "VLANTEST_EXPIRED",
        _FAILURE,
        Stage.VLAN_MOVE,
        "No OFFER on the voice VLAN for VLANTEST seconds: the handset goes back and does not try this VLAN"
        " again until a person resets it.",
        "DHCP of the voice VLAN: its relay, its scope, and the rules for that relay's giaddr. Clear the"
        " handset afterwards.",
    ),
    Explanation(
        "VLAN_DEAD",
        _WARNING,
        Stage.VLAN_MOVE,
        "The lease names a VLAN on which VLANTEST has expired before. The handset stays where it is.",
        "DHCP of that VLAN first; then reset the handset's values.",
    ),
    Explanation(
        "DHCP_NO_SCOPE",
        _FAILURE,
        Stage.ADDRESS,
        "A request came from a network, or through a relay agent, for which the server has no scope.",
        "Whether the scopes' subnets contain the giaddr that the finding names.",
    ),
    Explanation(
        "DHCP_POOL_EXHAUSTED",
        _FAILURE,
        Stage.ADDRESS,
        "Every address of the scope is leased, offered or declined.",
        "The pool's size; leases left behind on the first VLAN because DHCPRELEASE is dropped; lease time.",
    ),
    Explanation(
        "DHCP_DECLINED",
        _WARNING,
        Stage.ADDRESS,
        "A client found its new address in use by another host and declined it.",
        "Static addresses inside the pool; a second DHCP server.",
    ),
    Explanation(
        "DHCP_RELAY_HOPS",
        _WARNING,
        Stage.ADDRESS,
        "A request has passed as many relay agents as may be; it was dropped.",
        "A loop between relay agents; the hops limit.",
    ),
    Explanation(
        "DHCP_RELAY_SPOOFED",
        _WARNING,
        Stage.ADDRESS,
        "A request from below claims to have been relayed by this very agent; it was dropped (RFC 3046).",
        "Who is on that network; a loop that brings the agent's own requests back.",
    ),
    Explanation(
        "DHCP_RELAY_UNTRUSTED",
        _WARNING,
        Stage.ADDRESS,
        "A request has relay agent information (option 82) that the agent does not accept; it was dropped.",
        "A switch that inserts option 82 without giaddr: mark that interface trusted, or switch it off.",
    ),
    Explanation(
        "DHCP_RELAY_LONG",
        _NOTE,
        Stage.ADDRESS,
        "A request was relayed without option 82, which would have made it too long.",
        "Whether the server needs option 82 to choose a scope.",
    ),
    Explanation(
        "DHCP_LEASE_UNCONFIRMED",
        _WARNING,
        Stage.RENEW,
        "After a link loss the handset asked by broadcast whether its address is still its own, and nobody "
        "answered; the rest of the lease is used.",
        "The relay agent and the rules between it and the DHCP server, as for the first lease.",
    ),
    Explanation(
        "ROUTER_UNANSWERED",
        _WARNING,
        Stage.ADDRESS,
        "The handset asked every router of option 3 for an echo before it fetched its files; none answered.",
        "Option 3 of the scope against the router's address on the voice VLAN; a router that answers ARP and "
        "no echo is found by a real handset all the same.",
    ),
)
