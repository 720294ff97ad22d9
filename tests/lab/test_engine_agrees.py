"""Random rules in the kernel, random packets at their edges: kernel, packet set and filter say the same.

The whole comparison by hand, as many policies of each kind as wanted:
PYTHONPATH=tests python tests/lab/test_engine_agrees.py POLICIES
"""

import sys
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from random import Random

import pytest

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.iptables import write as iptables
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab.privilege import acquire
from ringfence.model.address import ANY_PORT, Address, Network, PortRange
from ringfence.model.errors import InputError
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.packetset import Space
from ringfence.policy.reverse import with_replies
from support.lab.verdicts import Firewall, has_iptables, site

pytestmark = pytest.mark.kernel

PACKETS = 50  # for each policy, or fewer where there are not as many to tell apart
_NETS = {
    4: (
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.1.0.0/24",
        "10.1.0.30/32",
        "10.1.0.31/32",
        "10.1.1.0/24",
        "10.1.0.28/30",
    ),
    6: ("::/0", "fd20::/16", "fd20:1::/64", "fd20:1::30/128", "fd20:1::31/128", "fd20:2::/64"),
}
_PORTS = (
    ANY_PORT,
    PortRange(0, 0),
    PortRange(67, 67),
    PortRange(67, 68),
    PortRange(1719, 1720),
    PortRange(1024, 65535),
    PortRange(65535, 65535),
)
_ICMP = {4: Protocol.ICMP, 6: Protocol.ICMPV6}
_ECHO = {4: (8, 0), 6: (128, 129)}
# What may open something: connection tracking calls every other type invalid when it comes unasked.
_ASKING = {4: (8, 8, 13, 15, 17), 6: (128, 128, 139)}
# Types that say something about another packet, which no filter without state cares for.
_OTHER = {4: (3, 11, 13), 6: (1, 3)}


def policy(random: Random, versions: tuple[int, ...], *, stateful: bool) -> Policy:
    rules = tuple(_rule(random, f"r{number}", random.choice(versions), stateful) for number in range(8))
    stated = Policy("random", rules[: random.randint(1, 8)])
    if stateful:
        return stated
    try:
        return with_replies(stated)
    except InputError:
        # A deny that meets a permit has no form without state.
        permits = tuple(rule for rule in stated.rules if rule.action is Action.PERMIT)
        return (
            with_replies(Policy("random", permits)) if permits else policy(random, versions, stateful=False)
        )


def _rule(random: Random, name: str, version: int, stateful: bool) -> Rule:
    protocol = random.choice((Protocol.TCP, Protocol.UDP, _ICMP[version]))
    icmp = protocol is _ICMP[version]
    types = (None, _ECHO[version][0], *(() if not stateful else (_ECHO[version][1], *_OTHER[version])))
    nets = [ip_network(net) for net in _NETS[version]]
    return Rule(
        name,
        tuple(random.sample(nets, random.choice((1, 1, 2)))),
        tuple(random.sample(nets, random.choice((1, 1, 2)))),
        protocol,
        ANY_PORT if icmp else random.choice(_PORTS),
        ANY_PORT if icmp else random.choice(_PORTS),
        random.choice(types) if icmp else None,
        random.choice((Action.PERMIT, Action.PERMIT, Action.DENY)),
    )


def packets(random: Random, rules: tuple[Rule, ...], *, stateful: bool) -> list[Packet]:
    """Packets at and just beyond the edges of the rules; where there is state each opens something new."""
    found: list[Packet] = []
    seen: set[frozenset[tuple[Address, int]]] = set()
    for _ in range(20 * PACKETS):  # two hosts and two ports have few edges between them
        if len(found) == PACKETS:
            break
        rule, other = random.choice(rules), random.choice(rules)
        if rule.version != other.version:
            continue
        # Mostly one rule's packet, sometimes one end of it from another rule.
        end = rule if random.randrange(4) else other
        source, destination = _near(random, rule.source), _near(random, end.destination)
        if not (_forwarded(source) and _forwarded(destination)) or source == destination:
            continue
        if rule.protocol is _ICMP[rule.version]:
            types = _ECHO[rule.version] + (() if stateful else _OTHER[rule.version])
            kind = random.choice(_ASKING[rule.version] if stateful else types)
            body = len(found).to_bytes(2, "big") + b"\0\1"
            code = random.choice((0, 0, 255))
            found.append(Packet(rule.protocol, source, kind, destination, code, payload=body))
            continue
        first, second = _beside(random, rule.source_ports), _beside(random, end.destination_ports)
        ends = frozenset({(source, first), (destination, second)})
        if stateful and ends in seen:
            continue
        seen.add(ends)
        flags = TcpFlags.SYN if rule.protocol is Protocol.TCP else TcpFlags(0)
        found.append(Packet(rule.protocol, source, first, destination, second, flags))
    return found


