"""How long the lab takes: site up and down, rules replaced and read back, the connection table aged.

    python bench/lab.py [ROUNDS]

Run it as root or as anybody who may have user namespaces. Bounded: a few seconds.
"""

import asyncio
import select
import socket
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.lab import elastic
from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nft import Nft
from ringfence.lab.privilege import acquire
from ringfence.lab.ruleset import load
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology, TrunkLink

_EVERYWHERE = IPv4Network("0.0.0.0/0")
_SERVERS = {
    name: f"10.30.0.{number}" for number, name in enumerate(("dhcp", "files", "gatekeeper", "host"), 10)
}
_GATEKEEPER = _SERVERS["gatekeeper"]


def site(*, trunk: bool = False) -> LabTopology:
    """Handset, switch, router, firewall and four servers: 9 namespaces, 3 bridges (10 with a trunk)."""

    def end(node: str, interface: str, address: str) -> End:
        return End(node, interface, (IPv4Interface(address),))

    def host(name: str, gateway: str, *, forwarding: bool = False) -> LabNode:
        return LabNode(name, forwarding, routes=(LabRoute(_EVERYWHERE, IPv4Address(gateway)),))

    lines = (
        LabLink(end("phone", "data", "10.10.0.50/24"), End("switch", "p1d", bridge="vl-data")),
        LabLink(end("phone", "voice", "10.20.0.50/24"), End("switch", "p1v", bridge="vl-voice"), vlan=20),
    )
    links = (
        LabLink(end("router", "data", "10.10.0.1/24"), End("switch", "up-d", bridge="vl-data")),
        LabLink(end("router", "voice", "10.20.0.1/24"), End("switch", "up-v", bridge="vl-voice")),
        LabLink(end("router", "uplink", "10.255.0.1/30"), end("firewall", "inside", "10.255.0.2/30")),
        LabLink(end("firewall", "servers", "10.30.0.1/24"), End("zone", "up", bridge="servers")),
        *(
            LabLink(end(name, "eth0", f"{address}/24"), End("zone", name, bridge="servers"))
            for name, address in _SERVERS.items()
        ),
    )
    nodes = (
        host("phone", "10.20.0.1"),
        LabNode("switch", bridges=("vl-data", "vl-voice")),
        host("router", "10.255.0.2", forwarding=True),
        LabNode("firewall", True, routes=(LabRoute(IPv4Network("10.0.0.0/11"), IPv4Address("10.255.0.1")),)),
        LabNode("zone", bridges=("servers",)),
        *(host(name, "10.30.0.1") for name in _SERVERS),
    )
    return (
        LabTopology(nodes, links, (TrunkLink("line", lines),))
        if trunk
        else LabTopology(nodes, (*lines, *links))
    )


def rules(count: int) -> str:
    lines = "\n".join(
        f"ip saddr 10.20.0.0/24 ip daddr {_GATEKEEPER} udp sport 49300-49309 udp dport {1719 + number}"
        f' counter accept comment "r{number}"'
        for number in range(count)
    )
    return (
        "table inet t {\nchain forward {\ntype filter hook forward priority filter; policy drop;\n"
        f"ct state established accept\n{lines}\n}}\n}}"
    )


def milliseconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return (time.perf_counter() - began) * 1e3


def repeat(rounds: int, job: Callable[[], object]) -> list[float]:
    return [milliseconds(job) for _ in range(rounds)]


def report(what: str, times: list[float]) -> None:
    print(f"{what:<52}{statistics.median(times):>9.2f}{min(times):>9.2f}{max(times):>9.2f}")


def first_ping(lab: Lab) -> float:
    with lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        began = time.perf_counter()
        sock.sendto(b"\x08\0\0\0\0\0\0\x01", (_GATEKEEPER, 0))
        select.select([sock], [], [], 5)
        return (time.perf_counter() - began) * 1e3


def build(rounds: int, pause: float, *, trunk: bool) -> None:
    up, down, ping = [], [], []
    for _ in range(rounds):
        # The kernel takes a site apart after the call has returned, and that competes with the next one.
        select.select([], [], [], pause)
        lab = Lab(site(trunk=trunk))
        up.append(milliseconds(lab.__enter__))
        ping.append(first_ping(lab))
        down.append(milliseconds(partial(lab.__exit__, None, None, None)))
    kind = ("tagged trunk" if trunk else "veth per VLAN") + ("" if pause else ", back to back")
    report(f"site up ({kind})", up)
    report(f"first echo through it ({kind})", ping)
    report(f"site down ({kind}, call returns)", down)


def operate(rounds: int) -> None:
    with Lab(site()) as lab:
        nft = Nft(lab["firewall"])
        lab.on_close(nft.close)
        for count in (12, 250):
            text = rules(count)
            report(f"replace {count} rules", repeat(rounds, partial(nft.apply, text)))
            report(f"replace {count} rules and read them back", repeat(rounds, partial(load, nft, text)))
        report("counters of 250 rules", repeat(rounds, nft.counters))
        conntrack = Conntrack(lab["firewall"])
        lab.on_close(conntrack.close)
        for flows in (10, 1000):
            conntrack.flush()
            for port in range(flows):
                with lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
                    phone.bind(("10.20.0.50", 49300 + port % 10))
                    phone.sendto(b"RRQ", (_GATEKEEPER, 1719 + port // 10))
            report(f"age {flows} connections", repeat(rounds, partial(conntrack.age, 0.01)))
        report("flush", repeat(rounds, conntrack.flush))
        report("100 jumps of the clock", repeat(3, partial(jumps, conntrack)))


def jumps(conntrack: Conntrack) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(100):
            due = loop.create_future()
            loop.call_later(60, due.set_result, None)
            await due

    elastic.run_elastic(main(), on_jump=conntrack.age)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"as {acquire().kind}, {rounds} rounds{'':<25}{'median':>12}{'min':>9}{'max':>9}  ms")
    build(rounds, 0.3, trunk=False)
    build(rounds, 0.3, trunk=True)
    build(rounds, 0, trunk=False)
    operate(rounds)


if __name__ == "__main__":
    main()
