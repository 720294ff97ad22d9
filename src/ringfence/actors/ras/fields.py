"""H.225.0 field values from our own words and back: addresses, aliases, reasons."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from ringfence.model.address import LIMITED_BROADCAST, Address, TransportAddress, ipv4
from ringfence.wire import h225

TERMINAL_TYPE = h225.EndpointType(terminal=h225.TerminalInfo(), mc=False, undefinedNode=False)
GATEKEEPER_TYPE = h225.EndpointType(gatekeeper=h225.GatekeeperInfo(), mc=False, undefinedNode=False)

_DIALLED = frozenset("0123456789#*,")


def address_field(address: TransportAddress) -> h225.TransportAddress:
    """The CHOICE TransportAddress of H.225.0."""
    match address.ip:
        case IPv4Address() as ip:
            return ("ipAddress", h225.IpAddress(ip=ip.packed, port=address.port))
        case IPv6Address() as ip:
            return ("ip6Address", h225.Ip6Address(ip=ip.packed, port=address.port))


def address_of(field: object) -> TransportAddress | None:
    """What `address_field` makes, back; None for every other kind of address."""
    match field:
        case ("ipAddress", h225.IpAddress(ip=ip, port=port)):
            return TransportAddress(ipv4(ip), port)
        case ("ip6Address", h225.Ip6Address(ip=ip, port=port)):
            return TransportAddress(IPv6Address(ip), port)
        case _:
            return None


def usable_address(field: object) -> TransportAddress | None:
    """As `address_of`, but None for what nothing can be sent to: 0.0.0.0, a group, port 0."""
    address = address_of(field)
    return address if address is not None and address.port and _one_host(address.ip) else None


@lru_cache(maxsize=1 << 14)
def _one_host(ip: Address) -> bool:
    return not (ip.is_unspecified or ip.is_multicast or ip == LIMITED_BROADCAST)


def address_at(fields: Iterable[object], source: TransportAddress) -> TransportAddress | None:
    """The address of several that a packet from `source` speaks for: its own, one of its host, or the first.

    Endpoints with several interfaces list them all, in any order.
    """
    usable = [address for field in fields if (address := usable_address(field))]
    if len(usable) <= 1:
        return usable[0] if usable else None
    near = (address for address in usable if address.ip == source.ip)
    return source if source in usable else next(near, usable[0])


def first_address(fields: Iterable[object]) -> TransportAddress | None:
    """The first usable address of several."""
    return next((address for field in fields if (address := usable_address(field))), None)


def alias_field(alias: str) -> h225.AliasAddress:
    """dialedDigits when it can be dialled, h323-ID otherwise."""
    return ("dialedDigits", alias) if alias and _DIALLED.issuperset(alias) else ("h323-ID", alias)


def alias_of(field: object) -> str | None:
    """The text of an alias, or the digits of an E.164 or private party number; None for the rarer kinds."""
    match field:
        case ("dialedDigits" | "h323-ID" | "url-ID" | "email-ID", str(text)):
            return text
        case ("partyNumber", ("e164Number", h225.PublicPartyNumber(publicNumberDigits=digits))):
            return digits
        case ("partyNumber", ("privateNumber", h225.PrivatePartyNumber(privateNumberDigits=digits))):
            return digits
        case _:
            return None


def aliases_of(fields: Iterable[object] | None) -> tuple[str, ...]:
    """Each alias once, in order."""
    return tuple(dict.fromkeys(alias for field in fields or () if (alias := alias_of(field))))


def prefixes_of(kind: h225.EndpointType) -> tuple[str, ...]:
    """What numbers a gateway takes calls for, by their first digits; each once, over all of its protocols."""
    protocols = (kind.gateway.protocol if kind.gateway is not None else None) or ()
    supported = (getattr(value, "supportedPrefixes", None) or () for _, value in map(_choice, protocols))
    return aliases_of(each.prefix for some in supported for each in some)


def _choice(choice: object) -> tuple[str, object]:
    match choice:
        case (str(name), value):
            return name, value
        case _:
            return "", None


def choice_name(choice: object) -> str:
    """The alternative that a CHOICE holds."""
    match choice:
        case (str(name), _):
            return name
        case _:
            return "unknown"


def vendor_of(vendor: h225.VendorIdentifier | None) -> str:
    """ "19540 1608 1.3": manufacturer code, product, version."""
    if vendor is None:
        return ""
    texts = [octets.decode("ascii", "replace") for octets in (vendor.productId, vendor.versionId) if octets]
    return " ".join((str(vendor.vendor.manufacturerCode), *(text.strip("\0 ") for text in texts)))


# What each reason means to the person in front of the handset. H.225.0 clauses 7.8 to 7.14.
_WORDS = {
    "resourceUnavailable": "the gatekeeper has no resources for it",
    "terminalExcluded": "the gatekeeper does not serve this endpoint",
    "invalidRevision": "the gatekeeper does not accept this version of the protocol",
    "undefinedReason": "the gatekeeper gives no reason",
    "securityDenial": "the password is wrong, missing, or answers an old challenge",
    "genericDataReason": "the gatekeeper refuses an extension field",
    "neededFeatureNotSupported": "a feature that one side insists on is not supported by the other",
    "securityError": "the authentication token is not acceptable",
    "discoveryRequired": "the gatekeeper wants a GRQ first",
    "invalidCallSignalAddress": "the call-signalling address is missing or not usable",
    "invalidRASAddress": "the RAS address is missing, or is not the one that the packet came from",
    "duplicateAlias": "the extension is in use by another endpoint",
    "invalidTerminalType": "the gatekeeper does not accept this kind of endpoint",
    "transportNotSupported": "the gatekeeper does not support this transport",
    "invalidAlias": "the gatekeeper does not know this extension",
    "fullRegistrationRequired": "the gatekeeper does not know the registration that was to be kept alive",
    "additiveRegistrationNotSupported": "aliases cannot be added to a registration here",
    "invalidTerminalAliases": "the gatekeeper does not accept these aliases",
    "registerWithAssignedGK": "it must register with its assigned gatekeeper",
    "reregistrationRequired": "the gatekeeper wants the endpoint to register again",
    "ttlExpired": "the registration was not kept alive in time",
    "maintenance": "the gatekeeper is going down for maintenance",
    "notCurrentlyRegistered": "the endpoint is not registered",
    "callInProgress": "a call is in progress",
    "permissionDenied": "permission denied",
    "calledPartyNotRegistered": "no registered endpoint has that number",
    "callerNotRegistered": "the gatekeeper does not know the caller",
    "routeCallToGatekeeper": "the call has to come by way of the gatekeeper",
    "requestDenied": "the gatekeeper has no bandwidth for it",
    "incompleteAddress": "the number is not complete",
}


def choice_in_words(choice: object) -> str:
    """ "duplicateAlias: the extension is in use by another endpoint"."""
    name = choice_name(choice)
    return f"{name}: {_WORDS[name]}" if name in _WORDS else name
