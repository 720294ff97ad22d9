"""Percentiles count who never came, and parts add up."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.simulation.outcome import Broken, Look, PartFound, QueueFound, joined_parts, quantiles
from ringfence.simulation.run import scaled
from ringfence.simulation.scenario import Capacity


def part(ready_at: list[float], **changes: object) -> PartFound:
    values: dict[str, object] = {
        "phones": len(ready_at),
        "registered": ready_at,
        "ready": ready_at,
        "ready_at": ready_at,
        "holding": len(ready_at),
        "lost": 0,
        "repeated": {},
        "samples": [],
        "queues": [],
        "broken": [],
        "events": 1,
    }
    return PartFound(**(values | changes))  # type: ignore[arg-type]


def test_percentiles_are_of_all_phones() -> None:
    times = [float(number) for number in range(1, 101)]
    found = quantiles(times)
    assert (found.median, found.p90, found.p99, found.last) == (50.0, 90.0, 99.0, 100.0)
    half = quantiles([*times[:50], *[nan] * 50])
    assert (half.median, half.p90, half.last) == (50.0, None, None)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300))
def test_percentiles_are_times_of_phones_in_order(times: list[float]) -> None:
    found = quantiles(times)
    assert found.median is not None and found.p90 is not None and found.p99 is not None
    assert found.median <= found.p90 <= found.p99 <= max(times) == found.last
    assert {found.median, found.p90, found.p99} <= set(times)
    assert sum(time <= found.median for time in times) >= len(times) / 2


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=1500))
def test_a_curve_rises_and_ends_with_the_last(times: list[float]) -> None:
    found = joined_parts([part(times)])
    assert found.everybody == max(times)
    assert found.curve == sorted(found.curve)
    assert found.curve[-1] == (max(times), len(times))
    assert len(found.curve) <= 802


def test_one_phone_that_never_came_is_not_everybody() -> None:
    found = joined_parts([part([1.0, nan]), part([2.0])])
    assert (found.phones, found.ready, found.everybody) == (3, 2, None)


def test_parts_add_up_and_what_ended_earlier_stays_as_it_was() -> None:
    one = part(
        [1.0],
        samples=[Look(1.0, {"edge": 5}, {"g": 1}, 1)],
        queues=[QueueFound("g", 10, 1, 3, 0.5, 2.0)],
        broken=[Broken(4.0, "x", 2)],
        repeated={"dhcp": 1},
    )
    other = part(
        [2.0],
        samples=[Look(1.0, {"edge": 1}, {"g": 0}, 0), Look(2.0, {"edge": 9}, {"g": 4}, 1)],
        queues=[QueueFound("g", 30, 0, 4, 0.1, 1.0)],
        broken=[Broken(3.0, "x", 1), Broken(9.0, "y", 1)],
        repeated={"dhcp": 2},
    )
    found = joined_parts([one, other])
    assert [(each.states["edge"], each.waiting["g"], each.ready) for each in found.samples] == [
        (6, 1, 1),
        (14, 5, 2),
    ]
    assert found.peak_states == {"edge": 14}
    [queue] = found.queues
    assert (queue.served, queue.lost, queue.longest) == (40, 1, 2.0)
    assert queue.waited == pytest.approx(0.2)
    assert found.broken == [Broken(3.0, "x", 3), Broken(9.0, "y", 1)]
    assert found.repeated == {"dhcp": 3}


@given(st.integers(1, 64), st.floats(0.01, 1.0), st.floats(1e-4, 1.0))
def test_a_part_of_a_server_serves_its_part_of_the_messages(
    workers: int, share: float, service: float
) -> None:
    own = scaled(Capacity(service, workers), share)
    assert own.workers >= 1
    assert own.workers / own.service == pytest.approx(share * workers / service)
