"""What it costs to forget nothing: registrations, keep-alives and leases with the state on disk and without.

    python bench/state.py [--endpoints 10000] [--runs 3] [--sync] [--directory DIR]

Closed-loop load over loopback, as in ras_load.py, on both in turn: the machine's ups and downs hit both.
Leases need port 67, that is root. `--directory`: where the state is; on the disk that is to be measured.
"""

import argparse
import asyncio
import multiprocessing
import os
import shutil
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random
from statistics import median

import ras_load
from ras_load import ROUNDS, TTL, Endpoint
from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Machine
from ringfence.actors.ras.dialect import PLAIN
from ringfence.drivers.aio import Host
from ringfence.drivers.store.database import Database
from ringfence.drivers.store.group import GroupCommit
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER_ID, DhcpMessageType

SERVER, RELAY = IPv4Address("127.66.0.1"), IPv4Address("127.66.0.2")
LEASED = IPv4Network("10.64.0.0/14")
WINDOW = 64
Rates = dict[str, float]  # per second, by what was asked for


def gatekeeper() -> Machine:
    at = ras_load.GATEKEEPER
    config = GatekeeperConfig(
        at.ip, None, dialect=PLAIN, ras_port=at.port, time_to_live=TTL, capacity=1_000_000
    )
    return Gatekeeper(config, Random(1))


def dhcp_server() -> Machine:
    scope = Scope("phones", LEASED, (Pool(LEASED[256], LEASED[-2]),))
    return DhcpServer(ServerSettings(SERVER, (scope,)))


def serve(machine: Callable[[], Machine], state: Path | None, power_safe: bool, ready: Event) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        keeper = None
        if state is not None:
            keeper = GroupCommit(Database(state, power_safe=power_safe), time.time() - loop.time(), print)
        host = Host(machine(), keeper=keeper)
        host.start()
        ready.set()
        await loop.create_future()

    asyncio.run(run())


@contextmanager
def served(machine: Callable[[], Machine], state: Path | None, power_safe: bool) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=serve, args=(machine, state, power_safe, ready), daemon=True)
    process.start()
    try:
        if not ready.wait(30):
            raise SystemExit("it did not start")
        yield
    finally:
        process.terminate()
        process.join()


def registrations(count: int) -> Rates:
    endpoints = [Endpoint(number, "") for number in range(1, count + 1)]
    by_address = {str(one.local.ip): one for one in endpoints}
    rates: Rates = {}
    with ras_load.handset_socket() as handsets:
        for name, request in ROUNDS:
            requests = [(one, request(one)) for one in endpoints]
            begun = time.perf_counter()
            ras_load.one_round(handsets, by_address, name, requests, said=False)
            rates[name] = count / (time.perf_counter() - begun)
    return rates


def leases(count: int) -> Rates:
    rates: Rates = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
        relay.bind((str(RELAY), 67))
        relay.settimeout(ras_load.LATE)
        offered = _exchange(relay, {number: message(number) for number in range(count)}, rates, "DISCOVER")
        wanted = {number: message(number, offered[number]) for number in range(count)}
        _exchange(relay, wanted, rates, "REQUEST")
        _exchange(relay, wanted, rates, "renewal")
    return rates


def message(number: int, offered: IPv4Address | None = None) -> bytes:
    options = [MESSAGE_TYPE(DhcpMessageType.REQUEST if offered else DhcpMessageType.DISCOVER)]
    if offered is not None:
        options += [REQUESTED_ADDRESS(offered), SERVER_ID(SERVER)]
    chaddr = b"\2" + number.to_bytes(5)
    # giaddr is where the answer goes; the network is found by link selection (RFC 3527).
    options.append((82, b"\x05\x04" + LEASED[1].packed))
    asked = dhcp.DhcpMessage(
        op=dhcp.Op.BOOTREQUEST, xid=number, chaddr=chaddr, giaddr=RELAY, options=tuple(options)
    )
    return dhcp.encode(asked)


def _exchange(
    relay: socket.socket, asked: dict[int, bytes], rates: Rates, name: str
) -> dict[int, IPv4Address]:
    waiting, under_way = deque(asked), set[int]()
    answers: dict[int, IPv4Address] = {}
    begun = time.perf_counter()
    while len(answers) < len(asked):
        while waiting and len(under_way) < WINDOW:
            number = waiting.popleft()
            under_way.add(number)
            relay.sendto(asked[number], (str(SERVER), 67))
        try:
            data = relay.recv(2048)
        except TimeoutError:  # lost: again
            waiting.extend(under_way)
            under_way.clear()
            continue
        answer = dhcp.decode(data)
        if answer.xid in under_way:
            under_way.remove(answer.xid)
            answers[answer.xid] = answer.yiaddr
    rates[name] = len(asked) / (time.perf_counter() - begun)
    return answers


def compare(
    machine: Callable[[], Machine], load: Callable[[int], Rates], options: argparse.Namespace
) -> None:
    found: dict[bool, list[Rates]] = {False: [], True: []}
    for run in range(options.runs):
        for kept in (run % 2 == 0, run % 2 == 1):
            state = Path(tempfile.mkdtemp(dir=options.directory)) if kept else None
            with served(machine, state, options.sync):
                found[kept].append(load(options.endpoints))
            if state is not None:
                shutil.rmtree(state)
    for name in found[True][0]:
        on, off = (median(each[name] for each in found[kept]) for kept in (True, False))
        print(f"  {name:20} {off:9,.0f} /s in memory {on:9,.0f} /s kept on disk {on / off:6.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sync", action="store_true", help="outlive loss of power, too")
    parser.add_argument("--directory", type=Path)
    options = parser.parse_args()
    compare(gatekeeper, registrations, options)
    if os.geteuid() == 0:
        compare(dhcp_server, leases, options)


if __name__ == "__main__":
    main()
