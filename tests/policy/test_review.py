"""Dead, shadowed and redundant rows against removal; exposure and blocked flows on lists that fit the eye."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ringfence.model.address import ANY_PORT, PortRange, port
from ringfence.model.flow import Basis, Evidence, Flow, Party, Role
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.model.stage import Stage
from ringfence.policy.packetset import Space
from ringfence.policy.review import RowFault, blocked, exposure, faults
from ringfence.policy.space import Row, rows
from support.branch_policy import BRANCH, FILES, GATEKEEPERS, HANDSETS, nets
from support.firewalls.rule_lists import rule_lists

ANY = nets("0.0.0.0/0")
RAS = BRANCH.rule("ras")
RAS_FLOW = Flow(
    "register",
    Stage.REGISTER,
    Party(Role.HANDSET, HANDSETS),
    Party(Role.GATEKEEPER, GATEKEEPERS),
    Protocol.UDP,
    port(49300),
    port(1719),
    "RRQ",
    (Basis(Evidence.STANDARD, "H.225.0 section 7.2"),),
)


def listed(*rules: Rule) -> tuple[Row, ...]:
    return rows(Policy("p", rules))


@settings(max_examples=120, deadline=None)
@given(rule_lists())
def test_a_row_is_remarked_on_exactly_when_it_can_go(policy: Policy) -> None:
    space = Space()
    remarks = {remark.row.id: remark for remark in faults(space, rows(policy))}
    everything = space.permitted(policy)
    for rule in policy.rules:
        can_go = space.permitted(policy.without(rule.id)) == everything
        assert can_go == (rule.id in remarks), remarks.get(rule.id)


@settings(max_examples=120, deadline=None)
@given(rule_lists())
def test_the_rows_named_do_cover_a_dead_row(policy: Policy) -> None:
    space = Space()
    for remark in faults(space, rows(policy)):
        mine = space.of(remark.row.boxes)
        theirs = space.of(box for row in remark.by for box in row.boxes)
        if remark.fault in {RowFault.DEAD, RowFault.SHADOWED}:
            assert mine <= theirs
            assert all(not (mine & space.of(row.boxes)).empty for row in remark.by)
            opposite = any(row.action is not remark.row.action for row in remark.by)
            assert opposite == (remark.fault is RowFault.SHADOWED)


def test_a_permit_under_a_deny_is_shadowed_by_it() -> None:
    deny = Rule("no-udp", ANY, ANY, Protocol.UDP, action=Action.DENY)
    (remark, *_rest) = [r for r in faults(Space(), listed(deny, RAS)) if r.row.id == "ras"]
    assert (remark.fault, [row.id for row in remark.by]) == (RowFault.SHADOWED, ["no-udp"])
    assert str(remark) == "ras is shadowed: every packet it matches is taken by no-udp"


def test_two_rows_together_kill_a_third() -> None:
    halves = [replace(RAS, id=host, destination=nets(host)) for host in ("10.1.0.30", "10.1.0.31")]
    remark = faults(Space(), listed(*halves, RAS))[-1]
    assert (remark.fault, [row.id for row in remark.by]) == (RowFault.DEAD, ["10.1.0.30", "10.1.0.31"])


def test_a_narrow_row_before_a_wide_one_is_redundant() -> None:
    wide = replace(RAS, id="wide", source_ports=ANY_PORT)
    (remark,) = faults(Space(), listed(RAS, wide))
    assert (remark.row.id, remark.fault, [row.id for row in remark.by]) == (
        "ras",
        RowFault.REDUNDANT,
        ["wide"],
    )


def test_a_row_that_matches_nothing_is_called_empty() -> None:
    (remark,) = faults(Space(), (Row("never", Action.PERMIT, ()),))
    assert remark.fault is RowFault.EMPTY


def test_the_branch_policy_has_no_fault() -> None:
    assert faults(Space(), rows(BRANCH)) == ()


def test_exposure_is_by_row_and_widest_first() -> None:
    space = Space()
    needed = space.needed([RAS_FLOW])
    wide = replace(RAS, id="wide", source_ports=PortRange(49300, 49309))
    open_ = Rule("open", ANY, FILES, Protocol.TCP)
    found = exposure(space, listed(wide, open_), needed)
    assert [(e.row.id if e.row else "", e.useful) for e in found] == [("open", False), ("wide", True)]
    assert found[1].count == 1024 * 2 * 9
    assert "udp 10.20.0.1:49301 -> 10.1.0.30:1719" in str(found[1])


def test_a_default_permit_is_the_widest_row_of_all() -> None:
    space = Space()
    (found, *_rest) = exposure(space, listed(RAS), space.needed([RAS_FLOW]), Action.PERMIT)
    assert found.row is None and not found.useful


def test_nothing_beyond_the_need_is_no_exposure() -> None:
    space = Space()
    assert exposure(space, listed(RAS), space.needed([RAS_FLOW])) == ()


def test_a_forgotten_gatekeeper_is_named_by_a_packet() -> None:
    one = replace(RAS, destination=GATEKEEPERS[:1])
    (part,) = blocked(Space(), listed(one), [RAS_FLOW])
    assert (
        str(part)
        == "register is blocked by the default deny, for example udp 10.20.0.1:49300 -> 10.1.0.31:1719"
    )
    assert part.count == 1024


def test_each_row_that_blocks_is_named() -> None:
    deny = Rule("deny-one", ANY, GATEKEEPERS[:1], Protocol.UDP, action=Action.DENY)
    parts = blocked(Space(), listed(deny), [RAS_FLOW])
    assert sorted(part.row.id if part.row else "default" for part in parts) == ["default", "deny-one"]


@pytest.mark.parametrize("size", [300])
def test_long_lists_are_reviewed(size: int) -> None:
    many = [replace(RAS, id=f"r{n}", source=nets(f"10.{n // 200}.{n % 200}.0/24")) for n in range(size)]
    twice = [replace(rule, id=f"{rule.id}-again") for rule in many]
    assert [remark.fault for remark in faults(Space(), listed(*many, *twice))].count(RowFault.DEAD) == size
