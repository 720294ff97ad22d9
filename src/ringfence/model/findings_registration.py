"""What discovery, registration, call signalling and the echo can run into."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

REGISTRATION: tuple[Explanation, ...] = (
    Explanation(
        "GRQ_UNANSWERED",
        _FAILURE,
        Stage.DISCOVER,
        "The handset asked a gatekeeper of its list (GRQ) three times and heard nothing.",
        "The rule handset -> gatekeeper udp 1719 with the handset's source ports 49300-49309; then whether "
        "the gatekeeper's address in option 242/176 (MCIPADD) is right and an inspection engine drops RAS.",
    ),
    Explanation(
        "GRQ_REJECTED",
        _FAILURE,
        Stage.DISCOVER,
        "A gatekeeper answered discovery with GRJ; the sentence has its reason.",
        "Whether the gatekeeper serves the handset's network (network map or zone), and the reason given.",
    ),
    Explanation(
        "RRQ_UNANSWERED",
        _FAILURE,
        Stage.REGISTER,
        "Discovery worked, and the registration request (RRQ) that followed was not answered.",
        "Whether the GCF names another address or port for RAS than the one that the rules allow; then "
        "fragments: an RCF with station data may be larger than the path's MTU.",
    ),
    Explanation(
        "TOKEN_NOT_GOOD",
        _FAILURE,
        Stage.REGISTER,
        "A RAS message is protected by H.235.1 and its token is missing, wrong, old or for another message.",
        "The password on both sides, then both clocks (ten minutes are allowed), then whether anything on "
        "the path rewrites addresses inside RAS: an inspection engine that does breaks the hash.",
    ),
    Explanation(
        "RRQ_REJECTED",
        _FAILURE,
        Stage.REGISTER,
        "The gatekeeper answered registration with RRJ; the sentence has its reason in words.",
        "The extension and password on the handset for securityDenial or invalidAlias; who else has the "
        "extension for duplicateAlias. The firewall lets registration through: this is no rule's fault.",
    ),
    Explanation(
        "KEEP_ALIVE_UNANSWERED",
        _FAILURE,
        Stage.KEEP_ALIVE,
        "A registered handset refreshed its registration and was not answered any more.",
        "Whether the gatekeeper is up; then what changed in the rules since the handset registered.",
    ),
    Explanation(
        "FULL_REGISTRATION_REQUIRED",
        _WARNING,
        Stage.REGISTER,
        "The gatekeeper did not know the registration that the handset wanted to keep alive.",
        "Whether the gatekeeper restarted, or keep-alives were lost for longer than the time to live.",
    ),
    Explanation(
        "KEEP_ALIVE_UNKNOWN",
        _WARNING,
        Stage.REGISTER,
        "An endpoint kept a registration alive that the gatekeeper does not have, or from another address.",
        "Address translation between handset and gatekeeper; then expiry after lost keep-alives.",
    ),
    Explanation(
        "TTL_EXPIRED",
        _WARNING,
        Stage.REGISTER,
        "A registration was not refreshed before its time to live ended, and was dropped.",
        "Whether the handset is still there; then whether the firewall lets its keep-alives through.",
    ),
    Explanation(
        "RAS_PORTS_TAKEN",
        _FAILURE,
        Stage.DISCOVER,
        "No source port of the range that handsets use for RAS (49300-49309) could be bound.",
        "What else runs on this host with those ports; an emulated handset needs its own address.",
    ),
    Explanation(
        "GATEKEEPER_PORT_TAKEN",
        _FAILURE,
        Stage.DISCOVER,
        "The gatekeeper's RAS port could not be bound.",
        "Whether another gatekeeper runs on this host.",
    ),
    Explanation(
        "DISCOVERY_PORT_TAKEN",
        _WARNING,
        Stage.DISCOVER,
        "Udp 1718 could not be bound: endpoints that look for a gatekeeper by multicast do not find it.",
        "What else runs on this host with that port; who was given the address is not concerned.",
    ),
    Explanation(
        "FEATURE_NOT_SUPPORTED",
        _WARNING,
        Stage.REGISTER,
        "An endpoint was rejected because it insists on a generic feature (H.460) that is not there.",
        "Its configuration: firewall traversal (H.460.17, .18) is what is insisted on most.",
    ),
    Explanation(
        "RAS_ADDRESS_DIFFERS",
        _WARNING,
        Stage.DISCOVER,
        "The GCF names another address for registration than the one that answered discovery.",
        "That the rules allow handset -> that address too; then address translation in the path.",
    ),
    Explanation(
        "RAS_ADDRESS_NOT_SOURCE",
        _WARNING,
        Stage.REGISTER,
        "The address inside the endpoint's message is not the one that its packet came from.",
        "Address translation between handset and gatekeeper: RAS carries addresses and does not survive it "
        "without an inspection engine. Route instead, or use a tunnel.",
    ),
    Explanation(
        "CALL_ADDRESS_NOT_SOURCE",
        _WARNING,
        Stage.REGISTER,
        "The call-signalling address that an endpoint registers is not where its packet came from.",
        "Address translation in the path: a gatekeeper cannot connect to a translated handset.",
    ),
    Explanation(
        "RAS_ANSWER_FROM_ELSEWHERE",
        _WARNING,
        Stage.DISCOVER,
        "An answer came from another address than the one that was asked, and was not accepted.",
        "Which address the gatekeeper answers from (several interfaces, a cluster); a stateful firewall "
        "would drop the answer as well.",
    ),
    Explanation(
        "RAS_NOT_UNDERSTOOD",
        _NOTE,
        None,
        "A datagram on a RAS port is not a RAS message.",
        "Who sends it; a scanner, or an inspection engine that rewrites RAS badly.",
    ),
    Explanation(
        "UNREGISTERED_BY_GATEKEEPER",
        _WARNING,
        Stage.NOTIFY,
        "The gatekeeper ended the registration (URQ); the sentence has its reason.",
        "For undefinedReason: whether somebody else registered the same extension. For ttlExpired: lost "
        "keep-alives.",
    ),
    Explanation(
        "NOTIFY_UNANSWERED",
        _FAILURE,
        Stage.NOTIFY,
        "The gatekeeper spoke first (IRQ or URQ) after a time of silence and was not answered.",
        "The rule gatekeeper udp 1719 -> handsets udp 49300-49309: the firewall's UDP state has aged by "
        "then, so it needs a rule of its own.",
    ),
    Explanation(
        "GATEKEEPER_IDENTIFIER_SENT",
        _FAILURE,
        Stage.REGISTER,
        "The GCF or RCF bears a gatekeeperIdentifier, on which some Avaya loads restart.",
        "The gatekeeper's dialect: Avaya's servers leave the field out.",
    ),
    Explanation(
        "PASSWORD_NOT_OFFERED",
        _FAILURE,
        Stage.DISCOVER,
        "The extension needs a password, and the handset offers no mechanism to prove it that is known here.",
        "The handset's security profile; pwdSymEnc with DES-ECB is known, and MD5 in plain H.323.",
    ),
    Explanation(
        "PASSWORD_MISSING",
        _FAILURE,
        Stage.REGISTER,
        "An RRQ came without an answer to a challenge, although the extension needs a password.",
        "Whether the handset skipped discovery; it is told to discover (discoveryRequired).",
    ),
    Explanation(
        "PASSWORD_WRONG",
        _FAILURE,
        Stage.REGISTER,
        "The challenge was answered with another password.",
        "The password on the handset and in the gatekeeper's list of users.",
    ),
    Explanation(
        "CHALLENGE_STALE",
        _WARNING,
        Stage.REGISTER,
        "The answer belongs to a challenge that has expired or was answered already.",
        "Whether somebody typed for minutes; otherwise it is a replay, or two handsets share an address.",
    ),
    Explanation(
        "EXTENSION_UNKNOWN",
        _FAILURE,
        Stage.REGISTER,
        "The extension is not in the gatekeeper's list of users.",
        "The extension as typed on the handset.",
    ),
    Explanation(
        "EXTENSION_IN_USE",
        _FAILURE,
        Stage.REGISTER,
        "Another endpoint has the extension and may not be put out (duplicateAlias).",
        "Which handset has it; after a change of address it expires with the old registration.",
    ),
    Explanation(
        "SIGNALLING_NOT_OPENED",
        _FAILURE,
        Stage.SIGNAL,
        "The call-signalling TCP connection could not be opened; the sentence says from where to where.",
        "With time-to-service the gatekeeper opens it: the rule gatekeeper tcp 61440-61444 -> handsets tcp "
        "1720, and the gatekeeper's address in the handset's list (others get silence). Otherwise the "
        "rule handsets -> gatekeeper tcp 1720, with TLS 1300.",
    ),
    Explanation(
        "SIGNALLING_NO_ANSWER",
        _FAILURE,
        Stage.SIGNAL,
        "The connection was accepted, and the first message on it (Setup) was not answered.",
        "An inspection engine that accepts connections on the peer's behalf; then which side sends Setup.",
    ),
    Explanation(
        "SIGNALLING_LOST",
        _WARNING,
        Stage.SIGNAL,
        "A call-signalling connection was closed or broke; it is opened again.",
        "The firewall's TCP idle time-out against the keep-alive (20 s idle, 5 probes 5 s apart).",
    ),
    Explanation(
        "SIGNALLING_PORT_TAKEN",
        _FAILURE,
        Stage.SIGNAL,
        "The port on which call signalling is awaited could not be bound.",
        "What else listens on it on this host.",
    ),
    Explanation(
        "ECHO_UNANSWERED",
        _WARNING,
        Stage.ECHO,
        "An ICMP echo request of the handset to its gatekeeper was not answered.",
        "The rule handsets -> gatekeeper icmp echo-request, and whether the gatekeeper answers echo at all.",
    ),
    Explanation(
        "EXTENSION_MISSING",
        _FAILURE,
        Stage.REGISTER,
        "Nobody entered an extension, and the handset may not register without one.",
        "UNNAMEDSTAT in the settings file, if handsets without a user are to register.",
    ),
)
