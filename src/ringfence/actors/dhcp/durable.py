"""Leases as they are kept over a restart: one record for each address, the latest counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

import msgspec

from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.io import Keep, Kept


class _Lease(msgspec.Struct, frozen=True):
    client: str  # hexadecimal
    state: LeaseState


@dataclass(frozen=True, slots=True)
class RestoredLeases:
    """`refused`: what cannot be read, or lies in no pool and no reservation any more."""

    records: tuple[LeaseRecord, ...]
    refused: tuple[Keep, ...]


def keep_lease(address: IPv4Address, record: LeaseRecord | None) -> Keep:
    """None: nothing is known of the address any more."""
    if record is None:
        return Keep(Kept.LEASE, str(address))
    body = msgspec.json.encode(_Lease(record.client.hex(), record.state))
    return Keep(Kept.LEASE, str(address), body, record.expires_at)


def stored_lease(kept: Keep, until: float | None) -> LeaseRecord | None:
    """The lease that a record holds, of no scope; None: it is of another kind, or unreadable."""
    if kept.kind is not Kept.LEASE:
        return None
    try:
        lease = msgspec.json.decode(kept.body or b"", type=_Lease)
        return LeaseRecord("", bytes.fromhex(lease.client), IPv4Address(kept.key), lease.state, until)
    except (msgspec.MsgspecError, ValueError):
        return None


def restored_leases(scopes: Iterable[Scope], kept: Iterable[Keep]) -> RestoredLeases:
    """The records that a server with these scopes can take up; a scope may have another name than before."""
    scopes, records, refused = tuple(scopes), [], []
    for each in kept:
        if each.kind is not Kept.LEASE:
            continue
        record = _record(scopes, each)
        if record is None:
            refused.append(each)
        else:
            records.append(record)
    # A client's last address comes after those that it had before.
    records.sort(key=lambda record: record.state is not LeaseState.FREE)
    return RestoredLeases(tuple(records), tuple(refused))


def _record(scopes: Iterable[Scope], kept: Keep) -> LeaseRecord | None:
    found = stored_lease(kept, kept.until)
    if found is None:
        return None
    scope = next((each for each in scopes if each.owns(found.address)), None)
    # A bound lease that never ends is kept without an instant; a declined address always has one.
    if scope is None or (found.state is LeaseState.DECLINED and kept.until is None):
        return None
    return replace(found, scope=scope.name)
