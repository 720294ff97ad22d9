"""What the configuration of a firewall says."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

UDP_STATE_SHORTER_THAN_SILENCE = Code(
    "UDP_STATE_SHORTER_THAN_SILENCE",
    Severity.WARNING,
    Stage.NOTIFY,
    "The firewall's UDP state expires sooner than the gatekeeper's silence between two messages, and no "
    "rule permits RAS that the gatekeeper opens: its URQ, IRQ or NSM is dropped, and a handset that is "
    "asked to register again never receives the request.",
    "A separate rule gatekeeper:1719 -> handsets' RAS ports. A longer timeout is not enough: failover and "
    "restart also lose state, and for a second gatekeeper address there never was any.",
)

UDP_STATE_HOLDS_SILENCE = Code(
    "UDP_STATE_HOLDS_SILENCE",
    Severity.NOTE,
    Stage.NOTIFY,
    "The firewall keeps UDP state longer than the gatekeeper stays silent, so gatekeeper-opened RAS may "
    "pass by state although no rule permits it. The check does not count on it.",
    "Whether state survives failover and restart, and exists for every gatekeeper address: a separate rule "
    "is safer.",
)

SIGNALLING_STATE_TOO_SHORT = Code(
    "SIGNALLING_STATE_TOO_SHORT",
    Severity.FAILURE,
    Stage.SIGNAL,
    "The firewall's TCP idle timeout ends before the first TCP keep-alive of the call-signalling channel "
    "(20 s): the channel is lost without notice while the handset shows itself registered.",
    "The TCP idle timeout for port 1720: one hour or more.",
)

SIGNALLING_NEEDS_KEEPALIVE = Code(
    "SIGNALLING_NEEDS_KEEPALIVE",
    Severity.WARNING,
    Stage.SIGNAL,
    "The firewall's TCP idle timeout is less than one hour. The call-signalling channel stays open only "
    "while TCP keep-alives (every 20 s where the call server asks for them) keep it active.",
    "The keep-alive settings of the network region, or a TCP idle timeout of one hour or more for port 1720.",
)

H323_INSPECTED = Code(
    "H323_INSPECTED",
    Severity.WARNING,
    Stage.REGISTER,
    "H.323 or RAS inspection is on. Some inspections drop messages that their decoder does not know "
    "(private elements in handsets' messages); Linux's helpers pass them unchanged (kernel 6.18, "
    "net/netfilter/nf_conntrack_h323_main.c). An inspection also opens ports for a time: Linux's helper "
    "opens call signalling from the gatekeeper for 240 s after a full RRQ, whatever its timeToLive, and "
    "not after a keep-alive.",
    "Switch it off for these addresses and rely on the rules; then clear the existing connections.",
)

H323_INSPECTION_NOT_STATED = Code(
    "H323_INSPECTION_NOT_STATED",
    Severity.NOTE,
    Stage.REGISTER,
    "The configuration does not say whether H.323 inspection is on, and on this kind of device it is on by "
    "default.",
    "The device's own status command for its ALGs, or switch it off in any case.",
)

ECHO_NOT_TRACKED = Code(
    "ECHO_NOT_TRACKED",
    Severity.FAILURE,
    Stage.ECHO,
    "The device tracks ICMP echo only with ICMP inspection, which is off: echo replies are checked against "
    "the rules.",
    "inspect icmp in the policy map that is in force.",
)

ECHO_TRACKING_NOT_STATED = Code(
    "ECHO_TRACKING_NOT_STATED",
    Severity.NOTE,
    Stage.ECHO,
    "The device tracks ICMP echo only with ICMP inspection, and the configuration does not mention "
    "inspection.",
    "inspect icmp in the policy map that is in force (show service-policy | include icmp).",
)

SIGNALLING_BY_HELPER = Code(
    "SIGNALLING_BY_HELPER",
    Severity.WARNING,
    Stage.SIGNAL,
    "The gatekeeper's call signalling passes only because a connection-tracking helper read the handset's "
    "full RRQ and opened the port for 240 s to the address in it (nf_conntrack_h323).",
    "A separate rule for the gatekeeper's connection to tcp 1720, and no helper: a lightweight RRQ does "
    "not renew the 240 s.",
)

RELATED_ACCEPTED = Code(
    "RELATED_ACCEPTED",
    Severity.NOTE,
    None,
    "The rules accept packets that are related to a connection: ICMP errors, and whatever a helper expects. "
    "With an H.323 helper that opens ports which no rule states.",
    "Whether a helper is assigned to RAS or call signalling.",
)

ANY_ANY_LINE = Code(
    "ANY_ANY_LINE",
    Severity.WARNING,
    None,
    "A line permits every service from anywhere to anywhere: the firewall filters nothing that reaches it.",
    "Replace it by the rules that `ringfence rules` writes.",
)

ADDRESSES_TRANSLATED = Code(
    "ADDRESSES_TRANSLATED",
    Severity.WARNING,
    None,
    "Addresses of the procedure may be translated. RAS and call signalling carry addresses inside their "
    "messages, and a handset refuses call signalling from an address outside its gatekeeper list.",
    "Exempt traffic between handsets and servers from translation.",
)

FLOW_LEADS_NOWHERE = Code(
    "FLOW_LEADS_NOWHERE",
    Severity.FAILURE,
    None,
    "Address translation leads this flow to no phone, whatever the rules permit: it is opened towards an "
    "address that stands for many phones, or to one that only untranslated messages name.",
    "Translate one-to-one or not at all between phones and gatekeepers, or let the phone open signalling.",
)

LINE_NOT_UNDERSTOOD = Code(
    "LINE_NOT_UNDERSTOOD",
    Severity.WARNING,
    None,
    "A line of the configuration was not understood, so nothing is proved about packets it may concern.",
    "The line itself; what it permits or denies between the two zones has to be judged by a person.",
)

LINE_SHADOWED = Code(
    "LINE_SHADOWED",
    Severity.WARNING,
    None,
    "Earlier lines decide every packet of this line, some of them with the opposite action: this line has "
    "no effect.",
    "Move it above the lines that are named, or remove it.",
)

LINE_DEAD = Code(
    "LINE_DEAD",
    Severity.NOTE,
    None,
    "Earlier lines decide every packet of this line, or it matches none: it can be removed.",
    "Remove it, or move it if it was meant to stand earlier in the list.",
)

LINE_REDUNDANT = Code(
    "LINE_REDUNDANT",
    Severity.NOTE,
    None,
    "Without this line later ones would decide the same.",
    "Remove it, or the wider line that makes it redundant.",
)

LISTS_SWAPPED = Code(
    "LISTS_SWAPPED",
    Severity.FAILURE,
    None,
    "A list is bound to an interface, or in a direction, where none of its entries can match: their "
    "sources are behind another interface. Where two lists are affected, each belongs to the interface of "
    "the other.",
    "Bind each list to the interface where its sources enter.",
)

PORTS_SWAPPED = Code(
    "PORTS_SWAPPED",
    Severity.FAILURE,
    None,
    "A rule has the source port and the destination port of a flow of the procedure the wrong way round: "
    "with the two exchanged it would permit the packets that are stopped.",
    "In most syntaxes the source port stands with the source address: write the well-known port at the "
    "destination.",
)

RELAY_PORT_OF_A_CLIENT = Code(
    "RELAY_PORT_OF_A_CLIENT",
    Severity.FAILURE,
    Stage.ADDRESS,
    "A rule permits DHCP 68 -> 67 between relay and server. A relay asks from port 67 and is answered "
    "there (RFC 2131 section 4.1); port 68 is for clients that talk to the server directly.",
    "Port 67 at both ends between relay and server, and 67 -> 67 to each giaddr.",
)

FLOW_BLOCKED = Code(
    "FLOW_BLOCKED",
    Severity.FAILURE,
    None,
    "A flow of the procedure does not pass: its first packets, their answers, or what follows them are "
    "stopped by the lines that are named.",
    "The fix that `ringfence check` prints for this flow.",
)

FLOW_NOT_PROVED = Code(
    "FLOW_NOT_PROVED",
    Severity.FAILURE,
    None,
    "Whether a flow of the procedure passes hangs on a part of the configuration that was not understood, "
    "or is not modelled.",
    "The lines that are named: what they do to the packets of this flow has to be judged by a person.",
)

NOTHING_FILTERS = Code(
    "NOTHING_FILTERS",
    Severity.FAILURE,
    None,
    "No list in force has a word about packets between the two zones: all of them pass, and nothing is "
    "proved of a firewall.",
    "Whether this is the configuration of the firewall between the zones, and where its lists are bound.",
)

OPEN_WITHOUT_NEED = Code(
    "OPEN_WITHOUT_NEED",
    Severity.WARNING,
    None,
    "A line opens more between the two zones than the procedure needs.",
    "Whether something else needs it; otherwise the rules that `ringfence rules` writes are enough.",
)

LIST_UNBOUND = Code(
    "LIST_UNBOUND",
    Severity.WARNING,
    None,
    "A list of rules is in force nowhere: it filters nothing.",
    "Bind it with the lines that `ringfence check` prints, or remove it.",
)

CHANGE_OPENS = Code(
    "CHANGE_OPENS",
    Severity.FAILURE,
    None,
    "The change opens packets between the two zones that no flow of the procedure needs.",
    "The line that now decides, and what else of the site needs it.",
)

CHANGE_IN_DOUBT = Code(
    "CHANGE_IN_DOUBT",
    Severity.FAILURE,
    None,
    "Of packets between the two zones of which something was known before the change, nothing is known "
    "after it.",
    "The lines that the change brought and that were not understood.",
)

CHANGE_WORSENS = Code(
    "CHANGE_WORSENS",
    Severity.FAILURE,
    None,
    "A flow of the procedure fares worse after the change than before it.",
    "The line that now decides about the flow.",
)
