"""The lease table of a DHCP server: who has which address until when.

Every address costs one record at most, whoever asks and however often; look-ups by client and by
address are constant time, expiry is a heap.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address
from typing import TypeAlias

ClientKey: TypeAlias = bytes
"""Option 61, or hardware type and address where there is none (RFC 2131 section 4.2)."""


class LeaseState(StrEnum):
    OFFERED = "offered"
    BOUND = "bound"
    DECLINED = "declined"  # somebody else uses it (RFC 2131 section 4.3.3)
    FREE = "free"  # expired or released; its last client gets it again while it can


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """`expires_at` in seconds of the server's clock; None: never, or already FREE."""

    scope: str
    client: ClientKey
    address: IPv4Address
    state: LeaseState
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses first..last, both included."""

    first: IPv4Address
    last: IPv4Address

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"pool {self.first}-{self.last} is reversed")

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last

    def __iter__(self) -> Iterator[IPv4Address]:
        return (IPv4Address(number) for number in range(int(self.first), int(self.last) + 1))


_OFFER_LAPSED = (LeaseState.FREE, LeaseState.OFFERED)


class LeaseTable:
    """One scope's addresses. `reserved` go to their client only, inside the pools or outside them."""

    def __init__(self, scope: str, pools: Iterable[Pool], reserved: dict[ClientKey, IPv4Address]) -> None:
        self._scope = scope
        self._pools = tuple(pools)
        self._reserved = dict(reserved)
        self._kept = frozenset(self._reserved.values())
        self._by_address: dict[IPv4Address, LeaseRecord] = {}
        self._by_client: dict[ClientKey, LeaseRecord] = {}
        self._freed: dict[IPv4Address, None] = {}  # oldest first
        self._offered: dict[IPv4Address, None] = {}  # likewise
        self._fresh = (address for pool in self._pools for address in pool)
        self._queue: list[tuple[float, int, IPv4Address]] = []
        self._ticket = 0
        self._changed: dict[IPv4Address, None] = {}

    @property
    def next_expiry(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def records(self) -> tuple[LeaseRecord, ...]:
        """Everything worth keeping over a restart, in order of address."""
        return tuple(self._by_address[address] for address in sorted(self._by_address))

    def restore(self, records: Iterable[LeaseRecord]) -> None:
        """Take up what `records` gave before; ValueError for an address that this scope does not have."""
        for record in records:
            if not self.owns(record.address):
                raise ValueError(f"{record.address} is not in scope {self._scope}")
            self._put(record)
        self._changed.clear()

    def take_changed(self) -> list[tuple[IPv4Address, LeaseRecord | None]]:
        """What is to be kept of each address that changed since the last call; None: nothing.

        Offers are not included: they promise nothing, and whoever only asks must not fill a disk.
        """
        changed = [(address, self._by_address.get(address)) for address in self._changed]
        self._changed.clear()
        return changed

    def reserved_for_other(self, client: ClientKey, address: IPv4Address) -> bool:
        return address in self._kept and self._reserved.get(client) != address

    def owns(self, address: IPv4Address) -> bool:
        return address in self._kept or any(address in pool for pool in self._pools)

    def of_client(self, client: ClientKey) -> LeaseRecord | None:
        """A FREE one too: the client's last address, while nobody else has it."""
        return self._by_client.get(client)

    def at(self, address: IPv4Address) -> LeaseRecord | None:
        return self._by_address.get(address)

    def choose(self, client: ClientKey, wanted: IPv4Address | None) -> IPv4Address | None:
        """An address for this client (RFC 2131 section 4.3.1); None when the pools are exhausted.

        Its reservation; what it has or had; what it asks for; one never used; the one free longest; the one
        that was offered longest ago. An offer promises nothing (RFC 2131 section 3.1), and whoever asks again
        and again under new names, and takes none, must not keep others out.
        """
        reserved = self._reserved.get(client)
        if reserved is not None:
            taken = self._by_address.get(reserved)
            if taken is None or taken.client == client or taken.state is LeaseState.FREE:
                return reserved
            if taken.state is LeaseState.DECLINED:
                return None
            # Another client has it from before it was reserved; until then this one is served from the pools.
        record = self._by_client.get(client)
        if record is not None and record.address not in self._kept:
            return record.address
        if wanted is not None and self._available(wanted):
            return wanted
        for address in self._fresh:
            if address not in self._kept and address not in self._by_address:
                return address
        return next(iter(self._freed), None) or next(iter(self._offered), None)

    def grant(self, client: ClientKey, address: IPv4Address, state: LeaseState, until: float | None) -> None:
        """Give `address` to `client` until then; what the client had before becomes free."""
        before = self._by_client.get(client)
        if before is not None and before.address != address:
            self._free(before)
        self._put(LeaseRecord(self._scope, client, address, state, until))

    def release(self, record: LeaseRecord) -> None:
        self._free(record)

    def decline(self, record: LeaseRecord, until: float) -> None:
        """Nobody gets this address until then."""
        self._by_client.pop(record.client, None)
        self._put(replace(record, client=b"", state=LeaseState.DECLINED, expires_at=until))

    def expire(self, now: float) -> tuple[LeaseRecord, ...]:
        """Free what has run out; returns the records as they were."""
        gone: list[LeaseRecord] = []
        while self._queue and self._queue[0][0] <= now:
            _, _, address = heapq.heappop(self._queue)
            record = self._by_address.get(address)
            if record is not None and record.expires_at is not None and record.expires_at <= now:
                gone.append(record)
                self._free(record)
        return tuple(gone)

    def _available(self, address: IPv4Address) -> bool:
        record = self._by_address.get(address)
        free = record is None or record.state is LeaseState.FREE
        return free and address not in self._kept and self.owns(address)

    def _put(self, record: LeaseRecord) -> None:
        previous = self._by_address.get(record.address)
        was = None if previous is None else previous.state
        if record.state is not LeaseState.OFFERED and (record.state, was) != _OFFER_LAPSED:
            self._changed[record.address] = None
        if previous is not None and self._by_client.get(previous.client) is previous:
            del self._by_client[previous.client]
        self._by_address[record.address] = record
        if record.client:
            self._by_client[record.client] = record
        self._offered.pop(record.address, None)
        if record.state is LeaseState.OFFERED and record.address not in self._kept:
            self._offered[record.address] = None
        if record.state is LeaseState.FREE and record.address not in self._kept:
            self._freed[record.address] = None
        else:
            self._freed.pop(record.address, None)
        if record.expires_at is not None:
            self._enqueue(record.expires_at, record.address)

    def _free(self, record: LeaseRecord) -> None:
        if record.address in self._kept or record.state is LeaseState.DECLINED:
            self._forget(record)
            if record.address not in self._kept:
                self._freed[record.address] = None
            return
        self._put(replace(record, state=LeaseState.FREE, expires_at=None))

    def _forget(self, record: LeaseRecord) -> None:
        if record.state is not LeaseState.OFFERED:
            self._changed[record.address] = None
        del self._by_address[record.address]
        self._offered.pop(record.address, None)
        if self._by_client.get(record.client) is record:
            del self._by_client[record.client]

    def _enqueue(self, at: float, address: IPv4Address) -> None:
        # Old entries stay until their time; rebuilding keeps the heap within twice the records.
        if len(self._queue) > 2 * len(self._by_address) + 64:
            self._queue = [
                (each.expires_at, index, each.address)
                for index, each in enumerate(self._by_address.values())
                if each.expires_at is not None
            ]
            heapq.heapify(self._queue)
            self._ticket = len(self._queue)
            return
        self._ticket += 1
        heapq.heappush(self._queue, (at, self._ticket, address))
