"""The ASN.1 that H.225.0, H.235 and H.245 use, as ordinary Python annotations.

A schema class is the type, its documentation and its value at once:

* SEQUENCE is a subclass of `Sequence`; one without "..." of `ClosedSequence`. OPTIONAL is `| None = None`;
  what follows the "..." is `| None = addition()`, since an older peer may omit even a mandatory addition.
* CHOICE is a union of pairs `tuple[Literal["ipAddress"], IpAddress]`; `UnknownAlternative` is its "...".
* INTEGER carries a `Range`; strings and SEQUENCE OF a `Size`; a character string its `Text`.

Order matters everywhere: PER sends positions, not names.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias, cast, dataclass_transform

import msgspec


class Range(NamedTuple):
    """Bounds of an INTEGER, both included; no `last` means MAX; `extensible` with a "..." behind them."""

    first: int
    last: int | None
    extensible: bool = False


class Size(NamedTuple):
    """Bounds of a length, both included: octets, bits, characters or elements; no `last` means MAX."""

    first: int
    last: int | None


class Text(NamedTuple):
    """A character string type: the characters it may hold, or None for all that fit `width` bits."""

    name: str
    width: int
    characters: str | None = None


class TypeMark(NamedTuple):
    """What the Python type alone cannot say."""

    name: str


IA5 = Text("IA5String", 7)
BMP = Text("BMPString", 16)
GENERAL = Text("GeneralString", 8)
NUMERIC = Text("NumericString", 4, " 0123456789")
PRINTABLE = Text("PrintableString", 7)
OPEN = TypeMark("open type")
OID = TypeMark("OBJECT IDENTIFIER")
BITS = TypeMark("BIT STRING")
EXTENSIBLE = TypeMark("...")


def alphabet(characters: str) -> Text:
    """IA5String (FROM (characters))."""
    return Text("IA5String", 7, "".join(sorted(characters)))


Null: TypeAlias = Literal[True]
ObjectIdentifier: TypeAlias = Annotated[tuple[int, ...], OID]
# (value, number of bits)
BitString: TypeAlias = Annotated[tuple[int, int], BITS]
OpenType: TypeAlias = Annotated[bytes, OPEN]
IA5String: TypeAlias = Annotated[str, IA5]
BMPString: TypeAlias = Annotated[str, BMP]
GeneralString: TypeAlias = Annotated[str, GENERAL]


class UnknownAlternative(msgspec.Struct, frozen=True):
    """An alternative that a later revision added behind the "...": its index there, and its octets."""

    index: int
    data: bytes


class UnknownAdditions(msgspec.Struct, frozen=True):
    """What a peer sent behind the "..." beyond this schema, kept so that encoding repeats its octets.

    `length` is that of the peer's bitmap: others send fewer or more bits than we know additions.
    """

    length: int
    data: Mapping[int, bytes]


_ADDITION = cast(Any, object())


def extension_addition() -> Any:
    """The default of a component behind the "...": absent."""
    return _ADDITION


class _SequenceMeta(msgspec.StructMeta):
    """Counts the components in front of the "..." and makes all of them keywords."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any
    ) -> "_SequenceMeta":
        components = namespace.get("__annotations__", {})
        additions = [component for component in components if namespace.get(component) is _ADDITION]
        namespace["root_"] = len(components) - len(additions)
        for component in additions:
            namespace[component] = None
        config.update(kw_only=True, repr_omit_defaults=True)
        return super().__new__(mcs, name, bases, namespace, **config)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Sequence(msgspec.Struct, frozen=True, metaclass=_SequenceMeta):
    """An ASN.1 SEQUENCE with an extension marker; immutable, built with keywords."""

    unknown_: UnknownAdditions | None = None

    extensible_: ClassVar[bool] = True
    root_: ClassVar[int]


class ClosedSequence(Sequence, frozen=True):
    """An ASN.1 SEQUENCE without an extension marker."""

    extensible_: ClassVar[bool] = False
