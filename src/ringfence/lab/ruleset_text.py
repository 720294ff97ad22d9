"""Reads nft(8) text by our own grammar, so that what the kernel has can be held against a second opinion.

Only what the writer of rules and a person testing by hand use is understood: tables, chains, conditions on
interfaces, addresses, ports, protocols, ICMP types and connection state; counter, log, comment, verdicts.
Anything else is refused with its line, because half an understanding proves nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.lab.ruleset_terms import (
    ADDRESS_CONDITIONS,
    NAME_CONDITIONS,
    NUMERIC_CONDITIONS,
    PRIORITIES,
    REJECT_CODES,
    NftChain,
    NftCondition,
    NftHook,
    NftRule,
    NftRuleset,
    NftStatement,
    TermError,
    condition,
    rule_of,
)

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n|\#[^\n]*)
      | (?P<text>"[^"\n]*")
      | (?P<mark>[{};,\n]|!=|==)
      | (?P<word>[A-Za-z0-9_./:@*+-]+)""",
    re.VERBOSE,
)
_FAMILIES = frozenset({"ip", "ip6", "inet"})
_FINAL = frozenset({"accept", "drop", "return"})
_END = frozenset({"\n", ";"})
_MARKS = _END | {"{", "}", ",", "==", "!="}


class RulesetNotUnderstood(ValueError):  # noqa: N818 - what is the matter, said plainly
    """A ruleset the lab cannot judge; `line` is where."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"ruleset line {line}: {what}")
        self.line = line


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    quoted: bool = False


def read_ruleset_text(text: str) -> NftRuleset:
    """The rules that `text` leaves behind in an empty kernel. Raises RulesetNotUnderstood."""
    return _Reader(text).ruleset()


def _tokens(text: str) -> Iterator[_Token]:
    line, offset = 1, 0
    while offset < len(text):
        found = _TOKEN.match(text, offset)
        if found is None:
            raise RulesetNotUnderstood(line, f"unexpected character {text[offset]!r}")
        offset = found.end()
        match found.lastgroup:
            case "text":
                yield _Token(found.group()[1:-1], line, quoted=True)
            case "mark" | "word":
                yield _Token(found.group(), line)
            case _:
                pass
        line += found.group().count("\n")
    yield _Token("\n", line)


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._position = 0
        self._last_line = self._tokens[-1].line

    def ruleset(self) -> NftRuleset:
        ruleset: NftRuleset = {}
        while self._skip_ends():
            verb = self._take()
            match verb:
                case "flush":
                    self._expect("ruleset")
                    ruleset.clear()
                case "delete":
                    self._expect("table")
                    name = self._table_name()
                    if ruleset.pop(name, None) is None:
                        raise self._refusal(f"table {' '.join(name)} is deleted before it exists")
                case "table":
                    chains = ruleset.setdefault(self._table_name(), {})
                    if self._peek() == "{":
                        self._block(chains)
                case _:
                    raise self._refusal(f"{verb!r} is not understood here")
            self._end()
        return ruleset

    def _table_name(self) -> tuple[str, str]:
        family = self._take()
        if family not in _FAMILIES:
            raise self._refusal(f"say the family of the table (ip, ip6 or inet), not {family!r}")
        return family, self._take()

    def _block(self, chains: dict[str, NftChain]) -> None:
        self._expect("{")
        while self._skip_ends() and self._peek() != "}":
            self._expect("chain")
            chain = chains.setdefault(self._take(), NftChain())
            self._expect("{")
            while self._skip_ends() and self._peek() != "}":
                if self._peek() == "type":
                    chain.hook = self._hook()
                else:
                    chain.rows.append(self._row())
            self._expect("}")
        self._expect("}")

    def _hook(self) -> NftHook:
        self._expect("type")
        kind = self._take()
        self._expect("hook")
        point = self._take()
        self._expect("priority")
        priority = self._priority()
        self._end()
        policy = "accept"
        if self._peek() == "policy":
            self._take()
            policy = self._take()
            self._end()
        return NftHook(kind, point, priority, policy)

    def _priority(self) -> int:
        word = self._take()
        base = PRIORITIES.get(word, 0)
        number = "" if word in PRIORITIES else word
        while self._peek() not in _END:
            number += self._take()
        if number and not re.fullmatch(r"[+-]?\d+", number):
            raise self._refusal(f"{number!r} is not a priority")
        return base + int(number or 0)

    def _row(self) -> NftRule:
        parts: list[NftCondition | NftStatement] = []
        comment = ""
        while self._peek() not in _END and self._peek() != "}":
            if self._peek() == "comment":
                self._take()
                comment = self._take()
            else:
                parts.append(self._part())
        return rule_of(parts, comment)

    def _part(self) -> NftCondition | NftStatement:
        word = self._take()
        if word in _FINAL or word == "counter":
            return NftStatement(word)
        if word in {"jump", "goto"}:
            return NftStatement(word, (("", self._take()),))
        if word == "log":
            return self._log()
        if word == "reject":
            return self._reject()
        key = (
            f"meta {word}"
            if word in {"iifname", "oifname", "l4proto", "nfproto"}
            else f"{word} {self._take()}"
        )
        if key == "ip protocol":
            # The same question asked of the header itself; read_json does likewise.
            key = "meta l4proto"
        if key not in NUMERIC_CONDITIONS and key not in NAME_CONDITIONS and key not in ADDRESS_CONDITIONS:
            raise self._refusal(f"{key!r} is not understood here")
        negated = self._peek() == "!="
        if self._peek() in {"!=", "=="}:
            self._position += 1
        try:
            return condition(key, self._values(key), negated=negated)
        except TermError as error:
            raise self._refusal(f"{key}: {error}") from error

    def _values(self, key: str) -> list[tuple[str, str]]:
        braces = self._peek() == "{"
        if braces:
            self._expect("{")
            self._skip_newlines()
        values = [self._value(key)]
        # Without braces a comma joins only connection states.
        while self._peek() == "," and (braces or key == "ct state"):
            self._expect(",")
            self._skip_newlines()
            values.append(self._value(key))
        if braces:
            self._expect("}")
        return values

    def _value(self, key: str) -> tuple[str, str]:
        word = self._take()
        if key in NAME_CONDITIONS or word in NUMERIC_CONDITIONS.get(key, {}):
            return word, word
        low, dash, high = word.partition("-")
        return (low, high) if dash else (low, low)

    def _log(self) -> NftStatement:
        arguments: dict[str, str] = {}
        while self._peek() in {"prefix", "group"}:
            name = self._take()
            arguments[name] = self._take()
        return NftStatement("log", tuple(sorted(arguments.items())))

    def _reject(self) -> NftStatement:
        if self._peek() != "with":
            return NftStatement("reject")
        self._take()
        kind, detail = self._take(), self._take()
        if (kind, detail) == ("tcp", "reset"):
            return NftStatement("reject", (("with", "tcp reset"),))
        if kind == "icmpx" and detail in REJECT_CODES:
            return NftStatement(
                "reject", (("with", f"icmpx {REJECT_CODES[detail]}"),) if REJECT_CODES[detail] != 1 else ()
            )
        raise self._refusal(f"reject with {kind} {detail} is not understood here")

    def _peek(self) -> str:
        token = self._tokens[self._position] if self._position < len(self._tokens) else None
        # A quoted text is never a mark or a keyword.
        return "" if token is None or token.quoted else token.text

    def _take(self) -> str:
        """The next word or text; a line or block must not end here."""
        if self._position >= len(self._tokens):
            raise RulesetNotUnderstood(self._last_line, "the text ends in the middle")
        if self._peek() in _MARKS:
            raise self._refusal(f"a word is missing before {self._peek()!r}")
        self._position += 1
        return self._tokens[self._position - 1].text

    def _expect(self, wanted: str) -> None:
        if wanted in _MARKS:
            self._skip_newlines()
        if self._peek() != wanted:
            raise self._refusal(f"{wanted!r} expected")
        self._position += 1

    def _skip_newlines(self) -> None:
        while self._peek() == "\n":
            self._position += 1

    def _skip_ends(self) -> bool:
        while self._position < len(self._tokens) and self._peek() in _END:
            self._position += 1
        return self._position < len(self._tokens)

    def _end(self) -> None:
        if self._peek() not in _END and self._peek() != "}":
            raise self._refusal(f"{self._peek()!r} is too much on this line")
        while self._position < len(self._tokens) and self._peek() in _END:
            self._position += 1

    def _refusal(self, what: str) -> RulesetNotUnderstood:
        position = min(max(self._position - 1, 0), len(self._tokens) - 1)
        return RulesetNotUnderstood(self._tokens[position].line, what)
