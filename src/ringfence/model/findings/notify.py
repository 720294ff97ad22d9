"""NOTIFY: RAS that the gatekeeper opens."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

NOTIFY_DROPPED = Code(
    "NOTIFY_DROPPED",
    Severity.FAILURE,
    Stage.NOTIFY,
    "The gatekeeper sent a request after the firewall's UDP state had expired, and the firewall dropped it.",
    "A separate rule gatekeeper, udp 1719 -> handset:49300-49309.",
)

UNREGISTERED_BY_GATEKEEPER = Code(
    "UNREGISTERED_BY_GATEKEEPER",
    Severity.WARNING,
    Stage.NOTIFY,
    "The gatekeeper ended the registration (URQ); the finding gives its reason.",
    "For undefinedReason: whether somebody else registered the same extension. For ttlExpired: lost "
    "keep-alives.",
)

NOTIFY_UNANSWERED = Code(
    "NOTIFY_UNANSWERED",
    Severity.FAILURE,
    Stage.NOTIFY,
    "The gatekeeper sent a request of its own (IRQ, DRQ, URQ, BRQ) and was not answered.",
    "A separate rule gatekeeper udp 1719 -> handsets udp 49300-49309: after silence the firewall's UDP "
    "state has expired (30 s after a short exchange). Then whether the handset is still connected.",
)
