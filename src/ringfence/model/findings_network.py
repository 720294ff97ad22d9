"""The findings of the network that emulated roles run on, and of the files they read."""

from ringfence.model.findings import Explanation, Severity
from ringfence.model.stage import Stage

_FAILURE, _WARNING, _NOTE = Severity.FAILURE, Severity.WARNING, Severity.NOTE

_FILES = (
    Explanation(
        "SETTINGS_LINE_SKIPPED",
        _NOTE,
        Stage.PROVISION,
        "A line of the upgrade or settings file was not understood and was skipped, as a handset does.",
        "The line, for a missing quote or a misspelt statement (SET, IF, GOTO, GET).",
    ),
)

_NAMES = (
    Explanation(
        "FILES_SERVER_NAMED",
        _NOTE,
        Stage.PROVISION,
        "A file server was given by name. Names are not looked up here, so it was passed over.",
        "HTTPSRVR and TLSSRVR: give addresses for a lab; real handsets ask their DNS server.",
    ),
    Explanation(
        "GATEKEEPER_NAMED",
        _NOTE,
        Stage.DISCOVER,
        "A gatekeeper was given by name. Names are not looked up here, so it was passed over.",
        "MCIPADD: give addresses for a lab; real handsets ask their DNS server, which needs a rule too.",
    ),
)

_NETWORK = (
    Explanation(
        "LINK_ADDRESS_IGNORED",
        _NOTE,
        None,
        "A datagram that should go to a hardware address past ARP went by broadcast instead.",
        "The privilege for packet sockets (CAP_NET_RAW); clients that ask for broadcast are served anyway.",
    ),
    Explanation(
        "BIND_FAILED",
        _WARNING,
        None,
        "A port could not be taken on this machine.",
        "What else uses it (ss -lnup, ss -lntp), and the privilege for ports below 1024.",
    ),
    Explanation(
        "DATAGRAM_NOT_SENT",
        _WARNING,
        None,
        "The kernel refused to send a datagram.",
        "Routes and addresses of this machine.",
    ),
    Explanation(
        "DATAGRAM_ERROR",
        _NOTE,
        None,
        "A datagram socket reported an error, as a rule a peer's ICMP unreachable.",
        "Whether the peer listens where it is expected to.",
    ),
    Explanation(
        "STRANGERS_RESET",
        _NOTE,
        Stage.SIGNAL,
        "The kernel lets this user put no filter on a TCP socket, so connections from outside the gatekeeper"
        " list are reset where a handset would stay silent.",
        "CAP_NET_ADMIN or root where the silence matters; namespaces of one's own have it.",
    ),
    Explanation(
        "GROUP_NOT_JOINED",
        _WARNING,
        Stage.DISCOVER,
        "The multicast group could not be joined, so multicast discovery is not heard.",
        "The interface, and whether it may do multicast.",
    ),
    Explanation(
        "ECHO_NOT_SENT",
        _WARNING,
        Stage.ECHO,
        "An ICMP echo request could not be sent.",
        "The privilege for ICMP sockets (net.ipv4.ping_group_range, CAP_NET_RAW).",
    ),
    Explanation(
        "ACCEPT_PAUSED",
        _WARNING,
        None,
        "Connections are not accepted for a moment: this process has no file descriptors left.",
        "ulimit -n, and how many handsets there are.",
    ),
    Explanation(
        "ADDRESS_NOT_CONFIGURED",
        _FAILURE,
        None,
        "The address of a lease could not be given to the interface.",
        "The privilege to configure interfaces, and whether somebody else has the address.",
    ),
    Explanation(
        "ADDRESS_NOT_REMOVED",
        _NOTE,
        None,
        "An address could not be taken away from the interface.",
        "Whether another program changes the interface too.",
    ),
    Explanation(
        "VLAN_NOT_SET",
        _FAILURE,
        Stage.VLAN_MOVE,
        "The handset was told to use a VLAN that its switch port does not carry.",
        "L2QVLAN in option 242/176 against the VLANs of the port.",
    ),
)

NETWORK: tuple[Explanation, ...] = (*_FILES, *_NAMES, *_NETWORK)
