"""What machines asked to have kept, as a disk would hold it."""

from collections.abc import Iterable

from ringfence.actors.io import Command, Keep, Kept, SendDatagram


class Disk:
    """Takes commands in order; `records` is what a successor is given."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Kept, str], Keep] = {}

    def take(self, commands: Iterable[Command]) -> None:
        for each in commands:
            if isinstance(each, Keep) and each.body is None:
                self._rows.pop((each.kind, each.key), None)
            elif isinstance(each, Keep):
                self._rows[each.kind, each.key] = each

    @property
    def records(self) -> tuple[Keep, ...]:
        return tuple(self._rows.values())


def kept_before_sent(commands: Iterable[Command]) -> bool:
    """Whether no datagram is before what is to be kept."""
    kinds = [type(each) for each in commands if isinstance(each, Keep | SendDatagram)]
    return kinds == sorted(kinds, key=lambda kind: kind is SendDatagram)
