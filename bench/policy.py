"""What ten thousand rules cost: compile, ask, compare, write; beside CUDD's BDDs and Aerleon's generators.

python bench/policy.py [rules]

RINGFENCE_AERLEON: a Python that has aerleon, in an environment of its own; without it that part is left out.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from random import Random
from typing import Any, TypeVar

from dd import cudd

from ringfence.firewalls.choose import writable
from ringfence.firewalls.common.document import Device, Zone
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import EPHEMERAL, PortRange, port
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import Row, rows

T = TypeVar("T")
RULES = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
QUERIES = 200
WIDTHS = (32, 32, 8, 16, 16)
PEERS = {"cisco-asa": "ciscoasa", "nftables": "nftables", "srx": "srx"}
_AERLEON_WITHIN = 60.0  # seconds; its SRX generator is quadratic and took 294 for ten thousand terms


def policy(count: int, wide: float) -> Policy:
    """Handset networks to server hosts with ports; `wide` of the rules overlap many others and may deny."""
    random = Random(f"{count} {wide}")
    rules = []
    for number in range(count):
        overlapping = random.randrange(1000) < wide * 1000
        source = IPv4Network((f"10.{random.randrange(256)}.0.0", 16 if overlapping else 24), strict=False)
        if not overlapping:
            source = IPv4Network((int(source.network_address) + 256 * random.randrange(256), 24))
        host = IPv4Network((int(IPv4Network("172.16.0.0/12").network_address) + random.randrange(4096), 32))
        low = random.choice((67, 80, 443, 1719, 1720, 61440))
        rules.append(
            Rule(
                f"r{number}",
                (source,),
                (IPv4Network("172.16.0.0/12"),) if overlapping else (host,),
                random.choice((Protocol.TCP, Protocol.UDP)),
                random.choice((EPHEMERAL, port(49300), PortRange(61440, 61444))),
                PortRange(low, low + random.randrange(5)),
                action=random.choice(tuple(Action)) if overlapping else Action.PERMIT,
            )
        )
    return Policy("bench", tuple(rules))


def timed(job: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    done = job()
    return done, time.perf_counter() - began


class Bdd:
    """First-match lists as BDDs over the bits of the header, most significant first."""

    def __init__(self) -> None:
        self.manager: Any = cudd.BDD()
        self.manager.configure(reordering=False)
        self.names = [[f"f{field}b{bit}" for bit in range(width)] for field, width in enumerate(WIDTHS)]
        self.manager.declare(*(name for names in self.names for name in names))
        self._spans: dict[tuple[int, int, int], Any] = {}

    def permitted(self, listed: tuple[Row, ...]) -> Any:
        found = self.manager.false
        for row in reversed(listed):
            verdict = self.manager.true if row.action is Action.PERMIT else self.manager.false
            found = self.manager.ite(self.row(row), verdict, found)
        return found

    def row(self, row: Row) -> Any:
        every = self.manager.false
        for box in row.boxes:
            one = self.manager.true
            for field, spans in enumerate(box.fields):
                part = self.manager.false
                for low, high in spans:
                    part |= self.span(field, low, high)
                one &= part
            every |= one
        return every

    def span(self, field: int, low: int, high: int) -> Any:
        key = (field, low, high)
        if key not in self._spans:
            self._spans[key] = self._at_least(field, low) & ~self._at_least(field, high + 1)
        return self._spans[key]

    def _at_least(self, field: int, number: int) -> Any:
        if number >> WIDTHS[field]:
            return self.manager.false
        found = self.manager.true
        for bit, name in enumerate(reversed(self.names[field])):
            variable = self.manager.var(name)
            found = variable & found if number >> bit & 1 else variable | found
        return found


def row_of_table(what: str, ours: float, theirs: float | None) -> None:
    """One line, times in milliseconds."""
    peer = f"{theirs * 1000:12.2f} {ours / theirs:8.2f}x" if theirs else ""
    print(f"{what:44} {ours * 1000:12.2f} {peer}".rstrip())


def sets(wide: float) -> None:
    listed = rows(policy(RULES, wide))
    other = (*listed[: len(listed) // 2], *listed[len(listed) // 2 + 1 :])
    space, bdd = Space(), Bdd()
    ours, took = timed(lambda: space.permitted(listed))
    theirs, took_bdd = timed(lambda: bdd.permitted(listed))
    # All rows are of protocols with ports, where both count every header once.
    assert ours.count() == theirs.count(sum(WIDTHS)), "the two engines disagree"
    kind = f"{RULES} rules, {wide:.0%} wide"
    row_of_table(f"{kind}: compile", took, took_bdd)
    again, again_bdd = space.permitted(other), bdd.permitted(other)
    same, took = timed(lambda: ((ours - again).empty, (again - ours).empty))
    same_bdd, took_bdd = timed(lambda: _differences(bdd, theirs, again_bdd))
    assert same == same_bdd
    row_of_table(f"{kind}: compare with one row less", took, took_bdd)
    asked = [listed[number * len(listed) // QUERIES] for number in range(QUERIES)]
    answers, took = timed(lambda: [_permits(space, ours, one) for one in asked])
    answers_bdd, took_bdd = timed(lambda: [(bdd.row(one) & ~theirs) == bdd.manager.false for one in asked])
    assert answers == answers_bdd
    row_of_table(f"{kind}: is a flow permitted?", took / QUERIES, took_bdd / QUERIES)


def _differences(bdd: Bdd, one: Any, two: Any) -> tuple[bool, bool]:
    return (one & ~two) == bdd.manager.false, (two & ~one) == bdd.manager.false


def _permits(space: Space, permitted: PacketSet, row: Row) -> bool:
    return space.of(row.boxes) <= permitted


_GENERATE = """
import sys, time, logging
logging.disable(logging.CRITICAL)
from aerleon import api
from aerleon.lib import naming
target, count = sys.argv[1], int(sys.argv[2])
networks, services, terms = {}, {}, []
for number in range(count):
    networks[f"S{number}"] = {"values": [{"address": f"10.{number % 256}.{number // 256}.0/24"}]}
    networks[f"D{number}"] = {"values": [{"address": f"172.16.{number % 256}.{number // 256}/32"}]}
