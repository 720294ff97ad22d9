"""The table against a plain list that does the same by looking at everything."""

import tracemalloc
from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper.registrations import DuplicateAliasError, RegisteredEndpoint, Registrations
from ringfence.model.address import transport


def endpoint(
    number: int, *aliases: str, host: int | None = None, lifetime: float = 60.0, at: float = 0.0
) -> RegisteredEndpoint:
    ip = f"10.2.{(host or number) >> 8}.{(host or number) & 255}"
    ras, call = transport(ip, 49300), transport(ip, 1720)
    return RegisteredEndpoint(f"{number}_ep", aliases or (str(1000 + number),), ras, call, lifetime, at)


def test_found_by_each_of_its_names() -> None:
    table = Registrations()
    one = endpoint(1, "1001", "alice")
    table.add(one, 0.0)
    assert table.by_id("1_ep") is table.by_alias("alice") is table.by_alias("1001") is one
    assert table.by_ras(one.ras) is table.by_call_signalling(one.call_signalling) is one


def test_an_alias_of_another_is_refused_and_nothing_changes() -> None:
    table = Registrations()
    one = endpoint(1, "1001")
    table.add(one, 0.0)
    with pytest.raises(DuplicateAliasError) as refusal:
        table.add(endpoint(2, "1002", "1001"), 1.0)
    assert refusal.value.owner is one
    assert table.by_alias("1002") is None
    assert len(table) == 1


def test_the_same_address_again_replaces_the_old_registration() -> None:
    table = Registrations()
    old = endpoint(1, "1001")
    table.add(old, 0.0)
    assert table.add(endpoint(2, "1001", host=1), 5.0) == [old]
    assert table.by_id("1_ep") is None
    assert table.expire(60.0) == []
    assert [gone.endpointIdentifier for gone in table.expire(65.0)] == ["2_ep"]


def test_a_refreshed_registration_outlives_its_first_deadline() -> None:
    table = Registrations()
    table.add(endpoint(1), 0.0)
    one = table.by_id("1_ep")
    assert one
    table.refresh(one, 50.0)
    assert table.next_expiry == 60.0
    assert table.expire(60.0) == []
    assert table.next_expiry == 110.0
    assert table.expire(110.0) == [one]
    assert len(table) == 0


def test_without_a_lifetime_it_never_expires() -> None:
    table = Registrations()
    table.add(endpoint(1, lifetime=inf), 0.0)
    assert table.next_expiry is None
    assert table.expire(1e12) == []


def test_an_endpoint_takes_less_than_four_kibibytes() -> None:
    tracemalloc.start()
    table = Registrations()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1, 2001):
        table.add(endpoint(number, lifetime=60.0 + number), 0.0)
    each = (tracemalloc.get_traced_memory()[0] - before) / 2000
    tracemalloc.stop()
    assert each < 4096


def test_putting_deadlines_to_and_fro_does_not_grow_the_heap() -> None:
    deadlines: Deadlines[int] = Deadlines()
    tracemalloc.start()
    for turn in range(20_000):
        deadlines.put(turn % 10, 1e6 - turn)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used < 50_000
    assert sorted(deadlines.take(1e6)) == list(range(10))
    assert deadlines.next is None


class TableAgainstList(RuleBasedStateMachine):
    """Addresses, aliases and identifiers come from small sets, so that they clash."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Registrations()
        self.list: list[tuple[RegisteredEndpoint, float]] = []
        self.now = 0.0

    @rule(
        number=st.integers(1, 5),
        host=st.integers(1, 5),
        aliases=st.lists(st.sampled_from("abcde"), unique=True, max_size=3),
        lifetime=st.sampled_from([10.0, 25.0, inf]),
    )
    def add(self, number: int, host: int, aliases: list[str], lifetime: float) -> None:
        new = endpoint(number, *aliases, host=host, lifetime=lifetime, at=self.now)
        stay = [
            (old, end)
            for old, end in self.list
            if old.endpointIdentifier != new.endpointIdentifier and old.ras != new.ras
        ]
        if any(set(old.aliases) & set(new.aliases) for old, _ in stay):
            with pytest.raises(DuplicateAliasError):
                self.table.add(new, self.now)
        else:
            self.table.add(new, self.now)
            self.list = [*stay, (new, self.now + lifetime)]

    @precondition(lambda self: self.list)
    @rule(pick=st.integers(0, 99))
    def refresh(self, pick: int) -> None:
        index = pick % len(self.list)
        one = self.list[index][0]
        self.table.refresh(one, self.now)
        self.list[index] = (one, self.now + one.lifetime)

    @precondition(lambda self: self.list)
    @rule(pick=st.integers(0, 99))
    def remove(self, pick: int) -> None:
        self.table.remove(self.list.pop(pick % len(self.list))[0])

    @precondition(lambda self: self.list)
    @rule(pick=st.integers(0, 99), aliases=st.lists(st.sampled_from("abcde"), unique=True, max_size=3))
    def rename(self, pick: int, aliases: list[str]) -> None:
        one = self.list[pick % len(self.list)][0]
        if any(set(other.aliases) & set(aliases) for other, _ in self.list if other is not one):
            with pytest.raises(DuplicateAliasError):
                self.table.rename(one, tuple(aliases))
        else:
            self.table.rename(one, tuple(aliases))

    @rule(seconds=st.sampled_from([0.0, 4.0, 11.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        gone = {old.endpointIdentifier for old, end in self.list if end <= self.now}
        assert {old.endpointIdentifier for old in self.table.expire(self.now)} == gone
        self.list = [(old, end) for old, end in self.list if end > self.now]

    @invariant()
    def the_same_endpoints_are_found(self) -> None:
        assert {one.endpointIdentifier for one in self.table} == {
            one.endpointIdentifier for one, _ in self.list
        }
        for one, _ in self.list:
            assert self.table.by_id(one.endpointIdentifier) is one
            assert self.table.by_ras(one.ras) is self.table.by_call_signalling(one.call_signalling) is one
            assert all(self.table.by_alias(alias) is one for alias in one.aliases)
        taken = {alias for one, _ in self.list for alias in one.aliases}
        assert all(self.table.by_alias(alias) is None for alias in set("abcde") - taken)
        soonest = min((end for _, end in self.list), default=inf)
        assert (self.table.next_expiry or 0.0) <= soonest


TestTableAgainstList = TableAgainstList.TestCase
TestTableAgainstList.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
