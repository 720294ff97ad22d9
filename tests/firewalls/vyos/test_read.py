"""VyOS: zones and base chains, each form of the text, and words that are not understood."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.vyos.read import read, read_json
from ringfence.model.errors import InputError
from support.firewalls.read_configs import certain

ZONES: Named = {
    "eth0": (ip_network("10.20.0.0/16"),),
    "eth1": (ip_network("10.1.0.0/16"),),
    "eth2": (ip_network("10.9.0.0/16"),),
}
RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
BACK = "udp 10.1.0.30:1719 10.20.0.50:49300"
OPEN = "firewall name OPEN default-action accept"
OLD = "zone-policy zone"


def listing(*lines: str) -> bool | None:
    return certain(read("".join(f"set {line}\n" for line in lines), ZONES), RAS)


@pytest.mark.parametrize(
    ("lines", "passes"),
    [
        # A zone drops what comes from where it says nothing of.
        ((f"{OLD} S interface eth1",), False),
        (
            (
                OPEN,
                f"{OLD} S interface eth1",
                f"{OLD} P interface eth0",
                f"{OLD} S from P firewall name OPEN",
            ),
            True,
        ),
        (
            (
                OPEN,
                f"{OLD} S interface eth1",
                f"{OLD} P interface eth2",
                f"{OLD} S from P firewall name OPEN",
            ),
            False,
        ),
        (
            (
                OPEN,
                f"{OLD} S interface eth1",
                f"{OLD} P interface eth0",
                f"{OLD} P from S firewall name OPEN",
            ),
            False,
        ),
        # What leaves by no zone meets none; within one zone it passes, unless it is said otherwise.
        ((f"{OLD} P interface eth0",), True),
        ((f"{OLD} S interface eth0", f"{OLD} S interface eth1"), True),
        (
            (
                f"{OLD} S interface eth0",
                f"{OLD} S interface eth1",
                f"{OLD} S intra-zone-filtering action drop",
            ),
            False,
        ),
        ((f"{OLD} S interface eth1", f"{OLD} S default-action accept"), True),
        ((f"{OLD} L local-zone", f"{OLD} L default-action drop"), True),
        (("firewall zone S member interface eth1",), False),
        (
            (
                "firewall zone S interface eth1",
                "firewall global-options state-policy established action accept",
            ),
            False,
        ),
        # A set drops what no rule decides, a base chain accepts it; chains and zones have to let it pass.
        (("firewall name A rule 1 action drop", "firewall name A rule 1 protocol tcp"), True),
        (("firewall name A rule 1 action drop", "interfaces ethernet eth0 firewall in name A"), False),
        (("firewall name A default-action accept", "interfaces ethernet eth0 firewall in name A"), True),
        (
            (
                "firewall ipv4 forward filter rule 1 action drop",
                "firewall ipv4 forward filter rule 1 protocol tcp",
            ),
            True,
        ),
        (("firewall ipv4 forward filter default-action drop",), False),
        (
            (
                "firewall ipv4 name OPEN default-action accept",
                "firewall ipv4 forward filter default-action drop",
                "firewall ipv4 forward filter rule 1 action accept",
                "firewall zone S interface eth1",
                "firewall zone P interface eth0",
                "firewall zone S from P firewall name OPEN",
            ),
            True,
        ),
        (("firewall ipv4 forward filter rule 1 action accept", "firewall zone S interface eth1"), False),
        (
            (
                "firewall ipv4 prerouting raw rule 1 action drop",
                "firewall ipv4 prerouting raw rule 1 protocol udp",
            ),
            False,
        ),
        (("firewall interface eth0 in name A", "firewall name A rule 1 action accept"), True),
    ],
)
def test_zones_and_chains_decide_together(lines: tuple[str, ...], passes: bool) -> None:
    assert listing("interfaces ethernet eth0 mtu 1500", *lines) is passes


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("protocol tcp", "or several"),
        ("source address phones.example.net", "phones.example.net"),
        ("source group address-group NONE", "not defined"),
        ("source group domain-group X", "domain-group"),
        ("source mac-address 00:11:22:33:44:55", "mac-address"),
        ("destination port 9-1", "reversed"),
        ("state late", "state 'late'"),
        ("time starttime 08:00:00", "time"),
        ("recent count 3", "recent"),
        ("geoip country-code xx", "geoip"),
        ("inbound-interface group NONE", "not defined"),
        ("icmp type-name wonder", "ICMP"),
    ],
)
def test_a_rule_with_a_word_that_is_not_understood_is_named(words: str, why: str) -> None:
    lines = ("protocol udp", "action accept", words)
    text = "".join(f"set firewall ipv4 forward filter rule 7 {line}\n" for line in lines)
    found = read(f"set firewall ipv4 forward filter default-action drop\n{text}", ZONES)
    assert [part.place.startswith("line 2") for part in found.unread] == [True]
    assert why in found.unread[0].why and certain(found, RAS) is not True


@pytest.mark.parametrize(
    "text",
    [
        "set firewall name A rule 1 action 'accept\n",
        "set firewall all-ping enable\ndelete firewall name A\n",
        "firewall {\n    name A {\n",
        "firewall {\n}\n}\n",
        "set system host-name x\n",
        "set firewall" + " a" * 100 + "\n",
        "firewall {\n" * 60 + "}\n" * 60,
    ],
)
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)


def test_a_part_that_a_controller_adds_proves_nothing() -> None:
    text = '{"firewall": {"name": {"LAN_IN": {"rule": {"2000": {"action": "drop", "protocol": "udp"}}}}}}'
    found = read_json(text, ZONES)
    assert "a part that a controller adds" in found.unread[0].why
    assert certain(found, RAS) is None


def test_every_form_is_one_tree() -> None:
    commands = "set interfaces ethernet eth0 firewall in name A\nset firewall name A rule 1 protocol 'tcp'\n"
    braces = (
        "interfaces {\n ethernet eth0 {\n  firewall {\n   in {\n    name A\n   }\n  }\n }\n}\n"
        "firewall {\n /* a comment\n    of two lines */\n name A {\n"
        '  rule 1 {\n   protocol "tcp"\n  }\n }\n}\n'
    )
    document = (
        '{"interfaces": {"ethernet": {"eth0": {"address": ["10.20.0.1/16"],\n'
        '  "firewall": {"in": {"name": "A"}}}}},\n'
        ' "firewall": {"name": {"A": {"rule": {"1": {"protocol": "tcp"}}}}}}'
    )
    for one in (read(commands, ZONES), read(braces, ZONES), read_json(document, ZONES)):
        assert certain(one, RAS) is False and certain(one, BACK) is True
