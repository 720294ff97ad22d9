"""KEEP_ALIVE: the registration renewed."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

KEEP_ALIVE_UNANSWERED = Code(
    "KEEP_ALIVE_UNANSWERED",
    Severity.FAILURE,
    Stage.KEEP_ALIVE,
    "The registration worked, then requests to keep it alive were no longer answered.",
    "Whether the gatekeeper is up; the idle time in the finding against the firewall's UDP timeout; a route "
    "or rule that changed since the handset registered.",
    former=("KEEP_ALIVES_LOST",),
)

KEEP_ALIVE_REJECTED = Code(
    "KEEP_ALIVE_REJECTED",
    Severity.WARNING,
    Stage.KEEP_ALIVE,
    "The gatekeeper answers requests to keep the registration alive with RRJ, and the endpoint registers "
    "again each time. It works, with a short gap each time.",
    "The reason in the finding; whether the endpoint repeats in a keep-alive what the gatekeeper wants to "
    "see (endpointIdentifier, tokens); the gatekeeper's log. The firewall lets both pass.",
)
