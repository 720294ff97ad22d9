"""FortiOS backups: policies in order, objects, what narrows a policy, helpers and timers."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.fortios.read import read
from ringfence.firewalls.recognise import read_as
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, packet, unread

CAMPUS = config("fortios-campus.txt")
PLANT = config("fortios-plant.txt")
# The entry of the table of its own: the line after the table's.
ACL = f"line {int(at(PLANT, 'config firewall acl').split()[1]) + 1}"
ZONES = {"a": (ip_network("10.1.0.0/24"),), "b": (ip_network("10.2.0.0/24"), ip_network("fd02::/64"))}


def policy(*settings: str, objects: str = "") -> Listing:
    """A configuration with one policy from a to b, whose later settings replace the earlier ones."""
    base = ('srcintf "a"', 'dstintf "b"', "action accept", 'srcaddr "all"', 'dstaddr "all"')
    lines = (*base, 'schedule "always"', 'service "ALL"', *settings)
    body = "\n".join(f"set {line}" for line in lines)
    return read(f"{objects}\nconfig firewall policy\nedit 1\n{body}\nnext\nend\n", ZONES)


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


def place_of(text: str, name: str) -> str:
    """The place of the `edit` above a policy's name."""
    return f"line {int(at(text, name).split()[1]) - 1}"


def test_the_campus_is_understood_and_lets_handsets_register() -> None:
    listing = read(CAMPUS)
    assert not listing.unread and not listing.any_any
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("tcp 10.20.0.50:40000 10.1.0.20:443") not in permitted
    assert [part.place for part in listing.inactive] == [place_of(CAMPUS, '"old rule"')]


def test_every_packet_is_decided_by_the_policy_that_says_so() -> None:
    listing = read(CAMPUS)
    assert decided(listing, "udp 10.20.0.50:49309 10.1.0.31:1719") == place_of(CAMPUS, '"phones ras"')
    assert decided(listing, "tcp 10.37.0.9:1 10.1.0.18:22") == place_of(CAMPUS, '"site 7 to its servers"')
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.39:22") == place_of(CAMPUS, '"no guests"')
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.38:22") == ""


def test_timers_and_helpers() -> None:
    settings = read(CAMPUS).settings
    assert [(t.name, t.seconds, t.place) for t in settings.timers] == [
        ("udp-idle-timer", 120, at(CAMPUS, "udp-idle-timer")),
        ("session-ttl default", 3600, at(CAMPUS, "set default 3600")),
        ("session-ttl udp 1719-1719", 300, at(CAMPUS, "set timeout 300")),
    ]
    named = [(i.name, i.on) for i in settings.inspections if "pptp" not in i.name]
    assert named == [("session-helper h323", False), ("session-helper ras", False)]
    on = [(i.name, i.on, i.place) for i in read(PLANT).settings.inspections if i.name.endswith("ras")]
    assert on == [("session-helper ras", True, place_of(PLANT, "set name ras"))]


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    names = ("round", "nobody", "fqdn", "unknown service", "schedule", "users", "negate", "application")
    planted = {place_of(PLANT, f'"plant {name}"') for name in (*names, "internet service", "twice")}
    assert unread(listing) == {*planted, ACL}
    assert [name.split(" policy")[0] for name in listing.any_any] == [place_of(PLANT, '"everything"')]
    assert [t.place for t in listing.translations] == [
        place_of(PLANT, '"phones ras"'),
        at(PLANT, 'edit "public-web"'),
    ]
    space = Space()
    ras = space.of([box for row in listing.chains[0].rows if "phones ras" in row.id for box in row.boxes])
    assert len(listing.translated(space, ras, space.nothing())) == 1


def test_what_is_certain_is_told_from_what_hangs_on_an_unread_policy() -> None:
    listing = read(PLANT)
    assert certain(listing, REGISTRATION[2], ACL) is True
    assert certain(listing, "tcp 10.20.0.50:1 10.1.0.22:80", ACL) is None
    assert certain(listing, "tcp 192.0.2.1:1 10.1.0.22:80", ACL) is False
    assert certain(listing, REGISTRATION[2]) is None


@pytest.mark.parametrize(
    "setting",
    [
        'schedule "night"',
        'users "jo"',
        'groups "staff"',
        "srcaddr-negate enable",
        "service-negate enable",
        "internet-service enable",
        "internet-service-src enable",
        'application-list "default"',
        'service "SOMETHING"',
        'srcaddr "nobody"',
        'srcaddr "2001:db8::1"',
        "action ipsec",
        'srcintf "c"',
        "srcaddr",
        "service",
        "some-new-setting enable",
        'ztna-ems-tag "ok"',
    ],
)
def test_a_setting_outside_what_is_modelled_is_named(setting: str) -> None:
    listing = policy(setting)
    assert unread(listing) == {"line 3"}
    with pytest.raises(InputError):
        listing.permitted(Space())


def test_an_ipv6_address_under_an_ipv4_policy_is_never_any() -> None:
    objects = 'config firewall address6\nedit "six"\nset ip6 fd01::/64\nnext\nend'
    listing = policy('srcaddr "six"', objects=objects)
    assert "not defined" in listing.unread[0].why
    both = policy("srcaddr", 'srcaddr6 "six"', 'dstaddr6 "all"', "dstaddr", 'srcintf "any"', objects=objects)
    assert passes(both, "tcp fd01::1:1 fd02::1:1") and not passes(both, "tcp 10.1.0.1:1 10.2.0.1:1")


def test_ports_of_a_service_stand_as_destination_then_source() -> None:
    objects = 'config firewall service custom\nedit "s"\nset udp-portrange 1719:49300-49309 1720\nnext\nend'
    listing = policy('service "s"', objects=objects)
    assert passes(listing, "udp 10.1.0.1:49300 10.2.0.1:1719") and passes(
        listing, "udp 10.1.0.1:1 10.2.0.1:1720"
    )
    assert not passes(listing, "udp 10.1.0.1:1719 10.2.0.1:49300")


def test_a_zone_lets_its_own_through_where_it_says_so() -> None:
    zone = 'config system zone\nedit "z"\nset intrazone allow\nset interface "a" "b"\nnext\nend'
    assert passes(policy(objects=zone), "udp 10.2.0.1:1 10.1.0.1:1")
    assert not passes(policy(objects=zone.replace("allow", "deny")), "udp 10.2.0.1:1 10.1.0.1:1")


def test_one_vdom_is_read_and_two_are_refused() -> None:
    part = (
        'config firewall policy\nedit 1\nset srcintf "any"\nset dstintf "any"\nset srcaddr "all"\n'
        'set dstaddr "all"\nset service "ALL"\nset action accept\nset schedule "always"\nnext\nend\n'
    )
    one = f"config vdom\nedit root\n{part}next\nend\n"
    assert passes(read(one), "udp 1.1.1.1:1 2.2.2.2:2")
    with pytest.raises(InputError, match="VDOMs root, other"):
        read(one + f"config vdom\nedit other\n{part}next\nend\n")


def test_an_entry_outside_every_table_is_named() -> None:
    listing = read("edit 5\nend\nconfig firewall policy\nend\n")
    assert unread(listing) >= {"line 1"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CAMPUS[: CAMPUS.index("config firewall service custom") + 60], "ends inside"),
        (CAMPUS[: CAMPUS.index("over the end")], "never closed"),
        (config("ios-campus.txt"), "looks like a Cisco IOS"),
        ("config firewall address\nend\n", "no firewall policies"),
        ("", "empty"),
    ],
)
def test_what_is_no_fortios_configuration_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("fortios", text)
