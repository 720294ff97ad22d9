"""Junos SRX: address books and applications.

Written from the Junos OS documentation: address-book, applications. No
device has checked the reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import (
    Objects,
    Reading,
    Reference,
    Unclear,
    addresses_by_name,
    flow_kind,
    services_by_name,
)
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS
from ringfence.firewalls.srx.lines import Line, values
from ringfence.firewalls.srx.names import APPLICATIONS, PORTS
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Intervals
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Addresses,
    Services,
    masked,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
)

ANY_NAMES: dict[str, Addresses] = {
    "any": EVERYWHERE,
    "any-ipv4": {4: EVERYWHERE[4]},
    "any-ipv6": {6: EVERYWHERE[6]},
}


@dataclass(slots=True)
class Books:
    """Address books by name; a zone looks into its own and then into the global one."""

    books: dict[str, Objects[Addresses]] = field(default_factory=dict)
    attached: dict[str, str] = field(default_factory=dict)  # zone -> book

    def book(self, name: str) -> Objects[Addresses]:
        if name not in self.books:
            self.books[name] = addresses_by_name(builtin=ANY_NAMES)
        return self.books[name]

    def find(self, name: str, zone: str) -> Addresses:
        """Raises NotUnderstood."""
        own = self.books.get(self.attached.get(zone, ""))
        if own is not None and name in own.members:
            return own.find(name)
        return self.book("global").find(name)


def add_address(books: Books, book: str, rest: list[str]) -> None:
    """`address NAME 10.1.0.0/24`, `address-set NAME address OTHER`, `attach zone Z`."""
    objects = books.book(book)
    match rest:
        case ["attach", "zone", zone]:
            books.attached[zone] = book
        case ["address", name, "description", *_] | ["address-set", name, "description", *_]:
            objects.members.setdefault(name, [])
        case ["address", name, *words]:
            if objects.members.get(name):
                objects.add(name, Unclear("it is defined twice"))
            objects.add_read(name, _address, words)
        case ["address-set", name, "address" | "address-set", *members]:
            for member in values(members):
                objects.add(name, Reference(member))
        case ["address-set", name, *words]:
            objects.add(name, Unclear(f"{' '.join(words)[:60]!r} in an address set"))


def _address(words: list[str]) -> Addresses:
    match words:
        case [net]:
            return prefix(net)
        case ["range-address", first, "to", last]:
            return span(first, last)
        case ["wildcard-address", net] if "/" in net:
            address, mask = net.split("/", 1)
            return masked(address, mask)  # the ones of its mask are what must match
    raise NotUnderstood(f"an address by {' '.join(words)[:60]}")


@dataclass(slots=True)
class _Term:
    line: int
    attributes: dict[str, str] = field(default_factory=dict)


def applications(found: Iterable[Line], reading: Reading) -> Objects[Services]:
    """Custom applications and sets; the predefined ones stand behind them."""
    objects = services_by_name("application", APPLICATIONS)
    terms: dict[str, dict[str, _Term]] = {}
    for line in found:
        match line.words:
            case ["applications", "application", name, *rest]:
                term = ""
                if rest[:1] == ["term"] and len(rest) > 1:
                    term, rest = rest[1], rest[2:]
                into = terms.setdefault(name, {}).setdefault(term, _Term(line.number))
                for key, value in zip(rest[::2], [*rest[1::2], ""], strict=False):
                    if key in into.attributes:
                        into.attributes["twice"] = key
                    into.attributes[key] = value
            case ["applications", "application-set", name, "application" | "application-set", *members]:
                for member in values(members):
                    objects.add(name, Reference(member))
    for name, parts in terms.items():
        for part in parts.values():
            if part.attributes.keys() == {"description"}:
                objects.members.setdefault(name, [])
                continue
            objects.add_read(name, _service, part)
            _note_timer(name, part, reading)
    return objects


def _note_timer(name: str, term: _Term, reading: Reading) -> None:
    word = term.attributes.get("inactivity-timeout", "")
    protocol = term.attributes.get("protocol", "")
    text = f"{protocol} inactivity-timeout of application {name}".strip()
    if word == "never":
        reading.timer(term.line, text, None, flow_kind(protocol), service=name)
    elif word.isascii() and word.isdigit() and len(word) < 10:
        reading.timer(term.line, text, int(word), flow_kind(protocol), service=name)


_HARMLESS = frozenset({"description", "inactivity-timeout", "application-protocol", "alg"})
_KNOWN = frozenset(
    ("protocol", "source-port", "destination-port", "icmp-type", "icmp-code", "icmp6-type", "icmp6-code")
)


def _service(term: _Term) -> Services:
    found = term.attributes
    unknown = found.keys() - _HARMLESS - _KNOWN
    if unknown:
        raise NotUnderstood(f"{min(unknown)} in an application")
    word = found.get("protocol", "")
    if not word:
        raise NotUnderstood("an application without a protocol")
    protocol = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
    if protocol in {1, 58}:
        names = ICMP_TYPES if protocol == 1 else ICMPV6_TYPES
        type_ = found.get("icmp-type") or found.get("icmp6-type") or ""
        code = found.get("icmp-code") or found.get("icmp6-code") or ""
        types = ((names[type_],) * 2,) if type_ in names else _one(type_)
        return (of_protocol(protocol, types, _one(code)),)
    if protocol not in {6, 17, 132} and found.keys() & {"source-port", "destination-port"}:
        raise NotUnderstood("ports on a protocol that has none")
    source, destination = (_ports(found.get(key)) for key in ("source-port", "destination-port"))
    return (of_protocol(protocol, source, destination),)


def _one(word: str) -> Intervals:
    return ANY if not word else ((number(word, 255),) * 2,)


def _ports(word: str | None) -> Intervals:
    if not word:
        return ANY
    named = PORTS.get(word)
    return (port_span(word),) if named is None else ((named, named),)
