"""What the tests of the configuration readers share: the texts, line numbers, packets by their words."""

from ipaddress import ip_address
from pathlib import Path

from ringfence.policy.listing import Listing, Moment
from ringfence.policy.packetset import Space
from ringfence.policy.space import Point
from ringfence.policy.state_model import judge_listing

_CONFIGS = Path(__file__).parents[2] / "firewalls" / "configs"
_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}

# What a registration needs, in the addresses that every `-campus` configuration has: packet by packet.
REGISTRATION = (
    "udp 10.20.0.50:68 10.1.0.10:67",
    "tcp 10.20.0.50:40000 10.1.0.20:80",
    "udp 10.20.0.50:49300 10.1.0.30:1719",
    "udp 10.20.3.50:49300 10.1.0.31:1719",
    "icmp 10.20.0.50:8 10.1.0.31:0",
    "tcp 10.1.0.30:61440 10.20.0.50:1720",
)


def config(name: str) -> str:
    return (_CONFIGS / name).read_text(encoding="utf-8")


def at(text: str, piece: str) -> str:
    """The place of the one line that holds `piece`."""
    found = [number for number, line in enumerate(text.split("\n"), start=1) if piece in line]
    assert len(found) == 1, f"{piece!r} stands on lines {found}"
    return f"line {found[0]}"


def packet(words: str) -> Point:
    """`udp 10.0.0.1:5 10.0.0.2:6`; for ICMP type and code in place of the ports."""
    protocol, source, destination = words.split()
    first, _, left = source.rpartition(":")
    second, _, right = destination.rpartition(":")
    address = ip_address(first)
    numbers = (int(address), int(ip_address(second)), _PROTOCOLS[protocol], int(left), int(right))
    return Point(address.version, *numbers)


def decided(listing: Listing, words: str, chain: int = 0) -> str:
    """The place of the row of a chain that decides about a packet; "" for the default."""
    one = listing.chains[chain]
    row = Space().decided(one.rows, one.default).row_of(packet(words))
    return " ".join(row.id.split()[:2]) if row else ""


def unread(listing: Listing) -> set[str]:
    return {part.place for part in listing.unread}


def certain(listing: Listing, words: str, *except_for: str) -> bool | None:
    """Whether a packet passes for certain; None when that hangs on what was not understood."""
    least, most = listing.bounds(Space(), except_for)
    return True if packet(words) in least else None if packet(words) in most else False


def fares(listing: Listing, words: str, moment: Moment) -> bool | None:
    """Whether a packet passes at a moment of its flow; None when that hangs on what was not understood."""
    bounds = judge_listing(Space(), listing).passing(moment)
    return True if packet(words) in bounds.least else None if packet(words) in bounds.most else False
