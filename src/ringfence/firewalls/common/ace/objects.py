"""Names, objects and object groups, to which the entries of access lists refer.

Grammar from the Cisco ASA Series Command Reference (name, object network, object service, object-group). No
device has checked the reading.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ringfence.firewalls.common.ace.read import (
    Cursor,
    Names,
    address,
    icmp_type,
    operator_ports,
    protocol_numbers,
)
from ringfence.firewalls.common.reading import Reference, Unclear
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Intervals
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    masked,
    of_protocol,
    single,
    span,
)


class Line(NamedTuple):
    number: int
    text: str
    words: list[str]


class Block(NamedTuple):
    """A command and the indented ones below it."""

    head: Line
    body: list[Line]


def blocks(lines: list[str], *, banners: bool = False) -> Iterator[Block]:
    """The commands in order. `banners`: a banner runs on until its delimiter comes again."""
    block: Block | None = None
    until = ""
    for number, text in enumerate(lines, start=1):
        words = text.split()
        if until:
            until = "" if until in text else until
            continue
        if not words or words[0].startswith(("!", ":")):
            continue
        if banners and words[0] == "banner" and len(words) > 2:
            delimiter = "^C" if words[2].startswith("^C") else words[2][0]
            until = delimiter if text.count(delimiter) == 1 else ""
        line = Line(number, text, words)
        if text[0] in " \t" and block is not None:
            block.body.append(line)
            continue
        if block is not None:
            yield block
        block = Block(line, [])
    if block is not None:
        yield block


def continued(before: Block | None, block: Block) -> Block:
    """A map that comes again goes on with what it held, less what it takes back (`no`), class by class."""
    if before is None:
        return block
    taken = {(name, tuple(line.words[1:])) for name, line in _by_class(block) if line.words[0] == "no"}
    gone = {line.words[-1] for line in block.body if line.words[:2] == ["no", "class"]}
    kept = [
        line
        for name, line in _by_class(before)
        if name not in gone and (name, tuple(line.words)) not in taken
    ]
    return Block(block.head, kept + block.body)


def _by_class(block: Block) -> Iterator[tuple[str, Line]]:
    """Its lines with the class that they stand in; "" outside of one."""
    name = ""
    for line in block.body:
        name = line.words[-1] if line.words[0] == "class" else name
        yield name, line


def names_with_masks() -> Names:
    """For lists whose networks are an address and a mask."""
    return Names(masked, EVERYWHERE)


def add_name(names: Names, words: list[str]) -> None:
    """`name 10.1.1.20 fileserver description ...`"""
    if len(words) >= 3:
        names.hosts[words[2]] = words[1]


def add_object(names: Names, block: Block) -> None:
    words = block.head.words
    kind, name = (words[1], words[2]) if len(words) >= 3 else ("", "")
    body = [line for line in block.body if line.words[0] not in {"description", "nat"}]
    if kind == "network":
        if body or name not in names.networks.members:  # its NAT is listed as the object once more
            names.networks.define(name)
        for line in body:
            names.networks.add_read(name, _network, names, line.words)
    elif kind == "service":
        names.services.define(name)
        for line in body:
            names.services.add_read(name, _service, line.words)


def _network(names: Names, words: list[str]) -> Addresses:
    """Within `object network`: host, subnet or range."""
    cursor = Cursor(words)
    kind = cursor.take()
    if kind == "host":
        return single(names.address(cursor.take()))
    if kind == "subnet":
        return address(cursor.take(), cursor, names)
    if kind == "range":
        return span(names.address(cursor.take()), names.address(cursor.take()))
    raise NotUnderstood(f"{kind} is not known before it is resolved")


def _service(words: list[str]) -> Services:
    """`service tcp source eq 1 destination eq 2`, and `service-object` alike."""
    cursor = Cursor(words, 1)
    protocols = protocol_numbers(cursor.take())
    if not protocols:
        return EVERY_SERVICE
    source = destination = ANY
    while word := cursor.peek():
        if word in {"source", "destination"}:
            cursor.at += 1
            ports = operator_ports(cursor, protocols)
            source, destination = (ports, destination) if word == "source" else (source, ports)
        elif protocols in {(1,), (58,)} and (found := icmp_type(word, protocols[0])):
            cursor.at += 1
            source = ((found[0], found[0]),)
            if cursor.peek().isdigit():
                code = int(cursor.take())
                destination = ((code, code),)
        else:
            # Before 8.3 the ports of a service-object stood without a word: they are the destination's.
            destination = operator_ports(cursor, protocols)
    return tuple(of_protocol(protocol, source, destination) for protocol in protocols)


def add_group(names: Names, block: Block) -> None:
    words = block.head.words
    if len(words) < 3:
        return
    kind, name = words[1], words[2]
    body = [line for line in block.body if line.words[0] != "description"]
    if kind == "network":
        names.networks.define(name)
        for line in body:
            names.networks.add_read(name, _network_member, names, line.words)
    elif kind == "service" and len(words) > 3:
        names.ports.define(name)
        protocols = protocol_numbers(words[3]) if words[3] in {"tcp", "udp", "tcp-udp"} else ()
        for line in body:
            names.ports.add_read(name, _ports, line, protocols)
    elif kind == "service":
        names.services.define(name)
        for line in body:
            names.services.add_read(name, _service_member, line)
    elif kind == "protocol":
        names.protocols.define(name)
        for line in body:
            names.protocols.add_read(name, _protocols, line)
    elif kind == "icmp-type":
        names.icmp.define(name)
        for line in body:
            names.icmp.add_read(name, _icmp, line)
    else:
        # user, security: entries that use them look for an address and find this.
        names.networks.add(name, Unclear(f"a group of kind {kind}"))


def _member(line: Line, own: str) -> Reference | None:
    if line.words[0] == "group-object" and len(line.words) == 2:
        return Reference(line.words[1])
    if line.words[0] != own or len(line.words) < 2:
        raise NotUnderstood(f"{' '.join(line.words)[:60]!r} in a group")
    return None


def _network_member(names: Names, words: list[str]) -> Addresses | Reference:
    if words[0] == "group-object" and len(words) == 2:
        return Reference(words[1])
    if words[0] != "network-object" or len(words) < 2:
        raise NotUnderstood(f"{' '.join(words)[:60]!r} in a group")
    if words[1] == "object" and len(words) == 3:
        return Reference(words[2])
    cursor = Cursor(words, 1)
    found = address(cursor.take(), cursor, names)
    if cursor.peek():
        raise NotUnderstood(f"{cursor.peek()[:60]!r} after the address")
    return found


def _service_member(line: Line) -> Services | Reference:
    if line.words[:2] == ["service-object", "object"] and len(line.words) == 3:
        return Reference(line.words[2])
    return _member(line, "service-object") or _service(line.words)


def _ports(line: Line, protocols: tuple[int, ...]) -> Intervals | Reference:
    return _member(line, "port-object") or operator_ports(Cursor(line.words, 1), protocols)


def _protocols(line: Line) -> tuple[int, ...] | Reference:
    reference = _member(line, "protocol-object")
    if reference:
        return reference
    found = protocol_numbers(line.words[1])
    if not found:
        raise NotUnderstood("a group of every protocol")
    return found


def _icmp(line: Line) -> Services | Reference:
    reference = _member(line, "icmp-object")
    if reference:
        return reference
    found = icmp_type(line.words[1], 1)
    if found is None:
        raise NotUnderstood(f"ICMP type {line.words[1][:40]!r} is not known")
    return (of_protocol(1, ((found[0], found[0]),)),)
