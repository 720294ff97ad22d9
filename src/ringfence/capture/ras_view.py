"""A RAS datagram to the few fields that a judgement needs; one that does not decode is still seen."""

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec

from ringfence.capture.crossing import Crossing
from ringfence.capture.observation import RasSeen
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.site import DISCOVERY_PORT, RAS_PORT
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
_BY_ENDPOINT = frozenset({"GRQ", "RRQ", "ARQ", "IRR", "RAI"})
_BY_GATEKEEPER = frozenset(
    {"GCF", "GRJ", "RCF", "RRJ", "ACF", "ARJ", "BCF", "BRJ", "IRQ", "RAC", "IACK", "INAK", "RIP", "SCI"}
)


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


def ras_seen(crossing: Crossing, gatekeepers: Collection[TransportAddress] = ()) -> RasSeen | None:
    """None when the datagram is no RAS at all.

    `gatekeepers` are known addresses, for messages that either side may send: both may use port 1719.
    """
    packet = crossing.packet
    view = ras_view(packet.payload)
    if view is None:
        return None
    if view.message in _BY_ENDPOINT:
        from_handset = True
    elif view.message in _BY_GATEKEEPER or TransportAddress(packet.source, packet.source_port) in gatekeepers:
        from_handset = False
    else:
        known = TransportAddress(packet.destination, packet.destination_port) in gatekeepers
        from_handset = known or packet.destination_port in {RAS_PORT, DISCOVERY_PORT}
    text = f"{view.message} {view.number}"
    if view.reason:
        text += f" {view.reason}"
    if view.keep_alive:
        text += " keep-alive"
    return RasSeen(
        crossing,
        text,
        view.message,
        view.number,
        from_handset,
        view.aliases,
        view.endpoint_identifier,
        view.keep_alive,
        view.reason,
        view.ras_addresses,
        view.call_signal_addresses,
        view.time_to_live,
        view.undecodable,
    )


@lru_cache(maxsize=4096)
def ras_view(data: bytes) -> View | None:
    """Keep-alives and retransmissions repeat octet for octet: hence the cache."""
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
    )


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
            found.append(TransportAddress(IPv4Address(choice[1].ip), choice[1].port))
        elif choice[0] == "ip6Address":
            found.append(TransportAddress(IPv6Address(choice[1].ip), choice[1].port))
    return tuple(found)
