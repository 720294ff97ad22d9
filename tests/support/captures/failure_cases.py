"""Each kind of failure the simulator can make, with the stage, the finding and the remedy it must get."""

from dataclasses import replace

from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.packet import Protocol
from ringfence.model.stage import Stage
from ringfence.roles.network import DHCP_SERVER, FILE_SERVER, HANDSET, ROUTER
from ringfence.wire.dhcp_options import LEASE_TIME, SITE_242
from support.captures import recorded_site
from support.captures.failure_shapes import (
    GATEKEEPER,
    OUTSIDE,
    Case,
    answering,
    called_back_from,
    claimed_twice,
    datagrams,
    deaf,
    gone,
    http,
    inspected,
    is_echo_reply,
    is_ras,
    lost,
    nak,
    only,
    phone_option,
    prohibited,
    second_fragments_lost,
    streams,
    tampered,
    translated,
    twice,
    without_option,
)
from support.captures.simulated_failures import (
    RENEWALS,
    Scene,
    is_udp,
    packets,
)
from support.example_sites import example, varied

MULTICAST = example("https-multicast")
RULE = LegRemedy.RULE
CASES = {
    # Each rule of the branch office taken away.
    "rule relay to DHCP server": Case(
        Scene(without=("dhcp-relay",)),
        "DHCP_REQUEST_DROPPED",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        remedy=RULE,
    ),
    "rule relay to DHCP server, one side": Case(
        Scene(without=("dhcp-relay",)),
        "DHCP_SILENT",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        sides=("handsets",),
        remedy=LegRemedy.PERHAPS_RULE,
    ),
    "rule answers to the first giaddr": Case(
        Scene(without=("dhcp-answer-data",)),
        "DHCP_ANSWER_DROPPED",
        Stage.ADDRESS,
        HandsetVerdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule release": Case(
        Scene(without=("dhcp-release",)),
        "DHCP_RELEASE_DROPPED",
        Stage.RELEASE,
        HandsetVerdict.REGISTERED,
        remedy=RULE,
    ),
    "rule answers to the voice giaddr": Case(
        Scene(without=("dhcp-answer-voice",)),
        "DHCP_ANSWER_DROPPED",
        Stage.VLAN_MOVE,
        HandsetVerdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule files": Case(
        Scene(without=("files-http",)),
        "FILES_UNREACHABLE",
        Stage.PROVISION,
        HandsetVerdict.SILENT,
        remedy=RULE,
    ),
    "rule RAS": Case(
        Scene(without=("discover+ras+ras-refresh",)),
        "RAS_DROPPED",
        Stage.DISCOVER,
        HandsetVerdict.SILENT,
        remedy=RULE,
    ),
    "rule call signalling": Case(
        Scene(without=("signal-gatekeeper",)),
        "SIGNALLING_DROPPED",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        remedy=RULE,
    ),
    "rule echo": Case(
        Scene(without=("echo",)), "ECHO_UNANSWERED", Stage.ECHO, HandsetVerdict.REGISTERED, remedy=RULE
    ),
    "rule renewal": Case(
        Scene(without=("dhcp-renew",), seconds=RENEWALS),
        "RENEWAL_RESCUED",
        Stage.RENEW,
        HandsetVerdict.REGISTERED,
        remedy=RULE,
    ),
    "rule gatekeeper speaks first": Case(
        Scene(without=("ras-notify",), seconds=RENEWALS),
        "NOTIFY_DROPPED",
        Stage.NOTIFY,
        HandsetVerdict.REGISTERED,
        remedy=RULE,
    ),
    # Those that only other sites have.
    "rule multicast discovery": Case(
        Scene(MULTICAST, without=("discover-multicast",)), "RAS_DROPPED", Stage.DISCOVER, remedy=RULE
    ),
    "rule answer to multicast": Case(
        Scene(MULTICAST, without=("discover-answer+ras-notify",)),
        "RAS_ANSWER_DROPPED",
        Stage.DISCOVER,
        HandsetVerdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule renewed registration": Case(
        Scene(MULTICAST, without=("ras-refresh",), seconds=RENEWALS),
        "RAS_DROPPED",
        Stage.KEEP_ALIVE,
        remedy=RULE,
    ),
    "rule handset opens signalling": Case(
        Scene(example("handset-opens"), without=("signal-handset",)),
        "SIGNALLING_DROPPED",
        Stage.SIGNAL,
        remedy=RULE,
    ),
    # DHCP and what it says.
    "no lease time": Case(
        Scene(recast=without_option(LEASE_TIME.code)),
        "DHCP_OFFER_INCOMPLETE",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
    ),
    "no option 242": Case(Scene(recast=without_option(SITE_242.code)), "PHONE_OPTION_MISSING", Stage.ADDRESS),
    "option 242 unreadable": Case(
        Scene(recast=phone_option(b"MCPORT=1719", b"MCPORT=17a9")), "PHONE_OPTION_UNREADABLE", Stage.ADDRESS
    ),
    "option 242 names another gatekeeper": Case(
        Scene(recast=phone_option(b"10.1.0.30", b"10.1.0.99")),
        "RAS_DROPPED",
        Stage.DISCOVER,
        HandsetVerdict.SILENT,
        says="10.1.0.99",
    ),
    "handset goes elsewhere than its lease says": Case(
        Scene(
            frames=packets(
                lambda packet, _: (
                    replace(packet, payload=packet.payload.replace(b"=10.1.0.30", b"=10.1.0.99"))
                    if is_udp(packet, 67)
                    else packet
                )
            )
        ),
        "PHONE_OPTION_NOT_FOLLOWED",
        Stage.DISCOVER,
    ),
    "NAK": Case(
        Scene(recast=tampered(DHCP_SERVER, datagrams(nak))),
        "DHCP_REFUSED",
        Stage.ADDRESS,
        HandsetVerdict.REJECTED,
    ),
    "DHCP server down": Case(
        Scene(recast=gone(DHCP_SERVER)),
        "DHCP_SILENT",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        says="port unreachable",
    ),
    "DHCP service down": Case(
        Scene(recast=gone(DHCP_SERVER)),
        "DHCP_PORT_CLOSED",
        Stage.ADDRESS,
        HandsetVerdict.REFUSED,
        sides=("servers",),
    ),
    "no relay agent": Case(
        Scene(recast=gone(ROUTER)), "DHCP_SILENT", Stage.ADDRESS, HandsetVerdict.SILENT, sides=("trunk",)
    ),
    "VLANTEST expires": Case(
        Scene(links=((ROUTER, "voice", lost(lambda packet: not is_udp(packet, 67))),)),
        "VLANTEST_EXPIRED",
        Stage.VLAN_MOVE,
        sides=("trunk",),
    ),
    "duplicate address": Case(Scene(frames=claimed_twice), "ADDRESS_DUPLICATE", sides=("trunk",)),
    # Files.
    "files 404": Case(Scene(recast=http(b"200 OK", b"404 Not Found")), "FILES_NOT_FOUND", Stage.PROVISION),
    "files redirected": Case(
        Scene(recast=http(b"HTTP/1.1 ", b"HTTP/1.1 301 Moved\r\nX-Was: ")),
        "FILES_REDIRECTED",
        Stage.PROVISION,
    ),
    "files 500": Case(
        Scene(recast=http(b"HTTP/1.1 ", b"HTTP/1.1 500 Error\r\nX-Was: ")), "FILES_REJECTED", Stage.PROVISION
    ),
    "file server down": Case(
        Scene(recast=gone(FILE_SERVER)), "FILES_REFUSED", Stage.PROVISION, HandsetVerdict.REFUSED
    ),
    "file server mute": Case(
        Scene(recast=tampered(FILE_SERVER, streams(lambda data: None))), "FILES_MUTE", Stage.PROVISION
    ),
    # RAS.
    "gatekeeper down": Case(
        Scene(
            recast=gone(GATEKEEPER),
            links=((GATEKEEPER, "eth0", lost(lambda p: p.protocol is not Protocol.ICMP)),),
        ),
        "GRQ_UNANSWERED",
        Stage.DISCOVER,
        HandsetVerdict.SILENT,
    ),
    "gatekeeper not listening": Case(
        Scene(recast=gone(GATEKEEPER)),
        "GRQ_UNANSWERED",
        Stage.DISCOVER,
        HandsetVerdict.SILENT,
        says="port unreachable",
    ),
    "gatekeeper not running": Case(
        Scene(recast=gone(GATEKEEPER)),
        "RAS_PORT_CLOSED",
        Stage.DISCOVER,
        HandsetVerdict.REFUSED,
        sides=("servers",),
    ),
    "GRJ": Case(
        Scene(recast=answering("GCF", lambda number: recorded_site.grj(number, "terminalExcluded"))),
        "GRQ_REJECTED",
        Stage.DISCOVER,
        HandsetVerdict.REJECTED,
        says="terminalExcluded",
    ),
    "wrong password": Case(
        Scene(recast=answering("RCF", lambda number: recorded_site.rrj(number, "securityDenial"))),
        "RRQ_REJECTED",
        Stage.REGISTER,
        HandsetVerdict.REJECTED,
        says="password",
    ),
    "extension in use": Case(
        Scene(recast=answering("RCF", lambda number: recorded_site.rrj(number, "duplicateAlias"))),
        "RRQ_REJECTED",
        Stage.REGISTER,
        HandsetVerdict.REJECTED,
        says="duplicateAlias",
    ),
    "RRQ unanswered": Case(
        Scene(links=((GATEKEEPER, "eth0", lost(lambda p: not is_ras(p, "RCF", "RRJ"))),)),
        "RRQ_UNANSWERED",
        Stage.REGISTER,
        HandsetVerdict.SILENT,
    ),
    "an inspection drops RCF": Case(
        Scene(
            links=((ROUTER, "uplink", lost(lambda p: not is_ras(p, "RCF", "RRJ"))),),
            frames=only(lambda packet, tap: tap == "servers" or not is_ras(packet, "RCF", "RRJ")),
        ),
        "RAS_ANSWER_DROPPED",
        Stage.REGISTER,
        remedy=LegRemedy.STATE,
    ),
    "an inspection drops RRQ": Case(
        Scene(
            links=((GATEKEEPER, "eth0", lost(lambda p: not is_ras(p, "RRQ"))),),
            frames=only(
                lambda packet, tap: (
                    not (tap == "servers" and is_ras(packet, "RRQ", "RCF"))
                    and not (tap == "handsets" and is_ras(packet, "RCF"))
                )
            ),
        ),
        "RAS_DROPPED",
        Stage.REGISTER,
        remedy=LegRemedy.INSPECTION,
    ),
    "source port outside the range": Case(
        Scene(varied("branch", ("ras_ports: 49300", "ras_ports: 50000"))), "RAS_SOURCE_PORT", Stage.DISCOVER
    ),
    "translation without ALG": Case(
        Scene(frames=packets(translated)), "RAS_NAT_WITHOUT_ALG", Stage.REGISTER, sides=("servers",)
    ),
    "translation without ALG, both sides": Case(
        Scene(frames=packets(translated)), "RAS_NAT_WITHOUT_ALG", Stage.REGISTER
    ),
    "ALG rewrites RAS": Case(Scene(frames=packets(inspected)), "RAS_REWRITTEN", Stage.REGISTER),
    "prohibited by ICMP": Case(
        Scene(without=("discover+ras+ras-refresh",), frames=prohibited),
        "PROHIBITED_BY_ICMP",
        Stage.DISCOVER,
        HandsetVerdict.PROHIBITED,
        sides=("handsets",),
        remedy=RULE,
    ),
    "registration lost after ageing": Case(
        Scene(later=((300.0, ("discover+ras+ras-refresh",)),), seconds=RENEWALS),
        "RAS_DROPPED",
        Stage.KEEP_ALIVE,
    ),
    "fragments lost": Case(Scene(frames=second_fragments_lost), "FRAGMENTS_LOST"),
    # Call signalling and echo.
    "call-back from a stranger": Case(
        Scene(frames=packets(called_back_from(OUTSIDE))),
        "SIGNALLING_STRANGER",
        Stage.SIGNAL,
        sides=("handsets",),
    ),
    "1720 refused": Case(
        Scene(recast=tampered(HANDSET, deaf)),
        "SIGNALLING_REFUSED",
        Stage.SIGNAL,
        HandsetVerdict.REFUSED,
    ),
    "SYN unanswered": Case(
        Scene(links=((HANDSET, "eth0", lost(lambda p: p.destination_port != 1720)),)),
        "SIGNALLING_UNANSWERED",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
    ),
    "TPKT silent": Case(
        Scene(recast=tampered(HANDSET, streams(lambda data: data if data.startswith(b"GET") else None))),
        "SIGNALLING_MUTE",
        Stage.SIGNAL,
    ),
    "echo unanswered": Case(
        Scene(links=((GATEKEEPER, "eth0", lost(lambda p: not is_echo_reply(p))),)),
        "ECHO_UNANSWERED",
        Stage.ECHO,
        HandsetVerdict.REGISTERED,
    ),
    # The capture itself.
    "one direction only": Case(
        Scene(frames=only(lambda packet, _: not is_udp(packet, 1719) or packet.source_port == 1719)),
        "CAPTURE_ONE_SIDED",
        Stage.DISCOVER,
        sides=("servers",),
    ),
    "asymmetric path": Case(
        Scene(frames=only(lambda packet, _: not is_udp(packet, 1719) or packet.source_port == 1719)),
        "PATH_ASYMMETRIC",
        Stage.DISCOVER,
    ),
    "clipped": Case(Scene(), "CAPTURE_CLIPPED", sides=("servers",), snap=60),
    "mirrored twice": Case(Scene(frames=twice), "CAPTURE_DUPLICATED", verdict=HandsetVerdict.REGISTERED),
}
