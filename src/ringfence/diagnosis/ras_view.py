"""A RAS datagram to the few fields that a judgement needs; one that does not decode is still seen."""

from collections.abc import Collection
from functools import lru_cache
from sys import intern
from typing import Any

import msgspec

from ringfence.capture.dissect import Datagram, ipv4_address, ipv6_address
from ringfence.capture.selection import has_identifier
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.observation import RasSeen
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DISCOVERY_PORT, RAS_PORT
from ringfence.model.errors import DecodeError
from ringfence.wire import ras
from ringfence.wire.per.notation import UnknownAlternative

# H.225.0 clause 7: the usual abbreviations, by ASN.1 type.
ABBREVIATIONS = {
    "GatekeeperRequest": "GRQ",
    "GatekeeperConfirm": "GCF",
    "GatekeeperReject": "GRJ",
    "RegistrationRequest": "RRQ",
    "RegistrationConfirm": "RCF",
    "RegistrationReject": "RRJ",
    "UnregistrationRequest": "URQ",
    "UnregistrationConfirm": "UCF",
    "UnregistrationReject": "URJ",
    "AdmissionRequest": "ARQ",
    "AdmissionConfirm": "ACF",
    "AdmissionReject": "ARJ",
    "BandwidthRequest": "BRQ",
    "BandwidthConfirm": "BCF",
    "BandwidthReject": "BRJ",
    "DisengageRequest": "DRQ",
    "DisengageConfirm": "DCF",
    "DisengageReject": "DRJ",
    "LocationRequest": "LRQ",
    "LocationConfirm": "LCF",
    "LocationReject": "LRJ",
    "InfoRequest": "IRQ",
    "InfoRequestResponse": "IRR",
    "NonStandardMessage": "NSM",
    "UnknownMessageResponse": "XRS",
    "RequestInProgress": "RIP",
    "ResourcesAvailableIndicate": "RAI",
    "ResourcesAvailableConfirm": "RAC",
    "InfoRequestAck": "IACK",
    "InfoRequestNak": "INAK",
    "ServiceControlIndication": "SCI",
    "ServiceControlResponse": "SCR",
}
# Only an endpoint sends these, only a gatekeeper those; the rest go both ways (H.225.0 clause 7).
BY_ENDPOINT = frozenset({"GRQ", "RRQ", "ARQ", "IRR", "RAI"})
BY_GATEKEEPER = frozenset(
    {"GCF", "GRJ", "RCF", "RRJ", "ACF", "ARJ", "BCF", "BRJ", "IRQ", "RAC", "IACK", "INAK", "RIP", "SCI"}
)
_GATEKEEPER_PORTS = frozenset({RAS_PORT, DISCOVERY_PORT})
# Choice indices of RasMessage (H.225.0 annex H): the six upper bits of the first octet.
GRQ, RRQ, RCF = 0, 3, 4
_FIRST_MESSAGES = 7
_BEARS_IDENTIFIER = 6
_HIGHEST_NUMBER = 65535


class View(msgspec.Struct, frozen=True, gc=False):
    """The fields of one message; empty where it has none."""

    message: str
    number: int
    aliases: tuple[str, ...] = ()
    endpoint_identifier: str = ""
    keep_alive: bool = False
    reason: str = ""
    ras_addresses: tuple[TransportAddress, ...] = ()
    call_signal_addresses: tuple[TransportAddress, ...] = ()
    time_to_live: int | None = None
    undecodable: str = ""
    alternates: tuple[TransportAddress, ...] = ()
    is_gateway: bool = False


def ras_seen(
    crossing: Crossing,
    source: TransportAddress,
    destination: TransportAddress,
    gatekeepers: Collection[TransportAddress] = (),
    handset: TransportAddress | None = None,
) -> RasSeen | None:
    """None when the datagram, with its ends, is no RAS at all.

    `gatekeepers` are known addresses, for messages that either side may send: both may use port 1719.
    `handset`: which of the two ends it is, where earlier messages between them told.
    """
    packet = crossing.packet
    data = packet.payload
    number = _number(data)
    view = _view(data[:2] + b"\0\0" + data[4:] if number else data)
    if view is None or not (_credible(view, data) or source in gatekeepers or destination in gatekeepers):
        return None
    number = number or view.number
    if view.message in BY_ENDPOINT:
        from_handset = True
    elif view.message in BY_GATEKEEPER:
        from_handset = False
    elif handset is not None:
        from_handset = handset == source
    elif source in gatekeepers:
        from_handset = False
    else:
        from_handset = destination in gatekeepers or _by_contents(view, packet)
    text = f"{view.message} {number}"
    if view.reason:
        text += f" {view.reason}"
    if view.keep_alive:
        text += " keep-alive"
    return RasSeen(
        crossing,
        intern(text),  # all handsets say the same
        view.message,
        number,
        from_handset,
        view.aliases,
        view.endpoint_identifier,
        view.keep_alive,
        view.reason,
        view.ras_addresses,
        view.call_signal_addresses,
        view.time_to_live,
        view.undecodable,
        view.alternates,
        view.is_gateway,
    )


