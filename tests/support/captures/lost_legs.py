"""What several handsets lost, put together, as `explain` does."""

from collections.abc import Iterable

from ringfence.diagnosis.legs import LostLeg, gathered_legs, lost_packets
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.address import Address


def lost_legs(
    timelines: Iterable[HandsetTimeline],
    *,
    both_sides: bool,
    state_timeout: float,
    many_to_one: frozenset[Address] = frozenset(),
) -> tuple[LostLeg, ...]:
    return gathered_legs(
        lost_packets(each, both_sides=both_sides, state_timeout=state_timeout, many_to_one=many_to_one)
        for each in timelines
    )
