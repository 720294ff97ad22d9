"""The ways between zones through the firewalls that join them."""

from collections.abc import Mapping, Sequence


def shortest_ways(
    zones: Sequence[str], firewalls: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The shortest way between every two zones, as the firewalls on it; equally short: in their order.

    `firewalls`: the zones that each joins. A zone that nothing joins to another is in no pair.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for zone in zones:
        found[zone, zone] = ()
        reached = [zone]
        for here in reached:
            for name, joined in firewalls.items():
                for there in joined if here in joined else ():
                    if (zone, there) not in found:
                        found[zone, there] = (*found[zone, here], name)
                        reached.append(there)
    return found
