"""A RouterOS router whose rules are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_good, assert_judged

GOOD = """# 2026-12-01 10:00:00 by RouterOS 7.16.1
# software id = ABCD-EFGH
#
# model = RB4011iGS+
/interface bridge
add name=bridge-servers
/interface ethernet
set [ find default-name=ether1 ] name=ether1-voice
set [ find default-name=ether2 ] comment=spare disabled=yes
/interface vlan
add interface=bridge-servers name=vlan99 vlan-id=99
/interface list
add name=VOICE
add name=SERVERS
/interface bridge port
add bridge=bridge-servers interface=ether3
add bridge=bridge-servers interface=ether4
/interface list member
add interface=ether1-voice list=VOICE
add interface=bridge-servers list=SERVERS
/ip firewall connection tracking
set udp-timeout=30s
/ip address
add address=10.255.0.2/29 interface=ether1-voice network=10.255.0.0
add address=10.1.0.1/24 interface=bridge-servers network=10.1.0.0
/ip firewall address-list
add address=10.20.0.0/24 list=phones
add address=10.10.0.0/24 list=boot
add address=10.1.0.30 list=gatekeepers
/ip firewall filter
add action=accept chain=input connection-state=established,related
add action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes
add action=accept chain=forward comment="established, related" connection-state=\\
    established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=jump chain=forward in-interface-list=VOICE jump-target=from-phones out-interface-list=\\
    SERVERS
add action=jump chain=forward in-interface=bridge-servers jump-target=from-servers
add action=drop chain=forward comment="drop all else"
add action=accept chain=from-phones dst-address=10.1.0.10 dst-port=67 protocol=udp src-address=\\
    10.255.0.1 src-port=67
add action=accept chain=from-phones dst-address=10.1.0.10 dst-port=67 protocol=udp \\
    src-address-list=phones src-port=68
add action=accept chain=from-phones dst-address=10.1.0.10 dst-port=67 protocol=udp \\
    src-address-list=boot src-port=68
add action=accept chain=from-phones dst-address=10.1.0.20 dst-port=80 protocol=tcp src-address-list=\\
    phones src-port=1024-65535
add action=accept chain=from-phones comment=ras dst-address-list=gatekeepers dst-port=1719 protocol=udp \\
    src-address-list=phones src-port=49300
add action=accept chain=from-phones dst-address-list=gatekeepers icmp-options=8:0-255 protocol=icmp \\
    src-address-list=phones
add action=accept chain=from-servers dst-address=10.10.0.1 dst-port=67 protocol=udp src-address=\\
    10.1.0.10 src-port=67
add action=accept chain=from-servers dst-address=10.20.0.1 dst-port=67 protocol=udp src-address=\\
    10.1.0.10 src-port=67
add action=accept chain=from-servers dst-address-list=phones dst-port=49300 protocol=udp \\
    src-address-list=gatekeepers src-port=1719
add action=accept chain=from-servers comment=signal dst-address-list=phones dst-port=1720 protocol=tcp \\
    src-address-list=gatekeepers src-port=61440-61444
