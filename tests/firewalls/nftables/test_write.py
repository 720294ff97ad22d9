"""The nftables text: what stands in it, and that a kernel takes it."""

from dataclasses import replace

import pytest

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables.write import write
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from support.branch_policy import BRANCH, DEVICE, nets
from support.peers.nft_kernel import rules, ruleset

OWNING = Device(exclusive=True)


def test_state_is_established_and_never_related() -> None:
    text = write(BRANCH, DEVICE).text
    assert "ct state established counter accept" in text
    assert "related" not in text


def test_a_stateless_policy_has_no_state_in_it() -> None:
    assert "ct state" not in write(replace(BRANCH, stateful=False), DEVICE).text


def test_adjacent_hosts_stay_two_hosts() -> None:
    text = write(BRANCH, DEVICE).text
    assert "{ 10.1.0.30, 10.1.0.31 }" in text
    assert "/31" not in text


def test_a_wildcard_address_keeps_its_family() -> None:
    everyone = Rule("everyone", nets("0.0.0.0/0"), nets("0.0.0.0/0"), Protocol.TCP)
    assert "meta nfproto ipv4 meta l4proto 6 counter accept" in write(Policy("p", (everyone,)), OWNING).text


def test_an_empty_policy_is_refused() -> None:
    with pytest.raises(InputError, match="no rules"):
        write(Policy("empty", ()), OWNING)


@pytest.mark.parametrize("bad", ['x" accept #', "line\nbreak", "", "a b"])
def test_a_rule_id_cannot_leave_its_comment(bad: str) -> None:
    with pytest.raises(InputError, match="rule id"):
        write(Policy("p", (replace(BRANCH.rules[0], id=bad),)), OWNING)


@pytest.mark.kernel
def test_the_kernel_takes_it_twice_and_keeps_it_once() -> None:
    text = write(BRANCH, replace(OWNING, log_group=5)).text
    comments = [rule["comment"] for rule in rules(ruleset(text, text))]
    stated = [rule.id for rule in BRANCH.rules]
    assert comments == ["established", "invalid", *stated, "final-drop"]


@pytest.mark.kernel
def test_neighbouring_prefixes_are_listed_as_stated() -> None:
    pair = Rule("pair", nets("10.0.0.0/24", "10.0.1.0/24"), nets("fd01::1/128", "10.2.0.1")[1:], Protocol.UDP)
    listed = rules(ruleset(write(Policy("p", (pair,)), replace(OWNING, log=True)).text))
    sources = [rule["expr"][0]["match"]["right"] for rule in listed if rule.get("comment") == "pair"]
    assert sources == [{"prefix": {"addr": a, "len": 24}} for a in ("10.0.0.0", "10.0.1.0")]
