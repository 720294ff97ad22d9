"""What all hosts of a network of flows share."""

from collections.abc import Callable
from typing import NamedTuple

from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.flows.carrier import Carrier
from ringfence.drivers.sim.flows.kept import KeptStreams
from ringfence.drivers.sim.flows.linger import Closed, Orphans


class Wiring(NamedTuple):
    clock: Clock
    carrier: Carrier
    observe: Callable[[JournalEntry], None]
    orphans: Orphans
    closed: Closed
    kept: KeptStreams
    keepalive: bool
