"""Random values of our schema, and the same values in pycrate's words.

pycrate 0.8.1 is the oracle of the codec, fed only with octets made here: one unknown alternative inside
GenericData sends its decoder into an endless loop.
"""

from __future__ import annotations

import random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ringfence.wire.per.builder import components
from ringfence.wire.per.notation import (
    BITS,
    BMP,
    OID,
    OPEN,
    Range,
    Sequence,
    Size,
    Text,
    TypeMark,
    UnknownAlternative,
)

# pycrate took the spelling of an older edition.
SPELLING = {
    "dialedDigits": "dialledDigits",
    "h245Tunneling": "h245Tunnelling",
    "provisionalRespToH245Tunneling": "provisionalRespToH245Tunnelling",
}
# Added to the standards after the edition that pycrate compiled.
NEWER = {("RegistrationConfirm", "language"), ("LocationConfirm", "language")}

# ClearToken with a tokenOID of {0 0} and nothing else.
TOKEN = bytes.fromhex("00000100")


def asn1_name(name: str) -> str:
    return SPELLING.get(name, name).replace("_", "-")


def alternatives(annotation: Any) -> tuple[list[tuple[str, Any]], int | None]:
    """The alternatives of a CHOICE by name, and how many stand in front of its "..." (None without one)."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    named: list[tuple[str, Any]] = []
    root = None
    for member in members:
        if member is UnknownAlternative:
            root = len(named)
        elif get_origin(member) is tuple:
            tag, content = get_args(member)
            named.append((get_args(tag)[0], content))
        else:
            named.append((member.__name__[0].lower() + member.__name__[1:], member))
    return named, root


def is_choice(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin in (Union, UnionType) or (
        origin is tuple and get_origin(get_args(annotation)[0]) is Literal
    )


def is_leaf(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return not (isinstance(annotation, type) and issubclass(annotation, Sequence)) and not (
        is_choice(annotation) or get_origin(annotation) is list
    )


class Values:
    """Random values of any type in the notation; deeper ones get smaller."""

    def __init__(self, seed: int, optional: float = 0.4, additions: float = 0.15, deepest: int = 9) -> None:
        self.random = random.Random(seed)
        self.optional = optional
        self.additions = additions
        self.deepest = deepest

    def of(self, annotation: Any, depth: int = 0) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, Sequence):
            return self._sequence(annotation, depth)
        if is_choice(annotation):
            return self._choice(annotation, depth)
        origin = get_origin(annotation)
        if origin is Annotated:
            base, *marks = get_args(annotation)
            return self._annotated(base, marks, depth)
        if origin is list:
            return self._list(get_args(annotation)[0], Size(0, None), depth)
        if origin is Literal:
            return self.random.choice(get_args(annotation))
        if annotation is bool:
            return self.random.random() < 0.5
        if annotation is int:
            return self.random.choice([0, -1, 1, 127, 128, -128, -129, 255, 65535, -(2**31), 2**40])
        assert annotation is bytes
        return self._octets(Size(0, None))

    def _sequence(self, sequence: type[Sequence], depth: int) -> Sequence:
        values = {}
        for index, part in enumerate(components(sequence)):
            chance = self.additions if index >= sequence.root_ else self.optional
            if part.optional and (depth > self.deepest or self.random.random() >= chance):
                continue
            if (sequence.__name__, part.name) in NEWER:
                continue
            values[part.name] = self.of(part.annotation, depth + 1)
        return sequence(**values)

    def _choice(self, annotation: Any, depth: int) -> Any:
        members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
        usable = [member for member in members if member not in (UnknownAlternative, NoneType)]
        if depth > self.deepest:
            # The end of a recursion: an alternative without components, where there is one.
            usable = [each for each in usable if is_leaf(get_args(each)[-1])] or usable
        chosen = self.random.choice(usable)
        if get_origin(chosen) is not tuple:
            return self.of(chosen, depth + 1)
        tag, content = get_args(chosen)
        return get_args(tag)[0], self.of(content, depth + 1)

    def _list(self, element: Any, size: Size, depth: int) -> list[Any]:
        most = size.first + self.random.choice([0, 1, 1, 2, 3])
        count = most if size.last is None else min(most, size.last)
        if depth > self.deepest:
            count = size.first
        return [self.of(element, depth + 1) for _ in range(count)]

    def _length(self, size: Size) -> int:
        spread = self.random.choice([0, 0, 1, 2, 3, 5, 17, 130])
        # pycrate pads behind an empty value; clause 11.9.3.3 does not.
        spread = spread or (size.first == 0 and size.last != 0)
        return size.first + spread if size.last is None else min(size.first + spread, size.last)

    def _octets(self, size: Size) -> bytes:
        return self.random.randbytes(self._length(size))

    def _annotated(self, base: Any, marks: list[Any], depth: int) -> Any:
        size = next((mark for mark in marks if isinstance(mark, Size)), Size(0, None))
        for mark in marks:
            if isinstance(mark, Range):
                last = mark.last if mark.last is not None else mark.first + 2**33
                middle = mark.first + (last - mark.first) // self.random.choice([2, 3, 300, 70000])
                beyond = [last + 1, mark.first - 1] if mark.extensible else []
                return self.random.choice([mark.first, last, middle, *beyond])
            if isinstance(mark, Text):
                return self._text(mark, size)
            if isinstance(mark, TypeMark):
                if mark == OID:
                    arcs = [0, 1, 39, 127, 128, 2250, 113778, 2**31]
                    return (
                        *self.random.choice([(0, 0), (1, 3), (2, 16), (0, 39)]),
                        *self.random.choices(arcs, k=3),
                    )
                if mark == BITS:
                    length = self._length(size)
                    return self.random.getrandbits(length) if length else 0, length
                if mark == OPEN:
                    return TOKEN
        if base is bytes:
            return self._octets(size)
        if get_origin(base) is Literal:
            return self.random.choice(get_args(base))
        return self._list(get_args(base)[0], size, depth)

    def _text(self, text: Text, size: Size) -> str:
        letters = text.characters or ("aZ9 \u00e9\u4e2d" if text == BMP else "aZ09.@")
        return "".join(self.random.choices(letters, k=self._length(size)))


def to_pycrate(annotation: Any, value: Any) -> Any:
    """Our value as pycrate writes it."""
    if isinstance(annotation, type) and issubclass(annotation, Sequence):
        return {
            asn1_name(part.name): to_pycrate(part.annotation, getattr(value, part.name))
            for part in components(annotation)
            if getattr(value, part.name) is not None
        }
    if is_choice(annotation):
        named, _ = alternatives(annotation)
        if isinstance(value, Sequence):
            name = next(name for name, content in named if content is type(value))
            return name, to_pycrate(type(value), value)
        return asn1_name(value[0]), to_pycrate(dict(named)[value[0]], value[1])
    origin = get_origin(annotation)
    if origin is Annotated:
        base = get_args(annotation)[0]
        if OPEN in get_args(annotation):
            return "_unk_004", value
        return [to_pycrate(get_args(base)[0], each) for each in value] if get_origin(base) is list else value
    if origin is list:
        return [to_pycrate(get_args(annotation)[0], each) for each in value]
    if annotation == Literal[True]:
        return 0
    return value
