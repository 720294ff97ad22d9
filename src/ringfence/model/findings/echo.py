"""ECHO: ICMP echo between handset and gatekeeper."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

ECHO_UNANSWERED = Code(
    "ECHO_UNANSWERED",
    Severity.WARNING,
    Stage.ECHO,
    "An ICMP echo request of the handset to its gatekeeper was not answered.",
    "The rule handsets -> gatekeeper, icmp echo-request, and whether the gatekeeper answers echo at all.",
    former=("ECHO_LOST",),
)

ECHO_NOT_SENT = Code(
    "ECHO_NOT_SENT",
    Severity.WARNING,
    Stage.ECHO,
    "An ICMP echo request could not be sent.",
    "The privilege for ICMP sockets (net.ipv4.ping_group_range, CAP_NET_RAW).",
)
