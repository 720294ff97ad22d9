"""Echo requests to addresses that are about to be offered (RFC 2131 section 3.1, point 2)."""

from collections.abc import Hashable
from ipaddress import IPv4Address
from typing import Generic, TypeVar

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import NOTHING, Commands, SendEcho
from ringfence.model.defaults import DHCP_SERVER_PORT

_Offer = TypeVar("_Offer", bound=Hashable)

_IDENTIFIER = DHCP_SERVER_PORT  # tells our echoes from those of other machines of the host
_MOST = 1000  # addresses at once, ASSUMED; a client that finds no room asks again


class AddressProbes(Generic[_Offer]):
    """Each address waits `wait` seconds for a reply, with the latest offer that is to be made of it."""

    def __init__(self, source: IPv4Address, wait: float) -> None:
        self._source = source
        self._wait = wait
        self._offers: dict[IPv4Address, _Offer] = {}
        self._until: Deadlines[IPv4Address] = Deadlines()
        self._sequence = 0

    @property
    def deadline(self) -> float | None:
        return self._until.next

    def ask(self, address: IPv4Address, offer: _Offer, now: float) -> Commands:
        """The echo request; nothing for a DISCOVER that is only repeated, or when too many wait."""
        repeated = address in self._offers
        if not repeated and len(self._offers) >= _MOST:
            return NOTHING
        self._offers[address] = offer
        if repeated:
            return NOTHING
        self._until.put(address, now + self._wait)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return (SendEcho(self._source, address, _IDENTIFIER, self._sequence),)

    def replied(self, address: IPv4Address, identifier: int) -> _Offer | None:
        """The offer that must not be made: somebody has the address."""
        if identifier != _IDENTIFIER or address not in self._offers:
            return None
        self._until.drop(address)
        return self._offers.pop(address)

    def due(self, now: float) -> list[tuple[IPv4Address, _Offer]]:
        """Nobody has answered: what is to be offered."""
        return [(address, self._offers.pop(address)) for address in self._until.take(now)]
