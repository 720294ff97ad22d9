"""DISCOVER: GRQ and GCF."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

PHONE_OPTION_NOT_FOLLOWED = Code(
    "PHONE_OPTION_NOT_FOLLOWED",
    Severity.WARNING,
    Stage.DISCOVER,
    "The handset went to another address than its lease names. Another source set it: LLDP, manual "
    "programming, the settings file or an older lease.",
    "LLDP on the switch port, the handset's CRAFT menu, SET MCIPADD in the settings file.",
)

GRQ_MULTICAST_UNANSWERED = Code(
    "GRQ_MULTICAST_UNANSWERED",
    Severity.FAILURE,
    Stage.DISCOVER,
    "The GRQ went to the discovery group 224.0.1.41 only, and no gatekeeper answered. Multicast does not "
    "cross a firewall by itself; handsets use it when no gatekeeper is listed.",
    "MCIPADD in option 242.",
    former=("DISCOVERY_MULTICAST_SILENT",),
)

RAS_SOURCE_PORT = Code(
    "RAS_SOURCE_PORT",
    Severity.WARNING,
    Stage.DISCOVER,
    "An Avaya set, or a terminal that gets no answer, sends RAS from a port outside 49300-49309. A rule for "
    "that range drops it.",
    "The handset's model and firmware; another H.323 terminal; source port translation.",
)

GRQ_UNANSWERED = Code(
    "GRQ_UNANSWERED",
    Severity.FAILURE,
    Stage.DISCOVER,
    "No gatekeeper answered discovery (GRQ).",
    "The rule handset:49300-49309 -> gatekeeper, udp 1719; MCIPADD and MCPORT in option 242 or 176 against "
    "the gatekeeper's address; whether the gatekeeper serves this network region; an inspection that drops "
    "RAS.",
    former=("DISCOVERY_SILENT",),
)

GRQ_REJECTED = Code(
    "GRQ_REJECTED",
    Severity.FAILURE,
    Stage.DISCOVER,
    "The gatekeeper answered discovery with GRJ; the finding gives its reason.",
    "Whether the gatekeeper serves the handset's network (network map or zone), and the reason given.",
    former=("DISCOVERY_REJECTED",),
)

RAS_PORTS_TAKEN = Code(
    "RAS_PORTS_TAKEN",
    Severity.FAILURE,
    Stage.DISCOVER,
    "No source port of the range that handsets use for RAS (49300-49309) could be bound.",
    "What else runs on this host with those ports; an emulated handset needs its own address.",
)

GATEKEEPER_PORT_TAKEN = Code(
    "GATEKEEPER_PORT_TAKEN",
    Severity.FAILURE,
    Stage.DISCOVER,
    "The gatekeeper's RAS port could not be bound.",
    "Whether another gatekeeper runs on this host.",
)

DISCOVERY_PORT_TAKEN = Code(
    "DISCOVERY_PORT_TAKEN",
    Severity.WARNING,
    Stage.DISCOVER,
    "UDP port 1718 could not be bound: endpoints that look for a gatekeeper by multicast do not find it.",
    "What else uses that port on this host. Endpoints that have the gatekeeper's address are not affected.",
)

RAS_ADDRESS_DIFFERS = Code(
    "RAS_ADDRESS_DIFFERS",
    Severity.WARNING,
    Stage.DISCOVER,
    "The GCF names another address for registration than the one that answered discovery.",
    "Whether the rules permit handset -> that address too; then address translation on the path.",
)

RAS_ANSWER_FROM_ELSEWHERE = Code(
    "RAS_ANSWER_FROM_ELSEWHERE",
    Severity.WARNING,
    Stage.DISCOVER,
    "An answer came from another address than the one that was asked, and was not accepted.",
    "Which address the gatekeeper answers from (several interfaces, a cluster); a stateful firewall would "
    "drop the answer as well.",
)

PASSWORD_NOT_OFFERED = Code(
    "PASSWORD_NOT_OFFERED",
    Severity.FAILURE,
    Stage.DISCOVER,
    "The extension needs a password, and the handset offers no authentication mechanism that the "
    "gatekeeper supports.",
    "The handset's security profile; pwdSymEnc with DES-ECB is supported, and MD5 in plain H.323.",
)

GATEKEEPER_NAMED = Code(
    "GATEKEEPER_NAMED",
    Severity.NOTE,
    Stage.DISCOVER,
    "A gatekeeper was given by name. The emulated handset does not resolve names and skipped it.",
    "MCIPADD: give addresses for a lab; real handsets ask their DNS server, which needs a rule too.",
)

GROUP_NOT_JOINED = Code(
    "GROUP_NOT_JOINED",
    Severity.WARNING,
    Stage.DISCOVER,
    "The multicast group could not be joined, so GRQs to it are not received.",
    "The interface, and whether it supports multicast.",
)
