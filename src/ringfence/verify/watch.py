"""When a boot has shown enough: every stage settled, or no progress for longer than any retry waits."""

from ringfence.actors.io import StageFailed, StageReached
from ringfence.actors.journal import JournalEntry
from ringfence.model.stage import MAIN_LINE, Stage

# A stage of the main line that has not been reached this long after the one before it never will be:
# DHCP has tried five times by then (4, 8, 16, 32 and 64 s, RFC 2131 section 4.1), VLANTEST (60 s) is over
# and every gatekeeper has been asked three times.
PATIENCE = 130.0


class BootWatch:
    """`expected`: the stages of this site; `horizon`: seconds from registration until the rest is due."""

    def __init__(self, expected: frozenset[Stage], horizon: float) -> None:
        self._expected = expected
        self._main_line = MAIN_LINE & expected
        self._horizon = horizon
        self._settled: set[Stage] = set()
        self._reached: set[Stage] = set()
        self._progress = 0.0

    def saw(self, entry: JournalEntry) -> None:
        for command in entry.commands:
            if isinstance(command, StageReached):
                if command.stage in self._main_line and command.stage not in self._reached:
                    self._progress = entry.time
                self._reached.add(command.stage)
                self._settled.add(command.stage)
            elif isinstance(command, StageFailed) and command.stage not in self._main_line:
                self._settled.add(command.stage)

    @property
    def done(self) -> bool:
        return self._settled >= self._expected

    @property
    def give_up_at(self) -> float:
        return self._progress + (self._horizon if self._main_line <= self._reached else PATIENCE)