/ip firewall service-port
set ftp disabled=yes
set h323 disabled=yes
/ip route
add distance=1 dst-address=10.10.0.0/24 gateway=10.255.0.1
add distance=1 dst-address=10.20.0.0/24 gateway=10.255.0.1
/ip service
set telnet disabled=yes
/system identity
set name=branch
"""
STATE = (
    'add action=accept chain=forward comment="established, related" connection-state=\\\n'
    "    established,related,untracked\n"
)
JUMP = "add action=jump chain=forward in-interface=bridge-servers jump-target=from-servers\n"
FROM_PHONES = "add action=jump chain=forward in-interface-list=VOICE"
ECHO = "dst-address-list=gatekeepers icmp-options=8:0-255 protocol=icmp"
RAS_RULE = "comment=ras dst-address-list=gatekeepers dst-port=1719 protocol=udp"
SIGNAL = "comment=signal dst-address-list=phones"
FILTER = "/ip firewall filter\n"
DROP = 'add action=drop chain=forward comment="drop all else"\n'
HELPER = "set h323 disabled=yes\n"
ROUTE = "add distance=1 dst-address=10.20.0.0/24 gateway=10.255.0.1\n"
OF_PHONES = "address release provision discover register echo renew keep-alive"
OF_STATE = "provision signal echo renew"
OF_SERVERS = "address vlan-move signal notify"
RAW = "/ip firewall raw\n"

MISTAKES = (
    Mutation(
        "a rule is removed",
        (
            (
                f"add action=accept chain=from-phones {RAS_RULE} \\\n"
                "    src-address-list=phones src-port=49300\n",
                "",
            ),
        ),
        RAS,
    ),
    Mutation("a rule is disabled", ((RAS_RULE, f"disabled=yes {RAS_RULE}"),), RAS),
    Mutation("a rule is wider", (("dst-port=49300 protocol=udp", "protocol=udp"),), opens=True),
    Mutation(
        "a list is wider", (("add address=10.1.0.30 list", "add address=10.1.0.16/28 list"),), opens=True
    ),
    Mutation(
        "a list has one half",
        (("add address=10.20.0.0/24 list", "add address=10.20.0.0/25 list"),),
        "provision discover register signal echo renew notify keep-alive",
    ),
    Mutation(
        "a list that is disabled",
        (("add address=10.1.0.30 list", "add address=10.1.0.30 disabled=yes list"),),
        "discover register signal echo notify keep-alive",
        blocks=False,
    ),
    Mutation(
        "a list that grows",
        ((FILTER, f"{FILTER}add action=add-src-to-address-list address-list=phones chain=input\n"),),
    ),
    Mutation(
        "a drop for who is in a list that grows",
        (
            (
                STATE,
                f"{STATE}add action=add-src-to-address-list address-list=scanners chain=input\n"
                "add action=drop chain=forward src-address-list=scanners\n",
            ),
        ),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a drop before all",
        ((STATE, f"{STATE}add action=drop chain=forward dst-address=10.1.0.30 protocol=udp\n"),),
        RAS,
    ),
    Mutation("a drop behind all", ((DROP, f"{DROP}add action=drop chain=forward\n"),)),
    Mutation(
        "a reject in the menu's terse form",
        (
            (
                STATE,
                f"{STATE}/ip firewall filter add action=reject chain=forward dst-address=10.1.0.20 "
                "reject-with=icmp-admin-prohibited\n",
            ),
        ),
        "provision",
    ),
    Mutation("no jump", ((JUMP, ""),), OF_SERVERS),
    Mutation(
        "a jump to nowhere",
        ((JUMP, JUMP.replace("target=from-servers", "target=from-server")),),
        OF_SERVERS,
        blocks=False,
    ),
    Mutation("no drop at the end", ((DROP, ""),), opens=True),
    Mutation(
        "no state",
        ((STATE, ""),),
        OF_STATE,
    ),
    Mutation(
        "state that is invalid",
        ((STATE, STATE.replace("established,related,untracked", "stablished")),),
        OF_STATE,
        blocks=False,
    ),
    Mutation("an accept before all", ((STATE, f"add action=accept chain=forward\n{STATE}"),), opens=True),
    Mutation(
        "the interface of the servers is shut",
        (("add name=bridge-servers\n", "add disabled=yes name=bridge-servers\n"),),
        EVERYTHING,
    ),
    Mutation(
        "every port of the bridge is shut",
        (
            (
                "set [ find default-name=ether2 ] comment=spare disabled=yes\n",
                "set [ find default-name=ether3 ] disabled=yes\n"
                "set [ find default-name=ether4 ] disabled=yes\n",
            ),
        ),
        EVERYTHING,
    ),
    Mutation("the other interface", ((FROM_PHONES, FROM_PHONES.replace("VOICE", "!VOICE")),), OF_PHONES),
    Mutation(
        "an interface that is not in the list", (("add interface=ether1-voice list=VOICE\n", ""),), OF_PHONES
    ),
    Mutation(
        "an interface that is not known",
        ((JUMP, JUMP.replace("bridge-servers", "sfp9")),),
        OF_SERVERS,
    ),
    Mutation(
        "the route is discarded",
        ((ROUTE, "add blackhole distance=1 dst-address=10.20.0.0/24\n"),),
        EVERYTHING.replace("address release ", ""),
    ),
    Mutation(
        "a route by a mark",
        (
            (
                FILTER,
                "/ip firewall mangle\nadd action=mark-routing chain=prerouting dst-address=10.1.0.20 "
                f"new-routing-mark=wan2\n{FILTER}",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "dropped in raw",
        ((FILTER, f"{RAW}add action=drop chain=prerouting dst-address=10.1.0.20\n{FILTER}"),),
        "provision",
    ),
    Mutation(
        "not tracked",
        # The rule of states accepts what is not tracked, whatever it is.
        ((FILTER, f"{RAW}add action=notrack chain=prerouting port=1719 protocol=udp\n{FILTER}"),),
        opens=True,
    ),
    Mutation(
        "translated",
        (
            (
                FILTER,
                "/ip firewall nat\nadd action=dst-nat chain=dstnat dst-address=10.1.0.20 "
                f"to-addresses=10.1.0.21\n{FILTER}",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "masqueraded where none of these packets goes",
        ((FILTER, f"/ip firewall nat\nadd action=masquerade chain=srcnat out-interface=ether2\n{FILTER}"),),
    ),
    Mutation("a rule at a rate", ((ECHO, f"limit=10,5:packet {ECHO}"),), "echo", blocks=False),
    Mutation(
        "a type of ICMP that answers", ((ECHO, ECHO.replace("8:0-255", "0:0-255")),), "echo", opens=True
    ),
    Mutation(
        "a helper that reads on", ((HELPER, ""), (SIGNAL, f"disabled=yes {SIGNAL}")), "signal", blocks=False
    ),
    Mutation(
        "a routing rule",
        ((FILTER, f"/routing rule\nadd action=lookup dst-address=10.1.0.20/32 table=wan2\n{FILTER}"),),
        "provision",
        blocks=False,
    ),
    Mutation(
        "a routing rule of the main table",
        ((FILTER, f"/routing rule\nadd action=lookup dst-address=10.1.0.20/32 table=main\n{FILTER}"),),
    ),
    Mutation(
        "an IPsec policy",
        (
            (
                FILTER,
                f"/ip ipsec policy\nadd dst-address=10.1.0.20/32 src-address=10.20.0.0/24\n{FILTER}",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "a wireless list that is disabled",
        ((FILTER, f"/interface wireless access-list\nadd disabled=yes interface=wlan1\n{FILTER}"),),
    ),
    Mutation("as a script is typed", ((HELPER, "set h323 disabled=yes;\n"),)),
    Mutation(
        "a rule that a script disables", ((RAS_RULE, f"{RAS_RULE} disabled=yes;"),), EVERYTHING, blocks=False
    ),
    Mutation(
        "two commands on a line",
        ((HELPER, "set ftp disabled=yes; set h323 disabled=yes\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation("no helper, and no rule", ((SIGNAL, f"disabled=yes {SIGNAL}"),), "signal"),
    Mutation(
        "connections are not tracked", (("set udp-timeout=30s", "set enabled=no"),), EVERYTHING, blocks=False
    ),
    Mutation(
        "a rule that the device cannot carry out",
        ((JUMP, f"# in/out-interface matcher not possible when interface (ether9) is slave\n{JUMP}"),),
        OF_SERVERS,
        blocks=False,
    ),
    Mutation("a script's line", ((FILTER, f":delay 5s\n{FILTER}"),), EVERYTHING, blocks=False),
    Mutation(
        "a menu that is not known",
        ((FILTER, f"/ip firewall wonder\nadd action=drop\n{FILTER}"),),
        EVERYTHING,
        blocks=False,
    ),
)


def test_the_rules_are_right() -> None:
    assert_good("routeros", GOOD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    assert_judged("routeros", GOOD, mistake)
