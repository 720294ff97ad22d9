"""A machine's own opinions: stages reached and failed, and findings, none of them said twice in a row."""

from ringfence.actors.io import NOTHING, Commands, Noted, StageFailed, StageReached
from ringfence.model.findings import Code, Finding
from ringfence.model.stage import Stage

# A peer that tries may not make us remember more; beyond that, findings of the kind are no longer told apart.
_MOST = 1024


class Reports:
    """Remembers what was said."""

    __slots__ = ("_noted", "_reached")

    def __init__(self) -> None:
        # Few things are said, and of a hundred thousand phones each has four of these.
        self._reached: tuple[Stage, ...] = ()
        self._noted: frozenset[tuple[str, str]] = frozenset()

    def reached(self, stage: Stage) -> bool:
        return stage in self._reached

    def reach(self, stage: Stage, detail: str) -> Commands:
        """StageReached, unless it was reached already and has not failed since."""
        if stage in self._reached:
            return NOTHING
        self._reached = (*self._reached, stage)
        return (StageReached(stage, detail),)

    def fail(self, stage: Stage, detail: str) -> Commands:
        """StageFailed; the stage may be reached again."""
        self._reached = tuple(each for each in self._reached if each is not stage)
        return (StageFailed(stage, detail),)

    def note(self, code: Code, sentence: str, stage: Stage | None = None, *, about: str = "") -> Commands:
        """A finding, once for each `about`."""
        if (code, about) in self._noted or len(self._noted) >= _MOST:
            return NOTHING
        self._noted |= {(code, about)}
        return (Noted(Finding(code, sentence, stage)),)

    def forget(self, code: Code) -> None:
        """The matter is settled: the same finding may be noted again."""
        self._noted = frozenset(said for said in self._noted if said[0] != code)
