"""What a simulation found, of a part of the phones and of all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isnan

import msgspec

from ringfence.simulation.scenario import SimulatedSeconds

# The points of a curve that a page draws and a table prints.
_POINTS = 400


class QueueFound(msgspec.Struct, frozen=True):
    """What waited at a server: `most` at once, `waited` seconds on average, `longest` at most."""

    server: str
    served: int
    lost: int
    most: int
    waited: SimulatedSeconds
    longest: SimulatedSeconds


class Look(msgspec.Struct, frozen=True):
    """At one time: connections by firewall, messages that wait by server, phones that can be called."""

    at: SimulatedSeconds
    states: dict[str, int]
    waiting: dict[str, int]
    ready: int


class Broken(msgspec.Struct, frozen=True):
    """Something that went wrong: when first, how often."""

    at: SimulatedSeconds
    what: str
    times: int


class PartFound(msgspec.Struct, frozen=True):
    """Some phones. `registered` and `ready` are seconds since each got its power; NaN: never."""

    phones: int
    registered: list[SimulatedSeconds]
    ready: list[SimulatedSeconds]
    ready_at: list[SimulatedSeconds]
    holding: int
    lost: int
    repeated: dict[str, int]
    samples: list[Look]
    queues: list[QueueFound]
    broken: list[Broken]
    events: int


class Percentiles(msgspec.Struct, frozen=True):
    """SimulatedSeconds since a phone got its power; None: fewer phones than that came so far."""

    median: SimulatedSeconds | None
    p90: SimulatedSeconds | None
    p99: SimulatedSeconds | None
    last: SimulatedSeconds | None


class Found(msgspec.Struct, frozen=True):
    """All phones. `everybody`: seconds until the last of them could be called, None: never. `shares`: in how
    many parts they were simulated, each with its share of what the servers can do.
    """

    phones: int
    ready: int
    holding: int
    everybody: SimulatedSeconds | None
    registered: Percentiles
    can_be_called: Percentiles
    lost: int
    repeated: dict[str, int]
    peak_states: dict[str, int]
    queues: list[QueueFound]
    broken: list[Broken]
    curve: list[tuple[SimulatedSeconds, int]]
    samples: list[Look]
    events: int
    shares: int


def joined_parts(parts: Sequence[PartFound]) -> Found:
    """Parts that ran beside each other, each with its share of what the servers can do."""
    ready_at = sorted(at for part in parts for at in part.ready_at if not isnan(at))
    phones = sum(part.phones for part in parts)
    repeated: Counter[str] = Counter()
    for part in parts:
        repeated.update(part.repeated)
    samples = _samples(parts)
    return Found(
        phones=phones,
        ready=len(ready_at),
        holding=sum(part.holding for part in parts),
        everybody=ready_at[-1] if len(ready_at) == phones else None,
        registered=quantiles([each for part in parts for each in part.registered]),
        can_be_called=quantiles([each for part in parts for each in part.ready]),
        lost=sum(part.lost for part in parts),
        repeated=dict(sorted(repeated.items())),
        peak_states=_peaks(samples),
        queues=_queues(parts),
        broken=_broken(parts),
        curve=_curve(ready_at),
        samples=samples,
        events=sum(part.events for part in parts),
        shares=len(parts),
    )


def quantiles(times: Sequence[SimulatedSeconds]) -> Percentiles:
    """Of all phones: those that never came count as later than any."""
    come = sorted(time for time in times if not isnan(time))

    def at(share: float) -> SimulatedSeconds | None:
        place = max(0, -int(-share * len(times) // 1) - 1)
        return come[place] if place < len(come) else None

    return Percentiles(at(0.5), at(0.9), at(0.99), at(1.0)) if times else Percentiles(None, None, None, None)


def _curve(ready_at: Sequence[SimulatedSeconds]) -> list[tuple[SimulatedSeconds, int]]:
    """How many could be called by when: not every phone, when they are many."""
    step = max(1, len(ready_at) // _POINTS)
    places = [*range(step - 1, len(ready_at), step)]
    if ready_at and (not places or places[-1] != len(ready_at) - 1):
        places.append(len(ready_at) - 1)
    return [(ready_at[place], place + 1) for place in places]


def _samples(parts: Sequence[PartFound]) -> list[Look]:
    """Sums over the parts, which look at the same times; what a part that ended earlier had last stays so."""
    longest = max((part.samples for part in parts), key=len)
    found = []
    for place, sample in enumerate(longest):
        row = [sample, *(own[min(place, len(own) - 1)] for own in _others(parts, longest))]
        states: Counter[str] = Counter()
        waiting: Counter[str] = Counter()
        for each in row:
            states.update(each.states)
            waiting.update(each.waiting)
        found.append(Look(sample.at, dict(states), dict(waiting), sum(each.ready for each in row)))
    return found


def _others(parts: Sequence[PartFound], but: list[Look]) -> list[list[Look]]:
    return [part.samples for part in parts if part.samples is not but]


def _peaks(samples: Iterable[Look]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sample in samples:
        for firewall, states in sample.states.items():
            found[firewall] = max(states, found.get(firewall, 0))
    return found


def _queues(parts: Sequence[PartFound]) -> list[QueueFound]:
    by_server: dict[str, list[QueueFound]] = {}
    for part in parts:
        for each in part.queues:
            by_server.setdefault(each.server, []).append(each)
    return [
        QueueFound(
            server,
            served := sum(each.served for each in own),
            sum(each.lost for each in own),
            sum(each.most for each in own),
            sum(each.waited * each.served for each in own) / served if served else 0.0,
            max(each.longest for each in own),
        )
        for server, own in by_server.items()
    ]


def _broken(parts: Sequence[PartFound]) -> list[Broken]:
    """The same thing in several parts is one, in order of time."""
    found: dict[str, Broken] = {}
    for part in parts:
        for each in part.broken:
            before = found.get(each.what)
            first = each.at if before is None else min(each.at, before.at)
            found[each.what] = Broken(first, each.what, each.times + (before.times if before else 0))
    return sorted(found.values(), key=lambda each: (each.at, each.what))
