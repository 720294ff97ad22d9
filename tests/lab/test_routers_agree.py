"""Random rules in the words of routers: what is read of each is what the kernel does with the same rules.

RouterOS and VyOS make iptables or nftables of their configurations. Whether they make these of it is not
tested here, as neither runs here; that the reading follows netfilter is.
"""

from collections.abc import Callable
from random import Random

import pytest

from ringfence.check.report import Answer
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.openwrt import read as openwrt
from ringfence.firewalls.routeros import read as routeros
from ringfence.firewalls.vyos import read as vyos
from ringfence.policy.listing import Listing
from support.differential.compared import Tally, behind, compare
from support.differential.random_routers import RandomRules, as_iptables, as_routeros, as_vyos
from support.differential.random_zones import RandomZones, as_fw4, as_uci
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import BRANCH
from support.lab.verdicts import has_iptables

pytestmark = pytest.mark.kernel

RULE_SETS = 80
FORMS: dict[str, tuple[Callable[[RandomRules], str], Callable[[str, Named | None], Listing]]] = {
    "routeros": (as_routeros, routeros.read),
    "vyos": (as_vyos, vyos.read),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_is_read_of_a_router_is_what_the_kernel_does(form: str) -> None:
    if not has_iptables():
        pytest.skip("iptables-restore is not installed")
    write, read = FORMS[form]
    total = Tally()
    with RoutedFirewall() as firewall:
        for number in range(RULE_SETS):
            random = Random(f"{form} {number}")
            rules = RandomRules(random)
            kernel, text = as_iptables(rules), write(rules)
            assert firewall.load_iptables(kernel) is not None, kernel
            total += compare(firewall, BRANCH, read(text, behind(BRANCH)), random, f"{kernel}\n{text}")
    assert min(total.answers[Answer.PERMITS], total.answers[Answer.BLOCKS]) > total.answers.total() // 5
    assert total.unproved < 0.05  # where one way of a flow is tracked and the other is not


def test_what_is_read_of_zones_is_what_the_kernel_does() -> None:
    total = Tally()
    with RoutedFirewall() as firewall:
        for number in range(RULE_SETS):
            random = Random(f"zones {number}")
            zones = RandomZones(random)
            kernel, text = as_fw4(zones), as_uci(zones)
            assert firewall.load_nftables(kernel) is not None, kernel
            listing = openwrt.read(text, behind(BRANCH))
            total += compare(firewall, BRANCH, listing, random, f"{kernel}\n{text}")
    assert min(total.answers[Answer.PERMITS], total.answers[Answer.BLOCKS]) > total.answers.total() // 5
    assert total.unproved < 0.05
