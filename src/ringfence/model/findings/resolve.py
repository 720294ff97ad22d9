"""RESOLVE: names of servers."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

NAME_UNRESOLVED = Code(
    "NAME_UNRESOLVED",
    Severity.FAILURE,
    Stage.RESOLVE,
    "The phone was told a server by name, and no DNS server answers its question.",
    "The rule handset -> DNS server, udp 53, and option 6.",
)

NAME_UNKNOWN = Code(
    "NAME_UNKNOWN",
    Severity.FAILURE,
    Stage.RESOLVE,
    "The DNS server answers that it knows no address of the name.",
    "The name in option 242/176 or in the settings file, the domain (option 15), and the server's zone.",
)
