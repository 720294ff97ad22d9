"""Packet sets against plain evaluation, cell by cell, and against two foreign engines."""

from ipaddress import IPv4Address
from itertools import pairwise, product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings

from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.diagram import BudgetExceeded
from ringfence.policy.packetset import Space
from ringfence.policy.space import Point, boxes, joined, rows, whole
from support.branch_policy import BRANCH, nets
from support.firewalls.rule_lists import rule_lists, verdict


def cells(policies: list[Policy], icmp: bool) -> list[tuple[Point, int]]:
    """A point of every cell in which no policy changes its mind, and how many headers the cell has."""
    cuts: list[set[int]] = [{0, 2**32}, {0, 2**32}, {0, 256 if icmp else 2**16}, {0, 256 if icmp else 2**16}]
    for rule in (rule for policy in policies for rule in policy.rules):
        for field, networks in enumerate((rule.source, rule.destination)):
            for net in networks:
                cuts[field] |= {int(net.network_address), int(net.broadcast_address) + 1}
        if icmp and rule.icmp_type is not None:
            cuts[2] |= {rule.icmp_type, rule.icmp_type + 1}
        if not icmp:
            for field, ports in ((2, rule.source_ports), (3, rule.destination_ports)):
                cuts[field] |= {ports.first, ports.last + 1}
    axes = [list(pairwise(sorted(cut))) for cut in cuts]
    protocols = [Protocol.ICMP] if icmp else [Protocol.TCP, Protocol.UDP]
    return [
        (Point(4, s[0], d[0], protocol, a[0], b[0]), prod(high - low for low, high in (s, d, a, b)))
        for s, d, a, b in product(*axes)
        for protocol in protocols
    ]


@settings(max_examples=25, deadline=None)
@given(rule_lists(), rule_lists())
def test_operations_agree_with_plain_evaluation(first: Policy, second: Policy) -> None:
    space = Space()
    a, b = space.permitted(first), space.permitted(second)
    decided = space.decided(rows(first)).permitted()
    assert decided == a
    count = 0
    for at, size in (cell for icmp in (False, True) for cell in cells([first, second], icmp)):
        in_a, in_b = verdict(first, at), verdict(second, at)
        assert (at in a, at in b) == (in_a, in_b), at
        assert (at in (a & b), at in (a | b), at in (a - b)) == (
            in_a and in_b,
            in_a or in_b,
            in_a and not in_b,
        )
        count += size if in_a else 0
    assert a.count() == count


@settings(max_examples=40, deadline=None)
@given(rule_lists(), rule_lists(), rule_lists())
def test_sets_obey_the_laws_of_sets(x: Policy, y: Policy, z: Policy) -> None:
    space = Space()
    a, b, c = (space.permitted(policy) for policy in (x, y, z))
    every = space.everything()
    assert a & (b | c) == (a & b) | (a & c)
    assert every - (a | b) == (every - a) & (every - b)
    assert (a - b) | (a & b) == a
    assert (a - a).empty
    assert (a <= b) == (a | b == b)


@settings(max_examples=40, deadline=None)
@given(rule_lists(), rule_lists())
def test_a_witness_is_in_the_set_it_witnesses(first: Policy, second: Policy) -> None:
    space = Space()
    extra = space.permitted(first) - space.permitted(second)
    witness = extra.witness()
    assert (witness is None) == extra.empty == (extra.count() == 0)
    if witness is not None:
        assert witness in extra
        assert verdict(first, witness) and not verdict(second, witness)


@settings(max_examples=40, deadline=None)
@given(rule_lists())
def test_the_deciding_row_is_the_first_that_matches(policy: Policy) -> None:
    decisions = Space().decided(rows(policy))
    for at, _ in cells([policy], icmp=False):
        first = next(
            (i for i, rule in enumerate(policy.rules) if verdict(Policy("", (_permit(rule),)), at)), None
        )
        row = decisions.row_of(at)
        assert (row.id if row else None) == (policy.rules[first].id if first is not None else None)


def _permit(rule: Rule) -> Rule:
    return Rule(
        rule.id,
        rule.source,
        rule.destination,
        rule.protocol,
        rule.source_ports,
        rule.destination_ports,
        rule.icmp_type,
    )


def test_the_families_are_two_spaces() -> None:
    space = Space()
    four = space.permitted(Policy("p", (Rule("x", nets("0.0.0.0/0"), nets("0.0.0.0/0"), Protocol.UDP),)))
    six = space.permitted(Policy("p", (Rule("x", nets("::/0"), nets("::/0"), Protocol.UDP),)))
    assert (four & six).empty
    assert six.count() == 2**128 * 2**128 * 2**32


