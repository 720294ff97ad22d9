"""OPNsense and pfSense: both forms of rules, aliases, interfaces, and what is not understood."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.opnsense.read import read
from ringfence.model.errors import InputError
from ringfence.policy.listing import FlowKind
from support.firewalls.read_configs import certain

ZONES: Named = {"Voice": (ip_network("10.20.0.0/16"),), "opt1": (ip_network("10.1.0.0/16"),)}
RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
PORTS = (
    "<lan><enable/><descr>Voice</descr><ipaddr>10.20.0.1</ipaddr><subnet>16</subnet></lan>"
    "<opt1><enable/><ipaddr>10.1.0.1</ipaddr><subnet>16</subnet></opt1>"
)


def older(*rules: str, more: str = "") -> str:
    listed = "".join(f"<rule>{rule}</rule>" for rule in rules)
    return f"<pfsense><interfaces>{PORTS}</interfaces>{more}<filter>{listed}</filter></pfsense>"


def newer(*rules: str, more: str = "") -> str:
    listed = "".join(f"<rule><enabled>1</enabled>{rule}</rule>" for rule in rules)
    inside = f"<Firewall><Filter><rules>{listed}</rules></Filter>{more}</Firewall>"
    return f"<opnsense><interfaces>{PORTS}</interfaces><OPNsense>{inside}</OPNsense></opnsense>"


def alias(kind: str, words: str) -> str:
    return f"<aliases><alias><name>a</name><type>{kind}</type><address>{words}</address></alias></aliases>"


PASS, BLOCK = "<type>pass</type><interface>lan</interface>", "<type>block</type><interface>lan</interface>"
TO_A = "<destination><address>a</address></destination>"
FLOATING = "<floating>yes</floating><direction>any</direction><type>block</type>"
GROUP = "<ifgroups><ifgroupentry><ifname>v</ifname><members>lan opt9</members></ifgroupentry></ifgroups>"
MVC = "<action>pass</action><interface>lan</interface>"


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (older(), False),
        (older(PASS), True),
        (older(PASS.replace("lan", "opt1")), False),
        (older(PASS + "<ipprotocol>inet6</ipprotocol>"), False),
        (older(PASS + "<ipprotocol>inet46</ipprotocol>"), True),
        (older(PASS + "<protocol>tcp/udp</protocol>"), True),
        (older(PASS + "<protocol>icmp</protocol>"), False),
        (older(BLOCK, PASS), False),
        (older(PASS, BLOCK), True),
        (older(PASS + "<disabled/>"), False),
        (older(PASS + "<disabled>0</disabled>"), True),
        (older(PASS + "<source><network>lan</network></source>"), True),
        (older(PASS + "<source><network>lan</network><not/></source>"), False),
        (older(PASS + "<source><network>(self)</network></source>"), False),
        (older(PASS + "<destination><network>opt1ip</network></destination>"), False),
        (older(PASS + TO_A, more=alias("host", "10.1.0.30")), True),
        (older(PASS + TO_A, more=alias("network", "10.1.0.0/24 10.2.0.0/24")), True),
        (older(PASS + TO_A, more=alias("host", "pbx.example.net")), None),
        (older(PASS + TO_A, more=alias("url", "http://192.0.2.1/list")), None),
        (older(PASS + TO_A), None),
        (older(PASS + "<protocol>udp</protocol><destination><any/><port>1719</port></destination>"), True),
        (
            older(PASS + "<protocol>udp</protocol><destination><any/><port>1700:1718</port></destination>"),
            False,
        ),
        (older(PASS + "<destination><any/><port>1719</port></destination>"), None),
        (older(PASS + "<gateway>WAN2</gateway>"), None),
        (older(PASS + "<sched>hours</sched>"), None),
        (older(PASS + "<max-src-states>9</max-src-states>"), None),
        # On the way out nothing quick comes behind it, and it takes the place of what lets everything out.
        (older(FLOATING, PASS), False),
        (older(f"{FLOATING}<quick>yes</quick>", PASS), False),
        (older(f"{FLOATING}<interface>opt1</interface>", PASS), False),
        (older(FLOATING.replace("any", "in"), PASS), True),
        (older(PASS.replace("<interface>lan</interface>", "<interface>v</interface>")), False),
        (
            older(
                PASS.replace("<interface>lan</interface>", "<interface>v</interface>"),
                more=GROUP,
            ),
            True,
        ),
        (newer(MVC), True),
        (newer(MVC.replace("pass", "block"), MVC), False),
        (
            newer(f"<sequence>2</sequence>{MVC.replace('pass', 'block')}", f"<sequence>1</sequence>{MVC}"),
            True,
        ),
        (newer(MVC + "<source_net>10.20.0.0/24,10.10.0.0/24</source_net>"), True),
        (newer(MVC + "<source_net>10.20.0.0/24</source_net><source_not>1</source_not>"), False),
        (newer(MVC + "<interfacenot>1</interfacenot>"), False),
        (newer(MVC + "<direction>out</direction>"), False),
        (newer(MVC + "<protocol>UDP</protocol><destination_port>1719</destination_port>"), True),
    ],
)
def test_rules_of_both_pages_decide(text: str, passes: bool | None) -> None:
    assert certain(read(text, ZONES), RAS) is passes


def test_rules_of_both_pages_in_one_text_prove_nothing() -> None:
    text = newer(MVC).replace("<OPNsense>", f"<filter><rule>{PASS}</rule></filter><OPNsense>")
    assert certain(read(text, ZONES), RAS) is None


def test_times_are_noted() -> None:
    times = (
        "<system><udpmultipletimeout>90</udpmultipletimeout><optimization>aggressive</optimization></system>"
    )
    found = read(older(PASS, more=times)).settings.timers
    assert [(one.kind, one.seconds) for one in found] == [(FlowKind.UDP, 90), (FlowKind.TCP, 18_000)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<pfsense><interfaces/>", "not well-formed"),
        ("<panos><interfaces/></panos>", "not a configuration"),
        ("<pfsense></pfsense>", "not a configuration"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><pfsense><interfaces/></pfsense>', "document type"),
        (f"<pfsense>{'<a>' * 99}{'</a>' * 99}</pfsense>", "too deep"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(text)
