"""pf.conf as statements of words: macros put in, lists kept together, bodies of anchors as statements within.

From pf.conf(5) of OpenBSD 7.5 and FreeBSD 14, "GRAMMAR" and "Macros". What pfctl -sr prints has this form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import place, shown
from ringfence.model.errors import InputError

PF = "pf rules"
_TOKEN = re.compile(
    r'(?P<string>"[^"\n]*")|(?P<comment>#[^\n]*)|(?P<next>\\[ \t]*\n)|(?P<end>\n)|'
    r"(?P<table><[\w.:/-]+>)|(?P<mark>->|!=|<=|>=|><|<>|[{}(),=<>!;])|(?P<word>[^\s{}(),=<>!;\"#\\]+|\\|\")"
)
_NAMED = re.compile(r"\$(\w+)")
_MACRO = re.compile(r"[A-Za-z_][\w-]*")
_MOST_WORDS = 2_000_000  # of the whole text, macros put in
_MOST_OF_ONE = 200_000
_DEPTH = 16
_SKIPPED = re.compile(r"^(@\d+ |\s*\[ (Evaluations|Inserted|Packets|Source|State))")


@dataclass(slots=True)
class PfStatement:
    """`words` with macros put in; `body` are the statements of an anchor that stand in the text."""

    line: int
    words: list[str]
    text: str
    body: "list[PfStatement] | None" = None


@dataclass(slots=True)
class _Parser:
    tokens: Sequence[tuple[int, str, str]]
    macros: dict[str, list[str]] = field(default_factory=dict)
    at: int = 0
    total: int = 0


def statements_of(lines: Sequence[str]) -> list[PfStatement]:
    """InputError for a brace or quote that does not close, a macro without a value, and too many words."""
    text = "\n".join(_SKIPPED.sub("", line) if line[:1] in "@ \t" else line for line in lines) + "\n"
    parser = _Parser(list(_tokens(text)))
    found = _block(parser, 0)
    if parser.at < len(parser.tokens):
        raise InputError("a brace closes none", where=f"{PF} {place(parser.tokens[parser.at][0])}")
    return found


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, kind and word of each token; a line that ends with a backslash goes on."""
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "next":
            line += 1
        elif kind == "end":
            yield line, kind, "\n"
            line += 1
        elif kind != "comment":
            if found[0] == '"':
                raise InputError("a quote is never closed", where=f"{PF} {place(line)}")
            yield line, kind, found[0]


def _block(parser: _Parser, depth: int) -> list[PfStatement]:
    """Statements up to the end, or to the brace that ends an anchor."""
    if depth > _DEPTH:
        raise InputError("anchors nest too deep", where=PF)
    found: list[PfStatement] = []
    while parser.at < len(parser.tokens):
        line, kind, word = parser.tokens[parser.at]
        if kind == "end" or word == ";":
            parser.at += 1
        elif word == "}":
            return found
        else:
            one = _statement(parser, line, depth)
            if one is not None:
                found.append(one)
    return found


def _statement(parser: _Parser, line: int, depth: int) -> PfStatement | None:
    """One statement; None for the definition of a macro."""
    name = parser.tokens[parser.at][2]
    words: list[str] = []
    open_ = 0
    anchor = name.endswith("anchor")
    body: list[PfStatement] | None = None
    while parser.at < len(parser.tokens):
        _, kind, word = parser.tokens[parser.at]
        if kind == "end" and not open_:
            break
        if word == "}" and not open_:
            break  # of the anchor around
        parser.at += 1
        if kind == "end":
            continue
        if anchor and word == "{" and not open_ and _ends_line(parser):
            body = _block(parser, depth + 1)
            if parser.at >= len(parser.tokens):
                raise InputError("a brace is never closed", where=f"{PF} {place(line)}")
            parser.at += 1
            continue
        open_ += word == "{"
        open_ -= word == "}"
        words += _put_in(parser, word, kind, line, definition=words[1:2] == ["="])
        if len(words) > _MOST_OF_ONE:
            raise InputError("a statement of too many words", where=f"{PF} {place(line)}")
    if open_:
        raise InputError("a brace is never closed", where=f"{PF} {place(line)}")
    parser.total += len(words)
    if parser.total > _MOST_WORDS:
        raise InputError("macros multiply the words beyond the limit", where=f"{PF} {place(line)}")
    if len(words) > 1 and words[1] == "=" and _MACRO.fullmatch(name) and not name.startswith("$"):
        parser.macros[name] = words[2:]
        return None
    return PfStatement(line, words, shown(" ".join(words[:200])), body)


def _ends_line(parser: _Parser) -> bool:
    """An anchor's body begins at the end of a line; a list of interfaces does not."""
    return parser.at >= len(parser.tokens) or parser.tokens[parser.at][1] == "end"


def _put_in(parser: _Parser, word: str, kind: str, line: int, *, definition: bool) -> list[str]:
    """The word, or what it stands for: the words in quotes of a macro's definition, or a macro's value."""
    if kind == "string" and definition:
        inner = [one for _, _, one in _tokens(word[1:-1]) if one != "\n"]
        return [one for part in inner for one in _value(parser, part, line)]
    if kind == "string":
        return [word[1:-1]]
    return _value(parser, word, line)


def _value(parser: _Parser, word: str, line: int) -> list[str]:
    named = _NAMED.match(word)
    if named is None:
        return [word]
    if named[1] not in parser.macros:
        raise InputError(f"macro {word[:40]} has no value", where=f"{PF} {place(line)}")
    found = parser.macros[named[1]]
    parser.total += len(found)
    rest = word[named.end() :]  # $lan_if:network
    return [*found[:-1], found[-1] + rest] if rest and found else found
