"""How many endpoints one gatekeeper serves: closed-loop RAS load, without sockets and over loopback.

    python bench/ras_load.py [--endpoints 1000 10000 50000] [--loopback] [--password]

Every endpoint discovers (GRQ), registers (RRQ) and keeps itself alive twice (light-weight RRQ). Closed loop:
the next request goes out when an answer has come, so the gatekeeper is never asked faster than it answers.
Requests are encoded beforehand: what is measured is the gatekeeper. Over loopback the endpoints are
127.x.y.z:49300, all behind one socket of the parent process; the gatekeeper is a process of its own.
"""

import argparse
import asyncio
import gc
import multiprocessing
import resource
import socket
import statistics
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import DatagramReceived, SendDatagram, Started, TimeUp
from ringfence.actors.ras.channel import RasChannel
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.security.challenges import answer
from ringfence.drivers.aio import Host
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras

GATEKEEPER = transport("127.0.0.1", 17190)
TTL = 3600
WINDOW = 64  # requests under way over loopback
LATE = 1.0  # seconds after which a request over loopback is lost
_PKTINFO = 8  # Linux: the source address of one datagram (ip(7))


class Endpoint:
    """One handset's requests, ready to be sent."""

    def __init__(self, number: int, password: str) -> None:
        address = IPv4Address(0x7F010000 + number)
        extension = str(1_000_000 + number)
        config = RasClientConfig(
            address, (GATEKEEPER,), extension, password, dialect=PLAIN, family=PHONE_FAMILIES["h323"]
        )
        self.local = TransportAddress(address, 49300)
        self._channel = RasChannel(config, Random(number))
        self._password = password
        self._gcf: h225.GatekeeperConfirm | None = None
        self._identifier = ""

    def grq(self) -> bytes:
        return self._channel.discover(GATEKEEPER, 0.0).octets

    def rrq(self) -> bytes:
        tokens = answer(self._password, self._gcf) if self._gcf is not None else None
        return self._channel.register(
            GATEKEEPER, 0.0, identifier="ringfence", tokens=tokens, renewed=None
        ).octets

    def keep_alive(self) -> bytes:
        granted = Granted(GATEKEEPER, self._identifier, "ringfence", None, TTL, 0.0)
        return self._channel.keep_alive(granted, TTL, 0.0).octets

    def hears(self, octets: bytes) -> None:
        match ras.decode(octets):
            case h225.GatekeeperConfirm() as gcf:
                self._gcf = gcf
            case h225.RegistrationConfirm(endpointIdentifier=identifier):
                self._identifier = identifier
            case other:
                raise SystemExit(f"{self.local} was answered with {type(other).__name__}")


Round = tuple[str, Callable[[Endpoint], bytes]]
ROUNDS: tuple[Round, ...] = (
    ("GRQ", Endpoint.grq),
    ("RRQ", Endpoint.rrq),
    ("keep-alive, first", Endpoint.keep_alive),
    ("keep-alive, later", Endpoint.keep_alive),
)


def config_for(endpoints: Iterable[Endpoint], password: str) -> GatekeeperConfig:
    users = (
        {str(1_000_000 + int(one.local.ip) - 0x7F010000): password for one in endpoints} if password else None
    )
    return GatekeeperConfig(
        GATEKEEPER.ip, users, dialect=PLAIN, ras_port=GATEKEEPER.port, time_to_live=TTL, capacity=1_000_000
    )


def report(name: str, latencies: list[float], elapsed: float, lost: int = 0) -> None:
    cuts = statistics.quantiles(latencies, n=1000)
    print(
        f"  {name:18} {len(latencies) / elapsed:9,.0f} /s   p50 {cuts[499] * 1e6:8.1f} us"
        f"   p99 {cuts[989] * 1e6:8.1f} us   max {max(latencies) * 1e3:7.2f} ms"
        + (f"   lost {lost}" if lost else "")
    )


