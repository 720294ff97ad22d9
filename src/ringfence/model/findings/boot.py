"""The handset as a whole: that it restarts."""

from ringfence.model.findings import Code, Severity

HANDSET_RESTARTED = Code(
    "HANDSET_RESTARTED",
    Severity.NOTE,
    None,
    "The handset began from power-up again while the capture ran. The stages shown are those of the last "
    "boot that decides; the finding says how far each came.",
    "Power (PoE budget, cable), a reset by a person or by the gatekeeper, a new load in the upgrade file; "
    "where each boot ends at the same point, what the last message before it says.",
)

RESTART_LOOP = Code(
    "RESTART_LOOP",
    Severity.FAILURE,
    None,
    "The handset begins again and again after the same answer of the gatekeeper. What it gets passes every "
    "firewall; it is the answer itself that it cannot bear, or cannot use.",
    "The GCF or RCF: Avaya sets restart at one with a gatekeeperIdentifier, and some at features that "
    "another make's gatekeeper sends; then the load of the handset.",
)
