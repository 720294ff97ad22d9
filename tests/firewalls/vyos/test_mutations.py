"""VyOS routers whose rules are right, in the older model and the newer, and what becomes of each mistake."""

import pytest

from support.firewalls.mutated import EVERYTHING, FROM_HANDSETS, RAS, Mutation, assert_good, assert_judged


def _rule(set_: str, number: int, *words: str) -> str:
    return "".join(f"set firewall {set_} rule {number} {word}\n" for word in ("action accept", *words))


def _state(set_: str, number: int = 1) -> str:
    return _rule(set_, number, "state established enable", "state related enable")


PORTS = """set interfaces ethernet eth0 address 10.255.0.2/29
set interfaces ethernet eth0 description 'phones'
set interfaces ethernet eth1 address 10.1.0.1/24
set interfaces ethernet eth1 description 'servers'
set interfaces ethernet eth2 disable
set interfaces loopback lo
set protocols static route 10.10.0.0/24 next-hop 10.255.0.1
set protocols static route 10.20.0.0/24 next-hop 10.255.0.1 distance 1
set firewall group address-group DHCP address 10.1.0.10
set firewall group address-group PBX address 10.1.0.30
set firewall group network-group PHONES network 10.20.0.0/24
set firewall group port-group RAS port 1719
set system host-name branch
set system conntrack timeout udp other 60
set service ssh port 22
"""
IN = "name PHONES-IN"
OUT = "name SERVERS-IN"
RELAY = _rule(
    IN,
    10,
    "protocol udp",
    "source address 10.255.0.1",
    "source port 67",
    "destination address 10.1.0.10",
    "destination port 67",
)
RENEW = _rule(
    IN,
    20,
    "protocol udp",
    "source address 10.0.0.0/8",
    "source port 68",
    "destination group address-group DHCP",
    "destination port 67",
)
FILES = _rule(
    IN,
    30,
    "protocol tcp",
    "source group network-group PHONES",
    "source port 1024-65535",
    "destination address 10.1.0.20",
    "destination port http",
)
TO_RAS = _rule(
    IN,
    40,
    "description 'RAS of the phones'",
    "protocol udp",
    "source group network-group PHONES",
    "source port 49300",
    "destination group address-group PBX",
    "destination group port-group RAS",
)
PING = _rule(
    IN,
    50,
    "protocol icmp",
    "icmp type-name echo-request",
    "source group network-group PHONES",
    "destination group address-group PBX",
)
ANSWERS = "".join(
    _rule(
        OUT,
        10 + n,
        "protocol udp",
        "source group address-group DHCP",
        "source port 67",
        f"destination address {router}",
        "destination port 67",
    )
    for n, router in enumerate(("10.10.0.1", "10.20.0.1"))
)
NOTIFY = _rule(
    OUT,
    20,
    "protocol udp",
    "source group address-group PBX",
    "source port 1719",
    "destination group network-group PHONES",
    "destination port 49300",
)
CALLS = _rule(
    OUT,
    30,
    "protocol tcp",
    "source group address-group PBX",
    "source port 61440-61444",
    "destination group network-group PHONES",
    "destination port 1720",
)
RENEW = RENEW.replace("10.0.0.0/8", "10.10.0.0/24") + RENEW.replace("rule 20", "rule 21").replace(
    "10.0.0.0/8", "10.20.0.0/24"
)
BIND_IN = "set interfaces ethernet eth0 firewall in name PHONES-IN\n"
BIND_OUT = "set interfaces ethernet eth1 firewall in name SERVERS-IN\n"
HELPER = "set system conntrack modules h323 disable\n"
DROP_IN = f"set firewall {IN} default-action drop\n"
GOOD = (
    f"{DROP_IN}{_state(IN)}{RELAY}{RENEW}{FILES}{TO_RAS}{PING}"
    f"set firewall {OUT} default-action drop\n{_state(OUT)}{ANSWERS}{NOTIFY}{CALLS}"
    f"{PORTS}{BIND_IN}{BIND_OUT}{HELPER}"
)
OF_PHONES = FROM_HANDSETS
OF_SERVERS = "address vlan-move signal notify"
HOST = "set system host-name branch\n"
RAS_LINE = f"set firewall {IN} rule 40 destination group port-group RAS\n"

