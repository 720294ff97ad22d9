"""What call signalling says of the two parties and of the end of a call."""

from typing import Any

from ringfence.capture.dissect import ipv4_address, ipv6_address
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire.q931 import ElementId, InformationElement
from ringfence.wire.q931_elements import decode_cause, decode_number, display_text


def calling_name(elements: tuple[InformationElement, ...], body: Any) -> str:
    """Who calls: the number, else an alias, else the display; empty when it does not say."""
    display = _content(elements, ElementId.DISPLAY)
    return (
        _number(elements, ElementId.CALLING_PARTY_NUMBER)
        or _alias(getattr(body, "sourceAddress", None))
        or (display_text(display).rstrip("\0") if display else "")
    )


def called_name(elements: tuple[InformationElement, ...], body: Any) -> str:
    """Who is called: the number, else an alias; empty when it does not say."""
    return _number(elements, ElementId.CALLED_PARTY_NUMBER) or _alias(
        getattr(body, "destinationAddress", None)
    )


def cause_value(elements: tuple[InformationElement, ...]) -> int | None:
    """The cause value of Q.850; None when there is none that can be read."""
    content = _content(elements, ElementId.CAUSE)
    try:
        return None if content is None else decode_cause(content).value
    except DecodeError:
        return None


def reason_name(body: Any) -> str:
    """H.225.0's name for why a call is released or refused; empty when it gives none."""
    named = getattr(body, "reason", None)
    return named[0] if isinstance(named, tuple) else ""


def h225_address(choice: Any) -> TransportAddress | None:
    """An H.225.0 TransportAddress of IPv4 or IPv6; None for any other, and for one that is not set."""
    if not isinstance(choice, tuple):
        return None
    kind, value = choice
    if kind == "ipAddress":
        return _set(TransportAddress(ipv4_address(value.ip), value.port))
    return _set(TransportAddress(ipv6_address(value.ip), value.port)) if kind == "ip6Address" else None


def h245_address(choice: Any) -> TransportAddress | None:
    """An H.245 TransportAddress, unicast or multicast, of IPv4 or IPv6; None as above."""
    address = choice[1] if isinstance(choice, tuple) else None
    if not isinstance(address, tuple):
        return None
    kind, value = address
    if kind == "iPAddress":
        return _set(TransportAddress(ipv4_address(value.network), value.tsapIdentifier))
    if kind == "iP6Address":
        return _set(TransportAddress(ipv6_address(value.network), value.tsapIdentifier))
    return None


def _set(address: TransportAddress) -> TransportAddress | None:
    """Address or port 0 stands for "not yet known", as H.323 clause 8.1.7 lets it in proposals."""
    return address if int(address.ip) and address.port else None


def _content(elements: tuple[InformationElement, ...], identifier: int) -> bytes | None:
    return next((each.content for each in elements if each.identifier == identifier), None)


def _number(elements: tuple[InformationElement, ...], identifier: int) -> str:
    content = _content(elements, identifier)
    try:
        return decode_number(content).digits if content else ""
    except DecodeError:
        return ""


def _alias(listed: Any) -> str:
    """The first alias that is text; of a party number its digits."""
    for alias in listed or ():
        value = alias[1] if isinstance(alias, tuple) else None
        if isinstance(value, str):
            return value
        if isinstance(value, tuple) and alias[0] == "partyNumber":
            digits = value[1]
            for name in ("publicNumberDigits", "privateNumberDigits"):
                digits = getattr(digits, name, digits)
            if isinstance(digits, str):
                return digits
    return ""
