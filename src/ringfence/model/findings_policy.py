"""The findings of reading a firewall's configuration."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

_TIMERS = (
    Explanation(
        "UDP_STATE_SHORTER_THAN_SILENCE",
        _WARNING,
        Stage.NOTIFY,
        "The firewall forgets UDP sooner than the gatekeeper stays silent between two messages, and no rule "
        "lets the gatekeeper speak first: its URQ, IRQ or NSM is dropped, and a handset that is asked to "
        "register again never hears it.",
        "A rule gatekeeper:1719 -> handsets' RAS ports of its own. A longer timer is no cure: state is also "
        "lost by fail-over, by a restart, and for a second gatekeeper address it never existed.",
    ),
    Explanation(
        "UDP_STATE_HOLDS_SILENCE",
        _NOTE,
        Stage.NOTIFY,
        "The firewall keeps UDP state longer than the gatekeeper stays silent, so gatekeeper-opened RAS may "
        "pass by state although no rule permits it. The check does not count on it.",
        "Whether state survives fail-over and restart, and whether every gatekeeper address has some: a rule "
        "of its own is safer.",
    ),
    Explanation(
        "SIGNALLING_STATE_TOO_SHORT",
        _FAILURE,
        Stage.SIGNAL,
        "The firewall forgets an idle TCP connection before the first TCP keep-alive of the call-signalling "
        "channel (20 s): the channel dies in silence while the handset shows itself registered.",
        "The TCP idle timer for port 1720: an hour or more.",
    ),
    Explanation(
        "SIGNALLING_NEEDS_KEEPALIVE",
        _WARNING,
        Stage.SIGNAL,
        "The firewall forgets an idle TCP connection within the hour. The call-signalling channel lives "
        "only as long as TCP keep-alives (every 20 s where the call server asks for them) keep it up.",
        "The keep-alive settings of the network region, or an hour or more of TCP idle time for port 1720.",
    ),
)

_INSPECTION = (
    Explanation(
        "H323_INSPECTED",
        _WARNING,
        Stage.REGISTER,
        "H.323 or RAS inspection is on. Inspections drop what their decoder does not know (private elements "
        "of handsets' messages), open ports on admission messages that these handsets never send, and "
        "expect the handset to open call signalling.",
        "Switch it off for these addresses and rely on the rules; then clear the existing connections.",
    ),
    Explanation(
        "H323_INSPECTION_NOT_STATED",
        _NOTE,
        Stage.REGISTER,
        "The configuration does not say whether H.323 inspection is on, and on this kind of device it is on "
        "by default.",
        "The device's own status command for its ALGs, or switch it off in any case.",
    ),
    Explanation(
        "ECHO_NOT_TRACKED",
        _FAILURE,
        Stage.ECHO,
        "The device follows ICMP echo only where it inspects ICMP, and it does not: echo replies are judged "
        "by the rules.",
        "inspect icmp in the policy map that is in force.",
    ),
    Explanation(
        "ECHO_TRACKING_NOT_STATED",
        _NOTE,
        Stage.ECHO,
        "The device follows ICMP echo only where it inspects ICMP, and the text says nothing of inspection.",
        "inspect icmp in the policy map that is in force (show service-policy | include icmp).",
    ),
    Explanation(
        "RELATED_ACCEPTED",
        _NOTE,
        None,
        "The rules accept packets that are related to a connection: ICMP errors, and whatever a helper "
        "expects. With an H.323 helper that opens ports which no rule states.",
        "Whether a helper is assigned to RAS or call signalling.",
    ),
)

_LINES = (
    Explanation(
        "ANY_ANY_LINE",
        _WARNING,
        None,
        "A line permits every service from anywhere to anywhere: the firewall is a router with a log.",
        "The table of what it opens without need; replace it by the rules of `ringfence rules`.",
    ),
    Explanation(
        "ADDRESSES_TRANSLATED",
        _WARNING,
        None,
        "Addresses of the procedure may be translated. RAS and call signalling carry addresses inside their "
        "messages, and a handset refuses call signalling from an address outside its gatekeeper list.",
        "Exempt the way between handsets and servers from translation.",
    ),
    Explanation(
        "LINE_NOT_UNDERSTOOD",
        _WARNING,
        None,
        "A line of the configuration was not understood, so nothing is proved about packets it may concern.",
        "The line itself; what it permits or denies between the two zones has to be judged by a person.",
    ),
    Explanation(
        "LINE_SHADOWED",
        _WARNING,
        None,
        "Earlier lines decide every packet of this line, some of them the other way: it does not do what it "
        "says.",
        "Move it above the lines that are named, or remove it.",
    ),
    Explanation(
        "LINE_DEAD",
        _NOTE,
        None,
        "Earlier lines decide every packet of this line, or it matches none: it could go.",
        "Remove it, unless its place in the list was meant to be another.",
    ),
    Explanation(
        "LINE_REDUNDANT",
        _NOTE,
        None,
        "Without this line later ones would decide the same.",
        "Remove it, or the wider line that makes it superfluous.",
    ),
)

POLICY: tuple[Explanation, ...] = (*_TIMERS, *_INSPECTION, *_LINES)
