"""Source ports that were seen, to the range that a rule should name.

A range is proposed where a manual or report documents it and every port seen lies inside, or where many
hosts and connections stay inside a narrow span. Else any unprivileged port: seven sightings are no range.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.model.address import ANY_PORT, EPHEMERAL, Address, PortRange
from ringfence.model.defaults import GATEKEEPER_SOURCE_PORTS, RAS_PORT, RAS_SOURCE_ANY, RAS_SOURCE_FIXED

# Assumed: so many connections inside so few ports did not come from a host that draws ports at random.
_MANY = 20
_NARROW = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """`documented_only`: wider than what was seen, on the word of a document."""

    ports: PortRange
    why: str
    documented_only: bool = False


def ras_ports(sources: Sequence[tuple[Address, int]]) -> Choice:
    """For (address, port) of each RAS message of a handset."""
    return _chosen(
        sources,
        (
            (RAS_SOURCE_FIXED, "fixed in older firmware; newer firmware uses any of 49300-49309"),
            (RAS_SOURCE_ANY, "newer firmware uses any free port of these"),
            (
                PortRange(RAS_PORT, RAS_PORT),
                "the well-known RAS port; a terminal that binds it uses no other",
            ),
        ),
    )


def gatekeeper_ports(sources: Sequence[tuple[Address, int]]) -> Choice:
    """For (address, port) of each call-signalling connection that a gatekeeper opened."""
    return _chosen(sources, ((GATEKEEPER_SOURCE_PORTS, "reported default, administered per network region"),))


def _chosen(sources: Sequence[tuple[Address, int]], documented: Sequence[tuple[PortRange, str]]) -> Choice:
    ports = {port for _, port in sources}
    hosts = len({address for address, _ in sources})
    low, high = min(ports), max(ports)
    span = str(low) if low == high else f"{low}-{high}"
    number = "one port" if len(ports) == 1 else f"{len(ports)} ports in"
    seen = f"{len(sources)} sightings of {hosts} host{'s' if hosts > 1 else ''}, {number} {span}"
    for known, note in documented:
        if all(port in known for port in ports):
            return Choice(known, f"{seen}; {note}", len(ports) < len(known))
    if len(sources) >= _MANY and high - low < _NARROW:
        return Choice(PortRange(low, high), f"{seen}: a range of this site's own")
    return Choice(
        EPHEMERAL if low in EPHEMERAL else ANY_PORT, f"{seen}: too few, or too far apart, for a range"
    )
