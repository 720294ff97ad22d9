"""The disk behind machines: rows, groups, and datagrams that wait for them."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.actors.io import Bind, DatagramReceived, Keep, Kept, LinkChanged, SendDatagram
from ringfence.drivers.store.database import FILE, Database, read_only
from ringfence.drivers.store.group import GroupCommit
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from support.aio_bench import HERE, THERE, Bench
from support.networks import Puppet

EPOCH = 1_700_000_000.0
KEEPS = st.builds(
    Keep,
    st.sampled_from(Kept),
    st.sampled_from(["a", "b", "\N{SNOWMAN}", "'; DROP TABLE record"]),
    st.none() | st.binary(max_size=5),
    st.none() | st.floats(-1e6, 1e6),
)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for host in made.hosts:
        host.close()
    made.loop.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(groups=st.lists(st.lists(KEEPS, max_size=6), max_size=6))
def test_the_last_of_each_key_is_there_after_it_was_opened_again(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[Keep]]
) -> None:
    directory = tmp_path_factory.mktemp("state")
    wanted: dict[tuple[Kept, str], Keep] = {}
    with Database(directory, power_safe=False) as database:
        for number, group in enumerate(groups):
            latest = {(each.kind, each.key): each for each in group}
            database.write([(each, each.until) for each in latest.values()], EPOCH + number)
            wanted |= latest
    there = {(each.kind, each.key): (each.body, until) for each, until in _rows(directory)}
    assert there == {key: (each.body, each.until) for key, each in wanted.items() if each.body is not None}
    with Database(directory) as again:
        assert again.written == (EPOCH + len(groups) - 1 if groups else 0.0)


def _rows(directory: Path) -> list[tuple[Keep, float | None]]:
    with Database(directory) as database:
        rows = list(database.rows())
    with read_only(directory) as others:
        assert others == rows
    return rows


def test_a_datagram_waits_for_what_is_before_it_and_those_after_wait_with_it(
    bench: Bench, tmp_path: Path
) -> None:
    sent = [SendDatagram(HERE, THERE, bytes([number])) for number in range(4)]
    machine = Puppet((Bind(HERE), sent[0], Keep(Kept.LEASE, "x", b"1"), sent[1]), lambda _: (sent[2],))
    hearer = Puppet((Bind(THERE),))

    def heard() -> list[bytes]:
        return [each.data for each in hearer.got(DatagramReceived)]

    with Database(tmp_path) as database:
        keeper = _Watched(database, EPOCH - bench.loop.time(), bench.findings.append, bench.loop)
        bench.run(hearer)
        host = bench.run(machine, keeper=keeper)
        host.deliver(LinkChanged(up=True))
        assert keeper.on_disk() == 0
        bench.until(lambda: len(heard()) == 3)
        assert heard() == [b"\0", b"\1", b"\2"]
        assert keeper.at_release == [1]
    assert bench.findings == []


class _Watched(GroupCommit):
    """Looks into the file, as another program would, when answers may leave."""

    def __init__(self, database: Database, *others: object) -> None:
        super().__init__(database, *others)  # type: ignore[arg-type]
        self._file = database.path
        self.at_release: list[int] = []

    def on_disk(self) -> int:
        with closing(sqlite3.connect(self._file)) as database:
            return int(database.execute("SELECT count(*) FROM record").fetchone()[0])

    def keep(self, record: Keep, kept: object) -> None:
        def released() -> None:
            self.at_release.append(self.on_disk())
            kept()  # type: ignore[operator]

        super().keep(record, released)


def test_a_database_that_refuses_is_told_once_and_caught_up_with(tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()
    findings: list[Finding] = []
    done: list[str] = []
    with Database(tmp_path, power_safe=False) as database:
        group = GroupCommit(database, 0.0, findings.append, loop)
        other = sqlite3.connect(database.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        for key in ("a", "b"):
            group.keep(Keep(Kept.LEASE, key, b"1"), lambda key=key: done.append(key))  # type: ignore[misc]
            loop.call_soon(loop.stop)
            loop.run_forever()
        assert done == ["a", "b"]  # answers left
        assert [each.code for each in findings] == ["STATE_NOT_KEPT"]
        other.execute("ROLLBACK")
        other.close()
        group.close()
        assert [each.code for each in findings] == ["STATE_NOT_KEPT", "STATE_KEPT_AGAIN"]
        assert [each.key for each, _ in database.rows()] == ["a", "b"]
    loop.close()


def test_a_directory_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with Database(tmp_path), pytest.raises(InputError, match="in use by another"):
        Database(tmp_path)
    with Database(tmp_path):
        pass


@pytest.mark.parametrize("cut", [0, 100, 4096, 8192])
def test_no_damage_to_the_file_is_a_traceback(tmp_path: Path, cut: int) -> None:
    with Database(tmp_path) as database:
        rows = ((Keep(Kept.LEASE, str(number), bytes(500)), None) for number in range(200))
        database.write(rows, EPOCH)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:cut] + b"\xff" * 3000 + whole[cut + 3000 :])
    with Database(tmp_path) as again:
        assert again.put_aside is not None
        assert list(again.rows()) == []
    with Database(tmp_path) as third:
        assert third.put_aside is None
