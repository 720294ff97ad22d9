"""The files of /etc/firewalld in one text, each under the header that tail(1) writes, as trees of XML.

Written from firewalld.zone(5), firewalld.policy(5), firewalld.service(5), firewalld.ipset(5) and
firewalld.conf(5). Entities are refused, and every element keeps its line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from ringfence.firewalls.common.reading import lines_of, place
from ringfence.model.errors import InputError

_WHAT = "firewalld files"
_HEADER = re.compile(r"^==> (\S+) <==$")
_SETTING = re.compile(r"^([A-Za-z0-9_]+)\s*=\s*(.*)$")
_DEPTH = 16


@dataclass(slots=True)
class XmlElement:
    """One element. `text` is what stands directly in it."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["XmlElement"] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> list["XmlElement"]:
        return [one for one in self.children if one.tag == tag]

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __str__(self) -> str:
        words = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        inner = "".join(map(str, self.children))
        return f"<{self.tag}{words}>{inner}</{self.tag}>" if inner else f"<{self.tag}{words}/>"


@dataclass(slots=True)
class FirewalldFiles:
    """Settings of firewalld.conf, and the objects of each kind by name."""

    settings: dict[str, str] = field(default_factory=dict)
    zones: dict[str, XmlElement] = field(default_factory=dict)
    policies: dict[str, XmlElement] = field(default_factory=dict)
    services: dict[str, XmlElement] = field(default_factory=dict)
    ipsets: dict[str, XmlElement] = field(default_factory=dict)
    others: list[XmlElement] = field(default_factory=list)


def firewalld_files(text: str) -> FirewalldFiles:
    """InputError for damaged XML, for entities, for two files of one name, and where none is there."""
    found = FirewalldFiles()
    for name, first, lines in _sections(lines_of(text, _WHAT)):
        body = "\n".join(lines)
        if body.lstrip().startswith("<"):
            _take(found, name, _tree(body, first))
        else:
            _settings(found, lines, first)
    if not found.zones and not found.policies:
        raise InputError("neither zones nor policies", where=_WHAT)
    return found


def _sections(lines: Sequence[str]) -> list[tuple[str, int, list[str]]]:
    """Name, first line and lines of each file; a text without headers is one."""
    found: list[tuple[str, int, list[str]]] = [("", 1, [])]
    for number, line in enumerate(lines, start=1):
        header = _HEADER.match(line.strip())
        if header:
            found.append((header[1].rpartition("/")[2].removesuffix(".xml"), number + 1, []))
        else:
            found[-1][2].append(line)
    return [each for each in found if any(line.strip() for line in each[2])]


def _settings(found: FirewalldFiles, lines: Sequence[str], first: int) -> None:
    for number, line in enumerate(lines, start=first):
        stripped = line.strip()
        if not stripped or stripped[0] == "#":
            continue
        setting = _SETTING.match(stripped)
        if setting is None:
            raise InputError(f"neither XML nor a setting: {stripped[:40]}", where=f"{_WHAT} {place(number)}")
        found.settings[setting[1]] = setting[2].strip()


def _take(found: FirewalldFiles, name: str, root: XmlElement) -> None:
    kinds = {
        "zone": found.zones,
        "policy": found.policies,
        "service": found.services,
        "ipset": found.ipsets,
    }
    if root.tag not in kinds:
        found.others.append(root)
        return
    name = name or root.tag
    if name in kinds[root.tag]:
        raise InputError(f"two files of {root.tag} {name}", where=f"{_WHAT} {place(root.line)}")
    kinds[root.tag][name] = root


def _tree(text: str, first: int) -> XmlElement:
    parser = expat.ParserCreate()
    root: list[XmlElement] = []
    stack: list[XmlElement] = []

    def at() -> int:
        return parser.CurrentLineNumber + first - 1

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) >= _DEPTH:
            raise InputError("nested too deeply", where=f"{_WHAT} {place(at())}")
        element = XmlElement(tag, attributes, at())
        (stack[-1].children if stack else root).append(element)
        stack.append(element)

    def end(_tag: str) -> None:
        stack.pop()

    def said(words: str) -> None:
        if stack:
            stack[-1].text += words

    def declared(*_: object) -> None:
        raise InputError("an entity is declared", where=f"{_WHAT} {place(at())}")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = said, declared
    try:
        parser.Parse(text.strip("\n") if first == 1 else text, True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "error")
        line = place(error.lineno + first - 1)
        raise InputError(f"not well-formed XML: {what}", where=f"{_WHAT} {line}") from None
    return root[0]
