"""The configuration tree of the Vyatta family, of whichever form it was taken in.

`show configuration commands` gives a path on each line, config.boot and `show configuration` braces (VyOS
User Guide, "Configuration Overview"; EdgeOS User Guide, "CLI Modes"), a UniFi controller gives JSON. A value
is the last word of a path in all of them, so that every form is one tree of words.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from ringfence.firewalls.common.reading import lines_of, place
from ringfence.model.errors import InputError

CONFIGURATION = "VyOS configuration"
_DEPTH = 40
# Words of a session of commands that change nothing of what is set.
_SESSION = frozenset({"configure", "commit", "commit;", "save", "exit", "compare", "show"})
_MOST_WORDS = 64
_PLAIN = re.compile(r"[^\s'\"]+")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class ConfigNode:
    """A word of the configuration, and the words that may follow it. `line` is where it was first said."""

    line: int
    path: tuple[str, ...] = ()
    children: dict[str, "ConfigNode"] = field(default_factory=dict)

    def child(self, word: str, line: int) -> "ConfigNode":
        found = self.children.get(word)
        if found is None:
            found = self.children[word] = ConfigNode(line, (*self.path, word))
        return found

    def at(self, *words: str) -> "ConfigNode":
        """What follows these words; a node without children where there is nothing."""
        node = self
        for word in words:
            found = node.children.get(word)
            if found is None:
                return ConfigNode(node.line)
            node = found
        return node

    def has(self, word: str) -> bool:
        return word in self.children

    def value(self, word: str) -> str:
        """The one value behind the word; "" for none, and for more than one."""
        found = self.at(word).children
        return next(iter(found)) if len(found) == 1 else ""

    def values(self, word: str) -> tuple[str, ...]:
        return tuple(self.at(word).children)

    def items(self, word: str) -> Iterator[tuple[str, "ConfigNode"]]:
        """The named nodes behind a word, such as each rule of a list."""
        yield from self.at(word).children.items()

    @property
    def text(self) -> str:
        return " ".join(self.path)


def parse_tree(text: str) -> ConfigNode:
    """InputError for a line of no form, brackets that do not close, and a text that is cut off."""
    lines = lines_of(text, CONFIGURATION)
    if any(line.startswith("set ") for line in lines):
        return _commands(lines)
    return _braces(lines)


def _commands(lines: Sequence[str]) -> ConfigNode:
    root = ConfigNode(0)
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#/" or "$" in stripped[:80] or stripped[-1:] == "#":
            continue  # comments, and prompts with the command behind them
        words = list(_words(stripped, number))
        if words[0] in _SESSION:
            continue
        if words[0] != "set":
            raise InputError(
                f"{words[0][:40]!r} is not `set`",
                where=f"{CONFIGURATION} {place(number)}",
                remedy="take the whole output of show configuration commands",
            )
        _add(root, words[1:], number)
    return root


def _add(node: ConfigNode, words: Sequence[str], line: int) -> ConfigNode:
    if len(node.path) + len(words) > _MOST_WORDS:
        raise InputError("too many words on one path", where=f"{CONFIGURATION} {place(line)}")
    for word in words:
        node = node.child(word, line)
    return node


def _braces(lines: Sequence[str]) -> ConfigNode:
    root = ConfigNode(0)
    stack = [root]
    comment = False
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if comment or stripped.startswith("/*"):
            comment = "*/" not in stripped
            continue
        if not stripped or stripped.startswith(("//", "#")) or "$ " in stripped[:80]:
            continue
        if stripped == "}":
            if len(stack) == 1:
                raise InputError("a brace closes none", where=f"{CONFIGURATION} {place(number)}")
            stack.pop()
            continue
        opens = stripped.endswith("{")
        words = list(_words(stripped.removesuffix("{"), number))
        if (not words and opens) or len(stack) > _DEPTH:
            raise InputError("not a configuration in braces", where=f"{CONFIGURATION} {place(number)}")
        node = _add(stack[-1], words, number)
        if opens:
            stack.append(node)
    if len(stack) > 1:
        raise InputError(
            f"it ends within {stack[-1].text[:60]!r}", where=CONFIGURATION, remedy="take the whole of it"
        )
    return root


def _words(text: str, line: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        start, parts = at, list[str]()
        while at < len(text) and not text[at].isspace():
            quoted = text[at] in "'\""
            found = (_QUOTED if quoted else _PLAIN).match(text, at)
            if found is None:
                raise InputError("a quote is never closed", where=f"{CONFIGURATION} {place(line)}")
            parts.append(found[0][1:-1] if quoted else found[0])
            at = found.end()
        if at > start:
            yield "".join(parts)
        at += 1


def parse_json(text: str) -> ConfigNode:
    """The same tree out of JSON, with the lines of its text. InputError for what is no object."""
    lines_of(text, CONFIGURATION)
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise InputError(f"not JSON: {str(error)[:80]}", where=CONFIGURATION) from None
    tokens = _tokens(text)
    if next(tokens, (0, ""))[1] != "{":
        raise InputError("not a JSON object", where=CONFIGURATION)
    root = ConfigNode(0)
    _object(root, tokens)
    return root


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for found in _TOKEN.finditer(text.replace("\r", "")):
        if found[0] == "\n":
            line += 1
        else:
            yield line, found[0]


def _object(root: ConfigNode, tokens: Iterator[tuple[int, str]]) -> None:
    """Fill `root` out of the tokens behind its brace, which are known to be well formed."""
    stack: list[tuple[ConfigNode, bool]] = [(root, True)]  # and whether it is an object, not a list
    key: str | None = None
    for line, token in tokens:
        node, by_key = stack[-1]
        if token in ",:":
            continue
        if token in "}]":
            stack.pop()
            if not stack:
                return
        elif by_key and key is None:
            key = _scalar(token)
            node.child(key, line)
        else:
            inner = node.child(key or "", line) if by_key else node
            key = None
            if token in "{[":
                if len(stack) > _DEPTH:
                    raise InputError("nested too deep", where=f"{CONFIGURATION} {place(line)}")
                stack.append((inner, token == "{"))
            elif value := _scalar(token):
                inner.child(value, line)


def _scalar(token: str) -> str:
    """A leaf's value; a node without one stands as an empty text, or as two quotes."""
    value = json.loads(token)
    if value is None or value in ("", "''"):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
