from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState, LeaseTable, Pool

BASE = IPv4Address("10.20.0.50")
POOL = Pool(BASE, BASE + 3)
BOUND, OFFERED, FREE = LeaseState.BOUND, LeaseState.OFFERED, LeaseState.FREE


def table(**reserved: IPv4Address) -> LeaseTable:
    return LeaseTable("data", [POOL], {name.encode(): address for name, address in reserved.items()})


def take(
    leases: LeaseTable, client: bytes, until: float | None = 100, wanted: IPv4Address | None = None
) -> int:
    """Which address of the pool the client gets; -1: none."""
    address = leases.choose(client, wanted)
    if address is None:
        return -1
    leases.grant(client, address, BOUND, until)
    return int(address) - int(BASE)


def test_fresh_addresses_first_then_the_one_free_longest() -> None:
    leases = table()
    assert [take(leases, bytes([client])) for client in range(5)] == [0, 1, 2, 3, -1]
    for client in (2, 0):
        record = leases.of_client(bytes([client]))
        assert record is not None
        leases.release(record)
    assert [take(leases, client) for client in (b"x", b"y", b"z")] == [2, 0, -1]


def test_a_client_gets_its_address_back_until_somebody_else_has_it() -> None:
    leases = table()
    assert [take(leases, client, 10) for client in (b"a", b"b", b"c")] == [0, 1, 2]
    assert {each.client for each in leases.expire(10)} == {b"a", b"b", b"c"}
    assert take(leases, b"b") == 1
    assert take(leases, b"d") == 3
    assert take(leases, b"e") == 0
    assert leases.of_client(b"a") is None
    assert take(leases, b"a") == 2


def test_a_wish_is_granted_when_it_is_free_and_ours() -> None:
    leases = table(boss=BASE + 3)
    assert take(leases, b"a", wanted=BASE + 2) == 2
    assert take(leases, b"b", wanted=BASE + 2) == 0
    assert take(leases, b"c", wanted=BASE + 3) == 1
    assert take(leases, b"d", wanted=BASE + 9) == -1


def test_a_reservation_waits_for_its_client() -> None:
    leases = table(boss=BASE + 1)
    assert [take(leases, client) for client in (b"a", b"b", b"c", b"d")] == [0, 2, 3, -1]
    assert take(leases, b"boss", 5) == 1
    leases.expire(5)
    assert take(leases, b"d") == -1
    assert take(leases, b"boss") == 1


def test_a_declined_address_rests() -> None:
    leases = table()
    take(leases, b"a")
    record = leases.of_client(b"a")
    assert record is not None
    leases.decline(record, 1000)
    assert [take(leases, client) for client in (b"a", b"b", b"c", b"d")] == [1, 2, 3, -1]
    leases.expire(1000)
    assert take(leases, b"d", 2000) == 0


def test_expiry_goes_by_the_latest_grant() -> None:
    leases = table()
    leases.grant(b"a", BASE, OFFERED, 60)
    leases.grant(b"a", BASE, BOUND, 3600)
    assert leases.expire(60) == ()
    assert leases.next_expiry == 3600
    leases.grant(b"a", BASE, BOUND, None)
    assert leases.expire(10**9) == ()
    assert leases.next_expiry is None


def test_leases_are_values_that_come_back() -> None:
    leases = table(boss=BASE + 3)
    take(leases, b"a")
    take(leases, b"b", None)
    take(leases, b"boss")
    leases.expire(100)
    again = table(boss=BASE + 3)
    again.restore(leases.records())
    assert again.records() == leases.records()
    assert take(again, b"a") == 0
    assert take(again, b"c") == 2
    with pytest.raises(ValueError, match="not in scope data"):
        again.restore([LeaseRecord("data", b"x", BASE + 200, BOUND, None)])


