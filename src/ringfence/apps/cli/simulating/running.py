"""Scenarios run, each in its shares, by this process or by workers."""

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.apps.cli.workers import JobFailed, cluster, local_workers
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.simulation.estate import phones_in_parts, simulate_part, too_many
from ringfence.simulation.outcome import Found, PartFound, joined_parts
from ringfence.simulation.run import GroupShare
from ringfence.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Run:
    """`warnings` are sentences about what was asked for."""

    found: Found
    warnings: list[str]


def run_all(
    site: Site, wanted: list[Scenario], workers: int, scheduler: str, said: Callable[[str], object]
) -> list[Run]:
    """Every scenario, in order. Several are not divided further: workers have enough to do.

    `said` hears how far it is. `scheduler`: of a Dask cluster; empty: this machine.
    """
    divided = workers if len(wanted) == 1 else 1
    divided_into = [phones_in_parts(site, each.phones, divided) for each in wanted]
    jobs = [(number, shares) for number, parts in enumerate(divided_into) for shares in parts]
    given = [(site, wanted[number], shares) for number, shares in jobs]
    done_parts: dict[tuple[int, int], PartFound] = {}
    if len(jobs) == 1 or (workers == 1 and not scheduler):
        for place, (one, scenario, shares) in enumerate(given):
            done_parts[jobs[place][0], place] = _here(
                one, scenario, shares, f"{place + 1} of {len(jobs)}", said
            )
    else:
        opened = cluster(scheduler) if scheduler else local_workers(min(workers, len(jobs)))
        with opened as run:
            for place, done in run(simulate_part, given):
                if isinstance(done, JobFailed):
                    raise InputError(done.why, where="--scheduler", remedy="look into the worker's log")
                done_parts[jobs[place][0], place] = done
                said(f"{len(done_parts)} of {len(jobs)} parts are done")
    return [
        Run(
            joined_parts([part for (of, _), part in sorted(done_parts.items()) if of == number]),
            too_many(site, [share for part in divided_into[number] for share in part]),
        )
        for number in range(len(wanted))
    ]


def _here(
    site: Site, scenario: Scenario, shares: list[GroupShare], which: str, said: Callable[[str], object]
) -> PartFound:
    phones = sum(share.phones for share in shares)

    def progress(at: float, ready: int) -> None:
        said(f"part {which}: {at:.0f} s, {ready} of {phones} phones can be called")

    return simulate_part(site, scenario, shares, progress)
