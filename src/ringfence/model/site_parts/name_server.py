"""A DNS server that phones are told of."""

from dataclasses import dataclass
from ipaddress import IPv4Address


@dataclass(frozen=True, slots=True)
class NameServer:
    """`domain`: what phones put behind a name without a dot (option 15)."""

    name: str
    address: IPv4Address
    domain: str = ""
