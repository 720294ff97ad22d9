"""Flows and written rows as rules."""

import pytest

from ringfence.model.errors import InputError
from ringfence.model.registration import flows
from ringfence.policy.compile import generated, policy_for, written_policy
from ringfence.policy.packetset import Space
from support.example_sites import NAMES, example, varied


@pytest.mark.parametrize("name", NAMES)
def test_generated_rules_permit_the_flows_exactly(name: str) -> None:
    site = example(name)
    space = Space()
    assert space.permitted(generated(site)) == space.needed(flows(site))


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_is_the_reason_of_one_rule(name: str) -> None:
    site = example(name)
    served = [flow.id for rule in generated(site).rules for flow in rule.because]
    assert sorted(served) == sorted(flow.id for flow in flows(site))


def test_flows_that_share_a_tuple_share_a_rule() -> None:
    assert "discover+ras+ras-refresh" in {rule.id for rule in generated(example("branch")).rules}


def test_written_rows_are_judged_instead_of_generated_rules() -> None:
    site = example("blog-as-written")
    policy = policy_for(site)
    assert [rule.id for rule in policy.rules] == [f"row-{number}" for number in range(1, 10)]
    first = policy.rules[0]
    assert (str(first.source_ports), str(first.destination_ports)) == ("68", "67")
    assert {str(network) for network in first.source} == {"10.255.0.1/32", "10.10.0.1/32", "10.20.0.1/32"}


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("{from: relay,", "{from: rely,", "neither a role nor a network"),
        ("to_ports: 67, protocol: udp", "to_ports: 67, protocol: sctp", "is not one of"),
        ("to_ports: 67, protocol: udp", "to_ports: 67, icmp_type: 8, protocol: udp", "ICMP type on udp"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(old: str, new: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        written_policy(varied("blog-as-written", (old, new)))
    assert "row 1" in caught.value.where
