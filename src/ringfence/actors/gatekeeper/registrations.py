"""The gatekeeper's table of registered endpoints: every look-up in constant time, expiry by deadline."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from ringfence.actors.deadlines import Deadlines
from ringfence.model.address import TransportAddress


@dataclass(slots=True)
class RegisteredEndpoint:
    """One endpoint as it registered.

    `ras` is where the gatekeeper sends; `lifetime` seconds from the last registration or keep-alive it
    expires (inf: never). `heard` is when it last said anything.
    """

    endpointIdentifier: str
    aliases: tuple[str, ...]
    ras: TransportAddress
    call_signalling: TransportAddress
    lifetime: float
    heard: float
    vendor: str = ""
    requestSeqNum: int = 0  # of the RRQ that made it
    prefixes: tuple[str, ...] = ()  # of numbers that a gateway takes calls for
    keep_alive: tuple[bytes, bytes] | None = None  # its last keep-alive RRQ and our RCF, less their numbers


class DuplicateAliasError(Exception):
    """An alias belongs to another endpoint already."""

    def __init__(self, alias: str, owner: RegisteredEndpoint) -> None:
        super().__init__(alias)
        self.alias = alias
        self.owner = owner


class Registrations:
    """Keyed by endpoint identifier, alias, RAS address and call-signalling address."""

    def __init__(self) -> None:
        self._by_id: dict[str, RegisteredEndpoint] = {}
        self._by_alias: dict[str, RegisteredEndpoint] = {}
        self._by_prefix: dict[str, RegisteredEndpoint] = {}
        self._by_ras: dict[TransportAddress, RegisteredEndpoint] = {}
        self._by_call_signalling: dict[TransportAddress, RegisteredEndpoint] = {}
        self._expiry: Deadlines[str] = Deadlines()

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[RegisteredEndpoint]:
        return iter(self._by_id.values())

    @property
    def next_expiry(self) -> float | None:
        """No registration expires earlier; it may be earlier than the first that does."""
        return self._expiry.next

    def by_id(self, identifier: str) -> RegisteredEndpoint | None:
        return self._by_id.get(identifier)

    def by_alias(self, alias: str) -> RegisteredEndpoint | None:
        return self._by_alias.get(alias)

    def called(self, number: str, caller: RegisteredEndpoint | None = None) -> RegisteredEndpoint | None:
        """Who has that alias, or the gateway, other than the caller, with the longest prefix of it."""
        found = self._by_alias.get(number)
        if found is not None or not self._by_prefix:
            return found
        shorter = (number[:length] for length in range(len(number), 0, -1))
        gateways = (self._by_prefix.get(prefix) for prefix in shorter)
        return next((one for one in gateways if one is not None and one is not caller), None)

    def by_ras(self, address: TransportAddress) -> RegisteredEndpoint | None:
        return self._by_ras.get(address)

    def by_call_signalling(self, address: TransportAddress) -> RegisteredEndpoint | None:
        return self._by_call_signalling.get(address)

    def clash(
        self, aliases: tuple[str, ...], except_for: RegisteredEndpoint | None = None
    ) -> DuplicateAliasError | None:
        """The first of `aliases` that another endpoint than `except_for` holds."""
        for alias in aliases:
            owner = self._by_alias.get(alias)
            if owner is not None and owner is not except_for:
                return DuplicateAliasError(alias, owner)
        return None

    def add(self, registration: RegisteredEndpoint, now: float) -> list[RegisteredEndpoint]:
        """Enter an endpoint; those that had its identifier or one of its addresses are put out and returned.

        Raises DuplicateAliasError, and changes nothing, when an alias belongs to an endpoint that stays.
        """
        holders = (
            self._by_id.get(registration.endpointIdentifier),
            self._by_ras.get(registration.ras),
            self._by_call_signalling.get(registration.call_signalling),
        )
        replaced = list({id(old): old for old in holders if old is not None}.values())
        for alias in registration.aliases:
            owner = self._by_alias.get(alias)
            if owner is not None and all(owner is not old for old in replaced):
                raise DuplicateAliasError(alias, owner)
        for old in replaced:
            self.remove(old)
        self._by_id[registration.endpointIdentifier] = registration
        self._by_ras[registration.ras] = registration
        self._by_call_signalling[registration.call_signalling] = registration
        for alias in registration.aliases:
            self._by_alias[alias] = registration
        for prefix in registration.prefixes:
            self._by_prefix.setdefault(prefix, registration)  # of two gateways the first has the calls
        self.refresh(registration, now)
        return replaced

    def refresh(self, registration: RegisteredEndpoint, now: float) -> None:
        """It was heard: its life begins anew."""
        registration.heard = now
        if registration.lifetime < inf:
            self._expiry.put(registration.endpointIdentifier, now + registration.lifetime)

    def rename(self, registration: RegisteredEndpoint, aliases: tuple[str, ...]) -> None:
        """Give it other aliases; raises DuplicateAliasError, changing nothing, when one is another's."""
        clash = self.clash(aliases, registration)
        if clash is not None:
            raise clash
        for alias in registration.aliases:
            del self._by_alias[alias]
        registration.aliases = aliases
        for alias in aliases:
            self._by_alias[alias] = registration

    def remove(self, registration: RegisteredEndpoint) -> None:
        """Put it out; it must be in the table."""
        del self._by_id[registration.endpointIdentifier]
        del self._by_ras[registration.ras]
        del self._by_call_signalling[registration.call_signalling]
        for alias in registration.aliases:
            del self._by_alias[alias]
        for prefix in registration.prefixes:
            if self._by_prefix.get(prefix) is registration:
                del self._by_prefix[prefix]
        self._expiry.drop(registration.endpointIdentifier)

    def expire(self, now: float, most: int | None = None) -> list[RegisteredEndpoint]:
        """Put out and return the registrations whose lifetime is over, `most` at once."""
        gone = [self._by_id[identifier] for identifier in self._expiry.take(now, most)]
        for registration in gone:
            self.remove(registration)
        return gone
