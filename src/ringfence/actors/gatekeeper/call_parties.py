"""Who calls whom: the registrations that a Setup is about, and neighbours that may send one."""

from collections.abc import Iterable

from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.ras.fields import aliases_of, usable_address
from ringfence.model.address import Address, TransportAddress
from ringfence.wire import h225

_MOST_EXPECTED = 10_000


class Parties:
    """Looks into the gatekeeper's table; `port` is that of call signalling, `wait` seconds how long after an
    LCF its call may come.
    """

    def __init__(self, table: Registrations, port: int, wait: float) -> None:
        self._table = table
        self._port = port
        self._wait = wait
        self._expected: dict[tuple[str, Address], float] = {}
        self._beyond: dict[tuple[str, str], tuple[TransportAddress, float]] = {}

    def caller(self, setup: h225.SetupUUIE, ip: Address) -> RegisteredEndpoint | None:
        """Who calls, by whatever the Setup says of it; it must come from the address that registered."""
        own = usable_address(setup.sourceCallSignalAddress)
        candidates = [
            self._table.by_id(setup.endpointIdentifier or ""),
            self._table.by_call_signalling(own) if own is not None else None,
            *(self._table.by_alias(alias) for alias in aliases_of(setup.sourceAddress)),
            self._table.by_call_signalling(TransportAddress(ip, self._port)),
        ]
        return next((found for found in candidates if found is not None and found.ras.ip == ip), None)

    def called(
        self, names: tuple[str, ...], direct: TransportAddress | None, caller: RegisteredEndpoint | None
    ) -> RegisteredEndpoint | None:
        """By the first name that is registered, or that a gateway takes."""
        for name in names:
            found = self._table.called(name, caller)
            if found is not None:
                return found
        # An address alone is good for registered endpoints only: the gatekeeper is no open relay.
        return None if names or direct is None else self._table.by_call_signalling(direct)

    def destination(
        self,
        called: RegisteredEndpoint | None,
        names: tuple[str, ...],
        caller: RegisteredEndpoint | None,
        now: float,
    ) -> TransportAddress | None:
        """Where a call to somebody here goes, or to whom a neighbour has and the caller was admitted to."""
        if called is not None or caller is None:
            return None if called is None else called.call_signalling
        known = (self._beyond.get((caller.endpointIdentifier, name)) for name in names)
        return next((to for to, until in filter(None, known) if now < until), None)

    def located(self, caller: str, names: Iterable[str], to: TransportAddress, now: float) -> None:
        """A neighbour said where these names are: the caller, by endpointIdentifier, may call there."""
        if len(self._beyond) >= _MOST_EXPECTED:
            self._beyond = {key: found for key, found in self._beyond.items() if now < found[1]}
        if len(self._beyond) < _MOST_EXPECTED:
            self._beyond.update({(caller, name): (to, now + self._wait) for name in names})

    def expect(self, called: RegisteredEndpoint, neighbour: Address, now: float) -> None:
        """A neighbour was told by LCF where to call; what comes from elsewhere is not its call."""
        if len(self._expected) >= _MOST_EXPECTED:
            self._expected = {key: end for key, end in self._expected.items() if now < end}
        if len(self._expected) < _MOST_EXPECTED:
            self._expected[called.endpointIdentifier, neighbour] = now + self._wait

    def expects(self, called: RegisteredEndpoint | None, neighbour: Address, now: float) -> bool:
        return called is not None and now < self._expected.get((called.endpointIdentifier, neighbour), now)
