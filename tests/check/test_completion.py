"""A running configuration with what it lacks added: it permits then, and no more than that became open."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.check.completion import Completed, completed
from ringfence.check.report import Answer
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from ringfence.lab.nft_text import listed_text
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy
from ringfence.policy.compile import generated
from ringfence.policy.listing import Listing
from support.example_sites import example
from support.firewalls.running_configs import device, running

BRANCH = example("branch")
ZONES = {zone.name: zone.networks for zone in BRANCH.zones}
UNZONED = {"iptables", "nftables"}
MERGING = [name for name, target in TARGETS.items() if target.merge is not None]
RULES = generated(BRANCH).rules


def reader(target: str) -> Callable[[str], Listing]:
    if target == "nftables":
        return lambda text: read_as(target, listed_text(text))
    return lambda text: read_as(target, text, None if target in UNZONED else ZONES)


def merged(target: str, text: str) -> Completed:
    return completed(BRANCH, TARGETS[target], text, reader(target), device(BRANCH))


@pytest.mark.parametrize("target", MERGING)
@settings(max_examples=6, deadline=None)
@given(kept=st.sets(st.sampled_from([rule.id for rule in RULES]), min_size=1))
def test_what_is_missing_is_added_and_nothing_else_opened(target: str, kept: set[str]) -> None:
    found = merged(
        target, running(target, Policy("kept", tuple(rule for rule in RULES if rule.id in kept)), BRANCH)
    )
    assert found.proved, (found.added, found.after.fixes)
    assert not found.refused
    assert found.after.exposure == found.before.exposure == ()
    flows = {flow for fix in found.added for flow in fix.flows}
    assert not flows & kept


@pytest.mark.parametrize("target", MERGING)
def test_nothing_is_added_where_nothing_is_missing(target: str) -> None:
    found = merged(target, running(target, generated(BRANCH), BRANCH))
    assert found.proved and not found.added and found.after == found.before


@pytest.mark.parametrize(
    ("target", "text"),
    [("panos", "<config><devices/></config>"), ("nftables", '{"nftables": []}')],
)
def test_a_form_that_lines_cannot_be_added_to_is_refused(target: str, text: str) -> None:
    add = TARGETS[target].merge
    assert add is not None
    with pytest.raises(InputError, match="--into"):
        add(text, ["x"])


def test_a_deny_before_the_permit_gets_the_rules_before_it() -> None:
    text = running("cisco-asa", generated(BRANCH), BRANCH).splitlines()
    first = next(n for n, line in enumerate(text) if line.startswith("access-list") and " permit udp" in line)
    name = text[first].split()[1]
    text.insert(first, f"access-list {name} extended deny udp any any")
    found = merged("cisco-asa", "\n".join([*text, ""]))
    assert found.before.answer is Answer.BLOCKS and found.proved
    assert all(" line " in line for fix in found.added for line in fix.lines)
