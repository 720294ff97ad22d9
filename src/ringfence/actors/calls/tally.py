"""Which calls of a plan have had the audio that they need, and which are tried again."""

from collections.abc import Iterable

from ringfence.actors.io import NOTHING, Commands, StageFailed, StageReached
from ringfence.model.stage import Stage

_ROUNDS = 2
_AGAIN = 60.0  # s between rounds; assumed: longer than a firewall remembers UDP that was not answered
TONES, FIRST, SECOND, TRANSFERRED = range(4)  # stretches of audio


class CallTally:
    """`number`: whom to call next; empty: there is nobody left to call."""

    def __init__(self, calls: Iterable[str], transferred: frozenset[str], *, tones: bool) -> None:
        self._all = tuple(calls)
        self._transferred = transferred
        self._tones = tones
        self._open = list(self._all)
        self._missed: list[str] = []
        self._rounds = _ROUNDS
        self._heard: set[int] = set()

    @property
    def number(self) -> str:
        return self._open[0] if self._open else ""

    def again(self) -> float | None:
        """A channel is there, perhaps another: who was not reached yet is called on it. Seconds to wait;
        None: nobody is to be called.
        """
        self._open = [*self._open, *self._missed]
        self._missed, self._rounds = [], _ROUNDS
        self._heard.clear()
        return 0.0 if self._open else None

    def heard(self, stretch: int) -> bool:
        """Audio went both ways in that stretch; False: that is known already."""
        new = stretch not in self._heard
        self._heard.add(stretch)
        return new

    def ended(self) -> tuple[float | None, Commands]:
        """The call is over: seconds until the next (None: there is none), and what is to be said of all."""
        number = self._open.pop(0)
        needed = {FIRST, SECOND, *((TONES,) if self._tones else ())}
        needed |= {TRANSFERRED} if number in self._transferred else set()
        if not needed <= self._heard:
            self._missed.append(number)
        self._heard.clear()
        if self._open:
            return 0.0, NOTHING
        if not self._missed:
            return None, (StageReached(Stage.MEDIA, f"audio both ways in {len(self._all)} calls"),)
        self._rounds -= 1
        if self._rounds:
            self._open, self._missed = self._missed, []
            return _AGAIN, NOTHING
        return None, (StageFailed(Stage.MEDIA, f"no audio both ways with {', '.join(self._missed)}"),)
