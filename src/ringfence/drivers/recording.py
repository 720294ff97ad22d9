"""What every network hands back after machines have run on it, and who decides when it is enough."""

from dataclasses import dataclass
from typing import Protocol

from ringfence.actors.journal import JournalEntry
from ringfence.capture.frame import TappedFrame
from ringfence.model.findings import Finding
from ringfence.policy.filter import Dropped


@dataclass(frozen=True, slots=True)
class RunRecording:
    """One run. Times are seconds since power-up; `counters` are packets by rule id ("established" too).

    `findings` are what the driver itself had to say: a datagram that could not be sent, a port taken.
    """

    frames: tuple[TappedFrame, ...]
    dropped: tuple[Dropped, ...]
    counters: dict[str, int]
    journal: tuple[JournalEntry, ...]
    findings: tuple[Finding, ...] = ()


class Watch(Protocol):
    """Decides when a run is over: at once when `done`, else at `give_up_at` seconds since power-up."""

    def saw(self, entry: JournalEntry) -> None:
        """Look at what a machine did; entries come in order of time."""

    @property
    def dead(self) -> frozenset[str]:
        """Nodes that have no power from now on."""

    @property
    def done(self) -> bool: ...

    @property
    def give_up_at(self) -> float: ...
