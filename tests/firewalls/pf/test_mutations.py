"""A pf.conf whose rules are right, and what becomes of each mistake in it."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged

GOOD = """# pf.conf of the branch
phones_if = "em0"
boot = "10.10.0.0/24"
phones = "10.20.0.0/24"
relay = "10.255.0.1"
call_server = "10.1.0.30"
dhcp_server = 10.1.0.10
routers = "{ 10.10.0.1, 10.20.0.1 }"

table <gatekeepers> const { $call_server }
table <scanners> persist

set skip on lo
set block-policy drop
set timeout { udp.multiple 120, tcp.established 86400 }
scrub in all fragment reassemble

block log all
pass quick inet proto udp from $relay port bootps to $dhcp_server port = bootps
pass quick inet proto udp from { $boot, $phones } port 68 to $dhcp_server port 67 \\
    keep state
pass quick inet proto udp from $dhcp_server port 67 to $routers port 67
pass inet proto tcp from $phones port >= 1024 to 10.1.0.20 port http flags S/SA modulate state
pass inet proto udp from $phones port 49300 to <gatekeepers> port 1719 label "ras"
pass inet proto icmp from $phones to <gatekeepers> icmp-type echoreq
anchor "from-servers" from <gatekeepers> to $phones {
    pass quick inet proto udp from any port 1719 to any port 49300
    pass quick proto tcp from any port 61440:61444 to any port 1720
}
anchor "ftp-proxy/*"
"""
BLOCK = "block log all\n"
RAS_RULE = 'pass inet proto udp from $phones port 49300 to <gatekeepers> port 1719 label "ras"\n'
ECHO = "icmp-type echoreq\n"
NOTIFY = "    pass quick inet proto udp from any port 1719 to any port 49300\n"
CALLS = "    pass quick proto tcp from any port 61440:61444 to any port 1720\n"
FILES = "flags S/SA modulate state\n"
ANCHOR = 'anchor "from-servers" from'
ANSWERS = "pass quick inet proto udp from $dhcp_server port 67 to $routers port 67\n"
LAST = 'anchor "ftp-proxy/*"\n'
OF_PHONES = "provision discover register echo keep-alive"

MISTAKES = (
    Mutation("a rule is removed", ((RAS_RULE, ""),), RAS),
    Mutation("a rule is a comment", ((RAS_RULE, f"# {RAS_RULE}"),), RAS),
    Mutation("a rule is wider", ((NOTIFY, NOTIFY.replace(" port 49300", "")),), opens=True),
    Mutation(
        "a network has one half",
        (('phones = "10.20.0.0/24"', 'phones = "10.20/25"'),),
        f"{OF_PHONES} signal notify renew",
    ),
    Mutation("a table is wider", (("const { $call_server }", "const { 10.1.0.16/28 }"),), opens=True),
    Mutation(
        "a table less a part",
        (("const { $call_server }", "const { 10.1.0.16/28, !10.1.0.30 }"),),
        f"{RAS} echo signal notify",
        opens=True,
    ),
    Mutation(
        "a table from a file",
        (("const { $call_server }", 'file "/etc/gatekeepers"'),),
        f"{RAS} echo signal notify",
        blocks=False,
    ),
    Mutation(
        "a table that rules add to",
        ((BLOCK, f"{BLOCK}block quick from <scanners>\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("the last rule decides", ((LAST, f"{LAST}block proto udp to <gatekeepers>\n"),), RAS),
    Mutation(
        "a quick rule before all", ((BLOCK, f"{BLOCK}block quick proto udp to <gatekeepers>\n"),), f"{RAS}"
    ),
    Mutation("a block before the others", ((BLOCK, f"{BLOCK}block proto udp to <gatekeepers>\n"),)),
    Mutation("a block on the way out", ((LAST, f"{LAST}block out proto tcp to 10.1.0.20\n"),), "provision"),
    Mutation("passes on the way in alone", ((RAS_RULE, RAS_RULE.replace("pass ", "pass in ")),), RAS),
    Mutation("no state", ((ECHO, f"{ECHO.strip()} no state\n"),), "echo"),
    Mutation(
        "no state, and a rule for the answers",
        (
            (
                ECHO,
                f"{ECHO.strip()} no state\n"
                "pass inet proto icmp from <gatekeepers> to $phones icmp-type echorep no state\n",
            ),
        ),
        opens=True,
    ),
    Mutation("no block", ((BLOCK, ""),), opens=True),
    Mutation(
        "no block, and no state of what nothing decides",
        ((BLOCK, "block in from 10.1.0.0/24\n"),),
        "",
        opens=True,
    ),
    Mutation(
        "what nothing decides keeps no state",
        (
            (BLOCK, "block in from 10.1.0.0/24\n"),
            (f"pass inet proto icmp from $phones to <gatekeepers> {ECHO}", ""),
        ),
        "echo",
        opens=True,
    ),
    Mutation("flags of no opening segment", ((FILES, "flags A/A\n"),), "provision"),
    Mutation(
        "flags of later segments are blocked", ((BLOCK, f"{BLOCK}block quick proto tcp flags FUP/FUP\n"),)
    ),
    Mutation("another type of ICMP", ((ECHO, "icmp-type { echorep, unreach }\n"),), "echo", opens=True),
    Mutation(
        "the anchor's rules are elsewhere",
        ((f"{NOTIFY}{CALLS}", ""), ("to $phones {\n}\n", "to $phones\n")),
        "signal notify",
        blocks=False,
    ),
    Mutation(
        "an anchor from others",
        ((f"{ANCHOR} <gatekeepers>", f"{ANCHOR} 10.1.0.40"),),
        "signal notify",
        opens=True,
    ),
    Mutation(
        "an anchor of one family that has another",
        ((ANCHOR, ANCHOR.replace(" from", " inet6 from")),),
        "signal notify",
    ),
    Mutation(
        "a limit on states",
        ((RAS_RULE, RAS_RULE.replace(" label", " keep state (max 10) label")),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "a rule by its tag",
        ((RAS_RULE, RAS_RULE.replace(" label", " tagged VOICE label")),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "a rule by who sends", ((RAS_RULE, RAS_RULE.replace(" label", " user 0 label")),), RAS, blocks=False
    ),
    Mutation(
        "sent another way",
        ((RAS_RULE, RAS_RULE.replace("pass inet", "pass route-to (em9 10.9.0.1) inet")),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "translated",
        ((BLOCK, f"match in to 10.1.0.20 rdr-to 10.1.0.21\n{BLOCK}"),),
        "provision",
        blocks=False,
    ),
    Mutation(
        "led to another, which is let through in its place",
        (
            (BLOCK, f"rdr on em9 inet proto tcp from any to 10.1.0.20 port 80 -> 10.1.0.21\n{BLOCK}"),
            ("to 10.1.0.20 port http", "to 10.1.0.21 port http"),
        ),
        "provision",
        blocks=False,
        opens=True,
    ),
    Mutation(
        "translated as FreeBSD has it",
        ((BLOCK, f"nat on em9 from 10.20.0.0/24 to 10.1.0.20 -> (em9)\n{BLOCK}"),),
        "provision",
        blocks=False,
    ),
    Mutation(
        "on an interface without networks",
        ((RAS_RULE, RAS_RULE.replace("pass inet", "pass on em0 inet")),),
        RAS,
        blocks=False,
    ),
    Mutation("another file", ((BLOCK, f'include "/etc/pf.more"\n{BLOCK}'),), EVERYTHING, blocks=False),
    Mutation("by the firewall's own address", ((RAS_RULE, RAS_RULE.replace("$phones", "(em0)")),), RAS),
)


def test_the_rules_are_right() -> None:
    assert_good("pf", GOOD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    assert_judged("pf", GOOD, mistake)
