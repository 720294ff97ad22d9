"""PAN-OS in set form and as XML: rules, objects, what no header tells, defaults."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.panos.read import read
from ringfence.firewalls.recognise import read_as
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, packet, unread

CAMPUS = config("panos-campus.txt")
XML = config("panos-campus-xml.txt")
PLANT = config("panos-plant.txt")
ZONES = {"a": (ip_network("10.1.0.0/24"),), "b": (ip_network("10.2.0.0/24"),)}


def rule(*settings: str, more: str = "") -> Listing:
    """A configuration with one rule from a to b, in which a setting replaces that of the same name."""
    base = {"from": "a", "to": "b", "source": "any", "destination": "any", "application": "any"}
    base |= {"service": "any", "action": "allow"}
    base |= dict(setting.split(" ", 1) for setting in settings)
    lines = [f"set rulebase security rules r {key} {value}" for key, value in base.items() if value != "-"]
    return read("\n".join([*more.splitlines(), *lines, ""]), ZONES)


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


@pytest.mark.parametrize("text", [CAMPUS, XML])
def test_the_campus_is_understood_and_lets_handsets_register(text: str) -> None:
    listing = read(text)
    assert not listing.unread and not listing.any_any
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("tcp 10.20.0.50:40000 10.1.0.20:443") not in permitted
    assert [(t.name, t.seconds, t.place) for t in listing.settings.timers] == [
        ("timeout-udp", 60, at(text, "timeout-udp")),
        *[(t.name, t.seconds, t.place) for t in listing.settings.timers[1:]],
    ]
    assert [(i.name, i.on, i.place) for i in listing.settings.inspections] == [
        ("alg h323", False, at(text, "alg-disabled"))
    ]


def test_both_forms_mean_the_same() -> None:
    space = Space()
    assert read(CAMPUS).permitted(space) == read(XML).permitted(space)


def test_every_packet_is_decided_by_the_rule_that_says_so() -> None:
    listing = read(CAMPUS)
    assert decided(listing, "udp 10.20.0.50:49309 10.1.0.31:1719") == at(CAMPUS, "phones-ras from")
    assert decided(listing, "tcp 10.37.0.9:1 10.1.0.18:2222") == at(CAMPUS, "site-7 from")
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.39:22") == at(CAMPUS, "no-guests from")
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.38:22") == ""
    xml = read(XML)
    assert decided(xml, "udp 10.20.0.50:49309 10.1.0.31:1719") == f"line {_within(XML, 'phones-ras')}"


def _within(text: str, name: str) -> int:
    """The first line below the entry that has a value: the first that can be named."""
    lines = text.split("\n")
    begin = next(n for n, line in enumerate(lines) if f'<entry name="{name}">' in line)
    return (
        next(n for n in range(begin, len(lines)) if "</" in lines[n] and "<" in lines[n].split("</")[0]) + 1
    )


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    names = ("round", "nobody", "tagged", "fqdn", "six", "twice", "unknown", "application", "default-ports")
    planted = {at(PLANT, f"plant-{name} from") for name in (*names, "negate", "user", "schedule")}
    assert unread(listing) == {*planted, at(PLANT, "pbf rules detour")}
    assert [name.split()[1] for name in listing.any_any] == [at(PLANT, "everything from").split()[1]]
    assert [t.place for t in listing.translations] == [at(PLANT, "nat rules voice from")]
    pbf = at(PLANT, "pbf rules detour")
    assert certain(listing, REGISTRATION[2], pbf) is True
    assert certain(listing, "tcp 10.20.0.50:1 10.1.0.22:80", pbf) is None
    assert certain(listing, "tcp 10.20.0.50:1 10.1.0.22:81", pbf) is None  # of the negated rule
    assert certain(listing, "tcp 192.0.2.1:1 10.1.0.22:80", pbf) is False


@pytest.mark.parametrize(
    "setting",
    [
        "application web-browsing",
        "application [ sip h323 ]",
        "service application-default",
        "service nothing-known",
        "source nobody",
        "source-user example\\jo",
        "category gambling",
        "schedule night",
        "negate-source yes",
        "rule-type intrazone",
        "from c",
        "action -",
        "source -",
        "some-new-setting yes",
        "target devices",
    ],
)
def test_a_setting_outside_what_is_modelled_is_named(setting: str) -> None:
    listing = rule(setting)
    assert unread(listing) == {"line 1"}
    with pytest.raises(InputError):
        listing.permitted(Space())


def test_within_a_zone_packets_pass_unless_the_default_is_overridden() -> None:
    assert passes(rule("service service-https"), "udp 10.1.0.1:1 10.1.0.2:1")
    default = "set rulebase default-security-rules rules intrazone-default action deny"
    assert not passes(rule("service service-https", more=default), "udp 10.1.0.1:1 10.1.0.2:1")


def test_an_interface_of_which_nothing_is_known_leaves_its_zone_unread() -> None:
    tunnel = "set zone partners network layer3 [ tunnel.7 ]\n"
    listing = read(CAMPUS + tunnel)
    assert unread(listing) == {at(CAMPUS + tunnel, "tunnel.7")}
    assert not read(CAMPUS + tunnel, {"partners": ZONES["b"]}).unread


def test_literals_lists_and_two_ports_in_one_service() -> None:
    more = "set service s protocol tcp port 80,8000-8010\nset address 10.1.0.1-host ip-netmask 10.1.0.9"
    listing = rule("source [ 10.1.0.1-host 10.1.0.16/28 10.1.0.40-10.1.0.41 ]", "service s", more=more)
    for source, port in ((9, 80), (31, 8010), (41, 8000)):
        assert passes(listing, f"tcp 10.1.0.{source}:1 10.2.0.1:{port}")
    assert not passes(listing, "tcp 10.1.0.1:1 10.2.0.1:80") and not passes(
        listing, "tcp 10.1.0.9:1 10.2.0.1:81"
    )


def test_panorama_puts_its_rules_around_those_of_the_device() -> None:
    line = "set device-group d {}-rulebase security rules {} {}"
    base = ("from a", "to b", "source any", "destination any", "application any", "service any")
    texts = []
    for where, name, action in (("post", "last", "allow"), ("pre", "first", "deny")):
        texts += [line.format(where, name, setting) for setting in (*base, f"action {action}")]
    listing = read("\n".join([*texts, ""]), ZONES)
    assert [row.id.split()[2] for row in listing.chains[0].rows[:2]] == ["first", "last"]
    assert not passes(listing, "udp 10.1.0.1:1 10.2.0.1:1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (XML[: len(XML) // 2], "not well-formed"),
        ('<!DOCTYPE config [<!ENTITY a "b">]>\n<config>&a;</config>', "document type"),
        ("<config>" + "<a>" * 100 + "</a>" * 100 + "</config>", "too deep"),
        ("set address a ip-netmask 10.0.0.1\n", "no security rules"),
        (CAMPUS + 'set address b description "open\n', "never closed"),
        (config("srx-campus.txt"), "looks like a Junos"),
        (
            "set vsys v1 rulebase security rules x from a\nset vsys v2 rulebase security rules x to b\n",
            "v1.*v2",
        ),
    ],
)
def test_what_is_no_panos_configuration_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("panos", text)
