"""PAN-OS configuration, `set` commands or XML, as lines of words: the path to a value, then the values.

The XML is turned into what the `set` form would say, one line for each value, with the XML's line numbers.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from ringfence.firewalls.common.reading import Reading, lines_of, place, whole_quotes
from ringfence.model.errors import InputError

_WHAT = "PAN-OS configuration"
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_DEPTH = 64


class Line(NamedTuple):
    number: int
    words: list[str]


def lines(text: str, reading: Reading) -> Iterator[Line]:
    """The configuration's values in order. InputError for other texts and for XML that is damaged."""
    found = lines_of(text, _WHAT)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        yield from _xml(text)
        return
    at = 0
    while at < len(found):
        number, line = at + 1, found[at].strip()
        at += 1
        if '"' in line:  # descriptions go on over line ends
            line, at = whole_quotes(found, line, at, _WHAT)
        words = [quoted or bare for quoted, bare in _WORD.findall(line)]
        if words[:1] == ["set"]:
            yield Line(number, words[1:])
        elif words and not words[0].startswith("#"):
            reading.stray(number, line, "not a set command")


class _Element(NamedTuple):
    word: str
    number: int
    text: list[str]
    children: list[int]  # how many, in one mutable place


def _xml(text: str) -> Iterator[Line]:
    out: list[Line] = []
    stack: list[_Element] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) >= _DEPTH:
            raise InputError("nested too deep", where=f"{_WHAT} {place(parser.CurrentLineNumber)}")
        if stack:
            stack[-1].children[0] += 1
        word = attributes.get("name", tag) if tag == "entry" else "" if tag == "member" else tag
        stack.append(_Element(word, parser.CurrentLineNumber, [], [0]))

    def end(_tag: str) -> None:
        element = stack.pop()
        if element.children[0]:
            return
        path = [outer.word for outer in stack[1:] if outer.word]
        value = "".join(element.text).strip()
        words = [*path, *([element.word] if element.word else []), *([value] if value else [])]
        out.append(Line(element.number, words))

    def doctype(*_: object) -> None:
        # Its only use here would be to make a small file expand without bound.
        raise InputError("a document type", where=f"{_WHAT} {place(parser.CurrentLineNumber)}")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1].text.append(data) if stack else None
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise InputError(
            f"not well-formed XML: {expat.errors.messages.get(error.code, 'error')}",
            where=f"{_WHAT} {place(error.lineno)}",
            remedy="take the whole configuration again: it may be cut off",
        ) from error
    yield from out
