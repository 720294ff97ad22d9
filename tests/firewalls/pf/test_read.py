"""pf: interfaces, both ways of a packet, and lines that are not understood."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.pf.read import read
from ringfence.model.errors import InputError
from ringfence.policy.listing import Moment
from support.firewalls.mutated import report_of
from support.firewalls.read_configs import certain, fares

ZONES: Named = {"em0": (ip_network("10.20.0.0/16"),), "em1": (ip_network("10.1.0.0/16"),)}
RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
BACK = "udp 10.1.0.30:1719 10.20.0.50:49300"
OUT = "pass out\n"


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ("block\npass in on em0\npass out on em1\n", True),
        ("block\npass in on em0\npass out on em0\n", False),
        ("block\npass in on em1\npass out\n", False),
        ("block\npass in on { em0 em1 }\npass out\n", True),
        ("block\npass in on ! em1\npass out\n", True),
        ("block\npass in on ! em0\npass out\n", False),
        ("block\npass in\npass out on em1 received-on em0\n", True),
        ("block\npass in\npass out on em1 received-on em1\n", False),
        ("block\npass in on em7\npass out\n", False),  # what is behind em0 is not behind em7
        ("block\npass in on ! em7\npass out\n", True),
        ("block\npass in on lo0\npass out\n", False),
        ("block\nset skip on em0\npass out\n", True),
        ("block in\npass out\npass in inet6\n", False),
        ("block in\npass in from em0:network\n", None),
        ('lan = "em0"\nblock in\npass in on $lan from $lan:network\n', None),
        ("net = 10.20.0.0\nblock in\npass in from $net/24\n", True),
        ("pass\nblock in on em9\n", True),
    ],
)
def test_an_interface_stands_for_what_is_behind_it(rules: str, passes: bool | None) -> None:
    assert certain(read(rules, ZONES), RAS) is passes


@pytest.mark.parametrize(
    ("rules", "answered"),
    [
        ("block\npass\n", True),
        ("block\npass no state\n", True),
        ("block in\npass in on em0 no state\npass out\n", True),
        ("block in\npass in on em0\npass out no state\n", False),
        ("block\npass in on em0\npass out on em1\n", True),
        ("block\npass in on em0 no state\npass out on em1\n", False),
        ("block\npass in on em0 no state\npass out on em1\npass out on em0 no state\n", True),
        ("block in on em1\n", False),
        ("set skip on em1\nblock in on em1\n", True),
    ],
)
def test_answers_pass_by_the_states_of_their_own_side(rules: str, answered: bool) -> None:
    assert certain(read(rules, ZONES), RAS) is True
    assert fares(read(rules, ZONES), BACK, Moment.ANSWERS) is answered


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("pass from <phones>", "members that the text does not name"),
        ("pass from phones.example.net", "host phones.example.net"),
        ("pass proto udp from any port 9 to any rtable 1", "option rtable"),
        ("pass proto wonder", "wonder"),
        ("pass to any port 80", "ports without a protocol"),
        ("pass inet proto udp icmp-type 8", "without its protocol"),
        ("pass probability 20%", "option probability"),
        ("pass proto tcp flags SA/SA", "some later segments"),
        ("pass keep state (max-src-states 3)", "a limit on states"),
        ("pass from any to 10.0.0.9 - 10.0.0.1", "reversed"),
        ("ether block", "'ether'"),
        ("set wonder on", "a setting"),
    ],
)
def test_a_line_outside_what_is_modelled_is_named(line: str, why: str) -> None:
    listing = read(f"block\n{line}\n")
    assert len({part.place for part in listing.unread}) == 1
    assert listing.unread[0].place.startswith("line 2") and why in listing.unread[0].why
    assert certain(listing, RAS) is not True


def test_a_rule_that_is_missing_is_added_once_for_both_ways_and_its_answers() -> None:
    (fix,) = report_of("pf", "block\npass from 10.1.0.0/24\npass proto { udp icmp }\n").fixes
    assert fix.flows == ("files-http",)
    (line,) = fix.lines
    assert line.startswith(
        "pass quick inet proto tcp from 10.20.0.0/24 port 1024:65535 to 10.1.0.20 port 80 "
    )


@pytest.mark.parametrize(
    "text",
    [
        'x = "a\npass\n',
        "pass from $x\n",
        "pass from { 10.0.0.1\n",
        "anchor a {\npass\n",
        "}\npass\n",
        "table <a> { 10.0.0.1 }\n",
        "a = b\n"
        + "".join(f'a{k} = "$a{k - 1} $a{k - 1}"\n' for k in range(1, 60)).replace("$a0", "$a")
        + "pass\n",
    ],
)
def test_what_is_no_rule_set_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)
