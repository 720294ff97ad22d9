"""The handset as a whole: that it restarts."""

from ringfence.model.findings import Code, Severity

HANDSET_RESTARTED = Code(
    "HANDSET_RESTARTED",
    Severity.NOTE,
    None,
    "The handset restarted while the capture ran. The stages shown are those of the last boot that has a "
    "result; the finding says how far each boot came.",
    "Power (PoE budget, cable), a reset by a person or by the gatekeeper, new firmware in the upgrade "
    "file; if each boot ends at the same point, the last message before it.",
)

RESTART_LOOP = Code(
    "RESTART_LOOP",
    Severity.FAILURE,
    None,
    "The handset restarts repeatedly after the same answer of the gatekeeper. The answer reaches it, so no "
    "rule is missing; the handset cannot use what is in it.",
    "The GCF or RCF: Avaya handsets restart on a gatekeeperIdentifier, and some on features that another "
    "vendor's gatekeeper sends; then the handset's firmware.",
)
