"""The language of upgrade and settings files (96x1Hupgrade.txt, 46xxsettings.txt): SET IF GOTO GET.

One statement a line (9600 R6.0 administrator guide, p. 55; 9608 H.323 guide, p. 60; 4600 LAN guide,
p. 49-68). What a phone would skip is kept as a `Problem` with its line: there a site's mistakes are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from ringfence.model.errors import DecodeError

MAX_NAME = 30  # characters in a parameter's name
MAX_VALUE = 255  # characters in its value
MAX_OCTETS = 1 << 22  # assumed: ten times the largest file that vendors ship
# Names that IF may test. VPNACTIVE from 9600 R3.1, SIG_IN_USE from R6.0, BOOTNAME and SIG before it.
TESTABLE = frozenset({"GROUP", "MACADDR", "MODEL", "MODEL4", "VPNACTIVE", "SIG_IN_USE", "BOOTNAME", "SIG"})
MAX_PROBLEMS = 1000  # assumed: a file with more faulty lines is a web page or a program
_MAX_STEPS = 100_000  # assumed: a GOTO that leads back would keep a phone busy for ever
_MAX_FILES = 32  # assumed: likewise a file that GETs itself

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAG = re.compile(r"# (\S+)")
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_IF = re.compile(r'IF\s+\$(\S+)\s+SEQ\s+(?:"([^"]*)"|(\S+))\s+GOTO\s+(\S+)\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """`# name`: where a GOTO arrives. Any other line that begins with # is a comment."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Set:
    """`name` is in capitals, as names do not depend on case."""

    line: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class If:
    line: int
    name: str
    value: str
    tag: str


@dataclass(frozen=True, slots=True)
class Goto:
    line: int
    tag: str


@dataclass(frozen=True, slots=True)
class Get:
    line: int
    file: str