def _by_contents(view: View, packet: Datagram) -> bool:
    """Whether the handset sent it, where nothing before it tells: by the port that only gatekeepers have,
    and between two such ports by the endpoint's own address in it (URQ, H.225.0 clause 7.10.1)."""
    to_gatekeeper = packet.destination_port in _GATEKEEPER_PORTS
    named = {each.ip for each in view.call_signal_addresses}
    if to_gatekeeper and packet.source_port in _GATEKEEPER_PORTS and packet.destination in named:
        return packet.source in named
    return to_gatekeeper


def _credible(view: View, data: bytes) -> bool:
    """Whether a datagram on a RAS port is RAS by itself, with no known gatekeeper to vouch for it.

    PER has no marks: voice, DNS and noise on these ports often read as RAS. The first six messages, GRQ to
    RRJ, carry the standard's object identifier behind the number; of the rest only decoding can tell.
    """
    if data[0] >> 2 < _BEARS_IDENTIFIER:
        return has_identifier(data, 0, len(data))
    return not view.undecodable


def ras_view(data: bytes) -> View | None:
    """None when the datagram is no RAS at all."""
    view, number = view_but_number(data), _number(data)
    return msgspec.structs.replace(view, number=number) if view is not None and number else view


def _number(data: bytes) -> int:
    """The requestSeqNum where it can be had without decoding, else 0.

    It fills octets 2 and 3 of the first seven messages, GRQ to URQ: a choice index of 6 bits and a preamble
    of at most 10 stand before it. The last number of two octets is one too high (H.225.0: 1..65535).
    """
    if len(data) < 4 or data[0] >> 2 >= _FIRST_MESSAGES:
        return 0
    number = (data[2] << 8 | data[3]) + 1
    return number if number <= _HIGHEST_NUMBER else 0


def view_but_number(data: bytes) -> View | None:
    """The view of a message that differs in nothing but its number."""
    return _view(data[:2] + b"\0\0" + data[4:] if _number(data) else data)


@lru_cache(maxsize=32768)
def _view(data: bytes) -> View | None:
    """A keep-alive repeats all but its number, and so does its answer: hence the cache."""
    try:
        message = ras.decode(data)
    except DecodeError as error:
        glimpse = ras.peek(data)
        if glimpse is None:
            return None
        return View(ABBREVIATIONS[glimpse.kind.__name__], glimpse.requestSeqNum, undecodable=str(error))
    if isinstance(message, UnknownAlternative | tuple):
        return None
    kind = type(message).__name__
    fields: Any = message
    return View(
        ABBREVIATIONS[kind],
        fields.requestSeqNum,
        _aliases(fields),
        getattr(fields, "endpointIdentifier", None) or "",
        bool(getattr(fields, "keepAlive", False)),
        _reason(fields),
        _addresses(getattr(fields, "rasAddress", None)),
        _addresses(getattr(fields, "callSignalAddress", None)),
        getattr(fields, "timeToLive", None),
        alternates=_alternates(fields),
        is_gateway=_is_gateway(fields),
    )


def _alternates(fields: Any) -> tuple[TransportAddress, ...]:
    """Other gatekeepers that this one names, for when it is gone (H.225.0 clause 7.2.6) or instead of it."""
    information = getattr(fields, "altGKInfo", None)
    listed = [
        *(getattr(fields, "alternateGatekeeper", None) or ()),
        *(information.alternateGatekeeper if information is not None else ()),
    ]
    assigned = getattr(fields, "assignedGatekeeper", None)
    found = _addresses([each.rasAddress for each in (*listed, *([assigned] if assigned else []))])
    return tuple(each for each in found if int(each.ip))


def _is_gateway(fields: Any) -> bool:
    kind = getattr(fields, "endpointType", None) or getattr(fields, "terminalType", None)
    return getattr(kind, "gateway", None) is not None


def _aliases(fields: Any) -> tuple[str, ...]:
    listed = getattr(fields, "terminalAlias", None) or getattr(fields, "endpointAlias", None) or ()
    return tuple(alias[1] for alias in listed if isinstance(alias, tuple) and isinstance(alias[1], str))


def _reason(fields: Any) -> str:
    reason = getattr(fields, "rejectReason", None) or getattr(fields, "reason", None)
    return reason[0] if isinstance(reason, tuple) else ""


def _addresses(value: Any) -> tuple[TransportAddress, ...]:
    """IPv4 and IPv6 transport addresses of a component that holds one, or a list of them."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    found: list[TransportAddress] = []
    for choice in listed:
        if not isinstance(choice, tuple):
            continue
        if choice[0] == "ipAddress":
            found.append(TransportAddress(ipv4_address(choice[1].ip), choice[1].port))
        elif choice[0] == "ip6Address":
            found.append(TransportAddress(ipv6_address(choice[1].ip), choice[1].port))
    return tuple(found)
