from hypothesis import given
from hypothesis import strategies as st

from ringfence.drivers.sim.clock import Clock


@given(st.lists(st.floats(0, 100)))
def test_actions_come_in_order_of_time_and_then_of_asking(times: list[float]) -> None:
    clock = Clock()
    done: list[tuple[float, int]] = []
    for ticket, time in enumerate(times):
        clock.at(time, lambda ticket=ticket: done.append((clock.now, ticket)))
    assert not clock.run(until=100)
    assert done == sorted((time, ticket) for ticket, time in enumerate(times))
    assert clock.now == 100


def test_what_lies_behind_the_end_waits_for_the_next_run() -> None:
    clock = Clock(start=5.0)
    done: list[float] = []
    clock.after(1.0, lambda: done.append(clock.now))
    clock.after(3.0, lambda: done.append(clock.now))
    clock.run(until=7.0)
    assert (done, clock.now) == ([6.0], 7.0)
    clock.run(until=8.0)
    assert done == [6.0, 8.0]


def test_stop_is_asked_after_each_action_and_before_the_first() -> None:
    clock = Clock()
    done: list[int] = []
    for number in range(5):
        clock.at(1.0, done.append, number)
    assert clock.run(until=9.0, stop=lambda: len(done) == 2)
    assert (done, clock.now) == ([0, 1], 1.0)
    assert clock.run(until=9.0, stop=lambda: True)
    assert done == [0, 1]


def test_what_is_asked_for_in_the_past_happens_now() -> None:
    clock = Clock(start=10.0)
    seen: list[float] = []
    clock.at(3.0, lambda: seen.append(clock.now))
    clock.run(until=10.0)
    assert seen == [10.0]
