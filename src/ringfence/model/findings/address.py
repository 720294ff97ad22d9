"""ADDRESS: the first lease, and what the DHCP server and the relay agent report."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

DHCP_MALFORMED = Code(
    "DHCP_MALFORMED",
    Severity.WARNING,
    Stage.ADDRESS,
    "A message on the DHCP ports is not a DHCP message, or lacks an option that its type requires. It was "
    "ignored.",
    "The octet or option that the finding names; who sent it.",
)

DHCP_NO_SCOPE = Code(
    "DHCP_NO_SCOPE",
    Severity.FAILURE,
    Stage.ADDRESS,
    "A request came from a network, or through a relay agent, for which the server has no scope.",
    "Whether the scopes' subnets contain the giaddr that the finding names.",
)

DHCP_POOL_EXHAUSTED = Code(
    "DHCP_POOL_EXHAUSTED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "Every address of the scope is leased, offered or declined.",
    "The pool's size; leases left behind on the first VLAN because DHCPRELEASE is dropped; lease time.",
)

DHCP_DECLINED = Code(
    "DHCP_DECLINED",
    Severity.WARNING,
    Stage.ADDRESS,
    "A client found its new address in use by another host and declined it.",
    "Static addresses inside the pool; a second DHCP server.",
)

DHCP_RELAY_HOPS = Code(
    "DHCP_RELAY_HOPS",
    Severity.WARNING,
    Stage.ADDRESS,
    "A request has reached the maximum number of relay hops; it was dropped.",
    "A loop between relay agents; the hop limit of this agent.",
)

DHCP_RELAY_SPOOFED = Code(
    "DHCP_RELAY_SPOOFED",
    Severity.WARNING,
    Stage.ADDRESS,
    "A request from the client side carries this relay agent's own giaddr; it was dropped (RFC 3046).",
    "Which host sends it; a loop that returns the agent's own requests.",
)

DHCP_RELAY_UNTRUSTED = Code(
    "DHCP_RELAY_UNTRUSTED",
    Severity.WARNING,
    Stage.ADDRESS,
    "A request has relay agent information (option 82) that the agent does not accept; it was dropped.",
    "A switch that inserts option 82 without giaddr: mark that interface trusted, or switch it off.",
)

DHCP_RELAY_LONG = Code(
    "DHCP_RELAY_LONG",
    Severity.NOTE,
    Stage.ADDRESS,
    "A request was relayed without option 82, which would have made it too long.",
    "Whether the server needs option 82 to choose a scope.",
)

ROUTER_UNANSWERED = Code(
    "ROUTER_UNANSWERED",
    Severity.WARNING,
    Stage.ADDRESS,
    "Before it fetched its files the handset pinged every router in option 3; none answered.",
    "Whether option 3 of the scope is the router's address on the voice VLAN. A real handset also accepts "
    "a router that answers ARP and not echo.",
)

DHCP_SILENT = Code(
    "DHCP_SILENT",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The handset or its relay asked for an address, and no server answered.",
    "Whether the router of this VLAN relays to the DHCP server (ip helper-address), and whether the server "
    "has a scope for the relay's giaddr.",
)

DHCP_PORT_CLOSED = Code(
    "DHCP_PORT_CLOSED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The request reached a machine on which nothing listens on udp 67: it answered ICMP port unreachable.",
    "Whether the DHCP service runs there and listens on that interface; whether the relay agent asks the "
    "right address. The firewall lets the request through.",
)

DHCP_NOT_RELAYED = Code(
    "DHCP_NOT_RELAYED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The handset asks by broadcast, and no relayed request is seen on the server side.",
    "Whether the router of this VLAN relays DHCP (ip helper-address); if it does, the rule relay -> DHCP "
    "server, udp 67 -> 67, on every filter between the two captures.",
)

RELAY_STRIPS_OPTIONS = Code(
    "RELAY_STRIPS_OPTIONS",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The server sent options that the handset did not receive: the relay agent removed them. Some relay "
    "agents that remove option 82 also remove every option after it. The scope is correct.",
    "The relay agent's software. Workarounds: a server that writes option 82 last, or no option 82 on the "
    "relay agent.",
)

DHCP_REQUEST_DROPPED = Code(
    "DHCP_REQUEST_DROPPED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The relayed request entered the firewall and did not come out.",
    "The rule relay -> DHCP server, udp 67 -> 67. Its source is the relay's uplink address or giaddr, "
    "whichever the router uses; not port 68.",
)

DHCP_ANSWER_DROPPED = Code(
    "DHCP_ANSWER_DROPPED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The server's answer entered the firewall and did not come out. It goes to giaddr, which is often not "
    "the address that asked, so connection state does not let it pass.",
    "A separate rule DHCP server -> giaddr, udp 67 -> 67.",
)

DHCP_REFUSED = Code(
    "DHCP_REFUSED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The server answered DHCPNAK: the address asked for does not belong to this network.",
    "Scopes and giaddr; a second DHCP server; a relay that also relays on its uplink.",
)

DHCP_OFFER_INCOMPLETE = Code(
    "DHCP_OFFER_INCOMPLETE",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The OFFER has no lease time (option 51). These handsets ignore such an offer.",
    "Option 51 in the scope.",
)

DHCP_OFFER_NOT_TAKEN = Code(
    "DHCP_OFFER_NOT_TAKEN",
    Severity.FAILURE,
    Stage.ADDRESS,
    "An OFFER went out and the handset did not ask for it.",
    "Whether the OFFER reaches the handset's own VLAN: a capture at the handset's port shows it.",
)

DHCP_ACK_NOT_TAKEN = Code(
    "DHCP_ACK_NOT_TAKEN",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The server acknowledged an address, and the handset goes on asking as if it had heard nothing, or "
    "begins anew; the address is never used.",
    "Whether the DHCPACK reaches the handset's own VLAN: a capture at the handset's port shows it. Where it "
    "does, the handset refuses what is in it: lease time, mask, router, an address that something else has.",
)

DHCP_ANSWER_MISDIRECTED = Code(
    "DHCP_ANSWER_MISDIRECTED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The server's answer to a relayed request goes to a port or an address where the relay agent does not "
    "listen, or names no giaddr. No firewall rule corrects this.",
    "The DHCP server software and how it answers relayed requests: answers must go to giaddr, udp 67 (RFC "
    "2131 section 4.1).",
)

DHCP_OPTION_82_NOT_ECHOED = Code(
    "DHCP_OPTION_82_NOT_ECHOED",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The relay agent put option 82 into the request, the server's OFFER comes without it, and the handset "
    "did not ask for what was offered.",
    "Whether the server can echo option 82 (RFC 3046 section 2.2); if it cannot, switch option 82 off on "
    "the relay agent or switch that inserts it.",
)

DHCP_OFFER_OTHER_NETWORK = Code(
    "DHCP_OFFER_OTHER_NETWORK",
    Severity.FAILURE,
    Stage.ADDRESS,
    "The offered address belongs to another network than the relay agent's giaddr, and the handset did not "
    "request it, or took it and came no further. Some servers that have no scope for the giaddr's network "
    "offer an address of their own network.",
    "Whether the server has a scope for giaddr's network; if several networks share one link, whether the "
    "server is configured for that (shared network).",
)

PHONE_OPTION_MISSING = Code(
    "PHONE_OPTION_MISSING",
    Severity.WARNING,
    Stage.ADDRESS,
    "The lease has neither option 242 nor 176, although the handset asked for it: it does not learn its "
    "gatekeeper, file server or VLAN.",
    "Option 242 (96xx, 16xx, J1xx) or 176 (46xx) in the scope of this network; if the scope has it, a "
    "relay agent that removes it: capture between server and relay agent as well. `ringfence dhcp` writes "
    "the scope.",
)

PHONE_OPTION_UNREADABLE = Code(
    "PHONE_OPTION_UNREADABLE",
    Severity.WARNING,
    Stage.ADDRESS,
    "Option 242 or 176 has a part that a handset does not understand or cannot use; it uses the rest and "
    "reports nothing.",
    "The part that the finding names. The format is NAME=value, separated by commas, without spaces; lists "
    "in double quotes; servers as an address or a name only. `ringfence option STRING` reads it as a "
    "handset does.",
)

PHONE_OPTION_NO_GATEKEEPER = Code(
    "PHONE_OPTION_NO_GATEKEEPER",
    Severity.WARNING,
    Stage.ADDRESS,
    "The lease that the handset uses names no usable gatekeeper. The handset then tries multicast "
    "discovery, uses an address from LLDP, the settings file or manual programming, or restarts every few "
    "minutes.",
    "MCIPADD in option 242 or 176 of this scope: its spelling; addresses or names separated by commas, in "
    "double quotes if there are several; a comma at which the DHCP server cut the string (Kea needs it "
    "escaped). `ringfence dhcp` writes it for the server.",
)

ADDRESS_DUPLICATE = Code(
    "ADDRESS_DUPLICATE",
    Severity.WARNING,
    Stage.ADDRESS,
    "Two hardware addresses claim one IP address.",
    "Static addresses inside the scope; a second DHCP server.",
)