def resident() -> float:
    """KiB of this process."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize() / 1024


def without_sockets(count: int, password: str) -> None:
    endpoints = [Endpoint(number, password) for number in range(1, count + 1)]
    gatekeeper = Gatekeeper(config_for(endpoints, password), Random(1))
    gatekeeper.handle(Started(), 0.0)
    gc.collect()
    before = resident()
    now = 0.0
    for name, request in ROUNDS:
        datagrams = [(one, DatagramReceived(one.local, GATEKEEPER, request(one))) for one in endpoints]
        latencies, answers = [], []
        gc.collect()
        gc.freeze()  # the load's own objects are not the collector's business
        begun = time.perf_counter()
        for one, datagram in datagrams:
            now += 0.001
            started = time.perf_counter()
            commands = gatekeeper.handle(datagram, now)
            latencies.append(time.perf_counter() - started)
            answers.append((one, commands[0]))
        elapsed = time.perf_counter() - begun
        report(name, latencies, elapsed)
        for one, command in answers:
            assert isinstance(command, SendDatagram)
            one.hears(command.data)
        gc.unfreeze()
        if name == "RRQ":
            del datagrams, answers
            gc.collect()
            print(f"  {'':18} {(resident() - before) / count:9.2f} KiB resident per endpoint")
    now += TTL + 1
    turns: list[float] = []
    while len(gatekeeper.registrations):
        now = max(gatekeeper.deadline or now, now)
        started = time.perf_counter()
        gatekeeper.handle(TimeUp(), now)
        turns.append(time.perf_counter() - started)
    slowest = max(turns) * 1e3
    print(
        f"  {'all expire at once':18} {sum(turns):9.2f} s in {len(turns)} turns, the longest {slowest:.1f} ms"
    )


def serve(config: GatekeeperConfig, ready: "multiprocessing.synchronize.Event", seconds: float) -> None:
    """The gatekeeper's process: ends by itself after `seconds`."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        host = Host(Gatekeeper(config, Random(1)))
        host.start()
        ready.set()
        loop.call_later(seconds, done.set_result, None)
        await done
        host.close()

    asyncio.run(run())


def over_loopback(count: int, password: str) -> None:
    endpoints = [Endpoint(number, password) for number in range(1, count + 1)]
    by_address = {str(one.local.ip): one for one in endpoints}
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=serve, args=(config_for(endpoints, password), ready, 600.0), daemon=True)
    process.start()
    try:
        if not ready.wait(30):
            raise SystemExit("the gatekeeper did not start")
        with handset_socket() as handsets:
            for name, request in ROUNDS:
                one_round(handsets, by_address, name, [(one, request(one)) for one in endpoints])
    finally:
        process.terminate()
        process.join()


def handset_socket() -> socket.socket:
    """Of all endpoints at once."""
    handsets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    handsets.bind(("0.0.0.0", 49300))
    handsets.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
    handsets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    handsets.settimeout(LATE)
    return handsets


def one_round(
    handsets: socket.socket,
    by_address: dict[str, Endpoint],
    name: str,
    requests: list[tuple[Endpoint, bytes]],
    *,
    said: bool = True,
) -> None:
    waiting = deque(requests)
    out: dict[str, float] = {}
    latencies: list[float] = []
    answers: list[tuple[Endpoint, bytes]] = []
    lost = 0
    begun = time.perf_counter()
    while waiting or out:
        while waiting and len(out) < WINDOW:
            one, octets = waiting.popleft()
            source = struct.pack("@i4s4s", 0, one.local.ip.packed, bytes(4))
            out[str(one.local.ip)] = time.perf_counter()
            handsets.sendmsg(
                [octets], [(socket.IPPROTO_IP, _PKTINFO, source)], 0, (str(GATEKEEPER.ip), GATEKEEPER.port)
            )
        try:
            data, ancillary, _, _ = handsets.recvmsg(2048, 64)
        except TimeoutError:
            lost += len(out)
            out.clear()
            continue
        address = socket.inet_ntoa(ancillary[0][2][8:12])
        sent = out.pop(address, None)
        if sent is not None:
            latencies.append(time.perf_counter() - sent)
            answers.append((by_address[address], data))
    if said:
        report(name, latencies, time.perf_counter() - begun, lost)
    for one, data in answers:
        one.hears(data)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoints", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--loopback", action="store_true", help="over UDP on loopback, with drivers.aio")
    parser.add_argument("--password", action="store_true", help="every endpoint answers a DES challenge")
    arguments = parser.parse_args()
    for count in arguments.endpoints:
        if not 100 <= count <= 65_000:
            parser.error(f"{count} endpoints; 100 to 65000 have an address each")
        print(f"{count} endpoints, {'over loopback' if arguments.loopback else 'without sockets'}")
        (over_loopback if arguments.loopback else without_sockets)(
            count, "1234" if arguments.password else ""
        )


if __name__ == "__main__":
    main()