def test_every_icmp_type_said_in_two_ways_is_one_set() -> None:
    space = Space()
    ends = (whole(4, 0), whole(4, 1))
    listed = space.of(boxes(4, (*ends, ((1, 1),), ((0, 255),), ((0, 255),))))
    assert listed == space.of(boxes(4, (*ends, ((1, 1),), ((0, 65535),), ((0, 65535),))))
    assert listed.count() == 2**64 * 2**16


def test_ports_of_every_protocol_are_ports_of_those_that_have_some() -> None:
    space = Space()
    anyone = (whole(4, 0), whole(4, 1))
    dns = space.of(boxes(4, (*anyone, whole(4, 2), whole(4, 3), ((53, 53),))))
    witness = dns.witness()
    assert witness is not None and witness.protocol == Protocol.UDP
    assert Point(4, 1, 2, 47, 0, 53) not in dns
    assert Point(4, 1, 2, 1, 0, 53) not in dns


def test_a_witness_reads_like_a_packet() -> None:
    space = Space()
    extra = space.permitted(BRANCH) - space.permitted(BRANCH.without("ras"))
    assert str(extra.witness()) == "udp 10.20.0.1:49300 -> 10.1.0.30:1719"


def test_a_packet_is_asked_for_by_itself() -> None:
    permitted = Space().permitted(BRANCH)
    packet = Packet(Protocol.UDP, IPv4Address("10.20.0.7"), 49300, IPv4Address("10.1.0.31"), 1719)
    assert packet in permitted


def test_an_exhausted_budget_is_said_and_no_answer_given() -> None:
    with pytest.raises(BudgetExceeded, match="more than 10 intervals"):
        Space(budget=10).permitted(BRANCH)


def test_sets_of_two_spaces_do_not_mix() -> None:
    with pytest.raises(ValueError, match="two spaces"):
        Space().nothing() | Space().nothing()


def test_joined_is_normal_form() -> None:
    assert joined([(5, 6), (0, 1), (2, 3), (6, 9)]) == ((0, 3), (5, 9))


@settings(max_examples=10, deadline=None)
@given(rule_lists(), rule_lists())
def test_cudd_counts_the_same(first: Policy, second: Policy) -> None:
    cudd = pytest.importorskip("dd.cudd")
    bdd = cudd.BDD()
    widths = {"s": 32, "d": 32, "p": 8, "a": 16, "b": 16}
    bits = {name: [f"{name}{i}" for i in range(width)] for name, width in widths.items()}
    bdd.declare(*(bit for group in bits.values() for bit in group))

    def at_least(name: str, low: int) -> Any:
        out = bdd.true
        for position, bit in enumerate(reversed(bits[name])):
            out = bdd.var(bit) & out if low >> position & 1 else bdd.var(bit) | out
        return out

    def between(name: str, low: int, high: int) -> Any:
        top = high + 1 >> widths[name]
        return at_least(name, low) & (bdd.true if top else ~at_least(name, high + 1))

    def permitted(policy: Policy) -> Any:
        out = bdd.false
        for row in reversed(rows(policy)):
            match = bdd.false
            for box in row.boxes:
                term = bdd.true
                for name, intervals in zip(widths, box.fields, strict=True):
                    part = bdd.false
                    for low, high in intervals:
                        part |= between(name, low, high)
                    term &= part
                match |= term
            out = match | out if row.action is Action.PERMIT else ~match & out
        return out

    plain = (Protocol.TCP, Protocol.UDP)
    a, b = (Policy("p", tuple(r for r in policy.rules if r.protocol in plain)) for policy in (first, second))
    space = Space()
    theirs = bdd.count(permitted(a) & ~permitted(b), nvars=104)
    # CUDD counts in doubles.
    assert (space.permitted(a) - space.permitted(b)).count() == pytest.approx(theirs, rel=1e-12)


@settings(max_examples=10, deadline=None)
@given(rule_lists(), rule_lists())
def test_z3_finds_an_extra_packet_exactly_when_we_do(first: Policy, second: Policy) -> None:
    z3 = pytest.importorskip("z3")
    names = [z3.BitVec(name, 32) for name in ("source", "destination", "protocol", "a", "b")]

    def permitted(policy: Policy) -> Any:
        out = z3.BoolVal(False)
        for row in reversed(rows(policy)):
            match = z3.Or(
                *(
                    z3.And(
                        *(
                            z3.Or(*(z3.And(z3.UGE(name, low), z3.ULE(name, high)) for low, high in intervals))
                            for name, intervals in zip(names, box.fields, strict=True)
                        )
                    )
                    for box in row.boxes
                )
            )
            out = z3.If(match, z3.BoolVal(row.action is Action.PERMIT), out)
        return out

    solver = z3.Solver()
    solver.add(permitted(first), z3.Not(permitted(second)))
    space = Space()
    assert (solver.check() == z3.unsat) == (space.permitted(first) <= space.permitted(second))
