"""Many networks of one family, asked for an address in constant time."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network


class NetworkSet:
    """Networks that may lie within one another."""

    def __init__(self, networks: Iterable[IPv4Network]) -> None:
        self._by_length: dict[int, set[int]] = {}
        for network in networks:
            self._by_length.setdefault(network.prefixlen, set()).add(int(network.network_address))

    def has(self, address: IPv4Address) -> bool:
        """Whether the address is in any of them."""
        value = int(address)
        return any(
            value >> (32 - length) << (32 - length) in known for length, known in self._by_length.items()
        )
