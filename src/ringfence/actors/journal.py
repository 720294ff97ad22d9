"""What passed between one machine and its driver, kept so that it can be read and run again.

Law 7 makes every journal a regression test: the same events into a fresh machine must give the same commands.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec

from ringfence.actors.io import Command, Commands, Event, Machine
from ringfence.model.address import TransportAddress
from ringfence.model.catalogue import decode_code
from ringfence.model.errors import InputError


class JournalEntry(msgspec.Struct, frozen=True):
    """One event that the machine `host` took at `time` (seconds, the driver's clock), and its answer."""

    time: float
    host: str
    event: Event
    commands: Commands = ()


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a replay left the journal: the entry (from 1), and what the machine answered instead."""

    number: int
    entry: JournalEntry
    commands: Commands


def encode_entry(entry: JournalEntry) -> bytes:
    """One line of JSON, its end included."""
    return msgspec.json.encode(entry, enc_hook=str) + b"\n"


def decode_entry(line: bytes, *, where: str = "journal") -> JournalEntry:
    """InputError, naming `where`, when the line is no entry."""
    try:
        raw = msgspec.json.decode(line, type=JournalLine)
        return JournalEntry(
            raw.time,
            raw.host,
            _revive(_EVENTS, raw.event),
            tuple(_revive(_COMMANDS, c) for c in raw.commands),
        )
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, LookupError) as error:
        raise InputError(f"no journal entry: {error}", where=where) from error


def read_entries(lines: Iterable[bytes], *, where: str = "journal") -> Iterator[JournalEntry]:
    """The entries of a journal; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield decode_entry(line, where=f"{where} line {number}")


def replay(machine: Machine, entries: Iterable[JournalEntry]) -> Divergence | None:
    """Give a fresh machine one host's events again; the first answer that differs, or None."""
    for number, entry in enumerate(entries, 1):
        commands = machine.handle(entry.event, entry.time)
        if commands != entry.commands:
            return Divergence(number, entry, commands)
    return None


class JournalLine(msgspec.Struct):
    """An entry as it is written: event and commands are objects whose `type` says which they are."""

    time: float
    host: str
    event: dict[str, Any]
    commands: list[dict[str, Any]] = []


# msgspec decodes no union of two classes that it does not know itself, and an Address is one.
_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Event)}
_COMMANDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Command)}


def _revive(kinds: dict[str, Any], raw: dict[str, Any]) -> Any:
    kind = kinds[raw.pop("type")]
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in raw.items()})


def _value(hint: Any, value: Any) -> Any:
    parts = get_args(hint)
    if hint is TransportAddress:
        return TransportAddress(ip_address(str(value[0])), msgspec.convert(value[1], int))
    if value is None and NoneType in parts:
        return None
    if IPv4Address in parts:
        return ip_address(str(value))
    if IPv4Network in parts:
        return ip_network(str(value))
    if parts and IPv4Address in get_args(parts[0]):
        return tuple(map(ip_address, value))
    return msgspec.convert(value, hint, dec_hook=decode_code)