def test_a_reservation_made_later_wins_over_the_lease_of_before() -> None:
    before = table()
    take(before, b"a", wanted=BASE + 3)
    take(before, b"boss", wanted=BASE + 2)
    after = table(boss=BASE + 3)
    after.restore(before.records())
    assert take(after, b"a") == 0
    assert take(after, b"boss") == 3
    assert [int(each.address) - int(BASE) for each in after.records() if each.state is FREE] == [2]
    after.expire(100)
    assert [take(after, client, 200) for client in (b"b", b"c", b"d", b"e")] == [1, 2, 0, -1]


def test_a_declined_reservation_is_not_given_again() -> None:
    leases = table(boss=BASE + 3)
    take(leases, b"boss")
    record = leases.of_client(b"boss")
    assert record is not None
    leases.decline(record, 1000)
    assert take(leases, b"boss") == -1
    leases.expire(1000)
    assert take(leases, b"boss", 2000) == 3


def test_a_free_reservation_that_was_kept_is_still_its_clients() -> None:
    leases = table(boss=BASE + 1)
    leases.restore([LeaseRecord("data", b"boss", BASE + 1, FREE, None)])
    assert [take(leases, client) for client in (b"a", b"b", b"c", b"d")] == [0, 2, 3, -1]


def test_a_client_that_asks_for_ever_costs_nothing_more() -> None:
    leases = table()
    for instant in range(20_000):
        leases.grant(b"a", BASE, BOUND, instant + 3600.0)
    assert len(leases._queue) < 100
    assert leases.next_expiry is not None


def test_a_reversed_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="reversed"):
        Pool(BASE + 1, BASE)


steps = st.lists(
    st.tuples(
        st.sampled_from(["discover", "request", "release", "decline", "expire"]),
        st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f", b"boss"]),
        st.integers(0, 30),
    ),
    max_size=60,
)


@given(steps)
def test_no_address_ever_has_two_clients(actions: list[tuple[str, bytes, int]]) -> None:
    leases = table(boss=BASE + 1)
    now = 0.0
    for action, client, number in actions:
        record = leases.of_client(client)
        if action in {"discover", "request"}:
            address = leases.choose(client, BASE + number % 5)
            if address is not None:
                leases.grant(client, address, BOUND if action == "request" else OFFERED, now + number)
        elif action == "release" and record is not None:
            leases.release(record)
        elif action == "decline" and record is not None and record.state is not FREE:
            leases.decline(record, now + number)
        elif action == "expire":
            now += number
            leases.expire(now)
            assert leases.next_expiry is None or leases.next_expiry > now
        records = leases.records()
        assert len(records) <= 4
        clients = [each.client for each in records if each.client]
        assert len(set(clients)) == len(clients)
        for each in records:
            assert (each.address == BASE + 1) <= (each.client in {b"boss", b""})
            if each.client:
                assert leases.of_client(each.client) == each


def test_who_only_asks_does_not_keep_the_others_out() -> None:
    """A flood of DISCOVERs under new names, each offered an address: the oldest offer makes room."""
    table = LeaseTable("phones", (Pool(IPv4Address("10.0.0.10"), IPv4Address("10.0.0.13")),), {})
    held = table.choose(b"phone", None)
    assert held is not None
    table.grant(b"phone", held, LeaseState.BOUND, 1000.0)
    for number in range(50):
        offered = table.choose(b"flood %d" % number, None)
        assert offered not in {None, held}
        assert offered is not None
        table.grant(b"flood %d" % number, offered, LeaseState.OFFERED, 60.0)
    late = table.choose(b"late", None)
    assert late is not None
    assert late != held
    table.grant(b"late", late, LeaseState.OFFERED, 60.0)
    assert table.of_client(b"late") == table.at(late)
    for number in range(2):  # as many as there are others
        again = table.choose(b"more %d" % number, None)
        assert again not in {held, late, None}
        assert again is not None
        table.grant(b"more %d" % number, again, LeaseState.OFFERED, 60.0)
    table.grant(b"late", late, LeaseState.BOUND, 1000.0)
    for number in range(10):
        taken = table.choose(b"last %d" % number, None)
        assert taken not in {held, late}
