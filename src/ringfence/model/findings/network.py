"""The machine that emulated roles run on."""

from ringfence.model.findings import Code, Severity

RAS_NOT_UNDERSTOOD = Code(
    "RAS_NOT_UNDERSTOOD",
    Severity.NOTE,
    None,
    "A datagram on a RAS port is not a RAS message.",
    "Who sends it; a scanner, or an inspection engine that rewrites RAS badly.",
)

LINK_ADDRESS_IGNORED = Code(
    "LINK_ADDRESS_IGNORED",
    Severity.NOTE,
    None,
    "A datagram for a hardware address, to be sent without ARP, was broadcast instead.",
    "The privilege for packet sockets (CAP_NET_RAW); clients that ask for broadcast are served anyway.",
)

BIND_FAILED = Code(
    "BIND_FAILED",
    Severity.WARNING,
    None,
    "A port could not be taken on this machine.",
    "What else uses it (ss -lnup, ss -lntp), and the privilege for ports below 1024.",
)

DATAGRAM_NOT_SENT = Code(
    "DATAGRAM_NOT_SENT",
    Severity.WARNING,
    None,
    "The kernel refused to send a datagram.",
    "Routes and addresses of this machine.",
)

DATAGRAM_ERROR = Code(
    "DATAGRAM_ERROR",
    Severity.NOTE,
    None,
    "A datagram socket reported an error, usually an ICMP unreachable from a peer.",
    "Whether the peer listens where it is expected to.",
)

ACCEPT_PAUSED = Code(
    "ACCEPT_PAUSED",
    Severity.WARNING,
    None,
    "New connections are not accepted for a moment: this process has no file descriptors left.",
    "ulimit -n, and how many handsets there are.",
)

ADDRESS_NOT_CONFIGURED = Code(
    "ADDRESS_NOT_CONFIGURED",
    Severity.FAILURE,
    None,
    "The address of a lease could not be given to the interface.",
    "The privilege to configure interfaces, and whether another host has the address.",
)

ADDRESS_NOT_REMOVED = Code(
    "ADDRESS_NOT_REMOVED",
    Severity.NOTE,
    None,
    "An address could not be removed from the interface.",
    "Whether another program changes the interface too.",
)

STATE_NOT_KEPT = Code(
    "STATE_NOT_KEPT",
    Severity.WARNING,
    None,
    "Registrations and leases cannot be written to disk. They are in memory, and lost when the process ends.",
    "Free space on the disk of the state directory, and permission to write there; writing is retried "
    "every 5 s.",
)

STATE_KEPT_AGAIN = Code(
    "STATE_KEPT_AGAIN",
    Severity.NOTE,
    None,
    "Everything that waited to be written is on disk now.",
    "Nothing: the fault is over.",
)

STATE_DAMAGED = Code(
    "STATE_DAMAGED",
    Severity.WARNING,
    None,
    "The state file could not be read and was renamed; registrations and leases start empty.",
    "The disk; handsets may still use addresses that the server no longer knows, so let it ping each "
    "address before it offers it.",
)

CLOCK_WENT_BACK = Code(
    "CLOCK_WENT_BACK",
    Severity.WARNING,
    None,
    "This machine's clock is earlier than the time at which the state was last written.",
    "NTP, and the battery of the hardware clock. Leases are counted from the later time, so none is "
    "extended.",
)

DATAGRAMS_DROPPED = Code(
    "DATAGRAMS_DROPPED",
    Severity.WARNING,
    None,
    "One address sends faster than it is served; the excess is dropped, and other addresses are served in "
    "turn.",
    "Who has that address: a scanner, a loop, or a NAT with very many phones behind it.",
)

INTERFACE_DOWN = Code(
    "INTERFACE_DOWN",
    Severity.WARNING,
    None,
    "The interface that emulated handsets are on is down, has no carrier or is gone.",
    "The cable and the switch port. The handsets keep their addresses, and ask about them when it is back.",
)

INTERFACE_UP = Code(
    "INTERFACE_UP",
    Severity.NOTE,
    None,
    "The interface that emulated handsets are on is up again.",
    "Nothing: the fault is over.",
)

NEIGHBOUR_SILENT = Code(
    "NEIGHBOUR_SILENT",
    Severity.WARNING,
    None,
    "A host on the same network, mostly the default router, does not answer ARP.",
    "Its address (option 3 of the lease), and whether the switch port is in the VLAN that it should be in.",
)

TLS_IDENTITY = Code(
    "TLS_IDENTITY",
    Severity.NOTE,
    None,
    "Where the server shows a certificate of its own CA, this is the file of that CA and its fingerprint.",
    "Give the file to the phones: TRUSTCERTS in the settings file names it. --certificate takes another one.",
)

ROOT_KEPT = Code(
    "ROOT_KEPT",
    Severity.WARNING,
    None,
    "The server goes on as root after its sockets are open.",
    "Whether it runs in a user namespace that maps no other user; systemd's User= with AmbientCapabilities= "
    "needs no root at all.",
)

CONNECTIONS_PUT_OUT = Code(
    "CONNECTIONS_PUT_OUT",
    Severity.WARNING,
    None,
    "All connections that this process can have are taken: whoever has most of them loses one when another "
    "address wants one.",
    "Who has so many: a scanner, a loop, or a NAT with very many phones behind it; ulimit -n.",
)

LOG_NOT_REOPENED = Code(
    "LOG_NOT_REOPENED",
    Severity.WARNING,
    None,
    "The log file could not be opened anew, and the old one is written to.",
    "That the account which the server runs as may write to the file: logrotate's `create` names mode and "
    "owner.",
)

RELOAD_REFUSED = Code(
    "RELOAD_REFUSED",
    Severity.WARNING,
    None,
    "What was to be read anew has a mistake, or cannot be read: nothing of it counts.",
    "The sentence has file and place. Files are read by the account that the server runs as, not by root.",
)

RELOAD_INCOMPLETE = Code(
    "RELOAD_INCOMPLETE",
    Severity.WARNING,
    None,
    "Part of what changed needs sockets that are open already.",
    "Start the server again: with a state directory nothing is forgotten.",
)

INTERFACE_RETURNED = Code(
    "INTERFACE_RETURNED",
    Severity.NOTE,
    None,
    "An interface went and came back, and is served again.",
    "The cable, the driver, or who makes the interface anew.",
)
