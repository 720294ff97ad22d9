"""Octets into values and back, with the path to whatever is wrong."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar, overload

from ringfence.model.errors import DecodeError
from ringfence.wire.cursor import OctetReader, OctetWriter
from ringfence.wire.per.builder import codec
from ringfence.wire.per.codec import Codec
from ringfence.wire.per.notation import Sequence
from ringfence.wire.per.primitives import EncodeError

S = TypeVar("S", bound=Sequence)


class Unfinished(NamedTuple):
    """A value that breaks off: for each SEQUENCE around the fault, outermost first, what was read of it.

    `name` is the component of the next outer one that it is; empty for the outermost.
    """

    levels: tuple[tuple[str, type[Sequence], dict[str, Any]], ...]


# Annotations that are no classes compare equal whatever the order of their alternatives: hence by identity.
_built: dict[int, tuple[Any, Codec]] = {}


@overload
def decode(schema: type[S], data: bytes) -> S: ...
@overload
def decode(schema: Any, data: bytes) -> Any: ...
def decode(schema: Any, data: bytes) -> Any:
    """The value at the start of `data`; raises DecodeError with the path to the fault.

    Its `read` is `Unfinished`. `schema` is a SEQUENCE class or a type alias of a schema module. Octets behind
    the value are ignored, as peers pad their messages.
    """
    reader = OctetReader(bytes(data))
    try:
        return _codec(schema).decode(reader)
    except DecodeError as error:
        raise DecodeError(_place(reader) + error.what, error.offset, _unfinished(reader)) from None
    except UnicodeError:
        what = _place(reader) + "characters that are not Unicode"
        raise DecodeError(what, reader.position >> 3, _unfinished(reader)) from None
    except RecursionError:
        raise DecodeError("nested too deep", reader.position >> 3) from None


def encode(schema: Any, value: Any) -> bytes:
    """The octets of `value`; raises EncodeError with the path to what its type does not allow."""
    writer = OctetWriter()
    try:
        _codec(schema).encode(writer, value)
    except EncodeError:
        raise
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EncodeError(f"a component has a value of the wrong type: {error}") from None
    return writer.finish()


def _codec(schema: Any) -> Codec:
    found = _built.get(id(schema))
    if found is None:
        found = _built[id(schema)] = (schema, codec(schema))
    return found[1]


def _unfinished(reader: OctetReader) -> Unfinished | None:
    levels = zip(("", *reversed(reader.path)), reversed(reader.unfinished), strict=False)
    found = tuple((name, kind, values) for name, (kind, values) in levels)
    return Unfinished(found) if found else None


def _place(reader: OctetReader) -> str:
    return ".".join(reversed(reader.path)) + ": " if reader.path else ""
