"""ufw's own files: what they come to is what the kernel lists when ufw has loaded them."""

import pytest

from ringfence.firewalls.iptables.ufw import read_ufw
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.listing import Moment, everything
from ringfence.policy.packetset import Space
from ringfence.policy.state_model import judge_listing
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import certain, config

# Written by `ufw route ...` of ufw 0.36.2, with what iptables-save printed after `ufw-init start`.
FILES, LISTED = config("ufw-files.txt"), config("ufw-kernel-listing.txt")
# Right but for a deny and for what the gatekeeper opens to the handset's RAS port.
GOOD = (
    config("by_hand/ufw-router.txt")
    .replace("-A ufw-user-forward -p tcp -d 10.20.0.0/28 -s 10.1.0.30 -j DROP\n", "")
    .replace(
        "### END RULES ###",
        "-A ufw-user-forward -p udp -s 10.1.0.30 --sport 1719 -d 10.20.0.0/24 -j ACCEPT\n### END RULES ###",
    )
)
CALL = "udp 10.20.0.50:49300 10.1.0.30:1719"
RULE = "-A ufw-user-forward -p udp -d 10.1.0.30 --dport 1719 -s 10.20.0.0/24 -j ACCEPT"
POLICY = 'DEFAULT_FORWARD_POLICY="DROP"'
USER = ":ufw-user-forward - [0:0]\n"
EMPTIED = ("*filter\n:ufw-user-input", "*filter\n:ufw-before-forward - [0:0]\n:ufw-user-input")
BEFORE = "*filter\n:ufw-before-forward - [0:0]\nCOMMIT\n"
RULES = GOOD[GOOD.index("==> /etc/ufw/user.rules") :]
ICMP = "-A ufw-before-forward -p icmp --icmp-type echo-request -j ACCEPT\n"


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    return Mutation(name, edits, stopped, blocks, opens=True)


MISTAKES = (
    opens("no rule", (f"{RULE}\n", ""), stopped=RAS),
    opens("the wrong port", (RULE, RULE.replace("1719", "1718")), stopped=RAS),
    opens("a wider range", (RULE, RULE.replace("1719", "1700:1730"))),
    opens("a deny", (RULE, RULE.replace("ACCEPT", "DROP")), stopped=RAS),
    opens("a deny before it", (RULE, f"{RULE.replace('ACCEPT', 'REJECT')}\n{RULE}"), stopped=RAS),
    opens("in the chain of what comes in", (RULE, RULE.replace("forward", "input")), stopped=RAS),
    opens("of an interface", (RULE, RULE.replace("-p", "-i eth9 -p")), stopped=RAS, blocks=False),
    opens("a match that is new", (RULE, RULE.replace("-p", "-m new -p")), stopped=RAS, blocks=False),
    opens("no echo before", (ICMP, ""), stopped="echo"),
    opens(
        "a deny in before.rules",
        (ICMP, f"{ICMP}-A ufw-before-forward -p udp -j DROP\n"),
        stopped=f"address release vlan-move notify renew {RAS}",
    ),
    opens("a chain that a later file empties", EMPTIED, stopped="echo renew signal provision"),
    opens("the policy accepts", (POLICY, POLICY.replace("DROP", "ACCEPT")), (f"{RULE}\n", "")),
    opens("the policy rejects", (POLICY, POLICY.replace("DROP", "REJECT")), (f"{RULE}\n", ""), stopped=RAS),
    opens("the policy is not there", (f"{POLICY}\n", ""), stopped=EVERYTHING, blocks=False),
    opens("the rules are not there", (RULES, ""), stopped=EVERYTHING, blocks=False),
)


def test_what_is_read_of_the_files_is_what_the_kernel_lists() -> None:
    assert recognise(FILES) is TARGETS["ufw"] and recognise(LISTED) is TARGETS["iptables"]
    space = Space()
    four = space.of(everything()[:1])
    files, listed = (judge_listing(space, read_as(*each)) for each in (("ufw", FILES), ("iptables", LISTED)))
    for moment in Moment:
        ours, kernels = files.passing(moment), listed.passing(moment)
        assert ours.least & four == kernels.least & four, moment
        assert ours.most & four == kernels.most & four, moment
    assert not (files.openers().least & four).empty


def test_files_count_in_the_order_in_which_ufw_loads_them() -> None:
    sections = [f"==> {part}" for part in GOOD.split("==> ")[1:]]
    backwards = read_ufw("".join(f"{part.rstrip()}\n\n" for part in reversed(sections)))
    straight = read_ufw(GOOD)
    space = Space()
    assert backwards.bounds(space) == straight.bounds(space)
    plain = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith("==>"))
    assert read_ufw(plain).bounds(space) == straight.bounds(space)


def test_the_files_are_right() -> None:
    report = report_of("ufw", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("ufw", GOOD, mutation)


def test_a_firewall_that_is_off_filters_nothing() -> None:
    report = report_of("ufw", GOOD.replace("ENABLED=yes", "ENABLED=no"))
    assert report.unfiltered and report.unbound[0].bind == ("ufw enable",)


def test_rules_alone_are_asked_for_their_files() -> None:
    text = GOOD[GOOD.index("*filter\n:ufw-user-input") :]
    listing = read_ufw(text)
    named = {part.text for part in listing.unread}
    assert {"before.rules", "after.rules", "/etc/default/ufw"} <= named
    assert certain(listing, CALL) is None
    assert certain(listing, CALL, *(part.place for part in listing.unread)) is True


def test_rules_of_ipv6_are_a_list_of_their_own() -> None:
    more = f"{GOOD[GOOD.index('==> /etc/ufw/after') : GOOD.index('*nat')]}{BEFORE}{RULES}"
    exchanged = {
        "ufw-": "ufw6-",
        ".rules": "6.rules",
        "10.1.0.": "fd01::",
        "10.20.0.0/24": "fd20::/64",
        "10.0.0.0/8": "fd00::/8",
        "10.99.0.0/27": "fd99::/64",
    }
    for old, new in exchanged.items():
        more = more.replace(old, new)
    listing = read_ufw(f"{GOOD}\n{more}")
    assert [chain.versions for chain in listing.chains] == [{4}, {6}]
    assert [part.why for part in listing.unread] == ["interface ppp0 has no networks named for it"]
    assert certain(listing, "udp fd20::5:49300 fd01::30:1719", "line 26") is True
    assert certain(listing, "udp fd20::5:49300 fd01::31:1719", "line 26") is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD[: GOOD.rindex("COMMIT")], "before COMMIT"),
        (GOOD.replace("*nat", "*nut"), "a table called nut"),
        (GOOD.replace(f"{RULE}\n", "ufw allow ssh\n"), "not a rule"),
        ("DEFAULT_FORWARD_POLICY=DROP\n", "no rules of ufw"),
    ],
)
def test_what_is_not_ufws_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("ufw", text)
