"""The phones' own DHCP options: the NAME=value string of 242 and 176, and 43 for enterprise 6889.

Syntax and ranges: 4600 LAN administrator guide p. 51 and p. 101, 9600 SIP guide 2007 p. 55, 96x1 H.323
administrator guide 2018 p. 55 and p. 104. What a string does wrong is listed with its place, never
raised: a phone takes what it understands, and an operator wants to see the rest.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from ipaddress import IPv4Address

from ringfence.model.defaults import HTTP_PORT, RAS_PORT, TFTP_PORT, TLSPORT
from ringfence.model.errors import DecodeError, InputError
from ringfence.wire.dhcp_options import read_suboptions, write_suboptions
from ringfence.wire.phone_option_values import value_complaints

LONGEST_EVERYWHERE = 247  # octets; some servers cut option 176 there (4600 LAN administrator guide p. 51)

# Whole numbers with the range the manuals give; anything else is text.
NUMBERS: dict[str, tuple[int, int]] = {
    "MCPORT": (0, 65535),
    "HTTPPORT": (0, 65535),
    "TLSPORT": (0, 65535),
    "L2Q": (0, 2),
    "L2QVLAN": (0, 4094),
    "L2QAUD": (0, 7),
    "L2QSIG": (0, 7),
    "VLANTEST": (0, 999),
    "ICMPDU": (0, 2),
    "ICMPRED": (0, 1),
    "DHCPSTD": (0, 1),
    "MTU_SIZE": (1496, 1500),
    "UNNAMEDSTAT": (0, 1),  # assumed
}

# Option 43 sub-codes, which count only when sub-code 1 carries the enterprise number
# (Administering 9601/9608 SIP, p. 52). As a 32-bit number beside ASCII: assumed.
VENDOR_NAMES: dict[int, str] = {
    2: "HTTPSRVR",
    3: "HTTPDIR",
    4: "HTTPPORT",
    5: "TLSSRVR",
    6: "TLSDIR",
    7: "TLSPORT",
    8: "TLSSRVRID",
    9: "L2Q",
    10: "L2QVLAN",
    11: "PHY1STAT",
    12: "PHY2STAT",
    13: "PROCSTAT",
    14: "SIG",
    15: "SIP_CONTROLLER_LIST",
}
_ENTERPRISE = (b"6889", (6889).to_bytes(4, "big"))

_QUOTES = "\"'"  # what a server's configuration needs and this one sent
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=")


class L2Q(IntEnum):
    """802.1Q tagging; 96x1 H.323 administrator guide 2018 p. 104."""

    AUTO = 0
    ON = 1
    OFF = 2


@dataclass(frozen=True, slots=True)
class Parameter:
    """One NAME=value. `name` is in capitals, `value` without its quotes, `position` 0-based."""

    name: str
    value: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with a string, and the 0-based character at which it was seen."""

    position: int
    what: str

    def __str__(self) -> str:
        return f"{self.what} (character {self.position + 1})"


@dataclass(frozen=True, slots=True)
class FileServers:
    """Where start-up files come from: names or addresses in the order they are tried, port, path prefix."""

    servers: tuple[str, ...]
    port: int
    directory: str


