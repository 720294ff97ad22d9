"""One host that floods does not starve the others."""

import socket
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.io import Bind, DatagramReceived
from ringfence.drivers.aio.fair import FairQueue
from support.aio_bench import HERE, Bench
from support.networks import Puppet

ONE, OTHER = "127.3.0.8", "127.3.0.9"


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for host in made.hosts:
        host.close()
    made.loop.close()


@given(st.lists(st.integers(1, 4) | st.none(), max_size=80))
def test_each_keeps_its_order_and_nobody_waits_for_more_than_one_of_each_other(
    steps: list[int | None],
) -> None:
    queue: FairQueue[tuple[int, int]] = FairQueue(most_of_one=5, most=12)
    sent: dict[int, list[int]] = defaultdict(list)
    since: dict[int, int] = {}  # how many others were taken since it waits
    for number, step in enumerate(steps):
        if step is None:
            if not len(queue):
                continue
            who, which = queue.take()
            assert sent[who].pop(0) == which
            since.pop(who)
            since = {each: count + 1 for each, count in since.items()}
            if sent[who]:
                since[who] = 0
            assert all(count < 4 for count in since.values())
        elif queue.put(IPv4Address(step), (step, number)):
            sent[step].append(number)
            since.setdefault(step, 0)
        else:
            assert len(sent[step]) == 5 or len(queue) == 12
    assert len(queue) == sum(map(len, sent.values()))


def test_who_speaks_once_is_heard_before_who_spoke_two_hundred_times(bench: Bench) -> None:
    machine = Puppet((Bind(HERE),))
    bench.run(machine)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as good,
    ):
        flood.bind((ONE, 0))
        good.bind((OTHER, 0))
        for number in range(200):
            flood.sendto(bytes([number]), (str(HERE.ip), HERE.port))
        good.sendto(b"good", (str(HERE.ip), HERE.port))
        bench.until(lambda: len(machine.got(DatagramReceived)) == 201)
    heard = [str(each.source.ip) for each in machine.got(DatagramReceived)]
    assert heard.index(OTHER) <= 1
    assert [each.data[0] for each in machine.got(DatagramReceived) if str(each.source.ip) == ONE] == [
        *range(200)
    ]
