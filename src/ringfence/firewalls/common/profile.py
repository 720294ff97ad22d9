"""What a device does when its configuration does not say: idle timers, H.323 inspection, where state stands.

The values are the vendors' documented defaults; no such device has been asked. They are shown as assumed, and
what a configuration says takes their place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.model.packet import Protocol
from ringfence.policy.listing import FlowKind, Inspected, Inspection, Listing, Timer


@dataclass(frozen=True, slots=True)
class IdleTime:
    """`seconds` None: never. `place` is where the configuration says so, or that it is assumed."""

    kind: FlowKind
    name: str
    seconds: int | None
    place: str


class DeviceCommands(NamedTuple):
    """Lines of the device's own syntax, and where they belong."""

    where: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Idle times in seconds, None where no default is known.

    `h323`: H.323 inspection works unless it is switched off; `off` are the commands for that. `echo`: what
    makes the device follow ICMP echo where it does so only on request; None: it always does.
    """

    udp: int | None = None
    tcp: int | None = None
    icmp: int | None = None
    h323: bool = False
    off: tuple[str, ...] = ()
    echo: DeviceCommands | None = None


NOTHING_KNOWN = Profile()


def inspects_h323(listing: Listing) -> bool:
    return any(found.on and found.of is Inspected.H323 for found in listing.settings.inspections)


def idle_times(
    name: str, profile: Profile, listing: Listing, concerns: Callable[[Timer], bool] = lambda _: True
) -> tuple[IdleTime, ...]:
    """What the configuration says, and the default of a kind where it says nothing; `name` is the target's.

    `concerns` chooses the timers that are about the flows at hand, as some are about one service only.
    """
    inspected = inspects_h323(listing)
    said = [
        IdleTime(timer.kind, timer.name, timer.seconds, timer.place)
        for timer in listing.settings.timers
        if timer.kind is not None and concerns(timer) and (inspected or not timer.of_inspection)
    ]
    kinds = {time.kind for time in said}
    defaults = ((FlowKind.UDP, profile.udp), (FlowKind.TCP, profile.tcp), (FlowKind.ICMP, profile.icmp))
    for kind, seconds in defaults:
        if kind not in kinds and seconds is not None:
            said.append(IdleTime(kind, f"{kind} idle time", seconds, f"default of {name}, assumed"))
    return tuple(said)


def untracked(profile: Profile, inspections: Iterable[Inspection]) -> frozenset[Protocol]:
    """The protocols whose answers a stateful device judges by its rules all the same.

    A text that says nothing of inspection at all is a part of a configuration, and nothing is concluded.
    """
    found = tuple(inspections)
    followed = any(one.on and one.of is Inspected.ICMP for one in found)
    if profile.echo is not None and found and not followed:
        return frozenset({Protocol.ICMP})
    return frozenset()
