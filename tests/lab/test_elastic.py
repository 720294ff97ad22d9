"""Hours pass in milliseconds, and real packets still come in order."""

import asyncio
import socket
import time

import pytest

from ringfence.lab import elastic
from ringfence.lab.conntrack import Conntrack
from ringfence.lab.elastic import ElasticLoop, HorizonReached
from ringfence.lab.nft import Nft
from ringfence.lab.topology import Lab
from support.lab.firewalls import ESTABLISHED, RAS, RAS_RULE, ruleset, udp
from support.lab.sites import GATEKEEPER, PHONE, branch_office


async def _timer(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    due = loop.create_future()
    loop.call_later(seconds, due.set_result, None)
    await due


def test_four_hours_take_milliseconds() -> None:
    jumps: list[float] = []
    began = time.monotonic()
    elastic.run_elastic(_timer(4 * 3600), on_jump=jumps.append)
    assert time.monotonic() - began < 1
    assert sum(jumps) == pytest.approx(4 * 3600, abs=1)


def test_timers_fire_in_order_at_their_own_time() -> None:
    async def main() -> list[tuple[str, int]]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        fired: list[tuple[str, int]] = []

        def fire(name: str) -> None:
            fired.append((name, round(loop.time() - began)))

        for name, seconds in (("rebind", 12600.0), ("renew", 7200.0), ("retry", 4.0)):
            loop.call_later(seconds, fire, name)
        await _timer(20000)
        return fired

    assert elastic.run_elastic(main()) == [("retry", 4), ("renew", 7200), ("rebind", 12600)]


def test_real_time_counts() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        before, real = loop.time(), time.monotonic()
        while time.monotonic() - real < 0.02:
            await _timer(0)
        return loop.time() - before

    assert 0.02 <= elastic.run_elastic(main()) < 1


def test_no_jump_while_work_is_done_elsewhere() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ElasticLoop)
        timer = loop.call_later(60, lambda: None)
        await loop.run_in_executor(None, time.monotonic_ns)
        with loop.real_time():
            await asyncio.wait({loop.create_future()}, timeout=0.02)
        skipped = loop.skipped
        timer.cancel()
        return skipped

    assert elastic.run_elastic(main()) == 0


def test_a_clock_that_runs_away_is_stopped() -> None:
    with pytest.raises(HorizonReached):
        elastic.run_elastic(_timer(100), horizon=60)


@pytest.mark.kernel
def test_round_trips_between_jumps_stay_in_order() -> None:
    """Four hourly keep-alives through a real firewall, whose table ages with the clock."""
    with Lab(branch_office()) as lab:
        nft = Nft(lab["firewall"])
        lab.on_close(nft.close)
        nft.apply(ruleset(ESTABLISHED, RAS_RULE))
        conntrack = Conntrack(lab["firewall"])
        lab.on_close(conntrack.close)
        phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
        log: list[str] = []

        async def answer() -> None:
            loop = asyncio.get_running_loop()
            while True:
                data, sender = await loop.sock_recvfrom(gatekeeper, 100)
                log.append(f"got {data.decode()}")
                await loop.sock_sendto(gatekeeper, b"RCF", sender)

        async def main() -> None:
            loop = asyncio.get_running_loop()
            server = asyncio.create_task(answer())
            for hour in range(4):
                await loop.sock_sendto(phone, f"RRQ {hour}".encode(), (str(GATEKEEPER.ip), RAS))
                assert await asyncio.wait_for(loop.sock_recv(phone, 100), 5) == b"RCF"
                log.append(f"confirmed {hour}")
                await _timer(3600)
                # The table has forgotten: the gatekeeper alone cannot reach the handset any more.
                assert conntrack.dump() == []
            server.cancel()

        began = time.monotonic()
        elastic.run_elastic(main(), on_jump=conntrack.age)
        assert time.monotonic() - began < 2
    assert log == [line for hour in range(4) for line in (f"got RRQ {hour}", f"confirmed {hour}")]


@pytest.mark.kernel
@pytest.mark.parametrize("trunk", [False, True])
def test_a_tcp_dialogue_and_a_long_download_take_no_virtual_time(trunk: bool) -> None:
    """Neither small writes nor a full window may leave the connection silent while a timer waits."""
    # The trunk is a packet socket: a megabyte at once may overrun its buffer on a busy machine, and the
    # kernel's retransmission is a silence of its own.
    download = 50_000 if trunk else 1_000_000
    with Lab(branch_office(trunk=trunk)) as lab:
        listener = lab["gatekeeper"].socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((str(GATEKEEPER.ip), 1720))
        phone = lab["phone"].socket(socket.AF_INET, socket.SOCK_STREAM)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                writer.write(line[:2])
                writer.write(line[2:])
            writer.write(bytes(download))
            writer.close()

        async def main() -> tuple[int, float]:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, ElasticLoop)
            server = await asyncio.start_server(serve, sock=listener)
            await asyncio.wait_for(loop.sock_connect(phone, (str(GATEKEEPER.ip), 1720)), 5)
            reader, writer = await asyncio.open_connection(sock=phone)
            for _ in range(50):
                writer.write(b"keep-")
                writer.write(b"alive\n")
                assert await asyncio.wait_for(reader.readline(), 5) == b"keep-alive\n"
            writer.write_eof()
            received = len(await asyncio.wait_for(reader.read(-1), 5))
            writer.close()
            server.close()
            return received, loop.skipped

        assert elastic.run_elastic(main(), quiet=lab.quiet) == (download, 0)


@pytest.mark.kernel
def test_a_frame_inside_a_trunk_holds_the_clock() -> None:
    """Busy neighbours keep the trunk's thread from running for longer than the grace."""
    with Lab(branch_office(trunk=True)) as lab:
        for _ in range(4):
            lab["files"].popen(["sh", "-c", "while :; do :; done"])
        phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)

        async def main() -> float:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, ElasticLoop)
            for _ in range(300):
                await loop.sock_sendto(phone, b"RRQ", (str(GATEKEEPER.ip), RAS))
                assert await asyncio.wait_for(loop.sock_recv(gatekeeper, 100), 60) == b"RRQ"
            return loop.skipped

        assert elastic.run_elastic(main(), quiet=lab.quiet) == 0
