"""Whom a handset asks, in order: its list, the discovery group, alternates that gatekeepers named."""

from collections.abc import Iterable

from ringfence.actors.ras.fields import first_address
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DISCOVERY_GROUP, DISCOVERY_PORT
from ringfence.wire import h225

_MOST_ALTERNATES = 16


class GatekeeperList:
    """Grows at its end only, so that an index stays good."""

    def __init__(self, listed: Iterable[TransportAddress], *, multicast: bool) -> None:
        group = TransportAddress(DISCOVERY_GROUP, DISCOVERY_PORT)
        self._candidates = [*listed, *([group] if multicast else [])]
        self._most = len(self._candidates) + _MOST_ALTERNATES

    def __len__(self) -> int:
        return len(self._candidates)

    def __getitem__(self, index: int) -> TransportAddress:
        return self._candidates[index]

    def unicast(self) -> tuple[TransportAddress, ...]:
        return tuple(address for address in self._candidates if not address.ip.is_multicast)

    def learn(
        self, alternates: Iterable[h225.AlternateGK] | None, assigned: h225.AlternateGK | None = None
    ) -> None:
        """Add the assigned gatekeeper, and the alternate ones, most wanted first (priority 0)."""
        wanted = sorted(alternates or (), key=lambda one: one.priority)
        for alternate in wanted if assigned is None else (assigned, *wanted):
            address = first_address([alternate.rasAddress])
            if address is not None and address not in self._candidates and len(self) < self._most:
                self._candidates.append(address)

    def learn_from_reject(
        self, info: h225.AltGKInfo | None, assigned: h225.AlternateGK | None = None
    ) -> None:
        self.learn(None if info is None else info.alternateGatekeeper, assigned)