SettingsStatement: TypeAlias = Tag | Set | If | Goto | Get


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """A line (from 1) that a phone skips or cannot carry out, and why. Line 0: the file as a whole."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Script:
    statements: tuple[SettingsStatement, ...]
    problems: tuple[SettingsProblem, ...] = ()


def decode(data: bytes) -> Script:
    """The statements of a file; lines that are none become problems.

    DecodeError when it is no text, or when more than MAX_PROBLEMS lines are no statements.
    """
    if len(data) > MAX_OCTETS:
        raise DecodeError(f"a settings file of {len(data)} octets, more than {MAX_OCTETS}")
    if (zero := data.find(0)) >= 0:
        raise DecodeError("a settings file with a zero octet is not text", zero)
    statements: list[SettingsStatement] = []
    problems: list[SettingsProblem] = []
    for number, line in enumerate(_LINE_END.split(data.decode("utf-8-sig", errors="replace")), 1):
        found = _statement(number, line)
        if isinstance(found, SettingsProblem):
            if len(problems) == MAX_PROBLEMS:
                raise DecodeError(f"not a settings file: more than {MAX_PROBLEMS} lines are not statements")
            problems.append(found)
        elif found is not None:
            statements.append(found)
    return Script(tuple(statements), tuple(problems))


def encode(statements: Sequence[SettingsStatement]) -> bytes:
    """A file of these statements, in their order; ValueError for a name or value that no file can hold."""
    lines = [_line(statement) for statement in statements]
    for line, statement in zip(lines, statements, strict=True):
        again = _statement(statement.line, line)
        if again != statement or any(end in line for end in "\r\n\0"):
            raise ValueError(f"{statement} cannot be written")
    return "".join(f"{line}\n" for line in lines).encode()


def _line(statement: SettingsStatement) -> str:
    match statement:
        case Tag():
            return f"# {statement.name}"
        case Set():
            return f'SET {statement.name} "{statement.value}"'
        case If():
            return f'IF ${statement.name} SEQ "{statement.value}" GOTO {statement.tag}'
        case Goto():
            return f"GOTO {statement.tag}"
        case Get():
            return f"GET {statement.file}"
        case other:
            assert_never(other)


def _statement(number: int, line: str) -> SettingsStatement | SettingsProblem | None:
    if line.startswith("#"):
        tag = _TAG.fullmatch(line.rstrip())
        return Tag(number, tag[1]) if tag else None
    words = line.split(maxsplit=1)
    if not words:
        return None
    rest = words[1].strip() if len(words) > 1 else ""
    match words[0].upper():
        case "SET":
            return _set(number, rest)
        case "IF":
            test = _IF.fullmatch(line.strip())
            if test is None:
                return SettingsProblem(number, "IF is not of the form IF $NAME SEQ value GOTO tag")
            return If(number, test[1].upper(), test[2] if test[2] is not None else test[3], test[4])
        case "GOTO" if word := _one_word(rest):
            return Goto(number, word)
        case "GET" if word := _one_word(rest):
            return Get(number, word)
        case "GOTO" | "GET" as keyword:
            return SettingsProblem(number, f"{keyword} needs one word after it")
        case _:
            return SettingsProblem(number, f"{words[0][:MAX_NAME]!r} is not a statement")


def _one_word(rest: str) -> str:
    """The word that `rest` consists of, a comment after it aside; empty when it is anything else."""
    word, *after = rest.split(maxsplit=1) or [""]
    return "" if after and not after[0].startswith("#") else word


def _set(number: int, rest: str) -> Set | SettingsProblem:
    name, _, value = rest.partition(" ") if " " in rest else rest.partition("\t")
    found = _WORD.match(value.strip())
    if not name or found is None:
        return SettingsProblem(number, "SET needs a name and a value")
    if len(name) > MAX_NAME:
        return SettingsProblem(number, f"a name longer than {MAX_NAME} characters: {name[:MAX_NAME]!r}...")
    text = found[1] if found[1] is not None else found[2]
    if len(text) > MAX_VALUE:
        return SettingsProblem(number, f"the value of {name} is longer than {MAX_VALUE} characters")
    after = value.strip()[found.end() :].strip()
    if text.count('"') or (after and not after.startswith("#")):
        return SettingsProblem(
            number, f"the value of {name} has spaces or a quote: write it in double quotes"
        )
    return Set(number, name.upper(), text)


@dataclass(slots=True)
class Interpreter:
    """Runs scripts up to each GET. `settings` is what has been SET so far.

    `variables` are the phone's own values for IF. `exact`: SEQ compares letter by letter, as 96x1 phones
    do; 46xx phones ignore case. `stops_at_missing`: a GET that finds nothing ends the file, as the
    older 46xx text has it; later phones read on.
    """

    variables: Mapping[str, str]
    exact: bool = True
    stops_at_missing: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    problems: list[SettingsProblem] = field(default_factory=list)
    _script: Script = Script(())
    _tags: dict[str, int] = field(default_factory=dict)
    _position: int = 0
    _files: int = 0

    def begin(self, script: Script) -> str | None:
        """Run a script in place of the one before; the file that it wants next, None at its end."""
        self._script = script
        self._tags = {}
        for index, statement in enumerate(script.statements):
            if isinstance(statement, Tag):
                self._tags.setdefault(statement.name, index + 1)
        self._position = 0
        self._complain(*script.problems)
        return self._run()

    def missing(self) -> str | None:
        """Go on after the file that `begin` or `missing` named could not be had."""
        return None if self.stops_at_missing else self._run()

    def _run(self) -> str | None:
        statements = self._script.statements
        for _ in range(_MAX_STEPS):
            if self._position >= len(statements):
                return None
            statement = statements[self._position]
            self._position += 1
            match statement:
                case Tag():
                    pass
                case Set(name=name, value=value):
                    self.settings[name] = value
                case Goto(tag=tag):
                    self._go(tag)
                case If():
                    self._test(statement)
                case Get(file=file):
                    return file if self._may_get() else None
                case other:
                    assert_never(other)
        line = statements[self._position - 1].line
        self._complain(SettingsProblem(line, f"GOTO loops: stopped after {_MAX_STEPS} statements"))
        self._position = len(statements)
        return None

    def _complain(self, *found: SettingsProblem) -> None:
        """An IF in a circle complains at every turn: no more than MAX_PROBLEMS are kept."""
        self.problems.extend(found[: MAX_PROBLEMS - len(self.problems)])

    def _may_get(self) -> bool:
        self._files += 1
        if self._files > _MAX_FILES:
            self._complain(
                SettingsProblem(
                    0, f"more than {_MAX_FILES} files requested: they refer to each other in a loop"
                )
            )
            self._position = len(self._script.statements)
        return self._files <= _MAX_FILES

    def _test(self, statement: If) -> None:
        if statement.name not in TESTABLE:
            self._complain(SettingsProblem(statement.line, f"IF cannot test ${statement.name}"))
            return
        actual = self.variables.get(statement.name)
        if actual is None:
            return
        wanted = statement.value
        if actual == wanted or (not self.exact and actual.casefold() == wanted.casefold()):
            self._go(statement.tag)

    def _go(self, tag: str) -> None:
        """To the line after the first tag of that name; without one the rest of the file is ignored."""
        self._position = self._tags.get(tag, len(self._script.statements))
