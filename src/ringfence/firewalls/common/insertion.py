"""Where in a configuration rules belong, and the lines that add them there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.firewalls.common.document import Device
from ringfence.policy.listing import Chain
from ringfence.policy.space import Row


@dataclass(frozen=True, slots=True)
class InsertionPoint:
    """Where packets are stopped: at `row`, or (None) by the default of `chain`.

    `near` is the last row that packets from the same place meet: the list that a default belongs to. `text`
    are the configuration's lines, of which a row's place counts; empty where they are not at hand.
    """

    chain: Chain
    row: Row | None
    near: Row | None = None
    text: Sequence[str] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The same for packets that one place of the configuration stops."""
        if self.row is not None:
            return self.chain.place, self.row.id
        # A chain may be made of several bound lists, each of which ends in the same default.
        bound = self.near.place.list if self.near and self.near.place.way else ""
        return self.chain.place, bound

    @property
    def where(self) -> str:
        """In words for a person."""
        return f"before {self.row.id}" if self.row is not None else f"at the end of {self.chain.place}"


class Insertion(NamedTuple):
    """Lines that add rules to a policy, replacing nothing; `where` tells a person where they go."""

    where: str
    lines: tuple[str, ...]


def insertion(where: str, lines: Iterable[str]) -> Insertion:
    return Insertion(where, tuple(lines))


def standing_for(device: Device, kind: str = "zones") -> str:
    """The names in the lines that a person has to replace by those of the device."""
    return f"{' and '.join(zone.name for zone in device.zones)} stand for your {kind}"
