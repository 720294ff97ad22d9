"""Random rule sets in the kernel, every flow of a site both ways: check says what the kernel does.

By hand, as many as wanted: python bench/differential.py RULE_SETS SEED
"""

from random import Random

import pytest

from ringfence.check.report import Answer
from support.differential.compared import Tally, compare
from support.differential.programs import FIREWALLD, SHOREWALL, UFW
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import BRANCH, compared, listed
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


@pytest.mark.parametrize("text", [UFW, SHOREWALL, FIREWALLD], ids=["ufw", "shorewall", "firewalld"])
def test_what_programs_load_is_read_whole_and_as_the_kernel_has_it(text: str) -> None:
    if not has_iptables():
        pytest.skip("iptables-restore is not installed")
    with RoutedFirewall() as firewall:
        listing = listed(firewall, text)
        assert listing is not None
        tally = compare(firewall, BRANCH, listing, Random(1), text)
    assert tally.answers[Answer.PERMITS] and tally.answers[Answer.BLOCKS]
    assert not tally.answers[Answer.NOT_PROVED]
