"""One site on one network, booted through one policy after another."""

from collections.abc import Sequence
from typing import Protocol

from ringfence.drivers.recording import RunRecording
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy
from ringfence.verify.report import NetworkKind


class Testbed(Protocol):
    """A simulated or a real network with the site on it; `load` before `boot` and `offer`."""

    @property
    def kind(self) -> NetworkKind: ...

    def load(self, policy: Policy) -> None:
        """Enforce this policy from now on and forget every connection."""

    def boot(self, gatekeeper: int = 0) -> RunRecording:
        """Power the handset up; only the site's gatekeeper of that number answers."""

    def offer(self, packets: Sequence[Packet]) -> frozenset[Packet]:
        """Send packets at the firewall that open nothing known; the ones it lets through."""
