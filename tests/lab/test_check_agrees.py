"""Random rule sets in the kernel, every flow of a site both ways: check says what the kernel does.

By hand, as many as wanted: python bench/differential.py RULE_SETS SEED
"""

from random import Random

import pytest

from ringfence.check.report import Answer
from support.differential.compared import Tally
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import compared
from support.lab.verdicts import has_iptables

pytestmark = pytest.mark.kernel

RULE_SETS = 300


def test_check_says_of_every_flow_what_the_kernel_does() -> None:
    if not has_iptables():
        pytest.skip("iptables-restore is not installed")
    total = Tally()
    with RoutedFirewall() as firewall:
        for number in range(RULE_SETS):
            total += compared(firewall, Random(f"seeded {number}")) or Tally()
    # A comparison that only ever saw one answer would have compared nothing.
    assert total.rule_sets > RULE_SETS * 3 // 4
    assert min(total.answers[Answer.PERMITS], total.answers[Answer.BLOCKS]) > total.answers.total() // 5
    assert total.unproved < 0.1