@dataclass(frozen=True, slots=True)
class PhoneParameters:
    """What a phone was told. A name given twice: the last counts (assumed)."""

    parameters: tuple[Parameter, ...] = ()
    problems: tuple[OptionProblem, ...] = ()

    def value(self, name: str) -> str | None:
        wanted = name.upper()
        for parameter in reversed(self.parameters):
            if parameter.name == wanted:
                return parameter.value
        return None

    def number(self, name: str) -> int | None:
        """None when it is absent, no number, or outside its range (`NUMBERS`)."""
        value = self.value(name)
        return None if value is None or _bad_number(name.upper(), value) else int(value)

    def items(self, name: str) -> tuple[str, ...]:
        """A list value's members in order, empty ones dropped."""
        return tuple(item.strip() for item in (self.value(name) or "").split(",") if item.strip())

    def over(self, earlier: "PhoneParameters") -> "PhoneParameters":
        """Both, ours winning: option 242 is processed last (96x1 H.323 guide p. 55)."""
        return PhoneParameters(earlier.parameters + self.parameters, earlier.problems + self.problems)

    @property
    def gatekeepers(self) -> tuple[str, ...]:
        """MCIPADD: names or addresses, first choice first."""
        return self.items("MCIPADD")

    @property
    def gatekeeper_port(self) -> int:
        port = self.number("MCPORT")
        return RAS_PORT if port is None else port

    @property
    def http(self) -> FileServers:
        return self._servers("HTTP", HTTP_PORT)

    @property
    def tls(self) -> FileServers:
        return self._servers("TLS", TLSPORT)

    @property
    def tftp(self) -> FileServers:
        return self._servers("TFTP", TFTP_PORT)

    @property
    def l2q(self) -> L2Q | None:
        number = self.number("L2Q")
        return None if number is None else L2Q(number)

    @property
    def l2qvlan(self) -> int | None:
        return self.number("L2QVLAN")

    @property
    def vlantest(self) -> int | None:
        """Seconds to wait for an OFFER on a voice VLAN; 0 is for ever."""
        return self.number("VLANTEST")

    def _servers(self, kind: str, default_port: int) -> FileServers:
        port = self.number(f"{kind}PORT")
        return FileServers(
            self.items(f"{kind}SRVR"),
            default_port if port is None else port,
            self.value(f"{kind}DIR") or "",
        )


@lru_cache(maxsize=64)
def parse_option_string(text: str) -> PhoneParameters:
    """Read an option 242 or 176 string; never raises."""
    text = text.rstrip("\0")
    problems = list(_complaints(text))
    parameters: list[Parameter] = []
    offset = 0
    length = len(text.rstrip(", "))
    while offset < length:
        match = _NAME.match(text, offset)
        if match is None:
            end = _next_comma(text, offset)
            what = "begins with a quote" if text[offset] in _QUOTES else "has no NAME="
            problems.append(OptionProblem(offset, f"{text[offset:end]!r} {what}"))
            offset = end + 1
            continue
        value, offset, trouble = _value(text, match.end(), length)
        problems += trouble
        parameters.append(Parameter(match[1].upper(), value, match.start(1)))
    problems += _check(parameters)
    return PhoneParameters(tuple(parameters), tuple(sorted(problems, key=lambda each: each.position)))


def write_option_string(parameters: Iterable[tuple[str, str | int | Sequence[str]]]) -> str:
    """The string for these parameters, lists quoted. InputError when it could not be read back."""
    parts: list[str] = []
    for name, given in parameters:
        value = given if isinstance(given, str) else str(given) if isinstance(given, int) else ",".join(given)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise InputError(f"{name!r} is not a parameter name", where="phone parameters")
        if not value.isascii() or not value.isprintable() or set(value) & set(' "'):
            raise InputError(f"{value!r} has a character that phones do not read", where=name)
        complaint = _bad_number(name.upper(), value)
        if complaint and name.upper() in NUMBERS:
            raise InputError(complaint, where=name)
        parts.append(f'{name.upper()}="{value}"' if "," in value else f"{name.upper()}={value}")
    return ",".join(parts)


def parse_vendor(data: bytes) -> PhoneParameters:
    """Option 43: empty unless sub-code 1 is 6889. DecodeError when the sub-options are malformed."""
    suboptions = read_suboptions(data)
    if not any(code == 1 and value in _ENTERPRISE for code, value in suboptions):
        return PhoneParameters()
    found = [
        Parameter(VENDOR_NAMES[code], value.rstrip(b"\0").decode("latin-1"), code)
        for code, value in suboptions
        if code in VENDOR_NAMES
    ]
    return PhoneParameters(tuple(found), tuple(_check(found)))


def write_vendor(parameters: Iterable[tuple[str, str]]) -> bytes:
    """Option 43 for these parameters; InputError for a name that has no sub-code."""
    codes = {name: code for code, name in VENDOR_NAMES.items()}
    suboptions = [(1, _ENTERPRISE[0])]
    for name, value in parameters:
        if name.upper() not in codes:
            raise InputError("option 43 has no sub-code for this parameter", where=name)
        suboptions.append((codes[name.upper()], value.encode("ascii")))
    return write_suboptions(suboptions)


