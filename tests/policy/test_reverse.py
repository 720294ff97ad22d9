"""Reverse rules: exactly the packets that answer what a stateful policy opens."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import Space
from ringfence.policy.reverse import reverse, with_replies
from support.branch_policy import BRANCH, nets
from support.firewalls.rule_lists import rule_lists


@pytest.mark.parametrize("rule", BRANCH.rules, ids=lambda rule: rule.id)
def test_the_reverse_of_a_reply_is_the_opener(rule: Rule) -> None:
    if rule.protocol is not Protocol.ICMP:
        back = reverse(reverse(rule))
        assert replace(back, id=rule.id) == rule


def test_ras_is_answered_from_its_port_to_the_fixed_port_and_no_other() -> None:
    reply = reverse(BRANCH.rule("ras"))
    assert (str(reply.source_ports), str(reply.destination_ports)) == ("1719", "49300")
    assert reply.id == "ras-reply"


def test_echo_is_answered_by_echo_reply() -> None:
    assert reverse(BRANCH.rule("echo")).icmp_type == 0


def test_a_type_that_nobody_answers_has_no_reverse() -> None:
    with pytest.raises(InputError, match="type 3 has no reply"):
        reverse(replace(BRANCH.rule("echo"), icmp_type=3))


def test_a_reply_that_is_an_opener_too_is_not_written_twice() -> None:
    # ras-notify is the reverse of ras, and the other way round.
    ids = [rule.id for rule in with_replies(BRANCH).rules]
    assert "ras-reply" not in ids
    assert "ras-notify-reply" not in ids
    assert "signal-reply" in ids


def test_a_stateless_policy_is_left_as_it_is() -> None:
    stateless = replace(BRANCH, stateful=False)
    assert with_replies(stateless) is stateless


def test_a_deny_that_meets_a_reply_is_refused() -> None:
    deny = Rule("no-phones", nets("10.1.0.0/24"), nets("10.20.0.0/22"), Protocol.UDP, action=Action.DENY)
    with pytest.raises(InputError, match="no-phones"):
        with_replies(replace(BRANCH, rules=(deny, *BRANCH.rules)))


def test_a_deny_beside_it_all_is_kept() -> None:
    deny = Rule("elsewhere", nets("10.99.0.0/16"), nets("10.98.0.0/16"), Protocol.UDP, action=Action.DENY)
    assert with_replies(replace(BRANCH, rules=(deny, *BRANCH.rules))).rules[0] is deny


@settings(max_examples=100, deadline=None)
@given(rule_lists())
def test_openers_and_their_answers_pass_and_nothing_else(policy: Policy) -> None:
    try:
        both = with_replies(policy)
    except InputError:
        return
    space = Space()
    opened = space.permitted(policy)
    answers = Policy("a", tuple(reverse(rule) for rule in policy.rules if rule.action is Action.PERMIT))
    assert space.permitted(both) == opened | space.permitted(answers)
    assert not both.stateful