MISTAKES = (
    Mutation("a rule is removed", ((TO_RAS, ""),), RAS),
    Mutation("a rule is disabled", ((RAS_LINE, f"{RAS_LINE}set firewall {IN} rule 40 disable\n"),), RAS),
    Mutation("a rule is wider", ((f"set firewall {OUT} rule 20 destination port 49300\n", ""),), opens=True),
    Mutation(
        "a group is wider", (("PBX address 10.1.0.30\n", "PBX address 10.1.0.30-10.1.0.40\n"),), opens=True
    ),
    Mutation(
        "a group has one half",
        (("PHONES network 10.20.0.0/24", "PHONES network 10.20.0.0/25"),),
        "provision discover register signal echo notify keep-alive",
    ),
    Mutation(
        "a group that is not there",
        (
            (
                f"set firewall {IN} rule 50 destination group address-group PBX\n",
                f"set firewall {IN} rule 50 destination group address-group PBXS\n",
            ),
        ),
        "echo",
        blocks=False,
    ),
    Mutation(
        "a drop before all",
        (
            (
                DROP_IN,
                f"{DROP_IN}set firewall {IN} rule 0 action drop\n"
                f"set firewall {IN} rule 0 protocol udp\n"
                f"set firewall {IN} rule 0 destination address 10.1.0.30\n",
            ),
        ),
        f"{RAS} notify",
    ),
    Mutation("a drop behind all", ((DROP_IN, f"{DROP_IN}set firewall {IN} rule 9999 action drop\n"),)),
    Mutation(
        "the numbers rule, not the lines", ((DROP_IN, f"set firewall {IN} rule 999 action drop\n{DROP_IN}"),)
    ),
    Mutation("accepts by default", ((DROP_IN, DROP_IN.replace("drop", "accept")),), opens=True),
    Mutation("drops by default unsaid", ((DROP_IN, ""),)),
    Mutation("no state", ((_state(OUT), ""),), "provision echo renew"),
    Mutation(
        "state for all",
        ((_state(OUT), ""), (HOST, f"{HOST}set firewall state-policy established action accept\n")),
    ),
    Mutation("the set is bound nowhere", ((BIND_IN, ""),), opens=True),
    Mutation(
        "the set is bound the other way",
        ((BIND_IN, BIND_IN.replace(" in ", " out ")),),
        OF_SERVERS,
        opens=True,
    ),
    Mutation(
        "the sets are exchanged",
        (
            (BIND_IN, BIND_IN.replace("PHONES-IN", "SERVERS-IN")),
            (BIND_OUT, BIND_OUT.replace("SERVERS-IN", "PHONES-IN")),
        ),
        EVERYTHING,
    ),
    Mutation(
        "a set that is not there",
        ((BIND_IN, BIND_IN.replace("PHONES-IN", "PHONES")),),
        f"{OF_PHONES} signal notify",
        blocks=False,
        opens=True,
    ),
    Mutation("an interface is shut", ((HOST, f"{HOST}set interfaces ethernet eth1 disable\n"),), EVERYTHING),
    Mutation(
        "the route is a blackhole",
        (
            (
                "set protocols static route 10.20.0.0/24 next-hop 10.255.0.1 distance 1\n",
                "set protocols static route 10.20.0.0/24 blackhole\n",
            ),
        ),
        EVERYTHING.replace("address release ", ""),
        # What comes from there is behind no interface now, and the set of phones does not judge it.
        opens=True,
    ),
    Mutation(
        "the route is by another interface",
        (
            (
                "set protocols static route 10.20.0.0/24 next-hop 10.255.0.1 distance 1\n",
                "set protocols static route 10.20.0.0/24 interface wg0\n",
            ),
        ),
        "",
        opens=True,
    ),
    Mutation(
        "a rule at a rate", ((HOST, f"{HOST}set firewall {IN} rule 50 limit rate 5\n"),), "echo", blocks=False
    ),
    Mutation(
        "another type of ICMP",
        (("icmp type-name echo-request", "icmp type-name echo-reply"),),
        "echo",
        opens=True,
    ),
    Mutation(
        "translated",
        (
            (
                HOST,
                f"{HOST}set nat destination rule 10 destination address 10.1.0.20\n"
                "set nat destination rule 10 inbound-interface eth0\n"
                "set nat destination rule 10 translation address 10.1.0.21\n",
            ),
        ),
        "provision",
        blocks=False,
    ),
    Mutation(
        "masqueraded elsewhere",
        (
            (
                HOST,
                f"{HOST}set nat source rule 10 outbound-interface eth2\n"
                "set nat source rule 10 translation address masquerade\n",
            ),
        ),
    ),
    Mutation(
        "not tracked, which both lists permit",
        (
            (
                HOST,
                f"{HOST}set system conntrack ignore rule 1 protocol udp\n"
                "set system conntrack ignore rule 1 destination port 1719\n"
                "set system conntrack ignore rule 2 protocol udp\n"
                "set system conntrack ignore rule 2 source port 1719\n",
            ),
        ),
    ),
    Mutation(
        "a policy route",
        (
            (
                HOST,
                f"{HOST}set policy route PBR rule 1 set table 10\n"
                "set interfaces ethernet eth0 policy route PBR\n",
            ),
        ),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a policy route that marks",
        (
            (
                HOST,
                f"{HOST}set policy route PBR rule 1 set dscp 46\n"
                "set interfaces ethernet eth0 policy route PBR\n",
            ),
        ),
    ),
    Mutation(
        "an interface of another table",
        ((HOST, f"{HOST}set interfaces ethernet eth1 vrf blue\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "a tunnel",
        (
            (
                HOST,
                f"{HOST}set vpn ipsec site-to-site peer 192.0.2.9 tunnel 0 local prefix 10.1.0.16/28\n"
                "set vpn ipsec site-to-site peer 192.0.2.9 tunnel 0 remote prefix 10.20.0.0/24\n",
            ),
        ),
        "provision discover register signal echo notify keep-alive",
        blocks=False,
    ),
    Mutation("a helper that reads on", ((HELPER, ""), (CALLS, "")), "signal", blocks=False),
    Mutation("no helper, and no rule", ((CALLS, ""),), "signal"),
    Mutation("a session's words", ((HOST, f"configure\n{HOST}commit\nsave\nexit\n"),)),
    Mutation(
        "a word that is not known",
        ((HOST, f"{HOST}set firewall wonder rule 1 action drop\n"),),
        EVERYTHING,
        blocks=False,
    ),
    Mutation(
        "routes that are learned", ((HOST, f"{HOST}set protocols ospf area 0 network 10.255.0.0/29\n"),)
    ),
)


def test_the_rules_are_right() -> None:
    assert_good("vyos", GOOD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    assert_judged("vyos", GOOD, mistake)
