"""Right rules in the wrong place, or the wrong way round, are said to be that."""

import pytest

from ringfence.check.report import CheckReport
from ringfence.model.findings.policy import LISTS_SWAPPED, PORTS_SWAPPED, RELAY_PORT_OF_A_CLIENT
from support.firewalls.mutated import report_of

IOS = """version 15.9
interface Vlan20
 ip address 10.255.0.2 255.255.255.248
 ip access-group {phones} {way}
interface Vlan30
 ip address 10.1.0.1 255.255.255.0
 ip access-group {servers} in
ip route 10.10.0.0 255.255.255.0 10.255.0.1
ip route 10.20.0.0 255.255.255.0 10.255.0.1
ip access-list extended PHONES
 permit udp host 10.255.0.1 {relay} host 10.1.0.10 eq 67
 permit udp 10.20.0.0 0.0.0.255 {ras} host 10.1.0.30 {to}
ip access-list extended SERVERS
 permit ip 10.1.0.0 0.0.0.255 any
"""
ASA = """ASA Version 9.16(4)
interface Gi0/0
 nameif phones
 security-level 50
 ip address 10.255.0.2 255.255.255.248
interface Gi0/1
 nameif servers
 security-level 90
 ip address 10.1.0.1 255.255.255.0
route phones 10.10.0.0 255.255.255.0 10.255.0.1
route phones 10.20.0.0 255.255.255.0 10.255.0.1
access-list PHONES extended permit udp host 10.255.0.1 {relay} host 10.1.0.10 eq 67
access-list PHONES extended permit udp 10.20.0.0 255.255.255.0 {ras} host 10.1.0.30 {to}
access-list SERVERS extended permit ip 10.1.0.0 255.255.255.0 any
access-group {phones} {way} interface phones
access-group {servers} in interface servers
"""
TEXTS = {"cisco-ios": IOS, "cisco-asa": ASA}
RIGHT = {
    "phones": "PHONES",
    "servers": "SERVERS",
    "way": "in",
    "relay": "eq 67",
    "ras": "eq 49300",
    "to": "eq 1719",
}


def report(target: str, **changed: str) -> CheckReport:
    return report_of(target, TEXTS[target].format(**RIGHT | changed))


def told(found: CheckReport) -> dict[str, list[str]]:
    codes = (LISTS_SWAPPED, PORTS_SWAPPED, RELAY_PORT_OF_A_CLIENT)
    return {code: [one.sentence for one in found.findings if one.code == code] for code in codes}


@pytest.mark.parametrize("target", sorted(TEXTS))
def test_right_lists_are_no_mistake(target: str) -> None:
    assert not any(told(report(target)).values())


@pytest.mark.parametrize("target", sorted(TEXTS))
def test_swapped_lists_are_told_once_and_mended_where_they_are_bound(target: str) -> None:
    found = report(target, phones="SERVERS", servers="PHONES")
    sentence = "\n".join(told(found)[LISTS_SWAPPED])
    assert sentence.count("swapped") == 1 and "PHONES" in sentence and "SERVERS" in sentence
    # What handsets send is added to the list that meets it.
    fix = next(fix for fix in found.fixes if "ras" in fix.flows)
    assert any("SERVERS" in line for line in (fix.where, *fix.lines))


@pytest.mark.parametrize("target", sorted(TEXTS))
def test_a_list_bound_the_other_way_is_told(target: str) -> None:
    (sentence,) = told(report(target, way="out"))[LISTS_SWAPPED]
    assert "PHONES" in sentence and sentence.endswith(", in")


@pytest.mark.parametrize("target", sorted(TEXTS))
def test_swapped_ports_are_told(target: str) -> None:
    sentences = told(report(target, ras="eq 1719", to="eq 49300"))[PORTS_SWAPPED]
    assert any("of ras " in one and "exchanged" in one for one in sentences)
    sentences = told(report(target, ras="eq 1719", to=""))[PORTS_SWAPPED]
    assert any("of ras " in one for one in sentences)


@pytest.mark.parametrize("target", sorted(TEXTS))
def test_the_clients_port_for_a_relay_is_told(target: str) -> None:
    sentences = told(report(target, relay="eq 68"))[RELAY_PORT_OF_A_CLIENT]
    assert any("dhcp-relay" in one and "67 at both ends" in one for one in sentences)
    assert not told(report(target, relay="eq 69"))[RELAY_PORT_OF_A_CLIENT]
