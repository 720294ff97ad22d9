"""Shares of a site's phones, run together on one clock and looked at from time to time."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain

from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.simulation.outcome import Broken, Look, PartFound, QueueFound
from ringfence.simulation.run import SiteRun, Together
from ringfence.simulation.scenario import Scenario

# A site where not everybody can be called by then has more to say than a longer watch would.
LONGEST_WATCH = 3600.0
_DENSE, _SPARSE = 300.0, 300  # a look each second so long after the last power; later so many in all


def run_together(
    runs: Sequence[SiteRun],
    common: Together,
    scenario: Scenario,
    progress: Callable[[float, int], object],
) -> PartFound:
    """Let it all happen. `progress` hears the time and how many phones can be called."""
    last = scenario.until if scenario.until is not None else scenario.within + LONGEST_WATCH
    settled = max([scenario.within, *(each.at + (each.lasts or 0.0) for each in scenario.happenings)])
    phones = sum(len(run.census.ready) for run in runs)
    samples: list[Look] = []
    for run in runs:
        run.begin()
    with gc_paused():
        for at in sample_times(scenario.within, last):
            common.clock.run(at)
            sample = _sample(runs, common)
            samples.append(sample)
            progress(at, sample.ready)
            if scenario.until is None and at >= settled and sample.ready == phones:
                break
    return _found(runs, common, samples)


def sample_times(within: float, last: float) -> list[float]:
    """Each second while much happens, then a fixed number; the last is the end."""
    dense = min(last, within + _DENSE)
    found = [float(second) for second in range(1, int(dense) + 1)]
    step = max(1.0, (last - dense) / _SPARSE)
    while (found[-1] if found else 0.0) + step < last:
        found.append((found[-1] if found else 0.0) + step)
    return [*found, last] if not found or found[-1] < last else found


def _sample(runs: Sequence[SiteRun], common: Together) -> Look:
    now = common.clock.now
    return Look(
        now,
        {name: each.tracked(now) for name, each in common.filters.items()},
        {name: queue.waiting for name, queue in common.queues.items()},
        sum(run.census.now_ready for run in runs),
    )


def _found(runs: Sequence[SiteRun], common: Together, samples: list[Look]) -> PartFound:
    each = [run.census for run in runs]
    powered = list(chain.from_iterable(census.powered for census in each))
    registered = chain.from_iterable(census.registered for census in each)
    ready_at = list(chain.from_iterable(census.ready for census in each))
    repeated: Counter[str] = Counter()
    for census in each:
        repeated.update(census.repeated)
    return PartFound(
        phones=len(powered),
        registered=[at - on for at, on in zip(registered, powered, strict=True)],
        ready=[at - on for at, on in zip(ready_at, powered, strict=True)],
        ready_at=ready_at,
        holding=sum(run.holding for run in runs),
        lost=sum(census.lost for census in each),
        repeated=dict(repeated),
        samples=samples,
        queues=[
            QueueFound(
                name,
                queue.served,
                queue.lost,
                queue.most,
                queue.waited / queue.served if queue.served else 0.0,
                queue.longest,
            )
            for name, queue in common.queues.items()
        ],
        broken=_broken(runs, common),
        events=sum(census.entries for census in each),
    )


def _broken(runs: Sequence[SiteRun], common: Together) -> list[Broken]:
    found = [Broken(first, what, times) for what, (first, times) in common.broken.items()]
    for name, queue in common.queues.items():
        if queue.lost_at is not None:
            found.append(Broken(queue.lost_at, f"{name}: no room to wait", queue.lost))
    first: dict[str, float] = {}
    failed: Counter[str] = Counter()
    for run in runs:
        failed.update(run.census.failed)
        for stage, at in run.census.first_failed.items():
            first[stage] = min(at, first.get(stage, at))
    return [*found, *(Broken(at, f"phones fail at {stage}", failed[stage]) for stage, at in first.items())]
