"""When a boot has shown enough: every stage settled, or no progress for longer than any retry waits."""

from collections.abc import Iterable

from ringfence.actors.io import StageFailed, StageReached
from ringfence.actors.journal import JournalEntry
from ringfence.model.stage import MAIN_LINE, Stage
from ringfence.roles.network import HANDSET

# A stage of the main line that has not been reached this long after the one before it never will be:
# DHCP has tried five times by then (4, 8, 16, 32 and 64 s, RFC 2131 section 4.1), VLANTEST (60 s) is over
# and every gatekeeper has been asked three times.
PATIENCE = 130.0


class BootWatch:
    """`expected`: the stages of this site; `horizon`: seconds from registration until the rest is due;
    `patience`: seconds without a new stage until then.
    """

    def __init__(self, expected: frozenset[Stage], horizon: float, patience: float = PATIENCE) -> None:
        self._expected = expected
        self._main_line = MAIN_LINE & expected
        self._horizon = horizon
        self._patience = patience
        self._settled: set[Stage] = set()
        self._reached: set[Stage] = set()
        self._progress = 0.0

    def saw(self, entry: JournalEntry) -> None:
        for command in entry.commands:
            # What others say that they reached may be of the far end of a call.
            if isinstance(command, StageReached) and entry.host == HANDSET:
                if command.stage in self._main_line and command.stage not in self._reached:
                    self._progress = entry.time
                self._reached.add(command.stage)
                self._settled.add(command.stage)
            elif isinstance(command, StageFailed) and command.stage not in self._main_line:
                self._settled.add(command.stage)

    @property
    def dead(self) -> frozenset[str]:
        return frozenset()

    @property
    def done(self) -> bool:
        return self._settled >= self._expected

    @property
    def give_up_at(self) -> float:
        return self._progress + (self._horizon if self._main_line <= self._reached else self._patience)


def reached_at(journal: Iterable[JournalEntry], host: str, stage: Stage) -> float | None:
    """When the machine of a host said first that it had reached a stage; None: never."""
    return next(
        (
            entry.time
            for entry in journal
            if entry.host == host
            for command in entry.commands
            if isinstance(command, StageReached) and command.stage is stage
        ),
        None,
    )


class FailoverWatch:
    """A boot in which a node loses its power once the handset has completed a stage.

    `anew` are the stages that have to be reached after that, within `horizon` seconds.
    """

    def __init__(
        self, expected: frozenset[Stage], node: str, after: Stage, anew: frozenset[Stage], horizon: float
    ) -> None:
        self._missing = set(expected)
        self._anew = anew & expected
        self._node = node
        self._after = after
        self._horizon = horizon
        self.died_at: float | None = None

    def saw(self, entry: JournalEntry) -> None:
        if entry.host != HANDSET:
            return
        for command in entry.commands:
            if isinstance(command, StageReached):
                self._missing.discard(command.stage)
                if command.stage is self._after and self.died_at is None:
                    self.died_at = entry.time
                    self._missing |= self._anew

    @property
    def dead(self) -> frozenset[str]:
        return frozenset() if self.died_at is None else frozenset({self._node})

    @property
    def done(self) -> bool:
        return self.died_at is not None and not self._missing

    @property
    def give_up_at(self) -> float:
        return (self.died_at or 0.0) + self._horizon
