"""`ringfence option STRING`: what a phone does with an option 242/176 string, and what is wrong with it."""

import binascii
import sys
from dataclasses import dataclass
from typing import TypedDict

import click

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.screen import console, print_json
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.phone_string import what_a_phone_does
from ringfence.model.defaults import SITE_OPTION, SITE_OPTION_46XX
from ringfence.model.errors import DecodeError, InputError
from ringfence.model.findings import Code
from ringfence.model.findings.address import PHONE_OPTION_NO_GATEKEEPER, PHONE_OPTION_UNREADABLE
from ringfence.model.printable import printable
from ringfence.wire.dhcp_options import read_suboptions
from ringfence.wire.phone_option_values import no_gatekeeper
from ringfence.wire.phone_options import L2Q, LONGEST_EVERYWHERE, PhoneParameters, parse_option_string

_MOST_OCTETS = 4_096  # far beyond what any DHCP message holds
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class _Wrong:
    """`character` from 1; 0: it is of the whole string. `code`: that of the same finding in a capture."""

    what: str
    code: Code
    character: int = 0


class ParameterDocument(TypedDict):
    name: str
    value: str


class OptionDocument(TypedDict):
    string: str
    octets: int
    parameters: list[ParameterDocument]
    does: tuple[str, ...]
    wrong: list[_Wrong]


@click.command()
@click.argument(
    "string",
    help="The string, or its octets as hexadecimal digits (also with code and length before them); - for "
    "standard input.",
)
@click.option("--json", is_flag=True, help="As JSON.")
def command(
    string: str,
    json: bool,
) -> None:
    """Say what a phone does with an option 242/176 string, and what is wrong with it."""
    text = _text(_given(string))
    told = parse_option_string(text)
    wrong = [_Wrong(each.what, PHONE_OPTION_UNREADABLE, each.position + 1) for each in told.problems]
    leads = _leads(told)
    wrong += [_Wrong(leads, PHONE_OPTION_NO_GATEKEEPER)] if leads else []
    does = what_a_phone_does(told)
    if json:
        document: OptionDocument = {
            "string": text,
            "octets": len(text),
            "parameters": [{"name": each.name, "value": each.value} for each in told.parameters],
            "does": does,
            "wrong": wrong,
        }
        print_json(document, provenance_of())
    else:
        _print(text, does, wrong)
    sys.exit(NOT_PROVED if wrong else OK)


def _print(text: str, does: tuple[str, ...], wrong: list[_Wrong]) -> None:
    out = console()
    out.print(f"{len(text)} octets of {LONGEST_EVERYWHERE} that no server cuts", style="bold")
    for line in does:
        out.print(f"a phone  {printable(line)}", soft_wrap=True)
    for each in wrong:
        where = f" (character {each.character})" if each.character else ""
        out.print(f"WRONG    {printable(each.what)}{where}", soft_wrap=True)
    for code in dict.fromkeys(each.code for each in wrong):
        out.print(f"what that means, and what to check first: ringfence why {code}")
    if not wrong:
        out.print("nothing is wrong with it")


def _leads(told: PhoneParameters) -> str:
    """Why a phone that has only this registers nowhere; empty where it need not, for it moves on."""
    if told.l2qvlan and told.l2q is not L2Q.OFF and "MCIPADD" not in {each.name for each in told.parameters}:
        return ""
    return no_gatekeeper([each.name for each in told.parameters], told.gatekeepers)


def _given(string: str) -> str:
    """The argument, or standard input without its last line end. InputError for what no option can be."""
    if string != "-":
        return string
    octets = sys.stdin.buffer.read(_MOST_OCTETS + 1)
    if len(octets) > _MOST_OCTETS:
        raise InputError(f"more than {_MOST_OCTETS} octets: not an option", where="standard input")
    return octets.decode("latin-1").removesuffix("\n").removesuffix("\r")


def _text(given: str) -> str:
    """The string itself, or the text of the octets that it writes out: no such string is of digits alone."""
    if not given:
        raise InputError(
            "no string", where="option", remedy="ringfence option 'MCIPADD=10.1.0.30,MCPORT=1719'"
        )
    if len(given) > 3 * _MOST_OCTETS:
        raise InputError("longer than any option", where="option")
    digits = "".join(each for each in given.removeprefix("0x") if each not in " :.-\n\t\r")
    if len(digits) < 4 or set(digits) - _HEX:
        return given
    try:
        octets = binascii.unhexlify(digits)
    except binascii.Error:
        raise InputError(
            f"{len(digits)} hexadecimal digits are no whole octets", where="option", remedy="give all of them"
        ) from None
    return _value(octets).decode("latin-1")


def _value(octets: bytes) -> bytes:
    """Without codes and lengths where they are there; several instances are one value (RFC 3396)."""
    if octets[0] not in {SITE_OPTION, SITE_OPTION_46XX}:
        return octets
    try:
        instances = read_suboptions(octets)
    except DecodeError as error:
        raise InputError(str(error), where="option", remedy="give all of its octets") from None
    return b"".join(value for code, value in instances if code == octets[0])
