"""The findings that captures give, each with its meaning and what to check first."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

_DHCP = (
    Explanation(
        "DHCP_SILENT",
        _FAILURE,
        Stage.ADDRESS,
        "The handset or its relay asked for an address and nobody answered.",
        "Whether the router of this VLAN relays to the DHCP server (ip helper-address), and whether the"
        " server has a scope for the relay's giaddr.",
    ),
    Explanation(
        "DHCP_REQUEST_DROPPED",
        _FAILURE,
        Stage.ADDRESS,
        "The relayed request entered the firewall and did not come out.",
        "The rule relay -> DHCP server, udp 67 -> 67. Its source is the relay's uplink address or giaddr,"
        " whichever the router uses; not port 68.",
    ),
    Explanation(
        "DHCP_ANSWER_DROPPED",
        _FAILURE,
        Stage.ADDRESS,
        "The server's answer entered the firewall and did not come out. It goes to giaddr, which is often not"
        " the address that asked, so connection state does not let it pass.",
        "The rule DHCP server -> giaddr, udp 67 -> 67, of its own.",
    ),
    Explanation(
        "DHCP_REFUSED",
        _FAILURE,
        Stage.ADDRESS,
        "The server answered DHCPNAK: the address asked for does not belong to this network.",
        "Scopes and giaddr; a second DHCP server; a relay that also relays on its uplink.",
    ),
    Explanation(
        "DHCP_OFFER_INCOMPLETE",
        _FAILURE,
        Stage.ADDRESS,
        "The OFFER has no lease time (option 51). These handsets ignore such an offer.",
        "Option 51 in the scope.",
    ),
    Explanation(
        "DHCP_OFFER_NOT_TAKEN",
        _FAILURE,
        Stage.ADDRESS,
        "An OFFER went out and the handset did not ask for it.",
        "Whether the OFFER reaches the handset's own VLAN: a capture at the handset's port shows it.",
    ),
    Explanation(
        "DHCP_RELEASE_DROPPED",
        _WARNING,
        Stage.RELEASE,
        "DHCPRELEASE goes straight from the handset to the server before it changes VLAN. It was dropped, so"
        " every boot leaves an address of the first VLAN leased.",
        "The rule handset -> DHCP server, udp 68 -> 67, for the first VLAN too.",
    ),
    Explanation(
        "VLAN_MOVE_ABSENT",
        _FAILURE,
        Stage.VLAN_MOVE,
        "The first lease names a voice VLAN and no DHCP from there follows.",
        "Whether the switch port carries the voice VLAN tagged, and whether that VLAN has a relay.",
    ),
    Explanation(
        "VLAN_LOOP",
        _WARNING,
        Stage.VLAN_MOVE,
        "The handset goes back and forth between VLANs: it gets no address on the voice VLAN within VLANTEST"
        " and falls back, or the voice VLAN's own scope sends it away again.",
        "L2QVLAN in the options of both scopes, and DHCP on the voice VLAN.",
    ),
    Explanation(
        "RENEWAL_BLOCKED",
        _FAILURE,
        Stage.RENEW,
        "At half of the lease the handset asks the server directly, without the relay, and got no answer.",
        "The rule handset -> DHCP server, udp 68 -> 67.",
    ),
    Explanation(
        "RENEWAL_RESCUED",
        _FAILURE,
        Stage.RENEW,
        "Renewal at half of the lease failed; at seven eighths the handset broadcast and the relay saved the"
        " lease. It looks healthy, and every lease lives on its last eighth.",
        "The rule handset -> DHCP server, udp 68 -> 67.",
    ),
    Explanation(
        "PHONE_OPTION_MISSING",
        _WARNING,
        Stage.ADDRESS,
        "The lease has neither option 242 nor 176, although the handset asked for it: it does not learn its"
        " gatekeeper, file server or VLAN.",
        "Option 242 (96xx, 16xx, J1xx) or 176 (46xx) in the scope of this network.",
    ),
    Explanation(
        "PHONE_OPTION_UNREADABLE",
        _WARNING,
        Stage.ADDRESS,
        "Option 242 or 176 has a part that a handset does not understand; it silently uses the rest.",
        "The place that the finding names. NAME=value, commas, no spaces; lists in double quotes.",
    ),
    Explanation(
        "PHONE_OPTION_NOT_FOLLOWED",
        _WARNING,
        Stage.DISCOVER,
        "The handset went to another address than its lease names. Something else told it: LLDP, a setting"
        " made by hand, the settings file, or an older lease.",
        "LLDP on the switch port, the handset's CRAFT menu, SET MCIPADD in the settings file.",
    ),
    Explanation(
        "ADDRESS_DUPLICATE",
        _WARNING,
        Stage.ADDRESS,
        "Two hardware addresses claim one IP address.",
        "Static addresses inside the scope; a second DHCP server.",
    ),
)

_FILES = (
    Explanation(
        "FILES_UNREACHABLE",
        _FAILURE,
        Stage.PROVISION,
        "The connection to the file server does not open.",
        "The rule handset -> file server, tcp 80 (or HTTPPORT), 443 or 411 (TLSPORT).",
    ),
    Explanation(
        "FILES_REFUSED",
        _FAILURE,
        Stage.PROVISION,
        "The connection to the file server is answered with RST.",
        "Whether the server listens on this port, or the firewall rejects instead of dropping.",
    ),
    Explanation(
        "FILES_NOT_FOUND",
        _WARNING,
        Stage.PROVISION,
        "The file server has none of the files asked for. A 404 for the .scr name before the .txt is normal.",
        "HTTPDIR/TLSDIR, the file names, and upper and lower case.",
    ),
    Explanation(
        "FILES_REDIRECTED",
        _FAILURE,
        Stage.PROVISION,
        "The file server redirects. These handsets do not follow redirects.",
        "A redirect from http to https on the server; HTTPDIR/TLSDIR.",
    ),
    Explanation(
        "FILES_REJECTED",
        _FAILURE,
        Stage.PROVISION,
        "The file server answers with an error.",
        "The status in the finding, and the server's log.",
    ),
    Explanation(
        "FILES_TLS_FAILED",
        _FAILURE,
        Stage.PROVISION,
        "TLS with the file server fails.",
        "The alert in the finding: the trust anchor in the handset, the name in the certificate, the clock,"
        " the TLS version.",
    ),
    Explanation(
        "FILES_MUTE",
        _FAILURE,
        Stage.PROVISION,
        "The connection to the file server opens and then carries no answer.",
        "The server itself; an inspecting firewall; the path MTU.",
    ),
)

_RAS = (
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
        "RAS comes from a port outside 49300-49309. A rule for that range drops it.",
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

_SIGNALLING = (
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

_PATH = (
    Explanation(
        "STAGE_ABSENT",
        _WARNING,
        None,
        "No packet of this stage was seen, although the stages before it were reached and the recording went"
        " on: whoever begins the stage never began it, or its packets do not pass this point.",
        "A capture nearer to the handset; the capture filter; the lease and the settings file, which tell the"
        " handset where to go next. Without a stored extension it waits for its user.",
    ),
    Explanation(
        "PROHIBITED_BY_ICMP",
        _FAILURE,
        None,
        "A router or firewall answered that the packet is administratively prohibited.",
        "The rules of the device whose address the finding gives.",
    ),
    Explanation(
        "FRAGMENTS_LOST",
        _WARNING,
        None,
        "IP fragments were seen whose other parts never were.",
        "Whether the firewall passes fragments; the path MTU; a capture filter by port, which drops later"
        " fragments.",
    ),
    Explanation(
        "PATH_ASYMMETRIC",
        _WARNING,
        None,
        "Questions pass this point and answers do not, or the other way round, and yet the dialogue works:"
        " the two directions take different paths.",
        "Routing; a stateful firewall needs both directions.",
    ),
)

_CAPTURE = (
    Explanation(
        "CAPTURE_ONE_SIDED",
        _WARNING,
        None,
        "Only answers, or only questions, are in the capture, although the dialogue went on. Handsets often"
        " send priority-tagged frames (VLAN 0), which a port filter without 'vlan' misses.",
        "Capture without a filter, or with: X or (vlan and X).",
    ),
    Explanation(
        "CAPTURE_CLIPPED",
        _WARNING,
        None,
        "The capture kept only the beginning of frames, so messages cannot be read to the end.",
        "Capture again with -s 0.",
    ),
    Explanation(
        "CAPTURE_DAMAGED",
        _WARNING,
        None,
        "The capture file breaks off or has a broken record. What came before it was read.",
        "Stop the capturing program before copying; copy in binary mode.",
    ),
    Explanation(
        "CAPTURE_TOO_LONG",
        _WARNING,
        None,
        "The capture holds more signalling than is judged at once; what comes after was left out.",
        "Cut the capture by time or by handset: editcap -A START -B END, or a filter on one address.",
    ),
    Explanation(
        "CAPTURE_DUPLICATED",
        _NOTE,
        None,
        "Frames are in the capture twice, as mirror ports deliver them. Copies were left out.",
        "Nothing, unless loss is counted: mirror one direction only.",
    ),
    Explanation(
        "CAPTURE_WITHOUT_HANDSETS",
        _WARNING,
        None,
        "No handset is in the capture: no RAS, and no DHCP of a client that asks for option 242 or 176.",
        "The capture point, the filter, and VLAN tags.",
    ),
)

CAPTURE: tuple[Explanation, ...] = (*_DHCP, *_FILES, *_RAS, *_SIGNALLING, *_PATH, *_CAPTURE)
