"""What an H.235.1 gatekeeper has kept over a restart: the stamps that were used, and who proved what."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from ringfence.actors.io import Keep, Kept
from ringfence.model.address import TransportAddress, transport

Stamp: TypeAlias = tuple[int, int]
"""Time and number of a token: each is taken once from its sender."""


@dataclass(slots=True)
class ProvedPeer:
    """Who proved to be `user` at an address.

    `identifier` is the endpointIdentifier of its registration. `whole`: it signs every message, so one
    without a hash is not from it. `ended`: that registration is over, and the next may agree on less.
    """

    user: str
    identifier: str = ""
    whole: bool = True
    ended: bool = False


@dataclass(slots=True)
class RestoredPeers:
    stamps: dict[str, Stamp] = field(default_factory=dict)
    peers: dict[TransportAddress, ProvedPeer] = field(default_factory=dict)


class _Peer(msgspec.Struct, frozen=True):
    address: tuple[str, int]
    identifier: str
    whole: bool


def keep_stamp(user: str, stamp: Stamp) -> Keep:
    """By its own time stamp it needs no instant: it is compared with no clock of ours."""
    return Keep(Kept.H235_STAMP, user, msgspec.json.encode(stamp))


def keep_peer(address: TransportAddress, peer: ProvedPeer) -> Keep:
    """One for each user: the address of its latest registration."""
    body = _Peer((str(address.ip), address.port), peer.identifier, peer.whole)
    return Keep(Kept.H235_PEER, peer.user, msgspec.json.encode(body))


def restored_peers(kept: Iterable[Keep], users: Container[str]) -> RestoredPeers:
    """What is unreadable is passed over: who it was has to prove itself anew."""
    found = RestoredPeers()
    for each in kept:
        try:
            if each.kind is Kept.H235_STAMP and each.key in users:
                found.stamps[each.key] = msgspec.json.decode(each.body or b"", type=Stamp)
            elif each.kind is Kept.H235_PEER and each.key in users:
                peer = msgspec.json.decode(each.body or b"", type=_Peer)
                found.peers[transport(*peer.address)] = ProvedPeer(each.key, peer.identifier, peer.whole)
        except (msgspec.MsgspecError, ValueError):
            continue
    return found
