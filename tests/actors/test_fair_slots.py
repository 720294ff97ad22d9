"""Slots that are shared: whoever has many makes room for whoever has few."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.fair_slots import FairSlots

MOST = 8
TAKE = st.tuples(st.just("take"), st.integers(0, 4))
FREE = st.tuples(st.just("free"), st.integers(0, 60))


@given(st.lists(TAKE | FREE, max_size=120))
def test_never_too_many_and_the_greedy_make_room(steps: list[tuple[str, int]]) -> None:
    slots: FairSlots[int, int] = FairSlots(MOST)
    held: dict[int, int] = {}  # holder -> source
    for holder, (what, number) in enumerate(steps):
        if what == "free":
            slots.free(number)
            held.pop(number, None)
            continue
        counts = Counter(held.values())
        leaves = slots.take(number, holder)
        if leaves is not None and leaves != holder:
            assert counts[held[leaves]] == max(counts.values())
            assert counts[number] + 1 < counts[held[leaves]]
            assert leaves == max(each for each, source in held.items() if source == held[leaves])
            del held[leaves]
        if leaves == holder:
            assert len(held) == MOST
            assert counts[number] + 1 >= max(counts.values())
        else:
            held[holder] = number
        assert len(slots) == len(held) <= MOST


def test_one_address_does_not_keep_others_out() -> None:
    slots: FairSlots[str, int] = FairSlots(100)
    for number in range(1000):
        slots.take("flood", number)
    honest = range(1000, 1040)
    assert all(slots.take(f"phone {number}", number) is not None for number in honest)
    assert all(slots.take("flood", number) == number for number in range(2000, 2100))
    assert len(slots) == 100


def test_no_slots_are_none() -> None:
    with pytest.raises(ValueError, match="0 slots"):
        FairSlots(0)
