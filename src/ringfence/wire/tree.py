"""Any decoded value as an indented tree, for people who look for one field."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ringfence.model.errors import DecodeError
from ringfence.wire import ccms, per, q931
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.h225.call_signalling import H323UserInformation
from ringfence.wire.h225.common import NonStandardParameter
from ringfence.wire.h225.generic import GenericIdentifier
from ringfence.wire.h225.ras_admission import AdmissionConfirm
from ringfence.wire.h245.channel import OpenLogicalChannel
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per.builder import components
from ringfence.wire.per.notation import BITS, OID, Sequence, UnknownAlternative
from ringfence.wire.per.sequence import Component
from ringfence.wire.q931 import ElementId, InformationElement
from ringfence.wire.q931_elements import decode_cause, decode_number, display_text

# Object identifiers that handsets and gatekeepers send; the Avaya ones were seen on the wire.
OBJECTS = {
    (0, 0, 8, 2250, 0): "H.225.0",
    (0, 0, 8, 245, 0): "H.245",
    (0, 0, 8, 235, 0): "H.235",
    (1, 3, 14, 3, 2, 6): "DES-ECB",
    (1, 2, 840, 113549, 2, 5): "MD5",
    (1, 3, 14, 3, 2, 26): "SHA-1",
    (2, 16, 840, 1, 113778, 4, 2, 1): "Avaya CCMS in RAS",
    (2, 16, 840, 1, 113778, 4, 2, 10): "Avaya CCMS frame",
    (2, 16, 840, 1, 114187, 1, 3): "Avaya DES-CTS",
    (2, 16, 840, 1, 114187, 1, 6, 2): "Avaya key exchange",
    (2, 16, 840, 1, 114187, 1, 9): "Avaya feature 9",
    (2, 16, 840, 1, 114187, 1, 10): "Avaya feature 10",
}
# Standard identifiers of GenericData: the number of the H.460 Recommendation that defines the feature.
FEATURE_NAMES = {
    2: "H.460.2 number portability",
    3: "H.460.3 circuit status map",
    4: "H.460.4 call priority",
    5: "H.460.5 duplicate Q.931 elements",
    6: "H.460.6 extended Fast Connect",
    7: "H.460.7 digit maps",
    8: "H.460.8 alternate routes",
    9: "H.460.9 QoS monitoring",
    10: "H.460.10 call party category",
    11: "H.460.11 delayed call establishment",
    12: "H.460.12 glare control",
    13: "H.460.13 called user release control",
    14: "H.460.14 multi-level precedence",
    15: "H.460.15 call signalling transport",
    16: "H.460.16 multiple-message release",
    17: "H.460.17 RAS within call signalling",
    18: "H.460.18 NAT/firewall traversal of signalling",
    19: "H.460.19 NAT/firewall traversal of media",
    20: "H.460.20 location number",
    21: "H.460.21 message broadcast",
    22: "H.460.22 security protocol negotiation",
    23: "H.460.23 NAT determination",
    24: "H.460.24 point-to-point media through NAT",
    25: "H.460.25 transport of geographic information",
    26: "H.460.26 media over TCP",
}
# Octet strings that hold a message of their own.
ENCAPSULATED = {"fastStart": OpenLogicalChannel, "h245Control": MultimediaSystemControlMessage}
# Longer strings are cut: the tree is for reading, the capture has all the octets.
_MOST_OCTETS = 64
_SHORTEST_TEXT = 4  # fewer octets are printable by chance


def render_tree(value: Any) -> list[str]:
    """Lines, two blanks a level: `requestSeqNum: 4712`.

    Takes a RAS, call signalling or H.245 message, any SEQUENCE of the schemas, or CCMS frames.
    """
    match value:
        case CallSignal():
            return list(_call_signal(value))
        case [ccms.CcmsFrame(), *_]:
            return list(_frames(value, 0))
        case Sequence():
            return list(_walk(type(value).__name__, type(value), value, 0))
        case UnknownAlternative():
            return [f"message: {_leaf(value)}"]
        case ("admissionConfirmSequence", items):
            return list(_walk("admissionConfirmSequence", list[AdmissionConfirm], items, 0))
        case _:
            return list(_walk("message", MultimediaSystemControlMessage, value, 0))


def render_unfinished(read: object) -> list[str]:
    """What a DecodeError says it had read, as `render` shows whole messages; empty when that is nothing."""
    match read:
        case per.Unfinished():
            return list(_unfinished(read, 0))
        case Sequence():  # all of it, in something else that breaks off
            return list(_walk(type(read).__name__, type(read), read, 0))
        case q931.Message():
            return list(_message(read))
        case (q931.Message() as message, inner):
            return [*_message(message), "  User-user", *(f"    {line}" for line in render_unfinished(inner))]
        case _:
            return []


def _unfinished(read: per.Unfinished, level: int) -> Iterator[str]:
    for depth, (name, kind, values) in enumerate(read.levels, level):
        yield f"{'  ' * depth}{name or kind.__name__}, breaks off"
        for part in components(kind):
            yield from _component(part, values.get(part.name), depth + 1)


def _message(message: q931.Message) -> Iterator[str]:
    yield f"{q931.name(message.message_type)}, breaks off"
    yield _reference(message)
    for element in message.elements:
        if element.identifier != ElementId.USER_USER:
            yield f"  {_element(element)}"


def object_name(identifier: tuple[int, ...]) -> str:
    """`0.0.8.2250.0.4 (H.225.0 version 4)`."""
    dotted = ".".join(map(str, identifier)) or "(empty)"
    if identifier in OBJECTS:
        return f"{dotted} ({OBJECTS[identifier]})"
    if identifier[:-1] in OBJECTS and len(identifier) == 6:
        return f"{dotted} ({OBJECTS[identifier[:-1]]} version {identifier[-1]})"
    return dotted


def _walk(name: str, annotation: Any, value: Any, level: int) -> Iterator[str]:
    """A component, by its type: only the type tells an object identifier from a bit string."""
    label = f"{'  ' * level}{name}"
    if isinstance(value, UnknownAlternative):
        yield f"{label}: {_leaf(value)}"
    elif isinstance(value, Sequence):
        yield label
        yield from _sequence(value, level + 1)
    elif _is_choice(annotation):
        yield from _choice(label, annotation, value, level)
    elif isinstance(value, list):
        yield f"{label}: {len(value)}"
        element = get_args(_plain(annotation))[0]
        for index, item in enumerate(value):
            yield from _item(name, f"[{index}]", element, item, level + 1)
    else:
        yield f"{label}: {_typed(annotation, value)}"


def _sequence(value: Sequence, level: int) -> Iterator[str]:
    for part in components(type(value)):
        yield from _component(part, getattr(value, part.name), level)
    if value.unknown_ is not None:
        for index, octets in sorted(value.unknown_.data.items()):
            yield f"{'  ' * level}addition {index} of a later revision: {_leaf(octets)}"
    if isinstance(value, NonStandardParameter):
        yield from _ccms(value, level)


def _component(part: Component, content: Any, level: int) -> Iterator[str]:
    if part.name in ("ip", "network") and isinstance(content, bytes) and len(content) in (4, 16):
        # H.225.0 and H.245 write addresses as octets.
        yield f"{'  ' * level}{part.name}: {ip_address(content)}"
    elif content is not None:
        yield from _walk(part.name, part.annotation, content, level)


def _choice(label: str, annotation: Any, value: tuple[str, Any], level: int) -> Iterator[str]:
    tag, content = value
    if annotation == GenericIdentifier and tag == "standard" and content in FEATURE_NAMES:
        yield f"{label}: standard {content} ({FEATURE_NAMES[content]})"
    elif content is True:
        yield f"{label}: {tag}"
    elif isinstance(content, Sequence):
        yield f"{label}: {tag}"
        yield from _sequence(content, level + 1)
    else:
        inner = next(
            get_args(each)[1] for each in _alternatives(annotation) if get_args(get_args(each)[0]) == (tag,)
        )
        if isinstance(content, list) or _is_choice(inner):
            yield f"{label}: {tag}"
            yield from _walk(tag, inner, content, level + 1)
        else:
            yield f"{label}: {tag} {_typed(inner, content)}"


def _item(of: str, name: str, annotation: Any, value: Any, level: int) -> Iterator[str]:
    """An element of a list; octets that are a message of their own are decoded where that succeeds."""
    if of in ENCAPSULATED and isinstance(value, bytes):
        try:
            inner = per.decode(ENCAPSULATED[of], value)
        except DecodeError as error:
            yield f"{'  ' * level}{name}: {_leaf(value)} ({error})"
            return
        yield from _walk(name, ENCAPSULATED[of], inner, level)
    else:
        yield from _walk(name, annotation, value, level)


def _ccms(value: NonStandardParameter, level: int) -> Iterator[str]:
    try:
        frames = ccms.find([value])
    except DecodeError as error:
        yield f"{'  ' * level}{error}"
    else:
        yield from _frames(frames, level)


def _frames(frames: list[ccms.CcmsFrame], level: int) -> Iterator[str]:
    for frame in frames:
        yield f"{'  ' * level}CCMS {'to' if frame.to_phone else 'from'} the phone"
        for element in frame.elements:
            yield f"{'  ' * (level + 1)}{element}"


def _call_signal(value: CallSignal) -> Iterator[str]:
    yield value.name
    yield _reference(value)
    for element in value.elements:
        yield f"  {_element(element)}"
    if value.user_information is not None:
        yield from _walk("User-user", H323UserInformation, value.user_information, 1)


def _reference(value: CallSignal | q931.Message) -> str:
    direction = "from" if value.from_destination else "to"
    return f"  call reference: {value.call_reference} {direction} the called side"


def _element(element: InformationElement) -> str:
    try:
        name = ElementId(element.identifier).name.capitalize().replace("_", " ")
    except ValueError:
        return f"information element {element.identifier:#04x}: {_leaf(element.content)}"
    try:
        match element.identifier:
            case ElementId.DISPLAY:
                return f"{name}: {display_text(element.content)!r}"
            case ElementId.CAUSE:
                return f"{name}: {decode_cause(element.content).value}"
            case ElementId.CALLING_PARTY_NUMBER | ElementId.CALLED_PARTY_NUMBER | ElementId.CONNECTED_NUMBER:
                return f"{name}: {decode_number(element.content).digits}"
    except DecodeError as error:
        return f"{name}: {_leaf(element.content)} ({error})"
    return f"{name}: {_leaf(element.content)}"


def _typed(annotation: Any, value: Any) -> str:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    if OID in marks:
        return object_name(value)
    if BITS in marks:
        bits, length = value
        return f"{bits:0{length}b} ({length} bits)" if 0 < length <= 32 else f"{bits:#x} ({length} bits)"
    return _leaf(value)


def _leaf(value: Any) -> str:
    match value:
        case True:
            return "TRUE"
        case False:
            return "FALSE"
        case bytes():
            cut = "..." if len(value) > _MOST_OCTETS else ""
            return f"{value[:_MOST_OCTETS].hex(' ')}{cut} ({len(value)} octets{_text(value)})"
        case UnknownAlternative():
            return f"alternative {value.index} of a later revision, {_leaf(value.data)}"
        case str():
            return repr(value)
        case _:
            return str(value)


def _text(octets: bytes) -> str:
    """Octets that are words, as productId and versionId are (H.225.0 VendorIdentifier), often with NULs."""
    words = octets.rstrip(b"\0")
    if len(words) < _SHORTEST_TEXT or not words.isascii() or not words.decode("ascii").isprintable():
        return ""
    return f", {words[:_MOST_OCTETS].decode('ascii')!r}"


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    single = get_origin(annotation) is tuple
    return (annotation,) if single else tuple(each for each in get_args(annotation) if get_args(each))


def _is_choice(annotation: Any) -> bool:
    if get_origin(annotation) is tuple:
        return get_origin(get_args(annotation)[0]) is Literal
    return get_origin(annotation) in (Union, UnionType)
