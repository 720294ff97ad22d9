"""Entries of access lists, which two families of device write alike but for masks and groups.

Grammar from the Cisco ASA Series Command Reference, access-list extended, and the Cisco IOS Security Command
Reference, permit (IP). No device has checked the reading.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.ace.names import ICMP_MESSAGES, TCP_PORTS, UDP_PORTS
from ringfence.firewalls.common.reading import Objects, addresses_by_name, services_by_name
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS
from ringfence.model.policy import Action
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box, Intervals, complement, joined
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    match,
    number,
    of_protocol,
    prefix,
    single,
)

_ACTIONS = {"permit": Action.PERMIT, "deny": Action.DENY}
_OPERATORS = frozenset({"eq", "neq", "lt", "gt", "range"})
_LEVELS = frozenset(
    (
        *("emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational"),
        *("debugging", "disable", "default", *map(str, range(8))),
    )
)
_PORTS = frozenset({6, 17, 132})


def _intervals() -> Objects[Intervals]:
    return Objects("port group", lambda parts: joined(span for part in parts for span in part))


def _numbers() -> Objects[tuple[int, ...]]:
    return Objects("protocol group", lambda parts: tuple(n for part in parts for n in part))


@dataclass(slots=True)
class Names:
    """What an entry can refer to. `mask` reads two words as a network; `anything` is what "any" means."""

    mask: Callable[[str, str], Addresses]
    anything: Addresses
    networks: Objects[Addresses] = field(default_factory=addresses_by_name)
    services: Objects[Services] = field(default_factory=lambda: services_by_name("service group"))
    ports: Objects[Intervals] = field(default_factory=_intervals)
    protocols: Objects[tuple[int, ...]] = field(default_factory=_numbers)
    icmp: Objects[Services] = field(default_factory=lambda: services_by_name("ICMP type group"))
    hosts: dict[str, str] = field(default_factory=dict)

    def address(self, word: str) -> str:
        """A `name` turned back into its address."""
        return self.hosts.get(word, "0.0.0.0" if word == "0" else word)


@dataclass(slots=True)
class Cursor:
    words: Sequence[str]
    at: int = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        word = self.peek()
        if not word:
            raise NotUnderstood("the entry ends too early")
        self.at += 1
        return word


@dataclass(slots=True)
class Entry:
    """An entry as far as it was understood; `why` says what was not, and then it only bounds the packets.

    `established`: it takes only TCP segments with ACK or RST. `inactive` says by which word it is switched
    off.
    """

    action: Action
    source: Addresses = field(default_factory=lambda: EVERYWHERE)
    destination: Addresses = field(default_factory=lambda: EVERYWHERE)
    services: Services = EVERY_SERVICE
    established: bool = False
    inactive: str = ""
    why: str = ""

    def boxes(self) -> tuple[Box, ...]:
        """Raises NotUnderstood."""
        if self.why:
            raise NotUnderstood(self.why)
        return match(self.source, self.destination, self.services)

    def region(self) -> tuple[Box, ...]:
        """Every packet that it can concern."""
        try:
            return match(self.source, self.destination, EVERY_SERVICE)
        except NotUnderstood:  # ends of two families: whoever wrote it may have meant either
            return match(self.source, EVERYWHERE, EVERY_SERVICE) + match(
                EVERYWHERE, self.destination, EVERY_SERVICE
            )


def parse(words: Sequence[str], names: Names) -> Entry:
    """`permit udp host A range 49300 49309 host B eq 1719 log`. Nothing raises: see Entry.why."""
    cursor = Cursor(words)
    action = _ACTIONS.get(cursor.peek())
    if action is None:
        return Entry(Action.DENY, why=f"{cursor.peek()!r} in place of permit or deny")
    cursor.at += 1
    entry = Entry(action)
    try:
        protocols, services = _protocol(cursor, names)
        entry.source = _address(cursor, names, entry)
        source = _port_match(cursor, names, protocols)
        entry.destination = _address(cursor, names, entry)
        destination = _port_match(cursor, names, protocols)
        entry.services = _with_ports(protocols, services, source, destination)
        if protocols in {(1,), (58,)}:
            entry.services = _icmp(cursor, names, protocols[0]) or entry.services
        _tail(cursor, entry, protocols)
    except NotUnderstood as error:
        entry.why = entry.why or str(error)
    return entry


def parse_standard(words: Sequence[str], names: Names) -> Entry:
    """`permit 10.1.0.0 0.0.255.255`: a list that looks at the source only."""
    action = _ACTIONS.get(words[0] if words else "")
    if action is None:
        return Entry(Action.DENY, why="neither permit nor deny")
    entry = Entry(action, destination=names.anything)
    cursor = Cursor(words, 1)
    try:
        first = cursor.peek()
        alone = len(words) <= 2 or words[2] in {"log", "smartlog"}
        if alone and first not in {"any", "host", "object-group"}:
            entry.source = prefix(names.address(cursor.take()))
        else:
            entry.source = _address(cursor, names, entry)
        _tail(cursor, entry, ())
    except NotUnderstood as error:
        entry.why = entry.why or str(error)
    return entry


def _protocol(cursor: Cursor, names: Names) -> tuple[tuple[int, ...], Services | None]:
    """The protocols named, or the services of an object; no protocols is every one."""
    word = cursor.take()
    if word in {"object", "object-group"}:
        name = cursor.take()
        if name in names.protocols.members:
            return names.protocols.find(name), None
        return (), names.services.find(name)
    return protocol_numbers(word), None


def protocol_numbers(word: str) -> tuple[int, ...]:
    """`tcp`, `tcp-udp`, `89`; nothing for ip, which is every protocol."""
    if word in {"ip", "ipv4"}:
        return ()
    if word == "tcp-udp":
        return (6, 17)
    return (PROTOCOLS[word] if word in PROTOCOLS else number(word, 255),)


def _address(cursor: Cursor, names: Names, entry: Entry) -> Addresses:
    word = cursor.take()
    if word == "any":
        return names.anything
    if word in {"any4", "any6"}:
        version = int(word[3])
        return {version: EVERYWHERE[version]}
    if word in {"object", "object-group"}:
        try:
            return names.networks.find(cursor.take())
        except NotUnderstood as error:
            entry.why = entry.why or str(error)
            return EVERYWHERE
    if word == "interface":
        entry.why = entry.why or f"the address of interface {cursor.take()}"
        return EVERYWHERE
    return address(word, cursor, names)


def address(word: str, cursor: Cursor, names: Names) -> Addresses:
    """`host A`, `A MASK`, or an IPv6 prefix, of which `word` is the first word."""
    if word == "host":
        return single(names.address(cursor.take()))
    if ":" in word:
        return prefix(word)
    return names.mask(names.address(word), names.address(cursor.take()))


def _port_match(cursor: Cursor, names: Names, protocols: tuple[int, ...]) -> Intervals | None:
    word = cursor.peek()
    following = cursor.words[cursor.at + 1] if cursor.at + 1 < len(cursor.words) else ""
    if word == "object-group" and following in names.ports.members:
        cursor.at += 2
        return names.ports.find(following)
    return operator_ports(cursor, protocols) if word in _OPERATORS else None


def operator_ports(cursor: Cursor, protocols: tuple[int, ...]) -> Intervals:
    """`eq 1719`, `range 49300 49309`, `neq`, `lt`, `gt`; some take several ports after eq and neq."""
    operator = cursor.take()
    if operator not in _OPERATORS:
        raise NotUnderstood(f"{operator[:40]!r} in place of eq, neq, lt, gt or range")
    low = port(cursor.take(), protocols)
    if operator == "range":
        high = port(cursor.take(), protocols)
        # The devices turn a reversed range round when it is entered; in a listing it is damage.
        if low > high:
            raise NotUnderstood(f"port range {low} {high} is reversed")
        return ((low, high),)
    if operator in {"lt", "gt"}:
        found = complement(((low, 65535),) if operator == "lt" else ((0, low),), 65535)
        if not found:
            raise NotUnderstood(f"no port is {operator} {low}")
        return found
    spans = [(low, low)]
    while cursor.peek() and (cursor.peek().isdigit() or cursor.peek() in _port_names(protocols)):
        more = port(cursor.take(), protocols)
        spans.append((more, more))
    return complement(joined(spans), 65535) if operator == "neq" else joined(spans)


def port(word: str, protocols: tuple[int, ...]) -> int:
    if word.isdigit():
        return number(word)
    named = _port_names(protocols).get(word)
    if named is None:
        raise NotUnderstood(f"port name {word[:40]!r} is not known")
    return named


def _port_names(protocols: tuple[int, ...]) -> Mapping[str, int]:
    """The names that mean one number for all of `protocols`."""
    if protocols == (6,):
        return TCP_PORTS
    if protocols == (17,):
        return UDP_PORTS
    return {name: found for name, found in TCP_PORTS.items() if UDP_PORTS.get(name) == found}


def _with_ports(
    protocols: tuple[int, ...],
    services: Services | None,
    source: Intervals | None,
    destination: Intervals | None,
) -> Services:
    ported = source is not None or destination is not None
    if ported and (services is not None or not protocols or not set(protocols) <= _PORTS):
        raise NotUnderstood("ports on a protocol that has none")
    if services is not None:
        return services
    if not protocols:
        return EVERY_SERVICE
    return tuple(of_protocol(protocol, source or ANY, destination or ANY) for protocol in protocols)


def _icmp(cursor: Cursor, names: Names, protocol: int) -> Services | None:
    word = cursor.peek()
    following = cursor.words[cursor.at + 1] if cursor.at + 1 < len(cursor.words) else ""
    if word == "object-group" and following in names.icmp.members:
        cursor.at += 2
        return names.icmp.find(following)
    found = icmp_type(word, protocol)
    if found is None:
        return None
    cursor.at += 1
    type_, code = found
    if code is None and cursor.peek().isdigit():
        code = number(cursor.take(), 255)
    codes = ANY if code is None else ((code, code),)
    return (of_protocol(protocol, ((type_, type_),), codes),)


def icmp_type(word: str, protocol: int) -> tuple[int, int | None] | None:
    """Type and perhaps code of an ICMP message; None when the word names none."""
    if word.isdigit():
        return number(word, 255), None
    if protocol == 1 and word in ICMP_MESSAGES:
        return ICMP_MESSAGES[word]
    types = ICMP_TYPES if protocol == 1 else ICMPV6_TYPES
    return (types[word], None) if word in types else None


def _tail(cursor: Cursor, entry: Entry, protocols: tuple[int, ...]) -> None:
    while word := cursor.peek():
        cursor.at += 1
        if word in {"log", "log-input", "smartlog"}:
            if cursor.peek() in _LEVELS:
                cursor.at += 1
            if cursor.peek() == "interval":
                cursor.at += 2
        elif word == "inactive":
            entry.inactive = word
        elif word == "established" and protocols == (6,):
            entry.established = True
        else:
            raise NotUnderstood(f"{word[:40]!r} narrows the entry in a way that is not modelled")
