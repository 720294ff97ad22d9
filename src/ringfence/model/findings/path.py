"""Any stage: what the path between handset and server does to packets."""

from ringfence.model.findings import Code, Severity

STAGE_ABSENT = Code(
    "STAGE_ABSENT",
    Severity.WARNING,
    None,
    "No packet of this stage was seen, although the stages before it were reached and the capture went on: "
    "the party that starts the stage did not start it, or its packets do not pass the capture point.",
    "A capture nearer to the handset; the capture filter; the lease and the settings file, which tell the "
    "handset where to go next. Without a stored extension it waits for the user to log in.",
)

PROHIBITED_BY_ICMP = Code(
    "PROHIBITED_BY_ICMP",
    Severity.FAILURE,
    None,
    "A router or firewall answered that the packet is administratively prohibited.",
    "The rules of the device whose address the finding gives.",
)

UNREACHABLE_BY_ICMP = Code(
    "UNREACHABLE_BY_ICMP",
    Severity.FAILURE,
    None,
    "A router answered that it cannot reach the destination, or that the packet is in a routing loop (time "
    "exceeded). The cause is routing, or a host that is down; no rule is missing.",
    "The routes of the device whose address the finding gives, towards the destination; whether the host is "
    "up and answers ARP.",
)

FRAGMENTS_LOST = Code(
    "FRAGMENTS_LOST",
    Severity.WARNING,
    None,
    "Some IP fragments were captured without the rest of their packet.",
    "Whether the firewall passes fragments; the path MTU; a capture filter by port, which drops later "
    "fragments.",
)

PATH_ASYMMETRIC = Code(
    "PATH_ASYMMETRIC",
    Severity.WARNING,
    None,
    "Requests pass the capture point and answers do not, or the reverse, and the exchange still works: the "
    "two directions take different paths.",
    "Routing; a stateful firewall needs both directions.",
)
