"""SIGNAL: the call-signalling connection, and the calls on it."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

SIGNALLING_ABSENT = Code(
    "SIGNALLING_ABSENT",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The handset is registered and neither side opens the call-signalling connection.",
    "Time-to-service in the network region: with it the gatekeeper opens to the handset's tcp 1720, without "
    "it the handset opens to the gatekeeper's.",
)

SIGNALLING_UNANSWERED = Code(
    "SIGNALLING_UNANSWERED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The SYN of the call-signalling connection arrives and is not answered. A handset ignores tcp 1720 from "
    "addresses outside its gatekeeper list.",
    "Source translation of the gatekeeper's address; MCIPADD; the handset's answer on another path.",
)

SIGNALLING_STRANGER = Code(
    "SIGNALLING_STRANGER",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The SYN to the handset's tcp 1720 comes from an address that the handset has not registered with. It "
    "ignores such connections without a reset.",
    "Source translation between gatekeeper and handset; the gatekeeper's other interfaces in MCIPADD.",
)

SIGNALLING_DROPPED = Code(
    "SIGNALLING_DROPPED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "A packet of the call-signalling connection entered the firewall and did not come out.",
    "With time-to-service the rule gatekeeper:61440-61444 -> handset, tcp 1720; without it handset -> "
    "gatekeeper, tcp 1720 (TLS: 1300).",
)

SIGNALLING_REFUSED = Code(
    "SIGNALLING_REFUSED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The call-signalling connection is answered with RST.",
    "Whether the firewall rejects; whether the handset or gatekeeper listens (it does not without a "
    "registration, nor when signalling runs over TLS).",
)

SIGNALLING_MUTE = Code(
    "SIGNALLING_MUTE",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The call-signalling connection opens and no message, or none back, follows.",
    "An H.323 inspection that holds messages back; the path MTU; the gatekeeper's log.",
)

SIGNALLING_STATE_LOST = Code(
    "SIGNALLING_STATE_LOST",
    Severity.WARNING,
    Stage.SIGNAL,
    "The call-signalling connection worked, was idle, and then carried nothing more: a firewall or "
    "translator on the way has forgotten it. The handset looks registered, and no call reaches it until "
    "the connection is opened anew.",
    "The TCP idle timer of every stateful device on the way (nf_conntrack_tcp_timeout_established, timeout "
    "conn, session-ttl, tcp-timeout): above the idle time in the finding; or TCP keep-alives, at intervals "
    "below the timer, on the gatekeeper.",
)

SIGNALLING_DIED = Code(
    "SIGNALLING_DIED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The call-signalling connection worked, and then data on it was no longer acknowledged, without a "
    "time of silence that a timer could explain.",
    "Whether the other end is still up; a rule, a route or a fail-over of the firewall that changed "
    "meanwhile; the size of the segment against the path MTU.",
)

SIGNALLING_REJECTED = Code(
    "SIGNALLING_REJECTED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The Setup was answered with ReleaseComplete, and no Setup with anything better: it passes, and the "
    "other side refuses it; the sentence has the reason.",
    "The reason: the gatekeeper's licence, region and station form for what it refuses; the address that the "
    "Setup comes from, where it knows the caller by it.",
)

SIGNALLING_TLS_FAILED = Code(
    "SIGNALLING_TLS_FAILED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "TLS on the call-signalling connection fails.",
    "The alert in the finding: the trust anchor in the handset, the name in the certificate, the clock, the "
    "TLS version.",
)

SIGNALLING_NOT_OPENED = Code(
    "SIGNALLING_NOT_OPENED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The call-signalling TCP connection could not be opened; the sentence says from where to where.",
    "With time-to-service the gatekeeper opens it: the rule gatekeeper tcp 61440-61444 -> handsets tcp "
    "1720, and the gatekeeper's address in the handset's list (others get silence). Otherwise the rule "
    "handsets -> gatekeeper tcp 1720, with TLS 1300.",
)

SIGNALLING_NO_ANSWER = Code(
    "SIGNALLING_NO_ANSWER",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The connection was accepted, and the first message on it (Setup) was not answered.",
    "An inspection engine that accepts connections on the peer's behalf; then which side sends Setup.",
)

SIGNALLING_LOST = Code(
    "SIGNALLING_LOST",
    Severity.WARNING,
    Stage.SIGNAL,
    "A call-signalling connection was closed or broke; it is opened again.",
    "The firewall's TCP idle time-out against the keep-alive (20 s idle, 5 probes 5 s apart).",
)

SIGNALLING_PORT_TAKEN = Code(
    "SIGNALLING_PORT_TAKEN",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The port for incoming call signalling could not be bound.",
    "What else listens on it on this host.",
)

CALL_REFUSED = Code(
    "CALL_REFUSED",
    Severity.NOTE,
    Stage.SIGNAL,
    "The gatekeeper answered a Setup with ReleaseComplete; the sentence has the reason.",
    "For calledPartyNotRegistered the dialled number and whether that endpoint is registered now; for "
    "callerNotRegistered whether the Setup comes from the address that registered (NAT changes it).",
)

CALL_NOT_DELIVERED = Code(
    "CALL_NOT_DELIVERED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The gatekeeper could not connect to the called endpoint's call-signalling address.",
    "The rule gatekeeper -> endpoint tcp 1720, which gatekeeper-routed calls need besides registration; "
    "then whether the endpoint registered the port that it listens on.",
)

CALL_UNANSWERED = Code(
    "CALL_UNANSWERED",
    Severity.NOTE,
    Stage.SIGNAL,
    "The called endpoint took the connection and did not answer the Setup, or rang for too long.",
    "Whether it answers calls at all; one that asks for admission (ARQ) first needs its RAS path.",
)

CALL_UNKNOWN = Code(
    "CALL_UNKNOWN",
    Severity.NOTE,
    Stage.SIGNAL,
    "An endpoint reported a call (IRR) that the gatekeeper does not route.",
    "Whether it calls others directly, or kept a call that the gatekeeper has ended.",
)

CALL_SIGNALLING_NOT_UNDERSTOOD = Code(
    "CALL_SIGNALLING_NOT_UNDERSTOOD",
    Severity.WARNING,
    Stage.SIGNAL,
    "What came on the call-signalling port is no H.225.0 call signalling; the connection was reset.",
    "What connects there: a scanner, TLS on the plain port (1300 against 1720), or an inspection engine "
    "that rewrites addresses and gets the lengths wrong.",
)

CALL_FAILED = Code(
    "CALL_FAILED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "An endpoint's call ended before it was connected; the sentence says at which step.",
    "The step: admission is RAS (udp 1719); a connection refused or timed out is the rule to the "
    "gatekeeper's tcp 1720, or to the other endpoint's in direct mode; a reason is the other side's.",
)

STRANGERS_RESET = Code(
    "STRANGERS_RESET",
    Severity.NOTE,
    Stage.SIGNAL,
    "The kernel lets this user put no filter on a TCP socket, so connections from outside the gatekeeper "
    "list are reset where a handset would stay silent.",
    "CAP_NET_ADMIN or root where the silence matters; namespaces of one's own have it.",
)
