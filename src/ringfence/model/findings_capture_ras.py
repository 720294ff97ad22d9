"""The findings that captures give about RAS and call signalling."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

RAS: tuple[Explanation, ...] = (
    Explanation(
        "DISCOVERY_SILENT",
        _FAILURE,
        Stage.DISCOVER,
        "No gatekeeper answered the GRQ.",
        "MCIPADD and MCPORT against the gatekeeper's address, and whether the gatekeeper serves this network"
        " region.",
    ),
    Explanation(
        "DISCOVERY_MULTICAST_SILENT",
        _FAILURE,
        Stage.DISCOVER,
        "The GRQ went to the discovery group 224.0.1.41 only, and no gatekeeper answered. Multicast does not"
        " cross a firewall by itself; handsets use it when no gatekeeper is listed.",
        "MCIPADD in option 242.",
    ),
    Explanation(
        "RAS_DROPPED",
        _FAILURE,
        Stage.REGISTER,
        "A RAS message of the handset entered the firewall and did not come out.",
        "The rule handset:49300-49309 -> gatekeeper, udp 1719, and a RAS inspection that drops what it does"
        " not understand.",
    ),
    Explanation(
        "RAS_ANSWER_DROPPED",
        _FAILURE,
        Stage.REGISTER,
        "The gatekeeper's answer entered the firewall and did not come out.",
        "Connection state for udp 1719, asymmetric routing, a RAS inspection that drops what it does not"
        " understand. A GCF to a multicast GRQ needs its own rule.",
    ),
    Explanation(
        "DISCOVERY_REJECTED",
        _FAILURE,
        Stage.DISCOVER,
        "The gatekeeper answered GRJ.",
        "The reason in the finding.",
    ),
    Explanation(
        "REGISTRATION_SILENT",
        _FAILURE,
        Stage.REGISTER,
        "The gatekeeper answered GRQ but not RRQ.",
        "Size: an RRQ or RCF that is fragmented on the way; then the gatekeeper's log.",
    ),
    Explanation(
        "REGISTRATION_REJECTED",
        _FAILURE,
        Stage.REGISTER,
        "The gatekeeper answered RRJ.",
        "The reason in the finding: extension, password, or an extension in use elsewhere.",
    ),
    Explanation(
        "REGISTRATION_FLAPPING",
        _WARNING,
        Stage.REGISTER,
        "The gatekeeper forgets the registration again and again and the handset registers anew.",
        "Time to live against the UDP timeout of the firewall, and the gatekeeper's own failover.",
    ),
    Explanation(
        "KEEP_ALIVES_LOST",
        _FAILURE,
        Stage.REGISTER,
        "The registration worked, then keep-alives were no longer answered.",
        "The idle time in the finding against the firewall's UDP timeout; a changed route or policy.",
    ),
    Explanation(
        "NOTIFY_DROPPED",
        _FAILURE,
        Stage.NOTIFY,
        "The gatekeeper spoke first after a silence longer than UDP state lives, and the firewall dropped"
        " it.",
        "The rule gatekeeper, udp 1719 -> handset:49300-49309, of its own.",
    ),
    Explanation(
        "RAS_NAT_WITHOUT_ALG",
        _WARNING,
        Stage.REGISTER,
        "The address inside the RAS message is not the address the packet came from: the path translates"
        " addresses and does not rewrite RAS, so the gatekeeper answers and calls a wrong address.",
        "No translation between handsets and gatekeeper, or one that rewrites H.323.",
    ),
    Explanation(
        "RAS_REWRITTEN",
        _WARNING,
        Stage.REGISTER,
        "The same RAS message bears other addresses on the other side: an H.323 inspection rewrote it.",
        "Whether the inspection is meant to be on; it also ages its pinholes by the registration's life.",
    ),
    Explanation(
        "RAS_SOURCE_PORT",
        _WARNING,
        Stage.DISCOVER,
        "An Avaya set, or a terminal that gets no answer, sends RAS from a port outside 49300-49309. A rule"
        " for that range drops it.",
        "The handset's model and load; another H.323 terminal; source port translation.",
    ),
    Explanation(
        "RAS_UNDECODABLE",
        _NOTE,
        Stage.REGISTER,
        "A RAS message does not decode to its end. It is judged by its type and number only.",
        "Whether the capture kept whole packets.",
    ),
)

SIGNALLING: tuple[Explanation, ...] = (
    Explanation(
        "SIGNALLING_ABSENT",
        _FAILURE,
        Stage.SIGNAL,
        "The handset is registered and neither side opens the call-signalling connection.",
        "Time-to-service in the network region: with it the gatekeeper opens to the handset's tcp 1720,"
        " without it the handset opens to the gatekeeper's.",
    ),
    Explanation(
        "SIGNALLING_UNANSWERED",
        _FAILURE,
        Stage.SIGNAL,
        "The SYN of the call-signalling connection arrives and is not answered. A handset ignores tcp 1720"
        " from addresses outside its gatekeeper list.",
        "Source translation of the gatekeeper's address; MCIPADD; the handset's answer on another path.",
    ),
    Explanation(
        "SIGNALLING_STRANGER",
        _FAILURE,
        Stage.SIGNAL,
        "The SYN to the handset's tcp 1720 comes from an address that the handset has not registered with. It"
        " ignores such connections in silence.",
        "Source translation between gatekeeper and handset; the gatekeeper's other interfaces in MCIPADD.",
    ),
    Explanation(
        "SIGNALLING_DROPPED",
        _FAILURE,
        Stage.SIGNAL,
        "A packet of the call-signalling connection entered the firewall and did not come out.",
        "With time-to-service the rule gatekeeper:61440-61444 -> handset, tcp 1720; without it handset ->"
        " gatekeeper, tcp 1720 (TLS: 1300).",
    ),
    Explanation(
        "SIGNALLING_REFUSED",
        _FAILURE,
        Stage.SIGNAL,
        "The call-signalling connection is answered with RST.",
        "Whether the firewall rejects; whether the handset or gatekeeper listens (it does not without a"
        " registration, nor when signalling runs over TLS).",
    ),
    Explanation(
        "SIGNALLING_MUTE",
        _FAILURE,
        Stage.SIGNAL,
        "The call-signalling connection opens and no message, or none back, follows.",
        "An H.323 inspection that holds messages back; the path MTU; the gatekeeper's log.",
    ),
    Explanation(
        "SIGNALLING_TLS_FAILED",
        _FAILURE,
        Stage.SIGNAL,
        "TLS on the call-signalling connection fails.",
        "The alert in the finding: the trust anchor in the handset, the name in the certificate, the clock,"
        " the TLS version.",
    ),
    Explanation(
        "ECHO_LOST",
        _WARNING,
        Stage.ECHO,
        "Echo between handset and gatekeeper gets no reply.",
        "The rule for ICMP echo, and whether the gatekeeper answers pings at all.",
    ),
)
