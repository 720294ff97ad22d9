"""What adds rules goes where the site's rules are, and a kernel takes it there."""

import shlex
from dataclasses import replace

import pytest

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.insert import add
from ringfence.firewalls.nftables import TARGETS
from ringfence.firewalls.nftables.write import write
from support.branch_policy import BRANCH, DEVICE
from support.peers.nft_kernel import rules, ruleset


@pytest.mark.kernel
def test_rules_that_a_site_lacks_are_added_to_the_chain_that_drops() -> None:
    lacking, missing = replace(BRANCH, rules=BRANCH.rules[2:]), BRANCH.rules[:2]
    commands = add(TARGETS[0], missing, Device()).text.splitlines()
    added = "\n".join(" ".join(shlex.split(line)[1:]) for line in commands)
    listed = rules(ruleset(write(lacking, replace(DEVICE, log=True)).text, added))
    assert {(each["table"], each["chain"]) for each in listed} == {
        ("ringfence", "between-zones"),
        ("ringfence", "forward"),
    }
    comments = [each.get("comment") for each in listed if each["chain"] == "between-zones"]
    assert comments[:2] == [each.id for each in missing]
    assert comments[-1] == "final-drop"
