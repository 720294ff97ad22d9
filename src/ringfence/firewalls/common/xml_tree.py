"""XML as a tree with line numbers. A document type is refused: its only use is to grow without bound."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ringfence.firewalls.common.reading import lines_of, place
from ringfence.model.errors import InputError

_DEPTH = 64


@dataclass(slots=True)
class XmlNode:
    """An element; `text` is what stands in it beside its children, without blanks around."""

    tag: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: "list[XmlNode]" = field(default_factory=list)

    def all(self, *path: str) -> "Iterator[XmlNode]":
        """The elements behind these tags, all of each."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:])

    def first(self, *path: str) -> "XmlNode | None":
        return next(self.all(*path), None)

    def value(self, *path: str) -> str:
        """The text of the first such element; "" where there is none."""
        found = self.first(*path)
        return "" if found is None else found.text


def parse_xml(text: str, what: str) -> XmlNode:
    """The root. InputError for what is not well formed, nests too deep, or has a document type."""
    lines_of(text, what)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root = XmlNode("", 0)
    stack = [root]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEPTH:
            raise InputError("nested too deep", where=f"{what} {place(parser.CurrentLineNumber)}")
        node = XmlNode(tag, parser.CurrentLineNumber, attributes)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_tag: str) -> None:
        node = stack.pop()
        node.text = node.text.strip()

    def data(said: str) -> None:
        stack[-1].text += said

    def doctype(*_: object) -> None:
        raise InputError("a document type", where=f"{what} {place(parser.CurrentLineNumber)}")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.lstrip("\ufeff \t\r\n"), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        why = expat.errors.messages.get(getattr(error, "code", 0), "not UTF-8")
        raise InputError(
            f"not well-formed XML: {why}",
            where=f"{what} {place(getattr(error, 'lineno', 1))}",
            remedy="take the whole of it again: it may be cut off",
        ) from error
    return root.children[0]
