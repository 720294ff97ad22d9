"""One site on one network, booted through one policy after another."""

from collections.abc import Sequence
from typing import Protocol

from ringfence.drivers.recording import RunRecording
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.turns import FIRST_TURN, Turn
from ringfence.verify.report import NetworkKind


class Testbed(Protocol):
    """A simulated or a real network with one group of the site on it; `load` before `boot` and `offer`."""

    @property
    def kind(self) -> NetworkKind: ...

    @property
    def network(self) -> SiteNetwork: ...

    def load(self, policy: Policy, firewall: str = "") -> None:
        """Enforce this policy at a firewall (the first when none is named) and forget every connection."""

    def boot(self, turn: Turn = FIRST_TURN) -> RunRecording:
        """Power the handset up; of each list of servers the one whose turn it is answers."""

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        """Send packets that open nothing known; the ones that all firewalls on their way let through."""
