"""What a telephone call between registered endpoints can run into."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

CALL: tuple[Explanation, ...] = (
    Explanation(
        "CALL_REFUSED",
        _NOTE,
        Stage.SIGNAL,
        "The gatekeeper answered a Setup with ReleaseComplete; the sentence has the reason.",
        "For calledPartyNotRegistered the dialled number and whether that endpoint is registered now; for "
        "callerNotRegistered whether the Setup comes from the address that registered (NAT changes it).",
    ),
    Explanation(
        "CALL_NOT_DELIVERED",
        _FAILURE,
        Stage.SIGNAL,
        "The gatekeeper could not connect to the called endpoint's call-signalling address.",
        "The rule gatekeeper -> endpoint tcp 1720, which gatekeeper-routed calls need besides registration; "
        "then whether the endpoint registered the port that it listens on.",
    ),
    Explanation(
        "CALL_UNANSWERED",
        _NOTE,
        Stage.SIGNAL,
        "The called endpoint took the connection and did not answer the Setup, or rang for too long.",
        "Whether it answers calls at all; one that asks for admission (ARQ) first needs its RAS path.",
    ),
    Explanation(
        "CALL_UNKNOWN",
        _NOTE,
        Stage.SIGNAL,
        "An endpoint reported a call (IRR) that the gatekeeper does not route.",
        "Whether it calls others directly, or kept a call that the gatekeeper has ended.",
    ),
    Explanation(
        "CALL_SIGNALLING_NOT_UNDERSTOOD",
        _WARNING,
        Stage.SIGNAL,
        "What came on the call-signalling port is no H.225.0 call signalling; the connection was reset.",
        "What connects there: a scanner, TLS on the plain port (1300 against 1720), or an inspection engine "
        "that rewrites addresses and gets the lengths wrong.",
    ),
    Explanation(
        "CALL_FAILED",
        _FAILURE,
        Stage.SIGNAL,
        "An endpoint's call ended before it was connected; the sentence says at which step.",
        "The step: admission is RAS (udp 1719); a connection refused or timed out is the rule to the "
        "gatekeeper's tcp 1720, or to the other endpoint's in direct mode; a reason is the other side's.",
    ),
)