def _near(random: Random, networks: tuple[Network, ...]) -> Address:
    net = random.choice(networks)
    first, last = int(net.network_address), int(net.broadcast_address)
    within = random.randint(first, last)
    number = random.choice((first, last, within, within, first - 1, last + 1))
    top = 2**net.max_prefixlen - 1
    return ip_address(
        net.network_address.packed[:0] + min(max(number, 0), top).to_bytes(net.max_prefixlen // 8, "big")
    )


def _beside(random: Random, ports: PortRange) -> int:
    number = random.choice((ports.first, ports.last, ports.first, ports.first - 1, ports.last + 1))
    return min(max(number, 0), 65535)


def _forwarded(address: Address) -> bool:
    """Would a router forward it at all?"""
    if address.version == 6:
        return address in ip_network("fc00::/7") or address in ip_network("2000::/3")
    return not (
        address.is_loopback
        or address.is_multicast
        or address.is_reserved
        or address in ip_network("0.0.0.0/8")
        or address in ip_network("172.31.255.0/24")
    )


def compared(firewall: Firewall, random: Random, kind: str, *, stateful: bool = True) -> Counter[bool]:
    """One policy: AssertionError names the first packet the three do not agree on."""
    versions = {"nftables": (4, 6), "iptables": (4,), "ip6tables": (6,)}[kind]
    rules = policy(random, versions, stateful=stateful)
    if kind == "nftables":
        text = nftables.write(rules, Device(exclusive=True)).text
        firewall.load_nftables(text)
    else:
        text = iptables.write(rules, Device(name="sample", exclusive=True)).text
        firewall.load_iptables(text, kind, "sample")
    sent = packets(random, rules.rules, stateful=stateful)
    permitted = Space().permitted(rules)
    judge = StatefulFilter(rules)
    counted: Counter[bool] = Counter()
    for packet, kernel in zip(sent, firewall.passed(sent), strict=True):
        said = {"kernel": kernel, "set": packet in permitted, "filter": judge.permits(packet, 0.0).permitted}
        assert len(set(said.values())) == 1, f"{packet}: {said}\n{text}"
        counted[kernel] += 1
    return counted


KINDS = ("nftables", "iptables", "ip6tables")
_POLICIES = {"nftables": 8, "iptables": 4, "ip6tables": 3}


@pytest.fixture(scope="module")
def firewall() -> Iterator[Firewall]:
    with site() as lab:
        yield Firewall(lab)


@pytest.mark.parametrize("stateful", [True, False], ids=["stateful", "stateless"])
@pytest.mark.parametrize("kind", KINDS)
def test_kernel_set_and_filter_say_the_same(firewall: Firewall, kind: str, stateful: bool) -> None:
    if kind != "nftables" and not has_iptables():
        pytest.skip("iptables-restore is not installed")
    random = Random(f"{kind} {stateful}")
    counted: Counter[bool] = Counter()
    for _ in range(_POLICIES[kind]):
        counted += compared(firewall, random, kind, stateful=stateful)
    # A comparison that only ever saw one verdict would have compared nothing.
    assert min(counted[True], counted[False]) > counted.total() // 20


def by_hand(policies: int) -> None:
    acquire()
    random = Random()
    with site() as lab:
        through = Firewall(lab)
        for kind in KINDS:
            for stateful in (True, False):
                counted: Counter[bool] = Counter()
                for _ in range(policies):
                    counted += compared(through, random, kind, stateful=stateful)
                print(f"{kind:10} {'stateful ' if stateful else 'stateless'}", dict(counted))


if __name__ == "__main__":
    by_hand(int(sys.argv[1]))
