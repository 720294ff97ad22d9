"""REGISTER: RRQ and RCF."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

RAS_DROPPED = Code(
    "RAS_DROPPED",
    Severity.FAILURE,
    Stage.REGISTER,
    "A RAS message of the handset entered the firewall and did not come out.",
    "The rule handset:49300-49309 -> gatekeeper, udp 1719, and a RAS inspection that drops what it does not "
    "understand.",
)

RAS_PORT_CLOSED = Code(
    "RAS_PORT_CLOSED",
    Severity.FAILURE,
    Stage.REGISTER,
    "The RAS message reached a machine on which nothing listens on that port: it answered ICMP port "
    "unreachable.",
    "Whether the gatekeeper runs there and serves that address and port; MCIPADD and MCPORT in option 242 or "
    "176. The firewall lets the message through.",
)

RAS_ANSWER_DROPPED = Code(
    "RAS_ANSWER_DROPPED",
    Severity.FAILURE,
    Stage.REGISTER,
    "The gatekeeper's answer entered the firewall and did not come out.",
    "Connection state for udp 1719, asymmetric routing, a RAS inspection that drops what it does not "
    "understand. A GCF to a multicast GRQ needs its own rule.",
)

REGISTRATION_FLAPPING = Code(
    "REGISTRATION_FLAPPING",
    Severity.WARNING,
    Stage.REGISTER,
    "The gatekeeper repeatedly loses the registration, and the handset registers again.",
    "Time to live against the UDP timeout of the firewall, and failover of the gatekeeper.",
)

RAS_NAT_WITHOUT_ALG = Code(
    "RAS_NAT_WITHOUT_ALG",
    Severity.WARNING,
    Stage.REGISTER,
    "The address inside the RAS message is not the address the packet came from: the path translates "
    "addresses and does not rewrite RAS, so the gatekeeper answers and calls a wrong address.",
    "No translation between handsets and gatekeeper, or one that rewrites H.323.",
)

NAT_MANY_TO_ONE = Code(
    "NAT_MANY_TO_ONE",
    Severity.WARNING,
    Stage.REGISTER,
    "The firewall translates several handsets to one address by port translation (PAT). Call signalling "
    "that the gatekeeper opens to port 1720 has no translation to a handset, and no rule creates one.",
    "Translate each handset 1:1 (static NAT) towards the gatekeeper, or not at all.",
)

RAS_REWRITTEN = Code(
    "RAS_REWRITTEN",
    Severity.WARNING,
    Stage.REGISTER,
    "The same RAS message carries other addresses on the other side: an H.323 inspection rewrote it.",
    "Whether the inspection is meant to be on. The ports that it opens stay open for its own timer, not "
    "for the registration: Linux's RAS helper 240 s from each full RRQ, ended early only by a URQ (kernel "
    "6.18).",
)

RAS_UNDECODABLE = Code(
    "RAS_UNDECODABLE",
    Severity.NOTE,
    Stage.REGISTER,
    "A RAS message does not decode to its end. It is judged by its type and number only.",
    "Whether the capture kept whole packets.",
)

RRQ_UNANSWERED = Code(
    "RRQ_UNANSWERED",
    Severity.FAILURE,
    Stage.REGISTER,
    "Discovery worked, and the registration request (RRQ) that followed was not answered.",
    "Whether the GCF names another address or port for RAS than the rules allow; size: an RRQ or RCF that "
    "is fragmented on the way; then the gatekeeper's log.",
    former=("REGISTRATION_SILENT",),
)

TOKEN_NOT_GOOD = Code(
    "TOKEN_NOT_GOOD",
    Severity.FAILURE,
    Stage.REGISTER,
    "A RAS message is protected by H.235.1 and its token is missing, wrong, old or for another message.",
    "The password on both sides, then both clocks (ten minutes are allowed), then whether anything on the "
    "path rewrites addresses inside RAS: an inspection engine that does breaks the hash.",
)

RRQ_REJECTED = Code(
    "RRQ_REJECTED",
    Severity.FAILURE,
    Stage.REGISTER,
    "The gatekeeper answered registration with RRJ; the finding gives its reason.",
    "The reason in the finding; the gatekeeper's log, and how this endpoint is administered there. The "
    "firewall passes registration: no rule is missing.",
    former=("REGISTRATION_REJECTED",),
)

FULL_REGISTRATION_REQUIRED = Code(
    "FULL_REGISTRATION_REQUIRED",
    Severity.WARNING,
    Stage.REGISTER,
    "The gatekeeper did not know the registration that the handset wanted to keep alive.",
    "Whether the gatekeeper restarted, or keep-alives were lost for longer than the time to live.",
)

KEEP_ALIVE_UNKNOWN = Code(
    "KEEP_ALIVE_UNKNOWN",
    Severity.WARNING,
    Stage.REGISTER,
    "An endpoint kept a registration alive that the gatekeeper does not have, or from another address.",
    "Address translation between handset and gatekeeper; then expiry after lost keep-alives.",
)

TTL_EXPIRED = Code(
    "TTL_EXPIRED",
    Severity.WARNING,
    Stage.REGISTER,
    "A registration was not refreshed before its time to live ended, and was dropped.",
    "Whether the handset is still there; then whether the firewall lets its keep-alives through.",
)

FEATURE_NOT_SUPPORTED = Code(
    "FEATURE_NOT_SUPPORTED",
    Severity.WARNING,
    Stage.REGISTER,
    "An endpoint was rejected because it requires a generic feature (H.460) that is not supported.",
    "Its configuration: firewall traversal (H.460.17, .18) is required most often.",
)

RAS_ADDRESS_NOT_SOURCE = Code(
    "RAS_ADDRESS_NOT_SOURCE",
    Severity.WARNING,
    Stage.REGISTER,
    "The address inside the endpoint's message is not the one that its packet came from.",
    "Address translation between handset and gatekeeper: RAS carries addresses and works through "
    "translation only with an inspection engine that rewrites them. Route instead, or use a tunnel.",
)

CALL_ADDRESS_NOT_SOURCE = Code(
    "CALL_ADDRESS_NOT_SOURCE",
    Severity.WARNING,
    Stage.REGISTER,
    "The call-signalling address that an endpoint registers is not where its packet came from.",
    "Address translation in the path: a gatekeeper cannot connect to a translated handset.",
)

GATEKEEPER_IDENTIFIER_SENT = Code(
    "GATEKEEPER_IDENTIFIER_SENT",
    Severity.FAILURE,
    Stage.REGISTER,
    "The GCF or RCF carries a gatekeeperIdentifier, on which some Avaya firmware versions restart.",
    "The gatekeeper's dialect: Avaya's servers leave the field out.",
)

PASSWORD_MISSING = Code(
    "PASSWORD_MISSING",
    Severity.FAILURE,
    Stage.REGISTER,
    "An RRQ came without an answer to a challenge, although the extension needs a password.",
    "Whether the handset skipped discovery; it is answered with discoveryRequired.",
)

PASSWORD_WRONG = Code(
    "PASSWORD_WRONG",
    Severity.FAILURE,
    Stage.REGISTER,
    "The challenge was answered with another password.",
    "The password on the handset and in the gatekeeper's list of users.",
)

CHALLENGE_STALE = Code(
    "CHALLENGE_STALE",
    Severity.WARNING,
    Stage.REGISTER,
    "The answer belongs to a challenge that has expired or was answered already.",
    "Whether the user took minutes to type; otherwise it is a replay, or two handsets share an address.",
)

EXTENSION_UNKNOWN = Code(
    "EXTENSION_UNKNOWN",
    Severity.FAILURE,
    Stage.REGISTER,
    "The extension is not in the gatekeeper's list of users.",
    "The extension as typed on the handset.",
)

EXTENSION_IN_USE = Code(
    "EXTENSION_IN_USE",
    Severity.FAILURE,
    Stage.REGISTER,
    "Another endpoint has the extension and may not be replaced (duplicateAlias).",
    "Which handset has it; after a change of address it expires with the old registration.",
)

EXTENSION_MISSING = Code(
    "EXTENSION_MISSING",
    Severity.FAILURE,
    Stage.REGISTER,
    "No extension was entered, and the handset may not register without one.",
    "UNNAMEDSTAT in the settings file, if handsets without a user are to register.",
)

KEPT_DROPPED = Code(
    "KEPT_DROPPED",
    Severity.WARNING,
    Stage.REGISTER,
    "Stored registrations or leases were not restored after a restart.",
    "Whether users or pools were removed: --user, and the VLANs of the site file.",
)

PASSWORD_GUESSED = Code(
    "PASSWORD_GUESSED",
    Severity.WARNING,
    Stage.REGISTER,
    "One address has sent so many wrong passwords for an extension that its answers are not checked for "
    "five minutes.",
    "Which host has that address: a handset that retries an old PIN, or an attacker who guesses.",
)

PIN_FEW_KEYS = Code(
    "PIN_FEW_KEYS",
    Severity.NOTE,
    Stage.REGISTER,
    "A numeric PIN is a weak DES key: DES ignores the last bit of each octet, so digits are equal in pairs "
    "and a PIN of four digits has only 625 keys. Anyone who captures one registration can find the PIN "
    "within seconds.",
    "Whether the voice network is separate from others; longer passwords where the handsets accept them.",
)
