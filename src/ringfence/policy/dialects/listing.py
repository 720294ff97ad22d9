"""What a reader understood of a running configuration, and what it did not."""

from dataclasses import dataclass

from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import Row


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the configuration that was not understood: where, what it says, and why it was given up."""

    place: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.why}: {self.text}"


@dataclass(frozen=True, slots=True)
class Chain:
    """One list that a forwarded packet passes; it must be permitted by every one.

    `rows` decide about packets that open something; `stateful` says that replies to them pass by connection
    state. `related` are the places that also let through what a helper or an ICMP error calls related.
    """

    place: str
    rows: tuple[Row, ...]
    default: Action
    versions: frozenset[int]
    stateful: bool
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A configuration as read. `assumed` are the sentences under which the reading holds."""

    chains: tuple[Chain, ...]
    unread: tuple[Unread, ...]
    assumed: tuple[str, ...] = ()

    def permitted(self, space: Space) -> PacketSet:
        """The opening packets that every chain lets through.

        Raises InputError when anything was not understood: a set computed around a gap would be no proof.
        """
        if self.unread:
            more = f" (and {len(self.unread) - 1} more)" if len(self.unread) > 1 else ""
            raise InputError(
                f"{self.unread[0].why}: {self.unread[0].text}{more}",
                where=self.unread[0].place,
                remedy="nothing can be proved about this configuration until these parts are understood",
            )
        permitted = space.everything()
        for chain in self.chains:
            permitted = permitted & chain_permits(chain, space)
        return permitted


def chain_permits(chain: Chain, space: Space) -> PacketSet:
    """What this chain alone lets through: everything of a family it does not see."""
    chosen = space.permitted(chain.rows, chain.default)
    every = space.everything()
    return PacketSet(
        space,
        chosen.v4 if 4 in chain.versions else every.v4,
        chosen.v6 if 6 in chain.versions else every.v6,
    )
