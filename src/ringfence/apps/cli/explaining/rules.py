"""The rules that captures show to be missing, in a firewall's words."""

from collections.abc import Sequence

from ringfence.diagnosis.legs import LostLeg, missing_rules
from ringfence.firewalls.choose import target_named
from ringfence.firewalls.common.document import Device, Rendered, Zone
from ringfence.firewalls.insert import add
from ringfence.model.address import Network


def rendered(legs: Sequence[LostLeg], target: str) -> Rendered | None:
    """Only what is missing, in the target's syntax; the zones are those of the hosts in the rules."""
    missing = missing_rules(legs)
    return add(target_named(target), missing, Device(zones=_zones(legs))) if missing else None


def _zones(legs: Sequence[LostLeg]) -> tuple[Zone, ...]:
    """The two sides as far as the missing rules name them."""
    near: dict[Network, None] = {}
    far: dict[Network, None] = {}
    for leg in legs:
        if leg.rule is not None:
            ends = (leg.rule.source, leg.rule.destination)
            near |= dict.fromkeys(ends[0] if leg.outward else ends[1])
            far |= dict.fromkeys(ends[1] if leg.outward else ends[0])
    return (Zone("handsets", tuple(near)), Zone("servers", tuple(far)))
