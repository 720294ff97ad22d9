"""The findings that captures give, each with its meaning and what to check first."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.findings_capture_ras import RAS, SIGNALLING
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
        "CAPTURE_UNTIMED",
        _WARNING,
        None,
        "Frames without a time: simple packet blocks of pcapng, or what a conversion made of them (time 0)."
        " What nobody answered cannot be told from what was not answered yet.",
        "Capture again with tcpdump or dumpcap, which write times.",
    ),
    Explanation(
        "CAPTURE_NOT_LOOKED_INTO",
        _WARNING,
        None,
        "Frames carry packets inside other packets in a form that is encrypted (ESP, CAPWAP with DTLS) or not"
        " read (L2TP version 3, fragments of a tunnel's packets). What they hold is not judged.",
        "Capture where the packets are in the clear: before the tunnel, or behind it.",
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

CAPTURE: tuple[Explanation, ...] = (*_DHCP, *_FILES, *RAS, *SIGNALLING, *_PATH, *_CAPTURE)
