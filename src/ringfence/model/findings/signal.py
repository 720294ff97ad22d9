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

PINHOLE_ENDED = Code(
    "PINHOLE_ENDED",
    Severity.WARNING,
    Stage.SIGNAL,
    "The gatekeeper opens call signalling later than a helper that rewrites RAS lets it in.",
    "A rule for tcp from the gatekeeper to the handset's signalling port, which no timer ends; under "
    "many-to-one translation only a full RRQ opens the way again.",
)

SIGNALLING_STRANGER = Code(
    "SIGNALLING_STRANGER",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The SYN to the handset's tcp 1720 comes from an address that the handset has not registered with. The "
    "handset ignores such connections and sends no RST.",
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
    "The call-signalling connection opens, and then no message is sent, or none is answered.",
    "An H.323 inspection that holds messages back; the path MTU; the gatekeeper's log.",
)

SIGNALLING_STATE_LOST = Code(
    "SIGNALLING_STATE_LOST",
    Severity.WARNING,
    Stage.SIGNAL,
    "The call-signalling connection worked, was idle, and then passed nothing more: a stateful device on "
    "the path has removed its state. The handset still shows itself registered, and no call reaches it "
    "until the connection is opened again.",
    "The TCP idle timeout of every stateful device on the path (nf_conntrack_tcp_timeout_established, "
    "timeout conn, session-ttl, tcp-timeout): it must be longer than the idle time in the finding. Or TCP "
    "keep-alives on the gatekeeper, at a shorter interval than the timeout.",
)

SIGNALLING_DIED = Code(
    "SIGNALLING_DIED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The call-signalling connection worked, and then data on it was no longer acknowledged, without an "
    "idle time that a firewall timer could explain.",
    "Whether the other end is still up; a rule or route that changed, or failover of the firewall; the "
    "size of the segment against the path MTU.",
)

SIGNALLING_REJECTED = Code(
    "SIGNALLING_REJECTED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "Every Setup was answered with ReleaseComplete: the firewall passes it, and the other side refuses it; "
    "the finding gives the reason.",
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
    "The call-signalling TCP connection could not be opened; the finding says from where to where.",
    "With time-to-service the gatekeeper opens it: the rule gatekeeper tcp 61440-61444 -> handsets tcp "
    "1720, and the gatekeeper's address in the handset's list (it ignores others). Otherwise the rule "
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
    "A call-signalling connection was closed or lost; it is opened again.",
    "The firewall's TCP idle timeout against the keep-alive (20 s idle, 5 probes 5 s apart).",
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
    "The gatekeeper answered a Setup with ReleaseComplete; the finding gives the reason.",
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
    "The called endpoint accepted the connection and did not answer the Setup, or rang too long.",
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
    "Data received on the call-signalling port is not H.225.0 call signalling; the connection was reset.",
    "What connects there: a scanner, TLS on the unencrypted port (TLS uses 1300, not 1720), or an "
    "inspection engine that rewrites addresses and gets the lengths wrong.",
)

CALL_FAILED = Code(
    "CALL_FAILED",
    Severity.FAILURE,
    Stage.SIGNAL,
    "An endpoint's call ended before it was connected; the finding names the step.",
    "The step. Admission uses RAS (udp 1719). A connection that is refused or times out needs the rule to "
    "tcp 1720 of the gatekeeper, or of the other endpoint in direct mode. A release reason comes from the "
    "other side.",
)

STRANGERS_RESET = Code(
    "STRANGERS_RESET",
    Severity.NOTE,
    Stage.SIGNAL,
    "This user may not put a filter on a TCP socket, so connections from addresses outside the gatekeeper "
    "list get an RST, where a real handset does not answer.",
    "Run as root or with CAP_NET_ADMIN (a user namespace has it) if the difference matters.",
)
