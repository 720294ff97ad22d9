"""Aligned packed encoding (X.691, clauses as of 2008 and later) of types written as Python annotations."""

from ringfence.model.errors import DecodeError
from ringfence.wire.per.coding import Unfinished, decode, encode
from ringfence.wire.per.primitives import EncodeError

__all__ = ["DecodeError", "EncodeError", "Unfinished", "decode", "encode"]
