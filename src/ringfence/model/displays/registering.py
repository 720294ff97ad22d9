"""What phones show from discovery on."""

from ringfence.model.displays import Display
from ringfence.model.displays import sources as source
from ringfence.model.findings import boot, discover, keep_alive, path, policy, register, signal
from ringfence.model.stage import Stage

FROM_DISCOVERY_ON = (
    Display(
        "Discover",
        "46xx; Discovering on others",
        Stage.DISCOVER,
        "The phone sends GRQ to the address beside the word. More than a few seconds, or an address that "
        "changes, says that no GCF comes back.",
        "The rule to udp 1719 of that address from ports 49300-49309, the route back, MCIPADD and MCPORT.",
        (
            discover.GRQ_UNANSWERED,
            register.RAS_DROPPED,
            register.RAS_ANSWER_DROPPED,
            register.RAS_PORT_CLOSED,
            discover.GRQ_MULTICAST_UNANSWERED,
            discover.GRQ_REJECTED,
            discover.RAS_SOURCE_PORT,
        ),
        source.ERRORS_4600,
        also=("Discovering",),
    ),
    Display(
        "restarts every 10 to 15 minutes",
        "46xx, 96x0, 96x1",
        Stage.DISCOVER,
        "The phone finds no call server, gives up and starts anew: after UDT, 10 minutes, on 96x1 sets from "
        "R6.6 on, after about 15 minutes on older ones.",
        "MCIPADD in option 242 or 176; then as for Discover. Sets that restart within seconds of a GCF or "
        "RCF cannot use that answer.",
        (discover.GRQ_UNANSWERED, discover.GRQ_MULTICAST_UNANSWERED, boot.RESTART_LOOP),
        source.RESTARTS,
        also=("reboots every 15 minutes", "keeps restarting"),
    ),
    Display(
        "Login",
        "46xx, 96x1",
        Stage.REGISTER,
        "The phone waits for a person to enter extension and password; after 60 s it registers unnamed "
        "where UNNAMEDSTAT is 1. A gatekeeper has answered: no rule before this one is missing.",
        "Whether a person should enter it, or whether stored ones were cleared.",
        (register.EXTENSION_MISSING,),
        source.DOWNLOAD_9600,
        also=("Enter Extension", "Extension=", "Enter Password"),
    ),
    Display(
        "Extension Error",
        "46xx, 36xx",
        Stage.REGISTER,
        "The call server does not know the extension, or the phone found no gatekeeper that takes it.",
        "The extension as administered; then discovery, as for Discover.",
        (register.EXTENSION_UNKNOWN, register.RRQ_REJECTED, discover.GRQ_UNANSWERED),
        source.ERRORS_4601,
    ),
    Display(
        "Extension in Use",
        "all",
        Stage.REGISTER,
        "Another set or a softphone is registered with this extension. On 46xx # takes it over. 96x1 sets "
        "from R6.8.5.1 with USER_LOGGED_IN_ERR_HANDLE 1 wait 90 s and try again.",
        "Who holds the extension (status station). The same phone after a restart: the server has not "
        "noticed yet, because its connection to the phone died on the way without a word.",
        (register.EXTENSION_IN_USE, signal.SIGNALLING_STATE_LOST),
        source.ERRORS_4601,
    ),
    Display(
        "Password Error",
        "all",
        Stage.REGISTER,
        "RRJ: the call server does not accept the password.",
        "The station's security code. Where several servers answer: that GRQ and RRQ reach the same one.",
        (register.PASSWORD_WRONG, register.RRQ_REJECTED, register.CHALLENGE_STALE),
        source.ERRORS_1600,
        also=("Invalid login", "Incorrect password"),
    ),
    Display(
        "Request Error",
        "16xx",
        Stage.REGISTER,
        "The gatekeeper takes the registration request for malformed; the phone goes on to the next "
        "gatekeeper.",
        "An H.323 inspection (ALG) on the path that rewrote the message: switch it off.",
        (register.RAS_REWRITTEN, register.RRQ_REJECTED, policy.H323_INSPECTED),
        source.ERRORS_1600,
    ),
    Display(
        "Packet Error",
        "16xx",
        Stage.REGISTER,
        "A request was sent and nothing came back in time. This is the word of a firewall that drops.",
        "Rules and route between the phone and udp 1719 of the gatekeeper, both ways.",
        (register.RRQ_UNANSWERED, register.RAS_DROPPED, register.RAS_ANSWER_DROPPED, discover.GRQ_UNANSWERED),
        source.ERRORS_1600,
    ),
    Display(
        "System busy",
        "16xx",
        Stage.REGISTER,
        "The call server has as many endpoints as it may have; or a server (DHCP, files, call server) "
        "cannot be reached in both directions.",
        "Licences and limits of the call server; then each stage of a capture.",
        (register.RRQ_REJECTED, discover.GRQ_REJECTED, discover.GRQ_UNANSWERED, register.RRQ_UNANSWERED),
        source.ERRORS_1600,
    ),
    Display(
        "System Error",
        "16xx",
        Stage.REGISTER,
        "The call server reports a fault of its own.",
        "The call server's log (display events).",
        (register.RRQ_REJECTED, discover.GRQ_REJECTED),
        source.ERRORS_1600,
    ),
    Display(
        "Undefined Error",
        "16xx; others with a code",
        Stage.REGISTER,
        "RRJ with the reason undefinedReason: the cause is in the call server's log alone.",
        "The denied events of the call server for this extension (`ringfence why NUMBER`).",
        (register.RRQ_REJECTED,),
        source.ERRORS_1600,
    ),
    Display(
        "Acquiring service",
        "96x0, 96x1",
        Stage.SIGNAL,
        "RCF has come, and the phone waits for its call-signalling connection and the first messages on it. "
        "With time-to-service the call server opens it to tcp 1720 of the phone.",
        "The rule from the call server to tcp 1720 of the phones; that it comes from an address in the "
        "phone's gatekeeper list; the direction that this site uses (`signalling:`).",
        (
            signal.SIGNALLING_DROPPED,
            signal.SIGNALLING_ABSENT,
            signal.SIGNALLING_STRANGER,
            signal.SIGNALLING_UNANSWERED,
            signal.SIGNALLING_NOT_OPENED,
            signal.SIGNALLING_MUTE,
            register.NAT_MANY_TO_ONE,
        ),
        source.NO_SOURCE,
    ),
    Display(
        "Wait for Link Recovery",
        "96x0, 96x1",
        Stage.SIGNAL,
        "The signalling connection is lost, and the phone registers anew: keep-alives after 20 s and then "
        "every 5 s, five of them, went unanswered. In a call it tries the same server alone; idle, the "
        "primary for 75 s and then the list.",
        "The firewall's idle timeout for TCP against the keep-alive of 20 s; the rule that lets the server "
        "connect again; whether the server is up.",
        (
            signal.SIGNALLING_STATE_LOST,
            signal.SIGNALLING_DIED,
            policy.SIGNALLING_STATE_TOO_SHORT,
            signal.SIGNALLING_LOST,
            keep_alive.KEEP_ALIVE_UNANSWERED,
            register.REGISTRATION_FLAPPING,
        ),
        source.NO_SOURCE,
        also=("Link Recovery",),
    ),
    Display(
        "Gatekeeper Error",
        "46xx, 96x0",
        Stage.DISCOVER,
        "The phone has no gatekeeper that it can use: the list is empty, or each answered GRJ or nothing.",
        "MCIPADD in option 242 or 176, then as for Discover.",
        (discover.GRQ_REJECTED, discover.GRQ_UNANSWERED, discover.GRQ_MULTICAST_UNANSWERED),
        source.NO_SOURCE,
        also=("IP address error",),
    ),
    Display(
        "Network Error",
        "96x0, 96x1",
        Stage.DISCOVER,
        "A server could not be reached.",
        "The address shown beside it; ICMP of routers in the capture.",
        (path.UNREACHABLE_BY_ICMP, path.PROHIBITED_BY_ICMP, discover.GRQ_UNANSWERED),
        source.NO_SOURCE,
    ),
    Display(
        "Wrong Set Type",
        "all",
        Stage.REGISTER,
        "The extension is administered for another type of set.",
        "The station's type on the call server. No rule is missing.",
        (register.RRQ_REJECTED,),
        source.NO_SOURCE,
    ),
    Display(
        "License Error",
        "all",
        Stage.REGISTER,
        "The call server has no licence left for this kind of endpoint.",
        "Licences on the call server. No rule is missing.",
        (register.RRQ_REJECTED,),
        source.NO_SOURCE,
        also=("Limit Error",),
    ),
    Display(
        "Certificate error",
        "96x1",
        Stage.SIGNAL,
        "TLS of the call-signalling connection (tcp 1300), or of the file server, was not agreed on.",
        "The trusted certificates (TRUSTCERTS), the phone's date, an inspection that opens TLS.",
        (signal.SIGNALLING_TLS_FAILED,),
        source.NO_SOURCE,
        also=("TLS error",),
    ),
    Display(
        "goes dead in a call",
        "96x0, 96x1",
        Stage.SIGNAL,
        "The phone stops in the middle of a call and restarts: the path to the call server is lost, or its "
        "lease ended and no DHCP server answered the renewal.",
        "The signalling connection in a capture; renewal: the phone asks the DHCP server itself, not "
        "through the relay.",
        (signal.SIGNALLING_DIED, signal.SIGNALLING_STATE_LOST),
        source.CONDITIONS_9600,
        also=("stops working in the middle of a call",),
    ),
)
