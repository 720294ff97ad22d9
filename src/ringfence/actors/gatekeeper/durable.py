"""What a gatekeeper has kept over a restart: its registrations, and the proofs that were used.

Keep-alives are not kept: a restored registration has its whole lifetime anew. Outstanding challenges are
not kept either, so that a GRQ, which anybody can send, writes nothing: whoever answers one that the restart
lost is asked to discover anew.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import inf

import msgspec

from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.io import Keep, Kept
from ringfence.model.address import TransportAddress, transport


class _Registration(msgspec.Struct, frozen=True):
    aliases: tuple[str, ...]
    ras: tuple[str, int]
    call_signalling: tuple[str, int]
    lifetime: float | None
    vendor: str
    requestSeqNum: int
    prefixes: tuple[str, ...]


@dataclass(slots=True)
class RestoredGatekeeper:
    """`proofs`: the last time stamp of each name; `refused`: what cannot be read, or is no user any more."""

    registrations: list[RegisteredEndpoint] = field(default_factory=list)
    proofs: dict[str, int] = field(default_factory=dict)
    refused: list[Keep] = field(default_factory=list)


def keep_registration(registration: RegisteredEndpoint) -> Keep:
    body = _Registration(
        registration.aliases,
        _pair(registration.ras),
        _pair(registration.call_signalling),
        registration.lifetime if registration.lifetime < inf else None,
        registration.vendor,
        registration.requestSeqNum,
        registration.prefixes,
    )
    return Keep(Kept.REGISTRATION, registration.endpointIdentifier, msgspec.json.encode(body))


def forget_registration(registration: RegisteredEndpoint) -> Keep:
    return Keep(Kept.REGISTRATION, registration.endpointIdentifier)


def keep_proof(alias: str, time_stamp: int, until: float) -> Keep:
    """The time stamp of a password hash that was used; by `until` it is too old to be used again."""
    return Keep(Kept.HASH_PROOF, alias, msgspec.json.encode(time_stamp), until)


def restored_gatekeeper(kept: Iterable[Keep], users: Collection[str] | None) -> RestoredGatekeeper:
    """`users` are those who may register now; None: everybody."""
    found = RestoredGatekeeper()
    for each in kept:
        try:
            match each.kind:
                case Kept.REGISTRATION:
                    registration = _registration(each)
                    if users is not None and not all(alias in users for alias in registration.aliases):
                        found.refused.append(each)
                    else:
                        found.registrations.append(registration)
                case Kept.HASH_PROOF:
                    found.proofs[each.key] = msgspec.json.decode(each.body or b"", type=int)
                case _:
                    pass
        except (msgspec.MsgspecError, ValueError):
            found.refused.append(each)
    return found


def _pair(address: TransportAddress) -> tuple[str, int]:
    return str(address.ip), address.port


def _registration(kept: Keep) -> RegisteredEndpoint:
    body = msgspec.json.decode(kept.body or b"", type=_Registration)
    return RegisteredEndpoint(
        kept.key,
        body.aliases,
        transport(*body.ras),
        transport(*body.call_signalling),
        inf if body.lifetime is None else body.lifetime,
        heard=0.0,
        vendor=body.vendor,
        requestSeqNum=body.requestSeqNum,
        prefixes=body.prefixes,
    )
