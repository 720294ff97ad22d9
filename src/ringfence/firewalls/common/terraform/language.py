"""Terraform's configuration language, as far as resources are written out in it.

Written from the Terraform language reference (blocks, arguments, expressions). Values that Terraform would
have to compute are not computed.
"""

import re
from dataclasses import dataclass, field

from ringfence.firewalls.common.json_text import Json
from ringfence.firewalls.common.reading import lines_of
from ringfence.model.errors import InputError

_WHAT = "Terraform configuration"
_TOKEN = re.compile(
    r'(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<line>\n)|(?P<string>"(?:[^"\\\n]|\\.)*")|'
    r"(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.*-]*)|(?P<sign>.)",
    re.DOTALL,
)
_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression that only Terraform can turn into a value."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class TerraformBlock:
    """`resource "KIND" "name" { ... }`"""

    kind: str
    labels: list[str]
    line: int
    values: dict[str, Json] = field(default_factory=dict)
    inner: list["TerraformBlock"] = field(default_factory=list)

    def all(self, kind: str) -> list["TerraformBlock"]:
        return [one for one in self.inner if one.kind == kind]


class _Parser:
    """The tokens of a text, taken one by one. InputError for what is no Terraform."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        line = 1
        for found in _TOKEN.finditer(text):
            kind, word = found.lastgroup or "", found[0]
            if kind != "space":
                self.tokens.append((kind, word, line))
            line += word.count("\n")
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", self.last)

    @property
    def last(self) -> int:
        return self.tokens[-1][2] if self.tokens else 1

    def take(self) -> tuple[str, str, int]:
        token = self.peek()
        self.at += 1
        return token

    def skip_lines(self) -> None:
        while self.peek()[0] == "line":
            self.at += 1

    def blocks(self, depth: int = 0, end: str = "end") -> tuple[dict[str, Json], list[TerraformBlock]]:
        """Arguments and blocks up to the end of the text or of the block around them."""
        values: dict[str, Json] = {}
        inner: list[TerraformBlock] = []
        while True:
            self.skip_lines()
            kind, word, line = self.take()
            if end in {kind, word}:
                return values, inner
            if kind not in {"name", "string"} or depth > _DEPTH:
                raise self.damaged(word, line)
            labels: list[str] = []
            while self.peek()[0] in {"name", "string"}:
                labels.append(_unquoted(self.take()[1]))
            sign = self.take()[1]
            if sign == "=" and not labels:
                values[_unquoted(word)] = self.value(depth)
            elif sign == "{":
                own = TerraformBlock(word, labels, line)
                own.values, own.inner = self.blocks(depth + 1, "}")
                inner.append(own)
            else:
                raise self.damaged(sign, line)

    def value(self, depth: int) -> Json:
        kind, word, line = self.take()
        if depth > _DEPTH:
            raise self.damaged(word, line)
        found: Json = Computed(word)
        if kind == "string":
            found = Computed(word) if "${" in word or "%{" in word else _unquoted(word)
        elif kind == "number":
            found = int(word) if word.lstrip("-").isdigit() and len(word) < 12 else Computed(word)
        elif word in {"true", "false"}:
            found = word == "true"
        elif word == "[":
            found = self.members("]", depth)
        elif word == "{":
            found = self.members("}", depth)
        # Whatever goes on behind a value makes it one to compute.
        rest: list[str] = []
        level = 0
        while level > 0 or (self.peek()[0] not in {"line", "end"} and self.peek()[1] not in {",", "]", "}"}):
            kind, more, _ = self.take()
            if kind == "end":
                break
            level += (more in "([{" and kind == "sign") - (more in ")]}" and kind == "sign")
            rest.append(more)
        return Computed(" ".join((str(found), *rest))) if rest else found

    def members(self, end: str, depth: int) -> Json:
        """Of a list, or (`key = value`) of a map."""
        values: list[Json] = []
        named: dict[str, Json] = {}
        while True:
            while self.peek()[0] == "line" or self.peek()[1] == ",":
                self.at += 1
            kind, word, line = self.peek()
            if word == end:
                self.at += 1
                return named if end == "}" else values
            if kind == "end":
                raise self.damaged("the end of the text", line)
            if end == "}":
                key = _unquoted(self.take()[1])
                if self.take()[1] not in {"=", ":"}:
                    raise self.damaged(word, line)
                named[key] = self.value(depth + 1)
            else:
                values.append(self.value(depth + 1))

    def damaged(self, word: str, line: int) -> InputError:
        return InputError(f"{word[:40]!r} where it has no place", where=f"{_WHAT} line {line}")


def _unquoted(word: str) -> str:
    return word[1:-1] if word.startswith('"') else word


def terraform_blocks(text: str) -> list[TerraformBlock]:
    """The blocks of a text. InputError for what is none."""
    lines_of(text, _WHAT)
    return _Parser(text).blocks()[1]