def address_in(name: str) -> IPv4Address | None:
    """The address that a server is given by, also with a scheme, a port or a path; None for a name."""
    host = name.strip().partition("://")[2] or name.strip()
    try:
        return IPv4Address(host.partition("/")[0].partition(":")[0])
    except ValueError:
        return None


def read_vendor_or_nothing(data: bytes) -> PhoneParameters:
    """`parse_vendor`, with malformed octets as a problem instead of an error."""
    try:
        return parse_vendor(data)
    except DecodeError as error:
        return PhoneParameters(problems=(OptionProblem(error.offset or 0, f"option 43: {error.what}"),))


def _value(text: str, start: int, length: int) -> tuple[str, int, list[OptionProblem]]:
    """The value at `start`, where the next parameter starts, and what was wrong.

    From `length` on there is nothing but commas.
    """
    if not text.startswith('"', start):
        end = _next_comma(text, start)
        # An unquoted list runs on until something looks like the next NAME= (GnuGk's sample strings).
        while end + 1 < length and not _NAME.match(text, end + 1):
            end = _next_comma(text, end + 1)
        value = text[start:end].strip()
        trouble = (
            [OptionProblem(start, "an empty item in a list")] if value.endswith(",") or ",," in value else []
        )
        return value, end + 1, trouble
    close = text.find('"', start + 1)
    if close < 0:
        return text[start + 1 :], len(text), [OptionProblem(start, "a quote is not closed")]
    end = _next_comma(text, close)
    after = text[close + 1 : end].strip()
    trouble = [OptionProblem(close + 1, f"{after!r} after the closing quote")] if after else []
    return text[start + 1 : close], end + 1, trouble


def _next_comma(text: str, start: int) -> int:
    found = text.find(",", start)
    return len(text) if found < 0 else found


def _complaints(text: str) -> Iterator[OptionProblem]:
    for position, character in enumerate(text):
        if not character.isascii() or not character.isprintable():
            yield OptionProblem(position, f"{character!r} is not printable ASCII")
            break
    if " " in text:
        yield OptionProblem(text.index(" "), "a space is not allowed")
    if text.endswith(","):
        yield OptionProblem(len(text) - 1, "a comma at the end")
    if len(text) > LONGEST_EVERYWHERE:
        yield OptionProblem(LONGEST_EVERYWHERE, f"over {LONGEST_EVERYWHERE} octets: some servers cut it here")


def _check(parameters: Sequence[Parameter]) -> Iterator[OptionProblem]:
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name in seen:
            yield OptionProblem(parameter.position, f"{parameter.name} is given twice")
        seen.add(parameter.name)
        complaint = _bad_number(parameter.name, parameter.value)
        if complaint and parameter.name in NUMBERS:
            yield OptionProblem(parameter.position, complaint)
        for what in value_complaints(parameter.name, parameter.value):
            yield OptionProblem(parameter.position, what)
    yield from _together(parameters)


def _together(parameters: Sequence[Parameter]) -> Iterator[OptionProblem]:
    """What each is right in and the two are not."""
    given = {parameter.name: parameter for parameter in parameters}
    vlan, tagging = given.get("L2QVLAN"), given.get("L2Q")
    if vlan and tagging and tagging.value == str(L2Q.OFF.value) and vlan.value.strip("0"):
        what = f"L2QVLAN={vlan.value} has no effect: with L2Q=2 phones never tag"
        yield OptionProblem(vlan.position, what)
    directory, server = given.get("TFTPDIR"), given.get("TFTPSRVR")
    if directory and server and directory.position > server.position:
        what = "TFTPDIR must stand before TFTPSRVR (4600 LAN administrator guide p. 51)"
        yield OptionProblem(directory.position, what)


def _bad_number(name: str, value: str) -> str:
    first, last = NUMBERS.get(name, (0, 999_999_999))
    if value.isascii() and value.isdecimal() and len(value) <= 9 and first <= int(value) <= last:
        return ""
    return f"{name}={value} is not a number in {first}-{last}"
