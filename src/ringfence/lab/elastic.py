"""An event loop that does real input and output but does not sit through idle waits.

When no socket has anything to say for a short real moment (the grace) and a timer is pending, the loop's
clock jumps to that timer. Kernel packets take microseconds, timers take seconds to hours, so a proof with
real packets need not wait 4 s for a DHCP retransmission or 4 h for a renewal. Real time that passes counts
too.

The kernel does not jump: its TCP retransmissions and ARP retries run in real time. `on_jump` is where the
caller makes what it can follow, `Conntrack.age` above all.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple, Unpack

_T = TypeVar("_T")
Ts = TypeVarTuple("Ts")

# Between sockets of one process a packet has arrived when the call that sent it returns: 20000 of 20000
# through router and firewall, with three busy loops on two processors beside it. The rest is caution.
_GRACE = 0.001
_HORIZON = 30 * 86400.0


class HorizonReached(Exception):  # noqa: N818 - a state of affairs, not a fault
    """The clock would jump further than it may: something waits for an event that never comes."""


def _no_hook(seconds: float) -> None:
    """Nobody wants to know."""


def _always() -> bool:
    return True


class ElasticLoop(asyncio.SelectorEventLoop):
    """`grace`: real seconds of silence before a jump. `horizon`: how many seconds may be skipped in all.

    `on_jump(seconds)` is called before each jump, while the clock still shows the old time; what it raises
    ends the run. `quiet` is asked before each jump: False while something is under way that no socket shows
    yet (`Lab.quiet`). Where foreign programs answer, give a grace that covers them, or wait in `real_time()`.
    """

    def __init__(
        self,
        *,
        grace: float = _GRACE,
        horizon: float = _HORIZON,
        on_jump: Callable[[float], object] = _no_hook,
        quiet: Callable[[], bool] = _always,
    ) -> None:
        self.skipped = 0.0
        self._grace = grace
        self._horizon = horizon
        self._on_jump = on_jump
        self._quiet = quiet
        self._holds = 0
        super().__init__(_ElasticSelector(self))

    def time(self) -> float:
        """The monotonic clock plus everything skipped, in seconds."""
        return super().time() + self.skipped

    @contextmanager
    def real_time(self) -> Iterator[None]:
        """No jump inside: for waits on something the loop cannot see, such as a foreign program."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], _T], *args: *Ts
    ) -> asyncio.Future[_T]:
        """As the base class; the clock does not jump while the job runs."""
        future = super().run_in_executor(executor, func, *args)
        self._holds += 1
        future.add_done_callback(self._release)
        return future

    def _release(self, _: object) -> None:
        self._holds -= 1

    def may_jump(self) -> bool:
        return self._holds == 0 and self._quiet()

    def jump(self, seconds: float) -> None:
        if self.skipped + seconds > self._horizon:
            raise HorizonReached(
                f"nothing happens for {seconds:.0f} s after {self.skipped:.0f} s were skipped"
            )
        self._on_jump(seconds)
        self.skipped += seconds

    @property
    def grace(self) -> float:
        return self._grace


class _ElasticSelector(selectors.BaseSelector):
    """Answers for the real selector; turns a long silence into a jump."""

    def __init__(self, loop: ElasticLoop) -> None:
        self._inner = selectors.DefaultSelector()
        self._loop = loop

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # The loop passes 0 while callbacks are ready and None without a timer: neither is a reason to jump.
        loop = self._loop
        if timeout is None or timeout <= loop.grace:
            return self._inner.select(timeout)
        due = loop.time() + timeout
        while (left := due - loop.time()) > 0:
            if ready := self._inner.select(min(left, loop.grace)):
                return ready
            if not loop.may_jump():
                continue
            # A silence proves nothing when this process itself was not running, and what was under way may
            # have arrived since: look again before believing it.
            if ready := self._inner.select(0):
                return ready
            loop.jump(max(0.0, due - loop.time()))
        return self._inner.select(0)


def run_elastic(
    main: Coroutine[Any, Any, _T],
    *,
    grace: float = _GRACE,
    horizon: float = _HORIZON,
    on_jump: Callable[[float], object] = _no_hook,
    quiet: Callable[[], bool] = _always,
) -> _T:
    """asyncio.run on an ElasticLoop. Raises what `main` raises, or HorizonReached."""

    def make() -> ElasticLoop:
        return ElasticLoop(grace=grace, horizon=horizon, on_jump=on_jump, quiet=quiet)

    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(main)