for name, port in (("P", "1719"), ("Q", "49300")):
    services[name] = [{"protocol": "udp", "port": port}]
for number in range(count):
    terms.append({"name": f"t{number}", "source-address": f"S{number}", "destination-address": f"D{number}",
                  "protocol": "udp", "source-port": "Q", "destination-port": "P", "action": "accept"})
options = {"srx": "from-zone a to-zone b", "nftables": "inet forward", "ciscoasa": "list"}[target]
definitions = naming.Naming()
definitions.ParseDefinitionsObject({"networks": networks, "services": services}, "")
policies = [{"filename": "p", "filters": [{"header": {"targets": {target: options}}, "terms": terms}]}]
began = time.perf_counter()
made = api.Generate(policies, definitions)
took = time.perf_counter() - began
assert made and sum(map(len, made.values())) > count * 50, "nothing was generated"
print(took)
"""


def writers() -> None:
    """Terms as Aerleon's own are made above: one network, one host, both ports."""
    rules = tuple(
        Rule(
            f"t{number}",
            (IPv4Network(f"10.{number % 256}.{number // 256}.0/24"),),
            (IPv4Network(f"172.16.{number % 256}.{number // 256}/32"),),
            Protocol.UDP,
            port(49300),
            port(1719),
        )
        for number in range(RULES)
    )
    stated = Policy("bench", rules)
    zones = (Zone("a", (IPv4Network("10.0.0.0/8"),)), Zone("b", (IPv4Network("172.16.0.0/12"),)))
    python = os.environ.get("RINGFENCE_AERLEON", "")
    for target in writable():
        if "aws" in target or target in {"azure-nsg", "gcp", "kubernetes"}:
            continue  # port-blind, or bounded in rules
        _, took = timed(lambda target=target: render_rules(TARGETS[target], stated, Device(zones=zones)))  # type: ignore[misc]
        peer = _aerleon(python, PEERS[target]) if python and target in PEERS else None
        row_of_table(f"{RULES} terms written for {target}", took, peer)
    if not python:
        print("Aerleon: not asked (set RINGFENCE_AERLEON to a Python that has it)")


def _aerleon(python: str, target: str) -> float | None:
    try:
        done = subprocess.run(
            [python, "-c", _GENERATE, target, str(RULES)],
            capture_output=True,
            text=True,
            timeout=_AERLEON_WITHIN,
            check=True,
        )
    except subprocess.TimeoutExpired:
        print(f"aerleon {target}: not finished in {_AERLEON_WITHIN:.0f} s")
        return None
    except subprocess.CalledProcessError as error:
        print(f"aerleon {target}: {error.stderr.strip().splitlines()[-1]}")
        return None
    return float(done.stdout)


def main() -> None:
    print(f"{'milliseconds':44} {'ringfence':>12} {'dd.cudd':>12} {'ratio':>9}")
    sets(0.0)
    sets(0.05)
    print(f"{'milliseconds':44} {'ringfence':>12} {'Aerleon':>12} {'ratio':>9}")
    writers()


if __name__ == "__main__":
    main()
